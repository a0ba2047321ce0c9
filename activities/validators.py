"""Rules about a record of an activity, called by page, interface and import alike. Each names its source."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.kinds import Kind, rule_of
from activities.models import ActivityState
from orgs.kinds import OrganisationKind

LONGEST = dt.timedelta(days=31)
EARLIEST, LATEST = dt.date(1949, 10, 1), dt.date(2999, 12, 31)


def validate_kinds(kinds, organisation) -> None:
    """At least one; a committee meeting counts as nothing else; a group's meeting is held by a group.

    Source: 支部工作条例 art. 11–14.
    """
    if not kinds:
        raise ValidationError({"kinds": "请选择活动类型。"})
    if unknown := set(kinds) - set(Kind.values):
        raise ValidationError({"kinds": f"没有这种活动类型：{'、'.join(sorted(unknown))}。"})
    alone = [kind for kind in kinds if rule_of(kind).alone]
    if alone and len(set(kinds)) > 1:
        raise ValidationError({"kinds": f"{Kind(alone[0]).label}须单独召开和记录，不能与其他类型合并。"})
    for kind in kinds:
        validate_host(kind, organisation)


def validate_host(kind, organisation) -> None:
    rule, is_group = rule_of(kind), organisation.kind == OrganisationKind.PARTY_GROUP
    if rule.hosts and organisation.kind not in rule.hosts:
        raise ValidationError({"kinds": f"{Kind(kind).label}由党小组召开，请选择党小组。"})
    if is_group and not rule.hosts:
        raise ValidationError({"kinds": f"党小组不能召开{Kind(kind).label}，请由党支部登记。"})


def validate_organisation(organisation, day: dt.date, field="organisation") -> None:
    """It existed on the day."""
    if organisation.founded_on and day < organisation.founded_on:
        raise ValidationError({field: f"{organisation}于{organisation.founded_on}成立，当时尚未成立。"})
    if organisation.dissolved_on and day >= organisation.dissolved_on:
        raise ValidationError({field: f"{organisation}已于{organisation.dissolved_on}撤销。"})


def validate_times(starts_at: dt.datetime, ends_at: dt.datetime | None) -> None:
    if not EARLIEST <= timezone.localtime(starts_at).date() <= LATEST:
        raise ValidationError({"starts_at": "开始时间有误，请核对年份。"})
    if ends_at is None:
        return
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": "结束时间须晚于开始时间。"})
    if ends_at - starts_at > LONGEST:
        raise ValidationError({"ends_at": "一次活动不超过31天，请核对结束时间。"})


def validate_over(starts_at: dt.datetime) -> None:
    """What has not begun cannot have been held."""
    if starts_at > timezone.now():
        raise ValidationError({"starts_at": "活动尚未开始，不能登记为已召开；请先制定计划。"})


def validate_open(activity) -> None:
    """Row 56."""
    if activity.state == ActivityState.ARCHIVED:
        raise ValidationError("记录已归档，如需更正请由上级退回并说明原因。")
    if activity.state == ActivityState.CANCELLED:
        raise ValidationError("该活动已取消，不能再办理。")
    if activity.state == ActivityState.REVIEW:
        raise ValidationError("该记录正在审核，如需修改请由审核的党组织退回。")


def validate_sum(*, expected: int, present: int, on_leave: int, absent: int) -> None:
    """Row 23."""
    if present + on_leave + absent != expected:
        raise ValidationError({"present": "应到、实到、请假、缺席人数不一致，请核对。"})


def validate_vote(
    *,
    expected: int,
    present: int,
    yes: int,
    no: int,
    abstained: int,
    written: int,
    passed: bool,
    note: str = "",
    voters: int | None = None,
    here: int | None = None,
) -> None:
    """Rows 20–22: at least half of the voters present; more than half of all in favour; no probationary voter.

    `voters` is how many the register knows, `here` how many of them the roll has as present; None where unknown. Fewer
    than `voters` may be expected (long illness) where `note` says why. Source: 支部工作条例 art. 11.
    """
    if not expected:
        raise ValidationError({"expected": "请填写应到会有表决权的人数。"})
    if voters is not None and expected > voters:
        raise ValidationError(
            {"expected": f"有表决权的党员为{voters}人。预备党员没有表决权，请从表决人数中剔除。"}
        )
    if voters is not None and expected < voters and not note.strip():
        raise ValidationError(
            {
                "note": f"有表决权的党员为{voters}人，登记的应到会为{expected}人；确有不计入的，请说明原因，"
                "否则请更正应到会人数。"
            }
        )
    if here is not None and present > here:
        raise ValidationError(
            {"present": f"到会名单中有表决权的党员为{here}人，请更正人数，或先更正到会名单。"}
        )
    if present > expected:
        raise ValidationError({"present": "实到会有表决权人数不能多于应到会人数。"})
    if written > expected - present:
        raise ValidationError({"written": "提交书面意见的人数不能多于未到会的有表决权人数。"})
    if yes + no + abstained != present + written:
        raise ValidationError({"yes": "赞成、反对、弃权人数之和应等于实到会人数加书面意见人数。"})
    if 2 * present < expected:
        raise ValidationError({"present": "到会有表决权的党员未达半数，不能进行表决。"})
    if passed and 2 * yes <= expected:
        raise ValidationError({"passed": "赞成人数未超过应到会有表决权党员的半数，不能通过。"})


def most_excellent(full_members: int) -> int:
    """A third of the full members; probationary members are not among them."""
    return full_members // 3


def validate_excellent(excellent: int, full_members: int, reason: str, approval_no: str) -> None:
    """Row 25. Source: 支部工作条例 art. 17 and the practice of appraisals."""
    if excellent > most_excellent(full_members) and not (reason and approval_no):
        raise ValidationError(
            {
                "excess_reason": f"评定“优秀”一般不超过正式党员的三分之一（正式党员{full_members}名，"
                f"最多{most_excellent(full_members)}名）；确需超过的，请说明原因并填写批复文号。"
            }
        )
