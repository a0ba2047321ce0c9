"""The set-based engine of duties agrees with the slow reference on whatever the register may hold."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.duties import calendar, engine, standing
from activities.duties.periods import Unit
from activities.duties.states import PENDING
from activities.models import Activity, ActivityKind, JointHost
from orgs.kinds import OrganisationKind
from orgs.models import DatedSetting, Post
from tests import builders
from tests.activities import reference_duties as reference
from tests.activities.test_record import at

pytestmark = pytest.mark.django_db
# Days cluster round the edges of few months, where mistakes live and meet each other.
MONTHS = [(2024, 12), (2025, 1), (2025, 2), (2025, 3), (2025, 4)]
EDGES = [dt.date(*month, day) for month in MONTHS for day in (1, 3, 10, 11, 14, 15, 16, 17, 18, 25, 28)]
YEAR_EDGES = [dt.date.fromisoformat(f"2026-{day}") for day in ("01-01", "02-10", "03-31", "04-01")]
days = st.sampled_from([*EDGES, *YEAR_EDGES])
spans = st.tuples(st.none() | days, st.none() | days).map(
    lambda pair: tuple(sorted(pair)) if None not in pair else pair
)
kinds = st.sampled_from(list(reference.ONCE))
gatherings = st.lists(
    st.fixed_dictionaries(
        {
            "host": st.integers(0, 4),
            "joint": st.sets(st.integers(0, 4), max_size=2),
            "kinds": st.sets(kinds, min_size=1, max_size=2),
            "day": st.sampled_from(EDGES) | days,
            "state": st.sampled_from(["held", "archived", "review", "cancelled", "planned"]),
            "year": st.sampled_from([None, None, 2024, 2025, 2026]),
        }
    ),
    max_size=25,
)
frequencies = st.lists(
    st.tuples(
        kinds,
        st.sampled_from(["每月1次", "每月2次", "每季度1次", "每年2次", "不要求"]),
        st.sampled_from([dt.date(2024, 1, 1), dt.date(2025, 2, 1), dt.date(2025, 3, 3)]),
    ),
    max_size=3,
    unique_by=lambda row: (row[0], row[2]),
)


class Undo(Exception):
    """Ends an example without a trace."""


def plant(lives, committee, held, set_to):
    """A branch, a temporary one, a committee above them and two groups, with the given lives."""
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    temporary = builders.make_organisation(top, OrganisationKind.TEMP_BRANCH)
    groups = [builders.make_organisation(branch, OrganisationKind.PARTY_GROUP) for _ in range(2)]
    bodies = [branch, temporary, *groups, top]
    for body, (founded, dissolved) in zip(bodies, lives, strict=False):
        type(body).objects.filter(pk=body.pk).update(founded_on=founded, dissolved_on=dissolved)
    titles = ("organisation_member", "publicity_member", "secretary")
    for title, (since, until) in zip(titles, committee, strict=False):
        Post.objects.create(organisation=branch, title=title, person_name="某人", since=since, until=until)
    for kind, value, since in set_to:
        DatedSetting.objects.create(code=f"duty_{kind}", value=value, effective_on=since)
    for row in held:
        host = bodies[row["host"]]
        activity = Activity.objects.create(
            organisation=host, title="一次", starts_at=at(row["day"]), state=row["state"],
            belongs_to_year=row["year"],
        )  # fmt: skip
        ActivityKind.objects.bulk_create(ActivityKind(activity=activity, kind=kind) for kind in row["kinds"])
        JointHost.objects.bulk_create(
            JointHost(activity=activity, organisation=bodies[place]) for place in row["joint"]
        )


def as_reference(cells):
    return {
        (cell.organisation, cell.kind, cell.slot.first, Unit(cell.period.unit).label): (
            cell.state,
            cell.records,
            cell.late,
        )
        for cell in cells
    }


def states(found):
    by_organisation = standing.counted(found, {pk: pk for one in found for pk in one.sorts})
    return Counter({(pk, *duty): count for pk, duty, count in by_organisation})


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    lives=st.lists(spans, min_size=4, max_size=4),
    committee=st.lists(spans, max_size=3),
    held=gatherings,
    set_to=frequencies,
    first=st.dates(dt.date(2025, 1, 1), dt.date(2025, 3, 31)),
    length=st.integers(0, 90),
    as_of=days,
)
def test_engine_and_reference_agree(lives, committee, held, set_to, first, length, as_of):
    last = first + dt.timedelta(days=length)
    try:
        with transaction.atomic():
            plant(lives, committee, held, set_to)
            asked = {"first": first, "last": last, "as_of": as_of}
            cells = engine.compute(**asked)
            assert as_reference(cells) == reference.compute(**asked)
            found = standing.standings(**asked)
            assert states(found) == Counter((cell.organisation, cell.slot, cell.state) for cell in cells)
            for holds in (lambda duty: True, lambda duty: duty.state in PENDING):
                rows = calendar.Listed(found, holds, asked)
                wanted = sorted(filter(holds, cells), key=lambda cell: cell.slot.deadline)
                assert [
                    cell for start in range(0, len(rows), 7) for cell in rows[start : start + 7]
                ] == wanted
            raise Undo
    except Undo:
        pass
