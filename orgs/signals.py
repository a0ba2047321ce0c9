"""Signing in and out, passwords and second factors: what the libraries announce goes into the audit trail."""

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver

from orgs import audit
from orgs.actions import accounts
from orgs.models import AuditAction


@receiver(account_signals.user_logged_in)
def note_login(request, user, **kwargs):
    audit.record(actor=user, action=AuditAction.LOGIN, obj=user, path=audit.home_path(user), request=request)


@receiver(user_logged_out)
def note_logout(request, user, **kwargs):
    if user is not None:
        audit.record(
            actor=user, action=AuditAction.LOGOUT, obj=user, path=audit.home_path(user), request=request
        )


@receiver(user_login_failed)
def note_login_failed(credentials, request=None, **kwargs):
    audit.record_failed_login(credentials.get("username", ""), request=request)


@receiver([account_signals.password_changed, account_signals.password_set, account_signals.password_reset])
def note_password(request, user, **kwargs):
    accounts.password_was_changed(user=user, request=request)


def _note_factor(request, user, authenticator, change):
    audit.record(
        actor=user,
        action=AuditAction.UPDATE,
        obj=user,
        path=audit.home_path(user),
        detail={"two_factor": change, "type": authenticator.type},
        request=request,
    )


@receiver(mfa_signals.authenticator_added)
def note_factor_added(request, user, authenticator, **kwargs):
    _note_factor(request, user, authenticator, "启用")


@receiver(mfa_signals.authenticator_removed)
def note_factor_removed(request, user, authenticator, **kwargs):
    _note_factor(request, user, authenticator, "停用")


@receiver(mfa_signals.authenticator_reset)
def note_factor_reset(request, user, authenticator, **kwargs):
    _note_factor(request, user, authenticator, "重置")
