"""Who works with whom: units as nodes, agreements between them as ties, with what each tie brought.

The tree is rolled up to what lies directly below one organisation (`focus`), as one drills down: everything else would be
a ball of wool. Outside it, organisations are rolled up to where their branch of the tree leaves the focus's own.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations, starmap

from linkages.brought import Brought, brought_by
from linkages.models import Partner, PartnerKind, Party
from linkages.states import IDLE
from orgs.models import Organisation
from orgs.tree import STEP, outermost

MOST_UNITS = 24  # partner units beside each other; of more the kinds are drawn


@dataclass(frozen=True, order=True)
class Key:
    """`of`: "below" (an organisation with all below it, by path), "alone" (by path), "unit" or "kind" of partner units."""

    of: str
    value: str | int

    @property
    def is_inside(self):
        return self.of in ("below", "alone")


@dataclass
class Node:
    key: Key
    name: str
    row: Organisation | Partner | PartnerKind
    is_ours: bool
    place: int = 0  # among `Network.nodes`
    agreements: set[int] = field(default_factory=set)

    @property
    def count(self):
        return len(self.agreements)


@dataclass
class Tie:
    """`one` is ours: it lies within the focus or the homes. An agreement of three sides stands in each of its ties."""

    one: Node
    other: Node
    agreements: set[int]
    idle: int
    brought: Brought
    last_on: object

    @property
    def count(self):
        return len(self.agreements)

    @property
    def is_weak(self):
        """签而未动: nothing was ever booked under any of them."""
        return self.idle == self.count


@dataclass
class Network:
    focus: Organisation | None
    nodes: list[Node]
    ties: list[Tie]
    by_kind: bool
    agreements: int
    partners: int
    idle: int
    brought: Brought
    brought_by: dict[int, Brought]
    """By key of the agreement, of those that brought something."""


def focus_of(user, asked=None) -> tuple[Organisation | None, list[str]]:
    """What to draw from: the organisation asked for, or the only one from which the person's scope hangs; else None and
    the paths of all of them."""
    if asked:
        return asked, []
    if user.sees_everything:
        homes = list(Organisation.objects.filter(depth=1).order_by("path").values_list("path", flat=True))
    else:
        homes = outermost(user.permission_paths.get("linkages.view", ()))
    if len(homes) == 1:
        return Organisation.objects.get(path=homes[0]), []
    return None, homes


def roll_up(path: str, focus: str | None, homes: list[str]) -> Key:
    """The node in which an organisation stands. Without a focus, in that of `homes` above it, or alone."""
    if focus is None:
        home = next((home for home in homes if path.startswith(home)), None)
        return Key("below", home) if home else Key("alone", path)
    if focus.startswith(path):
        return Key("alone", path)
    leaves = next(end for end in range(STEP, len(path) + 1, STEP) if not focus.startswith(path[:end]))
    return Key("below", path[:leaves])


def network_asked(user, filterset) -> Network:
    """As a valid `filters.NetworkFilter` asks."""
    focus, homes = focus_of(user, filterset.chosen.get("organisation"))
    return network_of(filterset.qs, focus=focus, homes=homes, units="partner_kind" in filterset.chosen)


def network_of(agreements, *, focus=None, homes=(), units=False) -> Network:
    """`agreements` come `with_state`; `focus` is an organisation, `homes` are paths; `units`: never draw kinds.

    Eight queries, whatever the number of agreements.
    """
    last_on = dict(agreements.order_by().values_list("pk", "last_on"))
    idle = set(agreements.filter(IDLE).order_by().values_list("pk", flat=True))
    brought = brought_by(list(last_on))
    parties = list(
        Party.objects.filter(agreement__in=list(last_on)).values_list(
            "agreement", "organisation__path", "partner", "partner__kind"
        )
    )
    partners = {partner for _, _, partner, _ in parties if partner}
    by_kind = not units and len(partners) > MOST_UNITS
    sides = defaultdict(set)
    for agreement, path, partner, kind in parties:
        if path:
            sides[agreement].add(roll_up(path, focus.path if focus else None, list(homes)))
        else:
            sides[agreement].add(Key("kind", kind) if by_kind else Key("unit", partner))

    def is_ours(key):
        return key.is_inside and (key.value.startswith(focus.path) if focus else key.of == "below")

    between = defaultdict(set)
    for agreement, keys in sides.items():
        for one, other in combinations(sorted(keys), 2):
            if is_ours(one) or is_ours(other):
                between[(one, other) if is_ours(one) else (other, one)].add(agreement)
    nodes = _nodes(sides, is_ours)

    def tie(ends, found):
        days = [day for pk in found if (day := last_on[pk])]
        return Tie(
            *(nodes[key] for key in ends),
            agreements=found,
            idle=len(found & idle),
            brought=_sum(brought, found),
            last_on=max(days, default=None),
        )

    ties = list(starmap(tie, between.items()))
    ties.sort(key=lambda tie: (-tie.count, tie.one.name, tie.other.name))
    ranked = sorted(nodes.values(), key=lambda node: (-node.count, node.name))
    for place, node in enumerate(ranked):
        node.place = place
    return Network(
        focus=focus,
        nodes=ranked,
        ties=ties,
        by_kind=by_kind,
        agreements=len(last_on),
        partners=len(partners),
        idle=len(idle),
        brought=_sum(brought, last_on),
        brought_by=brought,
    )


def _sum(brought, keys) -> Brought:
    return sum((brought[key] for key in keys if key in brought), Brought())


def _nodes(sides, is_ours) -> dict[Key, Node]:
    keys = {key for found in sides.values() for key in found}
    paths = [key.value for key in keys if key.is_inside]
    rows = {row.path: row for row in Organisation.objects.filter(path__in=paths)}
    rows |= Partner.objects.in_bulk([key.value for key in keys if key.of == "unit"])
    rows |= {kind.value: kind for kind in PartnerKind}
    above = {path for path in paths for other in paths if other != path and other.startswith(path)}
    nodes = {}
    for key in keys:
        row = rows[key.value]
        name = row.label if key.of == "kind" else row.name
        nodes[key] = Node(key, f"{name}本级" if key.value in above else name, row, is_ours(key))
    for agreement, found in sides.items():
        for key in found:
            nodes[key].agreements.add(agreement)
    return nodes
