"""Policies: the list, its export, a policy with how far it has come, drawing it up with a preview, and every step."""

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from linkages import access
from linkages.actions import policies as actions
from linkages.forms import policies as forms
from linkages.forms.booking import WithdrawForm
from linkages.listing import policy_columns
from linkages.models import Policy, PolicyAct, PolicyDelivery, PolicyFile, PolicyState
from linkages.policies import figures
from linkages.policies.rules import RULES, is_lawful
from linkages.policies.target import Target, matching
from linkages.policy_filters import PolicyFilter
from linkages.views.steps import step
from orgs import uploads
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise
from orgs.paging import keyset_page
from orgs.views.files import add_each, read_or_say
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

SECTION = "policies"
READ_WRITE = ["GET", "POST"]
SORTS = {"new": "created_at", "title": "title"}
TONES = {
    PolicyState.DRAFT: "plain",
    PolicyState.OPEN: "good",
    PolicyState.CLOSED: "plain",
    PolicyState.WITHDRAWN: "bad",
}
PREVIEWED = 8  # enterprises named in the preview


def mark(policy):
    policy.tone = TONES[policy.state]
    policy.is_late = policy.days_left is not None and policy.days_left < 0
    return policy


# --- The list ------------------------------------------------------------------------------------------


@require_GET
def policy_list(request):
    user = request.user
    require(access.can_view_policies(user))
    filterset = _filtered(request, Policy.objects.visible_to(user))
    page = keyset_page(filterset.qs.select_related("organisation"), request.GET, sorts=SORTS, default="-new")
    counted = _counted(user, [row.pk for row in page])
    for row in page:
        mark(row)
        row.counts = counted.get(row.pk, {})
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/policy_list.html", context)


def _filtered(request, rows):
    return PolicyFilter(request.GET, queryset=rows, request=request)


def _counted(user, keys) -> dict:
    """Of the policies of a page what the person sees of their deliveries; one query."""
    rows = Policy.objects.filter(pk__in=keys).order_by()
    rows = figures.with_counts(rows, PolicyDelivery.objects.visible_to(user))
    return {row["pk"]: row for row in rows.values("pk", "delivered", "read", "applied")}


@require_http_methods(READ_WRITE)
def policy_export(request):
    """Of what is kept where the person may export. The filter stands in the address."""
    user = request.user
    require(access.can_export_agreements(user))
    filterset = _filtered(request, Policy.objects.visible_to(user).permitted_to(user, "export"))
    return export_page(
        request, filterset, _export, section=SECTION, title="导出政策", list_url="linkages:policy-list",
        note="只含本单位和下级推送的政策。",
    )  # fmt: skip


def _export(*, request, filterset, count, **answers):
    rows = figures.with_counts(filterset.qs, PolicyDelivery.objects.visible_to(request.user))
    rows = rows.select_related("organisation").order_by("created_at", "pk")
    return export_response(
        request=request, name="政策", columns=policy_columns(), rows=rows.iterator(chunk_size=1000), count=count,
        detail={"filter": filterset.chosen_words}, **answers,
    )  # fmt: skip


# --- One policy ----------------------------------------------------------------------------------------


def visible(request, pk) -> Policy:
    return mark(get_object_or_404(Policy.objects.visible_to(request.user).with_target(), pk=pk))


@require_GET
def policy(request, pk):
    found = visible(request, pk)
    if not access.can_view_policies(request.user):
        own = PolicyDelivery.objects.own(request.user).filter(policy=found).order_by("pk")
        return redirect("linkages:policy-delivery", own.values_list("pk", flat=True)[:1].get())
    return policy_page(request, found)


def policy_page(request, found, **bound):
    """`bound` are forms that were refused, by their step."""
    user = request.user
    keeps = access.can_keep_policy(user, found)
    acts = [act for act in actions.ACTIONS if keeps and is_lawful(found, act)]
    deliveries = PolicyDelivery.objects.visible_to(user).filter(policy=found)
    is_draft = found.published_at is None
    context = {
        "section": SECTION,
        "policy": found,
        "target": Target.of(found).words,
        "matching": _matching(user, found).count() if is_draft else None,
        "totals": None if is_draft else figures.totals(deliveries),
        "groups": [] if is_draft else [(by, figures.BY[by][0], figures.grouped(deliveries, by)) for by in figures.BY],
        "entries": found.entries.select_related("by"),
        "files": files_of(found),
        "accepted": uploads.accepted_extensions(),
        "may_change": keeps and found.state != PolicyState.WITHDRAWN,
        "may_edit": keeps and is_lawful(found, PolicyAct.CHANGE),
        "steps": [_step(act, found, bound.get(act)) for act in acts],
    }  # fmt: skip
    return render(request, "linkages/policy.html", context)


def files_of(policy):
    return policy.files.order_by("pk")


def _matching(user, found):
    """Of the enterprises that match today those that the person sees."""
    rows = matching(found.organisation, Target.of(found))
    return rows.filter(pk__in=Enterprise.objects.visible_to(user).order_by().values("pk"))


def _step(act, found, form):
    rule, url = RULES[act], reverse(f"linkages:policy-{act}", args=[found.pk])
    return step(PolicyAct(act), url, form or forms.act_form(act), is_main=rule.is_main, confirm=rule.confirm)


@require_POST
def take(request, pk, act):
    """A step of the table. A refusal shows the page again with what was typed."""
    found = _kept(request, pk)
    form = forms.act_form(act, request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.ACTIONS[act], policy=found, **form.cleaned_data, **who):
        messages.success(request, RULES[act].done)
        return redirect("linkages:policy", pk)
    say_faults(request, form)
    return policy_page(request, visible(request, pk), **{act: form})


def _kept(request, pk) -> Policy:
    found = visible(request, pk)
    require(access.can_keep_policy(request.user, found))
    return found


@require_GET
def policy_matches(request, pk):
    """Which enterprises match today; of a draft these are those that it will reach."""
    found = visible(request, pk)
    require(access.can_view_policies(request.user))
    rows = _matching(request.user, found)
    page = keyset_page(
        rows.select_related("park__area", "cluster", "chain").defer("contact_phone"), request.GET,
        sorts={"name": "name"}, default="name",
    )  # fmt: skip
    context = {"section": SECTION, "policy": found, "page": page, "matching": rows.count()}
    return render(request, "linkages/policy_matches.html", context)


# --- Drawing up ----------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def policy_new(request):
    require(access.can_change_agreements(request.user))
    form = forms.PolicyForm(request.POST or None, user=request.user)
    who = {"by": request.user, "request": request}
    if request.method == "POST" and form.is_valid():
        home = form.cleaned_data["organisation"]
        if succeeded(form, actions.draft_policy, organisation=home, values=form.values, **who):
            messages.success(request, "草稿已保存，核对匹配的企业后发布。")
            return redirect("linkages:policy", form.outcome.pk)
    return _form_page(request, form, title="登记政策", preview=reverse("linkages:policy-preview"))


@require_http_methods(READ_WRITE)
def policy_edit(request, pk):
    found = _kept(request, pk)
    if not is_lawful(found, PolicyAct.CHANGE):
        messages.error(request, "政策已发布，内容不能再修改。")
        return redirect("linkages:policy", pk)
    form = forms.PolicyForm(request.POST or None, user=request.user, policy=found)
    if request.method == "POST" and form.is_valid():
        given = {"policy": found, "values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(form, actions.change_policy, **given, by=request.user, request=request):
            messages.success(request, RULES[PolicyAct.CHANGE].done)
            return redirect("linkages:policy", pk)
    preview = reverse("linkages:policy-draft-preview", args=[pk])
    return _form_page(request, form, title=f"修改：{found}", preview=preview, policy=found)


def _form_page(request, form, **context):
    return render(request, "linkages/policy_form.html", {"section": SECTION, "form": form, **context})


@require_GET
def policy_preview(request, pk=None):
    """Part of the form: how many match what is chosen, where they lie, and the first of them."""
    found = None if pk is None else _kept(request, pk)
    require(access.can_change_agreements(request.user))
    form = forms.TargetForm(request.GET, user=request.user, policy=found)
    context = {"form": form}
    if form.is_valid():
        rows = matching(form.home, form.target)
        places = rows.order_by().values("park__area__name").annotate(count=Count("pk"))
        context |= {
            "matching": rows.count(),
            "places": places.order_by("-count", "park__area__name"),
            "first": rows.order_by("name", "pk").values_list("name", flat=True)[:PREVIEWED],
        }
    return render(request, "linkages/_policy_preview.html", context)


# --- The document --------------------------------------------------------------------------------------


@require_POST
def policy_file_add(request, pk):
    add_each(request, actions.add_file, policy=_kept(request, pk))
    return redirect("linkages:policy", pk)


@require_safe
def policy_file(request, pk, file):
    policy = visible(request, pk)
    rows = PolicyFile.objects.select_related("policy__organisation")
    found = get_object_or_404(rows, policy=policy, public_id=file)
    require(found.withdrawn_at is None or access.can_keep_policy(request.user, policy))
    return read_or_say(request, actions.read_file, found) or redirect("linkages:policy", pk)


@require_POST
def policy_file_withdraw(request, pk, file):
    policy = _kept(request, pk)
    found = get_object_or_404(
        PolicyFile.objects.select_related("policy__organisation"), policy=policy, public_id=file
    )
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.withdraw_file, file=found, **form.cleaned_data, **who):
        messages.success(request, "已撤回，记录保留。")
    else:
        say_faults(request, form)
    return redirect("linkages:policy", pk)
