"""Visits to come: arrivals become tasks once, tasks are done by visits, teams, shares, reminders."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from orgs import arrivals, visit_notices
from orgs.actions.enterprises import create_enterprise, update_enterprise
from orgs.actions.visit_tasks import (
    Errand,
    add_task,
    add_tasks,
    assign_tasks,
    drop_tasks,
    sweep_arrivals,
    sweep_periodic,
)
from orgs.actions.visit_teams import Person, disband_team, read_people, save_team
from orgs.actions.visits import record_visit
from orgs.kinds import OrganisationKind
from orgs.models import (
    AuditEvent,
    DatedSetting,
    Enterprise,
    EnterpriseStatus,
    Notice,
    Role,
    Visit,
    VisitKind,
    VisitReason,
    VisitTask,
    VisitTaskState,
    VisitTeam,
)
from orgs.models.visits import PLACES
from orgs.resources.enterprises import EnterpriseResource
from orgs.tasks import watch_visits
from orgs.workdays import is_workday
from tests.builders import credit_code, make_area, make_enterprise, make_organisation, make_park, make_user
from tests.imports.helpers import apply, stage, undo, workbook

pytestmark = pytest.mark.django_db
K, S = OrganisationKind, VisitTaskState
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
HEADERS = ("企业名称", "统一社会信用代码", "登记状态")


@pytest.fixture
def world():
    class World:
        pass

    w = World()
    w.top = make_organisation()
    w.area = make_area()
    w.committee = make_organisation(w.top, K.AREA_COMMITTEE, area=w.area)
    w.park = make_park(area=w.area)
    w.enterprise = make_enterprise(park=w.park)
    w.far = make_enterprise(park=make_park())
    w.officer = make_user(Role.OFFICER, w.committee, display_name="钱干事")
    w.chief = make_user(Role.OFFICER, w.top)
    w.leader = make_user(Role.LEADER, w.committee)
    return w


def send(world, enterprise=None, **kwargs):
    errand = Errand(**{"kind": VisitKind.SERVICE, "due_on": TODAY + 7 * DAY} | kwargs)
    return add_task(enterprise=enterprise or world.enterprise, errand=errand, by=world.officer)


def go(world, task=None, **kwargs):
    values = {
        "enterprise": world.enterprise,
        "kind": VisitKind.SERVICE,
        "visited_on": TODAY,
        "visitor_name": "钱干事",
    }
    return record_visit(**values | {"by": world.officer, "task": task} | kwargs)


def all_of(*tasks):
    return VisitTask.objects.filter(pk__in=[task.pk for task in tasks])


# --- Arrivals --------------------------------------------------------------------------------------


def enterprise_list(*rows):
    return workbook(HEADERS, *rows)


def test_the_first_list_founds_the_register_and_sends_nobody():
    make_organisation()

    apply(stage("enterprises", enterprise_list(("甲公司", credit_code(), "存续"))))

    assert not VisitTask.objects.exists()
    assert sweep_arrivals() == 0


@pytest.fixture
def listed(world):
    """A second list: one enterprise is new, one has moved in, one is unchanged."""
    rows = [
        ("新公司", credit_code(), "存续"),
        (world.enterprise.name, world.enterprise.credit_code, "迁入"),
        (world.far.name, world.far.credit_code, "存续"),
    ]
    Enterprise.objects.update(created_at=timezone.now() - 400 * DAY)
    return enterprise_list(*rows)


def test_a_list_makes_one_task_for_each_arrival(world, listed, client_for):
    run = apply(stage("enterprises", listed))

    tasks = VisitTask.objects.order_by("reason")
    assert [(t.enterprise.name, t.reason, t.kind, t.state) for t in tasks] == [
        (world.enterprise.name, VisitReason.MOVED_IN, VisitKind.SERVICE, S.OPEN),
        ("新公司", VisitReason.NEW, VisitKind.SERVICE, S.OPEN),
    ]
    assert [t.organisation for t in tasks] == [world.committee, world.top]
    assert {t.run for t in tasks} == {run}
    page = client_for(world.chief)
    (link,) = (url for words, url in EnterpriseResource.result_links(run) if words == "走访任务：2项")
    assert page.get(link).context["totals"]["count"] == 2
    assert page.get(reverse("orgs:visit-task-list"), {"run": run.pk + 1}).context["totals"]["count"] == 0

    apply(stage("enterprises", listed))
    assert (sweep_arrivals(), sweep_arrivals(), VisitTask.objects.count()) == (0, 0, 2)


def test_undoing_the_list_takes_its_open_tasks_back(listed):
    undo(apply(stage("enterprises", listed)))

    assert not VisitTask.objects.exists()
    assert not Enterprise.objects.filter(name="新公司").exists()
    assert sweep_arrivals() == 0


def test_undoing_keeps_what_was_visited(world, listed):
    run = apply(stage("enterprises", listed))
    new = VisitTask.objects.get(reason=VisitReason.NEW)
    go(world, new, enterprise=new.enterprise)

    undo(run)

    assert [task.pk for task in VisitTask.objects.all()] == [new.pk]
    assert Enterprise.objects.filter(name="新公司").exists()


def test_the_form_makes_a_task_at_once_and_the_sweep_none_besides(world):
    Enterprise.objects.update(created_at=timezone.now() - 400 * DAY)

    new = create_enterprise(values={"name": "新公司", "credit_code": credit_code()}, by=world.chief)
    update_enterprise(enterprise=world.far, values={"status": EnterpriseStatus.MOVED_IN}, by=world.chief)
    update_enterprise(enterprise=world.far, values={"address": "别处"}, by=world.chief)

    found = VisitTask.objects.values_list("enterprise", "reason")
    assert set(found) == {(new.pk, VisitReason.NEW), (world.far.pk, VisitReason.MOVED_IN)}
    assert sweep_arrivals() == 0


def test_the_sweep_finds_what_passed_by_every_door_but_not_the_beginnings(world):
    Enterprise.objects.update(created_at=timezone.now() - 400 * DAY)
    late = make_enterprise(name="漏网公司", since=TODAY)
    visited = make_enterprise(since=TODAY)
    Visit.objects.create(enterprise=visited, visited_on=TODAY, visitor_name="钱干事")
    make_enterprise(since=TODAY, status=EnterpriseStatus.DEREGISTERED)

    assert sweep_arrivals() == 1
    assert sweep_arrivals() == 0

    assert VisitTask.objects.get().enterprise == late
    event = AuditEvent.objects.order_by("-pk").first()
    assert (event.object_label, event.detail) == ("漏网公司", {"visit_task": "新入驻企业走访"})


def test_an_enterprise_somebody_visits_anyway_gets_no_second_task(world):
    new = make_enterprise(since=TODAY)
    send(world, new)

    assert arrivals.open_arrivals([new.pk]) == []
    drop_tasks(tasks=VisitTask.objects.all(), reason="重复", by=world.officer)
    assert arrivals.open_arrivals([new.pk]) == [new.pk]
    assert arrivals.open_arrivals([new.pk]) == []


def test_the_due_day_is_a_working_day_after_the_days_that_are_set():
    DatedSetting.objects.create(code="visit_task_days", value=10, effective_on="2026-01-01")

    saturday = dt.date(2026, 11, 14) - 10 * DAY

    assert arrivals.arrival_due(saturday) == dt.date(2026, 11, 16)
    assert arrivals.arrival_due(saturday + 2 * DAY) == dt.date(2026, 11, 16)
    assert is_workday(arrivals.arrival_due(TODAY))


# --- Periodic visits -------------------------------------------------------------------------------


def test_key_enterprises_come_round_again_when_the_days_are_set(world):
    key = make_enterprise(is_key=True)
    Visit.objects.create(enterprise=key, visited_on=TODAY - 89 * DAY, visitor_name="钱干事")
    assert sweep_periodic() == 0

    DatedSetting.objects.create(code="visit_every_days", value=90, effective_on="2026-01-01")
    assert sweep_periodic() == 0
    Visit.objects.update(visited_on=TODAY - 90 * DAY)
    assert (sweep_periodic(), sweep_periodic()) == (1, 0)

    drop_tasks(tasks=VisitTask.objects.all(), reason="已停产", by=world.officer)
    assert sweep_periodic() == 0


# --- A visit does tasks ----------------------------------------------------------------------------


def test_a_visit_does_its_task_and_those_of_its_kind(world):
    service, policy = send(world), send(world, kind=VisitKind.POLICY)

    visit = go(world, policy, needs="希望对接银行")

    assert {t.state for t in VisitTask.objects.all()} == {S.DONE}
    assert {t.visit for t in VisitTask.objects.all()} == {visit}
    assert visit.needs == "希望对接银行"
    with pytest.raises(ValidationError, match="刚由他人办结"):
        go(world, service, gist="再来")


def test_a_visit_recorded_elsewhere_does_the_open_task_of_its_kind(world):
    service, policy = send(world), send(world, kind=VisitKind.POLICY)

    go(world)

    service.refresh_from_db(), policy.refresh_from_db()
    assert (service.state, policy.state) == (S.DONE, S.OPEN)


@pytest.mark.parametrize("reason", VisitReason)
def test_any_visit_does_what_only_asks_that_somebody_goes(world, reason):
    task = send(world)
    VisitTask.objects.update(reason=reason)

    go(world, kind=VisitKind.CULTURE)

    task.refresh_from_db()
    assert task.is_open == (reason in (VisitReason.ASKED, VisitReason.MANUAL))


def test_a_visit_before_the_task_does_not_do_it(world):
    task = send(world)

    go(world, visited_on=TODAY - DAY)
    with pytest.raises(ValidationError, match="不能早于任务发起日期"):
        go(world, task, visited_on=TODAY - DAY, gist="昨天")

    task.refresh_from_db()
    assert task.is_open
    VisitTask.objects.update(arrived_on=TODAY - DAY)
    go(world, VisitTask.objects.get(), visited_on=TODAY - DAY, gist="昨天")
    assert VisitTask.objects.get().state == S.DONE


def test_private_numbers_are_refused(world):
    for name in ("gist", "needs"):
        with pytest.raises(ValidationError) as caught:
            go(world, **{name: "请找 139-1234-5678"})
        assert name in caught.value.message_dict
    with pytest.raises(ValidationError):
        send(world, note="联系19900001234")


# --- Sending ---------------------------------------------------------------------------------------


def test_a_filter_becomes_tasks_once(world):
    send(world)
    errand = Errand(VisitKind.SERVICE, TODAY)

    plan = add_tasks(enterprises=Enterprise.objects.all(), errand=errand, by=world.chief)

    assert (plan.opened, plan.kept) == ([world.far.pk], [world.enterprise.pk])
    assert VisitTask.objects.get(enterprise=world.far).organisation == world.top
    with pytest.raises(ValidationError, match="无须重复安排"):
        send(world)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"due_on": TODAY - DAY}, "due_on"),
        ({"reason": VisitReason.NEW}, "reason"),
        ({"note": "长" * 301}, "note"),
    ],
)
def test_errands_that_make_no_sense(world, values, field):
    with pytest.raises(ValidationError) as caught:
        send(world, **values)

    assert field in caught.value.message_dict


def test_tasks_go_to_others_and_are_dropped_with_a_reason(world):
    task, done = send(world), send(world, kind=VisitKind.POLICY)
    go(world, done, kind=VisitKind.POLICY)
    team = a_team(world)

    assert assign_tasks(tasks=all_of(task, done), team=team, due_on=TODAY, by=world.officer) == 1
    task.refresh_from_db()
    assert (task.goer, task.due_on, task.organisation) == (team.name, TODAY, world.committee)
    assign_tasks(tasks=all_of(task), instructor_name="王指导", by=world.officer)
    task.refresh_from_db()
    assert (task.goer, task.team) == ("王指导", None)
    with pytest.raises(ValidationError, match="至少填写"):
        assign_tasks(tasks=all_of(task), by=world.officer)
    with pytest.raises(ValidationError, match="原因"):
        drop_tasks(tasks=all_of(task), reason=" ", by=world.officer)

    drop_tasks(tasks=all_of(task), reason="企业已搬离", by=world.officer)

    task.refresh_from_db()
    assert (task.state, task.dropped_reason, task.closed_by) == (S.DROPPED, "企业已搬离", world.officer)
    with pytest.raises(ValidationError, match="没有待走访的任务"):
        drop_tasks(tasks=all_of(task), reason="再撤", by=world.officer)


# --- Teams -----------------------------------------------------------------------------------------


def a_team(world, people="钱干事，综合党委\n孙税官，税务局", team=None, **values):
    stored = {"organisation": world.committee, "name": "集成电路链服务队", "founded_on": TODAY - DAY}
    stored |= dict.fromkeys(PLACES) | values
    seen = team and team.updated_at
    return save_team(values=stored, people=read_people(people), by=world.officer, team=team, seen_at=seen)


def test_a_team_keeps_who_left(world):
    team = a_team(world)

    a_team(world, "孙税官，税务局\n李律师，律所", team=team, area=world.area)

    people = [(one.name, one.leads) for one in team.members.filter(until__isnull=True)]
    assert people == [("孙税官", True), ("李律师", False)]
    assert set(team.members.filter(until=TODAY).values_list("name", "leads")) == {
        ("钱干事", True),
        ("孙税官", False),
    }
    assert VisitTeam.objects.for_list().get().place == world.area
    with pytest.raises(ValidationError, match="只选一项"):
        a_team(world, name="别的队", area=world.area, park=world.park)
    with pytest.raises(ValidationError, match="同名"):
        a_team(world)


def test_lines_of_people_are_read_with_their_faults():
    assert read_people("\n钱干事，综合党委\n孙税官\n") == [
        Person("钱干事", "综合党委", True),
        Person("孙税官"),
    ]
    for text in ("，税务局", "钱" * 51, "钱干事\n钱干事"):
        with pytest.raises(ValidationError, match=r"第[12]行"):
            read_people(text)


def test_a_disbanded_team_leaves_its_tasks_to_the_organisation(world):
    team = a_team(world)
    task = send(world, team=team)
    visit = go(world, send(world, kind=VisitKind.POLICY), team=team, kind=VisitKind.POLICY)

    disband_team(team=team, disbanded_on=TODAY, reason="任务完成", by=world.officer)

    task.refresh_from_db(), visit.refresh_from_db()
    assert (task.team, visit.team) == (None, team)
    for again in (
        lambda: send(world, world.far, team=VisitTeam.objects.get()),
        lambda: a_team(world, team=VisitTeam.objects.get()),
    ):
        with pytest.raises(ValidationError, match="解散"):
            again()
    with pytest.raises(TypeError):
        team.delete()


# --- Whose tasks, and what they are told -----------------------------------------------------------


def test_my_visits_are_those_of_my_organisation_team_and_name(world):
    mine = send(world)
    send(world, world.far, organisation=world.top)
    by_team = send(world, kind=VisitKind.POLICY, organisation=world.top, team=a_team(world))
    by_name = send(world, kind=VisitKind.CULTURE, organisation=world.top, instructor_name="钱干事")

    found = VisitTask.objects.visible_to(world.officer).of_person(world.officer)

    assert {task.pk for task in found} == {mine.pk, by_team.pk, by_name.pk}
    assert not VisitTask.objects.of_person(world.leader).exists()


def test_each_due_day_is_told_once_and_once_when_it_is_over(world):
    send(world, due_on=TODAY + 7 * DAY)
    send(world, kind=VisitKind.POLICY, due_on=TODAY + 8 * DAY)

    send(world, world.far, due_on=TODAY + 9 * DAY, organisation=make_organisation(world.committee))

    assert watch_visits()["reminded"] == 1
    assert visit_notices.remind() == 0
    assert visit_notices.remind(TODAY + DAY) == 1
    assert visit_notices.remind(TODAY + 8 * DAY) == 2
    assert [(n.user, n.title) for n in Notice.objects.order_by("pk")] == [
        (world.officer, "走访任务1项即将到期"),
        (world.officer, "走访任务1项即将到期"),
        *[(world.officer, words) for words in ("走访任务1项即将到期", "走访任务1项已超期")],
    ]


def test_the_home_page_names_what_falls_due_and_opens_it(world, client_for):
    send(world, due_on=TODAY + 7 * DAY)
    send(world, world.far, due_on=TODAY)
    VisitTask.objects.filter(enterprise=world.enterprise).update(due_on=TODAY - DAY)
    client = client_for(world.chief)

    (to_do,) = (one for one in client.get("/").context["to_dos"] if "走访" in one.title)

    assert (to_do.title, to_do.days) == ("待走访企业 2 家", -1)
    assert "其中 1 家已超期" in to_do.reason
    assert client.get(to_do.url).context["totals"] == {"count": 2, "open": 2, "late": 1}


# --- Pages -----------------------------------------------------------------------------------------


def test_a_visit_from_the_phone(world, client_for):
    task = send(world)
    client = client_for(world.officer)
    own = client.get(reverse("orgs:own-visits"))
    assert world.enterprise.name in own.content.decode()
    page = client.get(reverse("orgs:visit-task", args=[task.pk]))
    form = {name: page.context["form"][name].value() for name in ("kind", "visited_on", "visitor_name")}

    response = client.post(
        reverse("orgs:visit-task", args=[task.pk]),
        form | {"gist": "正常经营", "needs": "对接银行"},
        follow=True,
    )

    visit = Visit.objects.get()
    assert (visit.visitor_name, visit.recorded_by) == ("钱干事", world.officer)
    content = response.content.decode()
    assert "诉求转为订单" in content
    assert "对接银行" in content
    order = client.get(f"{reverse('linkages:order-new')}?visit={visit.pk}").content.decode()
    need = client.get(f"{reverse('linkages:need-new')}?visit={visit.pk}").content.decode()
    assert all("对接银行" in text and world.enterprise.name in text for text in (order, need))


def test_a_team_is_formed_and_disbanded_on_pages(world, client_for):
    client = client_for(world.officer)
    form = {
        "organisation": world.committee.name,
        "name": "片区服务队",
        "founded_on": str(TODAY),
        "people": "钱干事",
    }
    new = reverse("orgs:visit-team-new")

    refused = client.post(new, form | {"people": ""})
    client.post(new, form | {"area": world.area.pk})

    assert refused.context["form"].errors["people"] == ["请至少填写队长。"]
    team = VisitTeam.objects.get()
    assert team.area == world.area
    edit = reverse("orgs:visit-team-edit", args=[team.pk])
    seen = client.get(edit).context["form"]["seen_at"].value()
    client.post(edit, form | {"people": "钱干事，党委\n孙税官，税务局", "seen_at": seen})
    stale = client.post(edit, form | {"seen_at": seen})
    assert "已被他人修改" in stale.content.decode()
    assert team.members.filter(until=None).count() == 2
    client.post(
        reverse("orgs:visit-team-disband", args=[team.pk]), {"disbanded_on": str(TODAY), "reason": "任务完成"}
    )
    assert "任务完成" in client.get(edit).content.decode()


def test_words_of_a_foreign_visit_stay_where_they_are(world, client_for):
    visit = Visit.objects.create(
        enterprise=world.far, visited_on=TODAY, visitor_name="李四", needs="秘密诉求"
    )

    page = client_for(world.officer).get(f"{reverse('linkages:order-new')}?visit={visit.pk}")

    assert "秘密诉求" not in page.content.decode()


def test_the_plan_sends_somebody_to_the_whole_filter(world, client_for):
    other = make_enterprise(park=world.park)
    Visit.objects.create(enterprise=other, visited_on=TODAY - 89 * DAY, visitor_name="钱干事")
    client = client_for(world.officer)
    page = client.get(reverse("orgs:visit-plan"))
    assert page.context["count"] == 1
    form = {"query": page.context["query"], "kind": "policy", "reason": "periodic", "due_on": str(TODAY)}

    stale = client.post(reverse("orgs:visit-plan"), form | {"expected": "7"})
    assert "请核对后再提交" in stale.content.decode()
    assert not VisitTask.objects.exists()
    client.post(reverse("orgs:visit-plan"), form | {"expected": "1"})

    task = VisitTask.objects.get()
    assert (task.enterprise, task.kind, task.reason) == (
        world.enterprise,
        VisitKind.POLICY,
        VisitReason.PERIODIC,
    )


def test_many_tasks_are_dropped_or_reassigned_from_the_list(world, client_for):
    ours = send(world)
    theirs = send(world, world.far)
    client = client_for(world.officer)
    address = reverse("orgs:visit-task-act")

    client.post(address, {"task": [ours.pk, theirs.pk], "act": "assign", "instructor_name": "王指导"})
    client.post(address, {"scope": "all", "query": "state=open", "act": "drop", "reason": "重复"})

    ours.refresh_from_db(), theirs.refresh_from_db()
    assert (ours.instructor_name, ours.state) == ("王指导", S.DROPPED)
    assert (theirs.instructor_name, theirs.state) == ("", S.OPEN)


def test_shares_open_the_rows_that_they_count(world, client_for):
    go(world)
    make_enterprise(park=world.park)
    make_enterprise(park=world.park, status=EnterpriseStatus.DEREGISTERED)
    client = client_for(world.officer)

    for by, key in (("area", world.area.pk), ("park", world.park.pk), ("cluster", "none")):
        page = client.get(reverse("orgs:visit-figures"), {"by": by})
        (share,) = page.context["shares"]
        assert (share.rate.numerator, share.rate.denominator) == (1, 2)
        period = {
            "visited_from": page.context["first"],
            "visited_to": page.context["last"],
            "active": "1",
            by: key,
        }
        for visited, count in (("1", 1), ("0", 1)):
            rows = client.get(reverse("orgs:enterprise-list"), period | {"visited": visited})
            assert rows.context["counts"]["total"] == count


@pytest.mark.parametrize(("days_ago", "found"), [(0, 0), (29, 0), (30, 1), (None, 1)])
def test_not_visited_for_thirty_days(world, client_for, days_ago, found):
    if days_ago is not None:
        go(world, visited_on=TODAY - days_ago * DAY)

    page = client_for(world.officer).get(reverse("orgs:enterprise-list"), {"unvisited_days": 30})

    assert page.context["counts"]["total"] == found


@pytest.mark.parametrize(
    "name", ["visit-task-list", "visit-list", "own-visits", "visit-team-list", "visit-plan"]
)
def test_lists_do_not_ask_for_each_row(world, client_for, name, django_assert_max_num_queries):
    client = client_for(world.officer)
    go(world, gist="一", kind=VisitKind.POLICY)
    send(world, team=a_team(world))

    def asked():
        with django_assert_max_num_queries(30) as queries:
            assert client.get(reverse(f"orgs:{name}")).status_code == 200
        return len(queries)

    asked()  # the first request of a session notes the device
    before = asked()
    for number in range(2):
        new = make_enterprise(park=world.park)
        go(world, enterprise=new, kind=VisitKind.POLICY)
        send(world, new, team=a_team(world, name=f"第{number}队"))

    assert asked() == before


@pytest.mark.parametrize("name", ["visit-task-export", "visit-export", "visit-team-export"])
def test_exports_hold_the_rows(world, client_for, name):
    send(world, team=a_team(world, area=world.area))
    go(world, kind=VisitKind.POLICY)
    send(world, world.far)
    client = client_for(world.officer)

    response = client.post(reverse(f"orgs:{name}"), {"file_format": "csv", "purpose": "月度核对"})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert len(text.splitlines()) == 3
    assert world.far.name not in text


@pytest.mark.django_db(transaction=True)
def test_of_two_recorders_one_does_the_task(world):
    task, faults = send(world), []

    def record(name):
        try:
            go(world, task, visitor_name=name)
        except ValidationError as error:
            faults.append(error.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=record, args=[name]) for name in ("甲", "乙")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(faults) == 1
    assert VisitTask.objects.get().visit == Visit.objects.get()


# --- Over the interface ----------------------------------------------------------------------------


def test_the_interface_sends_assigns_and_records(world, client_for):
    team = a_team(world)
    client = client_for(world.officer)

    def post(path, data, status):
        response = client.post(f"/api/{path}", data, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    errand = {"due_on": str(TODAY), "kind": "policy", "team": team.pk}
    task = post(f"enterprises/{world.enterprise.pk}/visit-task/", errand, 201)
    assert (task["organisation"]["code"], task["team"]["name"]) == (world.committee.code, team.name)
    post(f"enterprises/{world.enterprise.pk}/visit-task/", errand, 400)
    post(f"visit-tasks/{task['id']}/assign/", {}, 400)
    assert post(f"visit-tasks/{task['id']}/assign/", {"instructor_name": "王指导"}, 200)["team"] is None
    visit = post(f"visit-tasks/{task['id']}/complete/", {"kind": "policy", "visitor_name": "王指导"}, 201)
    post(f"visit-tasks/{task['id']}/drop/", {"reason": "已办"}, 400)

    (shown,) = client.get("/api/visit-tasks/", {"state": "done"}).json()["results"]
    assert shown["visit"] == visit["id"]
    (team_shown,) = client.get("/api/visit-teams/").json()["results"]
    assert [(one["name"], one["leads"]) for one in team_shown["people"]] == [
        ("钱干事", True),
        ("孙税官", False),
    ]
