"""What activities ask of a person: lines for the home page; a fixed number of queries each."""

import datetime as dt
from collections.abc import Iterable

from activities import record_todos, study_todos, venue_todos
from activities.duties import todos as duty_todos
from orgs.todos import Source, ToDo, gathered

SOURCES: dict[str, Iterable[Source]] = {
    "组织生活": duty_todos.SOURCES,
    "决议和活动记录": record_todos.SOURCES,
    "学习清单": study_todos.SOURCES,
    "场地预订": venue_todos.SOURCES,
}


def to_dos(user, today: dt.date) -> list[ToDo]:
    """Unordered."""
    return gathered(SOURCES, user, today)
