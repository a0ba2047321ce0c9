"""Policies to enterprises: whom they reach, who reads and answers what, later matches, two at once, pages and figures."""

import datetime as dt
import threading
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages import tasks, todos
from linkages.actions import policies as actions
from linkages.models import Policy, PolicyDelivery
from linkages.policies import figures, notices
from linkages.policies.target import Target, matching
from orgs.kinds import Jurisdiction, OrganisationKind
from orgs.models import AuditEvent, Chain, Enterprise, Notice, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def days(number):
    return TODAY() + dt.timedelta(days=number)


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def place():
    """A top with an area committee; an enterprise with a contact in the area, another one elsewhere."""

    top = builders.make_organisation()
    park, elsewhere = builders.make_park(), builders.make_park()
    area = builders.make_organisation(top, OrganisationKind.AREA_COMMITTEE, area=park.area)
    ours = builders.make_enterprise(park=park, employees=80, is_high_tech=True)
    return SimpleNamespace(
        top=top,
        park=park,
        elsewhere=elsewhere,
        area=area,
        ours=ours,
        theirs=builders.make_enterprise(park=elsewhere, employees=30),
        officer=builders.make_user("officer", area),
        contact=builders.make_user("contact", area, enterprise=ours),
        above=builders.make_user("officer", top),
    )


def reached(policy):
    return set(policy.deliveries.values_list("enterprise", flat=True))


def delivery_of(policy, enterprise):
    return PolicyDelivery.objects.get(policy=policy, enterprise=enterprise)


# --- Whom it reaches -------------------------------------------------------------------------------------


def test_publishing_reaches_those_in_operation_that_the_home_answers_for(place):
    gone = builders.make_enterprise(park=place.park, status="deregistered")
    builders.make_enterprise(park=place.park, is_dormant=True)

    of_area, of_top = builders.make_policy(place.area), builders.make_policy(place.top)
    liquidated = builders.make_policy(place.area, status="deregistered")

    assert reached(of_area) == {place.ours.pk}
    assert reached(of_top) == {place.ours.pk, place.theirs.pk}
    assert reached(liquidated) == {gone.pk}
    assert [entry.reached for entry in of_top.entries.all()] == [None, 2]


def test_each_demand_of_the_target_counts(place):
    cluster, chain = builders.make_cluster(), Chain.objects.create(name="测试链")
    inner = builders.make_park(parent=place.park)
    row = builders.make_enterprise(park=inner, cluster=cluster, chain=chain, employees=50, is_key=True)

    def found(**demands):
        return set(matching(place.top, Target(**demands)).values_list("pk", flat=True))

    assert found(parks=(place.park,)) == {place.ours.pk, row.pk}
    assert found(parks=(inner,)) == {row.pk}
    assert found(areas=(place.park.area, place.elsewhere.area)) == {place.ours.pk, place.theirs.pk, row.pk}
    assert found(clusters=(cluster,)) == found(chains=(chain,)) == found(is_key=True) == {row.pk}
    assert found(is_high_tech=True) == {place.ours.pk}
    assert found(min_employees=50, max_employees=79) == {row.pk}
    assert found(min_employees=50, max_employees=80) == {row.pk, place.ours.pk}
    assert found(is_key=False, areas=(place.park.area,)) == {place.ours.pk}


def test_publishing_costs_the_same_whatever_it_reaches(place):
    def cost():
        policy = builders.make_policy(place.top, publish=False)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            actions.publish_policy(policy=policy, by=place.above)
        return len([one for one in queries if "policydelivery" in one["sql"]]), len(queries)

    first = cost()
    for _ in range(5):
        builders.make_enterprise(park=place.park)
    assert cost() == first
    assert first[0] == 1


def test_later_matches_follow_while_it_is_open_and_nobody_twice(place):
    policy = builders.make_policy(place.area, is_high_tech=True)
    late = builders.make_enterprise(park=place.park, is_high_tech=False)
    assert actions.reach_later()["reached"] == 0

    Enterprise.objects.filter(pk=late.pk).update(is_high_tech=True)
    Enterprise.objects.filter(pk=place.ours.pk).update(is_high_tech=False)
    assert tasks.watch_policies()["reached"] == 1
    assert tasks.watch_policies()["reached"] == 0

    assert reached(policy) == {place.ours.pk, late.pk}
    assert policy.entries.last().get_act_display() == "补充推送"


@pytest.mark.parametrize(("apply_by", "reaches"), [(0, True), (-1, False)])
def test_the_last_day_still_counts(place, apply_by, reaches):
    policy = builders.make_policy(place.area)
    Policy.objects.filter(pk=policy.pk).update(apply_by=days(apply_by))
    builders.make_enterprise(park=place.park)

    assert (actions.reach_later()["reached"] == 1) is reaches
    assert Policy.objects.get(pk=policy.pk).is_open is reaches


def test_ended_policies_reach_nobody_and_a_prolonged_one_does_again(place):
    policy = builders.make_policy(place.area, apply_by=days(3))
    actions.close_policy(policy=policy, reason="名额已满", by=place.officer)
    builders.make_enterprise(park=place.park)
    assert actions.reach_later()["reached"] == 0

    with pytest.raises(ValidationError, match="须晚于"):
        actions.prolong_policy(policy=policy, apply_by=days(3), by=place.officer)
    actions.prolong_policy(policy=policy, apply_by=days(4), by=place.officer)
    assert actions.reach_later()["reached"] == 1

    actions.withdraw_policy(policy=policy, reason="文件废止", by=place.officer)
    with pytest.raises(ValidationError, match="刚办理了“撤回”"):
        actions.close_policy(policy=policy, reason="名额已满", by=place.officer)


# --- What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"apply_by": days(-1)}, "不能早于今天"),
        ({"applies_from": days(1), "applies_until": days(0), "apply_by": None}, "执行期止不能早于"),
        ({"applies_until": days(10), "apply_by": days(11)}, "不能晚于执行期止"),
        ({"min_employees": 10, "max_employees": 9}, "上限不能小于下限"),
        ({"gist": "联系19900001234"}, "不要填写手机号码"),
        ({"link": "http://example.org/"}, "https://"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(place, values, words):
    with pytest.raises(ValidationError, match=words):
        builders.make_policy(place.area, **values)


def test_a_stale_form_is_refused_and_what_is_published_stays(place):
    policy = builders.make_policy(place.area, publish=False)
    values = {name: getattr(policy, name) for name in actions.FIELDS} | {
        name: [] for name in ("areas", "parks", "clusters", "chains")
    }
    seen = policy.updated_at
    actions.change_policy(policy=policy, values=values | {"title": "新名称"}, by=place.officer, seen_at=seen)
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_policy(policy=policy, values=values, by=place.officer, seen_at=seen)
    actions.publish_policy(policy=policy, by=place.officer)
    with pytest.raises(ValidationError, match="刚办理了“发布”"):
        actions.change_policy(policy=policy, values=values, by=place.officer)
    with pytest.raises(TypeError):
        policy.delete()


# --- Reading and answering -------------------------------------------------------------------------------


def test_three_taps_read_it_and_say_what_the_enterprise_does(place, client_for):
    policy = builders.make_policy(place.area)
    found = delivery_of(policy, place.ours)
    browser = client_for(place.contact)
    page = reverse("linkages:policy-delivery", args=[found.pk])
    assert page in browser.get(reverse("linkages:own-policies")).text

    read = reverse("linkages:policy-delivery-read", args=[found.pk])
    assert f'hx-post="{read}"' in browser.get(page).text
    assert browser.post(read, headers={"HX-Request": "true"}).status_code == 200
    found.refresh_from_db()
    first = found.read_at
    browser.post(read)
    found.refresh_from_db()
    assert (found.read_at, found.read_by) == (first, place.contact)
    assert read not in browser.get(page).text

    browser.post(
        reverse("linkages:policy-delivery-answer", args=[found.pk]), {"answer": "applied", "words": "已提交"}
    )
    found.refresh_from_db()
    assert (found.answer, found.answer_words, found.on_behalf) == ("applied", "已提交", False)
    assert AuditEvent.objects.filter(object_type="policydelivery", object_id=str(found.pk)).count() == 2


def test_staff_answer_on_behalf_but_never_over_the_enterprises_own_word(place):
    found = delivery_of(builders.make_policy(place.area), place.ours)
    actions.answer_policy(delivery=found, answer="not_needed", by=fresh(place.officer))
    found.refresh_from_db()
    assert (found.on_behalf, found.read_at) == (True, None)

    actions.answer_policy(delivery=found, answer="applied", by=fresh(place.contact))
    with pytest.raises(ValidationError, match="企业已自行答复"):
        actions.answer_policy(delivery=found, answer="not_needed", by=fresh(place.officer))
    found.refresh_from_db()
    assert (found.answer, found.on_behalf) == ("applied", False)
    assert found.read_at is not None


def test_results_belong_to_applications(place):
    found = delivery_of(builders.make_policy(place.area), place.ours)
    given = {"delivery": found, "result": "granted", "amount": Decimal(50), "by": fresh(place.officer)}
    with pytest.raises(ValidationError, match="先登记答复"):
        actions.record_result(**given)
    actions.answer_policy(delivery=found, answer="applied", by=fresh(place.contact))
    actions.record_result(**given)
    with pytest.raises(ValidationError, match="已登记申请结果"):
        actions.answer_policy(delivery=found, answer="not_needed", by=fresh(place.contact))
    assert figures.totals(PolicyDelivery.objects.all())["amount"] == 50


def test_of_a_withdrawn_policy_nothing_more_is_said(place):
    policy = builders.make_policy(place.area)
    actions.withdraw_policy(policy=policy, reason="文件废止", by=place.officer)
    with pytest.raises(ValidationError, match="不能再答复"):
        actions.answer_policy(
            delivery=delivery_of(policy, place.ours), answer="applied", by=fresh(place.contact)
        )


# --- Who sees what ---------------------------------------------------------------------------------------


def test_contacts_see_their_own_row_and_nobody_elses(place, client_for):
    policy = builders.make_policy(place.top)
    stranger = builders.make_user("contact", place.top, enterprise=place.theirs)
    draft = builders.make_policy(place.area, publish=False)
    for user, enterprise in ((place.contact, place.ours), (stranger, place.theirs)):
        browser, own = client_for(user), delivery_of(policy, enterprise)
        rows = list(PolicyDelivery.objects.visible_to(fresh(user)))
        assert rows == [own]
        response = browser.get(reverse("linkages:policy", args=[policy.pk]))
        assert response.url == reverse("linkages:policy-delivery", args=[own.pk])
        assert browser.get(reverse("linkages:policy", args=[draft.pk])).status_code == 404
        assert browser.get(reverse("linkages:policy-list")).status_code == 403
    other = reverse("linkages:policy-delivery", args=[delivery_of(policy, place.theirs).pk])
    assert client_for(place.contact).get(other).status_code == 404


def test_an_area_sees_what_the_top_published_at_its_own_enterprises(place, client_for):
    policy = builders.make_policy(place.top)
    draft = builders.make_policy(place.top, publish=False)
    browser = client_for(place.officer)
    response = browser.get(reverse("linkages:policy-delivery-list", args=[policy.pk]))
    assert [row.enterprise for row in response.context["page"]] == [place.ours]
    assert browser.get(reverse("linkages:policy", args=[draft.pk])).status_code == 404
    close = reverse("linkages:policy-close", args=[policy.pk])
    assert browser.post(close, {"reason": "原因"}).status_code == 403
    # The other way round: what the area brings to its enterprises the top reads, a sibling does not.
    own = builders.make_policy(place.area)
    sibling = builders.make_user("officer", builders.make_organisation(place.top))
    assert Policy.objects.visible_to(fresh(place.above)).filter(pk=own.pk).exists()
    assert not Policy.objects.visible_to(sibling).filter(pk=own.pk).exists()


def test_the_document_is_for_those_whom_the_policy_reaches(place, client_for):
    policy = builders.make_policy(place.area)
    upload = ContentFile(builders.png("政策"), "通知.png")
    file = actions.add_file(policy=policy, upload=upload, by=place.officer)
    url = reverse("linkages:policy-file", args=[policy.pk, file.public_id])
    assert client_for(place.contact).get(url).headers["Content-Disposition"].startswith("attachment")
    stranger = builders.make_user("contact", place.top, enterprise=place.theirs)
    assert client_for(stranger).get(url).status_code == 404
    actions.withdraw_file(file=file, reason="扫描不清", by=place.officer)
    assert client_for(place.contact).get(url).status_code == 403


# --- Telling and reminding -------------------------------------------------------------------------------


def test_contacts_are_told_once_and_reminded_in_the_last_week_while_unread(place):
    policy = builders.make_policy(place.area, apply_by=days(8))
    assert (notices.tell_policy(policy.pk), notices.tell_recent(), notices.remind()) == (1, 0, 0)
    Policy.objects.filter(pk=policy.pk).update(apply_by=days(7))
    assert (notices.remind(), notices.remind()) == (1, 0)
    Policy.objects.filter(pk=policy.pk).update(apply_by=days(6))
    actions.read_policy(delivery=delivery_of(policy, place.ours), by=place.contact)
    assert notices.remind() == 0
    assert set(Notice.objects.values_list("user", flat=True)) == {place.contact.pk}


def test_the_home_page_asks_the_contact_to_read_and_the_keeper_to_ring(place):
    policy = builders.make_policy(place.area, apply_by=days(7))

    def asked(user):
        return [row.title for row in todos.to_dos(fresh(user), TODAY())]

    assert asked(place.contact) == [f"新政策：{policy.title}"]
    assert asked(place.officer) == [f"政策即将截止，1 家企业未读：{policy.title}"]
    actions.answer_policy(delivery=delivery_of(policy, place.ours), answer="applied", by=fresh(place.contact))
    assert asked(place.contact) == asked(place.officer) == []


# --- Two at once -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_periodic_tasks_at_once_reach_nobody_twice(place):
    policy = builders.make_policy(place.area)
    builders.make_enterprise(park=place.park)
    counts, gate = [], threading.Barrier(2)

    def run():
        try:
            gate.wait()
            counts.append(actions.reach_later()["reached"])
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 1]
    assert policy.deliveries.count() == 2


# --- Pages, figures, files and the interface -------------------------------------------------------------


def test_every_figure_opens_its_rows(place, client_for):
    policy = builders.make_policy(place.top)
    found = delivery_of(policy, place.ours)
    actions.read_policy(delivery=found, by=place.contact)
    actions.answer_policy(delivery=found, answer="applied", by=fresh(place.contact))
    browser = client_for(place.above)
    context = browser.get(reverse("linkages:policy", args=[policy.pk])).context
    rows_url = reverse("linkages:policy-delivery-list", args=[policy.pk])
    for state in figures.STATES:
        rows = browser.get(rows_url, {"state": state}).context["page"]
        assert len(rows) == context["totals"][state]
    assert len(context["groups"]) == 2
    for _, name, groups in context["groups"]:
        for group in groups:
            found = browser.get(rows_url, {name: group["key"], "state": "read"}).context
            assert (len(found["page"]), found["filterset"].faults) == (group["read"], [])


@pytest.mark.parametrize("name", ["policy-list", "policy-delivery-list", "policy-matches", "own-policies"])
def test_queries_of_a_page_do_not_grow_with_its_rows(place, client_for, name):
    policy = builders.make_policy(place.area)
    user = place.contact if name == "own-policies" else place.officer
    args = [] if name in ("policy-list", "own-policies") else [policy.pk]
    browser, url = client_for(user), reverse(f"linkages:{name}", args=args)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    cost()
    first = cost()
    for _ in range(2):
        builders.make_enterprise(park=place.park)
        builders.make_policy(place.area)
    actions.reach_later()
    assert cost() == first
    assert first <= 22


def test_a_draft_shows_before_publishing_whom_it_will_reach(place, client_for):
    browser = client_for(place.officer)
    chosen = {"organisation": place.area.pk, "is_high_tech": "1"}
    text = browser.get(reverse("linkages:policy-preview"), chosen).text
    assert "<strong>1</strong>" in text
    assert place.ours.name in text
    assert "推送范围有误" in browser.get(reverse("linkages:policy-preview"), chosen | {"areas": "9999"}).text

    values = chosen | {
        "kind": "funds", "title": "首台套奖励", "issuer": "经信委", "gist": "按售价补贴", "applies_from": TODAY(),
        "apply_by": days(20), "areas": [place.park.area.pk], "link": "",
    }  # fmt: skip
    response = browser.post(reverse("linkages:policy-new"), values)
    policy = Policy.objects.get()
    assert response.url == reverse("linkages:policy", args=[policy.pk])
    assert list(policy.areas.all()) == [place.park.area]
    names = [
        row.name for row in browser.get(reverse("linkages:policy-matches", args=[policy.pk])).context["page"]
    ]
    assert names == [place.ours.name]

    edit = reverse("linkages:policy-edit", args=[policy.pk])
    initial = browser.get(edit).context["form"].initial
    changed = values | {"is_high_tech": "", "areas": [], "seen_at": initial["seen_at"]}
    assert browser.post(edit, changed).status_code == 302
    policy = Policy.objects.get()
    assert (policy.is_high_tech, list(policy.areas.all())) == (None, [])
    assert browser.post(reverse("linkages:policy-publish", args=[policy.pk])).status_code == 302
    assert reached(policy) == {place.ours.pk}


def test_lists_leave_as_files(place, client_for):
    policy = builders.make_policy(place.area)
    browser = client_for(place.officer)
    answers = {"file_format": "csv", "purpose": "月度核对"}
    for url in (
        reverse("linkages:policy-export"),
        reverse("linkages:policy-delivery-export", args=[policy.pk]),
    ):
        text = b"".join(browser.post(url, answers).streaming_content).decode()
        assert policy.title in text
    assert place.ours.name in text


def test_the_interface_does_what_the_pages_do(place, client_for):
    browser = client_for(place.officer)
    body = {
        "organisation": place.area.code, "kind": "red_credit", "title": "红色信贷", "issuer": "银行", "gist": "信用贷款",
        "applies_from": str(TODAY()), "areas": [place.park.area.pk], "min_employees": 80,
    }  # fmt: skip
    created = browser.post(reverse("api:policy-list"), body, "application/json")
    assert created.status_code == 201, created.content
    act = reverse("api:policy-take", args=[created.json()["id"], "publish"])
    published = browser.post(act, {}, "application/json").json()
    assert (published["state"], published["counts"]["delivered"]) == ("open", 1)
    refused = browser.post(act, {}, "application/json")
    assert refused.status_code == 400

    own = client_for(place.contact)
    (row,) = own.get(reverse("api:policy-delivery-list")).json()["results"]
    assert row["policy"]["title"] == "红色信贷"
    read = reverse("api:policy-delivery-read", args=[row["id"]])
    assert own.post(read, {}, "application/json").json()["read_at"]
    assert browser.post(read, {}, "application/json").status_code == 403
    answer = reverse("api:policy-delivery-answer", args=[row["id"]])
    assert own.post(answer, {"answer": "applied"}, "application/json").json()["answer"] == "applied"
    result = reverse("api:policy-delivery-result", args=[row["id"]])
    given = browser.post(result, {"result": "granted", "amount": "12.5"}, "application/json").json()
    assert given["amount"] == "12.50"


def test_a_branch_brings_policies_to_the_enterprises_it_covers(place):
    branch = builders.make_organisation(place.area, jurisdiction=Jurisdiction.NONE)
    assert reached(builders.make_policy(branch)) == set()
    builders.cover(place.theirs, branch)
    assert reached(builders.make_policy(branch)) == {place.theirs.pk}


def test_the_page_of_an_enterprise_says_what_reached_it(place, client_for):
    policy = builders.make_policy(place.area)
    client = client_for(place.above)

    ours, theirs = (
        client.get(reverse("orgs:enterprise", args=[enterprise.pk])).content.decode()
        for enterprise in (place.ours, place.theirs)
    )

    assert policy.title in ours
    assert policy.title not in theirs
