"""The storage of the tree as paths: four characters of base 36 a level. Nothing else knows it."""

from collections.abc import Iterable

from django.db.models import Q, Value
from django.db.models.functions import Concat

STEP = 4
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def step_text(number: int) -> str:
    """The path step of the n-th child."""
    text = ""
    for _ in range(STEP):
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def next_path(path: str) -> str:
    """The first path after `path` and everything below it."""
    return path[:-STEP] + step_text(int(path[-STEP:], 36) + 1)


def parent_path(path: str) -> str:
    return path[:-STEP]


def ancestor_paths(path: str) -> list[str]:
    """From the root down, without `path` itself."""
    return [path[:end] for end in range(STEP, len(path), STEP)]


def outermost(paths: Iterable[str]) -> list[str]:
    """The paths without those that lie below another one."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def within_paths(paths: Iterable[str], field: str) -> Q:
    """`field` is one of `paths` or below; no path, no row.

    A range, not `startswith`: SQLite scans on LIKE … ESCAPE, PostgreSQL would need a second index.
    """
    condition = Q(pk__in=[])
    for path in outermost(paths):
        condition |= Q(**{f"{field}__gte": path, f"{field}__lt": next_path(path)})
    return condition


def children_of(paths: Iterable[str]) -> Q:
    """Condition on organisations: directly below one of `paths`; no path, no row."""
    condition = Q(pk__in=[])
    for path in paths:
        depth = len(path) // STEP + 1
        condition |= Q(path__gt=path, path__lt=next_path(path), depth=depth)
    return condition


def below(path) -> Q:
    """Condition on organisations: below `path`, an expression such as `OuterRef("path")`."""
    return Q(path__gt=path, path__lt=Concat(path, Value(DIGITS[-1] * STEP)))
