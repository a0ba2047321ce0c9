"""The code on the wall, which changes every 30 seconds, and the ticket that a scan of it is worth."""

import base64
import hashlib
import hmac
import secrets
import time

from django.core import signing
from django.core.exceptions import ValidationError

STEP = 30  # seconds
TICKET_SECONDS = 10 * 60  # to type a name
SALT = "activities.sign-in"
STALE = "签到码已更新，请重新扫描现场屏幕上的二维码。"


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def code_at(secret: str, moment: float | None = None) -> str:
    """The code of the 30 seconds that `moment` (seconds of the epoch, default now) lies in."""
    digest = hmac.digest(secret.encode(), str(step_of(moment)).encode(), hashlib.sha256)
    return base64.b32encode(digest[:10]).decode().lower()


def step_of(moment: float | None = None) -> int:
    """Changes with the code."""
    return int((time.time() if moment is None else moment) // STEP)


def is_valid(secret: str, code: str, moment: float | None = None) -> bool:
    """The code shown now or the one before it: whoever began to scan in time is not sent back."""
    now = time.time() if moment is None else moment
    return any(hmac.compare_digest(code_at(secret, now - back), code) for back in (0, STEP))


def issue_ticket(desk) -> str:
    """Lets one person sign in at `desk` within the next ten minutes."""
    return signing.dumps([desk.pk, secrets.token_hex(12)], salt=SALT)


def read_ticket(desk, ticket: str) -> str:
    """What identifies the ticket. Raises ValidationError when it is of another desk, too old or no ticket."""
    try:
        key, nonce = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise ValidationError(STALE) from error
    if key != desk.pk:
        raise ValidationError(STALE)
    return nonce
