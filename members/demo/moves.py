"""Who is away, who is here as a guest, and the transfers of the last months in all their states."""

import datetime as dt
import random

from members.choices import Closing, Opening, Relation
from members.demo.people import invent_person
from members.demo.shapes import Away, Move, Person
from members.models import AbsenceKind, TransferDirection, TransferState
from orgs.demo.dates import any_day, days
from orgs.demo.names import Vocabulary
from orgs.demo.shapes import City, Org
from orgs.kinds import COMMITTEES, RULES
from orgs.models import CoverageMethod

PLACES = ("江苏苏州", "浙江杭州", "广东深圳", "北京海淀", "安徽合肥", "四川成都", "湖北武汉")
OUTSIDE = "{}高新技术产业园区党委"
REASONS = ("工作调动", "单位搬迁", "居住地变更", "毕业就业")
GUESTS, AWAY, LOST = 40, 15, 8
ACCEPTED = 15  # of each direction
RECENT = 120  # days
VALID_DAYS = {TransferDirection.INSIDE: 10, TransferDirection.OUT: 30, TransferDirection.IN: 30}
S, D = TransferState, TransferDirection
# How far the open cases inside are, and how many days ago their letter was issued.
UNDER_WAY = ((S.IN_TRANSIT, 3), (S.IN_TRANSIT, 10), (S.IN_TRANSIT, 25), (S.IN_TRANSIT, 41), (S.RECEIVING_REVIEW, 6),
             (S.RECEIVING_REVIEW, 12))  # fmt: skip


class Cases:
    """Draws people from `people`; nobody is drawn twice."""

    def __init__(self, city: City, people: list[Person], rng: random.Random, words: Vocabulary, day: dt.date):
        self.rng, self.words, self.day, self.people = rng, words, day, people
        self.homes = list({person.org: None for person in people})
        self.counted = [person for person in people if person.relation != Relation.LEFT]
        quiet = [
            person
            for person in self.counted
            if person.relation == Relation.REGISTERED and not person.stays[-1].since
        ]
        shown = shown_branch(city)
        # The branch of the demonstration accounts has some of everything.
        own = [person for person in quiet if person.org is shown][-2:]
        self.free = [person for person in rng.sample(quiet, 200) if person not in own] + own
        self.shown = shown

    def draw(self) -> Person:
        return self.free.pop()


def shown_branch(city: City) -> Org:
    """Where the accounts of a secretary and a member are (`orgs.demo.accounts`)."""
    own = [c.org for c in city.covers if c.method == CoverageMethod.OWN and c.until is None and c.org.park]
    return min(own, key=lambda org: org.path)


def approver_of(org: Org) -> Org:
    while org.parent and not (org.kind in COMMITTEES and RULES[org.kind].can_approve_members):
        org = org.parent
    return org


# --- Away -----------------------------------------------------------------------------------------------------


def invent_absences(cases: Cases) -> list[Away]:
    rng = cases.rng
    found = []
    for person in cases.counted:
        if person.relation == Relation.FLOATING_OUT:
            found.append(_away(cases, person, AbsenceKind.FLOATING_OUT, 200, 900))
        elif person.relation == Relation.RESERVED:
            kind = AbsenceKind.ABROAD if rng.random() < 0.7 else AbsenceKind.GRADUATE
            found.append(_away(cases, person, kind, 100, 700))
    for _ in range(AWAY):
        away = _away(cases, cases.draw(), AbsenceKind.AWAY, 5, 120)
        away.expected_return_on = away.since + days(150)
        found.append(away)
    for _ in range(LOST):
        away = _away(cases, cases.draw(), AbsenceKind.LOST, 60, 260)
        away.place, away.host_name, away.host = "", "", None
        away.contacts = [(on, False) for on, _ in away.contacts]
        found.append(away)
    return found + [_guest(cases) for _ in range(GUESTS)]


def _away(cases, person, kind, least, most) -> Away:
    rng, day = cases.rng, cases.day
    since = max(
        day - days(rng.randint(least, most)), person.joined_on, person.stays[-1].since or person.joined_on
    )
    away = Away(kind, min(since, day - days(1)), person, contact_person=cases.words.person())
    away.place = rng.choice(PLACES)
    if kind == AbsenceKind.FLOATING_OUT and rng.random() < 0.15:
        away.host = rng.choice([org for org in rng.sample(cases.homes, 2) if org is not person.org])
        away.place = "本市"
        if rng.random() < 0.7:
            away.reported_on = min(away.since + days(20), day)
    else:
        away.host_name = OUTSIDE.format(away.place[:2])
    on = away.since
    while (on := on + days(rng.randint(30, 110))) < day:
        away.contacts.append((on, rng.random() < 0.9))
    return away


def _guest(cases) -> Away:
    rng = cases.rng
    away = Away(AbsenceKind.FLOATING_IN, cases.day - days(rng.randint(10, 500)))
    away.guest_name, away.guest_mobile = cases.words.person(), cases.words.mobile()
    away.host = rng.choice(cases.homes)
    away.home_name = f"{rng.choice(PLACES)[:2]}某单位党支部"
    away.reported_on, away.contact_person = away.since, cases.words.person()
    return away


# --- Transfers --------------------------------------------------------------------------------------------------


def invent_transfers(cases: Cases) -> list[Move]:
    """Closed ones belong to people who came and went; those under way set the relation of the member."""
    return sorted([*_accepted(cases), *_open(cases)], key=lambda move: move.started_on)


def _accepted(cases):
    since = cases.day - days(RECENT)
    counts = dict.fromkeys(D, 0)
    for person in cases.people:
        last = person.stays[-1]
        if last.opened_how == Opening.MOVED and last.since > since:
            direction, on = D.INSIDE, last.since
        elif last.opened_how == Opening.TRANSFERRED_IN and last.since > since:
            direction, on = D.IN, last.since
        elif last.closed_how == Closing.TRANSFERRED_OUT and last.until > since:
            direction, on = D.OUT, last.until
        else:
            continue
        counts[direction] += 1
        if counts[direction] > ACCEPTED:
            continue
        before = person.stays[0].org if direction == D.INSIDE else last.org
        issued = on - days(cases.rng.randint(1, 9))
        move = _move(cases, direction, person, before, last.org, issued)
        move.state, move.accepted_on = S.ACCEPTED, on
        move.steps.append(("登记回执" if direction == D.OUT else "接收", S.ACCEPTED, on, last.org))
        yield move


def _open(cases):
    rng, day = cases.rng, cases.day
    for state, ago in UNDER_WAY:
        person = cases.draw()
        target = next(org for org in rng.sample(cases.homes, 2) if org is not person.org)
        move = _move(cases, D.INSIDE, person, person.org, target, day - days(ago))
        person.relation = Relation.MOVING_OUT
        if state == S.RECEIVING_REVIEW:
            move.state = state
            move.steps.append(("开始接收审核", state, day - days(ago - 1), target))
        yield move
    for ago in (2, 9, 24, 38):
        person = cases.draw()
        person.relation = Relation.MOVING_OUT
        yield _move(cases, D.OUT, person, person.org, None, day - days(ago))
    for number in range(6):
        person = cases.draw()
        target = next(org for org in rng.sample(cases.homes, 2) if org is not person.org)
        yield _not_issued(
            cases, person, target, (S.SENDING_REVIEW, S.SENDING_REVIEW, S.INITIATED)[number % 3]
        )
    for target in (cases.shown, *rng.sample(cases.homes, 3)):
        newcomer = invent_person(rng, cases.words, target, day, name=cases.words.person())
        yield _move(cases, D.IN, newcomer, target, target, day - days(5))
    for state, what in ((S.RETURNED, "退回"), (S.WITHDRAWN, "撤回"), (S.RETURNED, "退回")):
        person = cases.draw()
        move = _move(cases, D.OUT, person, person.org, None, day - days(rng.randint(30, 90)))
        move.state, move.close_reason = state, "单位变动，不再转接"
        move.steps.append((what, state, move.issued_on + days(9), person.org))
        yield move


def _move(cases, direction, person, home, target, issued) -> Move:
    """With the letter issued: from here, or by whoever sends somebody."""
    rng = cases.rng
    started = issued if direction == D.IN else issued - days(rng.randint(0, 6))
    move = Move(direction, S.IN_TRANSIT, started, person, reason=rng.choice(REASONS), issued_on=issued)
    move.valid_days = VALID_DAYS[direction]
    if direction != D.OUT:
        move.target = target
    if direction != D.INSIDE:
        move.outside = OUTSIDE.format(rng.choice(PLACES)[:2])
    if direction == D.IN:
        move.state, move.letter_no = S.RECEIVING_REVIEW, f"外转〔{issued.year}〕{rng.randint(1, 900)}号"
        move.steps = [("登记转入", S.RECEIVING_REVIEW, issued, target)]
        return move
    move.home, move.issuer = home, approver_of(home)
    move.steps = [
        ("发起转接", S.INITIATED, started, home),
        ("提交审核", S.SENDING_REVIEW, started, home),
        ("开具介绍信", S.IN_TRANSIT, issued, move.issuer),
    ]
    return move


def _not_issued(cases, person, target, state) -> Move:
    started = any_day(cases.rng, cases.day - days(9), cases.day - days(1))
    move = Move(D.INSIDE, state, started, person, person.org, target, reason=cases.rng.choice(REASONS))
    move.steps = [
        ("发起转接", S.INITIATED, started, person.org),
        ("提交审核", S.SENDING_REVIEW, started, person.org),
    ]
    if state == S.INITIATED:
        move.steps.append(("退回补充", S.INITIATED, cases.day, approver_of(person.org)))
    return move


def particulars(person: Person) -> dict:
    """What a letter from outside says of somebody."""
    return {
        "name": person.name,
        "identity_number": person.identity_number,
        "mobile": person.mobile,
        "sex": "male" if person.is_male else "female",
        "born_on": person.born_on.isoformat(),
        "joined_on": person.joined_on.isoformat(),
        "confirmed_on": person.confirmed_on.isoformat(),
        "education": str(person.education),
    }
