"""Signatures as Standard Webhooks writes them, for which receivers find ready libraries in every language.

HMAC-SHA256 under the secret over “id.timestamp.body”: neither another body nor another time fits the signature.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
KEY_BYTES = 32
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signed_headers(secret: str, uid: str, timestamp: int, body: bytes) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.digest(key, f"{uid}.{timestamp}.".encode() + body, hashlib.sha256)
    return {ID: uid, TIMESTAMP: str(timestamp), SIGNATURE: f"v1,{base64.b64encode(mac).decode()}"}
