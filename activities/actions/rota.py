"""驻点服务: which unit serves at a station when. Callers have checked access; names stay out of the audit trail."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.actions.venues import locked
from activities.models import ServiceShift, Weekday
from activities.venues.opening import opening_of
from members.actions.register import record
from orgs.clock import range_words
from orgs.models import AuditAction

FIELDS = ("name", "unit", "weekday", "day", "opens", "closes", "person_name", "since", "until")
FOREVER = dt.date.max


@transaction.atomic
def add_shift(*, venue, values: dict, by, request=None) -> ServiceShift:
    stored = _usable(locked(venue))
    shift = ServiceShift(venue=stored)
    _set(shift, values)
    return _saved(shift, AuditAction.CREATE, by, request)


@transaction.atomic
def change_shift(*, shift, values: dict, by, request=None) -> ServiceShift:
    stored = _locked(shift)
    _usable(stored.venue)
    _set(stored, values)
    return _saved(stored, AuditAction.UPDATE, by, request)


@transaction.atomic
def end_shift(*, shift, by, request=None) -> None:
    """No more from today on. What never took place is taken out, what did stays on record."""
    stored, today = _locked(shift), timezone.localdate()
    last = stored.day or stored.until
    if last is not None and last < today:
        raise ValidationError("该服务已经结束。")
    detail = _words(stored) | {"ended": True}
    record(stored.venue, AuditAction.UPDATE, by=by, detail=detail, request=request)
    if stored.day is not None or stored.since >= today:
        stored.delete()
    else:
        stored.until, stored.updated_at = today - dt.timedelta(days=1), timezone.now()
        stored.save(update_fields=["until", "updated_at"])


def _locked(shift) -> ServiceShift:
    venue = locked(shift.venue)
    stored = ServiceShift.objects.select_for_update().filter(pk=shift.pk).first()
    if stored is None:
        raise ValidationError("该服务已被他人取消。")
    stored.venue = venue
    return stored


def _usable(venue):
    if venue.until is not None and venue.until <= timezone.localdate():
        raise ValidationError("该阵地已停用，不能再安排驻点服务。")
    return venue


def _set(shift, values):
    for name, value in values.items():
        if name not in FIELDS:
            raise ValidationError(f"“{name}”不能这样修改。")
        setattr(shift, name, value.strip() if isinstance(value, str) else value)
    if (shift.weekday is None) == (shift.day is None):
        raise ValidationError({"weekday": "请填写每周几或具体日期中的一项。"})
    if shift.day is not None:
        shift.since = shift.until = None
        if shift.day < timezone.localdate():
            raise ValidationError({"day": "只能安排今天及以后的日期。"})
    else:
        shift.since = shift.since or timezone.localdate()
    if shift.until is not None and shift.until < shift.since:
        raise ValidationError({"until": "结束日期不能早于开始日期。"})
    if shift.closes <= shift.opens:
        raise ValidationError({"closes": "结束时间须晚于开始时间。"})
    shift.full_clean(exclude=["venue"])
    _refuse_closed(shift)
    _refuse_overlap(shift)


def _refuse_closed(shift):
    """Nobody is let in when the house is shut. A weekly one is judged by the timetable of its first day."""
    if shift.day is not None:
        ranges, when = opening_of(shift.venue, shift.day).ranges(shift.venue, shift.day), f"{shift.day}"
    else:
        timetables = list(shift.venue.timetables.order_by("since"))
        first = max(shift.since, timezone.localdate())
        current = next((one for one in reversed(timetables) if one.since <= first), timetables[0])
        ranges, when = current.week[shift.weekday - 1], Weekday(shift.weekday).label
    if not any(first <= shift.opens and shift.closes <= last for first, last in ranges):
        words = f"开放时间为{range_words(ranges)}" if ranges else "不开放"
        raise ValidationError({"opens": f"该阵地{when}{words}，服务时间须在开放时间内。"})


def _refuse_overlap(shift):
    others = shift.venue.shifts.filter(
        name__iexact=shift.name, opens__lt=shift.closes, closes__gt=shift.opens
    ).exclude(pk=shift.pk)
    for other in others:
        if _on_one_day(shift, other):
            raise ValidationError(
                {"name": f"“{other.name}”已安排{other.when_words}，时间重叠；请先结束或修改原来的安排。"}
            )


def _on_one_day(one, other) -> bool:
    """Whether both serve on some day. Two weekly ones of one weekday meet when their terms share a week."""
    if one.day is not None:
        return other.serves_on(one.day)
    if other.day is not None:
        return one.serves_on(other.day)
    if one.weekday != other.weekday:
        return False
    first = max(one.since, other.since)
    first += dt.timedelta(days=(one.weekday - first.isoweekday()) % 7)
    return first <= min(one.until or FOREVER, other.until or FOREVER)


def _saved(shift, action, by, request):
    shift.updated_at = timezone.now()
    shift.save()
    record(shift.venue, action, by=by, detail=_words(shift), request=request)
    return shift


def _words(shift):
    return {"service": shift.name, "unit": shift.unit, "when": shift.when_words}
