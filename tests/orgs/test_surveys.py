"""Survey rounds: what a finding does, and who may work which task."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from orgs import access
from orgs.actions.surveys import (
    CONSEQUENCES,
    SurveyResult,
    add_task,
    cancel_task,
    complete_task,
    complete_tasks,
    consequence_words,
    reassign_task,
    reopen_task,
)
from orgs.kinds import OrganisationKind
from orgs.models import (
    AuditEvent,
    BuildingStage,
    Enterprise,
    Role,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    TaskState,
)
from orgs.statistics import Register
from tests.builders import make_area, make_enterprise, make_organisation, make_park, make_user

pytestmark = pytest.mark.django_db
K, R = OrganisationKind, SurveyResult
TODAY = timezone.localdate()


@pytest.fixture
def world():
    class World:
        pass

    w = World()
    w.top = make_organisation()
    area = make_area()
    w.committee = make_organisation(w.top, K.AREA_COMMITTEE, area=area)
    w.park = make_park(area=area)
    w.branch = make_organisation(w.committee)
    w.stranger = make_organisation(w.top)
    w.round = SurveyRound.objects.create(name="11月比对", as_of=TODAY, due_on=TODAY + dt.timedelta(30))
    w.enterprise = make_enterprise(park=w.park)
    w.far = make_enterprise(park=make_park())
    w.task = task_for(w, w.enterprise, w.committee)
    w.far_task = task_for(w, w.far, w.stranger)
    w.officer = make_user(Role.OFFICER, w.committee)
    w.leader = make_user(Role.LEADER, w.committee)
    return w


def task_for(world, enterprise, owner, reason=SurveyReason.NEW):
    return SurveyTask.objects.create(round=world.round, enterprise=enterprise, owner=owner, reason=reason)


def find(world, result, **kwargs):
    values = {"task": world.task, "result": result, "by": world.officer, "done_on": TODAY}
    return complete_task(**values | kwargs)


# --- Findings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", SurveyResult)
def test_every_result_has_its_consequence(world, result):
    find(world, result, note="电话核实")

    world.enterprise.refresh_from_db()
    for name, value in CONSEQUENCES[result].items():
        assert getattr(world.enterprise, name) == value
    if not CONSEQUENCES[result] or result == R.OPERATING:
        assert world.enterprise.is_active
    assert consequence_words(result)
    assert (world.task.state, world.task.result, world.task.done_by) == (
        TaskState.DONE,
        result,
        world.officer,
    )


def test_a_closed_enterprise_leaves_the_denominator_with_its_period(world):
    before = world.enterprise.updated_at

    find(world, R.DEREGISTERED)

    register = Register()
    assert not register.rows().filter(register.active, pk=world.enterprise.pk).exists()
    world.enterprise.refresh_from_db()
    assert world.enterprise.updated_at > before
    assert list(world.enterprise.periods.order_by("pk").values_list("status", "until")) == [
        ("existing", TODAY),
        ("deregistered", None),
    ]
    event = AuditEvent.objects.order_by("-pk").first()
    assert event.detail == {"survey": "已注销", "changes": {"status": ["存续", "注销"]}}


def test_operating_takes_the_dormant_mark_off(world):
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_dormant=True)

    find(world, R.OPERATING)

    world.enterprise.refresh_from_db()
    assert not world.enterprise.is_dormant


def test_members_found_enter_the_founding_pipeline_once(world):
    find(world, R.OPERATING, stage=BuildingStage.ENOUGH_MEMBERS)
    reopen_task(task=world.task, note="复核", by=world.officer)
    find(world, R.OPERATING, stage=BuildingStage.FEW_MEMBERS)

    world.enterprise.refresh_from_db()
    assert world.enterprise.building_stage == BuildingStage.ENOUGH_MEMBERS
    assert world.enterprise.founding_steps.get().note == "摸排"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"result": "nonsense"}, "result"),
        ({"result": R.WRONG_DATA}, "note"),
        ({"result": R.OTHER, "note": " "}, "note"),
        ({"result": R.OPERATING, "done_on": TODAY + dt.timedelta(1)}, "done_on"),
        ({"result": R.OPERATING, "stage": BuildingStage.FOUNDED}, "stage"),
    ],
)
def test_findings_refused(world, values, field):
    with pytest.raises(ValidationError) as refusal:
        find(world, **values)

    assert field in refusal.value.error_dict
    world.task.refresh_from_db()
    assert world.task.state == TaskState.OPEN


def test_a_task_is_completed_once(world):
    find(world, R.OPERATING)

    with pytest.raises(ValidationError, match="可能已被他人办理"):
        find(world, R.DEREGISTERED)

    assert Enterprise.objects.get(pk=world.enterprise.pk).is_active


def test_many_tasks_are_completed_set_based(world, django_assert_max_num_queries):
    for _ in range(20):
        task_for(world, make_enterprise(park=world.park), world.committee)
    tasks = SurveyTask.objects.workable_by(world.officer)

    with django_assert_max_num_queries(24):
        assert complete_tasks(tasks=tasks, result=R.MOVED_OUT, by=world.officer, done_on=TODAY) == 21

    assert not Enterprise.objects.filter(park=world.park, status="existing").exists()
    world.far_task.refresh_from_db()
    assert world.far_task.state == TaskState.OPEN


# --- Reopen, cancel, reassign, add -------------------------------------------------------------------


def test_reopening_keeps_what_the_finding_changed(world):
    find(world, R.DEREGISTERED)

    with pytest.raises(ValidationError, match="须说明原因"):
        reopen_task(task=world.task, note=" ", by=world.officer)
    reopen_task(task=world.task, note="企业来电异议", by=world.officer)

    world.task.refresh_from_db()
    assert (world.task.state, world.task.result, world.task.done_on) == (TaskState.OPEN, "", None)
    assert Enterprise.objects.get(pk=world.enterprise.pk).status == "deregistered"


def test_cancelling_needs_a_reason_and_an_open_task(world):
    with pytest.raises(ValidationError, match="须说明原因"):
        cancel_task(task=world.task, note="", by=world.officer)
    cancel_task(task=world.task, note="重复", by=world.officer)

    with pytest.raises(ValidationError, match="只能取消待摸排的任务"):
        cancel_task(task=world.task, note="重复", by=world.officer)


def test_reassigning_gives_the_task_to_another_organisation(world):
    reassign_task(task=world.task, owner=world.branch, by=world.officer)

    world.task.refresh_from_db()
    assert world.task.owner == world.branch
    world.branch.dissolved_on = TODAY
    with pytest.raises(ValidationError, match="撤销"):
        reassign_task(task=world.task, owner=world.branch, by=world.officer)


def test_added_task_goes_to_whoever_answers(world):
    enterprise = make_enterprise(park=world.park)

    task = add_task(enterprise=enterprise, note="群众反映已搬走", by=world.officer)

    assert (task.round, task.reason, task.owner) == (world.round, SurveyReason.MANUAL, world.committee)
    with pytest.raises(ValidationError, match="已有摸排任务"):
        add_task(enterprise=enterprise, by=world.officer)


def test_added_task_founds_the_first_round(world):
    SurveyRound.objects.all().delete()

    task = add_task(enterprise=world.enterprise, by=world.officer)

    assert task.round.due_on == TODAY + dt.timedelta(days=30)


# --- Who may -----------------------------------------------------------------------------------------


def test_workable_by_agrees_with_the_predicate(world):
    lent_out = task_for(world, make_enterprise(park=make_park()), world.branch)
    people = [
        world.officer,
        world.leader,
        make_user(Role.SECRETARY, world.branch),
        make_user(Role.ADMINISTRATOR, world.top),
        make_user(Role.OFFICER, world.top),
    ]

    for person in people:
        workable = set(SurveyTask.objects.workable_by(person))
        expected = {t for t in SurveyTask.objects.all() if access.can_work_survey_task(person, t)}
        assert workable == expected
    assert lent_out in SurveyTask.objects.workable_by(people[2])


def test_round_page_hides_the_other_area(client, world):
    client.force_login(world.officer)

    rounds = client.get(reverse("orgs:survey-round-list"))
    page = client.get(reverse("orgs:survey-round", args=[world.round.pk]))

    assert [(r.total, r.open, r.done) for r in rounds.context["page"]] == [(1, 1, 0)]
    assert list(page.context["page"]) == [world.task]
    assert page.context["total"] == 1
    assert world.far.name not in page.content.decode()
    assert world.stranger.name not in page.content.decode()


@pytest.mark.parametrize("item_count", [1, 3])
def test_round_page_query_count_does_not_grow(client, world, item_count, django_assert_max_num_queries):
    for _ in range(item_count - 1):
        task_for(world, make_enterprise(park=world.park), make_organisation(world.committee))
    client.force_login(world.officer)
    url = reverse("orgs:survey-round", args=[world.round.pk])
    client.get(url)

    with django_assert_max_num_queries(12):
        response = client.get(url)

    assert len(response.context["page"]) == item_count


def test_tasks_of_the_other_area_are_not_found_and_forbidden_to_readers(client, world):
    names = ["survey-task", "survey-task-reopen", "survey-task-cancel", "survey-task-reassign"]
    client.force_login(world.officer)
    foreign = [client.post(reverse(f"orgs:{n}", args=[world.far_task.pk])).status_code for n in names]
    client.force_login(world.leader)
    seen = client.get(reverse("orgs:survey-task", args=[world.task.pk])).status_code
    read_only = [client.post(reverse(f"orgs:{n}", args=[world.task.pk])).status_code for n in names]

    assert foreign == [404] * 4
    assert seen == 200
    assert read_only == [403] * 4


def test_task_page_stores_the_finding_and_returns(client, world):
    client.force_login(world.officer)
    back = reverse("orgs:survey-round", args=[world.round.pk]) + "?state=open"

    response = client.post(
        reverse("orgs:survey-task", args=[world.task.pk]),
        {"result": R.OPERATING, "done_on": TODAY.isoformat(), "next": back},
    )

    assert response.url == back
    world.task.refresh_from_db()
    assert world.task.state == TaskState.DONE


def test_task_page_never_returns_to_another_host(client, world):
    client.force_login(world.officer)

    response = client.post(
        reverse("orgs:survey-task", args=[world.task.pk]),
        {"result": R.OPERATING, "done_on": TODAY.isoformat(), "next": "https://example.com/"},
    )

    assert response.url == reverse("orgs:survey-round", args=[world.round.pk])


def test_bulk_page_completes_only_what_the_person_may_work(client, world):
    client.force_login(world.officer)
    data = {"task": [world.task.pk, world.far_task.pk], "result": R.OPERATING, "done_on": TODAY.isoformat()}

    client.post(reverse("orgs:survey-complete", args=[world.round.pk]), data)

    states = dict(SurveyTask.objects.values_list("pk", "state"))
    assert states == {world.task.pk: "done", world.far_task.pk: "open"}


@pytest.mark.parametrize("keys", [[], ["x"], ["9" * 30]])
def test_bulk_page_without_ticks_says_so(client, world, keys):
    client.force_login(world.officer)

    response = client.post(
        reverse("orgs:survey-complete", args=[world.round.pk]), {"task": keys, "result": "x"}, follow=True
    )

    assert "请先勾选" in response.content.decode()


def test_enterprise_page_adds_a_task(client, world):
    enterprise = make_enterprise(park=world.park)
    client.force_login(world.officer)

    client.post(reverse("orgs:survey-task-create", args=[enterprise.pk]), {"note": "核实地址"})

    assert enterprise.survey_tasks.get().note == "核实地址"
