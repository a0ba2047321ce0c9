"""The page on which the top sets what may be asked for."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access
from linkages.actions import order_kinds as actions
from linkages.forms.orders import KindForm
from linkages.models import OrderKind
from linkages.orders.kinds import ensure_kinds
from members.views.pages import crumb, form_page
from orgs.access import has_at, require
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.views.pages import act

SECTION = "order_kinds"
READ_WRITE = ["GET", "POST"]


def _tops(user):
    rows = Organisation.objects.permitted_to(user, "settings.change").active()
    return rows.filter(depth=1)


@require_GET
def kind_list(request):
    user = request.user
    require(access.can_change_order_kinds(user))
    tops = list(_tops(user))
    for top in tops:
        ensure_kinds(top.pk)
    rows = OrderKind.objects.filter(organisation__in=tops).select_related("organisation", "last_resort")
    context = {
        "section": SECTION,
        "tops": [(top, [row for row in rows if row.organisation_id == top.pk]) for top in tops],
    }
    return render(request, "linkages/order_kind_list.html", context)


@require_http_methods(READ_WRITE)
def kind_new(request, pk):
    """Below the top organisation `pk`."""
    require(access.can_change_order_kinds(request.user))
    top = get_object_or_404(_tops(request.user), pk=pk)
    form = KindForm(request.POST or None, top=top)
    if _saved(request, form, actions.add_kind, organisation=top):
        return redirect("linkages:order-kind-list")
    return _page(request, form, "新增订单事项")


def _kind(request, pk):
    require(access.can_change_order_kinds(request.user))
    rows = OrderKind.objects.visible_to(request.user).select_related("organisation", "last_resort")
    found = get_object_or_404(rows, pk=pk)
    require(has_at(request.user, "settings.change", found.organisation))
    return found


@require_http_methods(READ_WRITE)
def kind_edit(request, pk):
    found = _kind(request, pk)
    last = found.last_resort
    initial = {"last_resort": f"{last.name}（{last.code}）" if last else ""}
    form = KindForm(request.POST or None, top=found.organisation, instance=found, initial=initial)
    if _saved(request, form, actions.change_kind, kind=found):
        return redirect("linkages:order-kind-list")
    return _page(request, form, f"修改订单事项：{found}")


@require_POST
def kind_open(request, pk, is_open):
    found = _kind(request, pk)
    act(
        request,
        "已启用。" if is_open else "已停用，办理中的订单不受影响。",
        actions.set_kind_open,
        kind=found,
        is_open=is_open,
    )
    return redirect("linkages:order-kind-list")


def _saved(request, form, action, **values):
    who = {"by": request.user, "request": request}
    if request.method != "POST" or not form.is_valid():
        return False
    if not succeeded(form, action, values=form.cleaned_data, **values, **who):
        return False
    messages.success(request, f"已保存：{form.outcome}。")
    return True


def _page(request, form, title):
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit="保存",
        note="时限按工作时间计算，修改后从新的环节起生效。",
        crumbs=[crumb("订单事项", "linkages:order-kind-list")],
        back=reverse("linkages:order-kind-list"),
    )
