"""The ledger of activities as offices send it."""

import datetime as dt

import pytest

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
