"""How the plan of a year stands: places, what is handed down, used and reserved (S11).

Used are those approved in the year (step 17), as `figures.recruits` counts them; reserved are those who passed the
pre-review (step 13) and are not approved yet. A reservation belongs to the year of the pre-review and, once that is
over, to the present one as well.
"""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count as Counting
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from members.models import RecruitmentCase, RecruitmentQuota, StepRecord
from members.recruiting.figures import of_high_tech
from orgs.bands import parse_share
from orgs.models import Enterprise, Organisation
from orgs.regulations import value_on
from orgs.tree import ancestor_paths

PRE_REVIEW, APPROVAL = 13, 17


@dataclass(frozen=True)
class Count:
    """Places or people, and how many of them at high-tech enterprises."""

    total: int = 0
    high_tech: int = 0

    @property
    def others(self) -> int:
        return self.total - self.high_tech

    def __add__(self, other):
        return Count(self.total + other.total, self.high_tech + other.high_tech)


@dataclass
class Standing:
    """An organisation and all below it. `handed` are the quotas next below; `loose` is what is used or reserved
    where none of these governs, so that `handed` and `loose` together are what the own places must cover.
    """

    organisation: Organisation
    quota: RecruitmentQuota | None = None
    used: Count = field(default_factory=Count)
    reserved: Count = field(default_factory=Count)
    handed: Count = field(default_factory=Count)
    loose: Count = field(default_factory=Count)

    @property
    def places(self) -> Count | None:
        return places_of(self.quota) if self.quota else None

    @property
    def taken(self) -> Count:
        return self.used + self.reserved

    @property
    def bound(self) -> Count:
        """What a quota here cannot be smaller than; `high_tech` and `others` are each a bound of their own."""
        spent = self.handed + self.loose
        return Count(max(self.taken.total, spent.total), max(self.taken.high_tech, spent.high_tech))

    @property
    def bound_of_others(self) -> int:
        return max(self.taken.others, (self.handed + self.loose).others)

    @property
    def left(self) -> int | None:
        return self.quota.places - self.taken.total if self.quota else None

    @property
    def over(self) -> int:
        """By how many more than planned."""
        return max(-(self.left or 0), 0)

    @property
    def share(self) -> float | None:
        """Of the used ones at high-tech enterprises, 0–1."""
        return self.used.high_tech / self.used.total if self.used.total else None

    @property
    def matters(self) -> bool:
        return bool(self.quota or self.handed.total or self.taken.total)


def places_of(quota) -> Count:
    return Count(quota.places, quota.high_tech_places)


def high_tech_share(places: int, year: int) -> int:
    """The places for high-tech enterprises unless others are named: the share of the setting, rounded up."""
    on = min(timezone.localdate(), dt.date(year, 12, 31))
    return math.ceil(places * parse_share(value_on("recruit_high_tech_share", on)))


def way_up(path: str) -> list[str]:
    """`path` and what is above it, from the bottom."""
    return [path, *reversed(ancestor_paths(path))]


def governing(organisation, year: int, *, lock: bool = False) -> RecruitmentQuota | None:
    """The quota of the nearest organisation, itself or above, that has one; `lock` makes others wait for it."""
    rows = RecruitmentQuota.objects.given(year).filter(organisation__path__in=way_up(organisation.path))
    if lock:
        rows = rows.select_for_update(of=("self",))
    return rows.select_related("organisation").order_by("-organisation__depth").first()


def standing_of(organisation, year: int) -> Standing:
    return standings(organisation, year, [organisation])[0]


def standings(within, year: int, organisations: Iterable[Organisation]) -> list[Standing]:
    """How `organisations`, each `within` or below it, stand; two queries."""
    below = Organisation.objects.within(within).order_by().values("pk")
    rows = RecruitmentQuota.objects.given(year).filter(organisation__in=below)
    quotas = {quota.organisation.path: quota for quota in rows.select_related("organisation")}
    found = {o.path: Standing(o, quotas.get(o.path)) for o in organisations}
    for path, used, reserved in _taken(below, year):
        is_loose = True
        for place in way_up(path):
            if standing := found.get(place):
                standing.used += used
                standing.reserved += reserved
                if is_loose:
                    standing.loose += used + reserved
            is_loose = is_loose and place not in quotas
    for path, quota in quotas.items():
        for place in way_up(path)[1:]:
            if standing := found.get(place):
                standing.handed += places_of(quota)
            if place in quotas:
                break
    return list(found.values())


def _taken(organisations, year):
    """(path of the branch, used, reserved) of each branch that recruits."""
    pre_reviews = StepRecord.objects.effective().filter(case=OuterRef("pk"), number=PRE_REVIEW)
    this_year = timezone.localdate().year
    held = Q(pre_reviewed_on__year__lte=year) if year == this_year else Q(pre_reviewed_on__year=year)
    used = Q(approved_on__year=year)
    reserved = Q(next_step__gt=PRE_REVIEW, next_step__lte=APPROVAL) & held
    cases = RecruitmentCase.objects.filter(
        Q(approved_on__year=year) | Q(next_step__gt=PRE_REVIEW, next_step__lte=APPROVAL),
        organisation__in=organisations,
    )
    cases = cases.alias(
        pre_reviewed_on=Subquery(pre_reviews.order_by("-pk").values("on")[:1]), of_high_tech=of_high_tech()
    )
    rows = cases.order_by().values("organisation__path")
    rows = rows.annotate(
        used=Counting("pk", filter=used),
        used_high=Counting("pk", filter=used & Q(of_high_tech=True)),
        reserved=Counting("pk", filter=reserved),
        reserved_high=Counting("pk", filter=reserved & Q(of_high_tech=True)),
    )
    for path, *counts in rows.values_list(
        "organisation__path", "used", "used_high", "reserved", "reserved_high"
    ):
        yield path, Count(*counts[:2]), Count(*counts[2:])


def fault(case, year: int) -> str:
    """Why the plan of the year has no place for `case` ("" when it has one); others wait until this transaction ends.

    A place for high-tech enterprises is not taken by somebody from elsewhere.
    """
    quota = governing(case.organisation, year, lock=True)
    if quota is None:
        return ""
    standing, places = standing_of(quota.organisation, year), places_of(quota)
    plan = "本年度" if year == timezone.localdate().year else f"{year}年度"
    plan += f"发展党员计划{places.total}名"
    if standing.bound.total >= places.total:
        return f"{plan}已用完（{usage_words(standing)}）。"
    if standing.bound_of_others >= places.others and not _at_high_tech(case):
        return (
            f"{plan}中{places.high_tech}名须用于高新技术企业，其他单位的{places.others}名已用完"
            f"（{usage_words(standing)}）。"
        )
    return ""


def usage_words(standing) -> str:
    words = f"已发展{standing.used.total}名、预审合格待审批{standing.reserved.total}名"
    return f"{words}、下达下级{standing.handed.total}名" if standing.handed.total else words


def _at_high_tech(case) -> bool:
    return Enterprise.objects.filter(credit_code=case.employer_code or None, is_high_tech=True).exists()
