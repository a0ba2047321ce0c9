"""What the parts of one page ask for independently of each other is asked of the database once.

Only for pages that read: what is written meanwhile is not seen until the page is done.
"""

from collections.abc import Callable, Hashable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_kept: ContextVar[dict | None] = ContextVar("answers of this page", default=None)


@contextmanager
def answers_once():
    """Within, `answer` keeps what it was told. Also a decorator of a view."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def is_kept() -> bool:
    return _kept.get() is not None


def answer(question: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` says; within `answers_once` it is called once for each question."""
    kept = _kept.get()
    if kept is None:
        return ask()
    if question not in kept:
        kept[question] = ask()
    return kept[question]
