"""Recording, changing and deciding through the pages and the interface: what each refuses, at the boundary."""

import datetime as dt
import io
import uuid
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from activities import record_todos
from activities.actions import activities as actions
from activities.actions import decisions
from activities.duties.periods import Period, Unit, index_of
from activities.duties.words import record_url
from activities.models import Activity, ActivityState, Series
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, Role, User
from tests import builders
from tests.activities.test_record import at
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


def test_a_reminder_of_last_year_records_for_last_year(client_for, world):
    client, last = client_for(world.secretary), timezone.localdate().year - 1
    cell = SimpleNamespace(
        kind="org_life_meeting", period=Period(Unit.YEAR, index_of(Unit.YEAR, dt.date(last, 6, 1)))
    )
    form = client.get(record_url(world.branch, cell)).context["form"]
    assert form["belongs_to_year"].value() == last
    other = client.get(reverse("activities:record"), {"year": "1949"}).context["form"]
    assert other["belongs_to_year"].value() is None


def test_the_reminder_of_resolutions_opens_the_records_that_have_them(client_for, world):
    plain, by, today = world.held(), User.objects.system(), timezone.localdate()
    due, later = (world.held(kinds=("theme_day",)) for _ in range(2))
    decisions.add_resolution(activity=due, text="修缮活动室", due_on=today, by=by)
    decisions.add_resolution(activity=later, text="完善制度", due_on=today + dt.timedelta(days=90), by=by)
    client = client_for(world.secretary)

    def listed(value):
        page = client.get(reverse("activities:activity-list"), {"resolutions": value}).context["page"]
        return {row.pk for row in page}

    assert (listed("due"), listed("open"), listed("")) == (
        {due.pk},
        {due.pk, later.pk},
        {plain.pk, due.pk, later.pk},
    )
    assert [to_do.title for to_do in record_todos.resolutions(world.secretary, today)] == [
        "决议待落实：修缮活动室"
    ]
    # The committee above is not asked to carry out what its branch resolved.
    assert list(record_todos.resolutions(world.officer, today)) == []


def test_brands_count_what_is_in_sight_and_are_offered_while_they_last(client_for, world):
    brand = Series.objects.create(organisation=world.committee, name="科创大讲堂")
    over = Series.objects.create(
        organisation=world.committee, name="往年系列", ended_on=dt.date(2025, 12, 31)
    )
    elsewhere = builders.make_organisation(world.committee)
    for stored in (world.held(), world.held(organisation=elsewhere, kinds=("theme_day",))):
        Activity.objects.filter(pk=stored.pk).update(series=brand, expected=9, present=9)

    def counted(user):
        page = client_for(user).get(reverse("activities:series-list")).context["page"]
        return [(row.held, row.present) for row in page if row.pk == brand.pk]

    assert (counted(world.officer), counted(world.secretary)) == ([(2, 18)], [(1, 9)])
    form = client_for(world.secretary).get(reverse("activities:record")).context["form"]
    assert set(form.fields["series"].queryset) == {brand}
    assert over.pk != brand.pk


def test_a_closed_record_is_not_drawn_as_a_form(client_for, world):
    stored, by, client = world.held(), User.objects.system(), client_for(world.secretary)
    actions.submit_activity(activity=stored, by=by)
    for name in ("activity-edit", "activity-hold"):
        answer = client.get(reverse(f"activities:{name}", args=[stored.pk]), follow=True)
        assert answer.redirect_chain
        assert "不能这样办理" in answer.content.decode()
    assert client.post(reverse("activities:record-roll"), {"activity": "9" * 400}).status_code == 404


def test_an_activity_of_several_days_says_its_last():
    start = at(hour=9)
    found = Activity(starts_at=start, ends_at=start + dt.timedelta(days=1, hours=7))
    assert found.when_words == "2026-11-19 09:00–2026-11-20 16:00"
    found.ends_at = start + dt.timedelta(hours=2)
    assert found.when_words == "2026-11-19 09:00–11:00"
