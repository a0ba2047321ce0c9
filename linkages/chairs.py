"""Whose turn it is to chair an alliance. Pure: over its terms and members as they were read.

Source: domain rules §6, 轮值主席 of a 党建联盟.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

DAY = dt.timedelta(days=1)
NOTICE_DAYS = 30


@dataclass(frozen=True)
class Turn:
    """The next chair; `planned` says that a term stands, else it is the rotation's proposal. Who follows nobody begins
    on no given day (`starts_on` None)."""

    member: object
    starts_on: dt.date | None
    planned: bool


def term_on(terms: Iterable, day: dt.date):
    return next((term for term in terms if term.starts_on <= day <= term.ends_on), None)


def rotation(terms: Iterable, members: Iterable) -> list:
    """`members` in the order of their turns: those who never chaired by the day they joined, then who did longest ago."""
    last = {}
    for term in terms:
        key = term.member.unit
        last[key] = max(term.ends_on, last.get(key, term.ends_on))
    return sorted(members, key=lambda m: (last.get(m.unit, dt.date.min), m.joined_on, m.pk))


def next_turn(terms: Iterable, members: Iterable, today: dt.date) -> Turn | None:
    """`members` are those of today; None without any."""
    terms = list(terms)
    if planned := min((t for t in terms if t.starts_on > today), key=lambda t: t.starts_on, default=None):
        return Turn(planned.member, planned.starts_on, True)
    order = rotation(terms, members)
    if not order:
        return None
    end = max((term.ends_on for term in terms), default=None)
    return Turn(order[0], end and end + DAY, False)
