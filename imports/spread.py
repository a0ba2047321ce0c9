"""A periodic task in parts that all workers of all hosts do at the same time.

Each part may come twice, late, beside another, or be killed; the broker hands it out again. The task has ended well when all
its parts have, and only then `doctor` is told so (`portal.pulse`).
"""

from collections.abc import Iterable

from celery import chord
from django.conf import settings

HANDED_OUT = "handed out"


def spread(whole: str, part, arguments: Iterable[tuple]) -> str | None:
    """Does `part(*one)` for each of `arguments`; `whole` is the name of the task they make up.

    Embedded there is one worker, and nothing that could keep count: it does one after the other.
    """
    if not settings.REDIS_URL:
        for one in arguments:
            part(*one)
        return None
    from imports.tasks import end_spread  # noqa: PLC0415 - the pulse reads this module before there are models

    chord((part.si(*one) for one in arguments), end_spread.si(whole)).delay()
    return HANDED_OUT
