"""Signing up for what is to come: places, a waiting list, and who moves up. Callers have checked access."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities import roster
from activities.actions.activities import locked
from activities.models import COMING, SignUp, SignUpState
from activities.notices.acts import tell_moved_up
from members.actions.register import record
from members.models import Member
from orgs.models import AuditAction

S = SignUpState
MOST_PLACES = 100_000


@transaction.atomic
def offer_signup(*, activity, until: dt.datetime | None, by, places: int | None = None, request=None):
    """Opens signing up until a moment before the beginning, changes it, or ends it (`until` None).

    More places let those wait no longer who come first; fewer take nobody's place away.
    """
    stored = locked(activity)
    if stored.state not in COMING:
        raise ValidationError("活动已召开，不能再报名。")
    if until is not None and not timezone.now() < until <= stored.starts_at:
        raise ValidationError({"until": "报名截止时间应晚于现在，不晚于活动开始时间。"})
    if places is not None and not 0 < places <= MOST_PLACES:
        raise ValidationError({"places": f"名额应在1至{MOST_PLACES}之间；不限名额的请留空。"})
    stored.signup_until, stored.signup_places = until, places
    stored.save()
    moved = _move_up(stored)
    _record(stored, by, request, {"until": until, "places": places, "moved up": moved})
    activity.refresh_from_db()
    return activity


@transaction.atomic
def sign_up(*, activity, member, by, request=None) -> SignUp:
    """A place, or one on the waiting list. Whoever withdrew and comes again stands at its end."""
    stored = locked(activity)
    if not stored.takes_signups:
        raise ValidationError("该活动没有开放报名，或报名已截止。")
    if not may_come(stored, member):
        raise ValidationError({"member": "该活动面向主办党组织及其下级的党员，其他党组织的党员不能报名。"})
    row = SignUp.objects.filter(activity=stored, member=member).first() or SignUp(
        activity=stored, member=member
    )
    if row.pk and row.state != S.WITHDRAWN:
        raise ValidationError({"member": f"{member}{row.get_state_display()}，不必重复报名。"})
    row.state = S.GOING if _free(stored) else S.WAITING
    row.since, row.by = timezone.now(), by
    row.save()
    _record(stored, by, request, {"member": member.pk, "state": row.state})
    return row


@transaction.atomic
def withdraw(*, signup, by, request=None) -> SignUp:
    """Gives the place to whoever waits longest."""
    stored = locked(signup.activity)
    row = SignUp.objects.select_for_update().get(pk=signup.pk)
    if stored.state not in COMING:
        raise ValidationError("活动已召开，不能取消报名；没有到会的请登记请假。")
    if row.state == S.WITHDRAWN:
        raise ValidationError("报名已取消。")
    row.state = S.WITHDRAWN
    row.save(update_fields=["state"])
    _move_up(stored)
    _record(stored, by, request, {"member": row.member_id, "state": row.state})
    signup.refresh_from_db()
    return row


def may_come(activity, member) -> bool:
    """The hosts' own members, and those of everything below them."""
    day = timezone.localtime(activity.starts_at).date()
    return member.is_counted and roster.members_on(activity.hosts, day).filter(pk=member.pk).exists()


def _free(activity) -> int:
    """Places left; a large number where there is no limit."""
    if activity.signup_places is None:
        return MOST_PLACES
    return activity.signup_places - activity.signups.filter(state=S.GOING).count()


def _move_up(activity) -> int:
    waiting = activity.signups.filter(state=S.WAITING).order_by("since", "pk")
    keys = list(waiting.values_list("pk", flat=True)[: max(_free(activity), 0)])
    moved = SignUp.objects.filter(pk__in=keys).update(state=S.GOING)
    tell_moved_up(activity, keys)
    return moved


def signed_up(activity) -> list[Member]:
    """Who has a place; the roll of an event begins with them."""
    return list(
        Member.objects.filter(signups__activity=activity, signups__state=S.GOING)
        .defer("identity_number", "mobile")
        .order_by("pinyin", "pk")
    )


def _record(activity, by, request, detail):
    record(activity, AuditAction.UPDATE, by=by, detail={"signup": True} | detail, request=request)
