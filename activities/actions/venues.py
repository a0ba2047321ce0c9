"""Stations: entered, changed, their opening times, their closing. Callers have checked access.

The audit trail never holds who is on duty.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import RestDays, Timetable, Venue, VenueDay
from activities.venues.opening import opening_of
from members.actions.register import record
from members.models import root_of
from orgs.clock import moment, range_words
from orgs.guards import demand_reason, refuse_stale
from orgs.identifiers import MOBILE
from orgs.models import AuditAction

FIELDS = (
    "name", "kind", "park", "address", "latitude", "longitude", "capacity", "equipment", "phone", "needs_approval", "since",
)  # fmt: skip
MOST_DAYS = 62  # marked at once: the summer holidays
YEARS_AHEAD = 2
NAMED = 3  # bookings told by their time, of those in the way


@transaction.atomic
def add_venue(
    *, organisation, values: dict, week, by, rest_days: str = RestDays.CLOSED, request=None
) -> Venue:
    """With the opening times that hold from its first day on."""
    venue = Venue(organisation=organisation, created_by=by, root_id=root_of(organisation))
    _set(venue, values)
    venue.save()
    Timetable.objects.create(venue=venue, since=venue.since, week=_checked(week), rest_days=rest_days)
    record(venue, AuditAction.CREATE, by=by, detail={"name": venue.name}, request=request)
    return venue


@transaction.atomic
def change_venue(*, venue, values: dict, by, seen_at=None, request=None) -> Venue:
    """`seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = locked(venue)
    refuse_stale(stored, seen_at, "阵地")
    labels = [
        str(Venue._meta.get_field(name).verbose_name)
        for name, value in values.items()
        if getattr(stored, name) != value
    ]
    _set(stored, values)
    if stored.timetables.order_by("since").values_list("since", flat=True).first() > stored.since:
        stored.timetables.filter(pk=stored.timetables.order_by("since")[0].pk).update(since=stored.since)
    return _touched(stored, by, {"fields": labels}, request)


def _set(venue, values):
    for name, value in values.items():
        if name not in FIELDS:
            raise ValidationError(f"“{name}”不能这样修改。")
        setattr(venue, name, value)
    validate_office_phone(venue.phone)
    if (venue.latitude is None) != (venue.longitude is None):
        missing = "latitude" if venue.latitude is None else "longitude"
        raise ValidationError({missing: "经度和纬度须同时填写。"})
    if venue.capacity == 0:
        raise ValidationError({"capacity": "可容纳人数至少为1，不清楚的留空。"})
    venue.full_clean(exclude=["organisation", "created_by"])


def validate_office_phone(phone: str) -> None:
    """Of the office: what everybody reads must be nobody's own."""
    if phone and MOBILE.search(phone.replace("-", "").replace(" ", "")):
        raise ValidationError({"phone": "请填写办公固定电话，不填个人手机号码。"})


def locked(venue) -> Venue:
    """The row for a change. Whatever belongs to a station is written under its lock, one after the other."""
    rows = Venue.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=venue.pk)


def _touched(stored, by, detail, request) -> Venue:
    stored.updated_at = timezone.now()
    stored.save()
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return stored


# --- Opening times -------------------------------------------------------------------------------------


@transaction.atomic
def set_hours(*, venue, since: dt.date, week, rest_days: str, by, request=None) -> Timetable:
    """From `since` on; what was open before stays on record. The same day again corrects that timetable."""
    stored, today = locked(venue), timezone.localdate()
    if since < stored.since:
        raise ValidationError({"since": f"该阵地于{stored.since}启用，不能早于启用日期。"})
    if since > today + dt.timedelta(days=366 * YEARS_AHEAD):
        raise ValidationError({"since": f"请填写{YEARS_AHEAD}年以内的日期。"})
    if stored.until and since >= stored.until:
        raise ValidationError({"since": f"该阵地{stored.until}起停用。"})
    found, _ = Timetable.objects.update_or_create(
        venue=stored, since=since, defaults={"week": _checked(week), "rest_days": rest_days}
    )
    words = [range_words(ranges) for ranges in found.week]
    _touched(stored, by, {"hours_since": since, "week": words, "rest_days": str(rest_days)}, request)
    return found


def _checked(week) -> list:
    if len(week) != 7:
        raise ValidationError("请填写周一至周日的开放时间。")
    if not any(week):
        raise ValidationError({"monday": "请至少填写一天的开放时间。"})
    return [[list(one) for one in ranges] for ranges in week]


@transaction.atomic
def set_special_days(
    *, venue, first: dt.date, by, last: dt.date | None = None, ranges=(), note: str = "", request=None
) -> list[VenueDay]:
    """Each day from `first` to `last` opens at `ranges` instead, or not at all without any."""
    stored, last = locked(venue), last or first
    if last < first:
        raise ValidationError({"last": "结束日期不能早于开始日期。"})
    if first < timezone.localdate():
        raise ValidationError({"first": "只能登记今天及以后的日期。"})
    days = [first + dt.timedelta(days=number) for number in range(min((last - first).days, MOST_DAYS) + 1)]
    if len(days) > MOST_DAYS:
        raise ValidationError({"last": f"一次最多登记{MOST_DAYS}天；长期不开放的请登记停用或修改开放时间。"})
    values = {"ranges": [list(one) for one in ranges], "note": note.strip()[:60]}
    rows = [VenueDay.objects.update_or_create(venue=stored, day=day, defaults=values)[0] for day in days]
    detail = {"special_days": [first, last], "hours": range_words(ranges)}
    _touched(stored, by, detail, request)
    return rows


@transaction.atomic
def remove_special_day(*, special, by, request=None) -> None:
    """The timetable holds again. Past days stay: they tell how long it was open."""
    stored = locked(special.venue)
    if special.day < timezone.localdate():
        raise ValidationError("已经过去的日期不能更改。")
    VenueDay.objects.filter(pk=special.pk).delete()
    _touched(stored, by, {"special_day_removed": special.day}, request)


# --- Closing -------------------------------------------------------------------------------------------


@transaction.atomic
def close_venue(*, venue, until: dt.date, reason: str, by, request=None) -> Venue:
    """Not in use from `until` on."""
    stored = locked(venue)
    if stored.until is not None:
        raise ValidationError(f"该阵地已登记{stored.until}起停用。")
    reason = demand_reason(reason, "停用")
    if until < max(timezone.localdate(), stored.since):
        raise ValidationError({"until": "停用日期不能早于今天和启用日期。"})
    _refuse_bookings_to_come(stored, until)
    stored.until, stored.closed_reason = until, reason[:200]
    return _touched(stored, by, {"closed_from": until}, request)


def _refuse_bookings_to_come(stored, until):
    rows = stored.bookings.holding().filter(ends_at__gt=moment(until, 0)).select_related("organisation")
    found = list(rows.order_by("starts_at")[: NAMED + 1])
    if found:
        words = "、".join(f"{row.when_words}（{row.organisation.name}）" for row in found[:NAMED])
        more = "等" if len(found) > NAMED else ""
        raise ValidationError(
            {"until": f"{until}以后还有预订：{words}{more}。请先与预订的党组织商定并取消。"}
        )


def bookings_shut_out(venue) -> list:
    """Bookings to come that the opening times as they are now no longer let in."""
    rows = list(venue.bookings.coming().select_related("organisation").order_by("starts_at"))
    if not rows:
        return []
    days = [timezone.localtime(at).date() for row in rows for at in (row.starts_at, row.ends_at)]
    opening = opening_of(venue, min(days), max(days))
    return [row for row in rows if not opening.is_open(venue, row.starts_at, row.ends_at)]


@transaction.atomic
def keep_venue(*, venue, by, request=None) -> Venue:
    """A closing that has not come is taken back."""
    stored = locked(venue)
    if stored.until is None:
        raise ValidationError("该阵地没有登记停用。")
    if stored.until <= timezone.localdate():
        raise ValidationError("该阵地已经停用；重新启用的，请登记为新的阵地，以前的记录保留。")
    stored.until, stored.closed_reason = None, ""
    stored.full_clean(exclude=["organisation", "created_by"])
    return _touched(stored, by, {"closing_withdrawn": True}, request)
