"""Lines of the home page about rows with states: in which situations who keeps them is waited for; one query for all."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Case, CharField, DateField, F, Q, Value, When
from django.urls import reverse

from orgs.todos import ToDo, first_of_each


@dataclass(frozen=True)
class Waiting:
    """A situation; `title` and `reason` are formats of a `row` and its `day`, which is None where no day is due."""

    condition: Q
    day: str | None
    title: str
    reason: str
    action: str
    query: str
    """Shows exactly these on the list, together with the one that all situations share."""


def lines(rows, situations: list[Waiting], today, *, page: str, rest: str, query: str) -> Iterator[ToDo]:
    """In the order of `situations`. `page` is the URL name of one row, its list is `…-list`; `rest` says what the summed up
    ones are: “个榜单待办理”."""
    numbered = list(enumerate(situations))
    rows = rows.annotate(
        waiting=Case(
            *(When(one.condition, then=Value(str(number))) for number, one in numbered),
            output_field=CharField(null=True),
        ),
        day=Case(
            *(When(one.condition, then=F(one.day) if one.day else Value(None)) for one in situations),
            output_field=DateField(null=True),
        ),
    )
    found = first_of_each(rows.filter(waiting__isnull=False), "waiting", ("day", "pk"))
    for number, one in numbered:
        if str(number) not in found:
            continue
        first, beyond, more = found[str(number)]
        for row in first:
            words = {"row": row, "day": row.day}
            address = reverse(page, args=[row.pk])
            yield ToDo(
                one.title.format(**words), one.reason.format(**words), address, one.action, _left(row, today)
            )
        if beyond:
            yield ToDo(
                f"另有 {more:,} {rest}",
                f"其中最早的期限 {beyond.day}" if beyond.day else "打开列表查看",
                f"{reverse(f'{page}-list')}?{query}&{one.query}",
                "全部",
                _left(beyond, today),
                count=more,
            )


def _left(row, today) -> int | None:
    return (row.day - today).days if row.day else None
