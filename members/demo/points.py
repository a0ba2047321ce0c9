"""The points sheets of some activists and candidates of the city, under the sample criteria of its top organisation."""

import datetime as dt
import random

from imports import sql
from members.demo.shapes import Course
from members.models import Counting, PointCriterion, PointEntry, RecruitmentCase
from members.recruiting.points_sample import SAMPLE
from orgs.demo.shapes import City

SHARE = 0.5  # of those cultivated
ACTIVIST, APPROVED = 3, 17
EVIDENCE = "证明材料已由党支部核对"


def write_points(
    city: City, courses: list[Course], *, root_id: int, day: dt.date, rng: random.Random
) -> None:
    criteria = _criteria(city.orgs[0].pk, root_id, dt.date(day.year, 1, 1))
    entries, totals = [], {}
    for course in courses:
        if ACTIVIST not in course.plan or APPROVED in course.plan or rng.random() >= SHARE:
            continue
        on = max(course.plan.values())
        for criterion in rng.sample(criteria, rng.randint(1, 5)):
            is_once = criterion.counting == Counting.ONCE
            count = 1 if is_once else rng.randint(1, 2)
            points = rng.randint(5, criterion.points_max) if is_once else count * criterion.points
            entries.append(
                PointEntry(
                    case_id=course.pk,
                    criterion=criterion,
                    on=on,
                    count=count,
                    points=points,
                    evidence=EVIDENCE,
                )
            )
            totals[course.pk] = totals.get(course.pk, 0) + min(points, criterion.points_max)
    PointEntry.objects.bulk_create(entries, batch_size=500)
    _write_totals(totals)


def _criteria(organisation_id, root_id, since) -> list[PointCriterion]:
    keys = sql.allocate_ids(PointCriterion, len(SAMPLE))
    return PointCriterion.objects.bulk_create(
        PointCriterion(
            pk=key, series=key, organisation_id=organisation_id, root_id=root_id, group=group, name=name,
            counting=counting, points=points, points_max=most, description=description, since=since,
        )
        for key, (group, name, counting, points, most, description) in zip(keys, SAMPLE, strict=True)
    )  # fmt: skip


def _write_totals(totals):
    """Cases with the same total in one statement: there are few different ones."""
    by_total: dict[int, list[int]] = {}
    for pk, total in totals.items():
        by_total.setdefault(total, []).append(pk)
    for total, keys in by_total.items():
        RecruitmentCase.objects.filter(pk__in=keys).update(points=total)
