"""What a person lends to others, and the API tokens that act in their name."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from orgs import access
from orgs.actions import accounts as actions
from orgs.forms.accounts import DelegationForm, TokenForm
from orgs.forms.actions import succeeded
from orgs.models import Appointment
from orgs.views.pages import act


@require_http_methods(["GET", "POST"])
def delegation_list(request):
    """Everybody sees what they lent and were lent; lending needs an own appointment that may be lent."""
    lendable = Appointment.objects.lendable_by(request.user).select_related("organisation")
    form = DelegationForm(request.POST or None, appointments=lendable) if lendable else None
    if request.method == "POST":
        access.require(form is not None, "您没有可以授权他人代办的任用。")
        if form.is_valid() and _delegate(request, form):
            return redirect("orgs:delegation-list")
    return render(request, "orgs/delegation_list.html", _delegations(request.user) | {"form": form})


def _delegate(request, form) -> bool:
    values = dict(form.cleaned_data, by=request.user, request=request)
    values["organisation"] = values["organisation"] or values["appointment"].organisation
    if not succeeded(form, actions.delegate, **values):
        return False
    messages.success(request, f"已授权{form.outcome.user}代办，至 {form.outcome.ends_on} 为止。")
    return True


def _delegations(user):
    rows = Appointment.objects.select_related("organisation", "user", "delegated_by").order_by(
        "-ends_on", "-pk"
    )
    lent = list(rows.filter(delegated_by=user).not_ended())
    counting = Appointment.objects.current().filter(pk__in=[a.pk for a in lent])
    return {
        "lent": lent,
        "counting": set(counting.values_list("pk", flat=True)),
        "borrowed": rows.current().filter(user=user, delegated_by__isnull=False),
    }


@require_POST
def delegation_end(request, pk):
    appointment = get_object_or_404(Appointment.objects.filter(delegated_by=request.user), pk=pk)
    act(request, f"已收回对{appointment.user}的授权。", actions.end_delegation, appointment=appointment)
    return redirect("orgs:delegation-list")


@require_http_methods(["GET", "POST"])
def token_list(request):
    """The text of a new token is shown in the answer to the POST and never again."""
    form = TokenForm(request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        expires_on = form.cleaned_data["expires_on"]
        if succeeded(form, actions.create_token, user=request.user, expires_on=expires_on, request=request):
            text, form = form.outcome, TokenForm()
    tokens = AuthToken.objects.filter(user=request.user).order_by("-created")
    context = {"form": form, "text": text, "tokens": tokens, "now": timezone.now()}
    return render(request, "orgs/token_list.html", context)


@require_POST
def token_revoke(request, key):
    token = get_object_or_404(AuthToken, user=request.user, token_key=key)
    act(request, f"已撤销令牌 {key}…。", actions.revoke_token, token=token)
    return redirect("orgs:token-list")
