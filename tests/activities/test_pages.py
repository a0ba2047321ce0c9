"""Recording, changing and deciding through the pages and the interface: what each refuses, at the boundary."""

import datetime as dt
import io
import uuid
from pathlib import Path

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from activities.actions import activities as actions
from activities.models import Activity, ActivityState
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, Role, User
from tests import builders
from tests.processes import ROOT

pytestmark = pytest.mark.django_db
QUORUM = "到会有表决权的党员未达半数，不能进行表决。"
VOTERS = "预备党员没有表决权，请从表决人数中剔除。"
MAJORITY = "赞成人数未超过应到会有表决权党员的半数，不能通过。"
SUM = "应到、实到、请假、缺席人数不一致，请核对。"
ARCHIVED = "记录已归档，如需更正请由上级退回并说明原因。"


class World:
    """A branch of ten voters and one on probation."""

    def __init__(self):
        self.committee = builders.make_organisation()
        self.branch = builders.make_organisation(self.committee)
        self.members = [builders.make_member(self.branch) for _ in range(10)]
        self.probationary = builders.make_member(
            self.branch, membership="probationary", joined_on=dt.date(2026, 3, 1)
        )
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)
        self.officer = builders.make_user(Role.OFFICER, self.committee)

    @property
    def everybody(self):
        return [*self.members, self.probationary]

    def held(self, organisation=None, kinds=("members_meeting",), **more):
        values = {"title": "党员大会", "starts_at": timezone.now() - dt.timedelta(days=1)}
        return actions.record_activity(
            organisation=organisation or self.branch,
            kinds=kinds,
            values=values,
            by=User.objects.system(),
            **more,
        )


@pytest.fixture
def world(db):
    return World()


def entry(world, **more):
    """The form as a browser sends it: everybody there."""
    keys = [member.pk for member in world.everybody]
    return {
        "organisation": world.branch.pk,
        "way": "roll",
        "circle": "members",
        "kinds": ["theme_day"],
        "title": "走进中试平台",
        "day": timezone.localdate() - dt.timedelta(days=1),
        "starts_at": "15:00",
        "ends_at": "16:30",
        "shown": keys,
        "here": keys,
        "entry_key": uuid.uuid4(),
    } | more


def post(client, name, data, *args):
    return client.post(reverse(f"activities:{name}", args=args), data)


def send(client, name, data, *args):
    return client.post(reverse(f"api:{name}", args=args), data, content_type="application/json")


# --- The roll ------------------------------------------------------------------------------------------


def test_the_form_records_who_was_away_and_why(client_for, world):
    first, second, third, *here = world.everybody
    reasons = {
        f"why-{first.pk}": "事假",
        f"why-{second.pk}": "其他",
        f"text-{second.pk}": "培训",
        f"why-{third.pk}": "缺席",
    }
    client = client_for(world.secretary)
    answer = post(client, "record", entry(world, here=[member.pk for member in here], **reasons))
    stored = Activity.objects.get()
    assert answer.url == reverse("activities:activity", args=[stored.pk])
    assert (stored.expected, stored.present, stored.on_leave, stored.absent) == (11, 8, 2, 1)
    assert set(stored.attendances.filter(state="leave").values_list("reason", flat=True)) == {"事假", "培训"}
    page = client.get(reverse("activities:activity-edit", args=[stored.pk])).context["form"]
    assert {(person.pk, person.why, person.text) for person in page.away} == {
        (first.pk, "事假", ""),
        (second.pk, "其他", "培训"),
        (third.pk, "缺席", ""),
    }


def test_who_is_away_without_a_reason_stops_the_record(client_for, world):
    first, *here = world.everybody
    answer = post(client_for(world.secretary), "record", entry(world, here=[member.pk for member in here]))
    assert f"请选择{first.name}未到会的原因" in answer.content.decode()
    assert not Activity.objects.exists()


def test_a_roll_of_another_day_is_shown_before_it_is_stored(client_for, world):
    """Without the script the day can change while the names stay those of another day."""
    gone = world.members[0]
    gone.postings.update(until=timezone.localdate(), closed_how="transferred_out")
    client = client_for(world.secretary)
    answer = post(client, "record", entry(world, day=timezone.localdate(), starts_at="00:00", ends_at=""))
    assert "名单已更新" in answer.content.decode()
    assert gone.pk not in [person.pk for person in answer.context["form"].people]
    assert not Activity.objects.exists()
    assert post(client, "record", entry(world)).status_code == 302  # the day before, when they were there


def test_the_same_key_twice_is_one_record(client_for, world):
    client, data = client_for(world.secretary), entry(world)
    assert post(client, "record", data).url == post(client, "record", data).url
    assert Activity.objects.get().entries.count() == 1


def test_of_an_open_event_only_those_who_came_are_noted(client_for, world):
    came = world.members[0]
    data = entry(world, kinds=["volunteering"], circle="anyone", here=[came.pk])
    post(client_for(world.secretary), "record", data)
    stored = Activity.objects.get()
    assert (stored.expected, stored.present) == (1, 1)


def test_the_members_of_a_joint_host_elsewhere_are_not_told(client_for, world):
    stranger = builders.make_member(builders.make_organisation(world.committee), name="外支部党员")
    client = client_for(world.secretary)
    data = entry(world, joint_hosts=stranger.organisation.code)
    assert "外支部党员" not in post(client, "record-roll", data).content.decode()
    assert post(client, "record", data).status_code == 302
    stored = Activity.objects.get()
    assert stored.present == 11
    answer = send(
        client, "activity-attendance", {"roll": [{"member": stranger.pk, "state": "present"}]}, stored.pk
    )
    assert "找不到的党员编号" in answer.content.decode()
    # Their own officer may call them; the secretary's change leaves them as they are.
    rows = [{"member": member.pk, "state": "present"} for member in (*world.everybody, stranger)]
    assert (
        send(client_for(world.officer), "activity-attendance", {"roll": rows}, stored.pk).json()["present"]
        == 12
    )
    send(client, "activity-attendance", {"roll": rows[:11]}, stored.pk)
    stored.refresh_from_db()
    assert stored.present == 12


def test_the_roll_of_a_foreign_branch_is_not_shown(client_for, world):
    other = builders.make_user(Role.SECRETARY, builders.make_organisation(world.committee))
    assert post(client_for(other), "record-roll", entry(world)).status_code == 404
    assert post(client_for(other), "record", entry(world)).status_code == 404


# --- Rows 20–23 and 56 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_row_23_figures_add_up(client_for, world, absent):
    """A committee calls no roll."""
    counts = {"expected": 21, "present": 18, "on_leave": 2, "absent": absent, "guests": 4}
    data = entry(world, organisation=world.committee.pk, kinds=["training"], way="counts") | counts
    client = client_for(world.officer)
    page = post(client, "record", data)
    body = {
        "organisation": world.committee.code,
        "kinds": ["training"],
        "title": "培训",
        "starts_at": (timezone.now() - dt.timedelta(days=1)).isoformat(),
        "counts": counts,
    }
    answer = send(client, "activity-list", body)
    if absent == 1:
        assert (page.status_code, answer.status_code) == (302, 201)
    else:
        assert SUM in page.content.decode()
        assert answer.json()["present"] == [SUM]


@pytest.mark.parametrize(
    ("figures", "field", "sentence"),
    [
        ({"present": 5, "yes": 5, "written": 0, "passed": False}, "", ""),
        ({"present": 4, "yes": 4, "written": 0, "passed": False}, "present", QUORUM),
        ({"present": 10, "expected": 10, "yes": 10, "passed": True}, "", ""),
        ({"present": 11, "expected": 11, "yes": 11, "passed": True}, "expected", VOTERS),
        ({"present": 10, "yes": 6, "no": 4, "passed": True}, "", ""),
        ({"present": 10, "yes": 5, "no": 5, "passed": True}, "passed", MAJORITY),
    ],
)
def test_rows_20_to_22_of_a_vote(client_for, world, figures, field, sentence):
    figures = {"matter": "年度计划", "expected": 10, "no": 0, "abstained": 0, "written": 0} | figures
    stored, client = world.held(), client_for(world.secretary)
    page = post(
        client, "vote-add", {name: value for name, value in figures.items() if value is not False}, stored.pk
    )
    answer = send(client, "activity-votes", figures, stored.pk)
    if not sentence:
        assert (page.status_code, answer.status_code, stored.votes.count()) == (302, 201, 2)
        return
    assert sentence in page.content.decode()
    assert answer.json()[field][0].endswith(sentence)
    assert not stored.votes.exists()


def test_row_56_an_archived_record_opens_only_from_above(client_for, world):
    stored, by = world.held(), User.objects.system()
    vote = {
        "matter": "计划",
        "expected": 10,
        "present": 6,
        "yes": 6,
        "no": 0,
        "abstained": 0,
        "written": 0,
        "passed": True,
    }
    secretary, officer = client_for(world.secretary), client_for(world.officer)
    assert post(secretary, "activity-submit", {}, stored.pk).status_code == 302
    assert post(secretary, "activity-archive", {}, stored.pk).status_code == 403
    assert send(secretary, "activity-archive", {}, stored.pk).status_code == 403
    post(officer, "activity-archive", {}, stored.pk)
    stored.refresh_from_db()
    assert stored.state == ActivityState.ARCHIVED
    keys = [member.pk for member in world.everybody]
    data = entry(world, kinds=["members_meeting"], title="改名", shown=keys, here=keys)
    assert ARCHIVED in post(secretary, "activity-edit", data, stored.pk).content.decode()
    assert ARCHIVED in str(send(secretary, "activity-votes", vote, stored.pk).json())
    answer = secretary.patch(
        reverse("api:activity-detail", args=[stored.pk]), {"title": "改名"}, content_type="application/json"
    )
    assert ARCHIVED in str(answer.json())
    assert post(secretary, "activity-reopen", {"reason": "时间有误"}, stored.pk).status_code == 403
    post(officer, "activity-reopen", {"reason": ""}, stored.pk)
    stored.refresh_from_db()
    assert stored.state == ActivityState.ARCHIVED
    assert send(officer, "activity-reopen", {"reason": "时间有误"}, stored.pk).json()["state"] == "held"
    assert post(secretary, "activity-edit", data, stored.pk).status_code == 302
    assert by.pk not in stored.entries.exclude(act="held").values_list("by", flat=True)


# --- Changing ------------------------------------------------------------------------------------------


def test_two_people_who_change_one_record(client_for, world):
    stored = world.held(kinds=("theme_day",), roll={member.pk: ("present", "") for member in world.everybody})
    first, second = client_for(world.secretary), client_for(world.officer)
    address = reverse("activities:activity-edit", args=[stored.pk])
    seen_at = first.get(address).context["form"]["seen_at"].value()
    assert first.post(address, entry(world, title="甲改", seen_at=seen_at)).status_code == 302
    answer = second.post(address, entry(world, title="乙改", seen_at=seen_at))
    assert "已被他人修改" in answer.content.decode()
    stored.refresh_from_db()
    assert stored.title == "甲改"


def test_a_planned_one_is_held(client_for, world):
    client = client_for(world.secretary)
    plan = entry(world, day=timezone.localdate() + dt.timedelta(days=3), gist="", title="清洁日")
    stored = Activity.objects.get(pk=post(client, "activity-plan", plan).url.split("/")[-2])
    assert stored.state == ActivityState.PLANNED
    post(client, "activity-notify", {}, stored.pk)
    assert "尚未开始" in post(client, "activity-hold", plan, stored.pk).content.decode()
    assert post(client, "activity-hold", entry(world), stored.pk).status_code == 302
    stored.refresh_from_db()
    assert (stored.state, stored.present) == (ActivityState.HELD, 11)


def test_the_body_above_archives_many_at_once(client_for, world):
    records = [world.held() for _ in range(3)]
    for stored in records[:2]:
        actions.submit_activity(activity=stored, by=world.secretary)
    keys = [stored.pk for stored in records]
    post(client_for(world.secretary), "activity-archive-many", {"pick": keys})
    assert not Activity.objects.filter(state="archived").exists()
    officer = client_for(world.officer)
    post(officer, "activity-archive-many", {"pick": keys})  # one of them does not wait: none is archived
    assert not Activity.objects.filter(state="archived").exists()
    post(officer, "activity-archive-many", {"pick": keys[:2]})
    assert Activity.objects.filter(state="archived").count() == 2


def test_a_resolution_is_closed_once(client_for, world):
    stored, client = world.held(), client_for(world.secretary)
    post(client, "resolution-add", {"text": "整改", "owner_name": "张明"}, stored.pk)
    resolution = stored.resolutions.get()
    answer = send(client, "resolution-close", {"result": "已完成"}, resolution.pk)
    assert answer.json()["done_on"] == f"{timezone.localdate()}"
    assert "办结" in str(send(client, "resolution-close", {"result": "再次"}, resolution.pk).json())


# --- Photos and documents ------------------------------------------------------------------------------


def test_a_photo_is_shown_without_where_it_was_taken_and_withdrawn_not_deleted(
    client_for, world, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    stored, client = world.held(), client_for(world.secretary)
    image, out = Image.new("RGB", (40, 30), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    image.save(out, "JPEG", exif=exif)
    assert b"SECRETPHONE" in out.getvalue()
    address = reverse("activities:file-add", args=[stored.pk])
    client.post(address, {"files": [ContentFile(out.getvalue(), "合影.jpg"), ContentFile(b"MZ", "坏.exe")]})
    file = stored.files.get()  # the good one was kept
    shown = client.get(reverse("activities:file", args=[stored.pk, file.public_id]))
    content = shown.content if not shown.streaming else b"".join(shown.streaming_content)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert b"SECRETPHONE" not in content
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and content[:20] in path.read_bytes()]
    post(client, "file-withdraw", {"reason": "误传"}, stored.pk, file.public_id)
    assert client.get(reverse("activities:file", args=[stored.pk, file.public_id])).status_code == 403
    above = client_for(world.officer)
    assert above.get(reverse("activities:file", args=[stored.pk, file.public_id])).status_code == 200
    actions.submit_activity(activity=stored, by=world.secretary)
    client.post(address, {"files": [ContentFile(out.getvalue(), "再传.jpg")]})
    assert stored.files.count() == 1
    with pytest.raises(TypeError):
        file.delete()


# --- Lists and the file --------------------------------------------------------------------------------


def test_filters_and_figures_of_a_brand(client_for, world):
    client = client_for(world.officer)
    brand = client.post(
        reverse("activities:series-new"), {"organisation": world.committee.pk, "name": "科创大讲堂"}
    ).url.split("/")[-2]
    group = builders.make_organisation(world.branch, OrganisationKind.PARTY_GROUP)
    ours, other = (
        world.held(kinds=("theme_day", "party_lecture")),
        world.held(group, kinds=("group_meeting",)),
    )
    Activity.objects.filter(pk=ours.pk).update(series=brand, expected=9, present=9, guests=4)

    def found(query):
        page = client.get(reverse("activities:activity-list"), query).context["page"]
        return {activity.pk for activity in page}

    assert found({}) == {ours.pk, other.pk}
    for query in ({"kind": "party_lecture"}, {"series": brand}, {"q": "大会", "kind": "theme_day"}):
        assert found(query) == {ours.pk}
    assert found({"organisation": group.code}) == {other.pk}
    assert found({"organisation": world.branch.code, "state": "held"}) == {ours.pk, other.pk}
    assert found({"since": timezone.localdate()}) == set()
    years = client.get(reverse("activities:series", args=[brand])).context["years"]
    assert [(row["times"], row["came"], row["others"]) for row in years] == [(1, 9, 4)]


def test_the_file_has_the_columns_of_the_ledger_and_runs_nothing(client_for, world):
    stored = world.held(kinds=("theme_day", "party_lecture"))
    Activity.objects.filter(pk=stored.pk).update(title="=1+1", number="2026-001", place="+报告厅")
    client = client_for(world.officer)
    data = {"file_format": "xlsx", "purpose": "年度核对"}
    answer = client.post(reverse("activities:activity-export"), data)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[2]][:8] == [
        "活动编号", "活动名称", "活动类型", "主办党组织代码", "开始时间", "地点", "参加党员数", "参加群众数",
    ]  # fmt: skip
    row = sheet[3]
    assert [cell.data_type for cell in row[:6]] == ["s"] * 6
    assert [cell.value for cell in row[:4]] == ["2026-001", "=1+1", "主题党日、党课", world.branch.code]
    text = b"".join(
        client.post(reverse("activities:activity-export"), data | {"file_format": "csv"}).streaming_content
    )
    assert "'=1+1" in text.decode("utf-8-sig")
    assert AuditEvent.objects.filter(action="export").count() == 2
    assert client_for(world.secretary).get(reverse("activities:activity-export")).status_code == 403


# --- What stays out of the browser ---------------------------------------------------------------------


@pytest.mark.once
def test_no_script_stores_anything_in_the_browser():
    """Names of members must not outlive the page."""
    stores = ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.")
    for script in Path(ROOT / "static" / "js").glob("*.js"):
        assert not [store for store in stores if store in script.read_text()], script.name
