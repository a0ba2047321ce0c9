"""Recruiting: the order of the steps, every guard at its boundary, what the register learns of it."""

import pytest

from members.choices import Membership
from members.models import CaseStage
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return builders.make_organisation(builders.make_organisation())


def test_a_whole_case_ends_with_a_full_member(branch):
    case = builders.make_case(branch, upto=25)
    assert case.stage == CaseStage.FULL
    assert case.closed_on
    assert case.member.membership == Membership.FULL
    assert case.member.joined_on == case.meeting_on
    assert case.member.confirmed_on == case.probation_ends_on
