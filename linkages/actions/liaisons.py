"""Who speaks for a partner unit: appointed with an account, ended, named as the liaison of an agreement.

Callers have checked access. Source: domain rules §6, leader and liaison of each side.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.actions.agreements import done, running
from linkages.models import Act, Agreement, Partner, PartnerLiaison
from orgs.actions import accounts
from orgs.audit import record
from orgs.guards import demand_reason
from orgs.models import AuditAction, User

MERGED = "单位合并"


@transaction.atomic
def appoint_liaison(
    *, partner, by, account=None, username="", display_name="", email="", request=None
) -> PartnerLiaison:
    """`account` is one that speaks or spoke for a unit of the same register; without it a new one is made."""
    stored = locked_partner(partner)
    top = stored.organisation
    if account is None:
        account = accounts.create_outside_account(
            username=username,
            display_name=display_name,
            email=email,
            organisation=top,
            by=by,
            request=request,
        )
    else:
        _require_known(account, top)
        accounts.grant_outside(user=account, organisation=top, by=by, request=request)
    if stored.liaisons.current().filter(user=account).exists():
        raise ValidationError({"account": f"{account}已是本单位的联络员。"})
    liaison = PartnerLiaison.objects.create(partner=stored, user=account, appointed_by=by)
    _record(liaison, by, request, "任用联络员")
    return liaison


def locked_partner(partner) -> Partner:
    stored = Partner.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=partner.pk)
    if stored.merged_into_id:
        raise ValidationError(f"{stored}已并入其他单位，不能再办理。")
    return stored


def accounts_of(top):
    """The accounts that speak or spoke for a unit of the register."""
    rows = PartnerLiaison.objects.filter(partner__organisation=top).order_by()
    return User.objects.filter(is_active=True, pk__in=rows.values("user"))


def _require_known(account, top):
    if not accounts_of(top).filter(pk=account.pk).exists():
        raise ValidationError({"account": "只能选用本名录中其他共建单位的联络员账号。"})


@transaction.atomic
def end_liaison(*, liaison, reason: str, by, request=None) -> PartnerLiaison:
    """At once; an account that speaks for no other unit of the register loses its appointment."""
    rows = PartnerLiaison.objects.select_for_update(of=("self",)).select_related(
        "partner__organisation", "user"
    )
    stored = rows.get(pk=liaison.pk)
    if stored.ended_on:
        raise ValidationError(f"{stored.user}已于{stored.ended_on}卸任。")
    _end(stored, demand_reason(reason, "结束"), by)
    top = stored.partner.organisation
    if not PartnerLiaison.objects.current().filter(user=stored.user, partner__organisation=top).exists():
        accounts.end_outside(user=stored.user, organisation=top, by=by, request=request)
    _record(stored, by, request, "结束联络员任用")
    return stored


def _end(stored, reason, by):
    stored.ended_on, stored.end_reason, stored.ended_by = timezone.localdate(), reason, by
    stored.save(update_fields=["ended_on", "end_reason", "ended_by"])


@transaction.atomic
def invite_liaison(*, liaison, by, request=None) -> str:
    """A fresh link for the account; returns its path."""
    if liaison.ended_on:
        raise ValidationError(f"{liaison.user}已卸任，请先重新任用。")
    return accounts.invite_outside(
        user=liaison.user, organisation=liaison.partner.organisation, by=by, request=request
    )


@transaction.atomic
def name_liaison(*, agreement, liaison, by, request=None) -> Agreement:
    """Whose account speaks for that side of a signed agreement; the names it was signed with stay."""
    stored = running(agreement)
    side = stored.parties.select_for_update(of=("self",)).filter(partner=liaison.partner_id).first()
    if side is None or liaison.ended_on:
        raise ValidationError({"liaison": "请选择协议一方现任的联络员账号。"})
    side.liaison = liaison
    side.save(update_fields=["liaison"])
    note = f"{side}：{liaison.user}"
    return done(stored, Act.LIAISON, by, request, note=note, detail={"party": side.pk}, shown=agreement)


def carry_over(partner, target, by) -> None:
    """When `partner` is merged into `target`, both locked; who speaks for both does so once from now on."""
    kept = {liaison.user_id: liaison for liaison in target.liaisons.current()}
    for liaison in partner.liaisons.current().filter(user__in=kept):
        liaison.parties.update(liaison=kept[liaison.user_id])
        _end(liaison, MERGED, by)
    partner.liaisons.update(partner=target)


def _record(liaison, by, request, act):
    path = liaison.partner.organisation.path
    detail = {"act": act, "account": liaison.user.username}
    record(actor=by, action=AuditAction.GRANT, obj=liaison.partner, path=path, detail=detail, request=request)
