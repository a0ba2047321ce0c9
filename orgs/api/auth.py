"""Who is calling with a personal token. What holds for the session of a browser is in `orgs.middleware`."""

from auditlog.context import auditlog_value
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework import exceptions


class TokenAuthentication(KnoxTokenAuthentication):
    def authenticate_credentials(self, token):
        if not token.isascii():  # knox would fail on it
            raise exceptions.AuthenticationFailed("令牌无效。")
        user, auth_token = super().authenticate_credentials(token)
        _name_actor(user)
        return user, auth_token


def _name_actor(user):
    """The change log took its actor from the request before anybody had looked at the token."""
    if (context := auditlog_value.get(None)) is not None:
        context["actor"] = user
