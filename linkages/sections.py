"""On the page of an activity: under which agreements it was held, what it took down, and the forms for both.

On the page of an enterprise: its orders, its sci-tech deputies and industry professors.
"""

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from activities.kinds import Kind
from activities.sections import RecordSection
from linkages import access
from linkages.forms.booking import AgreementChoiceForm
from linkages.forms.lists import TakeDownForm
from linkages.list_states import ItemState, with_item_state
from linkages.models import (
    OPEN,
    Agreement,
    AgreementActivity,
    Need,
    Order,
    Party,
    PolicyDelivery,
    Resource,
    Secondment,
)
from orgs.sections import EnterpriseSection
from orgs.tree import ancestor_paths


def choices(activity, user):
    """Signed agreements of the person's, under which the activity may be booked."""
    paths = {path for host in activity.hosts for path in (*ancestor_paths(host.path), host.path)}
    ours = Party.objects.filter(agreement=OuterRef("pk"), organisation__path__in=paths)
    booked = AgreementActivity.objects.filter(
        agreement=OuterRef("pk"), activity=activity, withdrawn_at__isnull=True
    )
    day = activity.held_on
    return Agreement.objects.permitted_to(user, "linkages.change").filter(
        Q(Exists(ours)),
        Q(ended_on__isnull=True) | Q(ended_on__gte=day),
        ~Exists(booked),
        signed_on__isnull=False,
        starts_on__lte=day,
        ends_on__gte=day,
    )


def agreements_of(activity, user):
    if not activity.is_held or not access.can_view_agreements(user):
        return None
    rows = AgreementActivity.objects.visible_to(user).standing().filter(activity=activity)
    rows = list(rows.select_related("agreement"))
    form = AgreementChoiceForm(agreements=choices(activity, user), auto_id="agreement-%s")
    may_book = form.fields["agreement"].queryset.exists()
    if not rows and not may_book:
        return None
    context = {"bookings": rows, "agreement_form": form if may_book else None, "activity": activity}
    return RecordSection("linkages/_of_activity.html", context)


MATCHMAKING = {Kind.LINKAGE, Kind.FORUM}  # where both sides sit at one table (S43)


def _address(row):
    return reverse(f"linkages:{row._meta.model_name}", args=[row.pk])


def taken_down(activity, user):
    """Needs and resources of a held matchmaking activity, and the form of one line."""
    if not activity.is_held or not access.can_view_agreements(user):
        return None
    rows = []
    for model in (Need, Resource):
        found = with_item_state(model.objects.visible_to(user).standing().filter(activity=activity))
        rows += found.with_unit().order_by("-pk")
    for row in rows:
        row.state_label, row.address = ItemState(row.state).label, _address(row)
    form = None
    if MATCHMAKING & {kind.kind for kind in activity.kinds.all()}:
        form = TakeDownForm(user=user, activity=activity, auto_id="down-%s")
        form = form if form.fields["organisation"].choices else None
    if not rows and form is None:
        return None
    return RecordSection("linkages/_taken_down.html", {"rows": rows, "down_form": form, "activity": activity})


# --- On the page of an enterprise ------------------------------------------------------------------------

NEWEST = 5


def orders_of(enterprise, user):
    """The newest orders that the person sees; private ones are on nobody's page of an enterprise."""
    if not access.can_open_orders(user):
        return None
    rows = Order.objects.visible_to(user).filter(enterprise=enterprise, is_private=False)
    totals = rows.aggregate(count=Count("pk"), open=Count("pk", filter=Q(state__in=OPEN)))
    if not totals["count"]:
        return None
    context = {
        "orders": rows.select_related("kind").order_by("-raised_at", "-pk")[:NEWEST],
        "totals": totals,
        "enterprise": enterprise,
        "may_list": access.can_view_orders(user),
    }
    return EnterpriseSection("linkages/_of_enterprise.html", context)


def secondments_of(enterprise, user):
    """The newest that the enterprise asked for or sent somebody to, of those the person sees."""
    if not access.can_view_secondments(user):
        return None
    rows = Secondment.objects.visible_to(user).of_unit("enterprise", enterprise).with_units()
    rows = list(rows.order_by("-created_at", "-pk")[: NEWEST + 1])
    if not rows:
        return None
    context = {"secondments": rows[:NEWEST], "has_more": len(rows) > NEWEST, "enterprise": enterprise}
    return EnterpriseSection("linkages/_secondments_of_enterprise.html", context)


def policies_of(enterprise, user):
    """The newest that reached it, of those the person sees, and what it answered."""
    if not access.can_view_policies(user):
        return None
    rows = PolicyDelivery.objects.visible_to(user).filter(enterprise=enterprise)
    rows = list(rows.select_related("policy").order_by("-delivered_at", "-pk")[: NEWEST + 1])
    if not rows:
        return None
    context = {"deliveries": rows[:NEWEST], "has_more": len(rows) > NEWEST}
    return EnterpriseSection("linkages/_policies_of_enterprise.html", context)
