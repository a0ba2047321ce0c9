"""Suggestions for fields in which a row is named by code or name."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from orgs.forms.lookups import option_text
from orgs.models import Appointment, Enterprise, Organisation, User

SHOWN = 20


def _options(request, rows, name, code):
    texts = [option_text(getattr(row, name), getattr(row, code)) for row in rows[:SHOWN]]
    return render(request, "orgs/_options.html", {"options": texts})


def typed_text(request):
    """What was typed; the field bears another name on every form and is sent alone."""
    return next(iter(request.GET.values()), "").replace("\0", "").strip()[:60]


@require_safe
def organisation_options(request):
    rows = Organisation.objects.visible_to(request.user).active().search(typed_text(request))
    return _options(request, rows, "name", "code")


@require_safe
def enterprise_options(request):
    rows = Enterprise.objects.visible_to(request.user).search(typed_text(request)).order_by("name", "pk")
    return _options(request, rows, "name", "credit_code")


@require_safe
def account_options(request):
    """Those to whom the person may lend an appointment."""
    lendable = Appointment.objects.lendable_by(request.user).select_related("organisation")
    rows = User.objects.appointed_within(*(a.organisation for a in lendable)).exclude(pk=request.user.pk)
    return _options(
        request, rows.search(typed_text(request)).order_by("display_name"), "display_name", "username"
    )
