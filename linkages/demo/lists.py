"""Writes invented rows of the three lists: what partners of agreements offer, what enterprises need, what came of it."""

import datetime as dt
import random
from dataclasses import dataclass

from imports import sql
from linkages import words
from linkages.demo import list_words
from linkages.models import Dismissal, Need, NeedTerm, Project, ProjectNote, Resource, ResourceTerm
from orgs.demo.shapes import Org, Unit
from orgs.demo.write import insert, moment
from orgs.terms import add_months

LOADED = (Resource, ResourceTerm, Need, NeedTerm, Project, ProjectNote, Dismissal)
OFFERS, NEEDS = 110, 150
DRAFT, WITHDRAWN, PAST = 0.05, 0.05, 0.08
TAKEN, DONE, GIVEN_UP = 0.45, 0.5, 0.1  # of the published needs; of the projects


@dataclass(slots=True, eq=False)
class Item:
    """What `Resource` and `Need` hold."""

    org: Org
    kind: str
    title: str
    description: str
    office: str
    since: dt.date
    until: dt.date
    published: bool
    withdrawn_on: dt.date | None
    partner: object = None
    enterprise: Unit | None = None
    pact: object = None
    pk: int = 0


@dataclass(slots=True, eq=False)
class Work:
    """What `Project` holds."""

    need: Item
    resource: Item
    begun_on: dt.date
    deadline: dt.date
    done_on: dt.date | None
    given_up_on: dt.date | None
    pk: int = 0


def load(city, number: int, pacts, root_id: int, *, seed: int, day: dt.date) -> None:
    """After the agreements, whose partners offer most."""
    rng = random.Random(f"lists:{seed}:{number}")  # noqa: S311 - invented rows keep no secret
    offers = _each_once([_offer(city, pacts, rng, day) for _ in range(OFFERS)])
    needs = _each_once([_need(city, pacts, rng, day) for _ in range(NEEDS)])
    _write_items(Resource, ResourceTerm, "resource_id", offers, root_id)
    _write_items(Need, NeedTerm, "need_id", needs, root_id, enterprise_id=lambda i: i.enterprise.pk)
    projects = _projects(needs, offers, rng, day)
    _write_projects(projects, root_id, rng)
    _write_dismissals(needs, offers, projects, rng, day)


def _each_once(items) -> list[Item]:
    """A unit has one row of a name."""
    return list({(item.org, item.partner, item.enterprise, item.title): item for item in items}.values())


def _offer(city, pacts, rng, day) -> Item:
    """Four in five by a partner under a live agreement, the others by a body of the park itself: rooms and courses."""
    live = [pact for pact in pacts if pact.signed_on and not pact.ended_on and pact.ends_on >= day]
    if rng.random() < 0.8:
        pact = rng.choice(live)
        unit = rng.choice(pact.partners)
        kinds = [kind for kind, (units, _, _) in list_words.KINDS.items() if unit.kind in units]
        if kinds:
            item = _item(pact.org, rng.choice(kinds), 1, rng, day)
            item.partner, item.office, item.pact = unit, unit.office, pact
            return item
    org = rng.choice([org for org in city.orgs if org.jurisdiction != "none" and org.park])
    return _item(org, rng.choice(("venue", "training", "policy")), 1, rng, day)


def _need(city, pacts, rng, day) -> Item:
    """Of the enterprise in which an organisation stands, entered by that organisation; half below a party of a pact."""
    standing = [org for org in city.orgs if org.host and org.task_ended_on is None]
    bound = tuple(pact.org.path for pact in pacts if pact.signed_on and not pact.ended_on and pact.org.parent)
    below = [org for org in standing if org.path.startswith(bound)]
    org = rng.choice(below if below and rng.random() < 0.5 else standing)
    item = _item(org, rng.choice(list(list_words.KINDS)), 2, rng, day)
    item.enterprise = org.host
    return item


def _item(org, kind, which, rng, day) -> Item:
    title, description = rng.choice(list_words.KINDS[kind][which])
    since = day - dt.timedelta(days=rng.randrange(1, 150))
    months = rng.choice((6, 12, 12) if which == 1 else (3, 6, 6))
    until, fate = add_months(since, months), rng.random()
    if fate < PAST:
        since, until = add_months(day, -months), day - dt.timedelta(days=rng.randrange(1, 40))
    until = max(until, since)
    gone = PAST <= fate < PAST + WITHDRAWN
    return Item(
        org, kind, title, description, "", since, until,
        published=gone or not PAST + WITHDRAWN <= fate < PAST + WITHDRAWN + DRAFT,
        withdrawn_on=min(since + dt.timedelta(days=20), day) if gone else None,
    )  # fmt: skip


def _write_items(model, terms, name, items, root_id, **more):
    insert(
        model,
        items,
        organisation_id=lambda i: i.org.pk,
        root_id=lambda i: root_id,
        kind=lambda i: i.kind,
        title=lambda i: i.title,
        description=lambda i: i.description,
        contact_office=lambda i: i.office,
        valid_from=lambda i: i.since,
        valid_until=lambda i: i.until,
        partner_id=lambda i: i.partner and i.partner.pk,
        agreement_id=lambda i: i.pact and i.pact.pk,
        published_at=lambda i: moment(i.since) if i.published else None,
        withdrawn_at=lambda i: i.withdrawn_on and moment(i.withdrawn_on),
        withdrawn_reason=lambda i: list_words.WITHDRAWN if i.withdrawn_on else "",
        created_at=lambda i: moment(i.since),
        updated_at=lambda i: moment(i.since),
        **more,
    )
    rows = ((i.pk, term) for i in items for term in sorted(words.terms_of(i.title, i.description)))
    sql.insert_rows(terms, (name, "term"), rows)


def _projects(needs, offers, rng, day) -> list[Work]:
    """A need with a resource of its kind that was on the list before its own last day."""
    found = []
    for need in needs:
        open_ = [
            offer
            for offer in offers
            if offer.kind == need.kind
            and offer.published
            and not offer.withdrawn_on
            and offer.until >= need.since
        ]
        if not open_ or not need.published or need.withdrawn_on or rng.random() > TAKEN:
            continue
        begun_on = min(need.since + dt.timedelta(days=rng.randrange(2, 30)), day)
        fate, end = rng.random(), min(begun_on + dt.timedelta(days=rng.randrange(10, 90)), day)
        found.append(
            Work(
                need, rng.choice(open_), begun_on, add_months(begun_on, rng.choice((2, 3, 6))),
                done_on=end if fate < DONE else None,
                given_up_on=end if DONE <= fate < DONE + GIVEN_UP else None,
            )
        )  # fmt: skip
    return found


def _write_projects(projects, root_id, rng):
    insert(
        Project,
        projects,
        organisation_id=lambda w: w.need.org.pk,
        root_id=lambda w: root_id,
        kind=lambda w: w.need.kind,
        title=lambda w: w.need.title,
        description=lambda w: f"由{(w.resource.partner or w.resource.org).name}提供“{w.resource.title}”。",
        need_id=lambda w: w.need.pk,
        resource_id=lambda w: w.resource.pk,
        agreement_id=lambda w: None,
        deadline=lambda w: w.deadline,
        done_on=lambda w: w.done_on,
        result=lambda w: rng.choice(list_words.RESULTS) if w.done_on else "",
        withdrawn_at=lambda w: w.given_up_on and moment(w.given_up_on),
        withdrawn_reason=lambda w: list_words.GIVEN_UP if w.given_up_on else "",
        created_at=lambda w: moment(w.begun_on),
        updated_at=lambda w: moment(w.done_on or w.given_up_on or w.begun_on),
    )
    notes = [
        (work.pk, text, moment(work.begun_on))
        for work in projects
        for text in rng.sample(list_words.PROGRESS, rng.randrange(3))
    ]
    sql.insert_rows(ProjectNote, ("project_id", "text", "at"), notes)


def _write_dismissals(needs, offers, projects, rng, day):
    """Here and there a pair of one kind was looked at and set aside."""
    taken = {work.need for work in projects}
    rows = []
    for need in needs:
        others = [offer for offer in offers if offer.kind == need.kind and offer.published]
        if need.published and need not in taken and others and rng.random() < 0.15:
            reason = rng.choice(list_words.DISMISSED)
            rows.append((need.pk, rng.choice(others).pk, reason, moment(day), ""))
    sql.insert_rows(Dismissal, ("need_id", "resource_id", "reason", "at", "withdrawn_reason"), rows)
