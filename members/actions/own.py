"""The account with which a member sees the own record. Callers have checked access."""

from django.core.exceptions import ValidationError
from django.db import transaction

from members.actions import register
from members.models import Member
from orgs.models import AuditAction, Role, User


@transaction.atomic
def link_account(*, member, username: str, by, request=None) -> User | None:
    """Ties the account to the member; "" unties. Only an account of a member of the same branch can be tied."""
    stored = register.locked(member)
    account = _account(stored, username.strip()) if username.strip() else None
    if account == stored.account:
        return account
    old, stored.account = stored.account, account
    register.store(stored, "account")
    detail = {"changes": {"account": [str(old or ""), str(account or "")]}}
    register.record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    member.refresh_from_db()
    return account


def _account(member, username):
    account = User.objects.filter(username__iexact=username, is_active=True).first()
    seats = account.current_appointments if account else []
    if not any(seat.role == Role.MEMBER and seat.organisation == member.organisation for seat in seats):
        raise ValidationError(
            {"username": "没有这个账号，或者它不是本党支部的“党员”账号，请先请系统管理员开通并任用。"}
        )
    if Member.objects.filter(account=account).exclude(pk=member.pk).exists():
        raise ValidationError({"username": "该账号已关联其他党员，请核对。"})
    return account
