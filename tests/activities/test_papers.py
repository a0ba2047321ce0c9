"""Minutes, sign-in sheets and the record book: what stands on them, on the page as in the file."""

import io

import pytest
from django.urls import reverse
from docx import Document

from activities.actions import activities as actions
from activities.actions import decisions, papers
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
    here, excused, away = (builders.make_member(branch, name=name) for name in ("张前", "李中", "王后"))
    roll = {here.pk: ("present", ""), excused.pk: ("leave", "出差"), away.pk: ("absent", "")}
    stored = record(
        branch,
        kinds=("members_meeting", "theme_day"),
        values=values(chair_name="张前", gist="讨论年度计划", ends_at=at(hour=17)),
        roll=roll,
        guests=[("赵客", "中试平台")],
    )
    by = User.objects.system()
    decisions.add_vote(
        activity=stored, matter="通过年度计划", expected=3, present=2, yes=2, passed=True, by=by
    )
    decisions.add_resolution(activity=stored, text="完成整改", owner_name="王后", by=by)
    return stored


FACTS = (
    "走进中试平台", "支部党员大会、主题党日", "2026-11-19 15:00–17:00", "党群服务站", "张前", "李中（出差）", "王后",
    "赵客（中试平台）", "讨论年度计划", "通过年度计划", "完成整改", "3人",
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
    address = reverse("activities:record-book", args=[branch.pk])
    book = words_of(b"".join(client.get(address, {"year": "2026"}).streaming_content))
    assert "2026年度组织生活记录本" in book
    assert "共1次" in book
    assert "李中（出差）" in book
    assert before.title not in book
    assert off.title not in book
    last = words_of(b"".join(client.get(address, {"year": "2025"}).streaming_content))
    assert before.title in last


def test_a_book_asks_as_often_for_one_record_as_for_three(meeting, branch, django_assert_num_queries):
    def taken():
        return papers.take_book(organisation=branch, year=2026, by=User.objects.system(), file_format="docx")

    with django_assert_num_queries(14):
        assert len(taken()) == 2
    member = builders.make_member(branch)
    for _ in range(2):
        record(branch, roll={member.pk: ("present", "")})
    with django_assert_num_queries(14):
        assert len(taken()) == 4


def test_what_is_not_known_stays_blank(branch):
    stored = record(branch, values={"title": "临时活动", "starts_at": at()})
    paper = minutes(with_contents(Activity.objects.filter(pk=stored.pk)).get())
    cells = [cell for line in paper.body[0].rows for cell in line.cells]
    assert cells[cells.index("主持人") + 1] == cells[cells.index("地点") + 1] == "＿＿＿＿＿＿"
