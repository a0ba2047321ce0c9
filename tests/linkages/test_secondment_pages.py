"""Pages, files, exports and the interface of deputies and professors; every figure opens its rows."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from linkages.actions import secondments as actions
from linkages.models import Secondment, SecondmentState
from tests import builders
from tests.linkages.test_secondments import Act, again, days, fresh, take

pytestmark = pytest.mark.django_db
LIST, OUTCOMES = "linkages:secondment-list", "linkages:secondment-outcomes"


@pytest.fixture
def place():
    return builders.make_secondment_place()


def appoint(place, count=1, outcomes=1):
    """Deputies of firms of their own, each with outcomes."""
    found = []
    for _ in range(count):
        one = builders.make_appointment(place.home, None, place.institute)
        for number in range(outcomes):
            take(
                one, Act.OUTCOME, place.secretary, outcome_kind="project", on=days(-number - 1), count=2, what="合作"
            )  # fmt: skip
        found.append(one)
    return found


def test_the_whole_way_on_the_pages(place, client_for):
    home, contact = client_for(fresh(place.secretary)), client_for(fresh(place.contact))
    values = {
        "organisation": place.home.pk, "kind": "deputy", "enterprise": place.firm.name, "partner": "",
        "post": "技术副总", "field": "热管理", "tasks": "解决封装散热", "months": 24,
    }  # fmt: skip
    wrong = home.post(reverse("linkages:secondment-new"), values | {"enterprise": ""})
    assert "请填写需求企业" in wrong.text
    assert home.post(reverse("linkages:secondment-new"), values).status_code == 302
    one = Secondment.objects.get()
    page = reverse("linkages:secondment", args=[one.pk])

    def step(client, act, **data):
        return client.post(reverse(f"linkages:secondment-{act}", args=[one.pk]), data)

    edit = reverse("linkages:secondment-edit", args=[one.pk])
    form = home.get(edit).context["form"]
    changed = {name: form[name].value() for name in ("post", "field", "tasks", "seen_at")} | {"months": 12}
    assert home.post(edit, changed).status_code == 302
    assert "已被他人修改" in home.post(edit, changed).text
    person = {"unit": place.institute.name, "name": "何为", "title": "教授", "field": "热管理"}
    assert step(home, "nominate", **person).status_code == 302
    candidate = one.candidates.get()
    assert step(contact, "select", candidate=candidate.pk, independent="on").status_code == 200
    chosen = {"candidate": candidate.pk, "independent": "on", "contract": "on"}
    assert step(contact, "select", **chosen).status_code == 302
    refused = step(contact, "select", **chosen)
    assert "刚办理了“选定人选”" in refused.text
    assert home.get(edit).status_code == 302
    term = {"on": str(days(-3)), "starts_on": str(days(-3)), "ends_on": str(days(300))}
    assert step(contact, "sign", **term).status_code == 403
    assert step(home, "sign", **term).status_code == 302
    outcome = {"outcome_kind": "problem", "on": str(days(-1)), "count": 1, "what": "散热"}
    assert step(contact, "outcome", **outcome).status_code == 302
    given = {"outcome": one.outcomes.get().pk, "reason": "重复登记"}
    assert step(contact, "undo", **given).status_code == 403
    assert step(home, "undo", **given).status_code == 302
    assert "已撤回：重复登记" in home.get(page).text
    assert step(home, "renew", on=str(days(0)), ends_on=str(days(400))).status_code == 302
    assert step(home, "exit", on=str(days(0)), exit_kind="person", reason="调离").status_code == 302
    stored = again(one)
    assert (stored.state, stored.renewals) == (SecondmentState.ENDED, 1)
    acts = [
        entry["act"] for entry in home.get(reverse("api:secondment-detail", args=[one.pk])).json()["entries"]
    ]
    assert acts[:4] == ["draft", "change", "nominate", "select"]


def test_a_liaison_who_takes_back_the_only_candidate_is_led_to_the_list(place, client_for):
    one = builders.make_secondment(place.home, place.firm)
    candidate = builders.make_candidate(one, place.institute)
    url = reverse("linkages:secondment-drop", args=[one.pk])
    answer = client_for(fresh(place.liaison)).post(url, {"candidate": candidate.pk, "reason": "谢绝"})
    assert answer.url == reverse(LIST)
    assert again(one).state == SecondmentState.NEED


def test_a_step_before_its_time_is_refused_in_words(place, client_for):
    one = builders.make_secondment(place.home, place.firm)
    client = client_for(fresh(place.secretary))
    for act in actions.ACTIONS:
        answer = client.post(reverse(f"linkages:secondment-{act}", args=[one.pk]), {})
        assert answer.status_code == 200, act
    assert one.entries.count() == 1


def test_the_signed_paper(place, client_for):
    (one,) = appoint(place)
    add = reverse("linkages:secondment-file-add", args=[one.pk])

    def upload():
        return SimpleUploadedFile("聘任协议.png", builders.png("聘任"), "image/png")

    assert client_for(fresh(place.liaison)).post(add, {"files": upload()}).status_code == 403
    home = client_for(fresh(place.secretary))
    home.post(add, {"files": upload()})
    home.post(add, {"files": upload()})
    file = one.files.get()
    url = reverse("linkages:secondment-file", args=[one.pk, file.public_id])
    assert client_for(fresh(place.liaison)).get(url).content == builders.png("聘任")
    assert client_for(fresh(place.rival_liaison)).get(url).status_code == 404
    withdraw = reverse("linkages:secondment-file-withdraw", args=[one.pk, file.public_id])
    home.post(withdraw, {"reason": "错传"})
    assert [client_for(fresh(user)).get(url).status_code for user in (place.liaison, place.secretary)] == [
        403,
        200,
    ]
    need = builders.make_secondment(place.home, place.firm)
    answer = home.post(
        reverse("linkages:secondment-file-add", args=[need.pk]), {"files": upload()}, follow=True
    )
    assert "请先登记签约" in answer.text


# --- Lists and figures -----------------------------------------------------------------------------------


def test_every_figure_opens_its_rows(place, client_for):
    first, *_ = appoint(place, 3, outcomes=2)
    professor = builders.make_appointment(place.home, place.institute)
    take(
        professor, Act.OUTCOME, place.secretary, outcome_kind="student", on=days(-1), count=30, what="专业课"
    )
    builders.make_secondment(place.home, place.firm)
    take(first, Act.EXIT, place.secretary, on=days(0), exit_kind="unit", reason="转产")
    client = client_for(fresh(place.officer))
    for query in ("", "kind=deputy", "state=ended"):
        context = client.get(f"{reverse(LIST)}?{query}").context
        assert len(context["page"]) == context["matching"]
        figures = context["figures"]
        assert (
            len(client.get(f"{reverse(LIST)}?{context['people_query']}").context["page"]) == figures["people"]
        )
        for side in ("partner", "enterprise"):
            page = client.get(f"{reverse(f'linkages:secondment-{side}s')}?{context['units_query']}").context[
                "page"
            ]
            assert len(page) == figures[f"{side}s"]
            for unit in page:
                rows = client.get(f"{reverse(LIST)}?{unit.query}").context["page"]
                assert len(rows) == unit.people
            assert sum(unit.people for unit in page) == figures["people"]
        for label, count, link in context["outcomes"]:
            rows = client.get(f"{reverse(OUTCOMES)}?{link}").context["page"]
            assert sum(row.count for row in rows) == count, label
        for label, count, link, _ in context["states"]:
            assert len(client.get(f"{reverse(LIST)}?{link}").context["page"]) == count, label


def test_filters(place, client_for):
    (one,) = appoint(place)
    Secondment.objects.filter(pk=one.pk).update(ends_on=days(20))
    need = builders.make_secondment(place.home, place.firm)
    client = client_for(fresh(place.officer))

    def found(query):
        return {row.pk for row in client.get(f"{reverse(LIST)}?{query}").context["page"]}

    assert found(f"q={one.chosen.name}") == found(f"q={place.institute.name}") == {one.pk}
    assert found("ends_within=20") == found("appointed=1") == {one.pk}
    assert found("ends_within=19") == set()
    assert found(f"q={place.firm.name}") == found("state=need") == {need.pk}
    assert found(f"organisation={place.home.code}") == found("mine=1") == {one.pk, need.pk}
    assert "筛选条件" in client.get(f"{reverse(LIST)}?partner={place.rival.pk}").text  # in none of them
    assert "筛选条件" in client.get(f"{reverse(OUTCOMES)}?since=昨天").text


@pytest.mark.parametrize(
    "name",
    [
        LIST, OUTCOMES, "linkages:secondment-partners", "linkages:secondment-enterprises", "api:secondment-list",
        "api:secondment-outcome-list",
    ],
)  # fmt: skip
def test_lists_ask_as_often_for_more_rows(place, client_for, name):
    client = client_for(fresh(place.officer))

    def asked():
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    appoint(place)
    one = asked()
    appoint(place, 2, outcomes=2)
    assert asked() == one


def test_the_page_asks_as_often_for_more_outcomes(place, client_for):
    (one,) = appoint(place)
    client, url = client_for(fresh(place.secretary)), reverse("linkages:secondment", args=[one.pk])

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    asked()
    before = asked()
    for number in range(3):
        take(
            one, Act.OUTCOME, place.secretary, outcome_kind="product", on=days(-number), count=1, what="样机"
        )
    assert asked() == before


def test_exports(place, client_for):
    (one,) = appoint(place, outcomes=2)
    foreign = builders.make_appointment(builders.make_organisation(), None)
    client = client_for(fresh(place.officer))

    def rows(name):
        answer = client.post(reverse(name), {"file_format": "xlsx", "purpose": "季度汇报"})
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        _, headers, *lines = book.active.values
        return [dict(zip(headers, line, strict=True)) for line in lines]

    (line,) = rows("linkages:secondment-export")
    assert (line["姓名"], line["合作项目"], line["解决难题"]) == (one.chosen.name, 4, None)
    assert foreign.post not in str(line)
    assert [line["聘任人数"] for line in rows("linkages:secondment-partners-export")] == [1]
    assert [line["企业"] for line in rows("linkages:secondment-enterprises-export")] == [one.enterprise.name]
    assert [line["数量"] for line in rows("linkages:secondment-outcomes-export")] == [2, 2]


# --- The interface ---------------------------------------------------------------------------------------


def test_the_interface_takes_the_same_steps(place, client_for):
    client = client_for(fresh(place.secretary))
    values = {
        "organisation": place.home.code, "kind": "professor", "partner": place.institute.pk, "post": "产业教授",
        "field": "微电子", "tasks": "开设专业课", "months": 12,
    }  # fmt: skip

    def post(who, url, **data):
        return client_for(fresh(who)).post(url, data, content_type="application/json")

    assert (
        post(place.secretary, reverse("api:secondment-list"), **values | {"partner": None}).status_code == 400
    )
    made = client.post(reverse("api:secondment-list"), values, content_type="application/json")
    assert made.status_code == 201, made.text

    def step(who, act, **data):
        return post(who, reverse("api:secondment-take", args=[made.json()["id"], act]), **data)

    person = {"unit": place.firm.credit_code, "name": "何为", "title": "总工程师", "field": "封装"}
    given = step(place.secretary, "nominate", **person)
    assert given.status_code == 200, given.text
    candidate = given.json()["candidates"][0]["id"]
    assert step(place.contact, "select", candidate=candidate).status_code == 403
    assert step(place.liaison, "select", candidate=candidate).json()["state"] == "chosen"
    term = {"on": str(days(-9)), "starts_on": str(days(-9)), "ends_on": str(days(300))}
    assert step(place.secretary, "sign", **term).json()["days_left"] == 300
    taught = step(place.contact, "outcome", outcome_kind="course", on=str(days(-1)), count=2, what="封装工艺")
    assert taught.json()["outcomes"][0]["count"] == 2
    listed = client.get(reverse("api:secondment-outcome-list"), {"outcome": "course"}).json()["results"]
    assert [row["count"] for row in listed] == [2]
    wrong = step(place.secretary, "exit", on=str(days(0)), exit_kind="expired", reason="期满")
    assert wrong.status_code == 400
    assert "届满" in wrong.text


def test_the_page_of_an_enterprise_shows_them_to_who_sees_them(place, client_for):
    one = builders.make_appointment(place.home, place.firm, place.institute)
    url = reverse("orgs:enterprise", args=[place.firm.pk])
    for user in (place.secretary, place.contact):
        assert one.chosen.name in client_for(fresh(user)).get(url).text
    above = builders.make_user("administrator", place.top)
    assert one.chosen.name not in client_for(above).get(url).text
