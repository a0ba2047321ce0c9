"""How the duties of many stand, without the records that met them.

The database says in one text for each organisation and kind when something was held: a letter for each record. Those with
the same text, and the same life where that matters, stand alike, and the engine is asked about one of them. So a city costs
its few hundred ways to stand, not a million duties.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

from django.db.models import Case, F, Value, When

from activities.duties.engine import EVER, NEVER, Body, Owing, in_time, of_body, owing, year_of
from activities.duties.periods import index_of
from activities.duties.rules import KINDS, Slot
from activities.models import ActivityKind, JointHost
from orgs.joins import InOneText

FIRST_LETTER = 0x100
OTHER_YEAR = 0  # a record names one that nobody asks about
G = TypeVar("G")


class Duty(NamedTuple):
    """As a `Cell` of the engine, of nobody in particular."""

    slot: Slot
    state: str


@dataclass(frozen=True)
class Standing:
    """One kind of duty: `sorts` says, by path, of which sort each organisation is; `alike` how the duties of each sort stand,
    as (number of the slot, state)."""

    slots: list[Slot]
    sorts: dict[int, int]
    alike: list[tuple[tuple[int, str], ...]]

    def counted(self, group_of: Mapping[int, G]) -> Iterator[tuple[G, Duty, int]]:
        found: dict[G, Counter] = defaultdict(Counter)
        for (group, sort), count in Counter((group_of[pk], sort) for pk, sort in self.sorts.items()).items():
            of_group = found[group]
            for place in self.alike[sort]:
                of_group[place] += count
        for group, places in found.items():
            for (place, state), count in places.items():
                yield group, Duty(self.slots[place], state), count

    def where(self, holds: Callable[[Duty], bool]) -> dict[int, set[int]]:
        """Number of a slot → the sorts whose duty in it is one that `holds`."""
        known: dict[tuple[int, str], bool] = {}
        found = defaultdict(set)
        for sort, places in enumerate(self.alike):
            for place in places:
                if place not in known:
                    known[place] = holds(Duty(self.slots[place[0]], place[1]))
                if known[place]:
                    found[place[0]].add(sort)
        return found

    def who(self, holds: Callable[[Duty], bool]) -> Iterator[int]:
        """Keys of the organisations with such a duty, by path."""
        sorts = set().union(*self.where(holds).values())
        return (pk for pk, sort in self.sorts.items() if sort in sorts)

    @cached_property
    def sizes(self) -> Counter:
        return Counter(self.sorts.values())


def standings(
    organisations=None, *, first: dt.date, last: dt.date, as_of: dt.date, kinds=KINDS, records: bool = True
) -> list[Standing]:
    """Of what `compute` has as cells, in its order. Without `records` it is only known what is owed, not how it stands."""
    asked = owing(organisations, first, last, kinds)
    if asked is None:
        return []
    alphabets = _alphabets(asked.chains)
    texts = _texts(asked, alphabets, as_of) if records else {}
    return [_standing(chain, asked, alphabets[chain[0].rule.kind], texts, as_of) for chain in asked.chains]


def counted(found: list[Standing], group_of: Mapping[int, G]) -> Iterator[tuple[G, Duty, int]]:
    """How many duties of each group stand how; `group_of` names the group of each organisation."""
    for standing in found:
        yield from standing.counted(group_of)


# --- Letters ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alphabet:
    """The letters of a kind. Each stands for the days from one of `days` to before the next, between which nothing changes,
    and, where records may be of the year before, for the year that they name."""

    days: list[dt.date]
    years: list[int | None]

    @cached_property
    def meanings(self) -> dict[str, tuple[dt.date, int | None]]:
        return {
            self.letter(place, number): (day, year)
            for number, year in enumerate(self.years)
            for place, day in enumerate(self.days)
        }

    def letter(self, place: int, number: int) -> str:
        return chr(FIRST_LETTER + number * len(self.days) + place)

    def case(self) -> Case:
        *named, other = range(len(self.years))
        whens = [
            When(
                **(
                    {"activity__belongs_to_year__isnull": True}
                    if self.years[number] is None
                    else {"activity__belongs_to_year": self.years[number]}
                ),
                then=self._case_of_days(number),
            )
            for number in named
        ]
        return Case(*whens, default=self._case_of_days(other)) if whens else self._case_of_days(other)

    def _case_of_days(self, number):
        letters = [Value(self.letter(place, number)) for place in range(len(self.days))]
        return Case(
            *(
                When(activity__held_on__lt=day, then=letter)
                for day, letter in zip(self.days[1:], letters, strict=False)
            ),
            default=letters[-1],
        )


def _alphabets(chains) -> dict[str, Alphabet]:
    days, years = defaultdict(set), defaultdict(set)
    for chain in chains:
        kind = chain[0].rule.kind
        for slot in chain:
            days[kind] |= {slot.first, slot.end, slot.deadline, slot.grace_end}
            if slot.carried:
                years[kind].add(slot.period.index)
    return {
        kind: Alphabet(
            sorted(days[kind]), [None, *sorted(years[kind]), OTHER_YEAR] if years[kind] else [None]
        )
        for kind in days
    }


def _texts(asked: Owing, alphabets, as_of) -> dict[tuple[str, int], str]:
    """(kind, organisation) → the letters of what it held, alone or with others."""
    own = ActivityKind.objects.filter(
        in_time(asked.chains, as_of, "kind"), activity__organisation__in=asked.among
    )
    joint = JointHost.objects.filter(
        in_time(asked.chains, as_of, "activity__kinds__kind"), organisation__in=asked.among
    ).exclude(activity__organisation=F("organisation"))
    found: dict[tuple[str, int], str] = {}
    for rows, kind, organisation in (
        (own, "kind", "activity__organisation_id"),
        (joint, "activity__kinds__kind", "organisation_id"),
    ):
        letter = Case(*(When(**{kind: of}, then=alphabet.case()) for of, alphabet in alphabets.items()))
        texts = rows.order_by().values(kind, organisation).annotate(text=InOneText(letter, Value("")))
        for of, pk, text in texts.values_list(kind, organisation, "text").iterator(chunk_size=5000):
            found[of, pk] = found.get((of, pk), "") + text
    return found


# --- Sorts ------------------------------------------------------------------------------------------------


def _standing(chain, asked: Owing, alphabet: Alphabet, texts, as_of) -> Standing:
    kind, reader = chain[0].rule.kind, Reader(chain, alphabet)
    numbers, sorts, alike = {}, {}, []
    for body, spans in asked.by(chain):
        sort = (
            reader.life(body.since, body.until),
            spans and tuple(reader.life(*span) for span in spans),
            reader.plain(texts.get((kind, body.pk), "")),
        )
        if (number := numbers.get(sort)) is None:
            numbers[sort] = number = len(alike)
            alike.append(reader.places(*sort, as_of))
        sorts[body.pk] = number
    return Standing(chain, sorts, alike)


class Reader:
    """What of a life and of a text matters for a chain of periods."""

    def __init__(self, chain: list[Slot], alphabet: Alphabet):
        self.chain, self.plains = chain, {}
        self.first, self.end = chain[0].first, chain[-1].end
        self.takes_one = all(slot.needed <= 1 for slot in chain)
        self.records: dict[str, tuple[int, dt.date]] = {}  # letter → number of the slot, day
        self.usual: dict[int, str] = {}  # number of the slot → one of its letters
        unit, start = chain[0].period.unit, chain[0].period.index
        carried = {slot.period.index: slot for slot in chain} if chain[0].carried else None
        for letter, (day, year) in alphabet.meanings.items():
            index = index_of(unit, day) if carried is None else year_of(carried, day, year)
            if index is not None and 0 <= index - start < len(chain):
                self.records[letter] = index - start, day
                self.usual.setdefault(index - start, letter)

    def life(self, since: dt.date, until: dt.date) -> tuple[dt.date, dt.date]:
        return EVER if since <= self.first else since, NEVER if until >= self.end else until

    def plain(self, text: str) -> str:
        """`text` without what makes no difference: beyond the first record of a period only what may make up for the period
        before does, and only if that one has none."""
        plain = self.plains.get(text)
        if plain is None:
            letters = sorted(letter for letter in text if letter in self.records)
            self.plains[text] = plain = "".join(self._needed(letters) if self.takes_one else letters)
        return plain

    def _needed(self, letters: list[str]) -> Iterator[str]:
        held = {self.records[letter][0] for letter in letters}
        before_met = {place for place in held if place == 0 or place - 1 in held}
        yield from (self.usual[place] for place in sorted(before_met))
        yield from (letter for letter in letters if self.records[letter][0] not in before_met)

    def places(self, life, spans, plain: str, as_of: dt.date) -> tuple[tuple[int, str], ...]:
        start, records = self.chain[0].period.index, defaultdict(list)
        for number, letter in enumerate(plain):
            place, day = self.records[letter]
            records[0, start + place].append((day, number))
        held = {key: sorted(rows) for key, rows in records.items()}
        cells = of_body(self.chain, Body(0, *life), spans, held, as_of)
        return tuple((cell.slot.period.index - start, cell.state) for cell in cells)
