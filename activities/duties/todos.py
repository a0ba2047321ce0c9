"""What organisation life is still to be held: of the own branch line by line, above it how many branches are behind."""

from collections import defaultdict
from urllib.parse import urlencode

from django.urls import reverse

from activities import access
from activities.duties import board, words
from activities.duties.engine import Cell, compute
from activities.duties.periods import Unit
from activities.duties.rules import RULES, Law
from activities.duties.standing import Duty, standings
from activities.duties.states import DutyState
from activities.kinds import Kind
from orgs import once
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.todos import ToDo


def _own(user, today):
    """Rows 18, 19 and 24 for the branches that the person works for."""
    for branch, cells in own_cells(user, today):
        urgent = [
            cell
            for cell in cells
            if board.can_be_done(cell, today) and cell.state in (DutyState.SOON, DutyState.MISSED)
        ]
        yearly = [cell for cell in urgent if cell.period.unit == Unit.YEAR]
        for cell in urgent:
            if cell not in yearly:
                yield _to_do(words.reminder(cell), cell, branch, today)
        by_year = defaultdict(list)
        for cell in yearly:
            by_year[cell.period].append(cell)
        for found in by_year.values():
            yield _to_do(words.yearly_reminder(found, today), found[0], branch, today)


def own_cells(user, today) -> list[tuple[Organisation, list[Cell]]]:
    """The branches that the person works for, each with its duties and those of its groups that may be still open.

    A fixed number of queries; the reminders and the entry card of the home page ask for the same.
    """
    return once.answer(("own duties", user.pk, today), lambda: _own_cells(user, today))


def _own_cells(user, today):
    branches = _held(user, lambda one: one.kind in BRANCHES)
    if not branches:
        return []
    rows = board.with_groups(branches)
    home, found = board.homes(rows), defaultdict(list)
    for cell in compute(rows, first=board.since(today), last=today, as_of=today):
        found[home[cell.organisation]].append(cell)
    return [(branch, found[branch.pk]) for branch in branches]


def _to_do(title, cell, branch, today):
    """A group's meeting is recorded for the group, which the branch's page lists."""
    own = cell.organisation == branch.pk
    url = words.record_url(branch, cell) if own else reverse("activities:duty-branch", args=[branch.pk])
    last = cell.slot.grace_end if cell.state == DutyState.MISSED else cell.slot.deadline
    return ToDo(title, words.BASIS, url, "记录" if own else "查看", (last - today).days - 1)


def _behind(user, today):
    """Above branches: how many are behind with what is due, one line for each kind; none before the days of reminding."""
    bodies = _held(user, lambda one: one.kind not in BRANCHES)
    kinds = _reminded(today) if bodies else []
    if not kinds:
        return
    rows = Organisation.objects.within(*bodies)
    home = board.homes(rows)
    behind, last = defaultdict(set), {}
    found = standings(rows, first=today, last=today, as_of=today, kinds=tuple(kinds))
    for standing in found:
        if soon := standing.where(_is_soon):
            slot = standing.slots[max(soon)]
            behind[slot.rule.kind] |= {home[pk] for pk in standing.who(_is_soon)}
            last[slot.rule.kind] = board.last_day(Duty(slot, DutyState.SOON))
    for kind, branches in behind.items():
        query = {"organisation": bodies[0].code, "year": today.year, "kind": kind, "standing": "soon"}
        yield ToDo(
            f"{len(branches):,} 个党支部本期尚未开展{Kind(kind).label}，请于{last[kind]}前督促完成",
            words.BASIS,
            f"{reverse('activities:duty-map')}?{urlencode(query)}",
            "查看支部",
            (last[kind] - today).days,
            count=len(branches),
        )


def _is_soon(duty: Duty) -> bool:
    return duty.state == DutyState.SOON


def _reminded(today) -> list[str]:
    """The kinds whose days of reminding have begun; one query."""
    law = Law()
    chains = law.chains(today, today)
    return [
        rule.kind
        for rule in RULES
        for chain in chains
        if chain[0].rule == rule
        and any(slot.first <= today < slot.end and slot.notice_on <= today for slot in chain)
    ]


def _held(user, condition) -> list[Organisation]:
    """Where the person records, the topmost only."""
    if not access.can_change_activities(user):
        return []
    held = [a.organisation for a in user.current_appointments if "activities.change" in a.permissions]
    return [one for one in dict.fromkeys(held) if condition(one)]


SOURCES = [_own, _behind]
