"""A clock that is set, by an hour or into another day: nobody waits until it has caught up. Jobs: tests/imports/test_jobs.py."""

import datetime as dt
import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse
from django.utils import timezone

from orgs import audit
from orgs.models import AuditAction, AuditEvent
from portal import snapshots
from portal.beat import Scheduler
from portal.celery import app
from tests import builders
from tests.orgs.test_mfa import code_for, enrol, sign_in
from tests.portal.snapshot_world import World, assert_as_rebuilt

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def set_by(monkeypatch):
    """`set_by(span)`: from here on the clock shows so much more than it is."""
    now, seconds = timezone.now, time.time

    def set_clock(span):
        monkeypatch.setattr(timezone, "now", lambda: now() + span)
        monkeypatch.setattr(time, "time", lambda: seconds() + span.total_seconds())

    return set_clock


# --- beat ------------------------------------------------------------------------------------------------


@pytest.fixture
def beat(tmp_path):
    """Starts beat on the times that the one before kept; it sends nothing, but says what it would."""

    def start():
        scheduler = Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"))
        scheduler.sent = []
        scheduler.apply_entry = lambda entry, producer=None: scheduler.sent.append(entry.name)
        return scheduler

    return start


def ran_in(scheduler, span):
    for entry in scheduler.schedule.values():
        entry.last_run_at = timezone.now() + span


def quickest(scheduler):
    return min(
        entry.schedule.seconds for entry in scheduler.schedule.values() if hasattr(entry.schedule, "seconds")
    )


@pytest.mark.once
@pytest.mark.parametrize("is_restarted", [False, True])
def test_beat_goes_on_when_the_clock_was_set_back(beat, is_restarted):
    scheduler = beat()
    ran_in(scheduler, HOUR)
    if is_restarted:
        scheduler.close()
        scheduler = beat()

    assert scheduler.tick() <= quickest(scheduler)
    ran_in(scheduler, -HOUR)
    scheduler._heap = None
    while scheduler.tick() == 0:
        pass
    assert "sweep-jobs" in scheduler.sent
    scheduler.close()


@pytest.mark.once
def test_beat_keeps_its_times_while_nobody_sets_the_clock(beat):
    scheduler = beat()
    ran_in(scheduler, dt.timedelta(seconds=-10))
    before = {entry.name: entry.last_run_at for entry in scheduler.schedule.values()}

    scheduler.tick()

    assert {name: scheduler.schedule[name].last_run_at for name in before} == before
    scheduler.close()


# --- Kept figures and the audit chain -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [dt.timedelta(days=1), dt.timedelta(days=400)])
def test_figures_are_kept_up_though_a_clock_was_in_another_day(set_by, ahead):
    world = World(1)
    snapshots.rebuild()
    set_by(ahead)
    world.happen(10)
    snapshots.refresh()
    set_by(dt.timedelta())

    world.happen(10)
    snapshots.refresh()
    assert_as_rebuilt()
    world.lose_member()
    snapshots.refresh()
    assert_as_rebuilt()
    set_by(dt.timedelta(days=1))
    world.happen(5)
    snapshots.refresh()
    assert_as_rebuilt()


@pytest.mark.django_db
def test_the_audit_chain_holds_over_entries_whose_times_go_backwards(set_by):
    user = builders.make_user()
    for span in (HOUR, -HOUR, dt.timedelta()):
        set_by(span)
        audit.record(actor=user, action=AuditAction.UPDATE, obj=user)
        audit.seal_pending()

    report = audit.verify_chain()

    assert (report.broken_id, report.sealed) == (None, AuditEvent.objects.count())


# --- Signing in ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("span", "stays"), [(-HOUR, True), (HOUR / 2, True), (2 * HOUR, False)])
def test_a_session_lives_through_a_clock_set_back_and_ends_by_one_set_on(client, set_by, span, stays):
    client.force_login(builders.make_user("secretary", builders.make_organisation()))
    client.get(reverse("portal:home"))
    set_by(span)

    response = client.get(reverse("portal:home"))

    assert response.status_code == (200 if stays else 302)


@pytest.mark.django_db
@pytest.mark.parametrize("span", [-HOUR, HOUR])
def test_codes_of_telephones_fit_again_with_the_clock_and_recovery_codes_always_do(set_by, span):
    user = builders.make_user("officer", builders.make_organisation())
    secret = enrol(sign_in(user))
    recovery = RecoveryCodes.activate(user).get_unused_codes()[0]
    on_the_telephone = code_for(secret)
    set_by(span)
    client = sign_in(user)

    def opens(code):
        client.post(reverse("mfa_authenticate"), {"code": code})
        return client.get(reverse("portal:home")).status_code == 200

    assert not opens(on_the_telephone)
    assert opens(recovery)
    set_by(dt.timedelta())
    client = sign_in(user)
    assert opens(code_for(secret))
