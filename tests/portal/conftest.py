import datetime as dt

import pytest
from django.utils import timezone


def at(text):
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.fixture
def clock(monkeypatch):
    """`clock("2026-03-11 08:00")` is the time from then on; before it is a Tuesday's evening."""

    def turn(text):
        monkeypatch.setattr(timezone, "now", lambda: at(text))

    turn("2026-03-10 18:00")
    return turn
