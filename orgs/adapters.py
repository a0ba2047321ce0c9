"""How allauth behaves here: accounts only by invitation, second-factor secrets encrypted, sign-ins audited."""

import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import parse_rates
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError

from orgs import audit
from orgs.fields import seal, unseal

MFA_CONTEXT = "mfa.authenticator.data"

# The limit per account is the one people run into.
LOCKOUT = next(
    rate for rate in parse_rates(settings.ACCOUNT_RATE_LIMITS["login_failed"]) if rate.per == "key"
)
LOCKOUT_MINUTES = round(LOCKOUT.duration / 60)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            f"用户名或密码不正确。连续输错{LOCKOUT.amount}次，账号将锁定{LOCKOUT_MINUTES}分钟。"
        ),
        "too_many_login_attempts": (
            f"密码输错次数过多，账号已锁定。请{LOCKOUT_MINUTES}分钟后再试，或请系统管理员重置密码。"
        ),
        "enter_current_password": "当前密码不正确。",
        "incorrect_password": "密码不正确。",
    }

    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._note_lock(request, credentials.get("username", ""))
            raise

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Without the name and port of the host, which allauth puts in: whoever guesses says in the request what they are."""
        return credentials.get("username", "").lower()

    def _note_lock(self, request, username):
        """Once per account and lock."""
        key = self._get_login_attempts_cache_key(request, username=username)
        if cache.add(f"audit-lock:{hashlib.sha256(key.encode()).hexdigest()}", 1, LOCKOUT.duration):
            audit.record_failed_login(username, request=request, locked=True)

    def set_password(self, user, password):
        """Every way to a new password of one's own ends here: change, reset and invitation."""
        user.must_change_password = False
        super().set_password(user, password)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "数字不正确或已过期，请输入验证器现在显示的数字。",
    }

    def encrypt(self, text):
        return seal(text, MFA_CONTEXT)

    def decrypt(self, encrypted_text):
        return unseal(encrypted_text, MFA_CONTEXT)
