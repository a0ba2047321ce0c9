"""What activities ask of a person: lines for the home page; a fixed number of queries each."""

import datetime as dt
from collections.abc import Callable, Iterator

from activities import record_todos, study_todos, venue_todos
from activities.duties import todos as duty_todos
from orgs.todos import ToDo

SOURCES: list[Callable[[object, dt.date], Iterator[ToDo]]] = [
    *duty_todos.SOURCES,
    *record_todos.SOURCES,
    *study_todos.SOURCES,
    *venue_todos.SOURCES,
]


def to_dos(user, today: dt.date) -> list[ToDo]:
    """Unordered."""
    return [to_do for source in SOURCES for to_do in source(user, today)]
