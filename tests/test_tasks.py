"""Every task: what comes a second time, or when its row is gone, changes nothing."""

import uuid
from collections import Counter

import pytest
from celery import current_app
from django.apps import apps
from django.db import transaction

from activities.models import ActivityEntry
from imports.models import Job
from linkages.models import ChallengeEntry, CommitmentEntry, OrderEntry, Policy, SecondmentEntry
from orgs.models import Organisation, RobotMessage, WebhookDelivery
from portal.models import ReportSubscription
from tests import access_world
from tests.access_table import TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# What a task is sent: a key of one of these rows.
ROWS = {
    "imports.tasks.run_job": (Job, "pk"),
    "activities.tasks.tell_act": (ActivityEntry, "pk"),
    "linkages.tasks.tell_order": (OrderEntry, "pk"),
    "linkages.tasks.tell_challenge": (ChallengeEntry, "pk"),
    "linkages.tasks.tell_secondment": (SecondmentEntry, "pk"),
    "linkages.tasks.tell_policy": (Policy, "pk"),
    "linkages.tasks.tell_commitment": (CommitmentEntry, "pk"),
    "orgs.tasks.send_webhook": (WebhookDelivery, "uid"),
    "portal.tasks.write_report": (ReportSubscription, "pk"),
    "portal.tasks.send_robot_message": (RobotMessage, "uid"),
}
# Said anew each time: when something was counted, not what.
WHEN = {("Reckoning", "at"), ("Snapshot", "written_at")}
# Whose first run finds something to do in the world of the test.
BUSY = {
    "activities.tasks.remind", "imports.tasks.run_job", "linkages.tasks.tell_commitment", "linkages.tasks.tell_commitments",
    "linkages.tasks.tell_order", "linkages.tasks.tell_orders", "linkages.tasks.tell_policy", "linkages.tasks.tell_secondment",
    "linkages.tasks.tell_secondments", "linkages.tasks.watch_policies", "members.tasks.refresh_registered_members",
    "orgs.tasks.seal_audit", "orgs.tasks.watch_visits", "portal.tasks.rebuild_snapshots", "portal.tasks.refresh_snapshots",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def before(django_db_setup, django_db_blocker):
    """What stands in the world before a task runs; each test is taken back."""
    current_app.loader.import_default_modules()
    with django_db_blocker.unblock(), transaction.atomic():
        access_world.build()
        yield everything()
        transaction.set_rollback(True)


def sent(name: str) -> list[tuple]:
    if name == "members.tasks.write_dues_of":
        return [(pk, False) for pk in Organisation.objects.values_list("pk", flat=True)]
    if name == "imports.tasks.end_spread":
        return [("members.tasks.write_dues",)]
    if name not in ROWS:
        return [()]
    model, key = ROWS[name]
    return [(str(value) if key == "uid" else value,) for value in model.objects.values_list(key, flat=True)]


def run(name: str, messages: list[tuple]) -> None:
    """With what its commits would start left out: those are tasks of their own."""
    for message in messages:
        with transaction.atomic():
            current_app.tasks[name](*message)


def everything() -> dict[str, Counter]:
    found = {}
    for model in apps.get_models():
        label = model.__name__
        names = [f.attname for f in model._meta.concrete_fields if (label, f.name) not in WHEN]
        found[label] = Counter(map(repr, model._base_manager.order_by().values_list(*names)))
    return found


def changed(before, after) -> list[str]:
    return [label for label in before if before[label] != after[label]]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_what_comes_twice_is_done_once(before, name):
    messages = sent(name)
    assert messages, f"{name} is sent nothing in this world"
    run(name, messages)
    once = everything()
    assert changed(before, once) or name not in BUSY

    run(name, messages)
    run(name, messages[::-1])

    assert changed(once, everything()) == []


@pytest.mark.parametrize("name", sorted(ROWS))
def test_what_comes_when_its_row_is_gone_does_nothing(before, name):
    run(name, [(str(uuid.uuid4()) if ROWS[name][1] == "uid" else 2**40,)])

    assert changed(before, everything()) == []
