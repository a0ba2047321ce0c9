"""Calendars to subscribe to. The address is told once; a new one ends the old."""

from django.db import transaction
from django.utils import timezone

from activities.models import CalendarFeed
from orgs import audit
from orgs.models import AuditAction


@transaction.atomic
def make_feed(*, by, organisation=None, request=None) -> str:
    """The token of a new feed of the person, or of an organisation for the person; the one before ends."""
    _end(by, organisation)
    token = CalendarFeed.new_token()
    CalendarFeed.objects.create(user=by, organisation=organisation, token_hash=CalendarFeed.hash_of(token))
    _record(by, organisation, "订阅日历", request)
    return token


@transaction.atomic
def end_feed(*, by, organisation=None, request=None) -> int:
    ended = _end(by, organisation)
    if ended:
        _record(by, organisation, "停用日历订阅", request)
    return ended


def _end(by, organisation):
    open_ones = CalendarFeed.objects.filter(user=by, organisation=organisation, revoked_at=None)
    return open_ones.update(revoked_at=timezone.now())


def _record(by, organisation, words, request):
    audit.record(
        actor=by,
        action=AuditAction.UPDATE,
        obj=organisation or by,
        path=organisation.path if organisation else audit.home_path(by),
        detail={"act": words},
        request=request,
    )
