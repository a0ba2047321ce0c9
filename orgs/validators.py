"""Rules about organisations that refuse an entry, each with the sentence of the domain table (§10).

Called by `orgs/actions/organisations.py`, hence by every door: pages, API and later the import of new entries.
CONFIRM rules ask for the number of the superior's approval (批复文号); with one they let the entry pass. `field`
is the name under which the caller's form asks for that number.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils import timezone

from orgs.kinds import BRANCHES, OrganisationKind, parent_fault
from orgs.models import PostTitle
from orgs.regulations import value_on
from orgs.terms import add_years

FULL_MEMBERS_FOR_COMMITTEE = 7
COMMITTEE_SEATS = range(3, 8)
MAX_EXTENSION_YEARS = 1
COMMITTEE_TITLES = (
    PostTitle.ORGANISATION_MEMBER,
    PostTitle.PUBLICITY_MEMBER,
    PostTitle.DISCIPLINE_MEMBER,
    PostTitle.COMMITTEE_MEMBER,
)
SEAT_TITLES = (PostTitle.SECRETARY, PostTitle.DEPUTY_SECRETARY, *COMMITTEE_TITLES)
NEEDS_THREE = (OrganisationKind.BRANCH, OrganisationKind.PROJECT_BRANCH, OrganisationKind.FLOATING_BRANCH)


def validate_not_in_future(day: dt.date | None, field: str) -> None:
    if day is not None and day > timezone.localdate():
        raise ValidationError({field: "日期不能晚于今天。"})


def validate_place_in_tree(kind: str, parent_kind: str | None) -> None:
    """`kind` may stand below `parent_kind` (None: at the top)."""
    if fault := parent_fault(kind, parent_kind):
        raise ValidationError({"kind": fault})


def validate_founding_members(kind: str, full_members: int | None) -> None:
    """Row 1: three full members make a branch. Source: 支部工作条例 art. 4."""
    if kind in NEEDS_THREE and full_members is not None and full_members < 3:
        raise ValidationError({"full_members": "正式党员不足3人，不能单独成立党支部，建议成立联合党支部。"})


def validate_joint_units(kind: str, units: int, approval_no: str, *, field: str = "approval_no") -> None:
    """Row 4: a joint branch normally covers five units. Source: 支部工作条例 art. 5."""
    most = value_on("joint_branch_units")
    if kind == OrganisationKind.JOINT_BRANCH and units > most and not approval_no:
        raise ValidationError({field: f"联合党支部覆盖单位一般不超过{most}个，请说明原因并填写批复文号。"})


def validate_committee_allowed(kind: str, full_members: int | None, approval_no: str) -> None:
    """Row 6: below seven full members a branch has no committee unless the superior approved one."""
    too_few = full_members is not None and full_members < FULL_MEMBERS_FOR_COMMITTEE
    if kind in BRANCHES and too_few and not approval_no:
        raise ValidationError(
            {"approval_no": "正式党员不足7人，一般不设支部委员会，只设书记1名，必要时设副书记1名。"}
        )


def validate_committee_seats(kind: str, seats: int | None) -> None:
    """Row 7, for a committee elected as a whole; no seats means no committee."""
    if kind in BRANCHES and seats and seats not in COMMITTEE_SEATS:
        raise ValidationError({"committee_seats": "党支部委员会一般3至5人，最多不超过7人。"})


def validate_seat_free(kind: str, taken: int) -> None:
    """Row 7, for one more person in a branch where `taken` already sit."""
    if kind in BRANCHES and taken + 1 > COMMITTEE_SEATS[-1]:
        raise ValidationError({"title": "党支部委员会一般3至5人，最多不超过7人。"})


def validate_secretary_is_full_member(title: str, probationary: bool) -> None:
    """Row 8. Source: 党章 art. 7."""
    if title == PostTitle.SECRETARY and probationary:
        raise ValidationError({"probationary": "预备党员没有被选举权，不能担任党支部书记。"})


def validate_extension(term_ends_on: dt.date | None, extended_to: dt.date) -> None:
    """Row 12, measured from the end of the elected term however often it was extended."""
    if term_ends_on is None:
        raise ValidationError({"extended_to": "该党组织没有届满日期，不能延期，请先登记换届选举。"})
    if extended_to <= term_ends_on:
        raise ValidationError({"extended_to": f"延期后的日期应晚于届满日期{term_ends_on}。"})
    if extended_to > add_years(term_ends_on, MAX_EXTENSION_YEARS):
        raise ValidationError({"extended_to": "延期换届一般不超过1年。"})


def validate_temporary_branch(
    kind: str, unusual: bool, approval_no: str, *, field: str = "approval_no"
) -> None:
    """Row 16: recruiting, dues and elections in a temporary branch need the superior's approval."""
    if kind == OrganisationKind.TEMP_BRANCH and unusual and not approval_no:
        raise ValidationError({field: "临时党支部一般不发展党员、不收缴党费、不进行换届。"})
