"""Drawing an agreement up, changing the draft, renewing."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from linkages import access
from linkages.actions import agreements as actions
from linkages.forms import agreements as forms
from linkages.views.agreements import SECTION, visible
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.terms import add_years

READ_WRITE = ["GET", "POST"]


@require_http_methods(READ_WRITE)
def agreement_new(request):
    require(access.can_change_agreements(request.user))
    return _draft(request, title="起草共建协议")


@require_http_methods(READ_WRITE)
def agreement_renew(request, pk):
    """A new agreement that names the one before; it begins the day after that one ends."""
    before = visible(request, pk)
    require(access.can_change_agreement(request.user, before))
    values, parties = forms.initial_of(before)
    values |= {
        "number": "",
        "starts_on": before.last_day,
        "ends_on": add_years(before.last_day, before.ends_on.year - before.starts_on.year or 1),
    }
    return _draft(request, title=f"续签：{before.title}", initial=(values, parties), predecessor=before)


def _draft(request, *, title, initial=({}, []), predecessor=None):
    form, parties = _forms(request, initial)
    if _ready(form, parties) and succeeded(
        form,
        actions.draft_agreement,
        organisation=form.cleaned_data.get("organisation"),
        predecessor=predecessor,
        **_given(form, parties),
        by=request.user,
        request=request,
    ):
        messages.success(request, "协议已起草，核对后登记签署。")
        return redirect("linkages:agreement", form.outcome.pk)
    return _page(request, form, parties, title, predecessor)


@require_http_methods(READ_WRITE)
def agreement_edit(request, pk):
    found = visible(request, pk)
    require(access.can_change_agreement(request.user, found))
    if found.signed_on:
        messages.error(request, "协议已签署，各方和期限不能修改，请登记补充约定。")
        return redirect("linkages:agreement", pk)
    form, parties = _forms(request, forms.initial_of(found))
    del form.fields["organisation"]
    if _ready(form, parties) and succeeded(
        form,
        actions.change_agreement,
        agreement=found,
        seen_at=parse_datetime(form.cleaned_data["seen_at"].strip())
        if form.cleaned_data["seen_at"]
        else None,
        **_given(form, parties),
        by=request.user,
        request=request,
    ):
        messages.success(request, "草稿已修改。")
        return redirect("linkages:agreement", pk)
    return _page(request, form, parties, f"修改草稿：{found.title}", found)


def _forms(request, initial):
    data = request.POST if request.method == "POST" else None
    values, sides = initial
    form = forms.AgreementForm(data, user=request.user, initial=values)
    return form, forms.party_forms(data, user=request.user, initial=sides)


def _ready(form, parties):
    """Judges all of them, so that every fault is shown at once."""
    return form.is_bound and all([form.is_valid(), *(party.is_valid() for party in parties)])


def _given(form, parties):
    return {
        "values": form.values,
        "contents": form.cleaned_data["contents"],
        "long_term_confirmed": form.cleaned_data["long_term_confirmed"],
        "parties": [party.party for party in parties if party.party],
    }


def _page(request, form, parties, title, found):
    context = {"section": SECTION, "form": form, "parties": parties, "title": title, "agreement": found}
    return render(request, "linkages/agreement_form.html", context)
