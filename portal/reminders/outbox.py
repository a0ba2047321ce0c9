"""What digests and robots share: a row per person or robot and period, written when its time has come, sent once."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from orgs.models import DeliveryFault
from orgs.outbox import NotNow, Outbox, Undelivered
from orgs.workdays import Calendar

AHEAD = 60  # days in which there is a working day, for the page that says when the next one comes


def calendar_around(day: dt.date) -> Calendar:
    """The week of the day and the weeks ahead; one query."""
    return Calendar(day - dt.timedelta(days=7), day + dt.timedelta(days=AHEAD + 7))


def next_at(schedule) -> dt.datetime | None:
    now = timezone.now()
    return schedule.next_at(now, calendar_around(timezone.localdate(now)), AHEAD)


def write_due(schedules, model, owner: str) -> int:
    """A row of `model` for every (key of `owner`, schedule) whose turn it is and that has none; three queries."""
    now = timezone.now()
    calendar = calendar_around(timezone.localdate(now))
    turns = [(key, turn) for key, schedule in schedules if (turn := schedule.due(now, calendar))]
    periods = {turn.period for _, turn in turns}
    known = set(model.objects.filter(period__in=periods).values_list(f"{owner}_id", "period"))
    rows = [
        model(**{f"{owner}_id": key}, period=turn.period, last_day=turn.last_day, due_at=now, created_at=now)
        for key, turn in turns
        if (key, turn.period) not in known
    ]
    model.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def absolute(path: str) -> str:
    return f"{settings.PORTAL_URL}{path}"


class ReminderOutbox(Outbox):
    """People cannot tell a repetition from a second reminder."""

    once = True
    pauses = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))

    def demand_timely(self, row, schedule) -> None:
        """Not after its period, and within it not in the quiet hours."""
        now = timezone.now()
        today = timezone.localdate(now)
        if row.last_day < today:
            raise Undelivered(DeliveryFault.EXPIRED)
        if until := schedule.held_back_until(now, calendar_around(today)):
            raise NotNow(until)
