"""Minutes, sign-in sheets and the record book: what stands on them, on the page as in the file."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document

from activities.actions import activities as actions
from activities.actions import decisions
from activities.models import Activity
from activities.papers import minutes, with_contents
from orgs.models import AuditAction, AuditEvent, User
from tests import builders
from tests.activities.test_record import at, record, values

pytestmark = pytest.mark.django_db


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


@pytest.fixture
def meeting(branch):
    names = ("张前", "孙同", "李中", "王后")
    here, also, excused, away = (builders.make_member(branch, name=name) for name in names)
    roll = {
        here.pk: ("present", ""),
        also.pk: ("present", ""),
        excused.pk: ("leave", "出差"),
        away.pk: ("absent", ""),
    }
    stored = record(
        branch,
        kinds=("members_meeting", "theme_day"),
        values=values(chair_name="张前", gist="讨论年度计划", ends_at=at(hour=17)),
        roll=roll,
        guests=[("赵客", "中试平台")],
    )
    by = User.objects.system()
    decisions.add_vote(
        activity=stored, matter="通过年度计划", expected=4, present=2, yes=3, written=1, passed=True, by=by
    )
    decisions.add_resolution(activity=stored, text="完成整改", owner_name="王后", by=by)
    return stored


FACTS = (
    "走进中试平台", "支部党员大会、主题党日", "2026-11-19 15:00–17:00", "党群服务站", "张前", "李中（出差）", "王后",
    "赵客（中试平台）", "讨论年度计划", "通过年度计划", "完成整改", "4人",
)  # fmt: skip


def test_minutes_say_the_same_on_page_and_in_the_file(meeting, branch, client_for):
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:minutes", args=[meeting.pk])).content.decode()
    response = client.get(reverse("activities:minutes-file", args=[meeting.pk]))
    written = words_of(b"".join(response.streaming_content))
    assert [fact for fact in FACTS if fact not in page or fact not in written] == []
    member = meeting.attendances.first().member
    assert member.identity_number not in page + written
    assert member.mobile not in page + written
    assert AuditEvent.objects.filter(action=AuditAction.EXPORT, object_id=str(meeting.pk)).count() == 2


def test_a_sheet_names_everybody_expected(branch, client_for):
    members = [builders.make_member(branch) for _ in range(3)]
    builders.make_member(builders.make_organisation(builders.make_organisation()), name="外支部人")
    activity = record(branch)
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:sign-in-sheet", args=[activity.pk])).content.decode()
    response = client.get(reverse("activities:sign-in-sheet-file", args=[activity.pk]))
    written = words_of(b"".join(response.streaming_content))
    assert all(member.name in page and member.name in written for member in members)
    assert "外支部人" not in page + written


def test_a_record_book_holds_the_year_and_nothing_cancelled(meeting, branch, client_for):
    before = record(branch, values=values(title="去年的活动", starts_at=at(at().date().replace(year=2025))))
    off = record(branch, values=values(title="作废的座谈"))
    actions.cancel_activity(activity=off, reason="重复登记", by=User.objects.system())
    client = client_for(builders.make_user("secretary", branch))
    book = book_of(client, branch, 2026)
    assert "2026年度组织生活记录本" in book
    assert "共1次" in book
    assert "李中（出差）" in book
    assert "用途：年终检查" in book
    assert before.title not in book
    assert off.title not in book
    assert before.title in book_of(client, branch, 2025)
    event = AuditEvent.objects.filter(action=AuditAction.EXPORT).latest("pk")
    assert event.detail["purpose"] == "年终检查"
    page = client.post(reverse("activities:record-book", args=[branch.pk]), {"year": 2999, "purpose": "检查"})
    assert "还没有到这一年" in page.content.decode()


def book_of(client, branch, year) -> str:
    data = {"year": year, "purpose": "年终检查"}
    response = client.post(reverse("activities:record-book", args=[branch.pk]), data)
    return words_of(b"".join(response.streaming_content))


def test_a_book_asks_as_often_for_one_record_as_for_three(meeting, branch, client_for):
    client = client_for(builders.make_user("secretary", branch))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            book_of(client, branch, 2026)
        return len(queries)

    book_of(client, branch, 2026)
    once, member = asked(), builders.make_member(branch)
    for _ in range(2):
        record(branch, roll={member.pk: ("present", "")})
    assert asked() == once


def test_of_a_joint_host_elsewhere_nobody_reads_why_somebody_was_away(branch, client_for):
    other = builders.make_organisation(builders.make_organisation())
    ours, theirs = builders.make_member(branch), builders.make_member(other)
    stored = record(
        branch, joint_hosts=[other], roll={ours.pk: ("leave", "照料老人"), theirs.pk: ("leave", "住院手术")}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM activities_attendance")
        assert "手术" not in str(cursor.fetchall())
    for place, seen, hidden in ((branch, "照料老人", "住院手术"), (other, "住院手术", "照料老人")):
        client = client_for(builders.make_user("secretary", place))
        pages = [
            client.get(reverse(name, args=[stored.pk])).content.decode()
            for name in ("activities:activity", "activities:minutes", "api:activity-detail")
        ]
        assert all(seen in page and hidden not in page for page in pages)
        assert hidden not in book_of(client, place, 2026)


def test_the_file_of_the_minutes_is_for_those_who_keep_the_record(meeting, branch, client_for):
    reader = client_for(builders.make_user("leader", branch))
    page = reader.get(reverse("activities:minutes", args=[meeting.pk]))
    assert (page.status_code, "下载 Word" in page.content.decode()) == (200, False)
    assert reader.get(reverse("activities:minutes-file", args=[meeting.pk])).status_code == 403


def test_what_is_not_known_stays_blank(branch):
    stored = record(branch, values={"title": "临时活动", "starts_at": at()})
    paper = minutes(with_contents(Activity.objects.filter(pk=stored.pk)).get())
    cells = [cell for line in paper.body[0].rows for cell in line.cells]
    assert cells[cells.index("主持人") + 1] == cells[cells.index("地点") + 1] == "＿＿＿＿＿＿"
