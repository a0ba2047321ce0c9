"""The list of agreements, its export, and the page of one."""

from functools import partial

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from activities.models import Activity
from linkages import access
from linkages.actions.booking import bookable
from linkages.brought import Brought, brought_by
from linkages.filters import AgreementFilter
from linkages.forms import agreements as forms
from linkages.forms.booking import BookingForm, ResultForm
from linkages.forms.liaisons import NameLiaisonForm
from linkages.listing import agreement_columns
from linkages.models import Agreement, Order
from linkages.orders.pacts import counts_of
from linkages.orders.shown import mark as mark_order
from linkages.promises import promises_of
from linkages.states import RUNNING, AgreementState, mark, with_state
from linkages.views.state_counts import state_counts
from orgs.access import require
from orgs.exports import export_response
from orgs.paging import keyset_page
from orgs.uploads import accepted_extensions
from orgs.views.pages import export_page, render_list

SECTION = "agreements"
MOST_OFFERED = 200
MOST_ORDERS = 8


def filtered(request, rows, query=None) -> AgreementFilter:
    """By the query string of the address, or by another."""
    query = request.GET if query is None else query
    return AgreementFilter(query, queryset=with_state(rows), request=request)


def listed(rows):
    """With what a line of the list shows."""
    return rows.with_parties().prefetch_related("contents")


@require_GET
def agreement_list(request):
    user = request.user
    require(access.can_view_agreements(user))
    rows = Agreement.objects.visible_to(user)
    filterset = filtered(request, rows)
    if not access.can_view_partners(user):
        filterset.fixed = ("organisation",)  # a liaison knows none to choose from
    page = keyset_page(
        listed(filterset.qs), request.GET, sorts={"end": "ends_on", "start": "starts_on"}, default="-end"
    )
    for row in page:
        mark(row)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "states": state_counts(request, partial(filtered, request, rows), AgreementState),
        "may_view_partners": access.can_view_partners(user),
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/agreement_list.html", context)


@require_http_methods(["GET", "POST"])
def agreement_export(request):
    user = request.user
    require(access.can_export_agreements(user))
    filterset = filtered(request, Agreement.objects.visible_to(user).permitted_to(user, "export"))
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出共建协议",
        list_url="linkages:agreement-list",
        note="名单不含联络员和附件。请妥善保管，用后删除。",
    )


def _export(*, request, filterset, count, **answers):
    brought = brought_by(filterset.qs.order_by().values("pk"))

    def rows():
        for row in listed(filterset.qs).order_by("ends_on", "pk").iterator(chunk_size=1000):
            row.brought = brought.get(row.pk, Brought())
            yield row

    return export_response(
        request=request,
        name="共建协议",
        columns=agreement_columns(),
        rows=rows(),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One agreement -------------------------------------------------------------------------------------


def visible(request, pk) -> Agreement:
    rows = with_state(Agreement.objects.visible_to(request.user))
    return mark(get_object_or_404(listed(rows), pk=pk))


@require_GET
def agreement(request, pk):
    return agreement_page(request, visible(request, pk))


def offered(user, found):
    """Activities that the person may book, the latest first."""
    rows = Activity.objects.visible_to(user).filter(pk__in=bookable(found).order_by().values("pk"))
    keys = list(rows.order_by("-held_on", "-pk").values_list("pk", flat=True)[:MOST_OFFERED])
    return Activity.objects.filter(pk__in=keys).only("title", "held_on").order_by("-held_on", "-pk")


def agreement_page(request, found, **bound):
    """`bound` are forms that were refused, by the name the template gives them."""
    user, today = request.user, timezone.localdate()
    seen = Agreement.objects.visible_to(user).only("title", "starts_on", "ends_on")
    may_change = access.can_change_agreement(user, found)
    signed = found.signed_on is not None
    running = found.state in RUNNING
    bookings = list(
        found.bookings.select_related("activity__organisation").order_by("-activity__held_on", "-pk")
    )
    readable = set(
        Activity.objects.visible_to(user)
        .filter(pk__in=[row.activity_id for row in bookings])
        .values_list("pk", flat=True)
    )
    for row in bookings:
        row.may_open = row.activity_id in readable
    results = list(found.results.select_related("party__organisation", "party__partner"))
    context = {
        "section": SECTION,
        "agreement": found,
        "today": today,
        "promises": promises_of([found], today)[found.pk] if running else [],
        "bookings": bookings,
        "results": results,
        "sums": counts_of(found),
        **_orders(user, found),
        "brought": brought_by([found.pk]).get(found.pk, Brought()),
        "evaluations": found.evaluations.all(),
        "entries": found.entries.select_related("by"),
        "files": found.files.all(),
        "before": seen.filter(pk=found.predecessor_id).first(),
        "renewal": seen.filter(predecessor=found).first(),
        "accepted": accepted_extensions(),
        "may_change": may_change,
        "may_draft": may_change and not signed,
        "may_book": may_change and signed,
        "may_end": may_change and running,
        "may_renew": may_change and signed,
        "sign_form": forms.SignForm(auto_id="sign-%s"),
        "amend_form": forms.AmendForm(auto_id="amend-%s"),
        "end_form": forms.EndForm(auto_id="end-%s"),
        "liaison_form": NameLiaisonForm(agreement=found, auto_id="account-%s"),
        "evaluation_form": forms.EvaluationForm(auto_id="year-%s", initial={"year": today.year}),
        **bound,
    }
    if context["may_book"]:
        context.setdefault("booking_form", BookingForm(activities=offered(user, found), auto_id="book-%s"))
        context.setdefault("result_form", ResultForm(agreement=found, auto_id="result-%s"))
    return render(request, "linkages/agreement.html", context)


def _orders(user, found) -> dict:
    """The newest orders under the agreement that the person sees; private ones are only counted."""
    if not access.can_view_orders(user):
        return {}
    rows = Order.objects.visible_to(user).filter(agreement=found, is_private=False).with_units()
    shown = [mark_order(row, user) for row in rows.order_by("-raised_at", "-pk")[: MOST_ORDERS + 1]]
    whole = f"{reverse('linkages:order-list')}?agreement={found.pk}"
    return {"orders": shown[:MOST_ORDERS], "more": whole if len(shown) > MOST_ORDERS else ""}
