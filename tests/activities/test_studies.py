"""Study lists: what may be changed when, whom they reach, and who has read them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from activities import studies, study_todos
from activities.actions import activities
from activities.actions import studies as actions
from activities.models import StudyList, StudyMark
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def study_of(organisation, *, items=2, published=True, **values):
    today, by = timezone.localdate(), User.objects.system()
    values = {
        "title": f"学习清单{builders.next_number()}",
        "starts_on": today - 3 * DAY,
        "ends_on": today + 7 * DAY,
    } | values
    study = actions.add_list(organisation=organisation, values=values, by=by)
    for place in range(items):
        actions.add_item(study_list=study, title=f"必学{place}", by=by)
    actions.add_item(study_list=study, title="选学", is_required=False, by=by)
    return actions.publish_list(study_list=study, by=by) if published else study


def mark(study, members, items=None, **kw):
    kw = {"on": timezone.localdate(), "how": "together", "by": User.objects.system()} | kw
    return actions.mark_read(items=items or study.items.required(), members=members, **kw)


@pytest.fixture
def branch(db):
    return builders.make_organisation(builders.make_organisation())


def test_a_list_ends_after_it_begins(branch):
    with pytest.raises(ValidationError, match="完成期限不能早于开始日期"):
        study_of(branch, ends_on=timezone.localdate() - 4 * DAY)
    study_of(branch, title="四季度学习")
    with pytest.raises(ValidationError, match="已有同名的学习清单"):
        study_of(branch, title="四季度学习")


def test_a_list_is_published_with_items_and_keeps_what_was_asked(branch):
    by, today = User.objects.system(), timezone.localdate()
    draft = study_of(branch, items=0, published=False)
    with pytest.raises(ValidationError, match="先添加必学篇目"):
        actions.publish_list(study_list=draft, by=by)
    study = study_of(branch)
    with pytest.raises(ValidationError, match="已发布"):
        actions.publish_list(study_list=study, by=by)
    with pytest.raises(ValidationError, match="完成期限不能早于"):
        actions.change_list(study_list=study, values={"ends_on": study.ends_on - DAY}, by=by)
    assert actions.change_list(study_list=study, values={"ends_on": study.ends_on + DAY}, by=by)
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_list(study_list=study, values={"about": "改"}, seen_at=study.created_at, by=by)
    with pytest.raises(ValidationError, match="https"):
        actions.add_item(study_list=study, title="外链", link="http://example.org/", by=by)
    with pytest.raises(ValidationError, match="已有这一篇目"):
        actions.add_item(study_list=study, title="必学0", by=by)
    over = study_of(branch, published=False, starts_on=today - 9 * DAY, ends_on=today - DAY)
    with pytest.raises(ValidationError, match="完成期限已过"):
        actions.publish_list(study_list=over, by=by)


def test_an_item_that_is_withdrawn_is_asked_of_nobody_and_keeps_its_marks(branch):
    by, member = User.objects.system(), builders.make_member(branch)
    study = study_of(branch)
    first, second = study.items.required()
    mark(study, [member], [first])
    with pytest.raises(ValidationError, match="原因"):
        actions.withdraw_item(item=second, reason=" ", by=by)
    actions.withdraw_item(item=second, reason="重复", by=by)
    assert studies.totals(type(member).objects.filter(pk=member.pk), study) == {"people": 1, "done": 1}
    actions.withdraw_item(item=first, reason="过时", by=by)
    assert first.marks.count() == 1
    with pytest.raises(ValidationError, match="已撤下"):
        mark(study, [member], [first])


def test_marks_stand_once_and_reach_nobody_elsewhere(branch):
    members = [builders.make_member(branch) for _ in range(2)]
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    study = study_of(branch)
    assert mark(study, members) == 4
    assert mark(study, members) == 0
    with pytest.raises(ValidationError, match="不在该清单的范围内"):
        mark(study, [stranger])
    with pytest.raises(ValidationError, match="不能早于清单的开始日期"):
        mark(study, members, on=study.starts_on - DAY)
    with pytest.raises(ValidationError, match="没有发布"):
        mark(study_of(branch, published=False), members)
    row = StudyMark.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        StudyMark.objects.create(item=row.item, member=row.member, read_on=row.read_on, how="self")


def test_progress_counts_members_of_today_by_branch(branch):
    committee = type(branch).objects.get(path=branch.path[:-4])
    other = builders.make_organisation(committee)
    here, late = builders.make_member(branch), builders.make_member(branch)
    there = builders.make_member(other)
    study = study_of(committee)
    mark(study, [here, there])
    mark(study, [late], study.items.required()[:1])
    mark(study, [late], study.items.filter(is_required=False))
    found = {
        row.pk: (row.people, row.done, row.open) for row in studies.branches(User.objects.system(), study)
    }
    assert found == {branch.pk: (2, 1, 1), other.pk: (1, 1, 0)}
    officer = builders.make_user("officer", committee)
    assert studies.totals(studies.reached(officer, study), study) == {"people": 3, "done": 2}
    secretary = builders.make_user("secretary", branch)
    assert studies.totals(studies.reached(secretary, study), study) == {"people": 2, "done": 1}
    assert [row.pk for row in studies.branches(secretary, study)] == [branch.pk]


def test_a_list_of_the_body_above_is_seen_once_it_is_published(branch):
    committee = type(branch).objects.get(path=branch.path[:-4])
    secretary = builders.make_user("secretary", branch)
    draft = study_of(committee, published=False)
    elsewhere = study_of(builders.make_organisation())
    seen = StudyList.objects.visible_to(secretary)
    assert not seen.filter(pk__in=[draft.pk, elsewhere.pk]).exists()
    actions.publish_list(study_list=draft, by=User.objects.system())
    assert seen.get() == draft


def test_a_member_marks_writes_and_takes_back(branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    client, study = client_for(member.account), study_of(branch)
    item = study.items.first()
    page = client.get(reverse("activities:own-studies")).content.decode()
    assert "标记已学习" in page
    address = reverse("activities:own-study-mark", args=[item.pk])
    client.post(address, {"reflection": "联系实际"})
    client.post(address, {"reflection": "联系实际，学以致用"})
    stored = StudyMark.objects.get()
    assert (stored.how, stored.reflection) == ("self", "联系实际，学以致用")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reflection FROM activities_studymark")
        assert "学以致用" not in cursor.fetchone()[0]
    assert "学以致用" not in str(list(AuditEvent.objects.values_list("detail")))
    secretary = client_for(builders.make_user("secretary", branch))
    branch_page = reverse("activities:study-branch", args=[study.pk, branch.pk])
    assert "学以致用" in secretary.get(branch_page).content.decode()
    assert (
        "学以致用" not in client_for(builders.make_user("leader", branch)).get(branch_page).content.decode()
    )
    client.post(reverse("activities:own-study-take-back", args=[item.pk]))
    assert not StudyMark.objects.exists()
    mark(study, [member], [item])
    client.post(reverse("activities:own-study-take-back", args=[item.pk]))
    assert StudyMark.objects.exists()  # entered by the branch


def test_a_branch_enters_what_was_heard_at_a_meeting(branch, client_for):
    members = [builders.make_member(branch) for _ in range(2)]
    study = study_of(branch)
    meeting = activities.record_activity(
        organisation=branch,
        kinds=("theme_day",),
        values={"title": "集体学习", "starts_at": timezone.now() - dt.timedelta(hours=2)},
        by=User.objects.system(),
    )
    client = client_for(builders.make_user("secretary", branch))
    address = reverse("activities:study-mark", args=[study.pk, branch.pk])
    assert client.get(address).status_code == 200
    item = study.items.first()
    data = {
        "items": [item.pk],
        "members": [one.pk for one in members],
        "on": timezone.localdate(),
        "activity": meeting.pk,
    }
    assert client.post(address, data).status_code == 302
    assert {(row.member_id, row.activity_id) for row in item.marks.all()} == {
        (one.pk, meeting.pk) for one in members
    }


def test_the_home_page_reminds_the_reader_and_in_the_last_week_the_branch(branch):
    today = timezone.localdate()
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    secretary = builders.make_user("secretary", branch)
    study = study_of(branch, title="四季度学习")
    assert [one.title for one in study_todos.own(member.account, today)] == [
        "学习清单“四季度学习”还有2篇未学"
    ]
    assert [one.title for one in study_todos.branch(secretary, today)] == [
        "学习清单“四季度学习”还有1名党员未学完"
    ]
    assert not list(study_todos.branch(secretary, today - DAY))  # the eighth day before the end
    mark(study, [member])
    assert not list(study_todos.own(member.account, today))
    assert not list(study_todos.branch(secretary, today))


def test_the_pages_ask_as_often_for_more_branches_members_and_items(branch, client_for):
    committee = type(branch).objects.get(path=branch.path[:-4])
    study, client = study_of(committee), client_for(builders.make_user("officer", committee))
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    own = client_for(member.account)
    mark(study, [member])
    addresses = [
        (client, reverse("activities:study", args=[study.pk])),
        (client, reverse("activities:study-branch", args=[study.pk, branch.pk])),
        (client, reverse("activities:study-mark", args=[study.pk, branch.pk])),
        (client, reverse("api:study-list-progress", args=[study.pk])),
        (own, reverse("activities:own-studies")),
    ]

    def asked(client, address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    few = [asked(*one) for one in addresses]
    for _ in range(2):
        mark(
            study, [builders.make_member(branch), builders.make_member(builders.make_organisation(committee))]
        )
        study_of(committee)
        actions.add_item(study_list=study, title=f"再学{builders.next_number()}", by=User.objects.system())
    assert [asked(*one) for one in addresses] == few


def test_the_branch_takes_back_what_it_entered_and_nothing_of_the_member(branch, client_for):
    member = builders.make_member(branch, account=builders.make_user("member", branch))
    secretary = builders.make_user("secretary", branch)
    study, client = study_of(branch), client_for(secretary)
    first, second = study.items.required()
    mark(study, [member], [first])
    mark(study, [member], [second], how="self", by=member.account)
    page, branch_page = (
        lambda item: reverse("activities:study-unmark", args=[item.pk, member.pk]),
        reverse("activities:study-branch", args=[study.pk, branch.pk]),
    )

    text = client.get(branch_page).content.decode()
    assert (page(first) in text, page(second) in text) == (True, False)
    assert client.post(page(first)).status_code == 302
    assert "本人登记" in client.post(page(second), follow=True).content.decode()
    assert "已撤销" in client.post(page(first), follow=True).content.decode()  # a second time

    assert list(StudyMark.objects.values_list("item", flat=True)) == [second.pk]
    event = AuditEvent.objects.filter(detail__has_key="entered mark taken back").get()
    assert (event.actor, event.detail["member"], event.detail["entered mark taken back"]) == (
        secretary, member.pk, first.pk,
    )  # fmt: skip
    assert member.name not in str(event.detail)


def test_over_the_api_a_mark_is_taken_back_in_its_own_list_and_scope(branch, client_for):
    member = builders.make_member(branch)
    stranger = builders.make_member(builders.make_organisation(builders.make_organisation()))
    study, other = study_of(branch), study_of(branch)
    item = study.items.first()
    mark(study, [member], [item])
    client = client_for(builders.make_user("secretary", branch))

    def send(where, **data):
        address = reverse("api:study-list-take-back", args=[where.pk])
        return client.post(address, data, content_type="application/json").status_code

    assert send(other, item=item.pk, member=member.pk) == 400
    assert send(study, item=item.pk, member=stranger.pk) == 400
    StudyMark.objects.update(reflection="联系实际")
    assert send(study, item=item.pk, member=member.pk) == 400
    StudyMark.objects.update(reflection="")
    assert send(study, item=item.pk, member=member.pk) == 204
    assert not StudyMark.objects.exists()
