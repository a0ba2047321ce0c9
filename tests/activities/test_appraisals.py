"""The yearly appraisal: who may be graded, and how many are excellent (row 25)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from activities.actions.appraisals import record_appraisal
from activities.models import Appraisal
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, User
from tests import builders
from tests.activities.test_record import at, record, values

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 12, 20)


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def appraise(branch, grades, **kw):
    values = {"organisation": branch, "year": 2025, "held_on": DAY, "by": User.objects.system()} | kw
    return record_appraisal(grades=grades, **values)


def grades_of(members, excellent):
    return {
        one.pk: {"grade": "excellent" if place < excellent else "competent"}
        for place, one in enumerate(members)
    }


@pytest.mark.parametrize(
    ("full", "excellent", "refused"),
    [(9, 3, False), (9, 4, True), (8, 2, False), (8, 3, True), (2, 0, False), (2, 1, True), (3, 1, False)],
)
def test_a_third_of_the_full_members_may_be_excellent(branch, full, excellent, refused):
    """Exactly a third may; probationary members are not in the base."""
    members = [builders.make_member(branch) for _ in range(full)]
    for _ in range(3):
        builders.make_member(branch, membership="probationary", joined_on=dt.date(2025, 3, 1))
    if not refused:
        assert appraise(branch, grades_of(members, excellent)).grades.count() == full
        return
    with pytest.raises(ValidationError, match="一般不超过正式党员的三分之一"):
        appraise(branch, grades_of(members, excellent))
    with pytest.raises(ValidationError, match="填写批复文号"):
        appraise(branch, grades_of(members, excellent), excess_reason="先进支部")
    assert not Appraisal.objects.exists()
    appraise(branch, grades_of(members, excellent), excess_reason="先进支部", approval_no="科委组〔2025〕9号")


def test_nobody_else_is_graded(branch):
    member = builders.make_member(branch)
    probationary = builders.make_member(branch, membership="probationary", joined_on=dt.date(2025, 3, 1))
    later = builders.make_member(branch, confirmed_on=DAY + dt.timedelta(days=1))
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    for one in (probationary, later):
        with pytest.raises(ValidationError, match="预备党员不评定等次"):
            appraise(branch, {one.pk: {"grade": "competent"}})
    with pytest.raises(ValidationError, match="不是本支部的党员"):
        appraise(branch, {stranger.pk: {"grade": "competent"}})
    for wrong in ({}, {"grade": "best"}, {"grade": "competent", "exempt_reason": "参加民主生活会"}):
        with pytest.raises(ValidationError):
            appraise(branch, {member.pk: wrong})
    temporary = builders.make_organisation(branch, OrganisationKind.TEMP_BRANCH)
    with pytest.raises(ValidationError, match="接转组织关系"):
        appraise(temporary, {})


def test_once_more_changes_it_and_the_trail_names_nobody(branch):
    first, second = builders.make_member(branch), builders.make_member(branch)
    appraise(branch, {first.pk: {"grade": "basic"}, second.pk: {"exempt_reason": "参加民主生活会"}})
    appraise(branch, {first.pk: {"grade": "competent", "ballots_competent": 2}})
    stored = Appraisal.objects.get()
    assert [(row.member, row.outcome, row.ballot_words) for row in stored.grades.all()] == [
        (first, "合格", "合格2")
    ]
    for event in AuditEvent.objects.filter(object_id=str(stored.pk), object_type__icontains="appraisal"):
        assert first.name not in str(event.detail)
        assert "民主生活会" not in str(event.detail)


def test_one_form_for_all_and_the_result_on_the_page_of_the_member(client_for, branch):
    members = [builders.make_member(branch) for _ in range(3)]
    probationary = builders.make_member(branch, membership="probationary", joined_on=dt.date(2025, 3, 1))
    client = client_for(builders.make_user("secretary", branch))
    address = reverse("activities:appraisal-edit", args=[branch.pk, 2025])
    posted = {"held_on": DAY, f"m{members[2].pk}-grade": ""}
    posted |= {f"m{one.pk}-grade": "excellent" for one in members[:2]}
    other = client.post(address, posted | {f"m{probationary.pk}-grade": "excellent"})
    assert "参加评议的党员有变化" in other.content.decode()
    refused = client.post(address, posted)
    assert "一般不超过正式党员的三分之一" in refused.content.decode()
    posted[f"m{members[1].pk}-grade"] = "competent"
    posted |= {f"m{members[1].pk}-ballots_competent": "3", f"m{members[2].pk}-exempt_reason": "长期患病"}
    assert client.post(address, posted).status_code == 302
    found = Appraisal.objects.get()
    assert found.grades.count() == 3
    page = client.get(reverse("activities:appraisal", args=[found.pk])).content.decode()
    assert "长期患病" in page
    assert probationary.name not in page
    assert "2025年度" in client.get(reverse("members:member", args=[members[0].pk])).content.decode()
    leader = client_for(builders.make_user("leader", branch))
    assert leader.post(address, posted).status_code == 403
    assert leader.get(reverse("activities:appraisal", args=[found.pk])).status_code == 200


def test_two_people_at_one_appraisal_do_not_overwrite_each_other(branch):
    member = builders.make_member(branch)
    first = appraise(branch, grades_of([member], 0))
    seen = first.updated_at
    appraise(branch, grades_of([member], 0), seen_at=seen)
    with pytest.raises(ValidationError, match="已被他人修改"):
        appraise(branch, grades_of([member], 0), seen_at=seen)


def test_a_meeting_of_another_year_is_not_its_meeting(branch):
    """One that says of which year it is counts for that year alone."""
    member = builders.make_member(branch)
    values_ = values(starts_at=at(DAY), belongs_to_year=DAY.year - 1)
    meeting = record(branch, kinds=("appraisal",), values=values_)
    with pytest.raises(ValidationError, match="请选择本支部"):
        appraise(branch, grades_of([member], 0), activity=meeting)


def test_the_interface_takes_and_gives_grades(client_for, branch):
    member = builders.make_member(branch)
    builders.make_member(branch)
    client = client_for(builders.make_user("secretary", branch))
    body = {"organisation": branch.code, "year": 2025, "held_on": str(DAY)}
    twice = [{"member": member.pk, "grade": "competent"}] * 2
    address = reverse("api:appraisal-list")
    answer = client.post(address, body | {"grades": twice}, content_type="application/json")
    assert answer.status_code == 400
    answer = client.post(address, body | {"grades": twice[:1]}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["grades"][0]["grade"] == "competent"
    assert client.get(address).json()["results"][0]["graded"] == 1
