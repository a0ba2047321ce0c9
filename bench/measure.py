"""What a piece of work costs: seconds, processor time, statements, memory."""

import contextlib
import resource
import time
from dataclasses import dataclass

from django.db import connection

from imports import sql


@dataclass
class Cost:
    seconds: float = 0.0
    cpu: float = 0.0  # of this process and its own children; the database server is not in it
    queries: int = 0
    peak_mb: float = 0.0


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def peak_mb() -> float:
    """The most this process and its largest child ever held, added as if at the same moment."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_maxrss for usage in used) / 1024


@contextlib.contextmanager
def measured():
    """Yields a `Cost`, filled at the end of the block."""
    cost, begun, cpu = Cost(), time.perf_counter(), _cpu()

    def count(execute, *arguments):
        cost.queries += 1
        return execute(*arguments)

    # COPY does not pass Django's wrapper.
    original, sql._copy = sql._copy, lambda *arguments: count(original, *arguments)
    try:
        with connection.execute_wrapper(count):
            yield cost
    finally:
        sql._copy = original
        cost.seconds, cost.cpu, cost.peak_mb = time.perf_counter() - begun, _cpu() - cpu, peak_mb()
