"""Kinds of Party organisation: what each may stand below and what it can do.

Source: domain table of docs/regulations.md (支部条例 art. 4–5, 9; 选举条例; 任期意见). Capabilities are defaults:
every organisation stores its own, because superior bodies grant exceptions.
"""

from dataclasses import dataclass

from django.db import models


class OrganisationKind(models.TextChoices):
    COMPOSITE_COMMITTEE = "composite_committee", "综合党委"
    WORKING_COMMITTEE = "working_committee", "党工委"
    CLUSTER_COMMITTEE = "cluster_committee", "产业集群党委"
    AREA_COMMITTEE = "area_committee", "片区党委"
    PLATFORM_COMMITTEE = "platform_committee", "科技平台党委"
    COMMITTEE = "committee", "党委"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"
    JOINT_BRANCH = "joint_branch", "联合党支部"
    TEMP_BRANCH = "temp_branch", "临时党支部"
    PROJECT_BRANCH = "project_branch", "项目党支部"
    FLOATING_BRANCH = "floating_branch", "流动党员党支部"
    FUNCTIONAL_ORG = "functional_org", "功能型党组织"
    PARTY_GROUP = "party_group", "党小组"


class Jurisdiction(models.TextChoices):
    """For which enterprises an organisation answers, besides those it covers."""

    NONE = "none", "仅覆盖的企业"
    ALL = "all", "全部企业"
    AREA = "area", "本片区企业"
    CLUSTER = "cluster", "本产业集群企业"
    PARK = "park", "本园区企业（含园中园）"


K = OrganisationKind
UPPER = (K.COMPOSITE_COMMITTEE, K.WORKING_COMMITTEE)
SPECIAL = (K.CLUSTER_COMMITTEE, K.AREA_COMMITTEE, K.PLATFORM_COMMITTEE)
COMMITTEES = (*UPPER, *SPECIAL, K.COMMITTEE)
BRANCHES = (K.BRANCH, K.JOINT_BRANCH, K.TEMP_BRANCH, K.PROJECT_BRANCH, K.FLOATING_BRANCH)
PARK_ORGANISATIONS = (K.COMMITTEE, K.GENERAL_BRANCH, K.BRANCH, K.JOINT_BRANCH)

CAPABILITIES = (
    "elected",
    "keeps_membership",
    "can_recruit",
    "can_collect_dues",
    "can_approve_members",
    "counts_in_statistics",
)


@dataclass(frozen=True)
class KindRule:
    """`parents` are the kinds it may stand below; `term_years` is None where nobody is elected."""

    parents: tuple[str, ...]
    may_be_root: bool = False
    term_years: int | None = 3
    elected: bool = True
    keeps_membership: bool = True
    can_recruit: bool = True
    can_collect_dues: bool = True
    can_approve_members: bool = False
    counts_in_statistics: bool = True

    def capabilities(self) -> dict[str, bool]:
        return {name: getattr(self, name) for name in CAPABILITIES}


def _committee(parents, **kwargs):
    return KindRule(parents, term_years=5, can_approve_members=True, **kwargs)


def _branch(**kwargs):
    return KindRule((*COMMITTEES, K.GENERAL_BRANCH), **kwargs)


def _without_membership(parents):
    return KindRule(
        parents,
        term_years=None,
        elected=False,
        keeps_membership=False,
        can_recruit=False,
        can_collect_dues=False,
        counts_in_statistics=False,
    )


RULES = {
    K.COMPOSITE_COMMITTEE: _committee(UPPER, may_be_root=True),
    K.WORKING_COMMITTEE: KindRule(
        UPPER, may_be_root=True, term_years=None, elected=False, can_approve_members=True
    ),
    K.CLUSTER_COMMITTEE: _committee((*UPPER, K.COMMITTEE)),
    K.AREA_COMMITTEE: _committee((*UPPER, K.COMMITTEE)),
    K.PLATFORM_COMMITTEE: _committee((*UPPER, K.COMMITTEE)),
    # A committee below a township-level one may not approve members (发展党员细则): granted one by one.
    K.COMMITTEE: KindRule(COMMITTEES, term_years=5),
    K.GENERAL_BRANCH: KindRule(COMMITTEES),
    K.BRANCH: _branch(),
    K.JOINT_BRANCH: _branch(),
    K.PROJECT_BRANCH: _branch(),
    K.FLOATING_BRANCH: _branch(),
    K.TEMP_BRANCH: KindRule(
        (*COMMITTEES, K.GENERAL_BRANCH, K.BRANCH, K.JOINT_BRANCH),
        term_years=None,
        elected=False,
        keeps_membership=False,
        can_recruit=False,
        can_collect_dues=False,
    ),
    K.FUNCTIONAL_ORG: _without_membership((*COMMITTEES, K.GENERAL_BRANCH)),
    K.PARTY_GROUP: _without_membership(BRANCHES),
}


def parent_fault(kind: str, parent_kind: str | None) -> str:
    """ "" when `kind` may stand below `parent_kind` (None: at the top), else the reason in Chinese."""
    rule = RULES[kind]
    label = OrganisationKind(kind).label
    if parent_kind is None:
        return "" if rule.may_be_root else f"{label}必须有上级党组织。"
    if parent_kind in rule.parents:
        return ""
    return f"{label}不能直接设在{OrganisationKind(parent_kind).label}之下。"


def default_jurisdiction(kind: str, parent_kind: str | None, *, has_park: bool) -> str:
    """What an organisation answers for unless an administrator says otherwise.

    A park organisation is the one that stands directly below its area committee (S03).
    """
    if parent_kind is None:
        return Jurisdiction.ALL
    if kind == K.AREA_COMMITTEE:
        return Jurisdiction.AREA
    if kind == K.CLUSTER_COMMITTEE:
        return Jurisdiction.CLUSTER
    if has_park and parent_kind == K.AREA_COMMITTEE and kind in PARK_ORGANISATIONS:
        return Jurisdiction.PARK
    return Jurisdiction.NONE
