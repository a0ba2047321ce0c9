"""What must hold before a step may be entered, each with the sentence of the domain table (§10, rows 26–39).

Called by `members.actions.recruiting`, hence by every door. CONFIRM rules let the entry pass with a reason and the
number of the superior's approval; the others refuse.
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from members import validators
from members.choices import Closing, EventKind, Membership
from members.models import Member, MemberEvent
from members.models.recruiting import RecruitmentCase, StepOutcome, StepRecord
from members.recruiting import quotas
from members.recruiting.state import (
    APPROVAL_MONTHS,
    APPROVAL_MONTHS_MAX,
    CULTIVATION_YEARS,
    State,
)
from members.recruiting.steps import STEPS
from members.standing import may_apply_on, with_suspended_rights
from orgs.kinds import COMMITTEES, OrganisationKind
from orgs.regulations import value_on
from orgs.terms import add_months, add_years
from orgs.workdays import workdays_between

ADULT = 18
LEAVING_MONTHS = 3
TRAINING_DAYS, TRAINING_HOURS = 3, 24
INTRODUCERS = "入党介绍人必须是两名正式党员，受留党察看处分尚未恢复权利的不能担任。"
EXTENSION_MONTHS, EXTENSION_MONTHS_MAX = 6, 12
SEPARATORS = re.compile(r"[、,，;；/和\s]+")


@dataclass
class Attempt:
    """A step that somebody wants to enter. `values` are those of the step's form that are not columns."""

    case: RecruitmentCase
    state: State
    number: int
    on: dt.date
    outcome: str
    values: dict
    confirm_reason: str = ""
    approval_no: str = ""

    @property
    def step(self):
        return STEPS[self.number]

    @property
    def succeeds(self):
        return self.outcome != StepOutcome.FAILED

    def confirm(self, sentence: str) -> None:
        """Lets pass with a reason and an approval number only."""
        if not (self.confirm_reason.strip() and self.approval_no.strip()):
            raise ValidationError({"confirm_reason": f"{sentence}确需办理的，请填写原因和上级批准文号。"})

    @cached_property
    def voters(self) -> tuple[int, int]:
        """How many full members with the right to vote, and how many probationary ones, the branch has on the day."""
        held = (
            Q(postings__organisation=self.case.organisation_id)
            & (Q(postings__since__isnull=True) | Q(postings__since__lte=self.on))
            & (Q(postings__until__isnull=True) | Q(postings__until__gt=self.on))
        )
        there = Member.objects.filter(held).distinct()
        confirmed = Q(confirmed_on__lte=self.on) | Q(confirmed_on__isnull=True, membership=Membership.FULL)
        full = there.filter(confirmed).exclude(with_suspended_rights(self.on)).count()
        return full, there.exclude(confirmed).count()


# --- Before a case begins -------------------------------------------------------------------------------


def validate_applicant(
    *, number: str, born_on: dt.date, on: dt.date, user, organisation, apart_from=None
) -> None:
    """Row 26 and who may apply at all. Sources: 党章 art. 1; 发展党员工作细则 art. 5."""
    if on < add_years(born_on, ADULT):
        raise ValidationError({"born_on": "申请人未满18周岁，不能申请入党。"})
    member = Member.objects.with_identity(number).select_related("organisation").first()
    if member is not None and member.is_counted:
        raise ValidationError({"identity_number": validators.elsewhere_sentence(member, user, organisation)})
    if member is not None and member.membership != Membership.ENDED:
        last = member.postings.order_by("-until", "-pk").first()
        if last is None or last.closed_how != Closing.MISTAKE:
            raise ValidationError(
                {"identity_number": "该人员已有党籍记录，请办理组织关系转入或恢复党籍，不能重新申请入党。"}
            )
    again = may_apply_on(number)
    if again and on < again:
        raise ValidationError(
            {"identity_number": f"被劝退、除名或开除党籍后5年内不能重新入党，{again}起可以申请。"}
        )
    others = RecruitmentCase.objects.open().with_identity(number)
    if others.exclude(pk=apart_from and apart_from.pk).exists():
        raise ValidationError({"identity_number": "该人员已有正在办理的发展党员记录。"})


# --- Order and days -------------------------------------------------------------------------------------


def in_order(attempt: Attempt) -> None:
    """Steps are taken one after another, none skipped. Source: 发展党员工作细则, the five stages."""
    allowed = attempt.state.allowed()
    if attempt.number not in allowed:
        due = attempt.state.next_step
        words = f"下一步是第{due}步“{STEPS[due]}”。" if due else "该记录已经办结。"
        raise ValidationError({"number": f"各步骤须依次办理，不能跳步或倒序，{words}"})
    today = timezone.localdate()
    if attempt.on > today:
        raise ValidationError({"on": "日期不能晚于今天。"})
    if attempt.state.last_on and attempt.on < attempt.state.last_on:
        raise ValidationError({"on": f"不能早于上一步骤的日期{attempt.state.last_on}。"})


def temporary_branch(attempt: Attempt) -> None:
    """Row 16. Source: 支部工作条例 art. 6."""
    if attempt.case.organisation.kind == OrganisationKind.TEMP_BRANCH:
        attempt.confirm("临时党支部一般不发展党员、不收缴党费、不进行换届。")


# --- Activists and candidates ---------------------------------------------------------------------------


def contacts(attempt: Attempt) -> None:
    """One or two full members. Source: 发展党员工作细则 art. 9."""
    chosen = attempt.values.get("contacts") or []
    members = _register_rows(chosen)
    if not 1 <= len(chosen) <= 2 or any(m.membership != Membership.FULL for m in members):
        raise ValidationError({"contacts": "培养联系人应为1至2名正式党员。"})


def cultivated_for_a_year(attempt: Attempt) -> None:
    """Row 28. Source: 发展党员工作细则 art. 12–13."""
    earliest = add_years(attempt.state.days[3], CULTIVATION_YEARS)
    if attempt.on < earliest:
        raise ValidationError(
            {"on": f"入党积极分子培养教育和考察未满1年，不能列为发展对象。{earliest}起可以办理。"}
        )


def heard(attempt: Attempt) -> None:
    """Contacts, members and the masses have been heard. Source: 发展党员工作细则 art. 13."""
    if not attempt.values.get("heard"):
        raise ValidationError({"heard": "须听取培养联系人、党员和群众的意见。"})


def public_notice(attempt: Attempt) -> None:
    """Row 32: posted for so many working days (setting), and over. A local rule in use everywhere."""
    least = value_on("recruit_notice_workdays", attempt.on)
    if not least:
        return
    first, last = attempt.values.get("notice_from"), attempt.values.get("notice_until")
    if not first or not last:
        raise ValidationError({"notice_from": "请填写公示起止日期。"})
    if workdays_between(first, last) < least or attempt.on <= last:
        raise ValidationError({"notice_until": f"公示不少于{least}个工作日，尚未期满。"})


def introducers(attempt: Attempt) -> None:
    """Row 30: exactly two full members with all rights, who agree. Source: 发展党员工作细则 art. 14."""
    chosen = attempt.values.get("introducers") or []
    if len(set(chosen)) != 2 or len(chosen) != 2 or not _may_introduce(chosen, attempt.on):
        raise ValidationError({"introducers": INTRODUCERS})
    if not attempt.values.get("consented"):
        raise ValidationError({"consented": "须征得入党介绍人同意。"})


def introducers_still_fit(attempt: Attempt) -> None:
    """Row 30 once more on the day of the meeting: they may have lost their rights since."""
    keys = [person["id"] for person in attempt.state.data[9]["introducers"]]
    if not _may_introduce(keys, attempt.on):
        raise ValidationError(f"{INTRODUCERS}请上级退回重新确定介绍人。")


def _may_introduce(keys, on) -> bool:
    """Two full members, neither under 留党察看 nor within a time limit for correction."""
    corrected = MemberEvent.objects.standing().filter(
        member=OuterRef("member"), kind=EventKind.CORRECTED, on__gte=OuterRef("on"), on__lte=on
    )
    correcting = MemberEvent.objects.in_force(on).filter(kind=EventKind.CORRECTION)
    unfit = with_suspended_rights(on) | Q(pk__in=correcting.filter(~Exists(corrected)).values("member"))
    return Member.objects.full().filter(pk__in=keys).exclude(unfit).count() == 2


def _register_rows(keys):
    return Member.objects.in_register().filter(pk__in=keys)


def trained(attempt: Attempt) -> None:
    """Row 31, second half. Source: 发展党员工作细则 art. 17 (special cases excepted)."""
    days, hours = attempt.values.get("training_days") or 0, attempt.values.get("training_hours") or 0
    if days < TRAINING_DAYS and hours < TRAINING_HOURS:
        attempt.confirm("未经政治审查或集中培训未满3天（24学时），不能提交支部大会讨论。")


def reviewed(attempt: Attempt) -> None:
    """Row 31, first half: a review that was passed and is not too old (setting). Source: art. 16."""
    done = attempt.state.days.get(10)
    if done is None:
        raise ValidationError("未经政治审查或集中培训未满3天（24学时），不能提交支部大会讨论。")
    months = value_on("recruit_review_months", attempt.on)
    if months and attempt.on > add_months(done, months):
        raise ValidationError(f"政治审查（{done}）已超过{months}个月，请重新审查后再办理。")


# --- Meeting and approval -------------------------------------------------------------------------------


def approver(attempt: Attempt) -> None:
    """Row 36. Source: 发展党员工作细则 art. 19, 23: committees with authority, no general branch."""
    body = attempt.values.get("approver")
    if body is None:
        raise ValidationError({"approver": "请选择审批的党组织。"})
    if body.path not in attempt.case.organisation.ancestor_paths:
        raise ValidationError({"approver": "审批的党组织应是该党支部的上级。"})
    if body.kind not in COMMITTEES or not body.can_approve_members:
        raise ValidationError({"approver": "该党组织没有审批预备党员的权限。"})


def stays(attempt: Attempt) -> None:
    """Row 33. Source: 发展党员工作细则 art. 19."""
    leaving_on = attempt.values.get("leaving_on")
    if attempt.succeeds and leaving_on and leaving_on <= add_months(attempt.on, LEAVING_MONTHS):
        attempt.confirm("发展对象未来3个月内将离开单位，一般不办理接收预备党员手续。")


def within_plan(attempt: Attempt) -> None:
    """A place in the plan of the year is left, one for high-tech enterprises to them. Source: practice S11 (计划单列).

    The last word of the step's guards: it makes other pre-reviews under the same plan wait.
    """
    if attempt.succeeds and (sentence := quotas.fault(attempt.case, attempt.on.year)):
        attempt.confirm(sentence)


def soon_after_review(attempt: Attempt) -> None:
    """Within so many months of the pre-review (setting); a local rule."""
    months = value_on("recruit_meeting_months", attempt.on)
    if months and attempt.on > add_months(attempt.state.days[13], months):
        attempt.confirm(f"支部大会一般应在预审合格后{months}个月内召开。")


def not_again_too_soon(attempt: Attempt) -> None:
    """After a vote that failed (setting); a local rule."""
    if attempt.state.failed_on is None:
        return
    earliest = add_months(attempt.state.failed_on, value_on("recruit_retry_months", attempt.on))
    if attempt.on < earliest:
        raise ValidationError({"on": f"上次支部大会未通过，{earliest}起可以再次讨论。"})


def one_by_one(attempt: Attempt) -> None:
    """Row 34: each person is discussed and voted on alone. Source: 发展党员工作细则 art. 22."""
    sentence = "讨论两人以上入党，应逐个讨论、逐个表决。"
    named = [name for name in SEPARATORS.split(attempt.values.get("persons", "").strip()) if name]
    if len(named) > 1 and "".join(named) != attempt.case.name.replace(" ", ""):
        raise ValidationError({"persons": sentence})
    if "".join(named) != attempt.case.name.replace(" ", ""):
        raise ValidationError({"persons": f"表决对象应为{attempt.case.name}。"})
    shared = StepRecord.objects.effective().filter(
        organisation=attempt.case.organisation_id,
        number=attempt.number,
        on=attempt.on,
        data__ballot_no=attempt.values.get("ballot_no"),
    )
    if attempt.values.get("ballot_no") is None:
        raise ValidationError({"ballot_no": "请填写是本次大会的第几项表决。"})
    if shared.exclude(case=attempt.case).exists():
        raise ValidationError({"ballot_no": sentence})


def vote(attempt: Attempt) -> None:
    """Rows 20–22: more than half of the voters present, more than half of all in favour, in secret.

    Source: 发展党员工作细则 art. 22. The number of voters is the register's unless a reason is given.
    """
    values = attempt.values
    expected, present, yes = (values.get(name) for name in ("expected", "present", "yes"))
    if None in (expected, present, yes):
        raise ValidationError({"expected": "请填写应到、实到和赞成人数。"})
    full, probationary = attempt.voters
    if full < expected <= full + probationary:
        raise ValidationError({"expected": "预备党员没有表决权，请从表决人数中剔除。"})
    if expected != full and not values.get("expected_reason", "").strip():
        raise ValidationError(
            {"expected_reason": f"名册中有表决权的党员为{full}人，与填写的不一致，请核对或说明原因。"}
        )
    if present > expected or yes > present:
        raise ValidationError({"present": "应到、实到、赞成人数不一致，请核对。"})
    if not values.get("secret_ballot"):
        raise ValidationError({"secret_ballot": "应采取无记名投票方式表决。"})
    if not values.get("attended"):
        raise ValidationError({"attended": "本人和入党介绍人应当参加支部大会。"})
    if 2 * present <= expected:
        raise ValidationError({"present": "到会有表决权的党员未超过应到会人数的半数，不能进行表决。"})
    if attempt.succeeds and 2 * yes <= expected:
        raise ValidationError({"yes": "赞成人数未超过应到会有表决权党员的半数，不能通过。"})


def approved_in_time(attempt: Attempt) -> None:
    """Row 35. Source: 发展党员工作细则 art. 24: three months, six in special cases."""
    passed_on = attempt.state.days[attempt.number - 2 if attempt.number == 17 else 23]
    sentence = "上级党委应在3个月内审批，最长不超过6个月，请催办或重新办理。"
    if attempt.on > add_months(passed_on, APPROVAL_MONTHS_MAX):
        raise ValidationError({"on": sentence})
    if attempt.on > add_months(passed_on, APPROVAL_MONTHS):
        attempt.confirm(sentence)


def collective(attempt: Attempt) -> None:
    """Decided by the committee together. Source: 发展党员工作细则 art. 24."""
    if attempt.succeeds and not attempt.values.get("collective"):
        raise ValidationError({"collective": "审批须经党委会集体讨论、表决决定。"})


def numbered(attempt: Attempt) -> None:
    if not attempt.values.get("form_no", "").strip():
        raise ValidationError({"form_no": "请填写入党志愿书编号。"})


# --- Conversion -----------------------------------------------------------------------------------------


def probation_over(attempt: Attempt) -> None:
    """Row 37. Source: 发展党员工作细则 art. 31–32."""
    ends_on = attempt.state.probation_ends_on
    if attempt.on < ends_on:
        raise ValidationError({"on": f"预备期尚未届满（{ends_on}），不能讨论转正。"})


def extension(attempt: Attempt) -> None:
    """Row 39. Source: 发展党员工作细则 art. 32: once, half a year to a year, from the day probation ended."""
    if attempt.outcome != StepOutcome.EXTENDED:
        return
    sentence = "预备期只能延长一次，不少于半年、不超过1年。"
    until, ends_on = attempt.values.get("extended_until"), attempt.state.probation_ends_on
    if attempt.state.extended:
        raise ValidationError({"outcome": sentence})
    if until is None:
        raise ValidationError({"extended_until": "请填写延长至哪一天。"})
    if not add_months(ends_on, EXTENSION_MONTHS) <= until <= add_months(ends_on, EXTENSION_MONTHS_MAX):
        raise ValidationError({"extended_until": sentence})


GUARDS = {
    3: (temporary_branch,),
    5: (contacts,),
    7: (cultivated_for_a_year, heard, public_notice),
    9: (introducers,),
    11: (trained,),
    12: (reviewed,),
    13: (approver, stays, within_plan),
    14: (numbered,),
    15: (not_again_too_soon, reviewed, introducers_still_fit, soon_after_review, one_by_one, vote),
    17: (approver, collective, approved_in_time),
    23: (probation_over, public_notice, one_by_one, vote, extension),
    24: (approver, collective, approved_in_time),
}


def check(attempt: Attempt) -> None:
    """Every guard of the step; refuses at the first that does not hold."""
    in_order(attempt)
    for guard in GUARDS.get(attempt.number, ()):
        guard(attempt)


def is_late(attempt: Attempt, due_on: dt.date | None) -> bool:
    """After the day the rules ask for; entered all the same, and marked."""
    return due_on is not None and attempt.on > due_on and attempt.number not in (22, 23)
