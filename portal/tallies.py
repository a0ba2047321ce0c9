"""What every organisation itself adds to the figures of those above it: each family of figures in a few statements.

Added up over a subtree, the tallies give what the lists of `portal.work` and `orgs.statistics` count for it. A thing of
several organisations (a joint activity, a covered unit, an order with its handler) counts once in everything above any of
them: it is added at each and taken off again where two of them meet (`spread`).
"""

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from django.db.models import Count, F, Q, QuerySet, Sum

from activities import training
from activities.duties import board
from activities.duties.standing import counted, standings
from activities.models import HELD_STATES, Activity, Booking, BookingState, JointHost
from activities.participation import took_part
from linkages.filters import of_term
from linkages.models import FINISHED, OPEN, Agreement, Order, Party
from linkages.states import SOON, with_state
from members.choices import Membership
from members.dues import ledger
from members.models import CaseStage, DuesCharge, Member, RecruitmentCase
from orgs.kinds import Jurisdiction
from orgs.models import Area, Cluster, Organisation, Park
from orgs.statistics import COUNTS, Register, by_key
from orgs.tree import STEP, ancestor_paths
from portal import marks
from portal.models import Part
from portal.models.snapshots import UNIT_COLUMNS

Values = tuple[int, ...]
Scope = tuple[str, int]  # `organisation`, `area`, `cluster` or `park`, and its key
# Of the units of a park (0: without one), by cluster (0: without one, or all of them), scope and key.
Pieces = dict[tuple[int, int, str, int], Values]


class Tree:
    """All organisations, by key and by path; read when first asked."""

    @cached_property
    def paths(self) -> dict[int, str]:
        return dict(Organisation.objects.order_by("path").values_list("pk", "path"))

    @cached_property
    def keys(self) -> dict[str, int]:
        return {path: pk for pk, path in self.paths.items()}

    def meeting(self, one: str, other: str) -> int | None:
        """The lowest organisation that both lie at or below; None for those of two trees."""
        end = 0
        while end < len(one) and one[end : end + STEP] == other[end : end + STEP]:
            end += STEP
        return self.keys.get(one[:end])

    def holders(self, keys: Iterable[int]) -> list[str]:
        """Their paths, each once and in order; what was removed is left out."""
        return sorted({self.paths[pk] for pk in keys if pk in self.paths})

    def spread(self, holders: list[str]) -> Counter:
        """How often the thing of these is added at each organisation, below nought: taken off."""
        found = Counter(self.keys[path] for path in holders)
        for one, other in pairwise(holders):
            if meeting := self.meeting(one, other):
                found[meeting] -= 1
        return found


class Adder:
    """Sums of columns by organisation, or what else is counted by."""

    def __init__(self, width: int):
        self.sums: dict[Hashable, list[int]] = defaultdict(lambda: [0] * width)

    def add(self, key: Hashable, values: Values, times: int = 1) -> None:
        sums = self.sums[key]
        for place, value in enumerate(values):
            sums[place] += times * value

    @property
    def found(self) -> dict[Hashable, Values]:
        return {key: tuple(sums) for key, sums in self.sums.items()}


@dataclass(frozen=True)
class Ask:
    """As of which day. `among` are the keys of the organisations wanted, of units those of parks (None: all); `is_past`: not
    everything is known.
    """

    on: dt.date
    tree: Tree
    among: frozenset[int] | None = None
    is_past: bool = False

    @property
    def since(self) -> dt.date:
        return dt.date(self.on.year, 1, 1)

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        return self.since, self.on

    def of(self, rows: QuerySet, field: str = "organisation") -> QuerySet:
        rows = rows.order_by()
        return rows if self.among is None else rows.filter(**{f"{field}__in": self.among})


@dataclass
class Found:
    """`places` are figures that are no sums of tallies: of areas, clusters and parks, and medians of organisations."""

    tallies: dict[int, Values]
    places: dict[Scope, Values] | None = None
    medians: dict[int, float] | None = None
    pieces: Pieces | None = None


@dataclass(frozen=True)
class Family:
    """Columns that are reckoned together. `narrow`: some organisations (of units: parks) can be asked alone; else it is always all."""

    code: str
    columns: tuple[str, ...]
    count: Callable[[Ask], Found]
    narrow: bool = False
    part: str = Part.OWN
    knows_past: bool = True


# --- Units ------------------------------------------------------------------------------------------------


def _units(ask: Ask) -> Found:
    """As `Register.of_organisation` attributes them: to whoever covers a unit or answers for its place.

    Asked `among` some parks, only the pieces are whole.
    """
    groups = Register(ask.on if ask.is_past else None).by_holder(ask.among)
    parks = {pk: (area, parent) for pk, area, parent in Park.objects.values_list("pk", "area", "parent")}
    answering = _answering()
    adder = Adder(len(COUNTS))
    for (park, cluster, holders), group in by_key(
        groups, lambda group: (group.key[0] or 0, group.key[1] or 0, _holders(group.key, parks, answering))
    ).items():
        for pk, times in ask.tree.spread(ask.tree.holders(holders)).items():
            if times:
                adder.add((park, cluster, "organisation", pk), _counts(group), times)
    for (park, cluster), group in by_key(groups, lambda group: (group.key[0] or 0, group.key[1])).items():
        area, _ = parks.get(park, (None, None))
        for scope, key in (("area", area), ("cluster", cluster), ("park", park)):
            if key:
                adder.add((park, 0, scope, key), _counts(group))
    pieces = adder.found
    nothing = () if ask.among is not None else _places()
    return of_sums(dict.fromkeys(nothing, (0,) * len(COUNTS)) | sums_of(pieces), pieces)


def _places() -> list[Scope]:
    models = {"area": Area, "cluster": Cluster, "park": Park}
    return [
        (scope, pk)
        for scope, model in models.items()
        for pk in model.objects.order_by().values_list("pk", flat=True)
    ]


def sums_of(pieces: Pieces) -> dict[Scope, Values]:
    adder = Adder(len(COUNTS))
    for (_, _, scope, key), values in pieces.items():
        adder.add((scope, key), values)
    return adder.found


def of_sums(sums: dict[Scope, Values], pieces: Pieces) -> Found:
    tallies = {key: values for (scope, key), values in sums.items() if scope == "organisation"}
    places = {scope: values for scope, values in sums.items() if scope[0] != "organisation"}
    return Found(tallies, places, pieces=pieces)


def _counts(group) -> Values:
    return tuple(getattr(group, name) for name in COUNTS)


def _answering() -> dict[tuple[str, int | None], list[int]]:
    found = defaultdict(list)
    rows = Organisation.objects.exclude(jurisdiction=Jurisdiction.NONE).order_by()
    for pk, jurisdiction, area, cluster, park in rows.values_list(
        "pk", "jurisdiction", "area", "cluster", "park"
    ):
        place = {Jurisdiction.AREA: area, Jurisdiction.CLUSTER: cluster, Jurisdiction.PARK: park}
        found[jurisdiction, place.get(jurisdiction)].append(pk)
    return found


def _holders(key, parks, answering) -> frozenset[int]:
    park, cluster, *covering = key
    area, enclosing = parks.get(park, (None, None))
    places = (
        (Jurisdiction.ALL, None),
        (Jurisdiction.AREA, area),
        (Jurisdiction.CLUSTER, cluster),
        (Jurisdiction.PARK, park),
        (Jurisdiction.PARK, enclosing),
    )
    found = {pk for pk in covering if pk}
    for jurisdiction, place in places:
        if place is not None or jurisdiction == Jurisdiction.ALL:
            found.update(answering.get((jurisdiction, place), ()))
    return frozenset(found)


# --- Members ----------------------------------------------------------------------------------------------

MEMBER_COLUMNS = ("members", "probationary", "recruited", "converted", "reached")


def _members(ask: Ask) -> Found:
    rows = ask.of(Member.objects.in_register())
    counts = rows.values("organisation").annotate(
        members=Count("pk"),
        probationary=Count("pk", filter=Q(membership=Membership.PROBATIONARY)),
        recruited=Count("pk", filter=Q(joined_on__range=ask.period)),
        converted=Count("pk", filter=Q(confirmed_on__range=ask.period)),
    )
    reached = dict(
        rows.filter(took_part(*ask.period))
        .values("organisation")
        .annotate(count=Count("pk"))
        .values_list("organisation", "count")
    )
    return Found(
        {
            pk: (*found, reached.get(pk, 0))
            for pk, *found in counts.values_list("organisation", *MEMBER_COLUMNS[:-1])
        }
    )


def _training(ask: Ask) -> Found:
    reached = training.reached_by_home(ask.of(Member.objects.in_register()), ask.on.year)
    return Found({pk: (count,) for pk, count in reached.items()})


# --- Recruiting -------------------------------------------------------------------------------------------

STAGES = {
    "applicants": CaseStage.APPLICANT,
    "activists": CaseStage.ACTIVIST,
    "candidates": CaseStage.CANDIDATE,
}
CASE_COLUMNS = (*STAGES, "cases_overdue")


def _recruiting(ask: Ask) -> Found:
    rows = ask.of(RecruitmentCase.objects.all()).values("organisation")
    counts = rows.annotate(
        **{name: Count("pk", filter=Q(stage=stage)) for name, stage in STAGES.items()},
        cases_overdue=Count("pk", filter=Q(closed_on__isnull=True, due_on__lt=ask.on)),
    )
    return Found({pk: tuple(found) for pk, *found in counts.values_list("organisation", *CASE_COLUMNS)})


# --- Dues -------------------------------------------------------------------------------------------------

DUES_COLUMNS = ("dues_charges", "dues_paid", "in_arrears")


def _dues(ask: Ask) -> Found:
    """Charges count at the branch of their month, who is behind where they are at home today."""
    adder = Adder(len(DUES_COLUMNS))
    charges = ask.of(DuesCharge.objects.filter(month__range=ask.period)).values("organisation")
    counts = charges.annotate(count=Count("pk"), paid=Count("pk", filter=Q(amount_paid__gte=F("amount_due"))))
    for pk, count, paid in counts.values_list("organisation", "count", "paid"):
        adder.add(pk, (count, paid, 0))
    for pk, count in ledger.behind_by_home(ask.among, ask.on).items():
        adder.add(pk, (0, 0, count))
    return Found(adder.found)


# --- Venues -----------------------------------------------------------------------------------------------


def _venues(ask: Ask) -> Found:
    rows = Booking.objects.filter(
        state=BookingState.CONFIRMED, starts_at__date__gte=ask.since, starts_at__date__lte=ask.on
    )
    counts = ask.of(rows, "venue__organisation").values("venue__organisation").annotate(count=Count("pk"))
    return Found({pk: (count,) for pk, count in counts.values_list("venue__organisation", "count")})


# --- Activities -------------------------------------------------------------------------------------------

ACTIVITY_COLUMNS = ("activities", "present", "expected", "guests")
SUMS = ACTIVITY_COLUMNS[1:]


def _held(ask: Ask):
    return Activity.objects.held().filter(held_on__range=ask.period).order_by()


def _joint(ask: Ask):
    rows = JointHost.objects.exclude(organisation=F("activity__organisation")).select_related(None).order_by()
    return rows.filter(activity__state__in=HELD_STATES, activity__held_on__range=ask.period)


def _activities(ask: Ask) -> Found:
    """At their host and at each joint host; what that counts twice is the part `SHARED`."""
    adder = Adder(len(ACTIVITY_COLUMNS))
    own = (
        ask.of(_held(ask))
        .values("organisation")
        .annotate(count=Count("pk"), **{f"sum_{name}": Sum(name) for name in SUMS})
    )
    names = [f"sum_{name}" for name in SUMS]
    for pk, *values in own.values_list("organisation", "count", *names):
        adder.add(pk, tuple(values))
    joint = (
        ask.of(_joint(ask))
        .values("organisation")
        .annotate(count=Count("pk"), **{f"sum_{name}": Sum(f"activity__{name}") for name in SUMS})
    )
    for pk, *values in joint.values_list("organisation", "count", *names):
        adder.add(pk, tuple(values))
    return Found(adder.found)


def _shared(ask: Ask) -> Found:
    adder, hosts, values = Adder(len(ACTIVITY_COLUMNS)), {}, {}
    columns = ("activity", "organisation", "activity__organisation", *(f"activity__{name}" for name in SUMS))
    for activity, joint, host, *sums in _joint(ask).values_list(*columns):
        hosts.setdefault(activity, {host}).add(joint)
        values[activity] = (1, *sums)
    for activity, keys in hosts.items():
        # `ACTIVITIES` adds it at each host.
        spread = ask.tree.spread(ask.tree.holders(keys))
        spread.subtract(keys)
        for pk, times in spread.items():
            if times:
                adder.add(pk, values[activity], times)
    return Found(adder.found)


# --- Duties -----------------------------------------------------------------------------------------------


def _duties(ask: Ask) -> Found:
    rows = None if ask.among is None else Organisation.objects.filter(pk__in=ask.among)
    found = standings(
        rows,
        first=ask.since,
        last=dt.date(ask.on.year, 12, 31),
        as_of=ask.on,
        kinds=board.GROUPED[board.THREE],
    )
    figures = defaultdict(board.Figures)
    for pk, duty, count in counted(found, {pk: pk for standing in found for pk in standing.sorts}):
        figures[pk].add(duty, ask.on, count)
    return Found({pk: (of.due, of.met) for pk, of in figures.items()})


# --- Linkages ---------------------------------------------------------------------------------------------

LINKAGE_COLUMNS = (
    "agreements", "agreements_expiring", "orders_taken", "orders_finished", "orders_rated", "rating_sum",
)  # fmt: skip


def _linkages(ask: Ask) -> Found:
    adder = Adder(len(LINKAGE_COLUMNS))
    soon = ask.on + dt.timedelta(days=SOON)
    running = with_state(Agreement.objects.all(), ask.on).filter(of_term("running")).order_by()
    ends = dict(running.values_list("pk", "ends_on"))
    parties = defaultdict(set)
    for agreement, organisation in (
        Party.objects.filter(organisation__isnull=False).order_by().values_list("agreement", "organisation")
    ):
        parties[agreement].add(organisation)
    for agreement, ends_on in ends.items():
        for pk, times in ask.tree.spread(ask.tree.holders(parties[agreement])).items():
            adder.add(pk, (1, ends_on <= soon, 0, 0, 0, 0), times)
    took = defaultdict(list)
    orders = Order.objects.filter(raised_at__date__gte=ask.since, raised_at__date__lte=ask.on).order_by()
    for host, handler, state, raised_at, finished_at, rating in orders.values_list(
        "organisation", "handler", "state", "raised_at", "finished_at", "rating"
    ):
        holders = ask.tree.holders((host, handler))
        finished = state in FINISHED
        values = (0, 0, finished or state in OPEN, finished, rating is not None, rating or 0)
        for pk, times in ask.tree.spread(holders).items():
            adder.add(pk, values, times)
        if finished and finished_at:
            above = {path for holder in holders for path in (*ancestor_paths(holder), holder)}
            for path in above & ask.tree.keys.keys():
                took[ask.tree.keys[path]].append(finished_at - raised_at)
    day = dt.timedelta(days=1)
    return Found(adder.found, medians={pk: statistics.median(spans) / day for pk, spans in took.items()})


FAMILIES = {
    family.code: family
    for family in (
        Family(marks.UNITS, UNIT_COLUMNS, _units, narrow=True),
        Family(marks.MEMBERS, MEMBER_COLUMNS, _members, narrow=True, knows_past=False),
        Family(marks.TRAINING, ("trained",), _training, narrow=True, knows_past=False),
        Family(marks.RECRUITING, CASE_COLUMNS, _recruiting, narrow=True, knows_past=False),
        Family(marks.DUES, DUES_COLUMNS, _dues, narrow=True, knows_past=False),
        Family(marks.VENUES, ("bookings",), _venues, narrow=True),
        Family(marks.ACTIVITIES, ACTIVITY_COLUMNS, _activities, narrow=True),
        Family(marks.SHARED, ACTIVITY_COLUMNS, _shared, part=Part.SHARED),
        Family(marks.DUTIES, ("duties_due", "duties_met"), _duties, narrow=True),
        Family(marks.LINKAGES, LINKAGE_COLUMNS, _linkages, knows_past=False),
    )
}
