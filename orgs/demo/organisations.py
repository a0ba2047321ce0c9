"""Terms, posts and affiliations of a city's organisations."""

import datetime as dt
import random

from orgs.demo.dates import any_day, days, month_start
from orgs.demo.names import Vocabulary
from orgs.demo.shapes import City, Holder, Link, Org
from orgs.kinds import COMMITTEES, RULES
from orgs.kinds import OrganisationKind as Kind
from orgs.models import AffiliationLine, PostTitle
from orgs.terms import add_years

# Days until the term ends, with how many organisations of a hundred: overdue, in 90 days, in 180 days, later.
TERM_ENDS = ((-400, -1), (2, 90), (91, 180), (181, 1700))
TERM_WEIGHTS = (4, 4, 5, 87)
COMMITTEE_POSTS = (PostTitle.ORGANISATION_MEMBER, PostTitle.PUBLICITY_MEMBER, PostTitle.DISCIPLINE_MEMBER)


def give_terms(city: City, rng: random.Random, words: Vocabulary, day: dt.date) -> None:
    for org in city.orgs:
        years = RULES[org.kind].term_years
        org.phone = words.mobile()
        if years is None:
            _give_task(org, rng, day)
        else:
            _give_term(org, rng, day, years)
        org.approval_no = f"科委组〔{org.founded_on.year}〕{rng.randrange(1, 200)}号"


def _give_task(org, rng, day):
    """Temporary branches live with their project; a few projects are over and nobody has dissolved the branch."""
    org.founded_on = any_day(rng, day - days(700), day - days(40))
    if org.kind == Kind.TEMP_BRANCH and rng.random() < 0.08:
        org.task_ended_on = any_day(rng, org.founded_on + days(30), day - days(3))


def _give_term(org, rng, day, years):
    low, high = rng.choices(TERM_ENDS, TERM_WEIGHTS)[0]
    high = min(high, years * 365 - 30)
    org.term_ends_on = day + days(rng.randint(low, high))
    org.elected_on = add_years(org.term_ends_on, -years)
    earliest = max(dt.date(2004, 1, 1), org.host.founded_on + days(90) if org.host else dt.date(2004, 1, 1))
    # Every seventh is in its first term.
    org.founded_on = org.elected_on - days(8)
    if rng.random() < 0.86 and earliest < org.founded_on:
        org.founded_on = any_day(rng, earliest, org.founded_on)
    if org.term_ends_on < day and org.term_ends_on > day - days(180) and rng.random() < 0.5:
        org.extended_to = add_years(org.term_ends_on, 1)
        org.extension_no = f"科委组〔{org.term_ends_on.year}〕延{rng.randrange(1, 90)}号"


# --- Posts ----------------------------------------------------------------------------------------------------


def fill_posts(city: City, rng: random.Random, words: Vocabulary, day: dt.date) -> None:
    """A secretary nearly everywhere, a committee where there are members enough, and some who held posts before."""
    for org in city.orgs:
        since = org.elected_on or org.founded_on
        vacant = rng.random() < 0.012 and org.parent is not None
        if not vacant:
            _appoint(city, rng, words, org, PostTitle.SECRETARY, since)
        if org.founded_on < since - days(200):
            city.holders.append(
                Holder(
                    org, PostTitle.SECRETARY, words.person(), max(org.founded_on, since - days(1095)), since
                )
            )
        committee = org.kind in (*COMMITTEES, Kind.GENERAL_BRANCH)
        if committee or rng.random() < 0.25:
            _appoint(city, rng, words, org, PostTitle.DEPUTY_SECRETARY, since)
            for title in COMMITTEE_POSTS if committee or rng.random() < 0.5 else COMMITTEE_POSTS[:1]:
                _appoint(city, rng, words, org, title, since)


def _appoint(city, rng, words, org, title, since):
    city.holders.append(Holder(org, title, words.person(), since + days(rng.randrange(0, 3))))


# --- Affiliations ---------------------------------------------------------------------------------------------


def affiliate(city: City, rng: random.Random, day: dt.date) -> None:
    """The formal line mirrors the tree; some branches stood elsewhere before the last regrouping."""
    regrouped = month_start(day, 14)
    seats = [org for org in city.orgs if org.kind in (Kind.COMMITTEE, Kind.GENERAL_BRANCH)]
    for org in city.orgs:
        if org.parent is None:
            continue
        since = org.founded_on
        movable = org.parent in seats and not org.host and since < regrouped - days(100)
        if movable and rng.random() < 0.25:
            before = rng.choice([seat for seat in rng.sample(seats, 2) if seat is not org.parent])
            city.links.append(Link(org, before, AffiliationLine.FORMAL, since, regrouped, "园区党组织调整"))
            since = regrouped
        city.links.append(Link(org, org.parent, AffiliationLine.FORMAL, since))
    _functional_lines(city, rng, day)


def _functional_lines(city, rng, day):
    """The platforms' branches follow the platform committee, chain branches in the parks their cluster's committee."""
    platform = next(org for org in city.orgs if org.kind == Kind.PLATFORM_COMMITTEE)
    clusters = {org.cluster: org for org in city.orgs if org.kind == Kind.CLUSTER_COMMITTEE}
    for org in city.orgs:
        if org.carrier == "科技平台":
            _functional(city, rng, org, platform, "重点科技平台党委组建方案", day)
        elif org.host and org.host.chain and org.park:
            _functional(city, rng, org, clusters[org.host.cluster], "产业链党建工作方案", day)


def _functional(city, rng, org: Org, superior: Org, evidence, day):
    since = any_day(rng, max(org.founded_on, day - days(900)), day - days(30))
    city.links.append(Link(org, superior, AffiliationLine.FUNCTIONAL, since, None, evidence))
