"""Invents a whole park, city by city, and writes it in one transaction."""

import datetime as dt
import random
from collections.abc import Callable

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from imports import sql
from orgs import audit
from orgs.demo import accounts, coverage, enterprises, organisations, places, sizes, surveys, visits, write
from orgs.demo.dates import days
from orgs.demo.names import Vocabulary, credit_codes
from orgs.demo.shapes import City, Org
from orgs.kinds import Jurisdiction, OrganisationKind
from orgs.models import (
    Affiliation,
    AuditAction,
    Coverage,
    Enterprise,
    EnterprisePeriod,
    FoundingStep,
    Organisation,
    Park,
    Post,
    SurveyRound,
    SurveyTask,
    User,
    Visit,
    VisitTask,
    VisitTeam,
    VisitTeamMember,
)
from orgs.tree import step_text

LOADED = (
    Organisation, Affiliation, Post, Park, Enterprise, EnterprisePeriod, Coverage, Visit, FoundingStep, SurveyRound,
    SurveyTask, VisitTeam, VisitTeamMember, VisitTask,
)  # fmt: skip


def invent_city(number: int, *, of: int = 1, seed: int = 1, day: dt.date, root: Org | None = None) -> City:
    """City `number` (from 0) of `of`: the same arguments give the same city. Writes nothing."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - an invented park keeps no secret
    words = Vocabulary(rng)
    prefix = f"第{number + 1}科学城·" if of > 1 else ""
    city = City(number)
    places.lay_out(city, rng, prefix)
    tree = places.Tree(city, root, number + 1, f"ZJ{number + 1:02d}" if of > 1 else "ZJ")
    tree.top.name = f"第{number + 1}科学城综合党委" if of > 1 else "科学城综合党委"
    places.found_organisations(city, rng, tree)
    enterprises.settle(city, rng, words, credit_codes(number), day)
    hosted = enterprises.host_branches(city, rng, words)
    ceased = enterprises.live(city, rng, day)
    organisations.give_terms(city, rng, words, day)
    organisations.fill_posts(city, rng, words, day)
    organisations.affiliate(city, rng, day)
    coverage.cover(city, rng, words, hosted, ceased, day)
    coverage.pursue_founding(city, rng, day)
    surveys.survey(city, rng, words, ceased, day)
    visits.visit(city, rng, words, day)
    return city


def load_park(
    *,
    scale: int = 1,
    seed: int = 1,
    day: dt.date | None = None,
    with_accounts: bool = False,
    each_city: Callable[[City, int], None] | None = None,
) -> None:
    """The caller has checked that there is no organisation yet. Memory holds one city at a time.

    `each_city` writes what stands upon a city, given it and its number, once it has its keys.
    """
    day = day or timezone.localdate()
    with transaction.atomic():
        root = _root(scale) if scale > 1 else None
        if root:
            write.write_root(root)
        rounds = _rounds(day)
        for number in range(scale):
            city = invent_city(number, of=scale, seed=seed, day=day, root=root)
            write.write_city(city, rounds)
            if each_city:
                each_city(city, number)
            if scale > 1:
                # PostgreSQL queues what foreign keys have to be checked until told to check it.
                connection.check_constraints()
                if (number + 1).bit_count() == 1:
                    # Else it plans what triggers ask for tables as empty as they were before the transaction.
                    sql.analyse(apps.get_models())
        if root:
            Organisation.objects.filter(pk=root.pk).update(numchild=root.children)
        if with_accounts:
            accounts.create(day)
        audit.record(
            actor=User.objects.system(), action=AuditAction.IMPORT, path=step_text(1),
            detail={"kind": "demo_park", "scale": scale, "seed": seed},
        )  # fmt: skip
    sql.analyse(LOADED)


def _root(scale: int) -> Org:
    """The city-level working committee above several science cities."""
    return Org(
        "ZJ-0000", "科技园区党工委", OrganisationKind.WORKING_COMMITTEE, None, step_text(1), Jurisdiction.ALL,
        founded_on=dt.date(2003, 7, 1), children=scale,
    )  # fmt: skip


def _rounds(day) -> dict[int, int]:
    keys = {}
    for number, listed in reversed(list(enumerate(enterprises.list_days(day)))):
        name = f"{listed - days(1):%Y年%m月}企业名单比对"
        survey_round = SurveyRound.objects.create(name=name, as_of=listed, due_on=listed + days(30))
        created = timezone.make_aware(dt.datetime.combine(listed, dt.time(9)))
        SurveyRound.objects.filter(pk=survey_round.pk).update(created_at=created)
        keys[number] = survey_round.pk
    return keys


__all__ = ["invent_city", "load_park", "sizes"]
