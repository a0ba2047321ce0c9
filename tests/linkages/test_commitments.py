"""Responsibility lists: the whole way, days at their edges, who confirms, who leads nothing, copying, two at once, walks."""

import datetime as dt
import random
import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages import todos
from linkages.actions import commitments as actions
from linkages.commitments import notices, transitions
from linkages.models import Commitment, CommitmentAct, CommitmentEntry, CommitmentState, units_without
from linkages.models.commitments import judged_by, late, led_by, near
from orgs.kinds import OrganisationKind
from orgs.models import Notice, Organisation, User
from tests import builders

pytestmark = pytest.mark.django_db
State, Act = CommitmentState, CommitmentAct
TODAY = timezone.localdate


def days(number):
    return TODAY() + dt.timedelta(days=number)


def fresh(user):
    return User.objects.get(pk=user.pk)


def again(commitment):
    return Commitment.objects.select_related("organisation").get(pk=commitment.pk)


def due(commitment, number):
    Commitment.objects.filter(pk=commitment.pk).update(due_on=days(number))


@pytest.fixture
def place():
    top = builders.make_organisation()
    area = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE)
    branch = builders.make_organisation(area)
    return SimpleNamespace(
        top=top,
        area=area,
        branch=branch,
        secretary=builders.make_user("secretary", branch),
        officer=builders.make_user("officer", area),
        leader=builders.make_user("leader", area),
        above=builders.make_user("officer", top),
        stranger=builders.make_user("officer", builders.make_organisation(top)),
    )


def take(commitment, act, by, **values):
    return actions.ACTIONS[act](commitment=commitment, by=by, **values)


# --- The whole way ---------------------------------------------------------------------------------------


def test_the_whole_way(place):
    found = builders.make_commitment(place.branch)
    take(found, Act.NOTE, place.secretary, note="已走访十家")
    with pytest.raises(ValidationError, match="先上传佐证材料"):
        take(found, Act.REPORT, place.secretary, report="办成十件")
    file = actions.add_file(
        commitment=found, upload=ContentFile(builders.png("佐证"), "佐证.png"), by=place.secretary
    )
    take(found, Act.REPORT, place.secretary, report="办成十件")
    with pytest.raises(ValidationError, match="不能再改"):
        actions.withdraw_file(file=file, reason="传错", by=place.secretary)
    take(found, Act.SEND_BACK, place.officer, reason="缺照片")
    assert (again(found).state, again(found).report) == (State.OPEN, "")
    take(found, Act.REPORT, place.secretary, report="办成十件，照片已补")
    take(found, Act.CONFIRM, place.officer)
    assert (again(found).state, again(found).confirmed_on) == (State.DONE, TODAY())
    with pytest.raises(ValidationError, match="刚办理了“确认完成”"):
        take(found, Act.WITHDRAW, place.secretary, reason="不做了")
    take(found, Act.REOPEN, place.officer, reason="核实有误")
    take(found, Act.WITHDRAW, place.secretary, reason="合并到其他项目")
    stored = again(found)
    assert (stored.state, stored.withdrawn_reason) == (State.WITHDRAWN, "合并到其他项目")
    assert list(stored.entries.values_list("act", flat=True)) == [
        "add", "note", "report", "send_back", "report", "confirm", "reopen", "withdraw",
    ]  # fmt: skip
    with pytest.raises(TypeError):
        CommitmentEntry.objects.update(note="")
    with pytest.raises(TypeError):
        stored.delete()


def test_who_confirms_stands_above(place):
    ours, own = builders.make_commitment(place.branch), builders.make_commitment(place.top)

    def judges(user, commitment):
        return transitions.may_take(fresh(user), commitment, Act.CONFIRM)

    people = (place.secretary, place.officer, place.above, place.leader, place.stranger)
    assert [judges(user, ours) for user in people] == [False, True, True, False, False]
    assert judges(place.above, own)  # nobody stands above the top
    for user in people:
        listed = set(Commitment.objects.filter(judged_by(fresh(user))))
        may = {row for row in (ours, own) if judges(user, row)}
        assert listed >= may
        if user != place.leader:
            assert listed == may
    assert list(Commitment.objects.filter(led_by(fresh(place.officer)))) == []
    assert list(Commitment.objects.filter(led_by(fresh(place.secretary)))) == [ours]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"due_on": days(-1)}, "不能早于今天"),
        ({"aim": "请拨19900001234"}, "不要填写手机号码"),
        ({"title": " "}, "不能为空|此字段"),
        ({"year": 2998}, "须在2998年"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(place, values, words):
    with pytest.raises(ValidationError, match=words):
        builders.make_commitment(place.branch, **values)


def test_a_unit_names_a_project_once_a_year_and_groups_lead_none(place):
    found = builders.make_commitment(place.branch, title="暑托班")
    with pytest.raises(ValidationError, match="同名的领办项目"):
        builders.make_commitment(place.branch, title="暑托班")
    take(found, Act.WITHDRAW, place.secretary, reason="登记错误")
    builders.make_commitment(place.branch, title="暑托班")
    group = builders.make_organisation(place.branch, OrganisationKind.PARTY_GROUP)
    with pytest.raises(ValidationError, match="不单独领办"):
        builders.make_commitment(group)


def test_a_stale_form_is_refused_and_an_overdue_one_can_still_be_corrected(place):
    found = builders.make_commitment(place.branch)
    due(found, -3)
    found = again(found)
    values = {name: getattr(found, name) for name in actions.FIELDS}
    given = {"commitment": found, "by": place.secretary, "seen_at": found.updated_at}
    actions.change_commitment(values=values | {"aim": "新的目标"}, **given)
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_commitment(values=values, **given)
    given["seen_at"] = again(found).updated_at
    with pytest.raises(ValidationError, match="不能早于今天"):
        actions.change_commitment(values=values | {"due_on": days(-2)}, **given)
    actions.change_commitment(values=values | {"due_on": days(9)}, **given)
    assert found.entries.last().note == f"完成期限由{days(-3)}改为{days(9)}"


# --- Days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "is_late", "is_near"),
    [(-1, True, False), (0, False, True), (14, False, True), (15, False, False)],
)
def test_late_and_near_at_their_edges(place, number, is_late, is_near):
    found = builders.make_commitment(place.branch)
    due(found, number)

    assert Commitment.objects.filter(late(TODAY())).exists() is is_late
    assert Commitment.objects.filter(near(TODAY())).exists() is is_near
    asked = [row.title for row in todos.to_dos(fresh(place.secretary), TODAY())]
    title = {(True, False): "领办项目已逾期", (False, True): "领办项目将到期"}.get((is_late, is_near))
    assert asked == ([f"{title}：{found.title}"] if title else [])
    above = [row.title for row in todos.to_dos(fresh(place.officer), TODAY())]
    assert above == (["下级单位 1 个领办项目已逾期"] if is_late else [])


def test_the_body_above_is_asked_to_confirm_in_one_query_with_all_the_rest(place):
    found = builders.make_commitment(place.branch, evidence=True)
    take(found, Act.REPORT, place.secretary, report="办成十件")
    for _ in range(8):
        due(builders.make_commitment(place.branch), -5)
    user = fresh(place.officer)
    assert [row.title for row in todos.commitment_todos.commitments(user, TODAY())] == [
        f"领办项目待确认：{found.title}", "下级单位 8 个领办项目已逾期",
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        lines = list(todos.commitment_todos.commitments(fresh(place.secretary), TODAY()))
    assert lines[-1].title == "另有 3 个领办项目已逾期"
    assert len(queries) == 3  # the account, its appointments, the question


def test_each_side_is_told_once(place):
    found = builders.make_commitment(place.branch, evidence=True)
    take(found, Act.REPORT, place.secretary, report="办成十件")
    take(found, Act.SEND_BACK, place.officer, reason="缺照片")
    assert (notices.tell_recent(), notices.tell_recent()) == (2, 0)
    told = set(Notice.objects.values_list("user", "title"))
    assert told == {
        (place.officer.pk, f"领办项目待确认：{found.title}"),
        (place.secretary.pk, f"领办项目被退回，请补充：{found.title}"),
    }


# --- Who leads nothing, and the year before --------------------------------------------------------------


def test_units_without_a_project_of_the_year(place, client_for):
    other = builders.make_organisation(place.area)
    builders.make_organisation(place.area, dissolved_on=TODAY())
    builders.make_organisation(place.area, OrganisationKind.FUNCTIONAL_ORG)
    builders.make_commitment(place.branch)
    withdrawn = builders.make_commitment(other)
    take(withdrawn, Act.WITHDRAW, place.officer, reason="登记错误")
    below = Organisation.objects.within(place.area)

    assert set(units_without(below, TODAY().year)) == {place.area, other}
    assert set(units_without(below, TODAY().year + 1)) == {place.area, other, place.branch}
    response = client_for(place.officer).get(reverse("linkages:commitment-missing-list"))
    assert (set(response.context["page"]), response.context["units"]) == ({place.area, other}, 3)
    answers = {"file_format": "csv", "purpose": "月度核对"}
    export = client_for(place.officer).post(reverse("linkages:commitment-missing-export"), answers)
    assert other.code in b"".join(export.streaming_content).decode()


def test_the_year_before_goes_on_once(place, client_for):
    year = TODAY().year
    found = builders.make_commitment(place.branch, aim="办成实事十件")
    Commitment.objects.filter(pk=found.pk).update(year=year - 1, due_on=dt.date(year - 1, 2, 28))
    browser, url = client_for(place.secretary), reverse("linkages:commitment-copy")
    assert "办" in browser.get(url).text
    response = browser.post(url, {"year": year, "commitments": [found.pk]})
    assert response.url.endswith(f"?year={year}")
    copy = Commitment.objects.get(year=year)
    assert (copy.copied_from, copy.aim, copy.state) == (found, "办成实事十件", State.OPEN)
    assert copy.due_on == max(dt.date(year, 2, 28), TODAY())
    assert browser.get(url).context["form"].is_empty
    with pytest.raises(ValidationError, match="同名"):
        actions.copy_commitments(commitments=[again(found)], year=year, by=place.secretary)


# --- Two at once, and whatever people try ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_confirming_and_withdrawing_at_once(place):
    found = builders.make_commitment(place.branch, evidence=True)
    take(found, Act.REPORT, place.secretary, report="办成十件")
    outcomes, gate = {}, threading.Barrier(2)

    def run(act, by, **values):
        try:
            gate.wait()
            take(found, act, by, **values)
            outcomes[act] = "taken"
        except ValidationError as error:
            outcomes[act] = "".join(error.messages)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(Act.CONFIRM, place.officer)),
        threading.Thread(target=run, args=(Act.WITHDRAW, place.secretary), kwargs={"reason": "不做了"}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (refused,) = [words for words in outcomes.values() if words != "taken"]
    assert "刚办理了" in refused
    stored = again(found)
    assert stored.state == (State.DONE if outcomes[Act.CONFIRM] == "taken" else State.WITHDRAWN)
    assert stored.entries.count() == 3


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_try_only_lawful_steps_are_taken(place, seed, client_for):
    rng = random.Random(seed)  # noqa: S311
    found = builders.make_commitment(place.branch, evidence=True)
    people = [place.secretary, place.officer, place.above, place.leader, place.stranger]
    words = {"report": "办成", "note": "进展", "reason": "原因", "words": ""}
    for _ in range(25):
        user, act = fresh(rng.choice(people)), rng.choice(list(actions.ACTIONS))
        before, entries = again(found), found.entries.count()
        lawful = act in transitions.acts_open_to(user, before)
        values = {name: words[name] for name in transitions.RULES[act].asks}
        client_for(user).post(reverse(f"linkages:commitment-{act}", args=[found.pk]), values)
        after = again(found)
        if lawful:
            assert after.state == (transitions.RULES[act].target or before.state)
        else:
            assert after.state == before.state
        assert found.entries.count() == entries + lawful


# --- Pages, files and the interface ----------------------------------------------------------------------


def test_every_count_opens_its_rows(place, client_for):
    reported = builders.make_commitment(place.branch, evidence=True)
    take(reported, Act.REPORT, place.secretary, report="办成十件")
    due(builders.make_commitment(place.branch), -1)
    due(builders.make_commitment(place.area), 14)
    browser, url = client_for(place.officer), reverse("linkages:commitment-list")
    context = browser.get(url).context
    for label, count, query, _ in context["states"]:
        assert len(browser.get(f"{url}?{query}").context["page"]) == count, label
    assert context["totals"] == {"count": 3, "done": 0, "late": 1, "share": 0}
    assert len(browser.get(url, {"year": ""}).context["page"]) == 3
    assert len(browser.get(url, {"year": "2000"}).context["page"]) == 0
    assert list(browser.get(url, {"mine": "judged"}).context["page"]) != []


@pytest.mark.parametrize("name", ["commitment-list", "commitment-missing-list", "commitment-copy"])
def test_queries_of_a_page_do_not_grow_with_its_rows(place, client_for, name):
    browser, url = client_for(place.officer), reverse(f"linkages:{name}")

    def more():
        builders.make_commitment(builders.make_organisation(place.area))
        found = builders.make_commitment(builders.make_organisation(place.area))
        Commitment.objects.filter(pk=found.pk).update(year=TODAY().year - 1)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    more()
    cost()
    first = cost()
    more()
    more()
    assert cost() == first
    assert first <= 22


def test_the_pages_enter_change_and_report(place, client_for):
    browser = client_for(place.secretary)
    values = {
        "organisation": place.branch.pk, "year": TODAY().year, "title": "暑托班", "leader_name": "周明远",
        "aim": "收托六十人", "due_on": days(30),
    }  # fmt: skip
    response = browser.post(reverse("linkages:commitment-new"), values)
    found = Commitment.objects.get()
    assert response.url == reverse("linkages:commitment", args=[found.pk])
    edit = reverse("linkages:commitment-edit", args=[found.pk])
    seen = browser.get(edit).context["form"].initial["seen_at"]
    assert browser.post(edit, values | {"aim": "收托七十人", "seen_at": seen}).status_code == 302
    upload = ContentFile(builders.png("佐证"), "照片.png")
    browser.post(reverse("linkages:commitment-file-add", args=[found.pk]), {"files": [upload]})
    browser.post(reverse("linkages:commitment-report", args=[found.pk]), {"report": "收托七十二人"})
    assert again(found).state == State.REPORTED
    file = reverse("linkages:commitment-file", args=[found.pk, found.files.get().public_id])
    assert client_for(place.leader).get(file).status_code == 200
    assert client_for(place.stranger).get(file).status_code == 404
    answers = {"file_format": "csv", "purpose": "月度核对"}
    export = client_for(place.officer).post(reverse("linkages:commitment-export"), answers)
    assert "收托七十二人" in b"".join(export.streaming_content).decode()


def test_the_interface_does_what_the_pages_do(place, client_for):
    browser = client_for(place.secretary)
    body = {
        "organisation": place.branch.code, "year": TODAY().year, "title": "暑托班", "leader_name": "周明远",
        "aim": "收托六十人", "due_on": str(days(30)),
    }  # fmt: skip
    created = browser.post(reverse("api:commitment-list"), body, "application/json")
    assert created.status_code == 201, created.content
    pk = created.json()["id"]
    assert created.json()["acts"] == ["report", "note", "change", "withdraw"]
    report = reverse("api:commitment-take", args=[pk, "report"])
    assert browser.post(report, {"report": "完成"}, "application/json").status_code == 400
    confirm = reverse("api:commitment-take", args=[pk, "confirm"])
    assert browser.post(confirm, {}, "application/json").status_code == 403
    upload = ContentFile(builders.png("佐证"), "佐证.png")
    actions.add_file(commitment=Commitment.objects.get(), upload=upload, by=place.secretary)
    assert browser.post(report, {"report": "完成"}, "application/json").json()["state"] == "reported"
    done = client_for(place.officer).post(confirm, {"words": "属实"}, "application/json").json()
    assert (done["state"], done["entries"][-1]["note"]) == ("done", "属实")
    rows = browser.get(reverse("api:commitment-list"), {"state": "done"}).json()["results"]
    assert [row["id"] for row in rows] == [pk]
