"""An alliance from its founding to its end: members, whose turn it is to chair. One transaction, one line of its history
and one audit event each.

Callers have checked access. Source: S06 (alliances with rotating chair), domain rules §6.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.chairs import DAY
from linkages.models import Alliance, AllianceAct, AllianceEntry, AllianceMember, ChairTerm
from linkages.units import column
from linkages.validators import validate_unit
from members.actions.register import record
from members.models import root_of
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.terms import add_months
from orgs.tree import STEP
from orgs.validators import validate_not_in_future

FIELDS = ("name", "aim", "founded_on", "conferences_per_year")
MOST_MONTHS = 24


@transaction.atomic
def found_alliance(*, organisation, values: dict, units, by, request=None) -> Alliance:
    """`units` are organisations and partner units, members from the first day; `organisation` is one anyway."""
    alliance = Alliance(organisation=organisation, created_by=by)
    _set(alliance, values)
    units = list(dict.fromkeys([organisation, *units]))
    if len(units) < 2:
        raise ValidationError({"units": "联盟至少有两个成员单位。"})
    alliance.save()
    for unit in units:
        _admit(alliance, unit, alliance.founded_on)
    note = "、".join(unit.name for unit in units)
    return done(alliance, AllianceAct.FOUNDED, by, request, note=note, action=AuditAction.CREATE)


@transaction.atomic
def change_alliance(
    *, alliance, values: dict, by, seen_at: dt.datetime | None = None, request=None
) -> Alliance:
    """`seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = running(alliance)
    refuse_stale(stored, seen_at, "联盟")
    _set(stored, values)
    if stored.members.filter(joined_on__lt=stored.founded_on).exists():
        raise ValidationError({"founded_on": "成立日期不能晚于成员的加入日期。"})
    return done(stored, AllianceAct.CHANGED, by, request, shown=alliance)


def _set(alliance, values):
    for name, value in values.items():
        if name not in FIELDS:
            raise TypeError(f"Not a field of an alliance that people edit: {name}")
        setattr(alliance, name, value.strip() if isinstance(value, str) else value)
    validate_not_in_future(alliance.founded_on, "founded_on")
    alliance.root_id = root_of(alliance.organisation)
    alliance.full_clean(exclude=["created_by"])


# --- Members -------------------------------------------------------------------------------------------


@transaction.atomic
def admit_member(*, alliance, unit, on: dt.date, by, request=None) -> AllianceMember:
    """`unit` is an organisation or a partner unit."""
    stored = running(alliance)
    validate_not_in_future(on, "on")
    if on < stored.founded_on:
        raise ValidationError({"on": f"加入日期不能早于联盟成立日期{stored.founded_on}。"})
    member = _admit(stored, unit, on)
    done(
        stored,
        AllianceAct.JOINED,
        by,
        request,
        note=f"{on}：{member}",
        detail={"id": member.pk},
        shown=alliance,
    )
    return member


def _admit(alliance, unit, on) -> AllianceMember:
    validate_unit(unit, alliance.organisation.path[:STEP], "unit")
    before = alliance.members.filter(**column(unit)).order_by("-joined_on").first()
    if before and (before.left_on is None or before.left_on >= on):
        raise ValidationError({"unit": f"{unit}自{before.joined_on}起已是成员，不能重复加入。"})
    return AllianceMember.objects.create(alliance=alliance, joined_on=on, **column(unit))


@transaction.atomic
def release_member(*, member, on: dt.date, by, request=None) -> AllianceMember:
    """`on` is the last day. Nobody leaves while it is their turn to chair or with resolutions to carry out; the home never."""
    stored = running(member.alliance)
    kept = AllianceMember.objects.select_related("organisation", "partner").get(pk=member.pk)
    if kept.left_on:
        raise ValidationError(f"{kept}已于{kept.left_on}退出。")
    if kept.organisation_id == stored.organisation_id:
        raise ValidationError("牵头党组织不能退出；不再活动的，请登记联盟终止。")
    validate_not_in_future(on, "on")
    if on < kept.joined_on:
        raise ValidationError({"on": f"退出日期不能早于加入日期{kept.joined_on}。"})
    if term := kept.chair_terms.filter(ends_on__gt=on).first():
        raise ValidationError(
            f"{kept}的轮值任期为{term.starts_on}至{term.ends_on}，请先调整交接日，或取消后续的轮值安排。"
        )
    if kept.conferences.filter(on__gt=on).exists():
        raise ValidationError({"on": "该单位此后还出席过联盟会议，请核对退出日期。"})
    if count := kept.resolutions.open().count():
        raise ValidationError(f"{kept}还有{count}项议定事项未办结，请先办结。")
    if stored.members.filter(left_on__isnull=True).count() <= 2:
        raise ValidationError("联盟至少有两个成员单位；不再活动的，请登记联盟终止。")
    kept.left_on = on
    kept.save(update_fields=["left_on"])
    done(stored, AllianceAct.LEFT, by, request, note=f"{on}：{kept}", detail={"id": kept.pk})
    return kept


# --- The rotating chair --------------------------------------------------------------------------------


@transaction.atomic
def plan_terms(
    *, alliance, members, months: int, by, starts_on: dt.date | None = None, request=None
) -> list[ChairTerm]:
    """One term of `months` for each of `members`, in this order, after the last one that stands.

    `starts_on` is asked for the very first term only.
    """
    stored = running(alliance)
    if not members:
        raise ValidationError({"members": "请选择轮值的成员单位。"})
    if not 1 <= months <= MOST_MONTHS:
        raise ValidationError({"months": f"每任为1至{MOST_MONTHS}个月。"})
    last = stored.chair_terms.order_by("-ends_on").first()
    if last is not None:
        starts_on = last.ends_on + DAY
    if starts_on is None:
        raise ValidationError({"starts_on": "首次安排请填写开始日期。"})
    if starts_on < stored.founded_on:
        raise ValidationError({"starts_on": f"不能早于联盟成立日期{stored.founded_on}。"})
    kept = {row.pk: row for row in stored.members.select_related("organisation", "partner")}
    terms = []
    for number, member in enumerate(members):
        if member.pk not in kept:
            raise ValidationError({"members": f"{member}不是本联盟的成员单位。"})
        first = add_months(starts_on, number * months)
        term = ChairTerm(
            alliance=stored, member=kept[member.pk], starts_on=first,
            ends_on=add_months(starts_on, (number + 1) * months) - DAY,
        )  # fmt: skip
        _require_member(term, "members")
        terms.append(term)
    ChairTerm.objects.bulk_create(terms)
    note = f"{terms[0].starts_on}至{terms[-1].ends_on}：{'、'.join(str(term.member) for term in terms)}"
    done(stored, AllianceAct.TERMS, by, request, note=note, shown=alliance)
    return terms


def _require_member(term, field):
    if not term.member.belongs(term.starts_on, term.ends_on):
        raise ValidationError(
            {field: f"{term.member}在{term.starts_on}至{term.ends_on}期间不都是成员单位，不能担任轮值主席。"}
        )


@transaction.atomic
def move_handover(*, term, ends_on: dt.date, by, request=None) -> ChairTerm:
    """The last day of a term; the one after it, if any, begins the day after, so that no day is without a chair."""
    stored = running(term.alliance)
    kept = _term(term)
    today = timezone.localdate()
    if kept.ends_on < today:
        raise ValidationError("该任期已结束，不能再调整。")
    if ends_on < max(kept.starts_on, today):
        raise ValidationError({"ends_on": f"交接日不能早于{max(kept.starts_on, today)}。"})
    after = stored.chair_terms.filter(starts_on__gt=kept.starts_on).select_related("member").first()
    kept.ends_on = ends_on
    _require_member(kept, "ends_on")
    if after is not None:
        if ends_on >= after.ends_on:
            raise ValidationError({"ends_on": f"须早于下一任{after.member}的结束日期{after.ends_on}。"})
        after.starts_on = ends_on + DAY
        _require_member(after, "ends_on")
    kept.save(update_fields=["ends_on"])
    if after is not None:
        after.save(update_fields=["starts_on"])
    note = f"{kept.member}任至{ends_on}"
    done(stored, AllianceAct.HANDOVER, by, request, note=note, detail={"id": kept.pk})
    return kept


@transaction.atomic
def drop_terms(*, term, by, request=None) -> int:
    """This planned term and all after it; returns how many. What has begun stands."""
    stored = running(term.alliance)
    kept = _term(term)
    if kept.starts_on <= timezone.localdate():
        raise ValidationError("该任期已开始，请调整交接日。")
    dropped, _ = stored.chair_terms.filter(starts_on__gte=kept.starts_on).delete()
    note = f"自{kept.starts_on}起的{dropped}任"
    done(stored, AllianceAct.DROPPED, by, request, note=note)
    return dropped


def _term(term) -> ChairTerm:
    rows = ChairTerm.objects.select_related("member__organisation", "member__partner")
    kept = rows.filter(pk=term.pk).first()
    if kept is None:
        raise ValidationError("该轮值安排已被取消，请刷新后查看。")
    return kept


# --- The end -------------------------------------------------------------------------------------------


@transaction.atomic
def end_alliance(*, alliance, on: dt.date, reason: str, by, request=None) -> Alliance:
    """The chair of the day stays to the end; who would have followed does not."""
    stored = running(alliance)
    validate_not_in_future(on, "on")
    if on < stored.founded_on:
        raise ValidationError({"on": f"不能早于成立日期{stored.founded_on}。"})
    reason = demand_reason(reason, "终止")
    conferences = stored.conferences.filter(cancelled_at__isnull=True)
    if conferences.filter(held_at__isnull=True).exists():
        raise ValidationError("还有安排了未召开的会议，请先登记召开或取消。")
    if conferences.filter(on__gt=on).exists():
        raise ValidationError({"on": "此后还召开过会议，请核对终止日期。"})
    stored.chair_terms.filter(starts_on__gt=on).delete()
    stored.chair_terms.filter(ends_on__gt=on).update(ends_on=on)
    stored.ended_on, stored.end_reason = on, reason
    return done(stored, AllianceAct.ENDED, by, request, note=f"{on}：{reason}", shown=alliance)


# --- What every act shares -----------------------------------------------------------------------------


def running(alliance) -> Alliance:
    """Under lock, so that two people acting at once queue up; refuses what has ended."""
    rows = Alliance.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=alliance.pk)
    if stored.ended_on:
        raise ValidationError(f"该联盟已于{stored.ended_on}终止，不能再办理。")
    return stored


def done(stored, act, by, request, *, note="", detail=None, shown=None, action=AuditAction.UPDATE):
    """Saves the alliance, and writes the line of its history and its event (without words that may hold names)."""
    stored.updated_at = timezone.now()
    stored.save()
    AllianceEntry.objects.create(alliance=stored, act=act, note=note[:500], by=by)
    record(stored, action, by=by, detail={"act": AllianceAct(act).label, **(detail or {})}, request=request)
    if shown is not None:
        shown.refresh_from_db()
    return stored
