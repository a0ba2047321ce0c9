"""What a gathering is: the kinds that regulations ask for and those that parks add; which may be one gathering.

Source: 支部工作条例 art. 11–19 (docs/regulations.md); the kinds of parks from their ledgers (S20, S21, S24).
"""

from dataclasses import dataclass

from django.db import models

from orgs.kinds import BRANCHES, OrganisationKind


class Kind(models.TextChoices):
    MEMBERS_MEETING = "members_meeting", "支部党员大会"
    BRANCH_COMMITTEE = "branch_committee", "支委会"
    GROUP_MEETING = "group_meeting", "党小组会"
    PARTY_LECTURE = "party_lecture", "党课"
    THEME_DAY = "theme_day", "主题党日"
    ORG_LIFE_MEETING = "org_life_meeting", "组织生活会"
    APPRAISAL = "appraisal", "民主评议党员"
    TRAINING = "training", "教育培训"
    VOLUNTEERING = "volunteering", "志愿服务"
    LINKAGE = "linkage", "联建活动"
    CULTURE = "culture", "文化活动"
    FORUM = "forum", "科创大讲堂"
    OTHER = "other", "其他活动"


@dataclass(frozen=True)
class KindRule:
    """`hosts`: kinds of organisation that may hold it (empty: any that is no group). `alone`: counts as nothing else.

    `expects`: whom it is for: "members" of the branch, its "committee", or "anyone" who comes.
    """

    expects: str = "anyone"
    hosts: tuple[str, ...] = ()
    alone: bool = False


RULES = {
    Kind.MEMBERS_MEETING: KindRule("members"),
    Kind.BRANCH_COMMITTEE: KindRule("committee", alone=True),
    # The register does not say who belongs to which group of a branch: those who came are noted down.
    Kind.GROUP_MEETING: KindRule("anyone", hosts=(OrganisationKind.PARTY_GROUP,)),
    Kind.PARTY_LECTURE: KindRule("members"),
    Kind.THEME_DAY: KindRule("members"),
    Kind.ORG_LIFE_MEETING: KindRule("members"),
    Kind.APPRAISAL: KindRule("members"),
}
MAIN = (
    Kind.THEME_DAY,
    Kind.PARTY_LECTURE,
    Kind.BRANCH_COMMITTEE,
    Kind.MEMBERS_MEETING,
)  # what branches hold most
OPEN_RULE = KindRule()
HAS_ROSTER = (*BRANCHES, OrganisationKind.PARTY_GROUP)


def rule_of(kind: str) -> KindRule:
    return RULES.get(kind, OPEN_RULE)


def expects_of(kinds) -> str:
    """Whom a gathering of several kinds is for: the narrowest circle that one of them names."""
    found = {rule_of(kind).expects for kind in kinds}
    return next((circle for circle in ("committee", "members") if circle in found), "anyone")
