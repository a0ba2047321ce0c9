"""Training hours: what counts, from when it is enough, and courses taken elsewhere."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from activities import training
from activities.actions import activities as actions
from activities.actions import training as credits
from activities.models import TrainingCredit
from activities.models.activity import hours_between
from members.models import Member
from orgs.models import DatedSetting, Post, User
from tests import builders
from tests.activities.test_record import at, record, values

pytestmark = pytest.mark.django_db
YEAR = 2026


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def hours_of(member, year=YEAR):
    return training.with_hours(Member.objects.filter(pk=member.pk), year).get()


def course(member, hours=8, on=dt.date(2026, 5, 20), **kw):
    values = {"title": "党务骨干培训班", "on": on, "hours": Decimal(hours), "by": User.objects.system()} | kw
    return credits.add_credits(members=[member], **values)[0]


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(None, 0), (29, 0), (30, "0.5"), (90, "1.5"), (119, "1.5"), (480, 8), (600, 8), (24 * 60 + 600, 16)],
)
def test_hours_are_halves_and_eight_a_day_at_most(minutes, hours):
    start = at(hour=9)
    end = None if minutes is None else start + dt.timedelta(minutes=minutes)
    assert hours_between(start, end) == Decimal(hours)


def test_only_who_was_present_at_a_lecture_or_training_gets_its_hours(branch):
    here, away = builders.make_member(branch), builders.make_member(branch)
    roll = {here.pk: ("present", ""), away.pk: ("leave", "出差")}
    lasting = values(ends_at=at(hour=17))
    record(
        branch, kinds=("party_lecture", "training"), values=lasting, roll=roll
    )  # one gathering counts once
    record(branch, kinds=("theme_day",), values=lasting, roll=roll)
    off = record(branch, kinds=("training",), values=lasting, roll=roll)
    actions.cancel_activity(activity=off, reason="误录", by=User.objects.system())
    course(here, hours="4.5")
    course(here, title="去年的班", on=dt.date(2025, 12, 31))
    found = hours_of(here)
    assert (found.attended_hours, found.course_hours, found.hours) == (
        Decimal(2),
        Decimal("4.5"),
        Decimal("6.5"),
    )
    assert hours_of(away).hours == 0
    assert hours_of(here, 2025).hours == 8


def test_who_leads_needs_more_and_a_new_number_is_a_dated_one(branch):
    member = builders.make_member(branch)
    secretary = builders.make_member(branch, name="秦书记")
    Post.objects.create(
        organisation=branch, title="secretary", person_name="秦书记", since=dt.date(2024, 1, 1)
    )
    assert (hours_of(member).required, hours_of(secretary).required) == (32, 56)
    DatedSetting.objects.create(code="training_hours_member", effective_on=dt.date(2026, 1, 1), value=40)
    assert (hours_of(member).required, hours_of(member, 2025).required) == (40, 32)


def test_a_seat_on_a_committee_above_or_elsewhere_needs_as_much(branch):
    committee = type(branch).objects.get(path=branch.path[:-4])
    other, elsewhere = builders.make_organisation(committee), builders.make_organisation()
    names = ("上级委员", "别处书记", "同名者", "外地书记", "离任委员", "组长", "撤销处委员")
    people = {name: builders.make_member(branch, name=name) for name in names}
    builders.make_member(other, name="同名者")
    today, gone = timezone.localdate(), builders.make_organisation(committee)
    gone.dissolved_on = today
    gone.save()
    for organisation, title, name, until in (
        (committee, "committee_member", "上级委员", None),
        (other, "secretary", "别处书记", None),
        (other, "committee_member", "同名者", None),  # of the two that is at home there
        (elsewhere, "secretary", "外地书记", None),  # under another top
        (committee, "committee_member", "离任委员", today),
        (branch, "group_leader", "组长", None),
        (gone, "committee_member", "撤销处委员", None),
    ):
        Post.objects.create(
            organisation=organisation, title=title, person_name=name, since=dt.date(2024, 1, 1), until=until
        )
    required = {name: hours_of(member).required for name, member in people.items()}
    assert required == dict.fromkeys(names, 32) | {"上级委员": 56, "别处书记": 56}
    Post.objects.filter(person_name="离任委员").update(until=today + dt.timedelta(days=1))
    assert hours_of(people["离任委员"]).required == 56  # the last day in office


@pytest.mark.parametrize("standard", [32, 60, 0])
def test_all_at_once_are_counted_as_each_alone(branch, standard):
    """Whoever left the register counts in the year's report: their posts elsewhere stay theirs while nobody bears their name."""
    other = builders.make_organisation(type(branch).objects.get(path=branch.path[:-4]))
    DatedSetting.objects.create(
        code="training_hours_member", effective_on=dt.date(2026, 1, 1), value=standard
    )
    for name, hours in (("甲", 40), ("乙", 56), ("丙", 31), ("丁", 40), ("戊", 64), ("己", 40), ("庚", 0)):
        member = builders.make_member(branch, name=name)
        if hours:
            course(member, hours=hours)
    roll = {member.pk: ("present", "") for member in Member.objects.filter(name__in="甲乙丙")}
    record(branch, kinds=("training",), values=values(ends_at=at(hour=17)), roll=roll)
    for organisation, name in (
        (branch, "乙"),
        (branch, "丁"),
        (other, "戊"),
        (other, "己"),
        (other, "甲"),
        (branch, "庚"),
    ):
        Post.objects.create(
            organisation=organisation, title="committee_member", person_name=name, since=dt.date(2024, 1, 1)
        )
    builders.make_member(other, name="甲")
    left = Member.objects.filter(name__in=("己", "戊"))
    left.update(relation="left")
    for members in (Member.objects.all(), Member.objects.in_register(), left.all()):
        each = list(training.with_hours(members, YEAR))
        alone = Counter(m.organisation_id for m in each if m.hours >= m.required)
        assert training.reached_by_home(members, YEAR) == alone
        together = training.summed(members, YEAR)
        assert together.reached == alone
        assert together.attended == sum(m.attended_hours for m in each)
        assert together.courses == sum(m.course_hours for m in each)


def test_a_course_is_entered_once_and_withdrawn_with_a_reason(branch):
    by, member = User.objects.system(), builders.make_member(branch)
    credit = course(member)
    with pytest.raises(ValidationError, match="已登记，请勿重复"):
        course(member)
    with pytest.raises(ValidationError, match="半小时"):
        course(member, title="另一个班", hours="1.3")
    with pytest.raises(ValidationError, match="撤销的原因"):
        credits.withdraw_credit(credit=credit, reason=" ", by=by)
    credits.withdraw_credit(credit=credit, reason="误录", by=by)
    assert hours_of(member).hours == 0
    assert course(member).pk != credit.pk
    assert TrainingCredit.objects.count() == 2


def test_the_list_says_who_is_behind_and_the_branch_enters_a_course(branch, client_for):
    enough, behind = builders.make_member(branch, name="甲够了"), builders.make_member(branch, name="乙不够")
    today = timezone.localdate()
    course(enough, hours=32, on=today)
    course(behind, hours="31.5", on=today)
    client = client_for(builders.make_user("secretary", branch))
    page = client.get(reverse("activities:training-list"), {"reached": "no"}).content.decode()
    assert "乙不够" in page
    assert "甲够了" not in page
    for chosen, all_, reached in (("", 2, 1), ("yes", 1, 1), ("no", 1, 0)):
        answer = client.get(reverse("activities:training-list"), {"reached": chosen})
        assert answer.context["figures"] == {"all": all_, "reached": reached}
    one = client.get(reverse("activities:training-list"), {"q": "甲够了"}).context["figures"]
    assert one == {"all": 1, "reached": 1}
    address = reverse("activities:training-credit-new", args=[branch.pk])
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    data = {"title": "网络课程", "on": today, "hours": "0.5", "members": [behind.pk]}
    refused = client.post(address, data | {"members": [behind.pk, stranger.pk]})
    assert refused.context["form"].has_error("members")
    assert client.post(address, data).status_code == 302
    assert "乙不够" not in client.get(reverse("activities:training-list"), {"reached": "no"}).content.decode()


def test_members_see_their_own_hours(branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    course(member, hours="4.5", on=timezone.localdate())
    page = client_for(member.account).get(reverse("members:own-record")).content.decode()
    assert "4.5 / 32" in page
    assert "党务骨干培训班" in page
