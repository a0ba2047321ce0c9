"""Encrypted model fields for personal data (AES-256-GCM under a key ring from the environment), and their keyed hashes
(HMAC-SHA-256 under a ring of its own), by which an encrypted value can be looked for and kept unique."""

import base64
import functools
import hashlib
import hmac
import os
import unicodedata

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

ALGORITHM = "a1"  # the prefix names the algorithm, so that SM4-GCM can be added beside it


@functools.lru_cache(maxsize=4)
def key_ring(text: str) -> dict[str, AESGCM]:
    """Key id → cipher, in the order of the setting; the first one encrypts."""
    return ring(text, "FIELD_KEYS: key “{}” is not 32 bytes of base64.", AESGCM)


def ring(text, fault, key_of):
    """“id:base64,…” → key id → `key_of` the bytes. `fault` is said of a key that cannot be read."""
    keys = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            keys[key_id] = key_of(base64.urlsafe_b64decode(encoded))
        except ValueError as error:
            raise ImproperlyConfigured(fault.format(key_id)) from error
    return keys


def seal(value: str, context: str) -> str:
    """The value encrypted and bound to `context` (app.model.field); "" stays ""."""
    if not value:
        return ""
    head, cipher = _encrypted(value.encode(), context)
    return f"{head}{base64.b64encode(cipher).decode()}"


def unseal(token: str, context: str) -> str:
    """The value again. Raises InvalidTag when the token belongs elsewhere, KeyError when its key is gone."""
    if not token:
        return ""
    algorithm, key_id, encoded = token.split(":", 2)
    return _decrypted(algorithm, key_id, base64.b64decode(encoded), context).decode()


def seal_bytes(data: bytes, context: str) -> bytes:
    """A whole file encrypted and bound to `context`; form and key as in `seal`, without the base64."""
    head, cipher = _encrypted(data, context)
    return head.encode() + cipher


def unseal_bytes(sealed: bytes, context: str) -> bytes:
    """The file again; raises as `unseal`."""
    algorithm, key_id, data = sealed.split(b":", 2)
    return _decrypted(algorithm.decode(), key_id.decode(), data, context)


def _encrypted(data, context):
    """(what names algorithm and key, nonce and cipher)."""
    ring = key_ring(settings.FIELD_KEYS)
    key_id = next(iter(ring))
    nonce = os.urandom(12)
    return f"{ALGORITHM}:{key_id}:", nonce + ring[key_id].encrypt(nonce, data, context.encode())


def _decrypted(algorithm, key_id, data, context):
    if algorithm != ALGORITHM:
        raise ImproperlyConfigured(f"Unknown cipher “{algorithm}”.")
    return key_ring(settings.FIELD_KEYS)[key_id].decrypt(data[:12], data[12:], context.encode())


class EncryptedTextField(models.TextField):
    """Text that the database stores encrypted. Cannot be filtered, except for `isnull`."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    @property
    def context(self):
        return f"{self.model._meta.label_lower}.{self.name}"

    def from_db_value(self, value, expression, connection):
        return unseal(value, self.context) if value else value

    def get_prep_value(self, value):
        return seal(value, self.context) if value else value

    def get_lookup(self, lookup_name):
        if lookup_name != "isnull":
            raise FieldError(f"“{self.name}” is encrypted and cannot be searched.")
        return super().get_lookup(lookup_name)


# --- Looking for what is encrypted ----------------------------------------------------------------------


# Both hashes of a value stand side by side in the staging table of the import.
MOST_INDEX_KEYS = 2
LONGEST_KEY_ID = 16


@functools.lru_cache(maxsize=4)
def index_keys(text: str) -> dict[str, bytes]:
    """Key id → key, in the order of the setting; the first one is used for what is written now."""
    keys = ring(text, "INDEX_KEYS: key “{}” is not base64.", bytes)
    for key_id, key in keys.items():
        if len(key) < 32:
            raise ImproperlyConfigured(f"INDEX_KEYS: key “{key_id}” is shorter than 32 bytes.")
        if len(key_id) > LONGEST_KEY_ID:
            raise ImproperlyConfigured(f"INDEX_KEYS: the name “{key_id}” is longer than {LONGEST_KEY_ID}.")
    if len(keys) > MOST_INDEX_KEYS:
        raise ImproperlyConfigured("INDEX_KEYS: at most two keys, the new one and the one before it.")
    return keys


def blind_index(value: str, context: str) -> str:
    """The keyed hash of `value`, bound to `context` (app.model.field); "" stays "".

    Full-width characters, blanks and the case of letters make no difference.
    """
    if not value:
        return ""
    return next(_blind_indexes(value, context))


def blind_indexes(value: str, context: str) -> list[str]:
    """The hash under every key of the ring: what to look for while rows are rehashed from one key to the next."""
    return list(_blind_indexes(value, context)) if value else []


def _blind_indexes(value, context):
    plain = value if value.isascii() else unicodedata.normalize("NFKC", value)
    message = f"{context}\n{plain.replace(' ', '').upper()}".encode()
    for key_id, key in index_keys(settings.INDEX_KEYS).items():
        yield f"{key_id}:{hmac.digest(key, message, hashlib.sha256)[:16].hex()}"


class BlindIndexField(models.CharField):
    """The keyed hash of the field `of` beside it; follows that field at every `save()`.

    Bulk writers and `QuerySet.update()` do not run `pre_save`: they set both columns (`blind_index`).
    """

    def __init__(self, *args, of: str = "", **kwargs):
        self.of = of
        super().__init__(
            *args, **{"max_length": 50, "blank": True, "editable": False, "default": ""} | kwargs
        )

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    @property
    def context(self):
        return f"{self.model._meta.label_lower}.{self.of}"

    def pre_save(self, model_instance, add):
        value = blind_index(getattr(model_instance, self.of), self.context)
        setattr(model_instance, self.attname, value)
        return value

    def find(self, value: str) -> models.Q:
        """Rows whose `of` is `value`, under whichever key they were hashed."""
        return models.Q(**{f"{self.name}__in": blind_indexes(value, self.context)})


def mask_phone(value: str) -> str:
    """138****0000; a landline keeps its area code and last two digits."""
    digits = value.replace(" ", "")
    if len(digits) == 11 and digits.isdigit():
        return f"{digits[:3]}****{digits[-4:]}"
    head, dash, tail = digits.partition("-")
    if dash and len(tail) > 2:
        return f"{head}-{'*' * (len(tail) - 2)}{tail[-2:]}"
    return "*" * len(digits)


def mask_identity(value: str) -> str:
    """999901**********15: the division and the last two characters; shorter papers keep their last two."""
    if len(value) == 18:
        return f"{value[:6]}{'*' * 10}{value[-2:]}"
    return f"{'*' * max(len(value) - 2, 0)}{value[-2:]}" if len(value) > 4 else "*" * len(value)


def mask_completely(value) -> str:
    """For the change log: that it changed, not to what."""
    return "******" if value else ""
