"""Recruiting: the order of the steps, every guard at its boundary, what the register learns of it."""

import datetime as dt
import itertools

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from members.actions import recruiting, register
from members.choices import Closing, EventKind, Membership
from members.demo import cases
from members.models import CaseStage, Member, RecruitmentCase, StepOutcome, StepRecord
from members.recruiting import due, state
from members.recruiting.steps import STEPS
from members.standing import approving_committee
from members.timeline import timeline
from orgs.kinds import OrganisationKind
from orgs.models import AuditAction, AuditEvent, User
from orgs.terms import add_months, add_years
from orgs.workdays import add_workdays
from tests import builders

pytestmark = pytest.mark.django_db
A_YEAR = dt.timedelta(days=365)


@pytest.fixture
def committee():
    return builders.make_organisation()


@pytest.fixture
def branch(committee):
    return builders.make_organisation(committee)


@pytest.fixture
def by():
    return User.objects.system()


def planned(case, number, **changes):
    """Day and values of a lawful step, changed."""
    full = list(Member.objects.full().filter(organisation=case.organisation).values_list("pk", flat=True))
    on = changes.pop("on", cases.days(case.applied_on)[number])
    values = cases.values_of(case, number, on, full=full, approver=approving_committee(case.organisation))
    return {"number": number, "on": on} | values | changes


def take(case, number, **changes):
    return recruiting.take_step(case=case, by=User.objects.system(), **planned(case, number, **changes))


def refused(case, number, **changes):
    """What the step says when it is refused; nothing has been written."""
    count = StepRecord.objects.count()
    with pytest.raises(ValidationError) as error:
        take(case, number, **changes)
    assert StepRecord.objects.count() == count
    return "".join(error.value.messages)


def agrees(case):
    """What is stored is what the records say."""
    case.refresh_from_db()
    for name, value in state.computed(case, state.state_of(case)).items():
        assert getattr(case, name) == value, name


# --- The whole way ------------------------------------------------------------------------------------


def test_a_whole_case_ends_with_a_full_member(branch):
    case = builders.make_case(branch, upto=25)
    agrees(case)
    assert case.stage == CaseStage.FULL
    assert case.closed_on == cases.days(case.applied_on)[25]
    assert case.member.membership == Membership.FULL
    assert case.member.joined_on == case.meeting_on
    assert case.member.confirmed_on == add_years(case.meeting_on, 1)
    assert case.member.postings.get().since == case.approved_on


def test_a_case_walks_through_the_pages_of_branch_and_committee(client_for, committee, branch):
    officer = client_for(builders.make_user("officer", committee))
    secretary = client_for(builders.make_user("secretary", branch))
    case = builders.make_case(branch)
    for number in range(2, 26):
        values = planned(case, number)
        posted = {
            name: [str(v) for v in value] if isinstance(value, list) else getattr(value, "pk", value)
            for name, value in values.items()
            if value is not None and name != "number"
        }
        url = reverse("members:case-step", args=[case.pk, number])
        if STEPS[number].by_superior:
            assert secretary.post(url, posted).status_code == 403
            answer = officer.post(url, posted)
        else:
            answer = secretary.post(url, posted)
        assert answer.status_code == 302, (number, answer.context["form"].errors)
        assert secretary.get(reverse("members:case", args=[case.pk])).status_code == 200
        case.refresh_from_db()
    assert case.stage == CaseStage.FULL
    assert case.closed_on


@pytest.mark.parametrize("number", [1, 3, 25])
def test_no_step_is_skipped_or_repeated(branch, number):
    case = builders.make_case(branch)
    assert "各步骤须依次办理" in refused(case, number, on=timezone.localdate())


def test_days_follow_each_other_and_never_lie_ahead(branch):
    case = builders.make_case(branch, upto=2)
    assert "不能早于上一步骤" in refused(case, 3, on=cases.days(case.applied_on)[2] - dt.timedelta(days=1))
    assert "不能晚于今天" in refused(case, 3, on=timezone.localdate() + dt.timedelta(days=1))


# --- Row 26: who may apply ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born_on", "on", "old_enough"),
    [
        (dt.date(2004, 5, 17), dt.date(2022, 5, 17), True),
        (dt.date(2004, 5, 17), dt.date(2022, 5, 16), False),
        (dt.date(2004, 2, 29), dt.date(2022, 2, 28), True),
        (dt.date(2004, 2, 29), dt.date(2022, 2, 27), False),
    ],
)
def test_applicants_are_of_age(client_for, committee, branch, born_on, on, old_enough):
    person = {
        "name": "测试申请人",
        "identity_number": builders.identity_number(born_on=born_on),
        "sex": "male",
        "born_on": born_on,
    }
    secretary = builders.make_user("secretary", branch)
    page = client_for(secretary).post(
        reverse("members:case-new"),
        person | {"organisation": branch.code, "on": on, "identity_type": "resident"},
    )
    if old_enough:
        assert page.status_code == 302
        RecruitmentCase.objects.get().records.get()
        return
    sentence = "申请人未满18周岁，不能申请入党。"
    assert sentence in page.content.decode()
    answer = client_for(secretary).post(
        reverse("api:recruitment-case-list"),
        person | {"organisation": branch.code, "on": on},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_members_and_those_who_apply_already_are_refused(branch, by):
    member = builders.make_member(branch)
    case = builders.make_case(branch)
    for number, words in (
        (member.identity_number, "不能重复入册"),
        (case.identity_number, "已有正在办理的发展党员记录"),
    ):
        with pytest.raises(ValidationError, match=words):
            builders.make_case(branch, identity_number=number)


def test_removed_members_apply_again_after_five_years(branch):
    member = builders.make_member(branch, since=dt.date(2010, 1, 1))
    register.leave_register(
        member=member, how=Closing.REMOVED, on=dt.date(2020, 2, 29), by=User.objects.system()
    )
    person = {"identity_number": member.identity_number, "born_on": member.born_on}
    with pytest.raises(ValidationError, match="5年内不能重新入党"):
        builders.make_case(branch, applied_on=dt.date(2025, 2, 27), **person)
    assert builders.make_case(branch, applied_on=dt.date(2025, 2, 28), **person)


def test_a_temporary_branch_needs_approval(branch, by):
    temporary = builders.make_organisation(approving_committee(branch), OrganisationKind.TEMP_BRANCH)
    person = {
        "name": "测试",
        "identity_number": builders.identity_number(),
        "sex": "male",
        "born_on": dt.date(1990, 5, 17),
    }
    values = {"organisation": temporary, "values": person, "on": dt.date(2025, 1, 1), "by": by}
    with pytest.raises(ValidationError, match="临时党支部一般不发展党员"):
        recruiting.open_case(**values)
    assert recruiting.open_case(**values, approval_no="科党〔2025〕1号", confirm_reason="项目周期长")


# --- Rows 27–33 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applied_on", "talk", "late"),
    [
        (dt.date(2024, 1, 31), dt.date(2024, 2, 29), False),
        (dt.date(2024, 1, 31), dt.date(2024, 3, 1), True),
        (dt.date(2023, 1, 31), dt.date(2023, 2, 28), False),
        (dt.date(2023, 1, 31), dt.date(2023, 3, 1), True),
    ],
)
def test_a_late_talk_is_marked(branch, applied_on, talk, late):
    case = builders.make_case(branch, applied_on=applied_on)
    assert take(case, 2, on=talk).late is late


@pytest.mark.parametrize("activist", [dt.date(2024, 2, 29), dt.date(2023, 8, 31), dt.date(2023, 2, 28)])
def test_candidates_have_been_activists_for_a_year(branch, activist):
    case = builders.make_case(branch, upto=2, applied_on=activist - dt.timedelta(days=120))
    take(case, 3, on=activist)
    for number in (4, 5, 6):
        take(case, number, on=activist + dt.timedelta(days=number))
    a_year = add_years(activist, 1)
    assert case.opens_on == a_year
    sentence = "入党积极分子培养教育和考察未满1年，不能列为发展对象。"
    notice = {"notice_from": a_year - dt.timedelta(days=40), "notice_until": a_year - dt.timedelta(days=20)}
    assert sentence in refused(case, 7, on=a_year - dt.timedelta(days=1), **notice)
    take(case, 7, on=a_year, **notice)
    agrees(case)
    assert case.stage == CaseStage.CANDIDATE


def test_public_notice_lasts_five_working_days_and_is_over(branch):
    case = builders.make_case(branch, upto=6)
    # The National Day holiday of 2024: five working days from 30 September end on 11 October.
    first = dt.date(2024, 9, 30)
    last = add_workdays(first - dt.timedelta(days=1), 5)
    assert last == dt.date(2024, 10, 11)
    sentence = "公示不少于5个工作日，尚未期满。"
    on = last + dt.timedelta(days=1)
    notice = {"notice_from": first, "notice_until": last - dt.timedelta(days=1)}
    assert sentence in refused(case, 7, on=on, **notice)
    notice["notice_until"] = last
    assert sentence in refused(case, 7, on=last, **notice)
    take(case, 7, on=on, **notice)


@pytest.mark.parametrize("unfit", ["one", "three", "probationary", "on trial", "correcting", "twice"])
def test_introducers_are_two_full_members_with_all_rights(client_for, committee, branch, unfit):
    case = builders.make_case(branch, upto=8)
    first, second = list(Member.objects.full().filter(organisation=branch).order_by("pk"))[:2]
    third = builders.make_member(branch)
    young = builders.make_member(branch, membership="probationary", joined_on=dt.date(2022, 1, 1))
    chosen = {
        "one": [first.pk],
        "three": [first.pk, second.pk, third.pk],
        "probationary": [first.pk, young.pk],
        "twice": [first.pk, first.pk],
    }.get(unfit, [first.pk, second.pk])
    events = {"on trial": EventKind.ON_TRIAL, "correcting": EventKind.CORRECTION}
    if unfit in events:
        register.add_event(
            member=second,
            kind=events[unfit],
            on=dt.date(2022, 1, 1),
            until_on=dt.date(2023, 12, 31),
            by=User.objects.system(),
        )
    sentence = "入党介绍人必须是两名正式党员，受留党察看处分尚未恢复权利的不能担任。"
    assert sentence in refused(case, 9, introducers=chosen)
    secretary = builders.make_user("secretary", branch)
    on = cases.days(case.applied_on)[9]
    data = {"on": on, "introducers": chosen, "consented": True}
    if unfit != "twice":
        page = client_for(secretary).post(reverse("members:case-step", args=[case.pk, 9]), data)
        assert sentence in page.content.decode()
        answer = client_for(secretary).post(
            reverse("api:recruitment-case-steps", args=[case.pk]),
            data | {"number": 9},
            content_type="application/json",
        )
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    if unfit == "on trial":
        register.add_event(member=second, kind=EventKind.RIGHTS_RESTORED, on=on, by=User.objects.system())
        take(case, 9, introducers=chosen)


def test_introducers_are_looked_at_again_at_the_meeting(branch):
    case = builders.make_case(branch, upto=14)
    second = case.records.get(number=9).data["introducers"][1]["id"]
    register.add_event(
        member=Member.objects.get(pk=second),
        kind=EventKind.ON_TRIAL,
        on=cases.days(case.applied_on)[15],
        until_on=dt.date(2030, 1, 1),
        by=User.objects.system(),
    )
    assert "入党介绍人必须是两名正式党员" in refused(case, 15)


@pytest.mark.parametrize(
    ("days", "hours", "enough"), [(2, 23, False), (3, 0, True), (0, 24, True), (None, None, False)]
)
def test_training_takes_three_days_or_24_hours(client_for, branch, days, hours, enough):
    case = builders.make_case(branch, upto=10)
    values = {"training_days": days, "training_hours": hours}
    if enough:
        take(case, 11, **values)
        return
    sentence = "未经政治审查或集中培训未满3天（24学时），不能提交支部大会讨论。"
    assert sentence in refused(case, 11, **values)
    on = cases.days(case.applied_on)[11]
    secretary = client_for(builders.make_user("secretary", branch))
    data = {"on": on} | {name: value for name, value in values.items() if value is not None}
    assert sentence in secretary.post(reverse("members:case-step", args=[case.pk, 11]), data).content.decode()
    answer = secretary.post(
        reverse("api:recruitment-case-steps", args=[case.pk]),
        data | {"number": 11},
        content_type="application/json",
    )
    assert sentence in answer.content.decode()
    # With the superior's approval a special case passes, and says so.
    done = take(case, 11, **values, confirm_reason="执行援外任务", approval_no="科党〔2024〕3号")
    assert done.approval_no == "科党〔2024〕3号"


def test_a_political_review_fails_grows_old_and_is_renewed(branch):
    case = builders.make_case(branch, upto=9)
    first = cases.days(case.applied_on)[10]
    take(case, 10, outcome=StepOutcome.FAILED)
    agrees(case)
    assert case.next_step == 10
    take(case, 10, on=first)
    take(case, 11)
    old = add_months(first, 12) + dt.timedelta(days=1)
    assert "已超过12个月" in refused(case, 12, on=old)
    take(case, 10, on=old)
    take(case, 12, on=old)


@pytest.mark.parametrize(("months", "days", "asks"), [(3, 0, True), (3, 1, False)])
def test_who_leaves_within_three_months_needs_approval(client_for, committee, branch, months, days, asks):
    case = builders.make_case(branch, upto=12)
    on = cases.days(case.applied_on)[13]
    leaving_on = add_months(on, months) + dt.timedelta(days=days)
    if not asks:
        take(case, 13, leaving_on=leaving_on)
        return
    sentence = "发展对象未来3个月内将离开单位，一般不办理接收预备党员手续。"
    assert sentence in refused(case, 13, leaving_on=leaving_on)
    officer = client_for(builders.make_user("officer", committee))
    data = {"on": on, "outcome": "passed", "approver": committee.pk, "leaving_on": leaving_on}
    assert sentence in officer.post(reverse("members:case-step", args=[case.pk, 13]), data).content.decode()
    answer = officer.post(
        reverse("api:recruitment-case-steps", args=[case.pk]),
        data | {"number": 13, "approver": committee.code},
        content_type="application/json",
    )
    assert sentence in answer.content.decode()
    take(case, 13, leaving_on=leaving_on, confirm_reason="随项目调动", approval_no="科党〔2024〕5号")


# --- The meeting --------------------------------------------------------------------------------------


@pytest.fixture
def before_meeting(branch):
    """A branch of ten voters and one probationary member."""
    for _ in range(10):
        builders.make_member(branch)
    builders.make_member(branch, membership="probationary", joined_on=dt.date(2022, 1, 1))
    return builders.make_case(branch, upto=14)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"present": 5, "yes": 5}, "到会有表决权的党员未超过应到会人数的半数，不能进行表决。"),
        ({"present": 6, "yes": 5}, "赞成人数未超过应到会有表决权党员的半数，不能通过。"),
        ({"expected": 11}, "预备党员没有表决权，请从表决人数中剔除。"),
        ({"expected": 9, "present": 9, "yes": 9}, "名册中有表决权的党员为10人"),
        ({"yes": 11}, "应到、实到、赞成人数不一致"),
        ({"secret_ballot": False}, "应采取无记名投票方式表决。"),
        ({"attended": False}, "本人和入党介绍人应当参加支部大会。"),
        ({"persons": "张三、李四"}, "讨论两人以上入党，应逐个讨论、逐个表决。"),
    ],
)
def test_a_vote_that_does_not_count_is_refused(client_for, branch, before_meeting, changes, sentence):
    case = before_meeting
    assert sentence in refused(case, 15, **changes)
    secretary = client_for(builders.make_user("secretary", branch))
    data = {n: v for n, v in (planned(case, 15) | changes).items() if n != "number"}
    page = secretary.post(
        reverse("members:case-step", args=[case.pk, 15]), {n: v for n, v in data.items() if v is not False}
    )
    assert sentence in page.content.decode()
    answer = secretary.post(
        reverse("api:recruitment-case-steps", args=[case.pk]),
        data | {"number": 15},
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_six_of_ten_present_and_in_favour_are_enough(before_meeting):
    take(before_meeting, 15, present=6, yes=6)
    agrees(before_meeting)


def test_two_people_never_share_a_ballot(branch):
    first, second = (builders.make_case(branch, upto=14) for _ in range(2))
    take(first, 15, ballot_no=1)
    assert "逐个讨论、逐个表决" in refused(second, 15, ballot_no=1)
    take(second, 15, ballot_no=2)


def test_a_vote_that_failed_is_not_repeated_within_half_a_year(branch):
    case = builders.make_case(branch, upto=14)
    on = cases.days(case.applied_on)[15]
    take(case, 15, outcome=StepOutcome.FAILED, yes=0)
    agrees(case)
    assert case.next_step == 12
    again = add_months(on, 6)
    for number in (10, 12, 13, 14):
        take(case, number, on=again - dt.timedelta(days=3))
    assert "上次支部大会未通过" in refused(case, 15, on=again - dt.timedelta(days=1))
    take(case, 15, on=again)


# --- Approval -----------------------------------------------------------------------------------------


def test_only_a_committee_with_authority_approves(client_for, committee):
    general = builders.make_organisation(committee, OrganisationKind.GENERAL_BRANCH)
    branch = builders.make_organisation(general)
    case = builders.make_case(branch, upto=16)
    sentence = "该党组织没有审批预备党员的权限。"
    assert sentence in refused(case, 17, approver=general)
    assert "上级" in refused(case, 17, approver=builders.make_organisation())
    officer = client_for(builders.make_user("officer", general))
    data = {
        "on": cases.days(case.applied_on)[17],
        "outcome": "passed",
        "approver": general.pk,
        "collective": True,
    }
    assert sentence in officer.post(reverse("members:case-step", args=[case.pk, 17]), data).content.decode()
    answer = officer.post(
        reverse("api:recruitment-case-steps", args=[case.pk]),
        data | {"number": 17, "approver": general.code},
        content_type="application/json",
    )
    assert sentence in answer.content.decode()
    take(case, 17, approver=committee)


@pytest.mark.parametrize("meeting", [dt.date(2023, 8, 31), dt.date(2024, 2, 29), dt.date(2023, 1, 15)])
def test_approval_takes_three_months_and_never_more_than_six(branch, meeting):
    case = builders.make_case(branch, upto=14, applied_on=meeting - dt.timedelta(days=120 + 366 + 80))
    take(case, 15, on=meeting, confirm_reason="推迟", approval_no="1号")
    take(case, 16, on=meeting)
    agrees(case)
    sentence = "上级党委应在3个月内审批，最长不超过6个月，请催办或重新办理。"
    half_a_year = add_months(meeting, 6)
    assert sentence in refused(case, 17, on=add_months(meeting, 3) + dt.timedelta(days=1))
    approval = {"confirm_reason": "情况特殊", "approval_no": "2号"}
    assert sentence in refused(case, 17, on=half_a_year + dt.timedelta(days=1), **approval)
    take(case, 17, on=half_a_year, **approval)


# --- Conversion ---------------------------------------------------------------------------------------


def test_conversion_waits_for_the_end_of_probation(client_for, branch):
    case = builders.make_case(branch, upto=22)
    ends_on = add_years(case.meeting_on, 1)
    assert case.probation_ends_on == ends_on
    sentence = f"预备期尚未届满（{ends_on}），不能讨论转正。"
    # Taken back so that the meeting can be tried a day early.
    recruiting.reverse_step(
        case=case, by=User.objects.system(), reason="提前", organisation=approving_committee(branch)
    )
    take(case, 22, on=ends_on - dt.timedelta(days=5))
    notice = {"notice_from": ends_on - dt.timedelta(days=30), "notice_until": ends_on - dt.timedelta(days=10)}
    early = ends_on - dt.timedelta(days=1)
    assert sentence in refused(case, 23, on=early, **notice)
    secretary = client_for(builders.make_user("secretary", branch))
    data = {n: v for n, v in (planned(case, 23) | notice | {"on": early}).items() if n != "number"}
    assert sentence in secretary.post(reverse("members:case-step", args=[case.pk, 23]), data).content.decode()
    answer = secretary.post(
        reverse("api:recruitment-case-steps", args=[case.pk]),
        data | {"number": 23},
        content_type="application/json",
    )
    assert sentence in answer.content.decode()
    take(case, 23, on=ends_on, **notice)


@pytest.mark.parametrize(
    ("months", "days", "lawful"), [(6, 0, True), (6, -1, False), (12, 0, True), (12, 1, False)]
)
def test_probation_is_extended_by_half_a_year_to_a_year(branch, months, days, lawful):
    case = builders.make_case(branch, upto=22)
    until = add_months(case.probation_ends_on, months) + dt.timedelta(days=days)
    values = {"outcome": StepOutcome.EXTENDED, "extended_until": until}
    sentence = "预备期只能延长一次，不少于半年、不超过1年。"
    if not lawful:
        assert sentence in refused(case, 23, **values)
        return
    take(case, 23, **values)
    take(case, 24)
    agrees(case)
    assert (case.stage, case.next_step, case.probation_ends_on) == (CaseStage.EXTENDED, 21, until)
    assert case.member.probation_ends_on == until
    # A second extension is refused; conversion counts from the new day.
    for number in (21, 22):
        take(case, number, on=until)
    on = until + dt.timedelta(days=20)
    notice = {"notice_from": until, "notice_until": until + dt.timedelta(days=15)}
    if on <= timezone.localdate():
        again = values | {"extended_until": add_months(until, 6), "on": on, **notice}
        assert sentence in refused(case, 23, **again)
        take(case, 23, on=on, **notice)
        take(case, 24, on=on)
        case.member.refresh_from_db()
        assert case.member.confirmed_on == until


def test_cancelling_takes_the_member_out(branch):
    case = builders.make_case(branch, upto=22)
    take(case, 23, outcome=StepOutcome.CANCELLED)
    take(case, 24)
    agrees(case)
    assert case.stage == CaseStage.STOPPED
    assert case.member.membership == Membership.ENDED
    recruiting.reverse_step(
        case=case, by=User.objects.system(), reason="误录", organisation=approving_committee(branch)
    )
    agrees(case)
    case.member.refresh_from_db()
    assert (case.stage, case.next_step, case.member.is_counted) == (CaseStage.PROBATIONARY, 24, True)


@pytest.mark.parametrize("conclusion", [StepOutcome.ON_TIME, StepOutcome.EXTENDED])
def test_what_is_taken_back_stays_readable_and_counts_no_more(branch, conclusion):
    case = builders.make_case(branch, upto=22)
    values = {"outcome": conclusion}
    if conclusion == StepOutcome.EXTENDED:
        values["extended_until"] = add_months(case.probation_ends_on, 6)
    take(case, 23, **values)
    take(case, 24)
    kind = EventKind.CONFIRMED if conclusion == StepOutcome.ON_TIME else EventKind.EXTENDED
    assert case.member.events.standing().filter(kind=kind).exists()
    by = User.objects.system()
    recruiting.reverse_step(case=case, by=by, reason="误录", organisation=approving_committee(branch))
    event = case.member.events.get(kind=kind)
    assert (event.withdrawn_by, event.withdrawn_reason) == (by, "误录")
    assert not case.member.events.standing().filter(kind=kind).exists()
    told = [h for h in timeline(case.member) if h.title == kind.label]
    assert [(h.is_struck, "误录" in h.text, str(timezone.localdate()) in h.text) for h in told] == [
        (True,) * 3
    ]


def test_the_page_of_a_step_taken_again_leads_back_to_the_next_one(branch, client_for):
    case = builders.make_case(branch, upto=6)
    browser = client_for(builders.make_user("secretary", branch))
    again = browser.get(reverse("members:case-step", args=[case.pk, 6])).text
    assert "办理下一步“确定发展对象”" in again
    assert "再登记一次" not in again
    assert "再登记一次“培养教育考察”" in browser.get(reverse("members:case", args=[case.pk])).text


def test_a_report_of_the_person_is_no_assessment_by_the_branch(branch):
    """Row 29: only an assessment moves the day of the next one and lets the case go on."""
    case = builders.make_case(branch, upto=5)
    due_on = case.due_on
    take(case, 6, report="thought")
    assert (case.next_step, case.due_on) == (6, due_on)
    take(case, 6, report="assessment")
    assert case.next_step == 7


@pytest.mark.once
@pytest.mark.parametrize("name", ["members:recruiting-list", "api:recruitment-case-list"])
def test_closed_cases_are_listed_when_asked_for(branch, client_for, by, name):
    """Page and interface leave them out by the same default."""
    under_way, over = (builders.make_case(branch, upto=2) for _ in range(2))
    recruiting.stop_case(case=over, on=timezone.localdate(), reason="本人放弃", by=by)
    browser = client_for(builders.make_user("secretary", branch))

    def listed(**query):
        answer = browser.get(reverse(name), query)
        if name.startswith("api:"):
            return {row["id"] for row in answer.json()["results"]}
        return {case.pk for case in answer.context["page"].items}

    both = {under_way.pk, over.pk}
    assert (listed(), listed(state="closed"), listed(state="all")) == ({under_way.pk}, {over.pk}, both)
    assert listed(stage="stopped") == {over.pk}


# --- Taking back, stopping, moving --------------------------------------------------------------------


def test_every_step_can_be_taken_back_and_taken_again(branch):
    """Down from the archive to the application, the register following, and up again."""
    case = builders.make_case(branch, upto=25)
    superior, by = approving_committee(branch), User.objects.system()
    for position in range(24, 0, -1):
        recruiting.reverse_step(case=case, by=by, reason="更正", organisation=superior)
        agrees(case)
        assert state.state_of(case).position == position
        counted = Member.objects.in_register().with_identity(case.identity_number).exists()
        assert counted is (position >= 17)
    with pytest.raises(ValidationError, match="登记终止"):
        recruiting.reverse_step(case=case, by=by, reason="更正", organisation=superior)
    full = [m.pk for m in Member.objects.full().filter(organisation=branch)]
    cases.walk(case, upto=25, full=full, approver=superior, by=by)
    case.refresh_from_db()
    assert case.member.membership == Membership.FULL
    assert Member.objects.with_identity(case.identity_number).count() == 1


def test_a_branch_does_not_correct_itself(client_for, branch):
    case = builders.make_case(branch, upto=3)
    url = reverse("members:case-reverse", args=[case.pk])
    secretary = builders.make_user("secretary", branch)
    assert client_for(secretary).post(url, {"reason": "错"}).status_code == 403
    with pytest.raises(ValidationError, match="上级党组织"):
        recruiting.reverse_step(case=case, by=secretary, reason="错", organisation=branch)


def test_records_are_written_once(branch):
    record = builders.make_case(branch).records.get()
    for act in (record.save, record.delete, lambda: StepRecord.objects.update(number=2)):
        with pytest.raises(TypeError):
            act()


def test_stopping_needs_a_reason_and_ends_before_admission(branch, by):
    case = builders.make_case(branch, upto=5)
    today = timezone.localdate()
    with pytest.raises(ValidationError, match="原因"):
        recruiting.stop_case(case=case, on=today, reason=" ", by=by)
    recruiting.stop_case(case=case, on=today, reason="本人撤回申请", by=by)
    agrees(case)
    assert case.stage == CaseStage.STOPPED
    assert "已办结" in refused(case, 6, on=today)
    # The person may apply again.
    builders.make_case(branch, identity_number=case.identity_number)
    admitted = builders.make_case(branch, upto=17)
    with pytest.raises(ValidationError, match="按程序"):
        recruiting.stop_case(case=admitted, on=today, reason="x", by=by)


def test_cultivation_counts_on_in_another_branch(committee, branch, by):
    other = builders.make_organisation(committee)
    case = builders.make_case(branch, upto=6)
    opens_on = case.opens_on
    recruiting.move_case(case=case, organisation=other, by=by)
    agrees(case)
    assert (case.organisation, case.opens_on) == (other, opens_on)


def test_the_case_follows_the_member(committee, branch, by):
    other = builders.make_organisation(committee)
    case = builders.make_case(branch, upto=20)
    register.move_member(member=case.member, organisation=other, on=timezone.localdate(), by=by)
    case.refresh_from_db()
    assert case.organisation == other
    register.leave_register(member=case.member, how=Closing.TRANSFERRED_OUT, on=timezone.localdate(), by=by)
    agrees(case)
    assert case.stage == CaseStage.STOPPED
    register.return_to_register(
        member=case.member, organisation=branch, how="transferred_in", on=timezone.localdate(), by=by
    )
    agrees(case)
    assert (case.stage, case.organisation, case.next_step) == (CaseStage.PROBATIONARY, branch, 21)


def test_probationary_members_of_the_import_get_their_cases(client_for, branch):
    joined = timezone.localdate() - dt.timedelta(days=200)
    for _ in range(2):
        builders.make_member(branch, membership="probationary", joined_on=joined)
    secretary = client_for(builders.make_user("secretary", branch))
    for _ in range(2):  # the second time there is nothing left to do
        assert secretary.post(reverse("members:case-adopt")).status_code == 302
    found = RecruitmentCase.objects.all()
    assert [case.next_step for case in found] == [21, 21]
    for case in found:
        agrees(case)
        assert case.probation_ends_on == add_years(joined, 1)


# --- Pages and reminders ------------------------------------------------------------------------------


def test_board_and_list_cost_the_same_however_many_there_are(
    client_for, committee, branch, django_assert_max_num_queries
):
    officer = client_for(builders.make_user("officer", committee))
    pages = [reverse("members:recruiting"), reverse("members:recruiting-list")]
    for page, count in itertools.product(pages, (1, 12)):
        while RecruitmentCase.objects.count() < count:
            builders.make_case(branch, upto=2)
        officer.get(page)
        with django_assert_max_num_queries(20):
            assert officer.get(page).status_code == 200


def test_others_find_no_case(client_for, committee, branch):
    case = builders.make_case(branch)
    other = builders.make_user("secretary", builders.make_organisation(committee))
    assert client_for(other).get(reverse("members:case", args=[case.pk])).status_code == 404
    administrator = client_for(builders.make_user("administrator", committee))
    assert administrator.get(reverse("members:recruiting")).status_code == 403


@pytest.mark.parametrize(
    ("upto", "days_left", "words"),
    [
        (1, 10, "应在收到入党申请书1个月内派人谈话，剩余10天。"),
        (1, 11, None),
        (6, 0, "党支部应每半年对入党积极分子考察1次，请补充记录。"),
        (16, 30, "上级党委应在3个月内审批"),
        (16, 31, None),
        (20, 30, "届满，请提醒提交转正申请并及时讨论。"),
        (20, 31, None),
    ],
)
def test_reminders_come_in_time(branch, upto, days_left, words):
    case = builders.make_case(branch, upto=upto)
    today = case.due_on - dt.timedelta(days=days_left)
    found = RecruitmentCase.objects.filter(due.pressing(today))
    assert found.exists() is (words is not None)
    if words:
        assert words in due.message(case, today)
    assert due.mark(case, today).words


def test_the_home_page_reminds_the_branch(client_for, branch):
    case = builders.make_case(branch, applied_on=timezone.localdate() - dt.timedelta(days=25))
    page = client_for(builders.make_user("secretary", branch)).get(reverse("portal:home"))
    assert f"{case.name}：应在收到入党申请书1个月内派人谈话" in page.content.decode()


def test_particulars_are_mended_before_the_admission_only(client_for, branch, by):
    secretary = client_for(builders.make_user("secretary", branch))
    case = builders.make_case(branch, upto=2)
    url = reverse("members:case-edit", args=[case.pk])
    page = secretary.get(url)
    assert case.identity_number not in page.content.decode()
    posted = {
        "name": "改名之后", "identity_type": "resident", "sex": "male", "born_on": case.born_on, "education": "master",
        "seen_at": case.updated_at.isoformat(),
    }  # fmt: skip
    assert secretary.post(url, posted).status_code == 302
    number, mobile = case.identity_number, case.mobile
    case.refresh_from_db()
    assert (case.name, case.education, case.identity_number, case.mobile) == (
        "改名之后",
        "master",
        number,
        mobile,
    )
    told = secretary.post(url, posted | {"name": "再改"})
    assert "姓名现为“改名之后”，您填写的是“再改”" in told.content.decode()
    assert told.context["form"]["seen_at"].value() == case.updated_at.isoformat()
    answer = secretary.patch(
        reverse("api:recruitment-case-detail", args=[case.pk]),
        {"education": "doctor", "born_on": "1990-05-18"},
        content_type="application/json",
    )
    assert "与证件号码中的出生日期" in answer.content.decode()
    answer = secretary.patch(
        reverse("api:recruitment-case-detail", args=[case.pk]),
        {"education": "doctor"},
        content_type="application/json",
    )
    assert answer.json()["education"] == "doctor"
    admitted = builders.make_case(branch, upto=17)
    with pytest.raises(ValidationError, match="在党员页面修改"):
        recruiting.update_case(case=admitted, values={"name": "x"}, by=by)


def test_numbers_are_revealed_for_a_purpose_and_on_record(client_for, committee, branch):
    case = builders.make_case(branch)
    url = reverse("members:case-reveal", args=[case.pk])
    leader = client_for(builders.make_user("leader", committee))
    assert leader.post(url, {"field": "mobile", "purpose": "联系谈话"}).status_code == 403
    user = builders.make_user("secretary", branch)
    page = client_for(user).post(url, {"field": "mobile", "purpose": "联系谈话"})
    assert case.mobile in page.content.decode()
    event = AuditEvent.objects.get(action=AuditAction.REVEAL)
    assert event.detail == {"field": "手机号码", "purpose": "联系谈话"}
