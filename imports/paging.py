"""Keyset paging for pages: the last page costs what the first does, and rows do not shift while one reads."""

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict

PER_PAGE = 50


@dataclass(frozen=True)
class KeysetPage:
    """`items` of one page and the query strings of its neighbours ("" at the ends)."""

    items: list
    next_query: str
    previous_query: str
    sort: str

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)


def keyset_page(
    queryset: QuerySet, query: QueryDict, *, sorts: dict[str, str], default: str, per_page: int = PER_PAGE
) -> KeysetPage:
    """The page of `queryset` that `sort`, `after` and `before` in `query` ask for; nonsense means the first page.

    `sorts` maps the public name of a sort to a field or annotation that is never null; a `-` in front of the
    public name turns it round. The primary key breaks ties.
    """
    sort = query.get("sort", default)
    if sort.lstrip("-") not in sorts:
        sort = default
    descending = sort.startswith("-")
    field = sorts[sort.lstrip("-")]
    backwards = "before" in query and "after" not in query
    position = _decode(query.get("before" if backwards else "after", ""))
    down = descending != backwards
    rows = queryset.order_by(f"{'-' if down else ''}{field}", f"{'-' if down else ''}pk")
    items = _fetched(rows, field, position, down, per_page + 1)
    more = len(items) > per_page
    items = items[:per_page]
    if backwards:
        items.reverse()
    has_next = bool(items) and (more if not backwards else True)
    has_previous = bool(items) and (more if backwards else position is not None)
    return KeysetPage(
        items,
        _query(query, "after", items[-1], field) if has_next else "",
        _query(query, "before", items[0], field) if has_previous else "",
        sort,
    )


def _fetched(rows, field, position, down, count):
    """The first of `rows` beyond `position`; one that means nothing to the field or the database is none."""
    if position is None:
        return list(rows[:count])
    value, pk = position
    compare = "lt" if down else "gt"
    beyond = Q(**{f"{field}__{compare}": value}) | Q(**{field: value, f"pk__{compare}": pk})
    try:
        return list(rows.filter(beyond)[:count])
    except (ValueError, TypeError, OverflowError, ValidationError):
        return list(rows[:count])


def _decode(token: str):
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error, UnicodeError):
        return None
    if not isinstance(pk, int) or isinstance(value, list | dict) or value is None or "\0" in str(value):
        return None
    return value, pk


def _query(query, direction, item, field):
    value = item
    for part in field.split("__"):
        value = getattr(value, part)
    if isinstance(value, dt.date | dt.datetime):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    copy = query.copy()
    copy.pop("after", None)
    copy.pop("before", None)
    copy[direction] = base64.urlsafe_b64encode(json.dumps([value, item.pk]).encode()).decode()
    return copy.urlencode()
