"""Invented study lists: one of the city that ends soon, one of each area that has ended, a draft; and who read what."""

import datetime as dt
from typing import NamedTuple

from activities.demo import words
from activities.models import MarkHow, StudyItem, StudyList, StudyMark
from imports import sql
from orgs.demo.write import moment
from orgs.kinds import OrganisationKind

LASTS = dt.timedelta(days=60)
CITY_ENDS, DRAFT_ENDS = 5, 90  # days from today
CITY_SHARE, AREA_SHARE = 0.85, 0.96  # of those reached, how many have read an item
TOGETHER = 0.4  # of the marks, those that the branch entered


class Given(NamedTuple):
    study: StudyList
    share: float
    items: int


def write_studies(city, people: list, root_id: int, rng, day: dt.date) -> None:
    there = [person for person in people if not person.left_on]
    given = list(_invent(city, root_id, rng, day))
    StudyList.objects.bulk_create(one.study for one in given)
    marks = []
    for study, share, count in given:
        items = StudyItem.objects.bulk_create(_items(study, count))
        path = next(org.path for org in city.orgs if org.pk == study.organisation_id)
        for person in there:
            if not share or not person.org.path.startswith(path):
                continue
            for item in items:
                if rng.random() < share:
                    marks.append(_mark(item, person, study, rng, day))
    sql.insert_rows(StudyMark, ("item_id", "member_id", "read_on", "how", "reflection", "at"), marks)


def _invent(city, root_id, rng, day):
    top = city.orgs[0]
    yield _given(top, root_id, "党的创新理论学习（第四季度）", day + dt.timedelta(days=CITY_ENDS), CITY_SHARE)
    for org in city.orgs:
        if org.kind == OrganisationKind.AREA_COMMITTEE:
            end = day - dt.timedelta(days=rng.randrange(20, 200))
            yield _given(org, root_id, "片区党员专题学习", end, AREA_SHARE)
    draft = _given(top, root_id, "新年度学习安排", day + dt.timedelta(days=DRAFT_ENDS), 0)
    draft.study.published_at = None
    yield draft


def _given(org, root_id, title, end, share) -> Given:
    start = end - LASTS
    study = StudyList(
        organisation_id=org.pk,
        root_id=root_id,
        title=title,
        about="结合岗位自学，党支部组织一次集体学习交流。",
        starts_on=start,
        ends_on=end,
        published_at=moment(start),
        created_at=moment(start),
        updated_at=moment(start),
    )
    return Given(study, share, 4 if share == CITY_SHARE else 3)


def _items(study, count):
    for place, (title, kind, source, minutes) in enumerate(words.STUDIES[: count + 1]):
        yield StudyItem(
            study_list=study,
            title=title,
            kind=kind,
            source=source,
            minutes=minutes,
            is_required=place < count,
        )


def _mark(item, person, study, rng, day):
    on = study.starts_on + dt.timedelta(days=rng.randrange(LASTS.days))
    on = min(on, day)
    how = MarkHow.TOGETHER if rng.random() < TOGETHER else MarkHow.SELF
    return item.pk, person.pk, on, str(how), "", moment(on)
