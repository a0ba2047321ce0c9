"""Rules about moving, being away and losing contact, each with the sentence of the domain table (§10).

Called by `members/actions` (transfers, absences, exits), hence by every door.
"""

import datetime as dt

from django.core.exceptions import ValidationError

from members.choices import Membership
from members.models import AbsenceKind
from orgs.regulations import value_on
from orgs.terms import add_months, add_years

RUSHED_MONTHS = 3
RECEIPT_MONTHS = 1
LOST_MONTHS = 6
STUDY_ABROAD_YEARS = 5
REMOVE_STOPPED_YEARS = 2


def is_rushed_admission(membership: str, joined_on: dt.date | None, left_on: dt.date) -> bool:
    """突击发展核查: a probationary member admitted three months before moving, or less. Source: 发展党员细则 art. 19."""
    if membership != Membership.PROBATIONARY or joined_on is None:
        return False
    return left_on <= add_months(joined_on, RUSHED_MONTHS)


def letter_expiry(issued_on: dt.date, valid_days: int) -> dt.date:
    """The last day of validity. Refuses more than three months (setting). Source: 教育管理工作条例 and letter forms."""
    months = value_on("letter_months_max", issued_on)
    if valid_days < 1:
        raise ValidationError({"valid_days": "有效期至少1天。"})
    expires_on = issued_on + dt.timedelta(days=valid_days)
    if expires_on > add_months(issued_on, months):
        raise ValidationError({"valid_days": f"介绍信有效期最长不超过{months}个月。"})
    return expires_on


def validate_letter_valid(expires_on: dt.date | None, accepted_on: dt.date) -> None:
    """An expired letter moves nobody: the branch explains and a new one is issued. The last day still counts."""
    if expires_on and accepted_on > expires_on:
        raise ValidationError(
            {"on": f"介绍信已于{expires_on}失效，不能接收，请由原党支部说明情况后重新开具。"}
        )


def receipt_due(accepted_on: dt.date) -> dt.date:
    """The receipt goes back within one month of acceptance."""
    return add_months(accepted_on, RECEIPT_MONTHS)


def validate_reason(text: str, field: str = "reason", what: str = "退回") -> None:
    """Nobody is refused without cause. Source: 教育管理工作条例 art. 26."""
    if not text.strip():
        raise ValidationError({field: f"无正当理由不得{what}，请说明原因。"})


def validate_floating(since: dt.date, expected_return_on: dt.date | None) -> None:
    """Floating means away for six months or more (setting). Source: 流动党员管理工作的意见."""
    months = value_on("floating_months", since)
    if expected_return_on and expected_return_on < add_months(since, months):
        raise ValidationError(
            {"expected_return_on": f"外出不足{months}个月的，请登记为短期外出，凭党员证明信参加活动。"}
        )


def validate_stopping(absence, entries: int, on: dt.date) -> None:
    """停止党籍: lost for six months with all means tried, or abroad for more than five years.

    `absence` is the open one or None; `entries` its search records. Source: 教育管理工作条例 art. 24.
    """
    if absence is None or absence.kind not in (AbsenceKind.LOST, AbsenceKind.ABROAD):
        raise ValidationError({"how": "停止党籍须先登记失联并查找满6个月，或登记出国（境）。"})
    if absence.kind == AbsenceKind.ABROAD:
        if on <= add_years(absence.since, STUDY_ABROAD_YEARS):
            raise ValidationError(
                {"on": f"出国（境）未超过{STUDY_ABROAD_YEARS}年（自{absence.since}起），不能停止党籍。"}
            )
        return
    if on < add_months(absence.since, LOST_MONTHS):
        raise ValidationError({"on": f"失联未满{LOST_MONTHS}个月（自{absence.since}起），不能停止党籍。"})
    least = value_on("lost_search_entries", on)
    if entries < least:
        raise ValidationError(
            {"how": f"查找记录只有{entries}条，至少{least}条，请通过各种方式查找并逐次登记。"}
        )


def validate_removing_stopped(stopped_on: dt.date, on: dt.date) -> None:
    """除名 two years after 停止党籍. Source: 教育管理工作条例 art. 24."""
    if on < add_years(stopped_on, REMOVE_STOPPED_YEARS):
        raise ValidationError({"on": f"停止党籍未满{REMOVE_STOPPED_YEARS}年（自{stopped_on}起），不能除名。"})
