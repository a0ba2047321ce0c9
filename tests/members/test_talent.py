"""The talent pool: the rule on its boundary days, entries by hand, leaving, erasing, lists and figures that add up."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members import talent
from members.actions import outside, pairings
from members.actions import talent as actions
from members.choices import Education, Relation
from members.models import Member, OutsidePerson, PairingContact, TalentEntry
from orgs.models import AuditAction, AuditEvent, DatedSetting, Role
from orgs.regulations import EDUCATIONS, validate_setting
from orgs.terms import add_years
from tests import builders
from tests.members.test_dump import dump

pytestmark = pytest.mark.django_db
E, TODAY = Education, timezone.localdate()
DAY = dt.timedelta(days=1)
CONSENT = {"consent_on": TODAY, "consent_how": "electronic", "consent_scope": "人才库管理"}
YOUNG = add_years(TODAY, -30)


class World:
    def __init__(self):
        self.top = builders.make_organisation()
        self.branch, self.other = (builders.make_organisation(self.top) for _ in range(2))
        self.officer = builders.make_user(Role.OFFICER, self.top)
        self.secretary = builders.make_user(Role.SECRETARY, self.branch)

    def member(self, organisation=None, **more):
        values = {"education": E.MASTER, "born_on": YOUNG} | more
        return builders.make_member(organisation or self.branch, **values)

    def person(self, organisation=None, **more):
        values = {
            "name": "欧阳学", "unit_name": "某研究所", "field": "人工智能", "mobile": "19900001234",
            "education": E.DOCTOR, "born_on": YOUNG,
        }  # fmt: skip
        entry = actions.enter_person(
            organisation=organisation or self.branch, values=values | CONSENT | more, by=self.secretary
        )
        return entry.person

    def pool(self, day=TODAY, source=""):
        return set(talent.of_source(Member.objects.all(), talent.Rule.on(day), source))


@pytest.fixture
def world():
    return World()


# --- The rule -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born_on", "last_day"),
    [
        (dt.date(1991, 11, 27), dt.date(2026, 11, 26)),
        (dt.date(2000, 2, 29), dt.date(2035, 2, 27)),  # grows older on the 28th where there is no 29th
        (dt.date(2000, 3, 1), dt.date(2035, 2, 28)),
        (dt.date(2001, 2, 28), dt.date(2036, 2, 27)),
        (dt.date(2001, 3, 1), dt.date(2036, 2, 29)),
    ],
)
def test_the_birthday_is_the_first_day_out(world, born_on, last_day):
    member = world.member(born_on=born_on)

    assert world.pool(last_day) == {member}
    assert world.pool(last_day + DAY) == set()
    for day in (last_day, last_day + DAY):
        assert talent.Rule.on(day).is_met_by(member) == (member in world.pool(day))


def test_master_or_higher_and_counted(world):
    inside = {world.member(education=value) for value in (E.MASTER, E.DOCTOR)}
    inside.add(world.member(membership="probationary", joined_on=dt.date(2026, 3, 1)))
    for value in set(E.values) - {E.MASTER, E.DOCTOR}:
        world.member(education=value)
    world.member(relation=Relation.LEFT)
    unknown = {world.member(education=""), world.member(born_on=None)}

    assert world.pool() == inside
    assert world.pool(source="unknown") == unknown


def test_the_thresholds_are_dated_settings(world):
    old, bachelor = world.member(born_on=add_years(TODAY, -38)), world.member(education=E.BACHELOR)
    assert world.pool() == set()
    DatedSetting.objects.create(code="talent_age_below", value=40, effective_on=TODAY)
    DatedSetting.objects.create(code="talent_education", value="大学本科", effective_on=TODAY)

    assert world.pool() == {old, bachelor}
    assert world.pool(TODAY - DAY) == set()
    assert set(EDUCATIONS) <= set(E.labels)
    with pytest.raises(ValidationError, match="请填写以下之一"):
        validate_setting("talent_education", "硕士")


# --- By hand ------------------------------------------------------------------------------------------


def test_a_member_whom_the_rule_leaves_out_enters_with_consent(world):
    member, fits = world.member(education=E.BACHELOR), world.member()
    with pytest.raises(ValidationError, match="符合入库规则"):
        actions.add_member(member=fits, by=world.secretary, **CONSENT)
    for name in CONSENT:
        with pytest.raises(ValidationError) as caught:
            actions.add_member(member=member, by=world.secretary, **CONSENT | {name: ""})
        assert name in caught.value.message_dict
    with pytest.raises(ValidationError) as caught:
        actions.add_member(member=member, by=world.secretary, **CONSENT | {"consent_on": TODAY + DAY})
    assert "consent_on" in caught.value.message_dict
    actions.add_member(member=member, by=world.secretary, **CONSENT)
    assert world.pool() == {member, fits}
    assert world.pool(source="hand") == {member}
    with pytest.raises(ValidationError, match="已手工列入"):
        actions.add_member(member=member, by=world.secretary, **CONSENT)

    actions.withdraw_consent(member=member, by=world.secretary)
    assert world.pool() == {fits}
    with pytest.raises(ValidationError, match="没有手工列入"):
        actions.withdraw_consent(member=member, by=world.secretary)


def test_taken_out_until_taken_back(world):
    by_rule, by_hand = world.member(), world.member(education=E.BACHELOR)
    actions.add_member(member=by_hand, by=world.secretary, **CONSENT)
    for member in (by_rule, by_hand):
        with pytest.raises(ValidationError, match="理由"):
            actions.take_out(member=member, reason=" ", by=world.secretary)
        actions.take_out(member=member, reason="本人不愿参加", by=world.secretary)
    assert world.pool() == set()
    assert world.pool(source="out") == {by_rule}  # the other has no rule that would bring them back
    with pytest.raises(ValidationError, match="已移出"):
        actions.take_out(member=by_rule, reason="再移出", by=world.secretary)
    with pytest.raises(ValidationError, match="先恢复"):
        actions.add_member(member=by_rule, by=world.secretary, **CONSENT)
    with pytest.raises(ValidationError, match="不在人才库"):
        actions.take_out(member=by_hand, reason="再移出", by=world.secretary)

    actions.take_back(member=by_rule, by=world.secretary)
    assert world.pool() == {by_rule}
    assert TalentEntry.objects.open().count() == 0
    with pytest.raises(ValidationError, match="无须恢复"):
        actions.take_back(member=by_rule, by=world.secretary)
    with pytest.raises(TypeError):
        TalentEntry.objects.first().delete()


# --- People outside and their consent -------------------------------------------------------------------


def test_withdrawn_consent_erases_everything_about_the_person(world):
    person = world.person(name="司马不悔", field="量子计算领域", unit_name="不悔研究所")
    pairing = pairings.start_pairing(
        kind="talent", organisation=world.branch, leader=world.member(), person=person, aim="不悔的目标",
        since=TODAY - 9 * DAY, by=world.secretary,
    )  # fmt: skip
    pairings.add_contact(
        pairing=pairing, on=TODAY, how="talk", gist="甲", asked="乙", answered="丙", by=world.secretary
    )
    outside.update(person=person, values={"name": "司马无悔"}, by=world.secretary)
    actions.take_person_out(person=person, reason="不悔的理由", by=world.secretary)
    actions.add_person(person=person, reason="不悔的理由", by=world.secretary)
    with pytest.raises(ValidationError) as caught:
        outside.withdraw(person=person, on=TODAY - DAY, by=world.secretary)
    assert "不能早于同意日期" in caught.value.message_dict["on"][0]

    outside.withdraw(person=person, on=TODAY, by=world.secretary)

    text = dump()
    assert not [word for word in ("悔", "simabuhui", "si ma", "量子计算", "19900001234") if word in text]
    person.refresh_from_db()
    pairing.refresh_from_db()
    contact = PairingContact.objects.get()
    assert (person.mobile, person.born_on, person.education, person.pinyin) == ("", None, "", "")
    assert (person.consent_on, person.withdrawn_on, person.organisation) == (TODAY, TODAY, world.branch)
    assert (pairing.result, pairing.ended_on, pairing.due_on, pairing.led_name) == (
        "stopped", TODAY, None, "已撤回同意",
    )  # fmt: skip
    assert (contact.on, contact.gist, contact.asked, contact.answered) == (TODAY, "", "", "")
    assert not talent.outside(OutsidePerson.objects.all()).exists()
    acts = [
        (actions.add_person, {}),
        (actions.take_person_out, {"reason": "x"}),
        (outside.update, {"values": {"name": "x"}}),
        (outside.withdraw, {"on": TODAY}),
        (outside.reveal_mobile, {"purpose": "联系"}),
    ]
    for act, values in acts:
        with pytest.raises(ValidationError, match="撤回同意"):
            act(person=person, by=world.secretary, **values)


def test_a_person_outside_needs_name_and_consent(world):
    for name in ("name", *CONSENT):
        with pytest.raises(ValidationError) as caught:
            world.person(**{name: ""})
        assert name in caught.value.message_dict
    with pytest.raises(ValidationError):
        world.person(born_on=TODAY + DAY)
    person = world.person()
    with pytest.raises(ValidationError, match="已在人才库"):
        actions.add_person(person=person, by=world.secretary)
    with pytest.raises(TypeError):
        person.delete()


def test_the_mobile_is_masked_and_revealed_for_a_purpose(world, client_for):
    person, browser = world.person(), client_for(world.secretary)
    page, reveal = (
        reverse(f"members:{name}", args=[person.pk]) for name in ("talent-outside", "talent-outside-reveal")
    )
    assert "199****1234" in browser.get(page).text
    assert (
        "19900001234" not in browser.get(page).text + browser.post(reveal, {"purpose": ""}, follow=True).text
    )

    assert "19900001234" in browser.post(reveal, {"purpose": "邀请参会"}).text
    event = AuditEvent.objects.get(action=AuditAction.REVEAL)
    assert (event.detail["purpose"], event.object_label) == ("邀请参会", str(person))
    assert "欧阳" not in str(AuditEvent.objects.values_list("object_label", "detail"))
    url = reverse("members:talent-outside-edit", args=[person.pk])
    assert "19900001234" not in browser.get(url).text
    browser.post(url, {"name": "欧阳学", "field": "集成电路"})
    person.refresh_from_db()
    assert (person.field, person.mobile) == ("集成电路", "19900001234")


# --- Lists, figures, export -----------------------------------------------------------------------------


def names(browser, page="list", **query):
    answer = browser.get(reverse(f"members:talent-{page}"), query)
    return {row.name for row in answer.context["page"]}


def test_the_list_filters_and_tells_the_source(world, client_for):
    browser = client_for(world.secretary)
    world.member(name="单立新", education=E.DOCTOR, born_on=add_years(TODAY, -25), is_research=True)
    world.member(name="周小满")
    hand, out = world.member(name="尉迟远", education=E.BACHELOR), world.member(name="仇英")
    world.member(world.other, name="外支部人")
    world.member(name="未填学历", education="")
    actions.add_member(member=hand, by=world.secretary, **CONSENT)
    actions.take_out(member=out, reason="本人不愿", by=world.secretary)

    assert names(browser) == {"单立新", "周小满", "尉迟远"}
    assert names(browser, source="rule") == {"单立新", "周小满"}
    assert names(browser, source="hand") == {"尉迟远"}
    assert names(browser, source="out") == {"仇英"}
    assert names(browser, source="unknown") == {"未填学历"}
    assert names(browser, education="doctor") == names(browser, age="to25") == {"单立新"}
    assert names(browser, research="yes") == {"单立新"}
    assert names(browser, q="zhouxm") == set()
    assert names(browser, q="zxm") == {"周小满"}
    assert names(browser, organisation=world.other.code) == set()
    assert "去补填" in browser.get(reverse("members:talent-list"), {"source": "unknown"}).text
    page = browser.get(reverse("members:member", args=[hand.pk])).text
    assert "手工列入" in page
    assert len(names(client_for(world.officer))) == 4


def test_people_outside_are_found_by_name_pinyin_and_field(world, client_for):
    world.person()
    world.person(world.other, name="司马外", field="生物医药")
    browser = client_for(world.officer)

    assert names(browser, "outside-list") == {"欧阳学", "司马外"}
    assert (
        names(browser, "outside-list", q="ouyangx")
        == names(browser, "outside-list", field="智能")
        == {"欧阳学"}
    )
    assert names(browser, "outside-list", organisation=world.other.code) == {"司马外"}
    assert names(browser, "outside-list", education="doctor", age="to30") == {"欧阳学", "司马外"}
    assert names(client_for(world.secretary), "outside-list") == {"欧阳学"}


def test_figures_add_up_to_the_pool(world, client_for):
    below = builders.make_organisation(world.other)
    homes = (world.top, world.branch, world.other, below)
    for index in range(16):
        world.member(
            homes[index % 4],
            education=(E.MASTER, E.DOCTOR)[index % 2],
            born_on=add_years(TODAY, -22 - index % 12),
        )
    old = world.member(below, education="", born_on=None)
    actions.add_member(member=old, by=world.officer, **CONSENT)
    world.member(world.branch, education="")
    world.person(below)
    lines, total = talent.figures(
        world.top, Member.objects.all(), OutsidePerson.objects.all(), talent.Rule.on(TODAY)
    )

    assert total.total == len(world.pool()) == 17
    assert (total.outside, total.unknown) == (1, 1)
    assert [(line.organisation, line.total) for line in lines] == [
        (world.top, 4), (world.branch, 4), (world.other, 9),
    ]  # fmt: skip
    start = 0
    for table in talent.TABLES:
        width = len(table.bands)
        assert all(sum(line.cells[start : start + width]) == line.total for line in (*lines, total))
        start += width
    page = client_for(world.officer).get(reverse("members:talent-figures"))
    assert page.context["total"] == total
    assert client_for(world.secretary).get(reverse("members:talent-figures")).context["total"].total == 4


def export(browser, query="", **data):
    url = reverse("members:talent-export") + query
    answer = browser.post(url, {"file_format": "csv", "purpose": "统计"} | data)
    return b"".join(answer.streaming_content).decode("utf-8-sig") if answer.streaming else answer.text


def test_whole_mobiles_leave_only_with_a_reason(world, client_for):
    world.member(name="单立新", mobile="19900007777")
    world.person()
    browser = client_for(world.officer)

    assert "199****7777" in export(browser)
    assert "19900007777" not in export(browser, with_numbers="on")
    assert "19900007777" in export(browser, with_numbers="on", number_reason="寄送通知")
    assert "199****1234" in export(browser, "?people=outside&field=智能")
    assert "19900001234" in export(browser, "?people=outside", with_numbers="on", number_reason="寄送通知")
    assert AuditEvent.objects.filter(action=AuditAction.EXPORT, detail__numbers=True).count() == 2
    assert client_for(world.secretary).get(reverse("members:talent-export")).status_code == 403


# --- Forms and API --------------------------------------------------------------------------------------


def test_pages_enter_and_take_out(world, client_for):
    browser, member = client_for(world.secretary), world.member(education=E.BACHELOR)
    form = {"consent_on": TODAY, "consent_how": "written", "consent_scope": "人才库"}
    assert (
        browser.post(reverse("members:talent-add", args=[member.pk]), form | {"consent_how": ""}).status_code
        == 200
    )
    assert browser.post(reverse("members:talent-add", args=[member.pk]), form).status_code == 302
    browser.post(reverse("members:talent-withdraw", args=[member.pk]))
    assert world.pool() == set()
    fits = world.member()
    browser.post(reverse("members:talent-out", args=[fits.pk]), {"reason": "本人不愿"})
    assert world.pool() == set()
    browser.post(reverse("members:talent-back", args=[fits.pk]))
    assert world.pool() == {fits}
    data = form | {
        "organisation": world.branch.code,
        "name": "司马外",
        "is_research": "1",
        "employer": "某公司",
    }
    assert browser.post(reverse("members:talent-outside-new"), data).status_code == 302
    person = OutsidePerson.objects.get()
    assert (person.unit_name, person.is_research) == ("某公司", True)
    browser.post(reverse("members:talent-outside-out", args=[person.pk]), {"reason": "已离开园区"})
    assert names(browser, "outside-list") == set()
    browser.post(reverse("members:talent-outside-in", args=[person.pk]))
    assert names(browser, "outside-list") == {"司马外"}
    browser.post(reverse("members:talent-outside-withdraw", args=[person.pk]), {"on": TODAY})
    assert "司马外" not in browser.get(reverse("members:talent-outside", args=[person.pk])).text


def test_the_interface_follows_the_same_rules(world, client_for):
    browser, member = client_for(world.secretary), world.member(education=E.BACHELOR)

    def post(name, data=None, *args):
        return browser.post(reverse(f"api:{name}", args=args), data or {}, "application/json").json()

    consent = {"consent_how": "written", "consent_scope": "人才库"}
    assert "consent_how" in post("talent-add", {"consent_scope": "人才库"}, member.pk)
    answer = post("talent-add", consent, member.pk)
    assert (answer["by_rule"], answer["by_hand"], "identity_number" in answer) == (False, True, False)
    assert post("talent-out", {"reason": "本人不愿"}, member.pk)["by_hand"] is False
    assert post("talent-back", None, member.pk) == {"non_field_errors": ["该党员没有移出记录，无须恢复。"]}
    data = consent | {"organisation": world.branch.code, "name": "司马外", "mobile": "123"}
    assert "mobile" in post("outside-person-list", data)
    person = post("outside-person-list", data | {"mobile": "19900001234"})
    assert person["mobile"] == "199****1234"
    assert post("outside-person-reveal", {"purpose": "邀请"}, person["id"]) == {"number": "19900001234"}
    assert "reason" in post("outside-person-out", None, person["id"])
    detail = reverse("api:outside-person-detail", args=[person["id"]])
    assert browser.patch(detail, {"field": "芯片"}, "application/json").json()["field"] == "芯片"
    assert browser.get(reverse("api:outside-person-list"), {"field": "芯片"}).json()["results"]
    assert post("outside-person-withdraw", None, person["id"])["name"] == ""
    assert browser.delete(detail).status_code == 405
