"""Responsibility lists: the list of a year, who leads nothing, their exports, a project, entering, copying, every step."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from linkages import access
from linkages.actions import commitments as actions
from linkages.commitment_filters import CommitmentFilter, MissingUnitFilter
from linkages.commitments import transitions
from linkages.commitments.transitions import RULES
from linkages.forms import commitments as forms
from linkages.forms.booking import WithdrawForm
from linkages.listing import commitment_columns, missing_unit_columns
from linkages.models import (
    Commitment,
    CommitmentAct,
    CommitmentFile,
    CommitmentState,
    leading_units,
    units_without,
)
from linkages.models.commitments import NEAR_DAYS, late, near
from linkages.views.steps import step
from orgs import uploads
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.files import add_each, read_or_say
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

SECTION = "commitments"
READ_WRITE = ["GET", "POST"]
SORTS = {"due": "due_on", "new": "created_at"}
TONES = {
    CommitmentState.OPEN: "plain",
    CommitmentState.REPORTED: "warn",
    CommitmentState.DONE: "good",
    CommitmentState.WITHDRAWN: "plain",
}


def mark(commitment):
    commitment.tone = TONES[commitment.state]
    left = commitment.days_left
    commitment.is_late = left is not None and left < 0
    commitment.is_near = left is not None and 0 <= left <= NEAR_DAYS
    return commitment


def _of_year(request):
    """The query string, with this year where it names none."""
    query = request.GET.copy()
    if "year" not in query:
        query["year"] = str(timezone.localdate().year)
    return query


# --- The list of a year --------------------------------------------------------------------------------


@require_GET
def commitment_list(request):
    user = request.user
    require(access.can_view_commitments(user))
    filterset = _filtered(request, Commitment.objects.visible_to(user))
    page = keyset_page(filterset.qs.select_related("organisation"), request.GET, sorts=SORTS, default="due")
    for row in page:
        mark(row)
    year = filterset.chosen.get("year")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "states": _states(request, filterset),
        "totals": _totals(filterset.qs),
        "year": year,
        "missing": year and units_without(_units(user), year).count(),
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/commitment_list.html", context)


def _filtered(request, rows):
    return CommitmentFilter(_of_year(request), queryset=rows, request=request)


def _units(user):
    return Organisation.objects.permitted_to(user, "linkages.view")


def _totals(rows) -> dict:
    """Of what the filter leaves: all that stand, done, late, and the share done (0–1; None without any)."""
    found = (
        rows.standing()
        .order_by()
        .aggregate(
            count=Count("pk"),
            done=Count("pk", filter=Q(state=CommitmentState.DONE)),
            late=Count("pk", filter=late(timezone.localdate())),
        )
    )
    return found | {"share": found["done"] / found["count"] if found["count"] else None}


def _states(request, filterset):
    """(label, count, query string, whether it is chosen) of each state and of what is late, under the other filters."""
    query = _of_year(request)
    for name in ("state", "due", "after", "before"):
        query.pop(name, None)
    rows = CommitmentFilter(query, queryset=filterset.queryset, request=request).qs
    counts = dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
    today = timezone.localdate()
    found = [(state.label, counts.get(state, 0), "state", state.value) for state in CommitmentState]
    found += [
        ("已逾期", rows.filter(late(today)).count(), "due", "late"),
        (f"{NEAR_DAYS}天内到期", rows.filter(near(today)).count(), "due", "near"),
    ]
    shown = []
    for label, count, name, value in found:
        chosen = query.copy()
        chosen[name] = value
        shown.append((label, count, chosen.urlencode(), request.GET.get(name) == value))
    return shown


@require_http_methods(READ_WRITE)
def commitment_export(request):
    """Of the units for which the person may export. The filter stands in the address."""
    user = request.user
    require(access.can_export_agreements(user))
    filterset = _filtered(request, Commitment.objects.visible_to(user).permitted_to(user, "export"))
    return export_page(
        request, filterset, _export, section=SECTION, title="导出领办项目", list_url="linkages:commitment-list",
        note="含领办人姓名。请妥善保管，用后删除。",
    )  # fmt: skip


def _export(*, request, filterset, count, **answers):
    rows = filterset.qs.select_related("organisation").order_by("year", "organisation__path", "pk")
    return export_response(
        request=request, name="领办项目", columns=commitment_columns(), rows=rows.iterator(chunk_size=1000),
        count=count, detail={"filter": filterset.chosen_words}, **answers,
    )  # fmt: skip


# --- Who leads nothing ---------------------------------------------------------------------------------


@require_GET
def missing_list(request):
    user = request.user
    require(access.can_view_commitments(user))
    filterset = _missing(request, _units(user))
    page = keyset_page(filterset.qs, request.GET, sorts={"tree": "path"}, default="tree")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "missing": filterset.qs.count(),
        "units": leading_units(_units(user)).count(),
        "year": filterset.chosen.get("year"),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/commitment_missing_list.html", context)


def _missing(request, rows):
    return MissingUnitFilter(_of_year(request), queryset=rows, request=request)


@require_http_methods(READ_WRITE)
def missing_export(request):
    user = request.user
    require(access.can_export_agreements(user))
    filterset = _missing(request, _units(user).permitted_to(user, "export"))
    return export_page(
        request, filterset, _export_missing, section=SECTION, title="导出未领办单位",
        list_url="linkages:commitment-missing-list",
    )  # fmt: skip


def _export_missing(*, request, filterset, count, **answers):
    rows = filterset.qs.with_secretary().order_by("path")
    return export_response(
        request=request, name="未领办单位", columns=missing_unit_columns(), rows=rows.iterator(chunk_size=1000),
        count=count, detail={"filter": filterset.chosen_words}, **answers,
    )  # fmt: skip


# --- One project ---------------------------------------------------------------------------------------


def visible(request, pk) -> Commitment:
    rows = Commitment.objects.visible_to(request.user).select_related("organisation", "copied_from")
    return mark(get_object_or_404(rows, pk=pk))


@require_GET
def commitment(request, pk):
    return commitment_page(request, visible(request, pk))


def commitment_page(request, found, **bound):
    """`bound` are forms that were refused, by their step."""
    acts = transitions.acts_open_to(request.user, found)
    steps = [_step(act, found, bound.get(act)) for act in acts if act != CommitmentAct.CHANGE]
    context = {
        "section": SECTION,
        "commitment": found,
        "entries": found.entries.select_related("by"),
        "files": found.files.order_by("pk"),
        "accepted": uploads.accepted_extensions(),
        "may_edit": CommitmentAct.CHANGE in acts,
        "main_steps": [one for one in steps if one["is_main"]],
        "steps": [one for one in steps if not one["is_main"]],
    }
    return render(request, "linkages/commitment.html", context)


def _step(act, found, form):
    rule, url = RULES[act], reverse(f"linkages:commitment-{act}", args=[found.pk])
    return step(
        CommitmentAct(act), url, form or forms.act_form(act), is_main=rule.is_main, confirm=rule.confirm
    )


@require_POST
def take(request, pk, act):
    """A step of the table. A refusal shows the page again with what was typed."""
    found = visible(request, pk)
    require(transitions.may_take(request.user, found, act))
    form = forms.act_form(act, request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, actions.ACTIONS[act], commitment=found, **form.cleaned_data, **who
    ):
        messages.success(request, RULES[act].done)
        return redirect("linkages:commitment", pk)
    say_faults(request, form)
    return commitment_page(request, visible(request, pk), **{act: form})


# --- Entering, changing, copying -----------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def commitment_new(request):
    require(access.can_change_agreements(request.user))
    form = forms.CommitmentForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        home = {name: form.cleaned_data[name] for name in ("organisation", "year")}
        who = {"by": request.user, "request": request}
        if succeeded(form, actions.add_commitment, **home, values=form.values, **who):
            messages.success(request, "已登记，按期推进，完成后上传佐证材料报完成。")
            return redirect("linkages:commitment", form.outcome.pk)
    context = {"section": SECTION, "form": form, "title": "登记领办项目"}
    return render(request, "linkages/commitment_form.html", context)


@require_http_methods(READ_WRITE)
def commitment_edit(request, pk):
    found = visible(request, pk)
    require(transitions.may_take(request.user, found, CommitmentAct.CHANGE))
    if found.state != CommitmentState.OPEN:
        messages.error(request, f"该项目现为“{found.get_state_display()}”，不能修改。")
        return redirect("linkages:commitment", pk)
    form = forms.CommitmentForm(request.POST or None, user=request.user, commitment=found)
    if request.method == "POST" and form.is_valid():
        given = {"commitment": found, "values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(form, actions.change_commitment, **given, by=request.user, request=request):
            messages.success(request, RULES[CommitmentAct.CHANGE].done)
            return redirect("linkages:commitment", pk)
    context = {"section": SECTION, "form": form, "title": f"修改：{found}", "commitment": found}
    return render(request, "linkages/commitment_form.html", context)


@require_http_methods(READ_WRITE)
def commitment_copy(request):
    """Into this year, or the next where the address says so."""
    require(access.can_change_agreements(request.user))
    this = timezone.localdate().year
    asked = request.POST.get("year") or request.GET.get("year")
    year = this + 1 if asked == str(this + 1) else this
    form = forms.CopyForm(request.POST or None, user=request.user, year=year)
    if request.method == "POST" and form.is_valid():
        who = {"by": request.user, "request": request}
        if succeeded(form, actions.copy_commitments, **form.cleaned_data, **who):
            messages.success(request, f"已沿用{len(form.outcome)}项，请逐项核对期限。")
            return redirect(f"{reverse('linkages:commitment-list')}?year={year}")
    context = {"section": SECTION, "form": form, "year": year, "this": this, "source": year - 1}
    return render(request, "linkages/commitment_copy.html", context)


# --- Evidence ------------------------------------------------------------------------------------------


def _led(request, pk) -> Commitment:
    found = visible(request, pk)
    require(transitions.may_take(request.user, found, CommitmentAct.CHANGE))
    return found


@require_POST
def commitment_file_add(request, pk):
    add_each(request, actions.add_file, commitment=_led(request, pk))
    return redirect("linkages:commitment", pk)


def _file(commitment, file):
    rows = CommitmentFile.objects.select_related("commitment__organisation")
    return get_object_or_404(rows, commitment=commitment, public_id=file)


@require_safe
def commitment_file(request, pk, file):
    commitment = visible(request, pk)
    found = _file(commitment, file)
    require(
        found.withdrawn_at is None or transitions.may_take(request.user, commitment, CommitmentAct.CHANGE)
    )
    return read_or_say(request, actions.read_file, found) or redirect("linkages:commitment", pk)


@require_POST
def commitment_file_withdraw(request, pk, file):
    found = _file(_led(request, pk), file)
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.withdraw_file, file=found, **form.cleaned_data, **who):
        messages.success(request, "已撤回，记录保留。")
    else:
        say_faults(request, form)
    return redirect("linkages:commitment", pk)
