"""The register of partner units."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from linkages import access
from linkages.actions import partners as actions
from linkages.filters import PartnerFilter
from linkages.forms.partners import MergeForm, NewPartnerForm, PartnerForm
from linkages.models import Agreement, Partner
from members.views.pages import crumb, form_page
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.forms.lookups import option_text
from orgs.paging import keyset_page
from orgs.views.lookups import SHOWN, typed_text
from orgs.views.pages import render_list

SECTION = "agreements"
READ_WRITE = ["GET", "POST"]


@require_GET
def partner_list(request):
    user = request.user
    require(access.can_view_partners(user))
    filterset = PartnerFilter(
        request.GET, queryset=Partner.objects.visible_to(user).current(), request=request
    )
    mine = Agreement.objects.visible_to(user).order_by().values("pk")
    rows = filterset.qs.annotate(
        agreements=Count("parties", filter=Q(parties__agreement__in=mine), distinct=True)
    )
    page = keyset_page(
        rows.select_related("organisation"), request.GET, sorts={"name": "name"}, default="name"
    )
    for partner in page:
        partner.may_merge = access.can_merge_partners(user, partner)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_agreements(user),
    }
    return render_list(request, "linkages/partner_list.html", context)


@require_http_methods(READ_WRITE)
def partner_new(request):
    require(access.can_change_agreements(request.user))
    form = NewPartnerForm(request.POST or None, user=request.user)
    if _saved(request, form, actions.add_partner, lambda: {"organisation": form.organisation}):
        return redirect("linkages:partner-list")
    return _page(request, form, "登记共建单位", "登记", "登记前请先查找，同一单位只登记一次。")


@require_http_methods(READ_WRITE)
def partner_edit(request, pk):
    partner = visible(request, pk)
    require(access.can_change_agreements(request.user))
    form = PartnerForm(
        request.POST or None, initial={name: getattr(partner, name) for name in PartnerForm.base_fields}
    )
    if _saved(request, form, actions.change_partner, lambda: {"partner": partner}):
        return redirect("linkages:partner-list")
    return _page(request, form, f"修改：{partner}", "保存", "更名后原有协议随之显示新名称。")


def _saved(request, form, action, more):
    if request.method != "POST" or not form.is_valid():
        return False
    who = {"by": request.user, "request": request}
    if not succeeded(form, action, values=form.values, **more(), **who):
        return False
    messages.success(request, f"已保存：{form.outcome}。")
    return True


@require_http_methods(READ_WRITE)
def partner_merge(request, pk):
    partner = visible(request, pk)
    require(access.can_merge_partners(request.user, partner))
    form = MergeForm(request.POST or None, partner=partner)
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.merge_partner, partner=partner, **form.cleaned_data, **who)
    ):
        messages.success(request, f"{partner}已并入{form.outcome}，协议随之转入。")
        return redirect("linkages:partner-list")
    note = "两处登记的是同一单位时合并：协议转到保留的单位，被并入的不再可选。"
    return _page(request, form, f"合并：{partner}", "合并", note)


def visible(request, pk):
    rows = Partner.objects.visible_to(request.user).current().select_related("organisation")
    return get_object_or_404(rows, pk=pk)


def _page(request, form, title, submit, note):
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit=submit,
        note=note,
        crumbs=[crumb("联建共建", "linkages:agreement-list"), crumb("共建单位", "linkages:partner-list")],
        back=reverse("linkages:partner-list"),
    )


@require_safe
def partner_options(request):
    """Suggestions."""
    require(access.can_change_agreements(request.user))
    text = typed_text(request)
    rows = Partner.objects.visible_to(request.user).current().filter(name__icontains=text)
    names = rows.order_by("name", "pk").values_list("name", flat=True)[:SHOWN] if text else []
    options = [option_text(name, "") for name in names]
    return render(request, "orgs/_options.html", {"options": options})
