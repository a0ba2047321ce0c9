"""Who is told what about activities, when, and never twice."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities import notices, tasks
from activities.actions import activities as actions
from activities.actions import decisions, signup
from activities.models import Activity, ActivityEntry, Resolution
from activities.notices import acts, days
from orgs.kinds import OrganisationKind
from orgs.models import Appointment, Notice, Organisation, Post, PostTitle, User
from tests import builders
from tests.activities.test_record import at

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def committee(db):
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


def with_account(organisation, **kw):
    """A member who signs in."""
    member = builders.make_member(organisation, **kw)
    member.account = builders.make_user("member", organisation)
    member.save()
    return member


def plan(branch, *, kinds=("theme_day",), starts=3 * DAY, title="清洁日", **kw):
    values = {"title": title, "starts_at": timezone.now() + starts, "place": "会议中心"}
    by = kw.pop("by", User.objects.system())
    return actions.plan_activity(organisation=branch, kinds=kinds, values=values, by=by, **kw)


def notify(activity):
    return actions.notify_activity(activity=activity, by=User.objects.system())


def told(member=None, **kw):
    rows = Notice.objects.filter(user=member.account) if member else Notice.objects.all()
    return [row.title for row in rows.filter(**kw).order_by("pk")]


# --- Acts ----------------------------------------------------------------------------------------------


def test_those_expected_are_told_and_others_are_not(branch, committee):
    member, elsewhere = with_account(branch), with_account(builders.make_organisation(committee))
    builders.make_member(branch)  # without an account
    gone = with_account(branch)
    gone.account.is_active = False
    gone.account.save()
    unappointed = with_account(branch)
    unappointed.account.appointments.update(ends_on=timezone.localdate() - DAY, starts_on="2020-01-01")
    activity = plan(branch)
    assert tasks.tell_acts() == 0  # a plan is not announced
    notify(activity)
    assert tasks.tell_acts() == 1
    assert told(member) == ["活动通知：清洁日"]
    assert told(elsewhere) == told(gone) == told(unappointed) == []
    notice = Notice.objects.get()
    assert notice.detail == f"{activity.when_words}，会议中心，{branch.name}主办"
    assert member.name not in notice.title + notice.detail


def test_each_task_may_run_again_and_both_together(branch):
    with_account(branch)
    entry = notify(plan(branch)).entries.get(act="notified")
    assert tasks.tell_act(entry.pk) == 1
    assert [tasks.tell_act(entry.pk), tasks.tell_acts()] == [0, 0]
    assert Notice.objects.count() == 1


def test_the_act_sends_after_its_commit_and_a_dead_queue_loses_nothing(
    branch, monkeypatch, django_capture_on_commit_callbacks
):
    member, sent = with_account(branch), []
    monkeypatch.setattr(tasks.tell_act, "delay", sent.append)
    with django_capture_on_commit_callbacks() as callbacks:
        entry = notify(plan(branch)).entries.get(act="notified")
    assert sent == []
    for callback in callbacks:
        callback()
    assert sent == [entry.pk]

    def dead(pk):
        raise ConnectionError

    monkeypatch.setattr(tasks.tell_act, "delay", dead)
    notices.send(entry.pk)
    assert told(member) == []
    tasks.tell_acts()
    assert told(member) == ["活动通知：清洁日"]


def test_an_announced_activity_that_moves_is_told_again_each_time(branch):
    member = with_account(branch)
    activity = notify(plan(branch))
    tasks.tell_acts()
    first = activity.starts_at
    for starts in (first + DAY, first, first):  # there, back, and saved without a change
        actions.change_activity(activity=activity, values={"starts_at": starts}, by=User.objects.system())
    tasks.tell_acts()
    assert told(member) == ["活动通知：清洁日", "活动改期：清洁日", "活动改期：清洁日"]
    assert "现定于" in Notice.objects.latest("pk").detail


def test_a_plan_that_nobody_heard_of_moves_in_silence_but_for_those_who_signed_up(branch):
    member, going = with_account(branch), with_account(branch)
    activity = plan(branch)
    signup.offer_signup(activity=activity, until=timezone.now() + DAY, by=User.objects.system())
    signup.sign_up(activity=activity, member=going, by=going.account)
    actions.change_activity(
        activity=activity, values={"starts_at": activity.starts_at + DAY}, by=User.objects.system()
    )
    actions.cancel_activity(activity=activity, reason="改由上级举办", by=User.objects.system())
    tasks.tell_acts()
    assert told(member) == []
    assert told(going) == ["活动取消：清洁日"]  # that it moved is no longer so
    assert "改由上级举办" not in Notice.objects.get().detail


def test_a_record_that_is_cancelled_tells_no_member(branch):
    with_account(branch)
    activity = notify(plan(branch))
    Activity.objects.filter(pk=activity.pk).update(starts_at=timezone.now() - DAY)
    activity.refresh_from_db()
    held = actions.hold_activity(activity=activity, by=User.objects.system())
    actions.cancel_activity(activity=held, reason="重复", by=User.objects.system())
    assert tasks.tell_acts() == 0


def test_what_is_over_or_long_ago_is_not_announced(branch):
    with_account(branch)
    over = notify(plan(branch))
    Activity.objects.filter(pk=over.pk).update(starts_at=timezone.now() - DAY)
    assert tasks.tell_acts() == 0
    old = notify(plan(branch, starts=9 * DAY))
    ActivityEntry.objects.filter(activity=old)._raw_delete("default")
    entry = ActivityEntry.objects.create(activity=old, act="notified", at=timezone.now() - 3 * DAY)
    assert tasks.tell_acts() == 0
    assert tasks.tell_act(entry.pk) == 1  # late, but asked for


def test_the_committees_meeting_is_told_to_the_committee(branch):
    member, sits = with_account(branch), with_account(branch)
    activity = notify(plan(branch, kinds=("branch_committee",)))
    assert tasks.tell_acts() == 0  # nobody is known to sit on it
    Post.objects.create(
        organisation=branch, title=PostTitle.PUBLICITY_MEMBER, person_name=sits.name, since="2025-01-01"
    )
    tasks.tell_acts()
    assert (told(member), told(sits)) == ([], [f"活动通知：{activity.title}"])


def test_a_groups_meeting_and_joint_hosts_reach_the_branches(branch, committee):
    group = builders.make_organisation(branch, OrganisationKind.PARTY_GROUP)
    other = builders.make_organisation(committee)
    member, joint = with_account(branch), with_account(other)
    notify(plan(group, kinds=("group_meeting",), title="小组会"))
    notify(plan(branch, joint_hosts=[other]))
    tasks.tell_acts()
    assert told(member) == ["活动通知：小组会", "活动通知：清洁日"]
    assert told(joint) == ["活动通知：清洁日"]


def test_a_record_sent_back_is_told_to_who_wrote_it_and_still_keeps_it(branch, committee):
    writer, former = builders.make_user("secretary", branch), builders.make_user("secretary", branch)
    above = builders.make_user("officer", committee)
    found = []
    for by in (writer, former):
        held = actions.record_activity(
            organisation=branch,
            kinds=("theme_day",),
            values={"title": f"主题党日{by.pk}", "starts_at": timezone.now() - DAY},
            by=by,
        )
        actions.submit_activity(activity=held, by=by)
        found.append(actions.return_activity(activity=held, reason="缺少名单", by=above))
    former.appointments.update(ends_on=timezone.localdate() - DAY, starts_on="2020-01-01")
    assert tasks.tell_acts() == 1
    notice = Notice.objects.get()
    assert (notice.user, notice.title) == (writer, f"活动记录被退回：主题党日{writer.pk}")
    assert notice.url == f"/activities/{found[0].pk}/"
    assert "缺少名单" not in notice.detail


def test_who_moves_up_is_told_once_and_again_after_waiting_again(branch):
    first, second = with_account(branch), with_account(branch)
    activity, by = plan(branch), User.objects.system()
    signup.offer_signup(activity=activity, until=timezone.now() + DAY, places=1, by=by)
    rows = [signup.sign_up(activity=activity, member=one, by=by) for one in (first, second)]
    assert told() == []
    signup.withdraw(signup=rows[0], by=by)
    assert (told(first), told(second)) == ([], ["候补已转为报名：清洁日"])
    signup.withdraw(signup=rows[1], by=by)
    signup.sign_up(activity=activity, member=first, by=by)
    again = signup.sign_up(activity=activity, member=second, by=by)
    assert again.state == "waiting"
    signup.offer_signup(activity=activity, until=timezone.now() + DAY, places=2, by=by)
    signup.offer_signup(activity=activity, until=timezone.now() + DAY, places=3, by=by)
    assert told(second) == ["候补已转为报名：清洁日"] * 2


# --- Days ----------------------------------------------------------------------------------------------


def begin(branch, when, **kw):
    activity = plan(branch, **kw)
    Activity.objects.filter(pk=activity.pk).update(starts_at=when, held_on=timezone.localtime(when).date())
    activity.refresh_from_db()
    return activity


def beginning(today):
    days.deliver(days.beginning(today))


def test_the_day_before_those_who_are_going_are_reminded(branch):
    today = timezone.localdate()
    noon = timezone.now().replace(hour=4, minute=0) + DAY  # noon in Shanghai
    member, going, waits = with_account(branch), with_account(branch), with_account(branch)
    by = User.objects.system()
    with_places = plan(branch, title="讲座", starts=2 * DAY)
    signup.offer_signup(activity=with_places, until=timezone.now() + DAY, places=1, by=by)
    for one in (going, waits):
        signup.sign_up(activity=with_places, member=one, by=by)
    Activity.objects.filter(pk=with_places.pk).update(starts_at=noon, held_on=timezone.localtime(noon).date())
    day = timezone.localtime(noon).date()
    notify(begin(branch, noon))
    begin(branch, noon, title="未通知的")
    beginning(day - 2 * DAY)
    assert told() == []
    for _ in range(2):
        beginning(day - DAY)
    assert told(member) == ["活动即将开始：清洁日"]
    assert sorted(told(going)) == ["活动即将开始：清洁日", "活动即将开始：讲座"]
    assert told(waits) == ["活动即将开始：清洁日"]
    assert today < day + DAY


def reminded(day):
    return days.deliver(days.duties(dt.date.fromisoformat(day)))


def test_a_duty_is_told_once_a_stage_to_who_keeps_the_branch(branch, committee):
    secretary, officer = builders.make_user("secretary", branch), builders.make_user("officer", committee)
    builders.make_user("leader", branch)
    Appointment.objects.create(
        user=builders.make_user(),
        organisation=branch,
        role="secretary",
        starts_on="2020-01-01",
        ends_on="2020-02-01",
    )
    reminded("2026-08-24")
    assert told(title__contains="主题党日，请") == []
    for day in ("2026-08-25", "2026-08-26", "2026-08-31"):
        reminded(day)
    assert told(title__contains="主题党日，请") == ["本月尚未开展主题党日，请及时组织并录入。"]
    for day in ("2026-09-01", "2026-09-02"):
        reminded(day)
    missed = Notice.objects.filter(title__contains="8月未开展主题党日")
    assert [row.title for row in missed] == ["2026年8月未开展主题党日，可在2026-09-10前补开并录入。"]
    assert set(Notice.objects.values_list("user", flat=True)) == {secretary.pk}
    assert missed[0].detail.startswith(branch.name)
    assert officer.pk != secretary.pk


def test_what_was_done_is_not_asked_for(branch):
    builders.make_user("secretary", branch)
    actions.record_activity(
        organisation=branch,
        kinds=("theme_day",),
        values={"title": "一次", "starts_at": at(dt.date(2026, 8, 5), 0)},
        by=User.objects.system(),
    )
    reminded("2026-08-26")
    assert told(title__contains="主题党日") == []


def test_the_engine_of_reminders_asks_the_same_for_one_branch_and_many(committee):
    def run():
        with CaptureQueriesContext(connection) as queries:
            list(days.duties(dt.date(2026, 8, 26)))
        return len(queries)

    builders.make_user("secretary", builders.make_organisation(committee))
    once = run()
    for _ in range(12):
        builders.make_user("secretary", builders.make_organisation(committee))
    assert run() == once


def test_resolutions_are_told_a_week_before_and_when_they_are_overdue(branch, committee):
    secretary, writer = builders.make_user("secretary", branch), builders.make_user("officer", committee)
    builders.make_user("officer", committee)
    held = actions.record_activity(
        organisation=branch,
        kinds=("theme_day",),
        values={"title": "议事会", "starts_at": timezone.now() - DAY},
        by=writer,
    )
    due = timezone.localdate() + 20 * DAY
    row = decisions.add_resolution(
        activity=held, text="由欧阳学走访企业", owner_name="欧阳学", due_on=due, by=writer
    )

    def run(day):
        days.deliver(days.resolutions(day))
        return sorted(Notice.objects.values_list("user", "title"))

    soon, over = "决议即将到期：议事会", "决议已过完成期限：议事会"
    assert run(due - 8 * DAY) == []
    both = [(secretary.pk, soon), (writer.pk, soon)]
    assert run(due - 7 * DAY) == run(due) == sorted(both)
    assert run(due + DAY) == run(due + 2 * DAY) == sorted([*both, (secretary.pk, over), (writer.pk, over)])
    assert not Notice.objects.filter(detail__contains="欧阳学").exists()
    Notice.objects.all().delete()
    assert run(due + 61 * DAY) == []
    Resolution.objects.filter(pk=row.pk).update(done_on=timezone.localdate())
    assert run(due + DAY) == []


def test_a_reminder_killed_half_way_is_completed(branch, monkeypatch):
    builders.make_user("secretary", branch)
    member = with_account(branch)
    noon = timezone.now().replace(hour=4, minute=0) + DAY
    day = timezone.localtime(noon).date() - DAY
    notify(begin(branch, noon))

    def cut(today):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(days, "duties", cut)
        with pytest.raises(KeyboardInterrupt):
            days.remind(day)
    assert told(member) == ["活动即将开始：清洁日"]
    days.remind(day)
    count = Notice.objects.count()
    assert days.remind(day) == 0
    assert Notice.objects.count() == count
    assert told(member) == ["活动即将开始：清洁日"]


def test_telling_asks_the_same_for_one_act_and_many(committee):
    def run():
        with CaptureQueriesContext(connection) as queries:
            acts.tell_recent()
        return len(queries)

    def announce(count):
        for _ in range(count):
            branch = builders.make_organisation(committee)
            with_account(branch)
            notify(plan(branch))

    announce(1)
    once = run()
    announce(9)
    assert run() == once
    assert Notice.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(committee):
    for _ in range(3):
        branch = builders.make_organisation(committee)
        for _ in range(4):
            with_account(branch)
        notify(plan(branch))
    together, failed = threading.Barrier(3), []

    def work():
        try:
            together.wait(10)
            tasks.tell_acts()
        except Exception as error:  # noqa: BLE001 - a thread must not lose it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Notice.objects.count() == 12
    assert Organisation.objects.count() == 4
