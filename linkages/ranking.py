"""Which resources fit which needs, and why: in memory, without the database (`linkages.matching` asks it).

The order of reasons: a live agreement between both units, the same park, the same cluster or chain, the same kind, words
in common (S26). A reason to be proposed at all is the kind or the words: neighbours who offer something else are none.
The rule is the order of `groups` in `Pool.best`; the rest finds those who can be among the best without comparing each
with each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from linkages.models import ItemKind
from orgs.tree import STEP

AGREEMENT, PARK, PLACE, KIND = 8000, 4000, 2000, 1000  # each above all that follow
MOST_WORDS = 999
FEW_WORDS = 2  # so many terms in common make a reason of their own
RARE, RARE_SHARE = 20, 0.01  # a term in more rows, and in a larger share of them, tells nothing
BEST = 5
MANY = 1 << 40  # more than any list has rows
NOBODY: set[int] = set()


@dataclass(frozen=True, slots=True)
class Entry:
    """One side as it is compared. `paths` are the organisations for whom it counts; none for a partner's.

    `unit` is whose it is, as `Pact.sides` names units; None for an enterprise, which keeps no list itself.
    """

    pk: int
    kind: str
    terms: frozenset[str]
    paths: tuple[str, ...] = ()
    partner: int | None = None
    unit: str | int | None = None
    park: int | None = None
    cluster: int | None = None
    chain: int | None = None


@dataclass(frozen=True, slots=True)
class Pact:
    """A live agreement: its parties as paths of organisations and keys of partners."""

    pk: int
    title: str
    sides: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    pk: int
    score: int
    pact: Pact | None


def paths_above(path: str) -> list[str]:
    """`path` and those above it."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


@dataclass
class Pacts:
    """What binds two units: an agreement of one's own organisation or of one above it."""

    pacts: Iterable[Pact] = ()
    by_side: dict[str | int, list[Pact]] = field(init=False)

    def __post_init__(self):
        self.by_side = defaultdict(list)
        for pact in self.pacts:
            for side in pact.sides:
                self.by_side[side].append(pact)

    def others(self, paths, partner) -> dict[tuple[str | int, bool], Pact]:
        """(other side, whether only that organisation itself and nothing below it) → the agreement.

        Where one party stands above the other, it means only itself: else all below the top were bound to each other.
        """
        mine = [partner] if partner else [above for path in paths for above in paths_above(path)]
        found = {}
        for own in reversed(mine):  # the nearest first
            for pact in self.by_side.get(own, ()):
                for other in pact.sides:
                    if other == own:
                        continue
                    within = isinstance(own, str) and isinstance(other, str) and other.startswith(own)
                    if within and own not in paths:
                        continue
                    above = isinstance(own, str) and isinstance(other, str) and own.startswith(other)
                    found.setdefault((other, above), pact)
        return found


class Pool:
    """The rows of the other list, the newest first. `common` are the terms that tell nothing; None: reckoned here."""

    def __init__(self, entries: Iterable[Entry], pacts: Pacts, *, common: frozenset[str] | None = None):
        self.entries = sorted(entries, key=lambda entry: -entry.pk)
        self.pacts = pacts
        self.of_kind, self.in_park, self.in_cluster, self.in_chain = (defaultdict(set) for _ in range(4))
        self.partners, self.under, self.exactly = (defaultdict(list) for _ in range(3))
        self.of_unit: dict[str | int, set[int]] = defaultdict(set)
        self.buckets: dict[tuple, list[int]] = defaultdict(list)
        self.holders: dict[str, list[int]] = defaultdict(list)
        for index, entry in enumerate(self.entries):
            self._place(index, entry)
        if common is None:
            most = max(RARE, RARE_SHARE * len(self.entries))
            common = frozenset(term for term, rows in self.holders.items() if len(rows) > most)
        for term in common:
            self.holders.pop(term, None)
        self.index = {entry.pk: index for index, entry in enumerate(self.entries)}
        self._bound: dict = {}
        self._bound_sets: dict = {}  # sets are cut with sets much faster than with the keys of a dictionary
        self._places: dict = {}

    def _place(self, index, entry):
        if entry.partner:
            self.partners[entry.partner].append(index)
        for path in entry.paths:
            self.exactly[path].append(index)
            for above in paths_above(path):
                self.under[above].append(index)
        if entry.unit is not None:
            self.of_unit[entry.unit].add(index)
        self.of_kind[entry.kind].add(index)
        for places, place in (
            (self.in_park, entry.park), (self.in_cluster, entry.cluster), (self.in_chain, entry.chain),
        ):  # fmt: skip
            if place:
                places[place].add(index)
        for bucket in _buckets(entry):
            self.buckets[bucket].append(index)
        for term in entry.terms:
            self.holders[term].append(index)

    def bound_to(self, entry: Entry) -> dict[int, Pact]:
        """Index → the agreement that binds its unit to that of `entry`."""
        key = self._unit_key(entry)
        if key not in self._bound:
            found: dict[int, Pact] = {}
            for (side, alone), pact in self.pacts.others(entry.paths, entry.partner).items():
                rows = self.partners if isinstance(side, int) else self.exactly if alone else self.under
                for index in rows.get(side, ()):
                    found.setdefault(index, pact)
            self._bound[key], self._bound_sets[key] = found, set(found)
        return self._bound[key]

    @staticmethod
    def _unit_key(entry: Entry):
        return entry.partner or entry.paths

    def best(self, entry: Entry, most: int = BEST, *, without: frozenset[int] = frozenset()) -> list[Found]:
        """The best first, among equals the newest, none of the same unit. `without`: keys not to be proposed."""
        holders = self.holders
        words = Counter(chain.from_iterable([holders[term] for term in entry.terms if term in holders]))
        bound, same = self.bound_to(entry), self._same_kind(entry)
        of_bound = self._bound_sets[self._unit_key(entry)]
        park, near = self.in_park.get(entry.park, NOBODY), self._near(entry)
        own = self.of_unit.get(entry.unit, NOBODY)
        dropped = own | {self.index[pk] for pk in without if pk in self.index} if without else own
        # Those without words in common differ only by where they are: of each place the newest are enough.
        alike = of_bound & same
        if same:
            for bucket in _buckets(entry):
                alike.update(self.buckets.get(bucket, ())[: most + len(dropped)])
        worth = {index for index, count in words.items() if count >= FEW_WORDS or index in same}
        candidates = (worth | alike) - dropped
        chosen = _first(candidates, (of_bound, park, near, same), words, most)
        return [
            Found(
                self.entries[index].pk,
                AGREEMENT * (index in of_bound)
                + PARK * (index in park)
                + PLACE * (index in near)
                + KIND * (index in same)
                + min(words[index], MOST_WORDS),
                bound.get(index),
            )
            for index in chosen
        ]

    def entry(self, pk: int) -> Entry:
        return self.entries[self.index[pk]]

    def _same_kind(self, entry) -> set[int]:
        return self.of_kind[entry.kind] if entry.kind != ItemKind.OTHER else NOBODY

    def _near(self, entry) -> set[int]:
        key = entry.cluster, entry.chain
        if key not in self._places:
            self._places[key] = self.in_cluster[entry.cluster] | self.in_chain[entry.chain]
        return self._places[key]


def _first(candidates: set[int], groups, words, most: int) -> list[int]:
    """The `most` best of `candidates`: those of the first group before all others, and so on, then by words."""
    if not groups:
        return sorted(candidates, key=lambda index: index - words[index] * MANY)[:most]
    inside = candidates & groups[0]
    if not inside or len(inside) == len(candidates):
        return _first(candidates, groups[1:], words, most)
    found = _first(inside, groups[1:], words, most)
    if len(found) < most:
        found += _first(candidates - inside, groups[1:], words, most - len(found))
    return found


def _buckets(entry: Entry):
    """Where rows of the same kind stand that are equal but for words and agreements."""
    kind, park, cluster, chain_ = entry.kind, entry.park, entry.cluster, entry.chain
    yield (kind,)
    if park:
        yield kind, "park", park
    if cluster:
        yield kind, "cluster", cluster
        if park:
            yield kind, "park", park, "cluster", cluster
    if chain_:
        yield kind, "chain", chain_
        if park:
            yield kind, "park", park, "chain", chain_
