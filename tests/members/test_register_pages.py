"""The pages of the register: list, look-up, page, forms, export, and where other pages speak of members."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imports import actions as imports
from members import todos
from members.actions import register
from members.choices import Closing, Membership, Relation
from members.filters import MOST_COUNTED, NUMBER_WORDS
from members.models import Member
from orgs.actions import organisations
from orgs.models import AuditAction, AuditEvent, Role
from tests import builders

pytestmark = pytest.mark.django_db
LIST = reverse("members:member-list")


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def officer(top):
    return builders.make_user(Role.OFFICER, top)


@pytest.fixture
def client(client_for, officer):
    return client_for(officer)


def shown(client, **query):
    """Names on the list, in its order."""
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [member.name for member in response.context["page"]]


# --- List --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [5, 49])
def test_list_query_count_does_not_grow(client, top, branch, rows):
    for _ in range(rows):
        company = builders.make_enterprise()
        builders.make_member(branch, employer_code=company.credit_code)
    client.get(LIST)

    with CaptureQueriesContext(connection) as queries:
        assert len(shown(client, organisation=top.code)) == rows

    own = [q["sql"] for q in queries if "members_" in q["sql"] or "orgs_enterprise" in q["sql"]]
    assert len(own) == 3  # page, count, employers
    assert len(queries) <= 12


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("单", "单立新"),
        ("立新", "单立新"),
        ("shanl", "单立新"),
        ("ＳＬＸ", "单立新"),
        ("xie", "解晓东"),
        ("晓 东", "解晓东"),
        ("xxd", "解晓东"),
        ("建", "王建国"),
    ],
)
def test_names_are_found(client, branch, text, found):
    for name in ("单立新", "解晓东", "王建国"):
        builders.make_member(branch, name=name)

    assert shown(client, q=text) == [found]
    (register,) = client.get(reverse("portal:search"), {"q": text}).context["found"]
    assert ["".join(part.text for part in hit.name) for hit in register.hits] == [found]


@pytest.mark.parametrize("typed", ["{}", "１９９００００１２３４", "1990 000 1234"])
def test_numbers_are_not_looked_up_in_addresses(client, branch, typed):
    member = builders.make_member(branch, mobile="19900001234")
    text = typed.format(member.identity_number)

    response = client.get(LIST, {"q": text}, follow=True)

    assert response.redirect_chain == [(reverse("members:member-lookup"), 302)]
    assert text not in response.content.decode()
    searched = client.get(reverse("portal:search"), {"q": text}, follow=True)
    assert searched.redirect_chain == [(f"{reverse('portal:search')}?number=1", 302)]
    assert text not in searched.content.decode()
    assert member.name not in searched.content.decode()
    assert reverse("members:member-lookup") in searched.content.decode()


def test_the_list_sorts_by_pinyin_and_days(client, branch):
    for name, joined_on in (("单立新", None), ("解晓东", dt.date(2001, 7, 1)), ("艾青", dt.date(2019, 7, 1))):
        builders.make_member(branch, name=name, joined_on=joined_on, confirmed_on=None)

    assert shown(client) == ["艾青", "单立新", "解晓东"]
    assert shown(client, sort="joined") == ["单立新", "解晓东", "艾青"]
    assert shown(client, sort="-joined") == ["艾青", "解晓东", "单立新"]


def test_pages_follow_each_other_over_unknown_days(client, branch):
    for number in range(52):
        builders.make_member(
            branch, joined_on=None if number < 51 else dt.date(2001, 7, 1), confirmed_on=None
        )

    first = client.get(LIST, {"sort": "joined"}).context["page"]
    second = client.get(f"{LIST}?{first.next_query}").context["page"]

    assert (len(first), len(second)) == (50, 2)
    assert not {m.pk for m in first} & {m.pk for m in second}


def test_filters_narrow_the_list(client, top, branch):
    other = builders.make_organisation(top)
    company = builders.make_enterprise(name="测试量子有限公司")
    one = {"education": "master", "title": "senior", "is_research": True, "ethnicity": "回族"}
    builders.make_member(branch, name="甲", employer_code=company.credit_code, legacy_unverified=True, **one)
    builders.make_member(other, name="乙", education="college", employer_name="测试大学", ethnicity="汉族")
    builders.make_member(other, name="丙", relation=Relation.LEFT, closed_how=Closing.DIED)

    expected = {
        "organisation": (branch.code, "甲"),
        "education": ("postgraduate", "甲"),
        "title": ("senior", "甲"),
        "research": ("yes", "甲"),
        "ethnicity": ("minority", "甲"),
        "legacy": ("1", "甲"),
        "employer": ("量子", "甲"),
        "standing": ("left", "丙"),
    }
    assert {
        name: (value, *shown(client, **{name: value})) for name, (value, _) in expected.items()
    } == expected
    assert shown(client, employer=company.credit_code) == ["甲"]
    assert shown(client, employer="测试大学") == ["乙"]
    assert sorted(shown(client, education="college_up")) == ["乙", "甲"]
    assert len(shown(client, standing="all")) == 3
    assert shown(client, education="nonsense") == []


def test_many_are_not_counted_to_the_last(client, branch, monkeypatch):
    monkeypatch.setattr("members.filters.MOST_COUNTED", 2)
    monkeypatch.setattr("members.views.register.MOST_COUNTED", 2)
    for _ in range(3):
        builders.make_member(branch)

    assert "超过 <strong>2</strong> 人" in client.get(LIST).content.decode()
    assert MOST_COUNTED == 50_000


def test_a_secretary_sees_the_own_branch_only(client_for, top, branch):
    builders.make_member(branch, name="甲")
    foreign = builders.make_member(builders.make_organisation(top), name="乙")
    client = client_for(builders.make_user(Role.SECRETARY, branch))

    assert shown(client) == ["甲"]
    assert client.get(reverse("members:member", args=[foreign.pk])).status_code == 404
    assert client.get(reverse("members:member-export")).status_code == 403


# --- Look-up, page, reveal -----------------------------------------------------------------------------


def test_a_number_finds_its_person_by_post(client, officer, branch):
    member = builders.make_member(branch, mobile="19900001234")
    page = reverse("members:member", args=[member.pk])

    for typed in (member.identity_number.lower(), "１９９００００１２３４"):
        assert client.post(reverse("members:member-lookup"), {"number": typed})["Location"] == page

    events = AuditEvent.objects.filter(action=AuditAction.REVEAL, actor=officer)
    assert [event.detail for event in events] == [{"found": [member.pk]}] * 2
    assert member.identity_number not in str(list(events.values()))


def test_look_up_finds_nobody_elsewhere_and_has_a_limit(client_for, top, branch, monkeypatch):
    member = builders.make_member(builders.make_organisation(top))
    client = client_for(builders.make_user(Role.SECRETARY, branch))
    monkeypatch.setattr("orgs.limits.MOST_AN_HOUR", {AuditAction.REVEAL: 1})

    first, second = (
        client.post(reverse("members:member-lookup"), {"number": member.identity_number}).content.decode()
        for _ in range(2)
    )

    assert "您的范围内没有这个号码的党员" in first
    assert member.name not in first
    assert "一小时内查看完整信息已满1次" in second


def test_page_masks_numbers_and_a_purpose_reveals_them(client, officer, branch):
    member = builders.make_member(branch, mobile="19900001234")
    page = reverse("members:member", args=[member.pk])

    text = client.get(page).content.decode()
    assert "199****1234" in text
    assert member.masked_identity in text
    assert member.identity_number not in text

    url = reverse("members:member-reveal", args=[member.pk])
    assert client.post(url, {"field": "mobile", "purpose": ""})["Location"] == page
    assert not AuditEvent.objects.filter(action=AuditAction.REVEAL).exists()
    assert "19900001234" in client.post(url, {"field": "mobile", "purpose": "核对名册"}).content.decode()
    assert AuditEvent.objects.get(action=AuditAction.REVEAL).detail["purpose"] == "核对名册"


@pytest.mark.parametrize("rows", [1, 6])
def test_page_query_count_does_not_grow(client, officer, top, branch, rows, django_assert_max_num_queries):
    member = builders.make_member(branch)
    for number in range(rows):
        register.move_member(
            member=member,
            organisation=builders.make_organisation(top),
            on=dt.date(2026, 1, 1 + number),
            by=officer,
        )
    client.get(reverse("members:member", args=[member.pk]))

    with django_assert_max_num_queries(19):
        text = client.get(reverse("members:member", args=[member.pk])).content.decode()

    assert text.count("内部转接：") == rows


def test_who_can_see_is_who_sees(client, officer, top, branch):
    account = builders.make_user(Role.MEMBER, branch)
    member = builders.make_member(branch, account=account)
    people = [
        builders.make_user(role, where) for role in Role for where in (top, branch) if role != "contact"
    ]
    builders.make_user(Role.SECRETARY, builders.make_organisation(top))

    page = client.get(reverse("members:member-readers", args=[member.pk]))

    readers = {appointment.user for appointment in page.context["readers"]}
    everybody = [*people, officer, account]
    assert readers == {user for user in everybody if member in Member.objects.visible_to(user)}
    assert account in readers


# --- Forms -------------------------------------------------------------------------------------------


def entered(branch, **kw):
    values = {
        "organisation": branch.code,
        "membership": "full",
        "name": "测试人",
        "identity_type": "resident",
        "identity_number": builders.identity_number(born_on=dt.date(2000, 2, 29)),
        "sex": "male",
        "born_on": "2000-02-29",
        "joined_on": "2021.10",
        "confirmed_on": "2022-10-06",
        "is_research": "unknown",
        "mobile": "１９９００００１２３４",
    }
    return values | kw


def test_somebody_is_entered(client, branch):
    company = builders.make_enterprise(name="测试量子有限公司")
    employer = f"{company.name}（{company.credit_code}）"

    response = client.post(reverse("members:member-new"), entered(branch, employer=employer))

    member = Member.objects.get()
    assert response["Location"] == reverse("members:member", args=[member.pk])
    assert (member.joined_words, member.confirmed_words) == ("2021-10", "2022-10-06")
    assert (member.employer_code, member.employer_name) == (company.credit_code, company.name)
    assert member.mobile == "19900001234"
    company.refresh_from_db()
    assert company.registered_members == 1


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"joined_on": "2018-02-27"}, "joined_on", "入党时未满18周岁"),
        ({"joined_on": "2021-13-01"}, "joined_on", "真实的日期"),
        ({"confirmed_on": "2021-09-30"}, "confirmed_on", "转正日期不能早于入党日期"),
        ({"membership": "probationary"}, "confirmed_on", "预备党员没有转正日期"),
        ({"sex": "female"}, "sex", "与证件号码中的性别不一致"),
        ({"mobile": "1234"}, "mobile", "号"),
        ({"joined_on": "1921-06", "confirmed_on": ""}, "joined_on", "入党日期不能早于1921年7月，请核对。"),
        ({"employer": "91999901MA0000001X"}, "employer", "校验码不正确"),
        ({"organisation": "ORG-无"}, "organisation", "找不到党组织"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, branch, values, field, words):
    response = client.post(reverse("members:member-new"), entered(branch, **values))

    assert words in "".join(response.context["form"].errors[field])
    assert not Member.objects.exists()


def test_eighteen_on_28_february_may_be_entered(client, branch):
    client.post(reverse("members:member-new"), entered(branch, joined_on="2018-02-28"))

    assert Member.objects.exists()


def test_nobody_is_entered_twice(client, branch):
    member = builders.make_member(branch)

    response = client.post(
        reverse("members:member-new"),
        entered(branch, identity_number=member.identity_number, born_on="1990-05-17"),
    )

    assert response.context["form"].errors["identity_number"] == ["该党员已在本组织名册中，不能重复入册。"]


def edited(client, member, **kw):
    """What the browser would send back, with changes."""
    form = client.get(reverse("members:member-edit", args=[member.pk])).context["form"]
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    return data | kw


def test_editing_keeps_numbers_and_does_not_overwrite(client, officer, branch):
    member = builders.make_member(branch, joined_precision="month")
    url = reverse("members:member-edit", args=[member.pk])
    data = edited(client, member, education="master")
    assert member.identity_number not in client.get(url).content.decode()

    assert client.post(url, data).status_code == 302
    again = client.post(url, data | {"education": "doctor"})

    changed = Member.objects.get()
    assert (changed.education, changed.identity_number) == ("master", member.identity_number)
    assert (changed.joined_on, changed.joined_precision) == (dt.date(2015, 7, 1), "month")
    assert "学历现为“硕士研究生”，您填写的是“博士研究生”" in "".join(again.context["form"].non_field_errors())
    event = AuditEvent.objects.get(action=AuditAction.UPDATE)
    assert list(event.detail["changes"]) == ["education"]


def test_the_only_branch_of_a_secretary_is_filled_in(client, branch):
    client.force_login(builders.make_user("secretary", branch))
    form = client.get(reverse("members:member-new")).context["form"]
    assert form["organisation"].value() == f"{branch.name}（{branch.code}）"


def test_whoever_was_told_of_the_other_change_may_save(client, officer, branch):
    member = builders.make_member(branch)
    url = reverse("members:member-edit", args=[member.pk])
    data = edited(client, member)
    client.post(url, data | {"education": "master"})
    told = client.post(url, data | {"education": "doctor"}).context["form"]
    assert (
        client.post(url, data | {"education": "doctor", "seen_at": told["seen_at"].value()}).status_code
        == 302
    )
    assert Member.objects.get().education == "doctor"


def test_history_is_verified_with_a_note(client, officer, branch):
    member = builders.make_member(branch, legacy_unverified=True, legacy_reason="预备期不满1年")
    url = reverse("members:member-verify", args=[member.pk])
    assert "预备期不满1年" in client.get(reverse("members:member", args=[member.pk])).content.decode()
    (to_do,) = [t for t in todos.to_dos(officer, timezone.localdate()) if "待核" in t.title]
    assert to_do.title == "党员历史数据待核 1 人"

    client.post(url, {"note": " "})
    assert Member.objects.get().legacy_unverified
    client.post(url, {"note": "已查入党志愿书"})

    assert not Member.objects.get().legacy_unverified
    assert AuditEvent.objects.latest("pk").detail == {"verified": "预备期不满1年", "note": "已查入党志愿书"}


# --- Export ------------------------------------------------------------------------------------------


def exported(client, **kw):
    data = {"file_format": "xlsx", "purpose": "年度核对"} | kw
    response = client.post(reverse("members:member-export"), data)
    return b"".join(response.streaming_content) if response.streaming else response


def test_an_own_export_comes_back_unchanged(client, officer, branch):
    company = builders.make_enterprise()
    more = {
        "employer_code": company.credit_code,
        "education": "master",
        "title": "senior",
        "ethnicity": "汉族",
    }
    builders.make_member(branch, joined_precision="month", is_research=True, position="主任", **more)
    builders.make_member(branch, membership=Membership.PROBATIONARY, joined_on=dt.date(2026, 3, 1), mobile="")
    builders.make_member(branch, relation=Relation.FLOATING_OUT, occupation="retired", employer_name="某大学")

    content = exported(client, with_numbers="on", number_reason="上级要求")
    run = imports.create_run(
        kind="members", upload=ContentFile(content, name="党员名册.xlsx"), by=officer, in_background=False
    )
    run = imports.stage_run(run.pk)

    assert {row.outcome for row in run.staged.all()} == {"unchanged"}
    assert run.counts["unchanged"] == 3


def test_numbers_are_masked_unless_a_reason_is_given(client, branch):
    member = builders.make_member(branch, joined_precision="month")

    masked = openpyxl.load_workbook(io.BytesIO(exported(client))).active
    whole = openpyxl.load_workbook(
        io.BytesIO(exported(client, with_numbers="on", number_reason="上级要求"))
    ).active

    headers = [cell.value for cell in masked[2]]
    assert headers[:16] == [
        "姓名", "公民身份号码", "性别", "民族", "出生日期", "学历", "入党日期", "转正日期", "党员类别", "所在党支部代码",
        "工作单位信用代码", "职务", "专业技术职称", "是否研发人员", "手机号码", "是否流动党员",
    ]  # fmt: skip
    assert [masked["B3"].value, masked["O3"].value] == [member.masked_identity, member.masked_mobile]
    assert [whole["B3"].value, whole["O3"].value] == [member.identity_number, member.mobile]
    assert masked["G3"].value == "2015.07"
    assert "年度核对" in masked["A1"].value
    event = AuditEvent.objects.filter(action=AuditAction.EXPORT).latest("pk")
    assert event.detail["number_reason"] == "上级要求"


def test_whole_numbers_need_a_reason(client, branch):
    builders.make_member(branch)

    response = exported(client, with_numbers="on")

    assert response.context["form"].errors["number_reason"] == ["导出含敏感个人信息，须有权限并填写用途。"]


# --- Elsewhere -----------------------------------------------------------------------------------------


def test_an_organisation_with_members_is_not_dissolved(client, officer, top, branch):
    for _ in range(3):
        builders.make_member(branch)
    builders.make_member(branch, relation=Relation.LEFT)

    assert str(organisations.obstacles_to_dissolving(branch)) == "仍有3名党员，请先调整后再撤销。"
    page = client.post(
        reverse("orgs:organisation-dissolve", args=[branch.pk]), {"on": "2026-11-01", "reason": "整合"}
    )
    assert "仍有3名党员" in page.content.decode()
    branch.refresh_from_db()
    assert branch.dissolved_on is None


def test_an_organisation_says_how_many_members_to_those_who_may_read_them(client_for, officer, top, branch):
    builders.make_member(branch)
    administrator = builders.make_user(Role.ADMINISTRATOR, top)
    page = reverse("orgs:organisation", args=[top.pk])
    link = f"{LIST}?organisation={top.code}"

    assert link in client_for(officer).get(page).content.decode()
    assert link not in client_for(administrator).get(page).content.decode()


def test_support_reads_without_numbers_and_deletes_nobody(client_for, branch):
    member = builders.make_member(branch, mobile="19900001234")
    client = client_for(builders.make_user(is_superuser=True, is_staff=True))

    page = client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    deleted = client.get(reverse("admin:members_member_delete", args=[member.pk]), follow=True)

    assert "199****1234" in page
    assert "19900001234" not in page + deleted.content.decode()
    assert "党员信息不得删除，请登记去向" in deleted.content.decode()


def test_the_search_field_keeps_numbers_in_the_browser(client):
    assert NUMBER_WORDS in client.get(LIST).content.decode()
