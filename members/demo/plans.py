"""The recruiting plans of the city's top organisation and its committees, in keeping with its cases."""

import datetime as dt

from members.demo.shapes import Course
from members.models import RecruitmentQuota
from orgs.demo.shapes import City
from orgs.kinds import COMMITTEES
from orgs.tree import ancestor_paths

# The published plan: at least 100 places, two thirds of them for high-tech enterprises as far as its cases allow.
PLACES, ROUND = 100, 10
SPARE = 1  # place of a committee beyond what it uses, for a high-tech enterprise
PRE_REVIEWED, APPROVED = 13, 17


def write_plans(city: City, courses: list[Course], *, root_id: int, day: dt.date) -> None:
    """This year's plans cover who was approved or passed the pre-review; last year had the same."""
    top = city.orgs[0]
    committees = [o for o in city.orgs if o.parent is top and o.kind in COMMITTEES]
    taken = [course for course in courses if _is_taken(course, day.year)]
    below = [(committee, *_counts(committee, taken)) for committee in committees]
    rows = [(committee, places + SPARE, high + SPARE) for committee, places, high in below if places]
    whole, high_tech = _counts(top, taken)
    places = max(PLACES, -(-(whole + SPARE * len(rows)) // ROUND) * ROUND)
    rows.insert(0, (top, places, min(-(-2 * places // 3), places - (whole - high_tech))))
    RecruitmentQuota.objects.bulk_create(
        RecruitmentQuota(
            organisation_id=organisation.pk, root_id=root_id, year=year, places=places, high_tech_places=high,
            document_no=f"园委〔{year}〕{2 if organisation is top else 6}号",
        )
        for year in (day.year, day.year - 1)
        for organisation, places, high in rows
    )  # fmt: skip


def _is_taken(course, year) -> bool:
    approved = course.plan.get(APPROVED)
    return approved.year == year if approved else PRE_REVIEWED in course.plan


def _counts(organisation, courses) -> tuple[int, int]:
    """Those at or below `organisation`: all, and those at high-tech enterprises."""
    here = [c for c in courses if organisation.path in (c.org.path, *ancestor_paths(c.org.path))]
    return len(here), sum(1 for c in here if c.person.employer and c.person.employer.is_high_tech)
