"""A change is followed by a reckoning, at most once a second; a queue that is down is not asked with every click."""

import pytest
from django.http import HttpResponse

from portal import middleware


class Queue:
    def __init__(self):
        self.sent, self.is_down = 0, False

    def delay(self):
        self.sent += 1
        if self.is_down:
            raise ConnectionRefusedError


@pytest.fixture
def queue(monkeypatch):
    queue = Queue()
    monkeypatch.setattr(middleware, "refresh_snapshots", queue)
    return queue


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(middleware.time, "monotonic", lambda: now[0])
    return now


def ask(rf, method="post", status=302):
    middleware.RefreshMiddleware(lambda request: HttpResponse(status=status))(getattr(rf, method)("/"))


def test_only_what_may_have_changed_something(rf, queue, clock):
    ask(rf, "get", 200)
    ask(rf, "post", 403)
    assert queue.sent == 0
    ask(rf)
    ask(rf, "patch", 200)
    assert queue.sent == 2


def test_once_a_second_and_once_a_minute_while_the_queue_is_down(rf, queue, clock):
    ours = middleware.RefreshMiddleware(lambda request: HttpResponse())
    for seconds, sent in ((0, 1), (0.5, 1), (0.6, 2)):
        clock[0] += seconds
        ours(rf.post("/"))
        assert queue.sent == sent
    queue.is_down = True
    for seconds, sent in ((2, 3), (30, 3), (32, 4)):
        clock[0] += seconds
        assert ours(rf.post("/")).status_code == 200
        assert queue.sent == sent
