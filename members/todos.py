"""What the register, recruiting, transfers and dues ask of a person: lines for the home page.

Each part of the app adds a function that yields lines; a fixed number of queries each, whatever the number of rows.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from members import (
    dues_todos,
    leading_todos,
    own_todos,
    pairing_todos,
    recruiting_todos,
    register_todos,
    transfer_todos,
)
from orgs.todos import ToDo

SOURCES: list[Callable[[object, dt.date], Iterator[ToDo]]] = [
    *register_todos.SOURCES,
    *transfer_todos.SOURCES,
    *dues_todos.SOURCES,
    *own_todos.SOURCES,
    *recruiting_todos.SOURCES,
    *leading_todos.SOURCES,
    *pairing_todos.SOURCES,
]


def to_dos(user, today: dt.date) -> list[ToDo]:
    """Unordered. Each source looks through `visible_to` and yields nothing for people without the right to act."""
    return [to_do for source in SOURCES for to_do in source(user, today)]
