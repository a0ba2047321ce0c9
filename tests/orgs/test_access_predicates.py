"""The whole table: every role against every predicate, at its own organisation, below, beside and above."""

import pytest
from django.contrib.auth.models import AnonymousUser

from orgs import access
from orgs.models import (
    Appointment,
    Coverage,
    Enterprise,
    Organisation,
    Park,
    Role,
    SurveyRound,
    SurveyTask,
    User,
)
from tests import builders

pytestmark = pytest.mark.django_db

# Predicates without an object: which roles pass, appointed at a branch and at the top.
SOMEWHERE = {
    "can_view_organisations": "administrator officer secretary leader",
    "can_view_enterprises": "administrator officer secretary leader",
    "can_export": "administrator officer",
    "can_view_statistics": "administrator officer secretary leader",
    "can_manage_accounts": "administrator",
    "can_delegate": "officer secretary",
    "can_view_audit": "auditor",
    "needs_second_factor": "administrator officer",
    "can_run_imports": "administrator officer",
}
# Only for appointments at a top organisation.
AT_THE_TOP = {"can_change_settings": "administrator", "can_run_imports": "administrator officer"}
AT_ORGANISATION = {
    "can_change_organisation": "administrator officer",
    "can_manage_account_at": "administrator",
    "can_reveal_organisation": "officer secretary",
    "can_see_readers_of_organisation": "administrator officer",
}
FOR_ENTERPRISE = {
    "can_change_enterprise": "administrator officer",
    "can_change_coverage": "officer secretary",
    "can_reveal": "officer secretary",
    "can_see_readers_of_enterprise": "administrator officer",
}


@pytest.fixture
def tree():
    """top → committee → branch, and a branch beside the committee."""
    top = builders.make_organisation()
    committee = builders.make_organisation(top, kind="committee")
    return {
        "top": top,
        "own": committee,
        "below": builders.make_organisation(committee),
        "beside": builders.make_organisation(top),
    }


def who(users, test) -> str:
    return " ".join(role for role, user in users.items() if test(user))


def users_at(organisation) -> dict[str, User]:
    return {role.value: builders.make_user(role, organisation) for role in Role}


@pytest.mark.parametrize("predicate", SOMEWHERE)
@pytest.mark.parametrize("place", ["top", "own"])
def test_held_somewhere(tree, predicate, place):
    assert who(users_at(tree[place]), getattr(access, predicate)) == SOMEWHERE[predicate]


@pytest.mark.parametrize("predicate", AT_THE_TOP)
def test_held_for_the_whole_register(tree, predicate):
    arguments = ("enterprises",) if predicate == "can_run_imports" else ()
    test = getattr(access, predicate)
    assert who(users_at(tree["top"]), lambda user: test(user, *arguments)) == AT_THE_TOP[predicate]
    assert who(users_at(tree["own"]), lambda user: test(user, *arguments)) == ""


@pytest.mark.parametrize("predicate", AT_ORGANISATION)
@pytest.mark.parametrize(
    ("place", "reached"), [("own", True), ("below", True), ("beside", False), ("top", False)]
)
def test_held_at_an_organisation(tree, predicate, place, reached):
    users, test = users_at(tree["own"]), getattr(access, predicate)
    allowed = who(users, lambda user: test(user, tree[place]))
    assert allowed == (AT_ORGANISATION[predicate] if reached else "")


@pytest.mark.parametrize("predicate", FOR_ENTERPRISE)
@pytest.mark.parametrize(("place", "reached"), [("own", True), ("below", True), ("beside", False)])
def test_held_for_an_enterprise(tree, predicate, place, reached):
    enterprise = builders.make_enterprise()
    builders.cover(enterprise, tree[place])
    test = getattr(access, predicate)
    allowed = who(users_at(tree["own"]), lambda user: test(user, enterprise))
    assert allowed == (FOR_ENTERPRISE[predicate] if reached else "")


def test_survey_tasks_are_worked_by_their_owner_and_by_those_who_answer(tree):
    round_ = SurveyRound.objects.create(name="测试轮次", as_of=builders.LONG_AGO, due_on=builders.LONG_AGO)
    enterprise = builders.make_enterprise()
    task = SurveyTask.objects.create(round=round_, enterprise=enterprise, reason="new", owner=tree["below"])
    assert who(users_at(tree["own"]), lambda u: access.can_work_survey_task(u, task)) == "officer secretary"
    assert who(users_at(tree["beside"]), lambda u: access.can_work_survey_task(u, task)) == ""
    builders.cover(enterprise, tree["beside"])
    assert (
        who(users_at(tree["beside"]), lambda u: access.can_work_survey_task(u, task)) == "officer secretary"
    )


def test_account_takes_all_its_organisations(tree):
    account = builders.make_user("secretary", tree["below"])
    assert who(users_at(tree["own"]), lambda u: access.can_manage_account(u, account)) == "administrator"
    assert who(users_at(tree["beside"]), lambda u: access.can_manage_account(u, account)) == ""


def test_ended_and_coming_appointments_give_nothing(tree):
    ended = builders.make_user("officer", tree["top"], ends_on=builders.LONG_AGO)
    assert not any(access.menu(ended).values())


def test_support_may_everything_and_strangers_nothing(tree):
    support = builders.make_user(is_superuser=True)
    enterprise = builders.make_enterprise()
    for name, arguments in (
        [(name, ()) for name in SOMEWHERE]
        + [(name, (tree["own"],)) for name in AT_ORGANISATION]
        + [(name, (enterprise,)) for name in FOR_ENTERPRISE]
    ):
        assert getattr(access, name)(support, *arguments), name
        assert not getattr(access, name)(AnonymousUser(), *arguments), name


@pytest.mark.parametrize("model", [Appointment, Coverage, Enterprise, Organisation, Park, User])
def test_nobody_in_particular_sees_nothing(model):
    top = builders.make_organisation()
    builders.make_user("officer", top)
    enterprise = builders.make_enterprise(park=builders.make_park())
    builders.cover(enterprise, top)

    assert model.objects.exists()
    assert not model.objects.visible_to(AnonymousUser()).exists()
