"""An order from the first word to the rating. One transaction, one line of the timeline and one audit event each.

Every step locks the order and asks `orders.transitions` again, under the lock: of two people at once one wins, and the
other reads what has happened. Source: S27, S28, S32.
"""

import datetime as dt
import uuid
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.actions.lists import available
from linkages.models import (
    STARS,
    Ground,
    Order,
    OrderAct,
    OrderCall,
    OrderEntry,
    OrderGroup,
    OrderKind,
    OrderState,
    Party,
)
from linkages.models.orders import LONGEST_TEXT
from linkages.orders import events, notices, pacts
from linkages.orders.deadlines import Clock
from linkages.orders.transitions import RULES, answers_call, is_lawful, parts_of
from linkages.people import keepers_at
from linkages.units import column
from linkages.validators import validate_unit
from members.actions.register import record
from orgs.guards import demand_words, refuse_long
from orgs.models import Appointment, AuditAction, Organisation
from orgs.ownership import owners_for
from orgs.regulations import value_on
from orgs.tree import STEP

MOST_CALLED = 20
NUMBERS = ("amount_yuan", "persons", "patents", "contracts")


# --- Raising ---------------------------------------------------------------------------------------------


def overseer_of(*, enterprise=None, member=None) -> Organisation:
    """Who will oversee an order: the organisation that answers for the enterprise, or the member's home."""
    if member is not None:
        return member.organisation
    key = owners_for([enterprise.pk])[enterprise.pk]
    if key is None:
        contacts = Appointment.objects.current().filter(enterprise=enterprise).order_by("pk")
        key = contacts.values_list("organisation", flat=True).first()
    if key is None:
        raise ValidationError("暂无党组织负责该企业，请先在企业信息中填写所属园区或产业集群。")
    return Organisation.objects.get(pk=key)


@transaction.atomic
def raise_order(
    *,
    kind,
    text: str,
    by,
    enterprise=None,
    member=None,
    is_urgent: bool = False,
    need=None,
    ticket: uuid.UUID | None = None,
    request=None,
) -> Order:
    """For an enterprise, by a contact of its or by staff on its behalf; or by a member about themselves.

    `ticket` makes sending the same form twice one order. Callers have checked that `by` may speak for the requester.
    `need` is what it comes from: see `order_need`.
    """
    if sent := _sent(ticket, by):
        return sent
    overseer = overseer_of(enterprise=enterprise, member=member)
    kind = OrderKind.objects.select_for_update().get(pk=kind.pk)
    group = OrderGroup.ENTERPRISE if enterprise is not None else OrderGroup.TALENT
    if kind.closed_at or kind.group != group or not overseer.path.startswith(_path_of(kind)):
        raise ValidationError({"kind": "该事项已停用或不适用，请重新选择。"})
    order = Order(
        organisation=overseer,
        kind=kind,
        is_private=kind.is_private,
        enterprise=enterprise,
        member=member,
        need=need,
        is_urgent=is_urgent,
        on_behalf=enterprise is not None and enterprise.pk not in by.contact_enterprise_ids,
        raised_by=by,
        raised_at=timezone.now(),
        ticket=ticket or uuid.uuid4(),
        stage=0,
    )
    order.write("text", _demanded(text, "text", "请用一句话说明需要什么。"))
    return _done(order, OrderAct.RAISE, OrderState.RAISED, by, request, at=order.raised_at)


def _sent(ticket, by) -> Order | None:
    return Order.objects.filter(ticket=ticket, raised_by=by).first() if ticket else None


@transaction.atomic
def order_need(
    *, need, kind, text: str, by, is_urgent: bool = False, ticket: uuid.UUID | None = None, request=None
) -> Order:
    """An enterprise's published need becomes an order on its behalf; refused or cancelled, it may become another.

    What is published is not made private again: who reads the need reads that there is an order.
    """
    if sent := _sent(ticket, by):
        return sent
    stored = available(need)
    if stored.enterprise is None:
        raise ValidationError("只有企业的需求可以转为点单，其他需求请对接资源立项。")
    if stored.projects.standing().exists() or stored.orders.standing().exists():
        raise ValidationError(f"需求“{stored.title}”已对接，不能再转为点单。")
    if kind.is_private:
        raise ValidationError({"kind": "需求已公开，不能转为不公开的事项。"})
    return raise_order(
        kind=kind, text=text, enterprise=stored.enterprise, need=stored, is_urgent=is_urgent, ticket=ticket, by=by,
        request=request,
    )  # fmt: skip


def _path_of(kind):
    return Organisation.objects.values_list("path", flat=True).get(pk=kind.organisation_id)


# --- Triage and dispatch ---------------------------------------------------------------------------------


@transaction.atomic
def admit_order(*, order, by, stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.ADMIT, by, stage)
    return _step(stored, OrderAct.ADMIT, by, request)


@transaction.atomic
def reject_order(*, order, reason: str, by, stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.REJECT, by, stage)
    stored.closed_at = timezone.now()
    return _step(stored, OrderAct.REJECT, by, request, words=_reason(reason))


@transaction.atomic
def dispatch_order(*, order, unit, by, agreement=None, words: str = "", stage=None, request=None) -> Order:
    """To an organisation or a partner unit of the same top; `agreement` is the one it answers under (None: the latest
    of those that bind it to whoever looks after the requester, if there is one)."""
    stored = _opened(order, OrderAct.DISPATCH, by, stage)
    _validate_unit(stored, unit, "unit")
    if agreement is not None:
        _validate_agreement(agreement, unit)
    _hand_to(stored, unit)
    stored.agreement = agreement or pacts.between(stored).first()
    return _step(stored, OrderAct.DISPATCH, by, request, unit=unit, words=words)


def _hand_to(order, unit):
    inside = isinstance(unit, Organisation)
    order.handler, order.handler_partner = (unit, None) if inside else (None, unit)


def _validate_unit(order, unit, field):
    if unit is None:
        raise ValidationError({field: "请选择单位。"})
    validate_unit(unit, order.organisation.path[:STEP], field)
    if order.is_private and not isinstance(unit, Organisation):
        raise ValidationError({field: "不公开的订单请派给有办理人员账号的党组织。"})
    if order.is_private and not keepers_at([unit]):
        raise ValidationError({field: f"{unit}没有办理人员账号，不公开的订单请派给有账号的党组织。"})


def _validate_agreement(agreement, unit):
    day = timezone.localdate()
    if agreement.signed_on is None or not agreement.starts_on <= day <= agreement.last_day:
        raise ValidationError({"agreement": "该协议不在履行期内。"})
    if not Party.objects.filter(agreement=agreement, **column(unit)).exists():
        raise ValidationError({"agreement": f"{unit}不是该协议的一方。"})


@transaction.atomic
def bind_order(*, order, by, agreement=None, stage=None, request=None) -> Order:
    """Until it is done: under which agreement the unit answers (None: under none). The timeline, which more people read
    than the agreement, does not name it."""
    stored = _opened(order, OrderAct.BIND, by, stage)
    if agreement is not None:
        _validate_agreement(agreement, stored.unit)
    if stored.agreement == agreement:
        raise ValidationError({"agreement": "所依协议没有变化。"})
    stored.agreement = agreement
    words = "" if agreement else "不再依据协议"
    return _step(stored, OrderAct.BIND, by, request, unit=stored.unit, words=words)


@transaction.atomic
def recall_order(*, order, reason: str, by, stage=None, request=None) -> Order:
    """Back to be dispatched anew; those who were called and have not come need not come any more."""
    stored = _opened(order, OrderAct.RECALL, by, stage)
    before = stored.unit
    stored.calls.filter(arrived_at__isnull=True, released_at__isnull=True).update(released_at=timezone.now())
    _clear_handler(stored)
    return _step(stored, OrderAct.RECALL, by, request, unit=before, words=_reason(reason))


def _clear_handler(order):
    order.handler = order.handler_partner = order.agreement = None


# --- The unit that answers -------------------------------------------------------------------------------


@transaction.atomic
def accept_order(*, order, by, stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.ACCEPT, by, stage)
    return _step(stored, OrderAct.ACCEPT, by, request, unit=stored.unit)


@transaction.atomic
def decline_order(*, order, reason: str, by, stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.DECLINE, by, stage)
    before = stored.unit
    _clear_handler(stored)
    return _step(stored, OrderAct.DECLINE, by, request, unit=before, words=_reason(reason))


@transaction.atomic
def note_order(*, order, note: str, by, stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.NOTE, by, stage)
    words = _demanded(note, "note", "请填写进展。")
    return _step(stored, OrderAct.NOTE, by, request, unit=stored.unit, words=words)


@transaction.atomic
def finish_order(
    *,
    order,
    result: str,
    by,
    amount_yuan: Decimal | None = None,
    persons: int = 0,
    patents: int = 0,
    contracts: int = 0,
    stage=None,
    request=None,
) -> Order:
    """What came of it, in a sentence and in numbers; not before everybody who was called has come (吹哨报到)."""
    stored = _opened(order, OrderAct.FINISH, by, stage)
    waiting = [str(call.unit) for call in stored.calls.all() if call.waits]
    if waiting:
        raise ValidationError(f"{'、'.join(waiting)}尚未报到，报到或免予报到后才能办结。")
    stored.write("result", _demanded(result, "result", "请用一句话说明办理结果。"))
    stored.amount_yuan, stored.persons, stored.patents, stored.contracts = (
        amount_yuan, persons, patents, contracts,
    )  # fmt: skip
    stored.clean_fields(exclude=[f.name for f in Order._meta.fields if f.name not in NUMBERS])
    stored.finished_at = timezone.now()
    return _step(stored, OrderAct.FINISH, by, request, unit=stored.unit, words=stored.result_words)


# --- The requester ---------------------------------------------------------------------------------------


@transaction.atomic
def rate_order(*, order, rating: int, by, words: str = "", stage=None, request=None) -> Order:
    """评单: the requester's alone."""
    stored = _opened(order, OrderAct.RATE, by, stage)
    if rating not in STARS:
        raise ValidationError({"rating": f"请评{min(STARS)}至{max(STARS)}分。"})
    words = refuse_long(words, "words", LONGEST_TEXT)
    stored.rating, stored.closed_at = rating, timezone.now()
    stored.write("rating_words", words)
    return _step(stored, OrderAct.RATE, by, request, unit=stored.unit, words=words)


@transaction.atomic
def reopen_order(*, order, reason: str, by, stage=None, request=None) -> Order:
    """Not satisfied: back to the unit; the result so far stays in the timeline only."""
    stored = _opened(order, OrderAct.REOPEN, by, stage)
    stored.write("result", "")
    stored.amount_yuan, stored.persons, stored.patents, stored.contracts = None, 0, 0, 0
    stored.finished_at = None
    return _step(stored, OrderAct.REOPEN, by, request, unit=stored.unit, words=_reason(reason))


@transaction.atomic
def cancel_order(*, order, by, words: str = "", stage=None, request=None) -> Order:
    """Until a unit has accepted."""
    stored = _opened(order, OrderAct.CANCEL, by, stage)
    before = stored.unit
    stored.closed_at = timezone.now()
    return _step(stored, OrderAct.CANCEL, by, request, unit=before, words=words)


# --- Whistling -------------------------------------------------------------------------------------------


@transaction.atomic
def whistle(*, order, ground: str, called, by, lead=None, words: str = "", stage=None, request=None) -> Order:
    """Calls units to come at once; `lead` answers for the whole (兜底): who has the order now, or the last resort."""
    stored = _opened(order, OrderAct.WHISTLE, by, stage)
    if ground not in Ground:
        raise ValidationError({"ground": "请选择吹哨事由。"})
    called = list(dict.fromkeys(called))
    if not 1 <= len(called) <= MOST_CALLED:
        raise ValidationError({"called": f"请选择1至{MOST_CALLED}个应报到的单位。"})
    lead = lead or stored.unit or last_resort_of(stored)
    _validate_unit(stored, lead, "lead")
    for unit in called:
        _validate_unit(stored, unit, "called")
    now = timezone.now()
    due_at = now + dt.timedelta(minutes=value_on("whistle_arrival_minutes"))
    here = {call.unit for call in stored.calls.all() if call.released_at is None}
    OrderCall.objects.bulk_create(
        OrderCall(
            order=stored,
            called_at=now,
            due_at=due_at,
            **column(unit),
        )
        for unit in called
        if unit not in here
    )
    _hand_to(stored, lead)
    stored.ground, stored.whistled_at, stored.agreement = ground, now, None
    names = "、".join(str(unit) for unit in called)
    words = "；".join(filter(None, [f"{Ground(ground).label}，请{names}报到", words.strip()]))
    return _step(stored, OrderAct.WHISTLE, by, request, unit=lead, words=words[:LONGEST_TEXT], at=now)


def last_resort_of(order) -> Organisation:
    """The kind's 兜底单位, or the top organisation where none is named or it is dissolved."""
    last = order.kind.last_resort
    if last is not None and last.dissolved_on is None:
        return last
    return Organisation.objects.get(pk=order.root_id)


def _call_of(stored, call) -> OrderCall:
    found = next((one for one in stored.calls.all() if one.pk == call.pk), None)
    if found is None or not found.waits:
        raise ValidationError("该单位已报到或无须报到，请核对最新情况。")
    return found


@transaction.atomic
def arrive(*, order, call, by, words: str = "", stage=None, request=None) -> Order:
    stored = _opened(order, OrderAct.ARRIVE, by, stage)
    found = _call_of(stored, call)
    if not answers_call(by, stored, found):
        raise ValidationError({"call": "只能为本单位报到。"})
    found.arrived_at = timezone.now()
    found.save(update_fields=["arrived_at"])
    return _step(stored, OrderAct.ARRIVE, by, request, unit=found.unit, words=words)


@transaction.atomic
def release(*, order, call, reason: str, by, stage=None, request=None) -> Order:
    """The unit need not come after all."""
    stored = _opened(order, OrderAct.RELEASE, by, stage)
    found = _call_of(stored, call)
    found.released_at = timezone.now()
    found.save(update_fields=["released_at"])
    return _step(stored, OrderAct.RELEASE, by, request, unit=found.unit, words=_reason(reason))


ACTIONS = {
    OrderAct.ADMIT: admit_order,
    OrderAct.REJECT: reject_order,
    OrderAct.DISPATCH: dispatch_order,
    OrderAct.ACCEPT: accept_order,
    OrderAct.DECLINE: decline_order,
    OrderAct.NOTE: note_order,
    OrderAct.FINISH: finish_order,
    OrderAct.RATE: rate_order,
    OrderAct.REOPEN: reopen_order,
    OrderAct.CANCEL: cancel_order,
    OrderAct.RECALL: recall_order,
    OrderAct.BIND: bind_order,
    OrderAct.WHISTLE: whistle,
    OrderAct.ARRIVE: arrive,
    OrderAct.RELEASE: release,
}


# --- What every step shares ------------------------------------------------------------------------------


def locked(pk: int) -> Order:
    return Order.objects.select_for_update(of=("self",)).with_units().get(pk=pk)


def _opened(order, act, by, stage) -> Order:
    """Under lock; refuses what is not lawful now. `stage` is the one the person saw (None: not asked)."""
    stored = locked(order.pk)
    if stored.state not in RULES[act].sources or stage not in (None, stored.stage):
        last = stored.entries.last()
        raise ValidationError(
            f"该订单刚办理了“{last.get_act_display()}”，现为“{stored.get_state_display()}”，"
            f"不能再{OrderAct(act).label}，请核对最新情况。"
        )
    if not is_lawful(stored, act, parts_of(by, stored)):
        raise ValidationError(f"该订单不由您{OrderAct(act).label}，请核对最新情况。")
    return stored


def _step(stored, act, by, request, *, unit=None, words="", at=None) -> Order:
    rule = RULES[act]
    words = refuse_long(words, "words", LONGEST_TEXT)
    target = rule.target or stored.state
    runs_on = rule.target is None or rule.keeps_clock
    return _done(stored, act, target, by, request, unit=unit, words=words, at=at, runs_on=runs_on)


def _done(stored, act, state, by, request, *, unit=None, words="", at=None, runs_on=False) -> Order:
    at = at or timezone.now()
    stored.state = state
    if not runs_on:
        Clock(timezone.localdate(at)).start(stored, at)
    is_new = stored.pk is None
    stored.updated_at = at
    stored.save(force_insert=is_new)
    write_entry(stored, act, by=by, unit=unit, words=words, at=at)
    record(
        stored,
        AuditAction.CREATE if is_new else AuditAction.UPDATE,
        by=by,
        detail={"act": OrderAct(act).label, "state": stored.get_state_display()},
        request=request,
    )
    return stored


def write_entry(stored, act, *, by, unit=None, words="", at, stage=None, rung=None) -> OrderEntry:
    """A line of the timeline, told after the commit, to people and to other systems."""
    entry = OrderEntry.objects.create(
        order=stored,
        act=act,
        state=stored.state,
        stage=stored.stage if stage is None else stage,
        rung=rung,
        at=at,
        by=by,
        **({} if unit is None else column(unit)),
        **{"private_note" if stored.is_private else "note": words},
    )
    events.publish(stored, entry)
    transaction.on_commit(partial(notices.send, entry.pk))
    return entry


def _reason(reason) -> str:
    return _demanded(reason, "reason", "请说明原因。")


def _demanded(words, field, fault) -> str:
    return refuse_long(demand_words(words, field, fault), field, LONGEST_TEXT)
