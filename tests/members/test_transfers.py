"""Transfer of relations: who does what when, letters, acceptance on both sides, and what is refused."""

import datetime as dt

import pytest
from django.utils import timezone

from members.actions import transfers as actions
from members.choices import Relation
from members.models import Posting, Transfer, TransferState
from orgs.kinds import OrganisationKind
from orgs.models import Role
from tests import builders

pytestmark = pytest.mark.django_db
S = TransferState
TODAY = timezone.localdate()


def day(offset):
    return TODAY + dt.timedelta(days=offset)


class World:
    """Two committees below the top, each with a branch and its people; one member in the first branch."""

    def __init__(self):
        self.top = builders.make_organisation()
        self.committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.branch = builders.make_organisation(self.committee)
        self.other_committee = builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE)
        self.receiver = builders.make_organisation(self.other_committee)
        self.member = builders.make_member(self.branch)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)
        self.officer = builders.make_user(Role.OFFICER, self.committee)
        self.receiving = builders.make_user(Role.SECRETARY, self.receiver)

    def start(self, member=None, **more):
        where = {"to_organisation": self.receiver} if "to_name" not in more else {}
        values = {"reason": "工作调动", "dues_paid_until": TODAY.replace(day=1)} | where | more
        return actions.start_transfer(member=member or self.member, by=self.secretary, **values)

    def on_the_way(self, issued=0, **more):
        transfer = self.start(**more)
        Transfer.objects.filter(pk=transfer.pk).update(started_on=day(issued))
        actions.issue_letter(transfer=transfer, on=day(issued), by=self.officer)
        return transfer


@pytest.fixture
def world():
    return World()


def test_inside_from_the_beginning_to_acceptance(world):
    transfer = world.start()
    assert transfer.state == S.SENDING_REVIEW
    actions.issue_letter(transfer=transfer, by=world.officer)
    world.member.refresh_from_db()
    assert (world.member.relation, world.member.organisation) == (Relation.MOVING_OUT, world.branch)
    actions.receive_transfer(transfer=transfer, by=world.receiving)
    actions.accept_transfer(transfer=transfer, by=world.receiving)

    world.member.refresh_from_db()
    assert (world.member.relation, world.member.organisation) == (Relation.REGISTERED, world.receiver)
    assert Posting.objects.get(member=world.member, until=None).organisation == world.receiver
    assert [e.what for e in transfer.entries.all()] == [
        "发起转接",
        "提交审核",
        "开具介绍信",
        "开始接收审核",
        "接收",
    ]
