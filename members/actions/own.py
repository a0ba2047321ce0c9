"""Own records: which account is whose, and what members say is wrong."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.actions.register import locked, note_reveal, record
from members.models import CorrectionRequest, CorrectionState, Member
from orgs.models import Appointment, AuditAction, Role, User

NO_SUCH_ACCOUNT = "本党支部没有这个用户名的“党员”账号，请核对用户名，或请管理员先授予角色。"


# --- Whose account ------------------------------------------------------------------------------------


@transaction.atomic
def link_account(*, member, username: str, by, request=None) -> User:
    """`username` becomes the account with which `member` reads the own record.

    It must hold the role member, of its own, at the member's branch: whoever links cannot try out other names.
    """
    stored = locked(member)
    if not stored.is_counted:
        raise ValidationError("该党员已离册，不能关联账号。")
    if stored.account_id:
        raise ValidationError("该党员已关联账号，请先解除关联。")
    held = Appointment.objects.current().filter(
        role=Role.MEMBER, organisation=stored.organisation_id, delegated_by__isnull=True
    )
    accounts = User.objects.select_for_update().filter(is_active=True, pk__in=held.values("user"))
    account = accounts.filter(username=username.strip()).first()
    if account is None:
        raise ValidationError({"username": NO_SUCH_ACCOUNT})
    if Member.objects.filter(account=account).exists():
        raise ValidationError({"username": "该账号已关联其他党员。"})
    _set_account(stored, account)
    record(stored, AuditAction.UPDATE, by=by, detail={"account": account.username}, request=request)
    member.refresh_from_db()
    return account


@transaction.atomic
def unlink_account(*, member, by, request=None) -> None:
    """From now on that account shows no record."""
    stored = locked(member)
    if stored.account_id is None:
        raise ValidationError("该党员没有关联账号。")
    account = stored.account
    _set_account(stored, None)
    record(stored, AuditAction.UPDATE, by=by, detail={"account_unlinked": account.username}, request=request)
    member.refresh_from_db()


def _set_account(member, account) -> None:
    member.account, member.updated_at = account, timezone.now()
    member.save(update_fields=["account", "updated_at"])


# --- Mistakes -----------------------------------------------------------------------------------------


@transaction.atomic
def report_mistake(*, member, field: str, claim: str, by, request=None) -> CorrectionRequest:
    """`claim`: what is right. One open request for each field."""
    stored = locked(member)
    if not stored.is_counted:
        raise ValidationError("您的组织关系已不在册，请联系原所在党支部。")
    if not claim.strip():
        raise ValidationError({"claim": "请填写正确内容。"})
    correction = CorrectionRequest(member=stored, field=field, claim=claim.strip())
    correction.full_clean()
    correction.save()
    _record(correction, by, "提出更正申请", request)
    return correction


@transaction.atomic
def answer_correction(*, correction, state: str, by, reply: str = "", request=None) -> CorrectionRequest:
    """`state`: accepted or declined; declining needs a reply."""
    rows = CorrectionRequest.objects.select_for_update(of=("self",)).select_related("member__organisation")
    stored = rows.get(pk=correction.pk)
    if stored.state != CorrectionState.OPEN:
        raise ValidationError("该更正申请已答复，不能重复办理。")
    if state not in (CorrectionState.ACCEPTED, CorrectionState.DECLINED):
        raise ValidationError({"state": "请选择采纳或不采纳。"})
    if state == CorrectionState.DECLINED and not reply.strip():
        raise ValidationError({"reply": "不采纳的，请说明理由。"})
    stored.state, stored.reply = state, reply.strip()
    stored.answered_at, stored.answered_by = timezone.now(), by
    stored.full_clean()
    stored.save()
    _record(stored, by, f"更正申请{stored.get_state_display()}", request)
    correction.refresh_from_db()
    return stored


@transaction.atomic
def reveal_claim(*, correction, purpose: str, by, request=None) -> str:
    """The whole number that the member says is right; who asked and what for stays in the audit trail."""
    what = f"更正申请：{correction.get_field_display()}"
    note_reveal(correction.member, what, purpose, by=by, request=request)
    return correction.claim


def _record(correction, by, what, request):
    detail = {"correction": what, "field": correction.get_field_display()}
    record(correction.member, AuditAction.UPDATE, by=by, detail=detail, request=request)
