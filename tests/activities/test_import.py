"""The ledger of activities as offices send it."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from activities.actions import activities as actions
from activities.models import Activity, ActivityEntry, ActivityKind
from members.models import root_of
from orgs.models import Organisation, User
from tests import builders
from tests.activities.test_record import at, record
from tests.imports.helpers import apply, contents, problem_codes, stage, undo, workbook

pytestmark = pytest.mark.django_db
HEADERS = (
    "活动编号",
    "活动名称",
    "活动类型",
    "主办党组织代码",
    "开始时间",
    "地点",
    "参加党员数",
    "参加群众数",
)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def ledger(*rows):
    return workbook(HEADERS, *rows, title="2026年度活动台账")


def row(branch, number="2026-001", **kw):
    values = {
        "number": number,
        "title": "走进中试平台第1期",
        "kinds": "主题党日",
        "host": branch.code,
        "at": "2026-05-19 15:00",
        "place": "线上",
        "present": 18,
        "guests": 5,
    } | kw
    return tuple(values.values())


def test_a_ledger_comes_in_changes_and_is_taken_back(branch):
    before = contents(Activity, ActivityKind, ActivityEntry)
    first = apply(
        stage("activities", ledger(row(branch), row(branch, "", kinds="主题党日、党课", present=9)))
    )
    assert first.counts["new"] == 2
    stored = Activity.objects.get(number="2026-001")
    assert (stored.expected, stored.present, stored.guests, stored.is_online) == (18, 18, 5, True)
    assert (stored.held_on, stored.state, stored.root_id) == (
        dt.date(2026, 5, 19),
        "held",
        root_of(branch),
    )
    assert stored.entries.get().reason == "导入“名单.xlsx”"
    two = Activity.objects.get(number="")
    assert {kind.kind for kind in two.kinds.all()} == {"theme_day", "party_lecture"}
    full = contents(Activity, ActivityKind, ActivityEntry)
    again = stage("activities", ledger(row(branch), row(branch, "", kinds="主题党日、党课", present=9)))
    assert again.counts["unchanged"] == 2
    other = apply(stage("activities", ledger(row(branch, kinds="志愿服务", present=20, at="2026/5/20 9:30"))))
    assert other.counts["changed"] == 1
    stored.refresh_from_db()
    assert (stored.expected, stored.held_on, stored.kinds.get().kind) == (
        20,
        dt.date(2026, 5, 20),
        "volunteering",
    )
    undo(other)
    assert contents(Activity)[Activity] == full[Activity]
    words = ["导入“名单.xlsx”", "导入“名单.xlsx”", "撤销导入“名单.xlsx”"]
    assert list(stored.entries.values_list("reason", flat=True)) == words
    undo(first)
    assert contents(Activity, ActivityKind)[Activity] == before[Activity]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, "name_missing"),
        ({"kinds": "团建"}, "kind_unknown"),
        ({"host": "ZJ-9999"}, "organisation_unknown"),
        ({"at": "2026-02-30 9:00"}, "date_invalid"),
        ({"at": "2026-05-19 25:00"}, "date_invalid"),
        ({"at": "2099-05-19 15:00"}, "date_future"),
        ({"at": "2019-05-19 15:00"}, "dates_order"),
        ({"present": "若干"}, "integer_invalid"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(branch, change, code):
    run = stage("activities", ledger(row(branch, **change)))
    assert problem_codes(run) == {3: [code]}
    text = run.staged.get().problems[0]["text"]
    assert text.startswith("第3行“")
    assert text.endswith("。")


def test_a_ledger_does_not_touch_what_is_archived_or_counted_by_name(branch):
    member, by = builders.make_member(branch), User.objects.system()
    called = record(branch, roll={member.pk: ("present", "")})
    archived = record(
        branch, values={"title": "归档的", "starts_at": at(hour=9)}, counts={"expected": 3, "present": 3}
    )
    actions.submit_activity(activity=archived, by=by)
    actions.archive_activity(activity=archived, by=by)
    rows = [
        row(branch, "", title=one.title, at=f"{one.held_on} {hour}:00", place=one.place, present=2, guests=0)
        for one, hour in ((called, 15), (archived, 9))
    ]
    run = stage("activities", ledger(*rows))
    assert problem_codes(run) == {3: ["roll_called"], 4: ["record_closed"]}


def test_a_ledger_names_only_organisations_of_the_importer(branch):
    theirs = builders.make_organisation(builders.make_organisation())
    officer = builders.make_user("officer", Organisation.objects.get_parent(branch))
    run = stage("activities", ledger(row(branch), row(theirs, "2026-002")), by=officer)
    assert problem_codes(run) == {4: ["organisation_unknown"]}


def test_a_ledger_leaves_out_plans_and_keeps_who_was_away(branch):
    counts = {"expected": 20, "present": 16, "on_leave": 3, "absent": 1}
    held = record(branch, values={"title": "义诊", "starts_at": at()}, counts=counts)
    plan = {"title": "参观", "starts_at": at() + dt.timedelta(hours=1)}
    actions.plan_activity(organisation=branch, kinds=("theme_day",), values=plan, by=User.objects.system())
    rows = [
        row(branch, "", title="义诊", at=f"{held.held_on} 15:00", place="", present=17, guests=0),
        row(branch, "", title="参观", at=f"{held.held_on} 16:00", place="", present=9, guests=0),
    ]
    run = stage("activities", ledger(*rows))
    assert problem_codes(run) == {4: ["record_planned"]}
    apply(run)
    held.refresh_from_db()
    assert (held.expected, held.present, held.on_leave, held.absent) == (21, 17, 3, 1)


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_own_export_comes_back_unchanged(client_for, branch, file_format, tmp_path, capsys):
    """Counts and rolls, online and on the spot, one kind and two, joint hosts, and a title that looks like a formula."""
    committee = Organisation.objects.get_parent(branch)
    officer = builders.make_user("officer", committee)
    member = builders.make_member(branch)
    counts = {"expected": 20, "present": 16, "on_leave": 3, "absent": 1}
    first = {"title": "=HYPERLINK(1)，“含引号”", "starts_at": at(), "place": "一楼, 会议室"}
    record(branch, kinds=("theme_day", "party_lecture"), values=first, counts=counts)
    online = {"title": "读书会", "starts_at": at(hour=9), "is_online": True}
    record(
        branch,
        kinds=("training",),
        values=online,
        roll={member.pk: ("leave", "出差")},
        joint_hosts=[committee],
    )
    record(committee, kinds=("forum",), values={"title": "大讲堂", "starts_at": at(hour=10)}, counts=counts)
    before = contents(Activity, ActivityKind, ActivityEntry)
    response = client_for(officer).post(
        reverse("activities:activity-export"), {"file_format": file_format, "purpose": "年底归档"}
    )
    file = tmp_path / f"ledger.{file_format}"
    file.write_bytes(b"".join(response.streaming_content))

    call_command("import_workbook", "activities", str(file), "--apply", "--json")

    result = json.loads(capsys.readouterr().out)
    assert result["errors"] == {}
    assert (result["rows"], result["unchanged"]) == (3, 3)
    assert contents(Activity, ActivityKind, ActivityEntry) == before
