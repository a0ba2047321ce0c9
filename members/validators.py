"""Rules about members in the register, each with the sentence of the domain table (§10).

Called by `members/actions`, hence by every door: pages, API, and the import for what it writes anew.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone

from members.choices import IdentityType, Membership, Sex
from members.models import Member
from orgs.identifiers import identity_birthday, identity_fault, identity_is_male
from orgs.terms import add_years

FOUNDED = dt.date(1921, 7, 1)  # of the Party
ADULT = 18
PROBATION_YEARS = 1
IDENTITY_FAULTS = {
    "length": "公民身份号码应为18位，请对照证件核对；15位旧号码请换用18位号码。",
    "characters": "公民身份号码只能是17位数字加1位数字或X，请对照证件核对。",
    "birthday": "公民身份号码中的出生日期不存在，请对照证件核对。",
    "check": "公民身份号码校验位不正确，请对照证件核对。",
}


def validate_identity(
    identity_type: str,
    number: str,
    *,
    sex: str | None = None,
    born_on: dt.date | None = None,
    today: dt.date | None = None,
) -> None:
    """The number is right in itself (GB 11643-1999) and agrees with sex and birthday. Expects it normalised.

    Other papers have no check of their own; they must only be filled. `today` spares asking for thousands.
    """
    if not number:
        raise ValidationError({"identity_number": "请填写证件号码。"})
    if identity_type != IdentityType.RESIDENT:
        return
    if fault := identity_fault(number, today or timezone.localdate()):
        raise ValidationError({"identity_number": IDENTITY_FAULTS[fault]})
    if born_on and born_on != identity_birthday(number):
        raise ValidationError(
            {"born_on": f"与证件号码中的出生日期{identity_birthday(number)}不一致，请核对。"}
        )
    if sex and (sex == Sex.MALE) != identity_is_male(number):
        raise ValidationError({"sex": "与证件号码中的性别不一致，请核对。"})


def validate_not_elsewhere(number: str, *, organisation, user, apart_from=None) -> None:
    """Row 41: nobody stands in two registers. Names the other place only to whom may see it."""
    other = Member.objects.with_identity(number).select_related("organisation").first()
    if other is None or (apart_from is not None and other.pk == apart_from.pk):
        return
    raise ValidationError({"identity_number": elsewhere_sentence(other, user, organisation)})


def elsewhere_sentence(other, user, organisation=None) -> str:
    """Why `other` cannot be entered once more."""
    here = organisation is not None and other.organisation_id == organisation.pk
    seen = user is not None and Member.objects.visible_to(user).filter(pk=other.pk).exists()
    return registered_sentence(
        is_counted=other.is_counted, is_here=here, place=str(other.organisation) if seen else ""
    )


def registered_sentence(*, is_counted: bool, is_here: bool, place: str) -> str:
    """Row 41 in words; `place` is "" where it may not be named."""
    if not is_counted:
        return "该人员已有离册记录，请从原记录办理恢复或转入，不能重复入册。"
    if is_here:
        return "该党员已在本组织名册中，不能重复入册。"
    return f"该党员组织关系在{place or '其他党组织'}，不能重复入册，请办理转接或登记为流动党员。"


def validate_dates(
    *,
    born_on: dt.date | None,
    joined_on: dt.date | None,
    confirmed_on: dt.date | None,
    membership: str,
    today: dt.date | None = None,
) -> None:
    """Birth, joining and confirmation in their order, none to come, of age at joining, and fitting the standing."""
    today = today or timezone.localdate()
    for name, day in (("born_on", born_on), ("joined_on", joined_on), ("confirmed_on", confirmed_on)):
        if day and day > today:
            raise ValidationError({name: "日期不能晚于今天，请核对。"})
    if born_on and joined_on and joined_on < add_years(born_on, ADULT):
        raise ValidationError({"joined_on": "入党时未满18周岁，请核对出生日期和入党日期。"})
    if joined_on and confirmed_on and confirmed_on < joined_on:
        raise ValidationError({"confirmed_on": "转正日期不能早于入党日期，请核对。"})
    if membership == Membership.PROBATIONARY and confirmed_on:
        raise ValidationError(
            {"confirmed_on": "预备党员没有转正日期：请清空；已转正的，请将党员类别改为正式党员。"}
        )


def validate_party_day(day: dt.date, label: str = "日期") -> None:
    """Nobody joined the Party before it was founded."""
    if day < FOUNDED:
        raise ValidationError(f"{label}不能早于{FOUNDED.year}年{FOUNDED.month}月，请核对。")


def legacy_fault(
    *,
    can_be_home: bool,
    membership: str,
    joined_on: dt.date | None,
    joined_is_month: bool,
    confirmed_on: dt.date | None,
) -> str:
    """What of an imported history today's rules would not let pass, in words; "" when nothing.

    History is stored as it comes and marked (历史数据待核), never refused.
    """
    faults = []
    if not can_be_home:
        faults.append("所在组织一般不保留党员组织关系")
    if joined_on is None:
        faults.append("入党日期未填")
    if membership == Membership.FULL and confirmed_on is None:
        faults.append("转正日期未填")
    if joined_on and confirmed_on:
        # Of a month only the month is known: its last day is the day that asks for the latest confirmation.
        earliest = add_years(joined_on, PROBATION_YEARS)
        if confirmed_on < (earliest.replace(day=1) if joined_is_month else earliest):
            faults.append("预备期不满1年")
    return "；".join(faults)
