"""Prints of recruiting: which a case has, that page and Word file say the same, and what they never say."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from django.urls import reverse

from members.actions import recruiting
from members.demo import cases
from members.models import Member, StepOutcome
from members.prints.catalogue import NOTICES, PRINTS, offers
from members.prints.dossier import dossier_of
from members.standing import approving_committee
from orgs import paper
from orgs.limits import MOST_AN_HOUR
from orgs.models import AuditAction, AuditEvent, CalendarDay, User
from orgs.terms import add_months, add_years
from orgs.workdays import workdays_between
from tests import builders
from tests.papers import squeezed, words_of_file, words_of_page

pytestmark = pytest.mark.django_db
FINDING = "家庭情况有待了解"


class World:
    def __init__(self):
        self.committee = builders.make_organisation(name="测试园区党委")
        self.branch = builders.make_organisation(self.committee, name="测试第一支部")
        self.secretary = builders.make_user("secretary", self.branch)
        self.by = User.objects.system()

    def case(self, upto=1, **kw):
        values = {
            "name": "周小满",
            "employer_name": "测试光电公司",
            "position": "工程师",
            "education": "master",
        }
        return builders.make_case(self.branch, upto=upto, **values | kw)

    def take(self, case, number, **changes):
        full = list(Member.objects.full().filter(organisation=case.organisation).values_list("pk", flat=True))
        on = changes.pop("on", cases.days(case.applied_on)[number])
        body = approving_committee(case.organisation)
        values = cases.values_of(case, number, on, full=full, approver=body) | changes
        organisation = body if number in (4, 8, 16, 18) else None
        return recruiting.take_step(
            case=case, number=number, on=on, organisation=organisation, by=self.by, **values
        )

    def walk(self, case, first, last):
        for number in range(first, last + 1):
            self.take(case, number)

    def concluded(self, outcome, **more):
        """A case whose probation ended so."""
        case = self.case(22)
        self.take(case, 23, outcome=outcome, **more)
        self.take(case, 24, document_no="园党〔2025〕7号")
        return case

    def reverse(self, case):
        recruiting.reverse_step(case=case, by=self.by, reason="日期有误", organisation=self.committee)

    def offered(self, case):
        case.refresh_from_db()
        return {offer.print.slug: offer for offer in offers(dossier_of(case, self.secretary))}


@pytest.fixture
def world():
    return World()


def words_of_paper(sheet) -> str:
    found = [sheet.title, sheet.number, sheet.address]
    for part in sheet.body:
        if isinstance(part, paper.Table):
            found += [*part.heads, *(cell for row in part.rows for cell in row.cells)]
        else:
            found.append(part)
    return squeezed("".join([*found, *sheet.signature]))


def printed(offer) -> str:
    return words_of_paper(offer.paper)


# --- Page and file ------------------------------------------------------------------------------------


def test_every_print_of_a_whole_case_says_the_same_on_page_and_in_the_file(world, client_for):
    case = world.case(5)
    world.take(case, 6, note=FINDING)
    world.walk(case, 7, 25)
    client = client_for(world.secretary)
    offered = world.offered(case)
    assert set(PRINTS) - set(offered) == {"extended-notice", "cancelled-notice"}
    numbers = {case.identity_number, case.mobile, case.member.identity_number, case.member.mobile}
    for slug, offer in offered.items():
        args = [case.pk, slug]
        page = client.get(reverse("members:case-print", args=args))
        answer = client.get(reverse("members:case-print-file", args=args))
        shown, written = words_of_page(page.text), words_of_file(answer.getvalue())
        assert shown == written == printed(offer), slug
        assert "周小满" in shown, slug
        assert not offer.is_blank, slug
        assert not [n for n in numbers if n in shown or n in page.text], slug
        assert quote(f"{offer.print.name}-周小满.docx") in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Type"] == paper.DOCX
    events = AuditEvent.objects.filter(action=AuditAction.EXPORT, object_id=str(case.pk))
    assert events.count() == 2 * len(offered)
    assert {event.detail["format"] for event in events} == {"页面", "docx"}
    assert "周小满" not in str([event.detail for event in events])


def test_the_forms_hold_the_facts_of_the_case(world):
    case = world.case(5)
    world.take(case, 6, note=FINDING)
    world.walk(case, 7, 25)
    offered, days = world.offered(case), cases.days(case.applied_on)
    meeting, date = days[15], paper.chinese_date
    facts = {
        "course": ["发展党员工作进程表", "25材料归档", str(days[17]), "测试园区党委", case.masked_identity],
        "activist-register": [FINDING, date(days[6]), "党员推荐", "硕士研究生"],
        "application-talk": ["支部书记", date(days[2])],
        "prereview-request": ["测试园区党委：", date(days[10]), "3天、24学时"],
        "prereview-opinion": ["预审合格", date(days[13])],
        "admission-resolution": [
            "应到会有表决权党员2名，实到2名", "赞成2票，反对0票，弃权0票", "同意接收周小满同志为中共预备党员",
        ],
        "admission-reply": [f"预备期自{date(meeting)}起算，至{date(add_years(meeting, 1))}届满", "集体讨论"],
        "admission-notice": [f"自支部大会通过之日{date(meeting)}起算，至{date(add_years(meeting, 1))}届满"],
        "converted-notice": ["同意你按期转为中共正式党员", date(add_years(meeting, 1))],
        "conversion-reply": ["批准周小满同志转为中共正式党员"],
        "archive": ["入党志愿书", "本人人事档案", str(days[14])],
    }  # fmt: skip
    for slug, words in facts.items():
        text = printed(offered[slug])
        assert not [said for said in words if squeezed(said) not in text], (slug, text)


def test_the_resolution_leaves_open_what_the_record_does_not_hold(world):
    case = world.case(14)
    world.take(case, 15, expected=5, present=5, yes=3, expected_reason="名册未更新")
    text = printed(world.offered(case)["admission-resolution"])
    assert f"赞成3票，反对{paper.BLANK}票，弃权{paper.BLANK}票" in text
    assert "名册未更新" in text


# --- Notices ------------------------------------------------------------------------------------------


def test_notices_say_nothing_sensitive(world):
    case = world.case(5, ethnicity="汉")
    world.take(case, 6, note=FINDING)
    world.take(case, 7, note=FINDING)
    world.walk(case, 8, 22)
    world.take(case, 23, note=FINDING)
    world.take(case, 24, note=FINDING)
    found = [offer for offer in world.offered(case).values() if offer.print.kind == NOTICES]
    assert len(found) == 4
    for offer in found:
        text = printed(offer)
        assert FINDING not in text
        assert not re.search(r"\d{6,}|\*", text), text
        assert "1990年5月17日" not in text
        assert "1990-05-17" not in text
    public = printed(next(offer for offer in found if offer.print.slug == "candidate-notice"))
    for words in (
        "女性别" if case.sex == "female" else "性别男",
        "1990年5月",
        "汉族",
        "测试光电公司",
        "工程师",
    ):
        assert words in public
    assert f"联系电话：{paper.BLANK}" in public


def test_a_notice_counts_working_days_with_the_holidays(world):
    case = world.case(7, applied_on=dt.date(2023, 5, 18))
    record = case.records.get(number=7)
    first, last = (dt.date.fromisoformat(record.data[key]) for key in ("notice_from", "notice_until"))
    days = (last - first).days + 1
    length = workdays_between(first, last)
    assert 5 <= length < days
    assert f"共{length}个工作日" in printed(world.offered(case)["candidate-notice"])
    workday = next(
        first + dt.timedelta(days=n)
        for n in range(days)
        if workdays_between(first + dt.timedelta(days=n), first + dt.timedelta(days=n))
    )
    CalendarDay.objects.create(day=workday, is_workday=False)
    text = printed(world.offered(case)["candidate-notice"])
    assert (
        f"公示时间：{paper.chinese_date(first)}至{paper.chinese_date(last)}，共{length - 1}个工作日" in text
    )


def test_a_notice_can_be_posted_before_its_step_is_taken(world, client_for):
    case = world.case(6)
    offer = world.offered(case)["candidate-notice"]
    assert offer.is_blank
    assert f"公示时间：{paper.BLANK_DAY}至{paper.BLANK_DAY}，不少于5个工作日" in printed(offer)
    page = client_for(world.secretary).get(reverse("members:case-print", args=[case.pk, "candidate-notice"]))
    assert "这一步尚未登记，打印的是空白表" in page.text


# --- The end of the probation -------------------------------------------------------------------------


def test_an_extension_names_its_last_day(world):
    case = world.case(22)
    until = add_months(case.probation_ends_on, 6)
    world.take(case, 23, outcome=StepOutcome.EXTENDED, extended_until=until)
    world.take(case, 24, document_no="园党〔2025〕7号")
    offered = world.offered(case)
    for slug in ("extended-notice", "conversion-resolution", "conversion-reply"):
        assert f"至{paper.chinese_date(until)}届满" in printed(offered[slug]), slug
    assert "园党〔2025〕7号" in printed(offered["extended-notice"])
    assert not {"converted-notice", "cancelled-notice", "conversion-public-notice", "archive"} & set(offered)
    # The approval of the admission speaks of the first probation still.
    assert paper.chinese_date(add_years(case.meeting_on, 1)) in printed(offered["admission-notice"])

    world.take(case, 21, on=until - dt.timedelta(days=9))
    world.take(case, 22, on=until)
    for number in (23, 24):
        world.take(case, number, on=until + dt.timedelta(days=14))
    offered = world.offered(case)
    assert "延长预备期期满，同意你转为中共正式党员" in printed(offered["converted-notice"])
    assert "extended-notice" in offered


def test_a_cancellation_is_told_and_no_conversion(world):
    offered = world.offered(world.concluded(StepOutcome.CANCELLED))
    assert "取消你的预备党员资格" in printed(offered["cancelled-notice"])
    assert "取消周小满同志的预备党员资格" in printed(offered["conversion-resolution"])
    assert not {"converted-notice", "extended-notice", "conversion-public-notice"} & set(offered)


# --- What is not valid is not printed -----------------------------------------------------------------


def test_a_record_taken_back_is_printed_as_such_and_nowhere_else(world, client_for):
    case = world.case(17)
    world.reverse(case)
    offered = world.offered(case)
    assert not {"admission-notice", "admission-reply", "probation-form"} & set(offered)
    course = printed(offered["course"])
    assert "已退回更正，作废" in course
    assert "日期有误" in course
    client = client_for(world.secretary)
    for name in ("case-print", "case-print-file"):
        url = reverse(f"members:{name}", args=[case.pk, "admission-notice"])
        assert client.get(url).status_code == 404
        assert client.get(reverse(f"members:{name}", args=[case.pk, "nonsense"])).status_code == 404


def test_a_vote_that_failed_is_put_in_writing_and_what_came_before_is_void(world):
    case = world.case(14)
    world.take(case, 15, outcome=StepOutcome.FAILED, yes=1, note="意见不一")
    offered = world.offered(case)
    text = printed(offered["admission-resolution"])
    assert "大会决议：不同意接收周小满同志为中共预备党员。" in text
    assert "超过" not in text
    assert not {"prereview-opinion", "prereview-request", "admission-talk"} & set(offered)


def test_blank_forms_are_offered_only_where_they_are_next(world):
    offered = world.offered(world.case(1))
    assert {slug: offer.is_blank for slug, offer in offered.items()} == {
        "course": False,
        "application-talk": True,
    }
    assert paper.BLANK_DAY in printed(offered["application-talk"])
    stopped = world.case(6)
    recruiting.stop_case(case=stopped, on=stopped.due_on, reason="本人撤回", by=world.by)
    assert set(world.offered(stopped)) == {"course", "application-talk", "activist-register"}


def test_a_case_taken_over_says_so(world):
    member = builders.make_member(world.branch, membership="probationary", joined_on=dt.date(2026, 3, 1))
    recruiting.adopt_members(members=Member.objects.filter(pk=member.pk), by=world.by)
    member.refresh_from_db()
    offered = world.offered(member.recruitment_case)
    assert set(offered) == {"course", "probation-form"}
    assert "此前的步骤在系统外办理" in printed(offered["course"])


def test_what_a_former_branch_prints_does_not_follow_the_member(world):
    case = world.case(25)
    other = builders.make_organisation(world.committee)
    Member.objects.filter(pk=case.member_id).update(organisation=other, employer_name="新单位")
    case.refresh_from_db()
    assert "新单位" not in printed(world.offered(case)["course"])


# --- Who ----------------------------------------------------------------------------------------------


def test_prints_are_for_those_who_keep_the_records(world, client_for):
    case = world.case(2)
    urls = [reverse(f"members:case-print{end}", args=[case.pk, "course"]) for end in ("", "-file")]
    urls.append(reverse("api:recruitment-case-file", args=[case.pk, "course"]))
    leader = client_for(builders.make_user("leader", world.committee))
    stranger = client_for(builders.make_user("secretary", builders.make_organisation(world.committee)))
    for url in urls:
        assert leader.get(url).status_code == 403
        assert stranger.get(url).status_code == 404
    assert "打印材料" not in leader.get(reverse("members:case", args=[case.pk])).text
    assert "打印材料" in client_for(world.secretary).get(reverse("members:case", args=[case.pk])).text


def test_the_interface_lists_the_prints_and_hands_out_the_file(world, client_for):
    case = world.case(1)
    client = client_for(world.secretary)
    listed = client.get(reverse("api:recruitment-case-prints", args=[case.pk])).json()
    assert listed == [
        {"slug": "course", "name": "发展党员工作进程表", "is_blank": False},
        {"slug": "application-talk", "name": "入党申请人谈话记录", "is_blank": True},
    ]
    answer = client.get(reverse("api:recruitment-case-file", args=[case.pk, "course"]))
    assert words_of_file(answer.getvalue()) == printed(world.offered(case)["course"])
    assert client.get(reverse("api:recruitment-case-file", args=[case.pk, "review"])).status_code == 404


# --- The list -----------------------------------------------------------------------------------------


def test_the_roster_prints_what_the_list_is_filtered_by(world, client_for, monkeypatch):
    first, second = world.case(3), world.case(8, name="吴小寒")
    client, url = client_for(world.secretary), reverse("members:recruiting-roster")
    text = words_of_page(client.get(url).text)
    assert "周小满" in text
    assert "吴小寒" in text
    assert "共2人" in text
    text = words_of_page(client.get(url, {"stage": "candidate"}).text)
    assert "吴小寒" in text
    assert "周小满" not in text
    for case in (first, second):
        assert case.identity_number not in text
    assert AuditEvent.objects.filter(action=AuditAction.EXPORT, detail__rows=1).exists()
    monkeypatch.setitem(MOST_AN_HOUR, AuditAction.EXPORT, 2)
    answer = client.get(url, follow=True)
    assert "一小时内导出已满2次" in answer.text
    monkeypatch.setattr("members.views.prints.MOST_PRINTED", 1)
    assert "一次最多打印1人" in client.get(url, follow=True).text


def test_prints_of_one_person_do_not_use_up_the_exports(world, client_for, monkeypatch):
    case = world.case(2)
    monkeypatch.setitem(MOST_AN_HOUR, AuditAction.EXPORT, 1)
    officer = client_for(builders.make_user("officer", world.committee))
    for _ in range(2):
        assert officer.get(reverse("members:case-print", args=[case.pk, "course"])).status_code == 200
    posted = {"file_format": "csv", "purpose": "月度核对"}
    answer = officer.post(reverse("members:recruiting-export"), posted)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "周小满" in b"".join(answer.streaming_content).decode()
    assert "已满1次" in officer.post(reverse("members:recruiting-export"), posted).text
