"""All duties of many organisations in one pass: five statements, then dictionaries; no query for any one of them.

`tests/activities/reference_duties.py` says the same one organisation and one period at a time.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Q

from activities.duties.periods import Period, Unit, index_of
from activities.duties.rules import KINDS, Law, Slot, Who
from activities.duties.states import DutyState
from activities.models import HELD_STATES, ActivityKind, JointHost
from orgs.kinds import BRANCHES, OrganisationKind
from orgs.models import Organisation, Post, PostTitle

LEAST_DAYS = 15  # of a month that an organisation must have existed for
FEW = 300
# Whoever has no committee has a secretary and perhaps a deputy (支部工作条例 art. 20).
COMMITTEE_TITLES = (
    PostTitle.ORGANISATION_MEMBER,
    PostTitle.PUBLICITY_MEMBER,
    PostTitle.DISCIPLINE_MEMBER,
    PostTitle.COMMITTEE_MEMBER,
)
EVER, NEVER = dt.date.min, dt.date.max


class Body(NamedTuple):
    """An organisation that owes something; it existed from `since` until the day before `until`."""

    pk: int
    since: dt.date
    until: dt.date


class Cell(NamedTuple):
    """One duty of one organisation in one period. `records` met it, `late` ones after the period was over."""

    organisation: int
    slot: Slot
    records: tuple[int, ...]
    late: tuple[int, ...]
    state: str

    @property
    def kind(self) -> str:
        return self.slot.rule.kind

    @property
    def period(self) -> Period:
        return self.slot.period


@dataclass(frozen=True)
class Owing:
    """The periods asked about and who may owe something in them. `among` are the same organisations, for statements."""

    chains: list[list[Slot]]
    bodies: dict[str, list[Body]]
    committees: dict[int, list[tuple[dt.date, dt.date]]]
    among: object

    def by(self, chain) -> Iterator[tuple[Body, list[tuple[dt.date, dt.date]] | None]]:
        """In the order of their paths, with when each had a committee where that is asked."""
        who = chain[0].rule.who
        for body in self.bodies[who]:
            spans = self.committees.get(body.pk) if who == Who.COMMITTEE else None
            if spans or who != Who.COMMITTEE:
                yield body, spans


def owing(organisations, first: dt.date, last: dt.date, kinds) -> Owing | None:
    """As `compute` asks; None where nobody owes anything."""
    chains = Law().chains(first, last, kinds)
    if organisations is None:
        organisations = Organisation.objects.all()
    bodies = _bodies(organisations)
    ids = {body.pk for group in bodies.values() for body in group}
    if not ids or not chains:
        return None
    among = list(ids) if len(ids) <= FEW else organisations.order_by().values("pk")
    asks_committees = any(chain[0].rule.who == Who.COMMITTEE for chain in chains)
    return Owing(chains, bodies, _committees(among) if asks_committees else {}, among)


def compute(organisations=None, *, first: dt.date, last: dt.date, as_of: dt.date, kinds=KINDS) -> list[Cell]:
    """The duties of `organisations` (an unsliced query set; None: all) in every period that shares a day with
    `first` … `last` and has begun on `as_of`, as they stood on that day. Who owes nothing has no cell.

    How many stand how `activities.duties.standing` says sooner.
    """
    asked = owing(organisations, first, last, kinds)
    return list(_cells(asked, _held(asked.chains, asked.among, as_of), as_of)) if asked else []


def _bodies(organisations) -> dict[str, list[Body]]:
    """Who may owe something, by `Who`."""
    found = {who.value: [] for who in Who}
    rows = organisations.order_by("path").filter(kind__in=(*BRANCHES, OrganisationKind.PARTY_GROUP))
    for pk, kind, keeps, founded, dissolved in rows.values_list(
        "pk", "kind", "keeps_membership", "founded_on", "dissolved_on"
    ):
        body = Body(pk, founded or EVER, dissolved or NEVER)
        if kind == OrganisationKind.PARTY_GROUP:
            found[Who.GROUP].append(body)
            continue
        found[Who.BRANCH].append(body)
        found[Who.COMMITTEE].append(body)
        if keeps:
            found[Who.HOME].append(body)
    return found


def _committees(among) -> dict[int, list[tuple[dt.date, dt.date]]]:
    """When each branch had a committee: spans that do not touch, in order."""
    spans = defaultdict(list)
    posts = Post.objects.filter(organisation__in=among, title__in=COMMITTEE_TITLES)
    for pk, since, until in posts.values_list("organisation_id", "since", "until"):
        spans[pk].append((since or EVER, until or NEVER))
    joined = {pk: _joined(sorted(found)) for pk, found in spans.items()}
    # A post that ended on the day it began leaves nothing.
    return {pk: found for pk, found in joined.items() if found}


def _joined(spans):
    kept = []
    for since, until in spans:
        if kept and since <= kept[-1][1]:
            kept[-1] = kept[-1][0], max(kept[-1][1], until)
        elif until > since:
            kept.append((since, until))
    return kept


def _held(chains, among, as_of) -> dict[tuple[str, int], dict[tuple[int, int], list[tuple[dt.date, int]]]]:
    """(kind, unit) → (organisation, number of the period) → (day, record), in order."""
    units = defaultdict(dict)  # kind → unit → the slots by year where a record may be of the year before
    for chain in chains:
        slot = chain[0]
        units[slot.rule.kind][slot.period.unit] = {s.period.index: s for s in chain} if slot.carried else None
    columns = ("activity_id", "activity__held_on", "activity__belongs_to_year")
    own = ActivityKind.objects.filter(in_time(chains, as_of, "kind"), activity__organisation__in=among)
    joint = JointHost.objects.filter(
        in_time(chains, as_of, "activity__kinds__kind"), organisation__in=among
    ).order_by()
    found = {(kind, unit): defaultdict(set) for kind in units for unit in units[kind]}
    for rows in (
        own.order_by().values_list("kind", "activity__organisation_id", *columns),
        joint.values_list("activity__kinds__kind", "organisation_id", *columns),
    ):
        for kind, organisation, pk, day, year in rows.iterator(chunk_size=5000):
            for unit, carried in units[kind].items():
                index = index_of(unit, day) if carried is None else year_of(carried, day, year)
                if index is not None:
                    found[kind, unit][organisation, index].add((day, pk))
    return {key: {place: sorted(rows) for place, rows in by.items()} for key, by in found.items()}


def in_time(chains, as_of, kind: str) -> Q:
    """Held, of one of the kinds, on a day that matters for that kind."""
    spans = [_span(chain) for chain in chains]
    condition = Q(pk__in=[])
    for chain, (first, last) in zip(chains, spans, strict=True):
        condition |= Q(**{kind: chain[0].rule.kind}, activity__held_on__gte=first, activity__held_on__lt=last)
    return condition & Q(
        activity__state__in=HELD_STATES,
        activity__held_on__gte=min(first for first, _ in spans),
        activity__held_on__lte=as_of,
    )


def _span(chain) -> tuple[dt.date, dt.date]:
    """A carried chain needs no neighbours: what makes up for a year says so itself."""
    return (chain[1].first, chain[-2].deadline) if chain[0].carried else (chain[0].first, chain[-1].end)


def year_of(slots: dict[int, Slot], day: dt.date, named: int | None) -> int | None:
    """The year that a record is of: the one it names, if it was held in it or soon enough after it."""
    if named is None:
        return index_of(Unit.YEAR, day)
    slot = slots.get(named)
    return named if slot and slot.first <= day < slot.deadline else None


def _cells(asked: Owing, held, as_of) -> Iterator[Cell]:
    for chain in asked.chains:
        records = held.get((chain[0].rule.kind, chain[0].period.unit), {})
        for body, spans in asked.by(chain):
            yield from of_body(chain, body, spans, records, as_of)


def of_body(chain, body, spans, records, as_of):
    """A record serves the period it lies in; those beyond what that one needs make up for the one before."""
    lent = 0
    for place, (slot, following) in enumerate(pairwise(chain)):
        if slot.first > as_of:
            return
        taken, lent = lent, 0
        if not slot.needed or not owes(slot, body, spans):
            continue
        on_time = records.get((body.pk, slot.period.index), ())[taken:]
        late = ()
        if len(on_time) < slot.needed:
            late = _makes_up(slot, following, body, spans, records, slot.needed - len(on_time))
            lent = len(late)
        if place:
            yield Cell(
                body.pk,
                slot,
                tuple(pk for _, pk in on_time[: slot.needed]),
                tuple(pk for _, pk in late),
                _state(slot, len(on_time), len(late), as_of),
            )


def _makes_up(slot, following, body, spans, records, missing):
    rows = () if slot.carried else records.get((body.pk, following.period.index), ())
    if not rows:
        return ()
    own_need = following.needed if owes(following, body, spans) else 0
    spare = min(missing, len(rows) - own_need)
    return [row for row in rows[: max(spare, 0)] if row[0] < slot.grace_end]


def owes(slot: Slot, body: Body, spans) -> bool:
    """It existed, and so did its committee where that is asked, for the whole period or 15 days of the month."""
    return _long_enough(slot, body.since, body.until) and (
        spans is None
        or _long_enough(slot, *spans[0])
        or sum(_days(slot, *span) for span in spans) >= _least(slot)
    )


def _long_enough(slot, since, until):
    return (since <= slot.first and slot.end <= until) or _days(slot, since, until) >= _least(slot)


def _days(slot, since, until) -> int:
    return max(0, (min(until, slot.end) - max(since, slot.first)).days)


def _least(slot) -> int:
    return LEAST_DAYS if slot.period.unit == Unit.MONTH else (slot.end - slot.first).days


def _state(slot, on_time, late, as_of) -> str:
    if on_time >= slot.needed:
        return DutyState.MET.value
    if on_time + late >= slot.needed:
        return DutyState.LATE.value
    if as_of >= slot.deadline:
        return DutyState.MISSED.value
    return DutyState.SOON.value if as_of >= slot.notice_on else DutyState.OPEN.value
