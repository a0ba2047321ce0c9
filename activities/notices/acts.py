"""What acts on a record tell: an activity that is announced, moved or called off, a record sent back, a place free;
and to those who keep or booked a station, that it is free again or that the booking no longer fits.

The history of the record (`ActivityEntry`) is what is still to be told: it is written with the act, so nothing is lost
with a queue. A message that the present state contradicts is not sent any more.
"""

from collections import defaultdict

from django.urls import reverse
from django.utils import timezone

from activities.models import (
    CALLED_OFF,
    COMING,
    Act,
    ActivityEntry,
    ActivityState,
    Booking,
    BookingState,
    SignUp,
)
from activities.notices import TOLD, people
from orgs.notices import BACK, Message, deliver

TITLES = {Act.NOTIFIED: "活动通知", Act.MOVED: "活动改期", Act.CANCELLED: "活动取消"}
LEADS = {Act.NOTIFIED: "", Act.MOVED: "现定于", Act.CANCELLED: "原定"}


def tell_entry(pk: int) -> int:
    return _tell(ActivityEntry.objects.filter(pk=pk))


def tell_recent() -> int:
    """All acts of the last days; almost all of them were told, and are not told again."""
    return _tell(ActivityEntry.objects.filter(at__gte=timezone.now() - BACK))


def _tell(entries) -> int:
    rows = entries.filter(act__in=TOLD).select_related("activity__organisation")
    rows = rows.defer("activity__gist", "activity__agenda")
    now = timezone.now()
    rows = list(rows.prefetch_related("activity__joint_hosts", "activity__kinds"))
    found = [row for row in rows if _holds(row, now)]
    returned = [entry for entry in found if entry.act == Act.RETURNED]
    others = [entry for entry in found if entry.act != Act.RETURNED]
    return deliver([*_to_members(others), *_to_recorders(returned), *_to_stations(rows, now)])


def _holds(entry, now) -> bool:
    """What the entry says is still so, and not over."""
    activity = entry.activity
    if entry.act == Act.RETURNED:
        return activity.state == ActivityState.HELD
    if entry.act == Act.CANCELLED:
        off = activity.state == ActivityState.CANCELLED and activity.recorded_at is None
        return off and activity.starts_at > entry.at
    wanted = COMING if entry.act == Act.MOVED else (ActivityState.NOTIFIED,)
    return activity.state in wanted and activity.starts_at > now


def _to_members(entries):
    """Those who signed up; and where the activity was announced before, those expected."""
    if not entries:
        return
    activities = list({entry.activity_id: entry.activity for entry in entries}.values())
    announced = _announced(activities)
    expected = people.expected([one for one in activities if one.pk in announced])
    signed = people.signed_up(activities)
    for entry in entries:
        activity = entry.activity
        told = signed.get(activity.pk, set()) | expected.get(activity.pk, set())
        for account in told:
            yield Message(
                account,
                f"activity-entry-{entry.pk}",
                f"{TITLES[entry.act]}：{activity.title}",
                f"{LEADS[entry.act]}{when_and_where(activity)}",
                reverse("activities:own-activities"),
            )


def _announced(activities) -> set[int]:
    rows = ActivityEntry.objects.filter(activity__in=[one.pk for one in activities], act=Act.NOTIFIED)
    return set(rows.values_list("activity_id", flat=True))


def when_and_where(activity) -> str:
    return "，".join(
        filter(None, [activity.when_words, activity.where_words, f"{activity.organisation.name}主办"])
    )


def _to_recorders(entries):
    """Who entered the record and who handed it in, as long as they keep it."""
    if not entries:
        return
    handed_in = defaultdict(set)
    rows = ActivityEntry.objects.filter(
        activity__in=[entry.activity_id for entry in entries], act=Act.SUBMITTED, by__isnull=False
    )
    for activity, account in rows.values_list("activity_id", "by_id"):
        handed_in[activity].add(account)
    pairs = []
    for entry in entries:
        accounts = handed_in[entry.activity_id] | {entry.activity.created_by_id} - {None}
        pairs += [(account, entry.activity) for account in accounts]
    keeping = people.still_keeping(pairs)
    for entry in entries:
        for account, activity in pairs:
            if activity.pk == entry.activity_id and (account, activity.pk) in keeping:
                yield Message(
                    account,
                    f"activity-entry-{entry.pk}",
                    f"活动记录被退回：{activity.title}",
                    f"{activity.held_on}的记录经审核退回，请按退回说明修改后重新提交",
                    reverse("activities:activity", args=[activity.pk]),
                )


def _to_stations(entries, now):
    """Of a station booked for what was called off or moved: those who keep it and who booked it, but not who did so."""
    entries = [entry for entry in entries if entry.act in (Act.CANCELLED, Act.MOVED)]
    bookings = defaultdict(list)
    rows = Booking.objects.filter(activity__in=[entry.activity_id for entry in entries], ends_at__gt=now)
    for row in rows.select_related("venue__organisation", "organisation").order_by("pk"):
        bookings[row.activity_id].append(row)
    concerned = [(e, b) for e in entries for b in bookings[e.activity_id] if _concerns(e, b)]
    if not concerned:
        return
    keepers = people.keepers({booking.venue.organisation_id for _, booking in concerned})
    mine = [(booking.booked_by_id, entry.activity) for entry, booking in concerned if booking.booked_by_id]
    keeping = people.still_keeping(mine)
    for entry, booking in concerned:
        told = set(keepers.get(booking.venue.organisation_id, ()))
        if (booking.booked_by_id, entry.activity_id) in keeping:
            told.add(booking.booked_by_id)
        is_off = entry.act == Act.CANCELLED
        for account in told - {entry.by_id}:
            yield Message(
                account,
                f"booking-{booking.pk}-{entry.act}-{entry.activity.starts_at:%Y%m%d%H%M}",
                f"{'活动取消，场地已放开' if is_off else '活动改期，与场地预订不一致'}：{booking}",
                f"{booking.organisation.name}"
                + (
                    "的预订随活动取消"
                    if is_off
                    else f"的活动改为{entry.activity.when_words}，请修改或取消预订"
                ),
                reverse("activities:booking", args=[booking.pk]),
            )


def _concerns(entry, booking) -> bool:
    """Whether the act is what let the station go, or what the booking no longer fits, and nobody settled it since."""
    if entry.act == Act.CANCELLED:
        return (booking.state, booking.reason) == (BookingState.CANCELLED, CALLED_OFF)
    fits = entry.activity.state not in COMING or booking.covers(entry.activity)
    return booking.holds and not fits and booking.updated_at <= entry.at


def tell_moved_up(activity, signups: list[int]) -> None:
    """In the transaction that gave them a place. Whoever withdraws and waits again is told again."""
    rows = SignUp.objects.filter(pk__in=signups, member__in=people.reachable().values("pk"))
    deliver(
        Message(
            account,
            f"signup-{pk}-{since:%Y%m%d%H%M%S%f}",
            f"候补已转为报名：{activity.title}",
            when_and_where(activity),
            reverse("activities:own-activities"),
        )
        for pk, since, account in rows.values_list("pk", "since", "member__account_id")
    )
