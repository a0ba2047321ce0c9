"""The page of a partner unit: its particulars, and who speaks for it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from linkages import access
from linkages.actions import liaisons as actions
from linkages.forms.liaisons import EndLiaisonForm, LiaisonForm
from linkages.models import Agreement, PartnerLiaison
from linkages.views.partners import SECTION, visible
from members.views.pages import crumb
from orgs.access import require
from orgs.forms.actions import call, succeeded
from orgs.views.accounts import link_page
from orgs.views.responses import say_faults


@require_GET
def partner(request, pk):
    require(access.can_view_partners(request.user))
    found = visible(request, pk)
    return _page(request, found, LiaisonForm(partner=found, auto_id="liaison-%s"))


def _page(request, found, form):
    user = request.user
    rows = list(found.liaisons.with_access().select_related("user").order_by("ended_on", "pk"))
    context = {
        "section": SECTION,
        "partner": found,
        "agreements": Agreement.objects.visible_to(user).filter(parties__partner=found).distinct().count(),
        "liaisons": [row for row in rows if row.ended_on is None],
        "former": [row for row in rows if row.ended_on],
        "form": form,
        "may_change": access.can_change_agreements(user),
        "may_merge": access.can_merge_partners(user, found),
        "may_appoint": access.can_appoint_liaisons(user, found),
    }
    return render(request, "linkages/partner.html", context)


@require_POST
def liaison_appoint(request, pk):
    """A new account is answered with its link, which is kept nowhere."""
    found = visible(request, pk)
    require(access.can_appoint_liaisons(request.user, found))
    form = LiaisonForm(request.POST, partner=found, auto_id="liaison-%s")
    who = {"by": request.user, "request": request}
    if not form.is_valid() or not succeeded(
        form, actions.appoint_liaison, partner=found, **form.cleaned_data, **who
    ):
        return _page(request, found, form)
    if form.outcome.user.has_usable_password():
        messages.success(request, f"已任用{form.outcome.user}，用原账号登录。")
        return redirect("linkages:partner", pk)
    return _invite(request, form.outcome)


def _liaison(request, pk) -> PartnerLiaison:
    rows = PartnerLiaison.objects.visible_to(request.user).select_related("partner__organisation", "user")
    found = get_object_or_404(rows, pk=pk)
    require(access.can_appoint_liaisons(request.user, found.partner))
    return found


@require_POST
def liaison_end(request, pk):
    found = _liaison(request, pk)
    form = EndLiaisonForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.end_liaison, liaison=found, **form.cleaned_data, **who):
        messages.success(request, f"{found.user}已卸任，不能再查看{found.partner}的协议。")
    else:
        say_faults(request, form)
    return redirect("linkages:partner", found.partner_id)


@require_POST
def liaison_invite(request, pk):
    return _invite(request, _liaison(request, pk))


def _invite(request, liaison):
    try:
        path = call(actions.invite_liaison, liaison=liaison, by=request.user, request=request)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("linkages:partner", liaison.partner_id)
    crumbs = [
        crumb("共建单位", "linkages:partner-list"),
        (str(liaison.partner), reverse("linkages:partner", args=[liaison.partner_id])),
    ]
    return link_page(request, liaison.user, path, section=SECTION, crumbs=crumbs)
