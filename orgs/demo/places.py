"""Areas, clusters, chains and parks of a city, and its organisations."""

import random
from itertools import zip_longest

from orgs.demo import sizes
from orgs.demo.names import CLUSTERS, LABORATORIES, PARKS, PLATFORMS
from orgs.demo.shapes import City, Org, Park, Place
from orgs.demo.spots import spot
from orgs.kinds import OrganisationKind as Kind
from orgs.kinds import default_jurisdiction
from orgs.tree import step_text


def lay_out(city: City, rng: random.Random, prefix: str) -> None:
    """Two parks of each area lie inside two others."""
    city.clusters = [Place(prefix + name) for name in CLUSTERS]
    for cluster, (_, _, chains) in zip(city.clusters, CLUSTERS.values(), strict=True):
        city.chains += [Place(f"{prefix}{name}产业链", cluster) for name in chains]
    for area_name, names in PARKS.items():
        area = Place(prefix + area_name)
        city.areas.append(area)
        parks = [_park(name, area, area_name, prefix, city, rng) for name in names.split()]
        for number, park in enumerate(parks):
            # Of a few parks nobody has entered yet where they are.
            park.spot = spot(area_name, number, city.number) if (number + len(area_name)) % 11 else None
        for inner, outer in zip(parks[-2:], parks, strict=False):
            inner.parent = outer
        city.parks += parks


def _park(name, area, area_name, prefix, city, rng) -> Park:
    park = Park(prefix + area_name + name, area, rng.choice(city.clusters))
    park.address = f"{area_name}科学大道{rng.randrange(1, 900)}号"
    if rng.random() < 0.2:
        park.aliases.append(f"{prefix}{area_name}{name}园区")
    return park


class Tree:
    """Hands out codes and tree paths while organisations are founded."""

    def __init__(self, city: City, root: Org | None, number: int, code_prefix: str):
        self.city = city
        self.code_prefix = code_prefix
        self.top = self._found("0001", "", Kind.COMPOSITE_COMMITTEE, root, number)

    def add(self, code: int, name: str, kind: Kind, parent: Org, **where) -> Org:
        parent.children += 1
        return self._found(f"{code:04d}", name, kind, parent, parent.children, **where)

    def _found(self, code, name, kind, parent, number, **where):
        org = Org(
            code=f"{self.code_prefix}-{code}",
            name=name,
            kind=kind,
            parent=parent,
            path=(parent.path if parent else "") + step_text(number),
            jurisdiction=default_jurisdiction(
                kind, parent.kind if parent else None, has_park=bool(where.get("park"))
            ),
            **where,
        )
        self.city.orgs.append(org)
        return org


def found_organisations(city: City, rng: random.Random, tree: Tree) -> None:
    """In the order of the tree's levels; branches take their final names when they get a host."""
    for number, cluster in enumerate(city.clusters, 1):
        tree.add(
            1000 + number, f"{cluster.name}产业集群党委", Kind.CLUSTER_COMMITTEE, tree.top, cluster=cluster
        )
    area_orgs = {}
    for number, area in enumerate(city.areas, 1):
        area_orgs[area] = tree.add(
            2000 + number, f"{area.name}片区党委", Kind.AREA_COMMITTEE, tree.top, area=area
        )
    tree.add(4001, "重点科技平台党委", Kind.PLATFORM_COMMITTEE, tree.top)
    _park_organisations(city, tree, area_orgs)
    _branches(city, rng, tree)


def _park_organisations(city, tree, area_orgs):
    outer = [park for park in city.parks if park.parent is None]
    first = {park.area: park for park in reversed(outer)}
    others = [park for park in outer if first[park.area] is not park]
    # Areas take turns, so that every one has parks of all kinds.
    turns = [[park for park in others if park.area is area] for area in city.areas]
    others = [park for turn in zip_longest(*turns) for park in turn if park]
    kinds = [Kind.GENERAL_BRANCH] * sizes.PARK_GENERAL_BRANCHES + [
        Kind.JOINT_BRANCH
    ] * sizes.PARK_JOINT_BRANCHES
    plan = [(park, Kind.COMMITTEE) for park in first.values()] + list(zip(others, kinds, strict=True))
    for number, (park, kind) in enumerate(plan, 1):
        tree.add(
            3000 + number, f"{park.name}{kind.label}", kind, area_orgs[park.area],
            area=park.area, cluster=park.main_cluster, park=park,
        )  # fmt: skip


def _branches(city, rng, tree):
    by_kind: dict[str, list[Org]] = {}
    for org in city.orgs:
        by_kind.setdefault(org.kind, []).append(org)
    committees, general = by_kind[Kind.COMMITTEE], by_kind[Kind.GENERAL_BRANCH]
    plan = []
    for superiors, kind, count in (
        (by_kind[Kind.CLUSTER_COMMITTEE], Kind.BRANCH, sizes.BRANCHES_OF_CLUSTERS),
        (committees, Kind.BRANCH, sizes.BRANCHES_OF_COMMITTEES),
        (general, Kind.BRANCH, sizes.BRANCHES_OF_GENERAL_BRANCHES),
        (committees, Kind.JOINT_BRANCH, sizes.JOINT_BRANCHES_OF_COMMITTEES),
        (general, Kind.JOINT_BRANCH, sizes.JOINT_BRANCHES_OF_GENERAL_BRANCHES),
        (committees, Kind.TEMP_BRANCH, sizes.TEMP_BRANCHES_OF_COMMITTEES),
        (general, Kind.TEMP_BRANCH, sizes.TEMP_BRANCHES_OF_GENERAL_BRANCHES),
    ):
        plan += [(superior, kind) for superior in deal(rng, superiors, count)]
    for number, (superior, kind) in enumerate(plan, 1):
        tree.add(
            50000 + number,
            "",
            kind,
            superior,
            area=superior.area,
            cluster=superior.cluster,
            park=superior.park,
        )
    _carriers(city, rng)
    _name_branches(city)


def deal(rng: random.Random, items: list, count: int) -> list:
    """`count` picks, every item about as often as any other, in the order of `items`."""
    picks = [items[index % len(items)] for index in range(count - count // 4)]
    picks += rng.choices(items, k=count // 4)
    order = {id(item): index for index, item in enumerate(items)}
    return sorted(picks, key=lambda item: order[id(item)])


def _carriers(city, rng):
    """Branches in laboratories and on platforms; temporary ones stand in projects."""
    in_parks = [org for org in city.orgs if org.kind == Kind.BRANCH and org.park]
    chosen = rng.sample(in_parks, sizes.LABORATORY_BRANCHES + sizes.PLATFORM_BRANCHES)
    for org in chosen[: sizes.LABORATORY_BRANCHES]:
        org.carrier = "实验室"
    for org in chosen[sizes.LABORATORY_BRANCHES :]:
        org.carrier = "科技平台"
    for org in city.orgs:
        if org.kind == Kind.TEMP_BRANCH:
            org.carrier = "项目"


def _name_branches(city):
    """Numbered within the park or cluster; those with an enterprise of their own are named after it later."""
    numbers: dict[tuple, int] = {}
    platforms = iter(PLATFORMS)
    for org in city.orgs:
        if org.name:
            continue
        where = org.park.name if org.park else f"{org.cluster.name}链上"
        kind = (where, org.carrier, org.kind)
        numbers[kind] = number = numbers.get(kind, 0) + 1
        if org.carrier == "实验室":
            org.name = f"{where}{LABORATORIES[(number - 1) % len(LABORATORIES)]}实验室党支部"
        elif org.carrier == "科技平台":
            org.name = f"{where}{next(platforms)}党支部"
        elif org.carrier == "项目":
            org.name = f"{where}攻关项目{number}临时党支部"
        else:
            org.name = f"{where}第{number}{org.kind.label}"
