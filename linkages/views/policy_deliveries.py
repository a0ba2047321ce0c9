"""What policies reached: the list of those who answer for enterprises, an enterprise's own page, and what it says."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access
from linkages.actions import policies as actions
from linkages.forms.policies import AnswerForm, ResultForm
from linkages.listing import delivery_columns
from linkages.models import Policy, PolicyAnswer, PolicyDelivery, PolicyState
from linkages.policies import figures
from linkages.policies.rules import takes_answers
from linkages.policy_filters import DeliveryFilter
from linkages.views.policies import READ_WRITE, SECTION, files_of, mark, visible
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

OWN = "own_policies"
SORTS = {"new": "delivered_at", "name": "enterprise__name"}


def _shown(rows):
    return rows.select_related("policy__organisation", "enterprise__park__area", "enterprise__cluster").defer(
        "enterprise__contact_phone"
    )


# --- Those who answer for enterprises ------------------------------------------------------------------


@require_GET
def delivery_list(request, pk):
    """Of one policy."""
    user, policy = request.user, visible(request, pk)
    require(access.can_view_policies(user))
    filterset = _filtered(request, PolicyDelivery.objects.visible_to(user).filter(policy=policy))
    context = {
        "section": SECTION,
        "policy": policy,
        "filterset": filterset,
        "page": keyset_page(_shown(filterset.qs), request.GET, sorts=SORTS, default="name"),
        "totals": figures.totals(filterset.qs),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/policy_delivery_list.html", context)


def _filtered(request, rows):
    return DeliveryFilter(request.GET, queryset=rows, request=request)


@require_http_methods(READ_WRITE)
def delivery_export(request, pk):
    """At the enterprises for which the person may export."""
    user, policy = request.user, visible(request, pk)
    require(access.can_export_agreements(user))
    rows = PolicyDelivery.objects.visible_to(user).permitted_to(user, "export").filter(policy=policy)
    return export_page(
        request, _filtered(request, rows), _export, section=SECTION, title=f"导出送达名单：{policy}",
        list_url="linkages:policy-list", note="不含联系人和电话。请妥善保管，用后删除。",
    )  # fmt: skip


def _export(*, request, filterset, count, **answers):
    rows = _shown(filterset.qs).order_by("enterprise__name", "pk")
    return export_response(
        request=request, name="政策送达名单", columns=delivery_columns(), rows=rows.iterator(chunk_size=1000),
        count=count, detail={"filter": filterset.chosen_words}, **answers,
    )  # fmt: skip


# --- The enterprise's own ------------------------------------------------------------------------------


@require_GET
def own_policies(request):
    """惠企政策: what came, the newest first; two taps from here to an answer."""
    user = request.user
    require(access.can_view_own_policies(user))
    rows = _shown(PolicyDelivery.objects.own(user)).exclude(policy__state=PolicyState.WITHDRAWN, answer="")
    page = keyset_page(rows, request.GET, sorts={"new": "delivered_at"}, default="-new")
    for row in page:
        mark(row.policy)
    context = {"section": OWN, "page": page, "several": len(set(user.contact_enterprise_ids)) > 1}
    return render(request, "linkages/own_policies.html", context)


# --- One enterprise and one policy ---------------------------------------------------------------------


def _visible(request, pk) -> PolicyDelivery:
    return get_object_or_404(_shown(PolicyDelivery.objects.visible_to(request.user)), pk=pk)


@require_GET
def delivery(request, pk):
    return delivery_page(request, _visible(request, pk))


def delivery_page(request, found, **bound):
    """`bound` are forms that were refused."""
    user, own = request.user, access.reads_as_contact(request.user, found)
    policy = Policy.objects.with_target().get(pk=found.policy_id)
    may_answer = takes_answers(policy) and access.can_answer_policy(user, found)
    context = {
        "section": OWN if own else SECTION,
        "delivery": found,
        "policy": mark(policy),
        "is_own": own,
        "is_first_sight": own and found.read_at is None,
        "files": files_of(policy).filter(withdrawn_at__isnull=True),
        "answers": [(value, label, value == found.answer) for value, label in PolicyAnswer.choices],
        "may_answer": may_answer and (own or not found.answer or found.on_behalf),
        "answer_form": bound.get("answer") or AnswerForm(),
        "result_form": bound.get("result") or _result_form(found),
        "may_result": may_answer and found.answer == PolicyAnswer.APPLIED,
    }
    return render(request, "linkages/policy_delivery.html", context)


def _result_form(found):
    stored = {"result": found.result, "amount": found.amount, "words": found.result_words}
    return ResultForm(initial=stored, auto_id="result-%s")


@require_POST
def delivery_read(request, pk):
    """The page of a contact sends this by itself; without JavaScript there is a button."""
    found = _visible(request, pk)
    require(access.reads_as_contact(request.user, found))
    actions.read_policy(delivery=found, by=request.user, request=request)
    return HttpResponse() if request.htmx else redirect("linkages:policy-delivery", pk)


@require_POST
def delivery_answer(request, pk):
    return _say(request, pk, AnswerForm(request.POST), "answer", actions.answer_policy, "已登记答复。")


@require_POST
def delivery_result(request, pk):
    form = ResultForm(request.POST, auto_id="result-%s")
    return _say(request, pk, form, "result", actions.record_result, "已登记申请结果。")


def _say(request, pk, form, name, action, done):
    found = _visible(request, pk)
    require(access.can_answer_policy(request.user, found))
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, delivery=found, **form.cleaned_data, **who):
        messages.success(request, done)
        return redirect("linkages:policy-delivery", pk)
    say_faults(request, form)
    return delivery_page(request, _visible(request, pk), **{name: form})
