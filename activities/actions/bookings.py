"""Booking a station: made, moved, confirmed, declined, cancelled. Callers have checked access.

Acts at one station come one after the other (its row is locked); should two get past that, the constraint of
`BookedSlot` lets one of them through.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from activities.actions import activities
from activities.actions.venues import locked as locked_venue
from activities.models import COMING, HOLDING, Activity, BookedSlot, Booking, BookingState
from activities.models.bookings import slots_between
from activities.venues import free
from activities.venues.opening import opening_of
from members.actions.register import record
from members.models import root_of
from orgs.clock import range_words
from orgs.guards import demand_reason
from orgs.models import AuditAction
from orgs.notices import Message, deliver
from orgs.regulations import values_on


@transaction.atomic
def book(
    *,
    venue,
    organisation,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    title: str,
    persons: int,
    by,
    activity=None,
    over_capacity: bool = False,
    request=None,
) -> Booking:
    """For `activity`, a planned one, where given: it takes the station as its place where it names none."""
    stored = locked_venue(venue)
    booking = Booking(venue=stored, organisation=organisation, booked_by=by)
    if root_of(organisation) != stored.root_id:
        raise ValidationError({"organisation": "只能由同一顶层组织以内的党组织预订。"})
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    _set(booking, starts_at, ends_at, title, persons, over_capacity)
    if activity is not None:
        _take_activity(booking, activity)
    _hold(booking)
    if booking.activity and not booking.activity.place:
        activities.change_activity(
            activity=Activity(pk=booking.activity_id), values={"place": stored.name}, by=by, request=request
        )
    return _recorded(booking, AuditAction.CREATE, by, request)


@transaction.atomic
def change_booking(
    *, booking, starts_at, ends_at, title: str, persons: int, by, over_capacity=False, request=None
) -> Booking:
    """Another time or number of people; where the station asks for it, to be confirmed anew."""
    stored = _locked(booking, HOLDING)
    _refuse_over(stored)
    _set(stored, starts_at, ends_at, title, persons, over_capacity)
    stored.slots.all().delete()
    stored.decided_by = stored.decided_at = None
    _hold(stored)
    return _recorded(stored, AuditAction.UPDATE, by, request)


@transaction.atomic
def confirm_booking(*, booking, by, request=None) -> Booking:
    stored = _locked(booking, (BookingState.PENDING,))
    _refuse_over(stored)
    return _decide(stored, BookingState.CONFIRMED, "", by, request)


@transaction.atomic
def decline_booking(*, booking, reason: str, by, request=None) -> Booking:
    """By the station's keepers; the time is free again."""
    stored = _locked(booking, (BookingState.PENDING,))
    return _decide(stored, BookingState.DECLINED, demand_reason(reason), by, request)


@transaction.atomic
def cancel_booking(*, booking, reason: str, by, request=None) -> Booking:
    """By those who booked or by the station's keepers; the time is free again."""
    stored = _locked(booking, HOLDING)
    _refuse_over(stored)
    return _decide(stored, BookingState.CANCELLED, demand_reason(reason), by, request)


@transaction.atomic
def plan_booked_activity(*, booking, by, request=None, **entry) -> Activity:
    """`activities.plan_activity` for what a station was booked for before; they belong together from then on."""
    activity = activities.plan_activity(by=by, request=request, **entry)
    if booking is None:
        return activity
    stored = _locked(booking, HOLDING)
    _refuse_over(stored)
    _take_activity(stored, activity)
    stored.updated_at = timezone.now()
    stored.save()
    _recorded(stored, AuditAction.UPDATE, by, request)
    return activity


# --- Rules ---------------------------------------------------------------------------------------------


def _set(booking, starts_at, ends_at, title, persons, over_capacity):
    booking.starts_at, booking.ends_at = starts_at, ends_at
    booking.title, booking.persons = title.strip(), persons
    if not booking.title:
        raise ValidationError({"title": "请填写用途。"})
    _validate_times(starts_at, ends_at)
    _validate_open(booking.venue, starts_at, ends_at)
    capacity = booking.venue.capacity
    if not persons:
        raise ValidationError({"persons": "请填写人数。"})
    if capacity and persons > capacity and not over_capacity:
        raise ValidationError(
            {"over_capacity": f"该场地可容纳{capacity}人，您填写了{persons}人。确要预订的请勾选。"}
        )


def _validate_times(starts_at, ends_at):
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        local = timezone.localtime(at)
        if local.minute % 30 or local.second or local.microsecond:
            raise ValidationError({field: "请按半小时预订，如 9:00、9:30。"})
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": "结束时间须晚于开始时间。"})
    now = timezone.now()
    if starts_at < now:
        raise ValidationError({"starts_at": "不能预订已经过去的时间。"})
    limits = values_on(["venue_booking_hours", "venue_booking_days"], timezone.localdate())
    if ends_at - starts_at > dt.timedelta(hours=limits["venue_booking_hours"]):
        raise ValidationError({"ends_at": f"一次最多预订{limits['venue_booking_hours']}小时。"})
    last = timezone.localdate() + dt.timedelta(days=limits["venue_booking_days"])
    if timezone.localtime(starts_at).date() > last:
        raise ValidationError({"starts_at": f"最多提前{limits['venue_booking_days']}天预订，即{last}以前。"})


def _validate_open(venue, starts_at, ends_at):
    first, last = (timezone.localtime(at).date() for at in (starts_at, ends_at))
    opening = opening_of(venue, first, last)
    if opening.is_open(venue, starts_at, ends_at):
        return
    ranges = opening.ranges(venue, first)
    words = f"开放时间为{range_words(ranges)}" if ranges else opening.why_closed(venue, first)
    raise ValidationError({"starts_at": f"{venue}{first}{words}，预订须在一段开放时间以内。"})


def _hold(booking):
    """Saves the booking with its slots; pending where the station confirms."""
    other = free.in_the_way(booking.venue, booking.starts_at, booking.ends_at, without=booking)
    if other is not None:
        raise _taken(booking, other)
    booking.state = BookingState.PENDING if booking.venue.needs_approval else BookingState.CONFIRMED
    booking.updated_at = timezone.now()
    booking.full_clean(exclude=["venue", "organisation", "booked_by", "decided_by", "activity"])
    try:
        with transaction.atomic():
            booking.save()
            BookedSlot.objects.bulk_create(
                BookedSlot(booking=booking, venue=booking.venue, starts_at=at)
                for at in slots_between(booking.starts_at, booking.ends_at)
            )
    except IntegrityError:
        other = free.in_the_way(booking.venue, booking.starts_at, booking.ends_at, without=booking)
        raise _taken(booking, other) from None


def _taken(booking, other):
    venue, times = booking.venue, (booking.starts_at, booking.ends_at)
    whose = f"{other.when_words}已由{other.organisation.name}预订" if other else "该时段刚被他人预订"
    return ValidationError({"starts_at": f"{whose}。{free.near_words(venue, *times, without=booking)}"})


def _take_activity(booking, activity):
    stored = Activity.objects.select_for_update().get(pk=activity.pk)
    if stored.organisation_id != booking.organisation_id:
        raise ValidationError({"activity": "预订和活动须属于同一党组织。"})
    if stored.state not in COMING:
        raise ValidationError({"activity": "只能为已计划、尚未召开的活动预订场地。"})
    if booking.activity_id not in (None, stored.pk):
        raise ValidationError({"booking": "该预订已用于另一次活动。"})
    booking.activity = stored


def _locked(booking, states) -> Booking:
    venue = locked_venue(booking.venue)
    rows = Booking.objects.select_for_update(of=("self",)).select_related("organisation", "activity")
    stored = rows.get(pk=booking.pk)
    stored.venue = venue
    if stored.state not in states:
        raise ValidationError(f"该预订的状态是“{stored.get_state_display()}”，不能这样办理，请刷新后核对。")
    return stored


def _refuse_over(booking):
    if booking.is_over:
        raise ValidationError("预订的时间已过，不能再办理。")


def _decide(stored, state, reason, by, request):
    stored.state, stored.reason = state, reason[:200]
    stored.decided_by = by
    stored.decided_at = stored.updated_at = timezone.now()
    stored.save()
    if state not in HOLDING:
        stored.slots.all().delete()
    _tell(stored, by)
    return _recorded(stored, AuditAction.UPDATE, by, request)


def _tell(booking, by):
    """Whoever booked, unless they did it themselves."""
    if booking.booked_by_id is None or booking.booked_by_id == by.pk:
        return
    message = Message(
        user=booking.booked_by_id,
        key=f"booking-{booking.pk}-{booking.decided_at.timestamp()}",
        title=f"场地预订{booking.get_state_display()}：{booking}",
        detail=booking.reason,
        url=reverse("activities:booking", args=[booking.pk]),
    )
    deliver([message])


def _recorded(stored, action, by, request):
    detail = {
        "venue": stored.venue.name,
        "when": stored.when_words,
        "state": stored.get_state_display(),
        "persons": stored.persons,
    }
    record(stored, action, by=by, detail=detail, request=request)
    return stored
