"""A list of names becomes the roll: who is meant, what the person decides, and what must not be overwritten."""

import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from activities import roll_lists
from activities.actions import activities as actions
from activities.models import Activity, Attendance
from orgs.models import AuditEvent, Post, PostTitle, User
from tests import builders
from tests.imports.helpers import workbook

pytestmark = pytest.mark.django_db
HEADS = ("序号", "姓名", "手机尾号", "单位", "签到情况", "备注")
FIELD = re.compile(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"')
SELECT = re.compile(r'<select class="form-select"\s+name="([^"]+)".*?</select>', re.S)
CHOSEN = re.compile(r'<option value="([^"]*)"\s+selected>')


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def secretary(branch):
    return builders.make_user("secretary", branch)


@pytest.fixture
def web(client_for, secretary):
    return client_for(secretary)


def held(branch, *, kinds=("theme_day",), **kw):
    values = {"title": "主题党日", "starts_at": timezone.now() - dt.timedelta(hours=3)}
    by = User.objects.system()
    return actions.record_activity(organisation=branch, kinds=kinds, values=values, by=by, **kw)


def rows(*lines):
    return workbook(HEADS, *[(number, *line) for number, line in enumerate(lines, 1)], title="签到表")


def upload(web, activity, content, name="签到.xlsx"):
    file = SimpleUploadedFile(name, content)
    return web.post(reverse("activities:roll-list", args=[activity.pk]), {"file": file})


def posted(response) -> dict:
    """What a browser would send of the page as it stands."""
    page, data = response.content.decode(), {}
    for name, value in FIELD.findall(page):
        data.setdefault(name, []).append(value)
    for match in SELECT.finditer(page):
        data[match[1]] = (CHOSEN.findall(match[0]) or [""])[0]
    for name, value in re.findall(r'name="(reason-\d+)"\s+value="([^"]*)"', page):
        data[name] = value
    data.pop("csrfmiddlewaretoken", None)
    return data


def save(web, activity, response, **changes):
    data = posted(response) | changes
    return web.post(reverse("activities:roll-list-save", args=[activity.pk]), data)


def roll(activity):
    found = activity.attendances.order_by("member__name", "pk")
    return [(row.member.name, row.state, row.reason, row.how) for row in found]


def test_names_become_the_roll_after_the_person_has_looked(web, branch):
    names = ("丁一", "丁二", "丁三", "丁四")
    one, two, three, four = (builders.make_member(branch, name=name) for name in names)
    activity = held(branch)
    response = upload(
        web,
        activity,
        rows(("丁 一", "", "", "√", ""), ("丁二", "", "", "请假", "出差"), ("王工", "", "中试平台", "", "")),
    )
    draft = response.context["draft"]
    assert {e.name for e in draft.named} == {"丁一", "丁二"}
    assert {(e.name, e.state) for e in draft.not_named} == {("丁三", "absent"), ("丁四", "absent")}
    assert [(u.name, u.unit) for u in draft.unknown] == [("王工", "中试平台")]
    assert not Attendance.objects.exists()  # nothing is written before the person says so

    key = draft.unknown[0].index
    changes = {f"state-{four.pk}": "leave", f"reason-{four.pk}": "病假", f"guest-{key}": "on"}
    response = save(web, activity, response, **changes)
    assert response.status_code == 302
    assert roll(activity) == [
        ("丁一", "present", "", "list"),
        ("丁三", "absent", "", "hand"),
        ("丁二", "leave", "出差", "list"),
        ("丁四", "leave", "病假", "hand"),
    ]
    activity.refresh_from_db()
    assert (activity.expected, activity.present, activity.on_leave, activity.absent, activity.guests) == (
        4, 1, 2, 1, 1,
    )  # fmt: skip
    assert [(g.name, g.unit) for g in activity.guest_list.all()] == [("王工", "中试平台")]
    assert {one.pk, two.pk, three.pk} < {row.member_id for row in activity.attendances.all()}


@pytest.mark.parametrize(
    ("mark", "unit", "found"),
    [("1111", "", 0), ("2222", "", 1), ("999901199005172222", "", 1), (2, "", None), ("", "乙公司研发部", 1)],
)
def test_namesakes_are_told_apart_by_a_second_mark(branch, mark, unit, found):
    twins = [
        builders.make_member(branch, name="李明", mobile="19900001111", employer_name="甲公司"),
        builders.make_member(branch, name="李明", mobile="19900002222", employer_name="乙公司"),
    ]
    content = rows(("李明", mark, unit, "", ""))
    lines, faults = roll_lists.read_list(SimpleUploadedFile("a.xlsx", content))
    result = roll_lists.sort_lines(lines, faults, twins)
    assert list(result.matched) == ([twins[found].pk] if found is not None else [])
    assert len(result.unsure) == (found is None)


def test_who_is_not_clear_is_chosen_by_the_person_and_no_number_is_shown(web, branch):
    first = builders.make_member(branch, name="李明", mobile="19900001111", employer_name="甲公司")
    second = builders.make_member(branch, name="李明", mobile="19900002222", employer_name="乙公司")
    other = builders.make_member(branch, name="赵敏", mobile="19900003333")
    activity = held(branch)
    response = upload(web, activity, rows(("李明", "", "", "", ""), ("赵敏", "8888", "", "", "")))
    draft, page = response.context["draft"], response.content.decode()
    assert [one.why for one in draft.unsure] == [
        "有同名党员，名单中没有手机后四位",
        "姓名相同，但后四位与登记的不一致",
    ]
    assert "李明（甲公司，1990年生）" in page
    words = re.sub(r"<[^>]*>", " ", page)  # keys and tokens in attributes may hold any digits
    for member in (first, second, other):
        assert member.mobile[-4:] not in words
        assert member.identity_number not in page
    response = save(web, activity, response, **{f"member-{draft.unsure[0].index}": second.pk})
    assert {row.member_id: row.state for row in activity.attendances.all()} == {
        first.pk: "absent",
        second.pk: "present",
        other.pk: "absent",
    }
    assert response.status_code == 302


def test_one_member_cannot_be_meant_twice(web, branch):
    first = builders.make_member(branch, name="李明")
    builders.make_member(branch, name="李明")
    activity = held(branch)
    response = upload(web, activity, rows(("李明", "", "", "", ""), ("李明", "", "", "", "")))
    changes = {f"member-{one.index}": first.pk for one in response.context["draft"].unsure}
    again = save(web, activity, response, **changes)
    assert "李明被选了不止一次" in again.content.decode()
    assert not Attendance.objects.exists()
    assert [one.chosen for one in again.context["draft"].unsure] == [first.pk, first.pk]


def test_bad_rows_are_named_with_column_value_and_cure(web, branch):
    builders.make_member(branch, name="丁一")
    content = rows(
        ("丁一", "", "", "到会", ""),
        ("丁一", "", "", "缺席", ""),
        ("丁二", "", "", "可能来", ""),
        ("丁三", "", "", "请假", "长" * 101),
        ("", "19900001234", "某公司", "到会", ""),
    )
    faults = upload(web, held(branch), content).context["draft"].faults
    assert sorted((f.row, f.column, f.value[:3], f.message) for f in faults) == [
        (4, "到会情况", "缺席", "丁一在第3行登记为到会。请只保留一行。"),
        (5, "到会情况", "可能来", "无法识别。请填写到会、请假、缺席或列席，到会的可留空。"),
        (6, "原因", "长长长", "原因超过100字。请缩短。"),
        (7, "姓名", "", "没有姓名。请补上姓名，或删除这一行。"),
    ]


def test_a_leave_without_a_reason_is_asked_for_by_name(web, branch):
    member = builders.make_member(branch, name="丁一")
    activity = held(branch)
    response = save(web, activity, upload(web, activity, rows(("丁一", "", "", "请假", ""))))
    assert "请填写丁一的请假原因。" in response.content.decode()
    response = save(web, activity, response, **{f"reason-{member.pk}": "探亲"})
    assert roll(activity) == [("丁一", "leave", "探亲", "list")]


def test_who_signed_in_by_code_stays_whatever_the_list_says(web, branch):
    signed, late = builders.make_member(branch, name="丁一"), builders.make_member(branch, name="丁二")
    activity = held(branch)
    now = timezone.now()
    Attendance.objects.create(activity=activity, member=signed, state="present", how="code", signed_at=now)
    response = upload(web, activity, rows(("丁一", "", "", "缺席", ""), ("丁三", "", "", "", "")))
    assert "已扫码签到，保持不变" in response.content.decode()
    Attendance.objects.create(activity=activity, member=late, state="present", how="code", signed_at=now)
    changed = save(web, activity, response, **{f"state-{late.pk}": "absent"})
    assert changed.status_code == 302
    assert [(name, state, how) for name, state, _, how in roll(activity)] == [
        ("丁一", "present", "code"),
        ("丁二", "present", "code"),
    ]


def test_a_record_that_changed_meanwhile_refuses_the_list(web, branch):
    builders.make_member(branch, name="丁一")
    activity = held(branch)
    response = upload(web, activity, rows(("丁一", "", "", "", "")))
    actions.change_activity(activity=activity, values={"place": "二楼"}, by=User.objects.system())
    again = save(web, activity, response)
    assert "该记录已被他人修改" in again.content.decode()
    assert not Attendance.objects.exists()
    for odd in ("", "gestern", "9999"):
        assert "页面已过期" in save(web, activity, response, seen_at=odd).content.decode()


def test_a_plan_is_held_by_its_list_and_only_when_it_has_begun(web, branch):
    builders.make_member(branch, name="丁一")
    values = {"title": "座谈", "starts_at": timezone.now() + dt.timedelta(days=1)}
    activity = actions.plan_activity(
        organisation=branch, kinds=("theme_day",), values=values, by=User.objects.system()
    )
    content = rows(("丁一", "", "", "", ""))
    early = save(web, activity, upload(web, activity, content))
    assert early.status_code == 200
    assert early.context["error"]
    Activity.objects.filter(pk=activity.pk).update(starts_at=timezone.now() - dt.timedelta(hours=1))
    assert save(web, activity, upload(web, activity, content)).status_code == 302
    activity.refresh_from_db()
    assert (activity.state, activity.present) == ("held", 1)


def test_of_a_committee_the_others_sat_in(web, branch):
    sits, guest = builders.make_member(branch, name="丁一"), builders.make_member(branch, name="丁二")
    Post.objects.create(
        organisation=branch, title=PostTitle.PUBLICITY_MEMBER, person_name=sits.name, since="2020-01-01"
    )
    activity = held(branch, kinds=("branch_committee",))
    response = upload(web, activity, rows(("丁一", "", "", "", ""), ("丁二", "", "", "", "")))
    save(web, activity, response)
    assert {row.member_id: row.state for row in activity.attendances.all()} == {
        sits.pk: "present",
        guest.pk: "observer",
    }


def test_the_roll_of_others_stays(web, branch):
    """Members of a joint host elsewhere, whose roll others call, and observers."""
    elsewhere = builders.make_organisation(builders.make_organisation())
    theirs, own = builders.make_member(elsewhere, name="钱七"), builders.make_member(branch, name="丁一")
    activity = held(branch, joint_hosts=[elsewhere], roll={theirs.pk: ("present", "")})
    response = upload(web, activity, rows(("丁一", "", "", "", ""), ("钱七", "", "", "", "")))
    assert [one.name for one in response.context["draft"].unknown] == ["钱七"]
    save(web, activity, response)
    assert {row.member_id for row in activity.attendances.filter(state="present")} == {theirs.pk, own.pk}


# --- Files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04broken", "文件不完整"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ""),
        (b"%PDF-1.7 x", ""),
        ("党组织,日期\n甲,乙\n".encode(), "没有找到表头"),
        ("姓名\n".encode(), "没有姓名"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_a_sentence(web, branch, content, sentence):
    builders.make_member(branch)
    response = upload(web, held(branch), content)
    errors = "".join(response.context["form"].errors["file"])
    assert sentence in errors
    assert errors.endswith("。")


def test_a_huge_list_is_refused(web, branch, monkeypatch):
    builders.make_member(branch)
    activity = held(branch)
    text = ("姓名\n" + "".join(f"赵{number}\n" for number in range(1501))).encode()
    form = upload(web, activity, text, name="a.csv").context["form"]
    assert form.errors["file"] == ["名单有1501人，一次最多1500人，请只保留本次活动的人员。"]
    form = upload(web, activity, b"x" * (5 * 1024 * 1024 + 1), name="a.csv").context["form"]
    assert "超过5MB" in form.errors["file"][0]


def test_a_text_table_in_an_old_encoding_is_read(web, branch):
    builders.make_member(branch, name="丁一")
    content = "姓名;到会情况\n丁一;事假\n".encode("gb18030")
    entry = upload(web, held(branch), content, name="a.csv").context["draft"].named[0]
    assert (entry.state, entry.reason) == ("leave", "事假")


def test_the_sample_names_those_expected_goes_on_record_and_comes_back(web, branch):
    names = [builders.make_member(branch, name=name).name for name in ("丁一", "丁二")]
    activity = held(branch)
    url = reverse("activities:roll-list-sample", args=[activity.pk])
    assert web.get(url).status_code == 405
    body = web.post(url).content
    sheet = load_workbook(io.BytesIO(body)).active
    assert {sheet.cell(row, 1).value for row in (3, 4)} == set(names)
    event = AuditEvent.objects.filter(action="export").latest("pk")
    assert event.detail["print"] == "到会名单模板"
    draft = upload(web, activity, body).context["draft"]
    assert {(one.name, one.state) for one in draft.named} == {("丁一", "present"), ("丁二", "present")}
    assert draft.unknown == draft.faults == []


# --- Who, and how many questions -----------------------------------------------------------------------


def test_only_who_keeps_the_record_may_and_only_while_it_is_open(client_for, branch, web):
    builders.make_member(branch, name="丁一")
    activity = held(branch)
    leader = client_for(builders.make_user("leader", branch))
    assert leader.get(reverse("activities:roll-list", args=[activity.pk])).status_code == 403
    stranger = client_for(builders.make_user("secretary", builders.make_organisation()))
    assert stranger.get(reverse("activities:roll-list", args=[activity.pk])).status_code == 404
    response = upload(web, activity, rows(("丁一", "", "", "", "")))
    actions.submit_activity(activity=activity, by=User.objects.system())
    assert "审核" in save(web, activity, response).context["error"]


def test_odd_answers_are_no_error(web, branch):
    member = builders.make_member(branch, name="丁一")
    stranger = builders.make_member(builders.make_organisation(), name="外人")
    activity = held(branch)
    url = reverse("activities:roll-list-save", args=[activity.pk])
    data = {
        "seen_at": activity.updated_at.isoformat(),
        "person": [str(member.pk), str(stranger.pk), "x", "¹", "9" * 40],
        f"state-{member.pk}": "gone",
        "unsure": ["0", "x"],
        "name-0": "外人",
        "member-0": str(stranger.pk),
        "unknown": ["1"],
        "guest-1": "on",
        "name-1": "",
    }
    assert web.post(url, data).status_code == 302
    assert not Attendance.objects.filter(member=stranger).exists()


def test_looking_through_asks_the_same_for_few_and_many(web, branch):
    def run(names):
        content = rows(*[(name, "1234", "", "", "") for name in names])
        with CaptureQueriesContext(connection) as queries:
            upload(web, activity, content)
        return len(queries)

    builders.make_member(branch, name="丁零")
    activity = held(branch)
    run(["丁零"])
    few = run(["丁零"])
    for number in range(20):
        builders.make_member(branch, name=f"丁{chr(0x4E00 + number)}")
    assert run([f"丁{chr(0x4E00 + number)}" for number in range(20)]) == few
