"""Every task of the system is delivered twice, late, in the wrong order and about rows that are gone: nothing is doubled."""

import random
import uuid

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session

from activities.models import ActivityEntry
from imports import actions
from imports.models import ImportRun, Job
from linkages.models import ChallengeEntry, CommitmentEntry, OrderEntry, Policy, SecondmentEntry
from linkages.orders.events import EVENTS
from orgs.actions import webhooks
from orgs.models import AuditEvent, Enterprise, Notice, Robot, RobotMessage, User, WebhookDelivery
from portal.celery import app
from portal.models import Mark, ReportFile, ReportSubscription
from portal.reminders import actions as reminders
from portal.reports import subscriptions
from tests import builders
from tests.access_table import TASKS
from tests.imports.helpers import contents, stage, workbook
from tests.portal.test_report_subscriptions import MONTH_BEFORE, late
from tests.portal.test_robots import TAKEN
from tests.portal.test_robots import values as robot_values
from tests.portal.working_world import World

pytestmark = pytest.mark.django_db
GONE = 10**9
app.loader.import_default_modules()  # as a worker does
# Of those that are about one row: whose keys they are sent with.
ABOUT = {
    "imports.tasks.run_job": (Job, "pk"),
    "activities.tasks.tell_act": (ActivityEntry, "pk"),
    "linkages.tasks.tell_order": (OrderEntry, "pk"),
    "linkages.tasks.tell_challenge": (ChallengeEntry, "pk"),
    "linkages.tasks.tell_commitment": (CommitmentEntry, "pk"),
    "linkages.tasks.tell_secondment": (SecondmentEntry, "pk"),
    "linkages.tasks.tell_policy": (Policy, "pk"),
    "orgs.tasks.send_webhook": (WebhookDelivery, "uid"),
    "portal.tasks.send_robot_message": (RobotMessage, "uid"),
    "portal.tasks.write_report": (ReportSubscription, "pk"),
}


def messages() -> list[tuple[str, tuple]]:
    """All that the queue may still hold: each task for each row, and for one that is gone."""
    found = []
    for name in sorted(TASKS):
        if name not in ABOUT:
            found.append((name, ()))
            continue
        model, key = ABOUT[name]
        keys = [str(value) if key == "uid" else value for value in model.objects.values_list(key, flat=True)]
        found += [(name, (value,)) for value in (*keys, str(uuid.uuid4()) if key == "uid" else GONE)]
    return found


def deliver(sent) -> None:
    for name, arguments in sent:
        app.tasks[name].apply(arguments, throw=True)


def everything():
    """But what says of each delivery that it came: times of looking, not of acting."""
    left_out = {Session, Mark}
    ours = [model for model in apps.get_models() if model.__module__.partition(".")[0] in OURS]
    return contents(*(model for model in ours if model not in left_out))


OURS = ("imports", "orgs", "members", "activities", "linkages", "portal")


@pytest.fixture
def receiver_of_all(receiver, settings):
    settings.ROBOT_HOSTS = settings.WEBHOOK_HOSTS
    receiver.answer = TAKEN
    return receiver


@pytest.fixture
def world(receiver_of_all):
    """Something for every task to do."""
    address = receiver_of_all.address
    system, top = User.objects.system(), builders.make_organisation()
    webhooks.add_subscription(organisation=top, name="平台", address=address, events=list(EVENTS), by=system)
    world = World()
    webhooks.add_subscription(
        organisation=world.top, name="平台", address=address, events=list(EVENTS), by=system
    )
    reminders.add_robot(organisation=world.top, by=system, **robot_values(receiver_of_all))
    world.raised()
    branch = world.branches[0]
    builders.make_challenge(branch)
    builders.make_commitment(branch)
    builders.make_appointment(branch)
    builders.make_policy(world.area)
    subscription = subscriptions.subscribe(
        report="coverage", organisation=world.top, lines="park", by=world.officer
    )
    late(subscription, MONTH_BEFORE)
    rows = [("测试企业", builders.credit_code()) for _ in range(3)]
    world.run = stage("enterprises", workbook(("企业名称", "统一社会信用代码"), *rows))
    actions.request_apply(run=world.run, by=system)
    return world


def test_every_task_is_looked_at():
    known = {name for name in app.tasks if not name.startswith("celery.")}
    assert known == set(TASKS)
    assert set(ABOUT) <= known


@pytest.mark.parametrize("seed", range(2))
def test_whatever_comes_twice_late_and_in_the_wrong_order_is_done_once(world, receiver_of_all, seed):
    chance = random.Random(seed)  # noqa: S311 - must repeat
    deliver(chance.sample(twice := [*messages(), *messages()], len(twice)))
    deliver(messages())  # what the first ones wrote down to be done
    before, told = everything(), len(receiver_of_all.got)

    deliver(chance.sample(again := [*messages(), *messages()], len(again)))

    after = everything()
    differing = {
        model.__name__: (before[model], after[model]) for model in after if after[model] != before[model]
    }
    assert differing == {}
    assert len(receiver_of_all.got) == told


def test_what_was_done_was_done_once(world, receiver_of_all):
    sent = messages()
    deliver([message for message in sent for _ in range(2)])
    deliver(messages())

    assert ImportRun.objects.get(pk=world.run.pk).state == "applied"
    assert Enterprise.objects.filter(name="测试企业").count() == 3
    assert AuditEvent.objects.filter(action="import").count() == 1
    assert not AuditEvent.objects.filter(seal="").exists()
    ids = [headers["webhook-id"] for _, headers, _ in receiver_of_all.got if "webhook-id" in headers]
    assert sorted(ids) == sorted(map(str, WebhookDelivery.objects.values_list("uid", flat=True)))
    assert WebhookDelivery.objects.count() == OrderEntry.objects.count()
    robots = len(receiver_of_all.got) - len(ids)
    assert robots == RobotMessage.objects.filter(state="delivered").count()
    assert Robot.objects.count() == 1
    assert Notice.objects.exists()
    assert ReportFile.objects.count() == 2
