"""Messages over the real broker: a worker that is killed, a task that comes twice, and still each is told once."""

import time

import pytest

from tests.imports.test_worker import Portal
from tests.processes import own_servers

MEMBERS = 120
# The act is committed while nobody works: its task waits in the queue for the first worker.
ANNOUNCE = """
import datetime as dt
from django.utils import timezone
from activities.actions import activities as actions
from members.models import Member
from orgs.models import Appointment, Role, User
from tests import builders
branch = builders.make_organisation(builders.make_organisation())
by = User.objects.system()
for number in range({members}):
    member = builders.make_member(branch)
    member.account = builders.make_user("member", branch, password=None)
    member.save()
values = dict(title="清洁日", starts_at=timezone.now() + dt.timedelta(days=3), place="会议中心")
plan = actions.plan_activity(organisation=branch, kinds=("theme_day",), values=values, by=by)
actions.notify_activity(activity=plan, by=by)
print(plan.entries.get(act="notified").pk)
"""
AGAIN = """
from activities import tasks
for _ in range(3):
    tasks.tell_act.delay({entry})
    tasks.tell_acts.delay()
"""
TOLD = "SELECT COUNT(*) FROM orgs_notice"
PEOPLE = "SELECT COUNT(DISTINCT user_id) FROM orgs_notice"


@pytest.fixture
def portal(tmp_path):
    with own_servers(tmp_path / "var") as servers:
        portal = Portal(tmp_path, servers.get("DATABASE_URL", ""))
        yield portal
        portal.stop()


def test_a_killed_worker_tells_everybody_once(portal):
    entry = portal.python(ANNOUNCE.format(members=MEMBERS))
    assert portal.value(TOLD) == 0
    portal.start_worker()
    portal.wait_for("SELECT COUNT(*) > 0 FROM orgs_notice", True)
    portal.kill_worker()
    assert portal.value(TOLD) in (0, MEMBERS)  # all in one statement, or none

    portal.python(AGAIN.format(entry=entry))
    portal.start_worker()
    portal.wait_for(TOLD, MEMBERS)
    time.sleep(3)  # the six that came twice
    assert (portal.value(TOLD), portal.value(PEOPLE)) == (MEMBERS, MEMBERS)
