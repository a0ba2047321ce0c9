"""The archive as a stream: members of a tar file, optionally sealed. Nothing here is ever held in memory whole."""

import contextlib
import fcntl
import hashlib
import hmac
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from orgs.fields import ring

PIECE = 1 << 20
MAGIC = b"YQDJBAK1"
SALT = 16
TAG = 16
PRINT = 6  # bytes of a fingerprint


class Refused(Exception):
    """It cannot be done; the text is for people."""


# --- Keys -----------------------------------------------------------------------------------------------------


def fingerprint(key: bytes) -> str:
    """By this a key is named without being told."""
    return hmac.digest(key, b"portal: fingerprint of a key", hashlib.sha256)[:PRINT].hex()


def fingerprints() -> dict[str, dict[str, str]]:
    """Setting → name of the key → fingerprint, of all keys that reading the data takes."""
    found = {
        name: {key: fingerprint(value) for key, value in _keys(name).items()}
        for name in ("FIELD_KEYS", "INDEX_KEYS")
    }
    return found | {"AUDIT_KEY": {"": fingerprint(settings.AUDIT_KEY.encode())}}


def _keys(name: str) -> dict[str, bytes]:
    text = getattr(settings, name)
    return ring(text, name + ": key “{}” is not base64.", bytes) if text else {}


# --- Sealing: AES-256-GCM by the piece; the number of the piece and whether it is the last are part of the nonce ------


class Sealed:
    """A file to write to, or to read from, that is sealed on the disk."""

    def __init__(self, file: BinaryIO, key: bytes, head: bytes):
        self.file, self.head, self.number = file, head, 0
        derived = HKDF(hashes.SHA256(), 32, salt=head[-SALT:], info=b"portal backup").derive(key)
        self.cipher = AESGCM(derived)
        self.held, self.ahead = bytearray(), b""

    def _nonce(self, last: bool) -> bytes:
        self.number += 1
        return self.number.to_bytes(11, "big") + bytes([last])

    @classmethod
    def create(cls, file: BinaryIO, key: bytes) -> "Sealed":
        head = MAGIC + bytes.fromhex(fingerprint(key)) + os.urandom(SALT)
        file.write(head)
        return cls(file, key, head)

    def write(self, data: bytes) -> None:
        self.held += data
        while len(self.held) > PIECE:  # the last piece is never empty before `finish`
            self.file.write(self.cipher.encrypt(self._nonce(False), bytes(self.held[:PIECE]), self.head))
            del self.held[:PIECE]

    def finish(self) -> None:
        self.file.write(self.cipher.encrypt(self._nonce(True), bytes(self.held), self.head))

    @classmethod
    def open(cls, file: BinaryIO) -> "Sealed":
        head = MAGIC + file.read(PRINT + SALT)
        wanted = head[len(MAGIC) : -SALT].hex()
        for key in _keys("BACKUP_KEYS").values():
            if fingerprint(key) == wanted:
                sealed = cls(file, key, head)
                sealed.ahead = file.read(PIECE + TAG)
                return sealed
        raise Refused(f"备份已加密，需要指纹为 {wanted} 的密钥：请把它写进 BACKUP_KEYS 再运行。")

    def read(self, size: int) -> bytes:
        while len(self.held) < size and self.ahead:
            piece, self.ahead = self.ahead, self.file.read(PIECE + TAG)
            self.held += self.cipher.decrypt(self._nonce(not self.ahead), piece, self.head)
        data = bytes(self.held[:size])
        del self.held[:size]
        return data


# --- Writing --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that has its name only once it is whole and on the disk. One at a time in a folder."""
    part = path.parent / ".backup.part"
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"文件夹 {path.parent} 中正有另一个备份在写，请等它结束。") from error
        try:
            file.truncate()
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


class Writer:
    """Writes members; `finish` belongs at the end."""

    def __init__(self, file: BinaryIO):
        keys = _keys("BACKUP_KEYS")
        self.sealed = Sealed.create(file, next(iter(keys.values()))) if keys else None
        self.out = self.sealed or file

    def add(self, name: str, size: int, source: BinaryIO) -> str:
        """Copies `size` bytes; returns their SHA-256."""
        info, digest = tarfile.TarInfo(name), hashlib.sha256()
        info.size, info.mode = size, 0o600
        self.out.write(info.tobuf(tarfile.PAX_FORMAT))
        left = size
        while left:
            data = source.read(min(left, PIECE))
            if not data:
                raise Refused(f"“{name}”在备份时变短了，请重新运行。")
            digest.update(data)
            self.out.write(data)
            left -= len(data)
        self.out.write(bytes(-size % tarfile.BLOCKSIZE))
        return digest.hexdigest()

    def add_json(self, name: str, value) -> str:
        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
        return self.add(name, len(data), io.BytesIO(data))

    def finish(self) -> None:
        self.out.write(bytes(2 * tarfile.BLOCKSIZE))
        if self.sealed:
            self.sealed.finish()


# --- Reading --------------------------------------------------------------------------------------------------

DAMAGED = "备份文件已损坏或不完整，未做任何改动。请换用另一份备份。"


class Whole:
    """A plain archive; what was read ahead to tell it from a sealed one comes first."""

    def __init__(self, file: BinaryIO, ahead: bytes):
        self.file, self.ahead = file, ahead

    def read(self, size: int) -> bytes:
        data, self.ahead = self.ahead[:size], self.ahead[size:]
        return data + self.file.read(size - len(data))


@contextlib.contextmanager
def members(path: Path) -> Iterator[Iterator[tuple[str, BinaryIO]]]:
    """The members in order, each to be read before the next. Raises Refused for whatever is no whole archive."""
    try:
        with path.open("rb") as file:
            ahead = file.read(len(MAGIC))
            source = Sealed.open(file) if ahead == MAGIC else Whole(file, ahead)
            with tarfile.open(fileobj=source, mode="r|", bufsize=PIECE) as tar:
                yield _each(tar)
    except (tarfile.TarError, InvalidTag, EOFError) as error:
        raise Refused(DAMAGED) from error


def _each(tar):
    for member in tar:
        tar.members = []  # tarfile remembers them all
        if not member.isfile() or ".." in Path(member.name).parts or Path(member.name).is_absolute():
            raise Refused(DAMAGED)
        yield member.name, tar.extractfile(member)


def copy(source: BinaryIO, write: Callable[[bytes], object]) -> str:
    """All of `source`, in pieces; returns its SHA-256."""
    digest = hashlib.sha256()
    while data := source.read(PIECE):
        digest.update(data)
        write(data)
    return digest.hexdigest()
