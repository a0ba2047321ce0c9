"""Invented orders: most are done and rated, some run, a few are late, declined or whistled for."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass, field

from django.utils import timezone

from linkages.demo.order_words import NOTES, RATED, REASONS, REJECTED, WISHES
from linkages.matching import live_agreements
from linkages.models import (
    Order,
    OrderAct,
    OrderCall,
    OrderEntry,
    OrderGroup,
    OrderKind,
    OrderState,
    Partner,
    Party,
)
from linkages.orders.deadlines import ESCALATING, Clock
from linkages.orders.kinds import ensure_kinds
from linkages.orders.transitions import RULES
from members.models import Member
from orgs.demo.write import moment
from orgs.models import Appointment, Organisation, Role
from orgs.ownership import owners_for

ORDERS, OF_MEMBERS, WHISTLED = 320, 40, 4
PAST = dt.timedelta(days=330)
STARS = (5, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1)


@dataclass
class Course:
    """An order on its way: what happened so far, as entries that are still to be written."""

    order: Order
    now: dt.datetime
    end: dt.datetime
    clock: Clock
    entries: list[OrderEntry] = field(default_factory=list)
    is_over: bool = False

    def step(self, act, hours=0, *, unit=None, words="") -> bool:
        """Takes the step after so many working hours, unless that is still to come."""
        at = self.clock.time.add(self.now, hours) if hours else self.now
        if self.is_over or at > self.end:
            self.is_over = True
            return False
        order, rule = self.order, RULES.get(act)
        order.state = (rule.target or order.state) if rule else OrderState.RAISED
        if rule is None or not (rule.keeps_clock or rule.target is None):
            self.clock.start(order, at)
        order.updated_at, self.now = at, at
        inside = isinstance(unit, Organisation)
        self.entries.append(
            OrderEntry(
                act=act, state=order.state, stage=order.stage, at=at, organisation=unit if inside else None,
                partner=None if inside else unit, **{"private_note" if order.is_private else "note": words},
            )
        )  # fmt: skip
        return True


def load_orders(city, root_id: int, *, rng: random.Random, day: dt.date) -> None:
    """Members, activities and partner units have been written."""
    ensure_kinds(root_id)
    kinds = {
        group: list(OrderKind.objects.filter(organisation=root_id, group=group, name__in=WISHES))
        for group in OrderGroup.values
    }
    end = min(moment(day) + dt.timedelta(hours=8), timezone.now())
    units = Units(city, root_id, end)
    clock = Clock(day - PAST, day)
    courses = [_invent(index, kinds, units, rng, end, clock, root_id) for index in range(ORDERS + OF_MEMBERS)]
    courses = [course for course in courses if course]
    courses.sort(key=lambda course: course.order.raised_at)
    Order.objects.bulk_create((course.order for course in courses), batch_size=500)
    entries = []
    for course in courses:
        for entry in course.entries:
            entry.order = course.order
        entries += course.entries
    OrderEntry.objects.bulk_create(sorted(entries, key=lambda entry: entry.at), batch_size=500)
    _whistle(courses, units, end)


class Units:
    """Who asks and who answers in the city."""

    def __init__(self, city, root_id, end):
        active = [unit.pk for unit in city.units if unit.is_active and unit.park is not None]
        owners = owners_for(active)
        self.enterprises = [(pk, owners[pk]) for pk in active if owners[pk]]
        homes = [org.pk for org in city.orgs]
        self.members = list(
            Member.objects.in_register()
            .filter(organisation__in=homes)
            .values_list("pk", "organisation")[:2000]
        )
        keys = [org.pk for org in city.orgs if org.jurisdiction != "none"]
        self.organisations = list(Organisation.objects.filter(pk__in=keys).order_by("path")[:60])
        self.partners = list(Partner.objects.filter(organisation=root_id).order_by("pk"))
        pacts = Party.objects.filter(partner__isnull=False, agreement__in=live_agreements(end.date()))
        self.pacts = {
            partner: (key, starts_on)
            for partner, key, starts_on in pacts.order_by("agreement").values_list(
                "partner", "agreement", "agreement__starts_on"
            )
        }


def _invent(index, kinds, units, rng, end, clock, root_id) -> Course | None:
    """Every third of the last two weeks, so that there is something to do."""
    is_member = index >= ORDERS
    asking = units.members if is_member else units.enterprises
    if not asking:
        return None
    back = rng.uniform(0.1, 14) if index % 9 == 0 else rng.uniform(1, PAST.days - 1)
    start = clock.time.add(end - dt.timedelta(days=back), 1)
    if start > end:
        return None
    kind = rng.choice(kinds[OrderGroup.TALENT if is_member else OrderGroup.ENTERPRISE])
    requester, overseer = rng.choice(asking)
    order = Order(
        organisation_id=overseer, root_id=root_id, kind=kind, is_private=kind.is_private,
        enterprise_id=None if is_member else requester, member_id=requester if is_member else None,
        is_urgent=rng.random() < 0.05, on_behalf=not is_member and rng.random() < 0.2, raised_at=start, stage=0,
        ticket=uuid.UUID(int=rng.getrandbits(128)),
    )  # fmt: skip
    wish, result = WISHES[kind.name]
    order.write("text", wish)
    course = Course(order, start, end, clock)
    course.step(OrderAct.RAISE)
    _go(course, units, rng, result)
    _settle(course)
    return course


def _go(course, units, rng, result):
    order = course.order
    if rng.random() < 0.05:
        if course.step(OrderAct.REJECT, rng.randint(1, 7), words=REJECTED):
            order.closed_at = course.now
        return
    if rng.random() < 0.03:
        if course.step(OrderAct.CANCEL, rng.randint(1, 6)):
            order.closed_at = course.now
        return
    for declined in [True, False] if rng.random() < 0.08 else [False]:
        outside = units.partners and rng.random() < 0.35 and not order.is_private
        unit = rng.choice(units.partners if outside else units.organisations)
        if not course.step(OrderAct.DISPATCH, rng.randint(1, 9), unit=unit):
            return
        inside = isinstance(unit, Organisation)
        order.handler, order.handler_partner = (unit, None) if inside else (None, unit)
        key, starts_on = units.pacts.get(unit.pk, (None, None)) if not inside else (None, None)
        order.agreement_id = key if key and starts_on <= course.now.date() else None
        if declined:
            if not course.step(OrderAct.DECLINE, rng.randint(1, 6), unit=unit, words=rng.choice(REASONS)):
                return
            order.handler = order.handler_partner = order.agreement_id = None
    if not course.step(OrderAct.ACCEPT, rng.randint(1, 9), unit=unit):
        return
    for _ in range(rng.randrange(3)):
        course.step(OrderAct.NOTE, rng.randint(2, 20), unit=unit, words=rng.choice(NOTES))
    if not course.step(OrderAct.FINISH, rng.randint(4, 70), unit=unit, words=result):
        return
    order.write("result", result)
    order.finished_at = course.now
    order.persons = rng.choice((0, 1, 3, 5))
    if order.kind.name in ("融资对接", "市场对接"):
        order.amount_yuan, order.contracts = rng.randrange(20, 600) * 10_000, 1
    if order.kind.name == "知识产权":
        order.patents = rng.randint(1, 4)
    if rng.random() < 0.85:
        words = rng.choice(RATED)
        if course.step(OrderAct.RATE, rng.randint(1, 30), unit=unit, words=words):
            order.rating, order.closed_at = rng.choice(STARS), course.now
            order.write("rating_words", words)


def _settle(course):
    """What time did: unrated ones have ended; what is late already stays where it is, instead of all going up at once."""
    order = course.order
    if order.state == OrderState.DONE and order.due_at <= course.end:
        at = order.due_at
        order.state, order.closed_at, order.updated_at = OrderState.UNRATED, at, at
        course.clock.start(order, at)
        course.entries.append(OrderEntry(act=OrderAct.CLOSE, state=order.state, stage=order.stage, at=at))
    if order.state in ESCALATING and order.due_at <= course.end:
        order.escalate_at = None


def _whistle(courses, units, end):
    """The newest that are worked on."""
    working = [course.order for course in courses if course.order.state == OrderState.WORKING]
    calls, found = [], [order for order in working if order.enterprise_id][-WHISTLED:]
    at = end - dt.timedelta(minutes=20)
    for number, order in enumerate(found):
        order.ground, order.whistled_at = ("demand", "joint", "emergency")[number % 3], at
        for place, unit in enumerate(units.organisations[number * 2 : number * 2 + 2]):
            calls.append(
                OrderCall(
                    order=order, organisation=unit, called_at=at, due_at=at + dt.timedelta(minutes=30),
                    arrived_at=at + dt.timedelta(minutes=12) if place == 0 else None,
                )
            )  # fmt: skip
    Order.objects.bulk_update(found, ["ground", "whistled_at"])
    OrderCall.objects.bulk_create(calls)
    OrderEntry.objects.bulk_create(
        OrderEntry(
            order=order, act=OrderAct.WHISTLE, state=order.state, stage=order.stage, at=at, note=order.get_ground_display(),
            organisation_id=order.handler_id, partner_id=order.handler_partner_id,
        )
        for order in found
    )  # fmt: skip


def give_to_accounts() -> None:
    """Some of the orders to the enterprise of the demonstration contact, some to the branch of the secretary."""
    contact = Appointment.objects.filter(role=Role.CONTACT).select_related("user").order_by("pk").first()
    secretary = (
        Appointment.objects.filter(role=Role.SECRETARY).select_related("organisation").order_by("pk").first()
    )
    if not contact or not secretary:
        return
    owner = owners_for([contact.enterprise_id])[contact.enterprise_id]
    plain = Order.objects.filter(enterprise__isnull=False, is_private=False, on_behalf=False)
    for state, count in (("done", 2), ("working", 2), ("dispatched", 1), ("raised", 1), ("rated", 3)):
        keys = plain.filter(state=state).order_by("-raised_at").values_list("pk", flat=True)[:count]
        Order.objects.filter(pk__in=list(keys)).update(
            enterprise=contact.enterprise_id, organisation=owner, raised_by=contact.user
        )
    for state in ("dispatched", "working"):
        keys = (
            plain.filter(state=state, handler__isnull=False)
            .order_by("-raised_at")
            .values_list("pk", flat=True)
        )
        Order.objects.filter(pk__in=list(keys[:2])).update(handler=secretary.organisation)
