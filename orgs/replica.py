"""Reading from the replica that `DATABASE_REPLICA_URL` names. Nothing reads there unless it says so:

    found = replica.read(build, user, organisation)

What was just written is not yet there, so only reports ask that way, never a page that follows an act. Who may see what
has been settled before, on the primary.
"""

import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections

logger = logging.getLogger(__name__)

ALIAS = "replica"
# So long is waited for everything that was committed before the question, which takes milliseconds on a good line.
CATCH_UP_SECONDS = 1.0
ASK_EVERY_SECONDS = 0.05
# So long a replica that was away or late is left alone, lest every report waits for it.
REST_SECONDS = 10.0

P = ParamSpec("P")
T = TypeVar("T")
_reading: ContextVar[bool] = ContextVar("reading from the replica", default=False)
_left_alone_until = 0.0  # of this process, by the monotonic clock


class Router:
    """Everything is the primary's but what `read` reads outside a transaction; within one, people see what they wrote."""

    def db_for_read(self, model, **hints):
        if _reading.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return ALIAS
        return DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        """Also of an object that was read from the replica."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == DEFAULT_DB_ALIAS


@dataclass(frozen=True)
class Standing:
    """`lag`: seconds by which the replica is behind, None where that cannot be known; `fault`: why it is not read."""

    lag: float | None
    fault: str = ""

    @property
    def is_usable(self) -> bool:
        return not self.fault


def is_configured() -> bool:
    return ALIAS in connections


def read(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns, its reads done by the replica if there is one that keeps up.

    Where it breaks off meanwhile (killed, or a statement stood in the way of what it had to take over), the primary does
    it all anew: `work` may run twice, so it must not write. What it returns lazily the primary is asked for.
    """
    if not _may_be_read():
        return work(*args, **kwargs)
    try:
        with _from_replica():
            return work(*args, **kwargs)
    except Error as error:
        connections[ALIAS].close()
        _leave_alone(str(error))
    return work(*args, **kwargs)


def look() -> Standing:
    """How the replica stands now. Raises only where the primary does not answer."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn(), clock_timestamp()")
        position, now = cursor.fetchone()
    try:
        return _standing(position, now)
    except Error as error:
        connections[ALIAS].close()
        return Standing(None, " ".join(str(error).split()) or type(error).__name__)


def _standing(position, now) -> Standing:
    """Behind is who lacks something that was committed before; by how much, the newest commit that is there says.

    That commit alone would not do: while nothing is written it grows old on a replica that lacks nothing.
    """
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while True:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn, pg_last_xact_replay_timestamp()",
                [position],
            )
            is_replica, has_all, newest = cursor.fetchone()
        if not is_replica:
            return Standing(None, "不是只读副本（standby）")
        if has_all:
            return Standing(0.0)
        if time.monotonic() > deadline:
            break
        time.sleep(ASK_EVERY_SECONDS)
    if newest is None:
        return Standing(None, "启动以来未收到任何数据")
    lag = max(0.0, (now - newest).total_seconds())  # both by the primary's clock
    is_late = lag > settings.REPLICA_MAX_LAG_SECONDS
    return Standing(lag, f"落后 {lag:.0f} 秒" if is_late else "")


def _may_be_read() -> bool:
    if not is_configured() or time.monotonic() < _left_alone_until:
        return False
    standing = look()
    if not standing.is_usable:
        _leave_alone(standing.fault)
    return standing.is_usable


def _leave_alone(fault: str) -> None:
    global _left_alone_until
    _left_alone_until = time.monotonic() + REST_SECONDS
    logger.warning("The replica is not read for %.0f seconds: %s", REST_SECONDS, fault)


@contextmanager
def _from_replica():
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)
