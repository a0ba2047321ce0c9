import datetime as dt
import os

import pytest
from django.utils import timezone

# The embedded size knows no replica and no second host.
NEEDED = {"test_replica.py": ("DATABASE_URL",), "test_hosts.py": ("DATABASE_URL", "REDIS_URL")}
collect_ignore = [name for name, servers in NEEDED.items() if not os.environ.keys() >= set(servers)]


def at(text):
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.fixture
def clock(monkeypatch):
    """`clock("2026-03-11 08:00")` is the time from then on; before it is a Tuesday's evening."""

    def turn(text):
        monkeypatch.setattr(timezone, "now", lambda: at(text))

    turn("2026-03-10 18:00")
    return turn
