"""What time does to orders: what is late goes up the tree, at the top the last resort gets it; what nobody rates ends.

Run by Celery every few minutes. Each order is one transaction under its lock, and each rung is written once (the
constraint `order_rung_once`): two runs at once, a run again or the first one after a day without any tell nobody twice
and leave nothing out.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from linkages.actions.orders import last_resort_of, locked, write_entry
from linkages.models import Order, OrderAct, OrderEntry, OrderState
from linkages.orders.deadlines import Clock
from members.actions.register import record
from orgs.models import AuditAction, Organisation, User
from orgs.tree import ancestor_paths


def run(now: dt.datetime | None = None) -> dict[str, int]:
    """How many lines were written of each kind."""
    now = now or timezone.now()
    late = Order.objects.filter(escalate_at__lte=now).order_by("pk").values_list("pk", flat=True)
    unrated = Order.objects.filter(state=OrderState.DONE, due_at__lte=now).order_by("pk")
    return {
        "escalated": sum(escalate(pk, now) for pk in list(late)),
        "closed": sum(close_unrated(pk, now) for pk in list(unrated.values_list("pk", flat=True))),
    }


@transaction.atomic
def escalate(pk: int, now: dt.datetime) -> int:
    """Every rung that is due by `now`: the organisations above the overseer from below, then the last resort."""
    stored, count = locked(pk), 0
    if stored.escalate_at is None or stored.escalate_at > now:
        return 0
    clock = Clock(timezone.localdate(stored.due_at), timezone.localdate(now))
    path = stored.organisation.path
    above = {row.path: row for row in Organisation.objects.filter(path__in=ancestor_paths(path))}
    ladder = [above[one] for one in reversed(ancestor_paths(path))] or [stored.organisation]
    rung = OrderEntry.objects.filter(order=stored, stage=stored.stage, rung__isnull=False).count()
    while stored.escalate_at is not None and stored.escalate_at <= now:
        rung, count = rung + 1, count + 1
        if rung > len(ladder):
            _fall_back(stored, rung, now)
        else:
            write_entry(stored, OrderAct.ESCALATE, by=None, unit=ladder[rung - 1], at=now, rung=rung)
            stored.escalate_at = clock.next_rung(stored.due_at, rung + 1)
    stored.save(
        update_fields=["state", "stage", "due_at", "escalate_at", "handler", "handler_partner", "agreement"]
    )
    return count


def _fall_back(stored, rung, now):
    """兜底: the last resort works on it from now on, under a new deadline; where it does so already it is told."""
    last, stage = last_resort_of(stored), stored.stage
    if stored.state == OrderState.WORKING and stored.handler == last:
        stored.escalate_at = None
        write_entry(stored, OrderAct.ESCALATE, by=None, unit=last, at=now, rung=rung)
        return
    stored.handler, stored.handler_partner, stored.agreement = last, None, None
    stored.state = OrderState.WORKING
    Clock(timezone.localdate(now)).start(stored, now)
    write_entry(stored, OrderAct.FALL_BACK, by=None, unit=last, at=now, stage=stage, rung=rung)
    _recorded(stored, OrderAct.FALL_BACK)


@transaction.atomic
def close_unrated(pk: int, now: dt.datetime) -> int:
    """“未评价”: no rating is invented."""
    stored = locked(pk)
    if stored.state != OrderState.DONE or stored.due_at > now:
        return 0
    stored.state, stored.closed_at, stored.updated_at = OrderState.UNRATED, now, now
    Clock(timezone.localdate(now)).start(stored, now)
    stored.save()
    write_entry(stored, OrderAct.CLOSE, by=None, unit=stored.unit, at=now)
    _recorded(stored, OrderAct.CLOSE)
    return 1


def _recorded(stored, act):
    detail = {"act": act.label, "state": stored.get_state_display()}
    record(stored, AuditAction.UPDATE, by=User.objects.system(), detail=detail)
