"""Writes invented pairings and the talent pool by hand: one set-based insert per table."""

import datetime as dt

from imports import sql
from members.demo.shapes import Course, Outsider, Pair, Person
from members.models import OutsidePerson, Pairing, PairingContact, TalentEntry
from members.names import sort_key
from orgs.demo.dates import days
from orgs.demo.write import insert, moment
from orgs.terms import add_months

SCOPE = "人才库管理、联系服务"


def write_pool(outsiders: list[Outsider], members: list[Person], *, root_id: int, day: dt.date) -> None:
    """Members have been written."""
    insert(
        OutsidePerson,
        outsiders,
        organisation_id=lambda o: o.org.pk,
        root_id=lambda o: root_id,
        name=lambda o: o.name,
        pinyin=lambda o: sort_key(o.name),
        born_on=lambda o: o.born_on,
        education=lambda o: o.education,
        is_research=lambda o: True,
        unit_code=lambda o: "",
        unit_name=lambda o: o.unit_name,
        field=lambda o: o.field,
        mobile=lambda o: o.mobile,
        consent_on=lambda o: o.consent_on,
        consent_how=lambda o: "written",
        consent_scope=lambda o: SCOPE,
        created_at=lambda o: moment(o.consent_on),
    )
    since = day - days(30)
    rows = [(None, o.pk, o.consent_on, None, "", "") for o in outsiders]
    rows += [(member.pk, None, since, since, "written", SCOPE) for member in members]
    fields = ("member_id", "person_id", "since", "consent_on", "consent_how", "consent_scope")
    more = ("stance", "reason", "ended_how", "end_reason", "created_at")
    sql.insert_rows(
        TalentEntry,
        (*fields, *more),
        ((*row, "in", "支部推荐的技术骨干", "", "", moment(row[2])) for row in rows),
    )


def write_pairings(pairs: list[Pair], *, root_id: int) -> None:
    insert(
        Pairing,
        pairs,
        organisation_id=lambda p: p.org.pk,
        root_id=lambda p: root_id,
        kind=lambda p: p.kind,
        leader_id=lambda p: p.leader.pk,
        member_id=lambda p: p.led.pk if isinstance(p.led, Person) else None,
        case_id=lambda p: p.led.pk if isinstance(p.led, Course) else None,
        person_id=lambda p: p.led.pk if isinstance(p.led, Outsider) else None,
        aim=lambda p: p.aim,
        since=lambda p: p.since,
        until=lambda p: p.until,
        last_contact_on=_last,
        due_on=_due,
        ended_on=lambda p: p.ended_on,
        result=lambda p: p.result,
        result_note=lambda p: "",
        created_at=lambda p: moment(p.since),
    )
    contacts = (
        (p.pk, on, how, gist, asked, answered, "", moment(on))
        for p in pairs
        for on, how, gist, asked, answered in p.contacts
    )
    fields = ("pairing_id", "on", "how", "gist", "asked", "answered", "reason", "recorded_at")
    sql.insert_rows(PairingContact, fields, contacts)


def _last(pair):
    return max((on for on, *_ in pair.contacts), default=None)


def _due(pair):
    """By the default of the settings, which nobody has changed yet."""
    if pair.ended_on:
        return None
    due = add_months(_last(pair) or pair.since, 3)
    return min(due, pair.until) if pair.until else due
