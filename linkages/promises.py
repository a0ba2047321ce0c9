"""What an agreement promised for a year, and what of it was booked.

Practice: joint meetings and activities are of all, practical items and resources of one party each. In a year in which
the agreement does not run from end to end its share is promised; behind is who has less than the days gone by ask for.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from math import ceil, floor

from linkages.models import AgreementActivity, AgreementResult, BookedAs, ResultKind
from linkages.states import QUIET_MONTHS, RUNNING, quiet_for

MOST_WEIGHED = 500  # agreements whose promises are reckoned at once
LABELS = {
    "meeting": "联席会议",
    "activity": "联合活动",
    "item": "办实事",
    "resource": "提供资源",
}


@dataclass(frozen=True)
class Promise:
    """`due` is what the calendar asks for by now."""

    kind: str
    who: str
    goal: int
    due: int
    fulfilled: int

    @property
    def label(self):
        return LABELS[self.kind]

    @property
    def behind(self):
        return self.fulfilled < self.due

    @property
    def shown(self):
        """For a bar, which does not run over."""
        return min(self.fulfilled, self.goal)


def _days(agreement, year, until):
    """Days of the term in the year up to `until`."""
    first = max(agreement.starts_on, dt.date(year, 1, 1))
    last = min(agreement.last_day, dt.date(year, 12, 31), until)
    return max((last - first).days + 1, 0)


def share(agreement, per_year: int, today: dt.date) -> tuple[int, int]:
    """(promised for the year of `today`, of it due by the end of the day before)."""
    whole = (dt.date(today.year + 1, 1, 1) - dt.date(today.year, 1, 1)).days
    days = _days(agreement, today.year, dt.date(today.year, 12, 31))
    gone = _days(agreement, today.year, today - dt.timedelta(days=1))
    return ceil(per_year * days / whole), floor(per_year * gone / whole)


def _promised(agreement):
    """(kind, party or None, number per year)."""
    yield BookedAs.MEETING, None, agreement.meetings_per_year
    yield BookedAs.ACTIVITY, None, agreement.activities_per_year
    for party in agreement.parties.all():
        yield ResultKind.ITEM, party, party.items_per_year
        yield ResultKind.RESOURCE, party, party.resources_per_year


def promises_of(agreements, today: dt.date) -> dict[int, list[Promise]]:
    """By key, for agreements fetched `with_parties`; two queries however many they are."""
    agreements = list(agreements)
    keys = [agreement.pk for agreement in agreements]
    done = Counter(
        (key, str(kind), None)
        for key, kind in AgreementActivity.objects.standing()
        .filter(agreement__in=keys, activity__held_on__year=today.year)
        .values_list("agreement", "booked_as")
    )
    done.update(
        (key, str(kind), party)
        for key, kind, party in AgreementResult.objects.standing()
        .filter(agreement__in=keys, on__year=today.year)
        .values_list("agreement", "kind", "party")
    )
    found = {}
    for agreement in agreements:
        lines = []
        for kind, party, per_year in _promised(agreement):
            goal, due = share(agreement, per_year, today)
            if goal:
                fulfilled = done[agreement.pk, str(kind), party.pk if party else None]
                lines.append(Promise(str(kind), str(party) if party else "各方", goal, due, fulfilled))
        found[agreement.pk] = lines
    return found


def behind_of(agreements, today: dt.date) -> list[tuple]:
    """(agreement, lines behind) of those that run, the first to end first; at most `MOST_WEIGHED` are weighed.
    Not of those where nothing was booked for half a year: of them that is said.

    `agreements` come `with_state`.
    """
    awake = agreements.filter(~quiet_for(QUIET_MONTHS, today), state__in=RUNNING)
    # They may have come with their parties already, which Django takes for a second request of another kind.
    rows = list(awake.prefetch_related(None).with_parties().order_by("ends_on", "pk")[:MOST_WEIGHED])
    promises = promises_of(rows, today)
    found = ((row, [line for line in promises[row.pk] if line.behind]) for row in rows)
    return [(row, lines) for row, lines in found if lines]
