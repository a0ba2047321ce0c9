"""A record of a gathering, from its plan to the archive, and the rules about who was there and how they voted."""

import datetime as dt
import uuid

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities import roster, todos
from activities.actions import activities as actions
from activities.actions import decisions
from activities.models import Activity, ActivityState
from activities.validators import validate_vote
from orgs.models import AuditEvent, Organisation, User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 19)


def at(day=DAY, hour=15) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def values(**kw):
    return {"title": "走进中试平台", "starts_at": at(), "place": "党群服务站"} | kw


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def record(branch, kinds=("theme_day",), **kw):
    kw = {"organisation": branch, "kinds": kinds, "values": values(), "by": User.objects.system()} | kw
    return actions.record_activity(**kw)


def test_a_record_counts_its_roll(branch):
    here, excused, away = (builders.make_member(branch) for _ in range(3))
    observer = builders.make_member(builders.make_organisation(builders.make_organisation()))
    roll = {
        here.pk: ("present", ""),
        excused.pk: ("leave", "出差"),
        away.pk: ("absent", ""),
        observer.pk: ("observer", ""),
    }
    stored = record(branch, roll=roll, guests=[("王工", "中试平台")])
    stored.refresh_from_db()
    assert (stored.expected, stored.present, stored.on_leave, stored.absent, stored.guests) == (3, 1, 1, 1, 2)
    assert stored.state == ActivityState.HELD


@pytest.mark.parametrize(
    ("since", "until", "refused"),
    [
        (DAY, None, False),
        (DAY + dt.timedelta(days=1), None, True),
        (None, DAY, True),
        (None, DAY + dt.timedelta(days=1), False),
    ],
)
def test_the_roll_is_of_the_day(branch, since, until, refused):
    """Postings are dated: `since` is the first day, `until` the first day no longer."""
    member = builders.make_member(branch, since=since)
    if until:
        member.postings.update(until=until, closed_how="transferred_out")
    if refused:
        with pytest.raises(ValidationError, match="只能登记为列席"):
            record(branch, roll={member.pk: ("present", "")})
    else:
        assert record(branch, roll={member.pk: ("present", "")}).present == 1


def test_a_leave_needs_its_reason_and_figures_their_sum(branch):
    member = builders.make_member(branch)
    with pytest.raises(ValidationError, match="请假原因"):
        record(branch, roll={member.pk: ("leave", " ")})
    counts = {"expected": 21, "present": 18, "on_leave": 2, "absent": 0}
    with pytest.raises(ValidationError, match="应到、实到、请假、缺席人数不一致"):
        record(branch, counts=counts)
    assert record(branch, counts=counts | {"absent": 1}).present == 18
    assert Activity.objects.count() == 1


def test_what_is_sent_twice_is_stored_once(branch):
    key = uuid.uuid4()
    assert record(branch, entry_key=key).pk == record(branch, entry_key=key).pk
    assert Activity.objects.get().entries.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kinds": ()}, "请选择活动类型"),
        ({"kinds": ("branch_committee", "theme_day")}, "支委会须单独召开"),
        ({"kinds": ("group_meeting",)}, "由党小组召开"),
        ({"values": values(ends_at=at(hour=15))}, "结束时间须晚于开始时间"),
        ({"values": values(starts_at=timezone.now() + dt.timedelta(hours=1))}, "尚未开始"),
        ({"values": values(starts_at=at(dt.date(2019, 12, 31)))}, "当时尚未成立"),
        ({"values": values(title="")}, "不能为空|字段"),
    ],
)
def test_a_wrong_record_is_refused(branch, change, sentence):
    with pytest.raises(ValidationError, match=sentence):
        record(branch, **change)
    assert not Activity.objects.exists()


def test_only_the_body_above_opens_an_archived_record(branch):
    by = User.objects.system()
    stored = record(branch)
    actions.submit_activity(activity=stored, by=by)
    with pytest.raises(ValidationError, match="正在审核"):
        actions.change_activity(activity=stored, values={"title": "改名"}, by=by)
    actions.archive_activity(activity=stored, by=by)
    with pytest.raises(ValidationError, match="记录已归档，如需更正请由上级退回并说明原因"):
        actions.change_activity(activity=stored, values={"title": "改名"}, by=by)
    with pytest.raises(ValidationError, match="请说明原因"):
        actions.reopen_activity(activity=stored, reason=" ", by=by)
    actions.reopen_activity(activity=stored, reason="时间有误", by=by)
    actions.change_activity(activity=stored, values={"title": "改名"}, by=by)
    assert [entry.act for entry in stored.entries.all()] == [
        "held",
        "submitted",
        "archived",
        "reopened",
        "changed",
    ]
    with pytest.raises(TypeError):
        stored.delete()


def test_a_record_is_late_after_seven_days(branch):
    today = timezone.localdate()
    for days, late in ((7, False), (8, True)):
        stored = record(branch, values=values(starts_at=at(today - dt.timedelta(days=days), 9)))
        assert stored.is_late is late


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"present": 5, "yes": 6, "written": 1}, ""),
        ({"present": 4, "yes": 4}, "未达半数"),
        ({"present": 5, "yes": 5}, "未超过"),
        ({"present": 9, "yes": 5, "no": 4}, "未超过"),
        ({"present": 9, "yes": 6, "no": 3}, ""),
        ({"present": 9, "yes": 6, "no": 2}, "之和"),
        ({"present": 5, "yes": 5, "passed": False}, ""),
        ({"expected": 11, "present": 11, "yes": 11}, "有表决权的党员为10人。预备党员没有表决权"),
        ({"present": 8, "yes": 11, "written": 3}, "不能多于未到会"),
    ],
)
def test_the_arithmetic_of_a_vote(figures, sentence):
    """Exactly half may vote, exactly half does not pass."""
    figures = {"expected": 10, "no": 0, "abstained": 0, "written": 0, "passed": True} | figures
    if not sentence:
        validate_vote(**figures, voters=10)
        return
    with pytest.raises(ValidationError, match=sentence):
        validate_vote(**figures, voters=10)


def test_probationary_members_and_suspended_ones_have_no_vote(branch):
    for _ in range(2):
        builders.make_member(branch)
    builders.make_member(branch, membership="probationary", joined_on=dt.date(2026, 3, 1))
    stored = record(branch, kinds=("members_meeting",))
    vote = {"activity": stored, "matter": "年度计划", "by": User.objects.system(), "passed": True}
    with pytest.raises(ValidationError, match="有表决权的党员为2人"):
        decisions.add_vote(**vote, expected=3, present=3, yes=3)
    assert decisions.add_vote(**vote, expected=2, present=2, yes=2).passed


def test_the_base_of_a_vote_is_the_register_and_the_roll(branch):
    members = [builders.make_member(branch) for _ in range(4)]
    roll = {member.pk: ("present", "") for member in members[:3]} | {members[3].pk: ("leave", "病假")}
    stored = record(branch, kinds=("members_meeting",), roll=roll)
    vote = {"activity": stored, "matter": "年度计划", "by": User.objects.system(), "passed": True}
    with pytest.raises(ValidationError, match="有表决权的党员为4人，登记的应到会为3人"):
        decisions.add_vote(**vote, expected=3, present=3, yes=3)
    assert decisions.add_vote(**vote, expected=3, present=3, yes=3, note="1人长期病休").passed
    with pytest.raises(ValidationError, match="到会名单中有表决权的党员为3人"):
        decisions.add_vote(**vote, expected=4, present=4, yes=4)


def test_in_a_committee_its_members_vote(branch):
    members = [builders.make_member(branch) for _ in range(5)]
    stored = record(branch, kinds=("branch_committee",))
    assert roster.votes_of(stored) == (None, None)
    for member in members[:3]:
        branch.posts.create(title="member", person_name=member.name)
    roll = {member.pk: ("present", "") for member in members[:3]}
    stored = record(branch, kinds=("branch_committee",), roll=roll, values=values(title="支委会"))
    assert roster.votes_of(stored) == (3, 3)
    vote = {"activity": stored, "matter": "年度计划", "by": User.objects.system(), "passed": True}
    with pytest.raises(ValidationError, match="有表决权的党员为3人"):
        decisions.add_vote(**vote, expected=5, present=3, yes=3)


def test_a_vote_entered_wrongly_stays_and_counts_no_longer(branch):
    stored, by = record(branch), User.objects.system()
    for _ in range(3):
        builders.make_member(branch)
    vote = decisions.add_vote(
        activity=stored, matter="接收张三", expected=3, present=3, yes=3, passed=True, by=by
    )
    with pytest.raises(ValidationError, match="原因"):
        decisions.withdraw_vote(vote=vote, reason=" ", by=by)
    decisions.withdraw_vote(vote=vote, reason="人数有误", by=by)
    with pytest.raises(ValidationError, match="已撤销"):
        decisions.withdraw_vote(vote=vote, reason="人数有误", by=by)
    assert not stored.votes.standing().exists()
    # What was put to the vote may name somebody: the trail does not repeat it.
    trail = [
        *AuditEvent.objects.values_list("detail"),
        *LogEntry.objects.values_list("object_repr", "changes"),
    ]
    assert "张三" not in str(trail)


def test_a_resolution_is_closed_after_the_meeting(branch):
    by = User.objects.system()
    stored = record(branch)
    with pytest.raises(ValidationError, match="不能早于会议日期"):
        decisions.add_resolution(activity=stored, text="整改", due_on=DAY - dt.timedelta(days=1), by=by)
    resolution = decisions.add_resolution(activity=stored, text="整改", owner_name="张明", due_on=DAY, by=by)
    actions.submit_activity(activity=stored, by=by)
    actions.archive_activity(activity=stored, by=by)
    decisions.close_resolution(resolution=resolution, on=DAY, result="已完成", by=by)
    with pytest.raises(ValidationError, match="办结"):
        decisions.close_resolution(resolution=resolution, on=DAY, result="已完成", by=by)


def test_the_home_page_reminds_of_resolutions_and_of_records_to_review(branch):
    """A week before the day, not eight days; whoever reviews is told of records, who handed them in is not."""
    today, by = timezone.localdate(), User.objects.system()
    stored = record(branch)
    for days in (7, 8):
        decisions.add_resolution(
            activity=stored, text=f"{days}天后完成", due_on=today + dt.timedelta(days=days), by=by
        )
    done = decisions.add_resolution(activity=stored, text="已经完成", due_on=today, by=by)
    decisions.close_resolution(resolution=done, on=today, result="完成", by=by)
    actions.submit_activity(activity=stored, by=by)
    secretary = builders.make_user("secretary", branch)
    officer = builders.make_user("officer", Organisation.objects.get_parent(branch))
    told = {user: [line.title for line in todos.to_dos(user, today)] for user in (secretary, officer)}
    assert [title for title in told[secretary] if "决议" in title] == ["决议待落实：7天后完成"]
    assert not [title for title in told[secretary] if "待审核" in title]
    assert "活动记录待审核 1 份" in told[officer]
    assert Activity.objects.reviewable_by(officer).get() == stored
    assert not Activity.objects.reviewable_by(secretary).exists()


def plan(branch, **kw):
    values_ = values(starts_at=timezone.now() + dt.timedelta(days=2), **kw)
    return actions.plan_activity(
        organisation=branch, kinds=("theme_day",), values=values_, by=User.objects.system()
    )


@pytest.mark.parametrize("part", [{"roll": {}}, {"counts": {"expected": 1, "present": 1}}, {"guests": []}])
def test_a_plan_takes_no_attendance_and_no_resolution(branch, part):
    stored, by = plan(branch), User.objects.system()
    with pytest.raises(ValidationError, match="尚未登记召开"):
        actions.change_activity(activity=stored, by=by, **part)
    with pytest.raises(ValidationError, match="尚未召开"):
        decisions.add_resolution(activity=stored, text="修缮", by=by)


def test_a_plan_moved_to_another_day_asks_its_hosts_again(branch):
    stored, by = plan(branch), User.objects.system()
    young = builders.make_organisation(builders.make_organisation(), founded_on=timezone.localdate())
    stored = actions.change_activity(activity=stored, joint_hosts=[young], by=by)
    stored.signup_until = stored.starts_at
    stored.save()
    earlier = {"starts_at": timezone.now() - dt.timedelta(days=3)}
    with pytest.raises(ValidationError, match="当时尚未成立"):
        actions.change_activity(activity=stored, values=earlier, by=by)
    nearer = {"starts_at": timezone.now() + dt.timedelta(days=1)}
    stored = actions.change_activity(activity=stored, values=nearer, by=by)
    assert stored.signup_until == stored.starts_at


def test_who_held_it_with_others_is_told_when_it_was_held(branch):
    stored, by = plan(branch), User.objects.system()
    other = builders.make_organisation(builders.make_organisation())
    Activity.objects.update(starts_at=timezone.now() - dt.timedelta(hours=1))
    stored.refresh_from_db()
    seen = stored.updated_at
    held = actions.hold_activity(activity=stored, joint_hosts=[other], seen_at=seen, by=by)
    assert held.hosts == [branch, other]
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_activity(activity=held, seen_at=seen, by=by)
