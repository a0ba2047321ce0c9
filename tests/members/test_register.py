"""The register: entering, changing, moving, leaving, coming back; one active home each."""

import datetime as dt

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, transaction

from members.actions import register
from members.choices import Closing, Membership, Opening, Relation
from members.models import Member, NameKey, Posting
from orgs.models import AuditEvent, Role, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = dt.date.today


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def officer(top):
    return builders.make_user(Role.OFFICER, top)


def person(**kw):
    born_on = kw.get("born_on", dt.date(1990, 5, 17))
    return {
        "name": "测试人",
        "identity_number": builders.identity_number(born_on=born_on),
        "sex": "male",
        "born_on": born_on,
        "mobile": "19900001234",
        "joined_on": dt.date(2015, 7, 1),
        "confirmed_on": dt.date(2016, 7, 1),
    } | kw


def add(branch, by, membership=Membership.FULL, **kw):
    return register.add_member(organisation=branch, values=person(**kw), membership=membership, by=by)


def test_a_person_enters_with_a_posting_and_keys(branch, officer):
    member = add(branch, officer, name="单立新")

    assert member.pinyin == "shan li xin"
    assert set(NameKey.objects.values_list("key", flat=True)) == {"单立新", "立新", "新", "shanlixin", "slx"}
    posting = member.postings.get()
    assert (posting.organisation, posting.since, posting.until) == (branch, None, None)
    assert AuditEvent.objects.get(object_type="member").organisation_id == branch.pk


def test_what_the_table_holds_is_neither_number_nor_mobile(branch, officer):
    member = add(branch, officer)

    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_number, mobile, identity_hash FROM members_member")
        number, mobile, hashed = cursor.fetchone()

    assert member.identity_number not in number + hashed
    assert "19900001234" not in mobile
    assert Member.objects.get().identity_number == member.identity_number
    with pytest.raises(FieldError):
        Member.objects.filter(identity_number=member.identity_number)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}".lower()])
def test_the_number_finds_its_person_however_it_is_typed(branch, officer, typed):
    number = next(n for n in map(builders.identity_number, range(1, 200)) if n.endswith("X"))
    member = add(branch, officer, identity_number=number)
    fullwidth = "".join(chr(ord(c) + 0xFEE0) for c in number.lower())

    assert list(Member.objects.with_identity(typed.format(number))) == [member]
    assert list(Member.objects.with_identity(fullwidth)) == [member]


def test_nobody_enters_twice_and_the_place_is_named_to_whom_may_see_it(top, branch, officer):
    other = builders.make_organisation(top)
    stranger = builders.make_user(Role.SECRETARY, other)
    member = add(branch, officer)

    for user, words in ((officer, str(branch)), (stranger, "其他党组织")):
        with pytest.raises(ValidationError) as caught:
            register.add_member(
                organisation=other,
                values=person(identity_number=member.identity_number),
                membership=Membership.FULL,
                by=user,
            )
        (sentence,) = caught.value.message_dict["identity_number"]
        assert sentence == f"该党员组织关系在{words}，不能重复入册，请办理转接或登记为流动党员。"


def test_the_database_keeps_one_open_posting(branch, officer, top):
    member = add(branch, officer)

    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(member=member, organisation=top, opened_how=Opening.MOVED)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("identity_number", {"identity_number": "999902199005170010"}),
        ("identity_number", {"identity_number": "99990219900517"}),
        ("born_on", {"born_on": dt.date(1990, 5, 18), "identity_number": builders.identity_number(7)}),
        ("sex", {"sex": "female"}),
        ("joined_on", {"joined_on": dt.date(2008, 5, 16)}),
        ("confirmed_on", {"confirmed_on": dt.date(2015, 6, 30)}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(branch, officer, field, values):
    with pytest.raises(ValidationError) as caught:
        add(branch, officer, **values)

    assert field in caught.value.message_dict
    assert not Member.objects.exists()


def test_eighteen_on_the_day_may_join(branch, officer):
    leapling = {"born_on": dt.date(2004, 2, 29)}

    add(branch, officer, joined_on=dt.date(2022, 2, 28), confirmed_on=dt.date(2023, 2, 28), **leapling)

    with pytest.raises(ValidationError):
        add(branch, officer, joined_on=dt.date(2022, 2, 27), confirmed_on=dt.date(2023, 2, 28), **leapling)


def test_a_move_closes_and_opens_on_the_day(top, branch, officer):
    other = builders.make_organisation(top)
    member = add(branch, officer)

    register.move_member(member=member, organisation=other, on=dt.date(2026, 3, 1), by=officer)

    assert member.organisation == other
    old, new = member.postings.order_by("pk")
    assert (old.until, old.closed_how) == (dt.date(2026, 3, 1), Closing.MOVED)
    assert (new.organisation, new.since, new.until) == (other, dt.date(2026, 3, 1), None)


def test_who_left_stays_in_the_table_and_may_come_back(branch, officer):
    member = add(branch, officer)

    register.leave_register(member=member, how=Closing.STOPPED, on=dt.date(2026, 3, 1), by=officer)

    assert (member.membership, member.relation) == (Membership.STOPPED, Relation.LEFT)
    assert not Member.objects.in_register().exists()
    with pytest.raises(ValidationError):
        register.leave_register(member=member, how=Closing.DIED, on=dt.date(2026, 3, 2), by=officer)
    register.return_to_register(
        member=member, organisation=branch, how=Opening.RESTORED, on=dt.date(2026, 5, 1), by=officer
    )
    assert member.membership == Membership.FULL
    assert member.postings.count() == 2


def test_a_member_is_never_deleted(branch, officer):
    member = add(branch, officer)

    with pytest.raises(TypeError, match="党员信息不得删除"):
        member.delete()
    with pytest.raises(TypeError):
        Member.objects.update(name="他人")


@pytest.mark.parametrize("text", ["立新", "新", "单", "slx", "shanli", "ＳＬＸ", "单 立新"])
def test_names_are_found_by_any_part_and_by_pinyin(branch, officer, text):
    member = add(branch, officer, name="单立新")
    add(branch, officer, name="王建国")

    assert list(Member.objects.find(text)) == [member]


def test_members_are_seen_below_where_the_right_holds(top, branch, officer):
    other = builders.make_organisation(top)
    ours, theirs = builders.make_member(branch), builders.make_member(other)
    secretary = builders.make_user(Role.SECRETARY, branch)
    administrator = builders.make_user(Role.ADMINISTRATOR, top)
    self = builders.make_user(Role.MEMBER, other)
    Member.objects.filter(pk=theirs.pk).update(account=self)

    seen = {user: set(Member.objects.visible_to(user)) for user in (officer, secretary, administrator, self)}

    assert seen == {officer: {ours, theirs}, secretary: {ours}, administrator: set(), self: {theirs}}


@pytest.mark.parametrize(("ends_on", "moved"), [(dt.date(2027, 3, 1), True), (dt.date(2027, 9, 1), False)])
def test_the_end_of_probation_moves_with_the_day_of_joining_unless_extended(ends_on, moved):
    member = builders.make_member(
        builders.make_organisation(),
        membership="probationary",
        joined_on=dt.date(2026, 3, 1),
        probation_ends_on=ends_on,
    )
    register.update_member(member=member, values={"joined_on": dt.date(2026, 5, 1)}, by=User.objects.system())
    assert member.probation_ends_on == (dt.date(2027, 5, 1) if moved else ends_on)
