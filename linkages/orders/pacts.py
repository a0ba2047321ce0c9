"""Orders and agreements: under which an order is answered, and since when one was taken. What it brought: `brought`.

An order counts as taken once its unit has accepted it, its result once the requester has rated it (S27, S34): reopened,
recalled or closed without a rating it brings nothing. Of private kinds only the number is shown, to nobody a row.
"""

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from linkages.matching import live_agreements
from linkages.models import FINISHED, TAKEN, Order, OrderAct, OrderEntry, Party
from linkages.units import column
from orgs.models import Organisation
from orgs.readers import answers_for
from orgs.tree import ancestor_paths


def of_unit(unit):
    """The live agreements to which `unit` is a party, the latest signed first."""
    party = Party.objects.filter(agreement=OuterRef("pk"), **column(unit))
    rows = live_agreements(timezone.localdate()).filter(Exists(party))
    return rows.order_by("-signed_on", "-pk")


def between(order):
    """Those of the unit that has the order with whoever looks after the requester, or stands above them."""
    near = {order.organisation.path}
    if order.enterprise is not None:
        rows = Organisation.objects.active().filter(answers_for(order.enterprise))
        near.update(rows.values_list("path", flat=True))
    near |= {above for path in near for above in ancestor_paths(path)}
    others = Party.objects.filter(agreement=OuterRef("pk"), organisation__path__in=near)
    if order.handler is not None:
        others = others.exclude(organisation=order.handler)
    return of_unit(order.unit).filter(Exists(others))


def counts_of(agreement) -> dict:
    """How many orders were `taken` under it, of them `private` ones."""
    rows = Order.objects.filter(agreement=agreement, state__in=TAKEN)
    return rows.aggregate(taken=Count("pk"), private=Count("pk", filter=Q(is_private=True)))


def last_worked_on():
    """The latest day on which an order of the outer agreement was taken or finished, of those that stand as such."""
    took = Q(act__in=(OrderAct.ACCEPT, OrderAct.WHISTLE, OrderAct.FALL_BACK), order__state__in=TAKEN)
    finished = Q(act=OrderAct.FINISH, order__state__in=FINISHED)
    rows = OrderEntry.objects.filter(took | finished, order__agreement=OuterRef("pk"))
    return rows.order_by().values("order__agreement").annotate(latest=TruncDate(Max("at"))).values("latest")
