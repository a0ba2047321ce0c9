"""How allauth behaves here: accounts only by invitation, second-factor secrets encrypted, sign-ins audited."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from orgs.fields import seal, unseal

MFA_CONTEXT = "mfa.authenticator.data"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text):
        return seal(text, MFA_CONTEXT)

    def decrypt(self, encrypted_text):
        return unseal(encrypted_text, MFA_CONTEXT)
