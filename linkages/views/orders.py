"""Orders: the list of those who oversee and answer, an order with what may be done now, the requester's own page."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access
from linkages.actions import orders as actions
from linkages.forms.orders import ActForm, BehalfForm, OrderForm, requesters
from linkages.heard import begin_with_visit
from linkages.listing import order_columns
from linkages.models import OPEN, STARS, Order, OrderAct, OrderGroup, OrderKind, OrderState
from linkages.models.orders import LONGEST_TEXT
from linkages.order_filters import MINE, OrderFilter, mine
from linkages.orders.kinds import ensure_kinds, kinds_for
from linkages.orders.shown import mark, steps, timeline
from linkages.orders.transitions import RULES, Part, acts_open_to, answers_call, may_take, parts_of
from linkages.views.lists import changeable
from members.models import Member, root_of
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list
from orgs.views.responses import back, say_faults

SECTION, OWN = "orders", "own_orders"
READ_WRITE = ["GET", "POST"]
OF_CALLS = (OrderAct.ARRIVE, OrderAct.RELEASE)
MOST_WHISTLES = 50


# --- Those who oversee and answer ------------------------------------------------------------------------


def filtered(request, rows) -> OrderFilter:
    return OrderFilter(request.GET, queryset=rows, request=request)


@require_GET
def order_list(request):
    user = request.user
    require(access.can_view_orders(user))
    filterset = filtered(request, Order.objects.visible_to(user))
    page = keyset_page(
        filterset.qs.with_units(), request.GET, sorts={"raised": "raised_at"}, default="-raised"
    )
    for row in page:
        mark(row, user)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "totals": filterset.qs.order_by().aggregate(
            count=Count("pk"),
            overdue=Count("pk", filter=Q(state__in=OPEN, due_at__lt=timezone.now())),
        ),
        "mine": _mine(user, request.GET.get("mine")),
        "may_raise": access.can_raise_on_behalf(user),
        "may_export": access.can_export_orders(user),
    }
    return render_list(request, "linkages/order_list.html", context)


def _mine(user, chosen):
    """(label, count, value, whether chosen) of what waits for the person."""
    rows = Order.objects.visible_to(user)
    found = [(label, mine(rows, user, which).count(), which, which == chosen) for which, label in MINE[:3]]
    return [one for one in found if one[1] or one[3]]


@require_http_methods(READ_WRITE)
def order_export(request):
    user = request.user
    require(access.can_export_orders(user))
    filterset = filtered(request, Order.objects.visible_to(user).permitted_to(user, "export"))
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出订单",
        list_url="linkages:order-list",
        note="不公开的订单只有事项和状态。请妥善保管，用后删除。",
    )


def _export(*, request, filterset, count, **answers):
    return export_response(
        request=request,
        name="订单",
        columns=order_columns(),
        rows=filterset.qs.with_units().order_by("raised_at", "pk").iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


@require_http_methods(READ_WRITE)
def order_new(request):
    """代为点单."""
    user = request.user
    require(access.can_raise_on_behalf(user))
    for root in {root_of(a.organisation) for a in user.current_appointments}:
        ensure_kinds(root)
    form = BehalfForm(request.POST or None, user=user)
    begin_with_visit(form, request, words="text")
    who = {"by": user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.raise_order, **form.cleaned_data, **who)
    ):
        messages.success(request, f"已代为点单：{form.outcome}。")
        return redirect("linkages:order", form.outcome.pk)
    context = {"section": SECTION, "form": form, "title": "代企业点单", "back": "linkages:order-list"}
    return render(request, "linkages/order_form.html", context)


@require_http_methods(READ_WRITE)
def need_order(request, pk):
    """转为点单: what the list of needs could not match is asked of a unit."""
    user, need = request.user, changeable(request, "need", pk)
    if need.enterprise is None:
        messages.error(request, "只有企业的需求可以转为点单，其他需求请对接资源立项。")
        return redirect("linkages:need", pk)
    require(access.can_order_need(user, need))
    ensure_kinds(root_of(need.organisation))
    kinds = OrderKind.objects.visible_to(user).open().filter(group=OrderGroup.ENTERPRISE, is_private=False)
    words = "：".join(filter(None, [need.title, need.description]))[:LONGEST_TEXT]
    initial = {"ticket": uuid.uuid4(), "text": words}
    form = OrderForm(request.POST or None, kinds=kinds, initial=initial)
    who = {"by": user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.order_need, need=need, **form.cleaned_data, **who)
    ):
        messages.success(request, f"已转为点单：{form.outcome}。")
        return redirect("linkages:order", form.outcome.pk)
    context = {
        "section": SECTION,
        "form": form,
        "title": "需求转为点单",
        "about": f"{need.enterprise.name}的需求“{need}”。提交后需求计为已对接，办理情况在需求页上可以看到。",
        "back": "linkages:order-list",
    }
    return render(request, "linkages/order_form.html", context)


@require_GET
def whistle_list(request):
    """吹哨: who was called, who has come, for how much longer one may."""
    user = request.user
    require(access.can_view_orders(user))
    rows = Order.objects.visible_to(user).filter(state=OrderState.WORKING, whistled_at__isnull=False)
    found = [mark(row, user) for row in rows.with_units().order_by("-whistled_at", "-pk")[:MOST_WHISTLES]]
    now = timezone.now()
    for row in found:
        for call in row.calls.all():
            call.minutes = round((call.due_at - now).total_seconds() / 60)
    return render(request, "linkages/whistle_list.html", {"section": SECTION, "orders": found})


# --- The requester's own ---------------------------------------------------------------------------------


@require_GET
def own_orders(request):
    """点单: the big button, and one's own orders with how far they are; rated with one tap."""
    user = request.user
    require(access.can_raise_own_orders(user))
    rows = Order.objects.own(user).with_units()
    page = keyset_page(rows, request.GET, sorts={"raised": "raised_at"}, default="-raised")
    for row in page:
        mark(row, user)
        row.steps = steps(row)
    context = {"section": OWN, "page": page, "requesters": requesters(user), "stars": STARS}
    return render(request, "linkages/own_orders.html", context)


@require_http_methods(READ_WRITE)
def own_order_new(request):
    """For the only one the person speaks for, or the one that `for` names."""
    user = request.user
    require(access.can_raise_own_orders(user))
    found = requesters(user)
    asked = request.GET.get("for", "")
    requester = next((one for one in found if _key(one) == asked), found[0] if found else None)
    if requester is None:
        return redirect("linkages:own-orders")
    is_member = isinstance(requester, Member)
    whom = {"member" if is_member else "enterprise": requester}
    try:
        overseer = actions.overseer_of(**whom)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("linkages:own-orders")
    group = OrderGroup.TALENT if is_member else OrderGroup.ENTERPRISE
    kinds = kinds_for(root_of(overseer), group)
    form = OrderForm(request.POST or None, kinds=kinds)
    who = {"by": user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.raise_order, **form.cleaned_data, **whom, **who)
    ):
        messages.success(request, "已提交，受理后会通知您。")
        return redirect("linkages:order", form.outcome.pk)
    context = {
        "section": OWN,
        "form": form,
        "title": "我要点单",
        "requester": requester.name,
        "overseer": overseer.name,
        "others": [(_key(one), one.name) for one in found if one is not requester],
        "back": "linkages:own-orders",
        "is_own": True,
    }
    return render(request, "linkages/order_form.html", context)


def _key(requester) -> str:
    return "me" if isinstance(requester, Member) else str(requester.pk)


# --- One order -------------------------------------------------------------------------------------------


def visible(request, pk) -> Order:
    rows = Order.objects.visible_to(request.user).with_units().with_links(request.user)
    return mark(get_object_or_404(rows, pk=pk), request.user)


@require_GET
def order(request, pk):
    return order_page(request, visible(request, pk))


def order_page(request, found, refused=None):
    """`refused` is a form that an action did not take; it is shown open, even where its step is over."""
    user = request.user
    acts = [act for act in acts_open_to(user, found) if act not in OF_CALLS]
    forms = [
        refused if refused and refused.act == act else ActForm(order=found, act=act, user=user)
        for act in acts
    ]
    forms = [form for form in forms if not form.is_void]
    for form in forms:
        form.label, form.is_open = OrderAct(form.act).label, form is refused
    parts = parts_of(user, found)
    calls = list(found.calls.all())
    for call in calls:
        call.may_arrive = call.waits and found.state == OrderState.WORKING and answers_call(user, found, call)
        call.may_release = call.waits and found.state == OrderState.WORKING and Part.OVERSEER in parts
    own = Part.REQUESTER in parts
    context = {
        "section": OWN if own and not access.can_view_orders(user) else SECTION,
        "order": found,
        "steps": steps(found),
        "entries": timeline(found, user),
        "main": [form for form in forms if RULES[form.act].is_main],
        "more": [form for form in forms if not RULES[form.act].is_main],
        "calls": calls,
        "is_own": own,
        "list_url": "linkages:own-orders" if own else "linkages:order-list",
        "may_see_enterprise": found.enterprise_id and found.readable and _sees(user, found.enterprise),
    }
    return render(request, "linkages/order.html", context)


def _sees(user, enterprise) -> bool:
    return type(enterprise).objects.visible_to(user).filter(pk=enterprise.pk).exists()


@require_POST
def take(request, pk, act):
    """One step. A refusal shows the page again with what was typed."""
    found = visible(request, pk)
    require(may_take(request.user, found, act))
    form = ActForm(request.POST, order=found, act=act, user=request.user)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.ACTIONS[act], order=found, **form.values, **who):
        messages.success(request, RULES[act].done)
        still = Order.objects.visible_to(request.user).filter(pk=pk).exists()
        return back(request, "linkages:order", pk) if still else redirect("linkages:order-list")
    say_faults(request, form)
    if act in OF_CALLS or request.POST.get("next"):
        return back(request, "linkages:order", pk)
    return order_page(request, visible(request, pk), refused=form)
