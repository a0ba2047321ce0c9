"""Files too long to be held at once, sealed piece by piece (AES-256-GCM in the STREAM construction).

A file is its head (algorithm and key, as in `orgs.fields`), a random prefix, and pieces of which each is sealed under
prefix, number and whether it is the last: none can be changed, moved, left out or cut off unnoticed.
"""

import hashlib
import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from django.conf import settings

from orgs.fields import key_ring

ALGORITHM = "a1c"
PIECE = 1024 * 1024
PREFIX, TAG = 7, 16
LONGEST_HEAD = 100


class Sealing:
    """A file to write into; what is written is sealed and goes on to `file`. `finish` seals the last piece."""

    def __init__(self, file, context: str):
        ring = key_ring(settings.FIELD_KEYS)
        key_id = next(iter(ring))
        self._key, self._context = ring[key_id], context.encode()
        self._file, self._prefix, self._number = file, os.urandom(PREFIX), 0
        self._waiting = bytearray()
        self._digest, self.size = hashlib.sha256(), 0
        file.write(f"{ALGORITHM}:{key_id}:".encode() + self._prefix)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data) -> int:
        self._digest.update(data)
        self.size += len(data)
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def finish(self) -> None:
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, piece, *, last):
        nonce = nonce_of(self._prefix, self._number, last=last)
        self._file.write(self._key.encrypt(nonce, piece, self._context))
        self._number += 1

    # What writers of archives and text ask of a file.

    def flush(self) -> None:
        """Pieces are sealed when they are full."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    closed = False


def nonce_of(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def is_in_pieces(head: bytes) -> bool:
    return head.startswith(f"{ALGORITHM}:".encode())


def pieces_of(file, context: str) -> Iterator[bytes]:
    """The file in clear, piece by piece. Raises InvalidTag where it is not what was written, KeyError without its key."""
    head = file.read(LONGEST_HEAD)
    parts = head.split(b":", 2)
    if len(parts) < 3 or len(parts[2]) < PREFIX:
        raise InvalidTag
    key, prefix = key_ring(settings.FIELD_KEYS)[parts[1].decode()], parts[2][:PREFIX]
    file.seek(len(parts[0]) + len(parts[1]) + 2 + PREFIX)
    sealed, number, more = file.read(PIECE + TAG), 0, True
    while more:
        following = file.read(PIECE + TAG)
        more = bool(following)
        yield key.decrypt(nonce_of(prefix, number, last=not more), sealed, context.encode())
        sealed, number = following, number + 1
