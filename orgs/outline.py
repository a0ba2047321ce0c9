"""The tree as a page shows it: the levels on the way to one organisation, the rest on demand."""

from dataclasses import dataclass, field

from django.db.models import Case, Count, F, Q, Value, When, Window
from django.db.models.functions import Length, RowNumber, Substr

from orgs.models import Organisation
from orgs.tree import STEP, children_of, outermost

PER_LEVEL = 100


@dataclass
class Level:
    """Some of the organisations below one. `more` are not shown; they follow `after` (`skip` is shown already)."""

    nodes: list["Node"] = field(default_factory=list)
    more: int = 0
    superior: int | None = None
    after: int | None = None
    skip: int | None = None


@dataclass
class Node:
    organisation: Organisation
    level: Level | None = None
    """What stands below, None while it is not loaded."""
    is_current: bool = False


def root_paths(user) -> list[str] | None:
    """Paths of the organisations at which the person's tree begins; None means the real tops."""
    return None if user.sees_everything else outermost(user.permission_paths.get("organisations.view", ()))


def outline(user, current=None) -> list[Node]:
    """The person's roots, opened down to `current`; a single root is open anyway. Two queries."""
    paths = root_paths(user)
    condition = Q(depth=1) if paths is None else Q(path__in=paths)
    roots = list(Organisation.objects.filter(condition).with_below_count()[:PER_LEVEL])
    opened = _opened(roots, current)
    levels = _levels(opened, current, PER_LEVEL // max(len(opened), 1))
    return _nodes(roots, levels, current)


def _opened(roots, current) -> list[str]:
    if current is not None:
        starts = {root.path for root in roots}
        chain = [*current.ancestor_paths, current.path]
        return [path for path in chain if any(path.startswith(start) for start in starts)]
    return [roots[0].path] if len(roots) == 1 else []


def _levels(opened, current, limit) -> dict[str, Level]:
    """Path of an opened organisation → what is directly below it; the way to `current` is always among it."""
    if not opened:
        return {}
    siblings = {"partition_by": Substr("path", 1, Length("path") - STEP)}
    on_the_way = Q(path__in=opened)
    rows = (
        Organisation.objects.filter(children_of(opened))
        .filter(Q(dissolved_on__isnull=True) | on_the_way)
        .annotate(
            position=Window(RowNumber(), order_by="path", **siblings),
            siblings=Window(Count("pk"), **siblings),
        )
        .annotate(shown=Case(When(on_the_way, then=Value(0)), default=F("position")))
        .filter(shown__lte=limit)
        .with_below_count()
    )
    levels: dict[str, Level] = {}
    for row in rows:
        level = levels.setdefault(row.parent_path, Level())
        level.nodes.append(Node(row, is_current=row == current))
        level.more = row.siblings - len(level.nodes)
        if row.position <= limit:
            level.after = row.pk
        else:
            level.skip = row.pk
    return levels


def _nodes(roots, levels, current) -> list[Node]:
    tops = [Node(root, is_current=root == current) for root in roots]
    waiting = list(tops)
    while waiting:
        node = waiting.pop()
        node.level = levels.get(node.organisation.path)
        if node.level:
            node.level.superior = node.organisation.pk
            waiting.extend(node.level.nodes)
    return tops


def level_below(superior, after=None, skip=None) -> Level:
    """The next organisations directly below `superior`, after the one with key `after`. Three queries at most."""
    rows = Organisation.objects.filter(children_of([superior.path])).active()
    if last := after and rows.model.objects.filter(pk=after).first():
        rows = rows.filter(path__gt=last.path)
    if skip:
        rows = rows.exclude(pk=skip)
    found = list(rows.with_below_count()[: PER_LEVEL + 1])
    level = Level([Node(row) for row in found[:PER_LEVEL]], superior=superior.pk, skip=skip)
    if len(found) > PER_LEVEL:
        level.after = found[PER_LEVEL - 1].pk
        level.more = rows.count() - PER_LEVEL
    return level
