"""Encrypted model fields for personal data (AES-256-GCM under a key ring from the environment)."""

import base64
import functools
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

ALGORITHM = "a1"  # the prefix names the algorithm, so that SM4-GCM can be added beside it


@functools.lru_cache(maxsize=4)
def key_ring(text: str) -> dict[str, AESGCM]:
    """Key id → cipher, in the order of the setting; the first one encrypts."""
    ring = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            ring[key_id] = AESGCM(base64.urlsafe_b64decode(encoded))
        except ValueError as error:
            raise ImproperlyConfigured(f"FIELD_KEYS: key “{key_id}” is not 32 bytes of base64.") from error
    return ring


def seal(value: str, context: str) -> str:
    """The value encrypted and bound to `context` (app.model.field); "" stays ""."""
    if not value:
        return ""
    ring = key_ring(settings.FIELD_KEYS)
    key_id = next(iter(ring))
    nonce = os.urandom(12)
    cipher = ring[key_id].encrypt(nonce, value.encode(), context.encode())
    return f"{ALGORITHM}:{key_id}:{base64.b64encode(nonce + cipher).decode()}"


def unseal(token: str, context: str) -> str:
    """The value again. Raises InvalidTag when the token belongs elsewhere, KeyError when its key is gone."""
    if not token:
        return ""
    algorithm, key_id, encoded = token.split(":", 2)
    if algorithm != ALGORITHM:
        raise ImproperlyConfigured(f"Unknown cipher “{algorithm}”.")
    data = base64.b64decode(encoded)
    return key_ring(settings.FIELD_KEYS)[key_id].decrypt(data[:12], data[12:], context.encode()).decode()


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


def mask_phone(value: str) -> str:
    """138****0000; a landline keeps its area code and last two digits."""
    digits = value.replace(" ", "")
    if len(digits) == 11 and digits.isdigit():
        return f"{digits[:3]}****{digits[-4:]}"
    head, dash, tail = digits.partition("-")
    if dash and len(tail) > 2:
        return f"{head}-{'*' * (len(tail) - 2)}{tail[-2:]}"
    return "*" * len(digits)


def mask_completely(value) -> str:
    """For the change log: that it changed, not to what."""
    return "******" if value else ""
