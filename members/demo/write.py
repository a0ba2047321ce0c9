"""Writes invented members: one set-based insert per table."""

import datetime as dt

from imports import sql
from members.choices import EventKind, IdentityType, Membership
from members.demo.shapes import Person
from members.models import Member, MemberEvent, NameKey, Posting
from members.names import search_keys, sort_key
from orgs.demo.write import insert, key, moment
from orgs.fields import blind_index


def write_members(people: list[Person], *, root_id: int, start: dt.date) -> None:
    """`start`: the day since when things are known by the day; older rows bear its moment."""
    _write_people(people, root_id, start)
    sql.insert_rows(
        NameKey, ("member_id", "key"), ((p.pk, text) for p in people for text in sorted(search_keys(p.name)))
    )
    sql.insert_rows(
        Posting,
        ("member_id", "organisation_id", "since", "until", "opened_how", "closed_how"),
        (
            (p.pk, stay.org.pk, stay.since, stay.until, str(stay.opened_how), str(stay.closed_how))
            for p in people
            for stay in p.stays
        ),
    )
    confirmed = [
        p for p in people if p.confirmed_on and p.confirmed_on >= start and p.membership == Membership.FULL
    ]
    sql.insert_rows(
        MemberEvent,
        ("member_id", "kind", "on", "document_no", "note", "recorded_at"),
        ((p.pk, str(EventKind.CONFIRMED), p.confirmed_on, "", "", moment(p.confirmed_on)) for p in confirmed),
    )


def _write_people(people, root_id, start):
    identity, mobile = (Member._meta.get_field(name) for name in ("identity_hash", "mobile_hash"))
    insert(
        Member,
        people,
        name=lambda p: p.name,
        pinyin=lambda p: sort_key(p.name),
        identity_type=lambda p: str(IdentityType.RESIDENT),
        identity_number=lambda p: p.identity_number,
        identity_hash=lambda p: blind_index(p.identity_number, identity.context),
        mobile=lambda p: p.mobile,
        mobile_hash=lambda p: blind_index(p.mobile, mobile.context),
        sex=lambda p: "male" if p.is_male else "female",
        ethnicity=lambda p: p.ethnicity,
        born_on=lambda p: p.born_on,
        education=lambda p: str(p.education),
        title=lambda p: str(p.title),
        occupation=lambda p: str(p.occupation),
        position=lambda p: p.position,
        is_research=lambda p: p.is_research,
        employer_code=lambda p: (p.employer and p.employer.credit_code) or "",
        employer_name=lambda p: p.employer_name,
        organisation_id=lambda p: key(p.org),
        root_id=lambda p: root_id,
        membership=lambda p: str(p.membership),
        relation=lambda p: str(p.relation),
        joined_on=lambda p: p.joined_on,
        joined_precision=lambda p: str(p.joined_precision),
        probation_ends_on=lambda p: p.probation_ends_on,
        confirmed_on=lambda p: p.confirmed_on,
        confirmed_precision=lambda p: "day",
        left_on=lambda p: p.left_on,
        legacy_unverified=lambda p: bool(p.legacy_reason),
        legacy_reason=lambda p: p.legacy_reason,
        created_at=lambda p: moment(p.stays[0].since or start),
        updated_at=lambda p: moment(p.left_on or p.stays[-1].since or start),
    )
