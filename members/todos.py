"""What the register, recruiting, transfers and dues ask of a person: lines for the home page.

Each part of the app adds a function that yields lines; a fixed number of queries each, whatever the number of rows.
"""

import datetime as dt
from collections.abc import Iterable

from members import (
    dues_todos,
    leading_todos,
    own_todos,
    pairing_todos,
    recruiting_todos,
    register_todos,
    transfer_todos,
)
from orgs.todos import Source, ToDo, gathered

SOURCES: dict[str, Iterable[Source]] = {
    "党员信息核对": register_todos.SOURCES,
    "组织关系和流动党员": transfer_todos.SOURCES,
    "党费": dues_todos.SOURCES,
    "本人信息更正": own_todos.SOURCES,
    "发展党员": recruiting_todos.SOURCES,
    "岗位和队伍": leading_todos.SOURCES,
    "结对帮带": pairing_todos.SOURCES,
}


def to_dos(user, today: dt.date) -> list[ToDo]:
    """Unordered. Each source looks through `visible_to` and yields nothing for people without the right to act."""
    return gathered(SOURCES, user, today)
