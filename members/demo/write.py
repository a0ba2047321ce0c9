"""Writes invented members: one set-based insert per table."""

import datetime as dt
import json
from collections import defaultdict
from types import SimpleNamespace

from django.db.models import Max

from imports import sql
from members.actions.recruiting import PEOPLE
from members.choices import EventKind, IdentityType, Membership
from members.demo.cases import values_of
from members.demo.dues import Dues, method_of
from members.demo.moves import particulars
from members.demo.shapes import Away, Course, Move, Person
from members.models import (
    Absence,
    ContactEntry,
    ContactMeans,
    DuesAllocation,
    DuesBasis,
    DuesCharge,
    DuesPayment,
    Member,
    MemberEvent,
    NameKey,
    Posting,
    RecruitmentCase,
    StepOutcome,
    StepRecord,
    Transfer,
    TransferDirection,
    TransferEntry,
    TransferLetter,
)
from members.names import search_keys, sort_key
from members.recruiting.state import computed, replay
from members.recruiting.steps import STEPS
from orgs.demo.dates import days
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
        ("member_id", "kind", "on", "document_no", "note", "withdrawn_reason", "recorded_at"),
        (
            (p.pk, str(EventKind.CONFIRMED), p.confirmed_on, "", "", "", moment(p.confirmed_on))
            for p in confirmed
        ),
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


# --- Away ---------------------------------------------------------------------------------------------------------


def write_absences(absences: list[Away], *, root_id: int) -> None:
    insert(
        Absence,
        absences,
        member_id=lambda a: key(a.person),
        guest_name=lambda a: a.guest_name,
        guest_mobile=lambda a: a.guest_mobile,
        home_name=lambda a: a.home_name,
        kind=lambda a: str(a.kind),
        since=lambda a: a.since,
        place=lambda a: a.place,
        host_id=lambda a: key(a.host),
        host_root_id=lambda a: root_id if a.host else None,
        host_name=lambda a: a.host_name,
        contact_person=lambda a: a.contact_person,
        expected_return_on=lambda a: a.expected_return_on,
        reported_on=lambda a: a.reported_on,
        closed_how=lambda a: "",
        note=lambda a: "",
        created_at=lambda a: moment(a.since),
    )
    contacts = (
        (a.pk, on, str(ContactMeans.PHONE), a.contact_person, reached, "情况正常" if reached else "无人接听",
         moment(on))
        for a in absences for on, reached in a.contacts
    )  # fmt: skip
    fields = ("absence_id", "on", "means", "person", "reached", "result", "recorded_at")
    sql.insert_rows(ContactEntry, fields, contacts)


# --- Transfers ----------------------------------------------------------------------------------------------------


def write_transfers(moves: list[Move], *, root_id: int) -> None:
    """Members have been written. Letters are numbered in the order of their days, year by year."""
    numbers = _letter_numbers(moves, root_id)
    for move, number in numbers.items():
        move.letter_no = f"〔{move.issued_on.year}〕第{number:04d}号"
    identity = Transfer._meta.get_field("identity_hash")
    insert(
        Transfer,
        moves,
        member_id=lambda m: m.person.pk or None,
        person_name=lambda m: m.person.name,
        identity_type=lambda m: str(IdentityType.RESIDENT),
        identity_number=lambda m: "" if m.person.pk else m.person.identity_number,
        identity_hash=lambda m: (
            "" if m.person.pk else blind_index(m.person.identity_number, identity.context)
        ),
        person=lambda m: "" if m.person.pk else json.dumps(particulars(m.person), ensure_ascii=False),
        membership=lambda m: str(m.person.membership),
        direction=lambda m: str(m.direction),
        state=lambda m: str(m.state),
        state_since=lambda m: m.steps[-1][2],
        from_organisation_id=lambda m: key(m.home),
        from_name=lambda m: m.outside if m.direction == TransferDirection.IN else "",
        from_root_id=lambda m: root_id if m.home else None,
        to_organisation_id=lambda m: key(m.target),
        to_name=lambda m: m.outside if m.direction == TransferDirection.OUT else "",
        to_root_id=lambda m: root_id if m.target else None,
        reason=lambda m: m.reason,
        dues_paid_until=lambda m: m.started_on.replace(day=1),
        letter_no=lambda m: m.letter_no,
        issued_on=lambda m: m.issued_on,
        valid_days=lambda m: m.valid_days,
        expires_on=lambda m: m.issued_on and m.issued_on + days(m.valid_days),
        accepted_on=lambda m: m.accepted_on,
        receipt_on=lambda m: m.accepted_on,
        receipt_no=lambda m: m.letter_no if m.accepted_on else "",
        close_reason=lambda m: m.close_reason,
        relation_before=lambda m: "registered" if m.issued_on and m.home else "",
        needs_check=lambda m: False,
        started_on=lambda m: m.started_on,
        updated_at=lambda m: moment(m.steps[-1][2]),
    )
    sql.insert_rows(
        TransferLetter,
        ("transfer_id", "root_id", "year", "number", "issuer_id", "issued_on", "valid_days", "expires_on",
         "dues_paid_until", "statement"),
        (
            (m.pk, root_id, m.issued_on.year, number, m.issuer.pk, m.issued_on, m.valid_days,
             m.issued_on + days(m.valid_days), m.started_on.replace(day=1), "")
            for m, number in numbers.items()
        ),
    )  # fmt: skip
    steps = (
        (m.pk, str(state), what, on, moment(on), key(org), m.close_reason if state == m.state else "")
        for m in moves for what, state, on, org in m.steps
    )  # fmt: skip
    fields = ("transfer_id", "state", "what", "on", "at", "organisation_id", "note")
    sql.insert_rows(TransferEntry, fields, steps)


def _letter_numbers(moves, root_id) -> dict[Move, int]:
    used = _used(TransferLetter, root_id)
    numbers = {}
    for move in sorted((m for m in moves if m.issuer), key=lambda m: m.issued_on):
        used[move.issued_on.year] += 1
        numbers[move] = used[move.issued_on.year]
    return numbers


def _used(model, root_id) -> dict[int, int]:
    """Year → the last number given out; of other cities below the same top, too."""
    rows = model.objects.filter(root_id=root_id).order_by().values_list("year").annotate(Max("number"))
    return defaultdict(int, rows)


# --- Dues ---------------------------------------------------------------------------------------------------------


def write_dues(dues: Dues, *, root_id: int) -> None:
    sql.insert_rows(
        DuesBasis,
        ("member_id", "effective_from", "category", "base", "standard_amount", "monthly_amount", "reason",
         "approval_no", "fixed_at"),
        (
            (b.person.pk, b.since, str(b.category), b.base, b.standard, b.amount,
             "家庭困难，本人申请，支部同意" if b.approval_no else "", b.approval_no, moment(b.since))
            for b in dues.bases
        ),
    )  # fmt: skip
    insert(
        DuesCharge,
        dues.charges,
        member_id=lambda c: c.person.pk,
        organisation_id=lambda c: c.org.pk,
        root_id=lambda c: root_id,
        month=lambda c: c.month,
        amount_due=lambda c: c.amount,
        amount_paid=lambda c: c.amount if c.is_paid else 0,
    )
    used = _used(DuesPayment, root_id)

    def number(receipt):
        used[receipt.on.year] += 1
        return used[receipt.on.year]

    insert(
        DuesPayment,
        dues.receipts,
        organisation_id=lambda r: r.org.pk,
        root_id=lambda r: root_id,
        year=lambda r: r.on.year,
        number=number,
        kind=lambda r: "dues",
        member_id=lambda r: key(r.person),
        payer_name=lambda r: r.payer,
        amount=lambda r: r.amount,
        paid_on=lambda r: r.on,
        method=lambda r: str(method_of(r)),
        passed_whole=lambda r: False,
        reason=lambda r: "",
        approval_no=lambda r: "",
        recorded_at=lambda r: moment(r.on),
    )
    rows = ((r.pk, c.pk, c.amount) for r in dues.receipts for c in r.charges)
    sql.insert_rows(DuesAllocation, ("payment_id", "charge_id", "amount"), rows)


# --- Recruiting ---------------------------------------------------------------------------------------------------


def write_courses(courses: list[Course], *, root_id: int) -> None:
    """Members have been written."""
    for course, pk in zip(courses, sql.allocate_ids(RecruitmentCase, len(courses)), strict=True):
        course.pk = pk
    records = {
        course: [_record(course, number, on) for number, on in course.plan.items()] for course in courses
    }
    facts = {
        course: computed(SimpleNamespace(stopped_on=None), replay(found)) for course, found in records.items()
    }
    identity = RecruitmentCase._meta.get_field("identity_hash")
    names = list(next(iter(facts.values())))
    columns = {
        "id": lambda c: c.pk,
        "name": lambda c: c.person.name,
        "pinyin": lambda c: sort_key(c.person.name),
        "identity_type": lambda c: str(IdentityType.RESIDENT),
        "identity_number": lambda c: c.person.identity_number,
        "identity_hash": lambda c: blind_index(c.person.identity_number, identity.context),
        "mobile": lambda c: c.person.mobile,
        "sex": lambda c: "male" if c.person.is_male else "female",
        "ethnicity": lambda c: c.person.ethnicity,
        "born_on": lambda c: c.person.born_on,
        "education": lambda c: str(c.person.education),
        "title": lambda c: str(c.person.title),
        "occupation": lambda c: str(c.person.occupation),
        "position": lambda c: c.person.position,
        "is_research": lambda c: c.person.is_research,
        "employer_code": lambda c: (c.person.employer and c.person.employer.credit_code) or "",
        "employer_name": lambda c: c.person.employer_name,
        "organisation_id": lambda c: c.org.pk,
        "root_id": lambda c: root_id,
        "member_id": lambda c: c.person.pk if c.is_member else None,
        "stopped_reason": lambda c: "",
        "points": lambda c: 0,
        "created_at": lambda c: moment(c.plan[1]),
        "updated_at": lambda c: moment(max(c.plan.values())),
    }
    sql.insert_rows(
        RecruitmentCase,
        [*columns, *names],
        (
            [value(c) for value in columns.values()] + [_plain(facts[c][name]) for name in names]
            for c in courses
        ),
    )
    sql.insert_rows(
        StepRecord,
        ("case_id", "number", "on", "outcome", "organisation_id", "data", "document_no", "note", "late",
         "confirm_reason", "approval_no", "recorded_at"),
        (
            (course.pk, r.number, r.on, r.outcome, r.organisation.pk, r.data, "", "", False, "", "", moment(r.on))
            for course, found in records.items() for r in found
        ),
    )  # fmt: skip


def _record(course, number, on) -> SimpleNamespace:
    values = values_of(
        course, number, on, full=[person.pk for person in course.contacts], approver=course.approver
    )
    names = {person.pk: person.name for person in course.contacts}
    data = {}
    for name in STEPS[number].fields:
        value = values.get(name)
        if name == "approver" or value in (None, "", []):
            continue
        if name in PEOPLE:
            value = [{"id": pk, "name": names[pk]} for pk in value]
        data[name] = value.isoformat() if isinstance(value, dt.date) else value
    organisation = course.approver if STEPS[number].by_superior else course.org
    outcome = str(values.get("outcome", StepOutcome.DONE))
    return SimpleNamespace(number=number, on=on, outcome=outcome, data=data, organisation=organisation)


def _plain(value):
    """Enumerations as the driver takes them."""
    return str(value) if isinstance(value, str) else value
