"""People who lead: the overview, the lists of posts and teams, one unit with its people and results."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import leading as actions
from members.forms import leading as forms
from members.leading_figures import COLUMNS, summary
from members.leading_filters import LeadingFilter, mark_term
from members.leading_groups import GROUPS, group_of
from members.leading_lists import unit_columns
from members.models import LeadingKind, LeadingResult, LeadingService, LeadingUnit
from members.views.dues import organisation_asked
from members.views.pages import crumb, done, form_page
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise, Organisation
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list

SECTION = "people"
SORTS = {"name": "pinyin", "established": "established_on"}
ALL_KINDS = ("全部", tuple(LeadingKind))


@require_GET
def overview(request):
    """What there is of each kind, by the organisations below the one asked for."""
    user, year = request.user, timezone.localdate().year
    require(access.can_view_members(user))
    organisation = organisation_asked(request, request.GET)
    above, found = Organisation.objects.permitted_to(user, "members.view"), summary(organisation, year)
    context = {
        "section": SECTION,
        "organisation": organisation,
        "above": above.filter(path=organisation.parent_path).first(),
        "year": year,
        "summary": found,
        "cards": list(zip(COLUMNS, found.total.figures, strict=True)),
        "columns": COLUMNS,
        "may_change": access.can_change_members(user),
    }
    return render(request, "members/pioneers.html", context)


# --- Lists --------------------------------------------------------------------------------------------


def _filtered(request, group, permission="members.view"):
    rows = LeadingUnit.objects.permitted_to(request.user, permission)
    kinds = GROUPS.get(group, ALL_KINDS)[1]
    return LeadingFilter(request.GET, queryset=rows, request=request, kinds=kinds)


@require_GET
def unit_list(request, group):
    require(access.can_view_members(request.user))
    filterset = _filtered(request, group)
    page = keyset_page(filterset.qs.for_list(), request.GET, sorts=SORTS, default="name")
    mark_term(page, timezone.localdate())
    context = {
        "section": SECTION,
        "group": group,
        "title": GROUPS.get(group, ALL_KINDS)[0],
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_members(request.user),
        "may_export": access.can_export_members(request.user),
    }
    return render_list(request, "members/leading_list.html", context)


@require_http_methods(["GET", "POST"])
def unit_export(request):
    """The list as a file; `group` in the address is the tab it stood on."""
    require(access.can_export_members(request.user))
    group = request.GET.get("group", "")
    filterset = _filtered(request, group, "members.export")
    return export_page(
        request,
        filterset,
        _export_units,
        section=SECTION,
        title="导出先锋岗位与队伍",
        list_url=f"members:leading-{group if group in GROUPS else 'all'}",
    )


def _export_units(*, request, filterset, count, **answers):
    rows = filterset.qs.for_list().with_result_count().order_by("organisation_id", "kind", "pinyin", "pk")
    return export_response(
        request=request,
        name="先锋岗位与队伍",
        columns=unit_columns(),
        rows=rows.iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One unit -----------------------------------------------------------------------------------------


def visible_unit(request, pk):
    rows = LeadingUnit.objects.visible_to(request.user).select_related("organisation", "enterprise")
    return get_object_or_404(rows, pk=pk)


def changeable_unit(request, pk):
    unit = visible_unit(request, pk)
    require(access.can_change_unit(request.user, unit))
    return unit


def _crumbs(unit=None):
    found = [crumb("先锋与人才", "members:pioneers")]
    return [*found, crumb(unit.name, "members:leading-unit", unit.pk)] if unit else found


@require_GET
def unit_page(request, pk):
    return _page(request, visible_unit(request, pk))


def _page(request, unit, result_form=None):
    services = list(unit.services.select_related("member__organisation").defer("member__identity_number"))
    for service in services:
        # Whoever has moved away is named, but the page of a member belongs to the home.
        service.may_open = service.member.organisation.path.startswith(unit.organisation.path)
    mark_term([unit], timezone.localdate())
    results = list(unit.results.select_related("recorded_by"))
    seen = Enterprise.objects.visible_to(request.user).filter(pk=unit.enterprise_id)
    context = {
        "section": SECTION,
        "unit": unit,
        "tab": group_of(unit.kind),
        "serving": [service for service in services if service.until is None],
        "served": [service for service in services if service.until is not None],
        "leader": next((s for s in services if s.leads and s.until is None), None),
        "results": results,
        "counting": sum(result.void_on is None for result in results),
        "may_open_enterprise": unit.enterprise_id is not None and seen.exists(),
        "may_change": access.can_change_unit(request.user, unit) and unit.is_open,
        "may_void": access.can_change_unit(request.user, unit),
        "result_form": result_form or forms.ResultForm(),
    }
    return render(request, "members/leading_unit.html", context)


@require_http_methods(READ_WRITE)
def unit_new(request):
    require(access.can_change_members(request.user))
    form = forms.UnitForm(request.POST or None, user=request.user)
    if done(request, form, actions.establish, lambda unit: f"已设立{unit.get_kind_display()}“{unit}”。"):
        return redirect("members:leading-unit", form.outcome.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title="设立先锋岗位或队伍",
        submit="设立",
        crumbs=_crumbs(),
        back=reverse("members:pioneers"),
        note="跨支部的队伍由上级党组织设立，成员可来自其下各支部。",
    )


def _act(request, unit, form, action, words, /, *, title, submit, note="", **values):
    """One act about a unit on a page of its own; back to the unit when it is done."""
    if done(request, form, action, words, **values):
        return redirect("members:leading-unit", unit.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit=submit,
        crumbs=_crumbs(unit),
        back=reverse("members:leading-unit", args=[unit.pk]),
        note=note,
    )


@require_http_methods(READ_WRITE)
def unit_edit(request, pk):
    unit = changeable_unit(request, pk)
    form = forms.UnitEditForm(request.POST or None, user=request.user, unit=unit)

    def update(*, by, request, **values):
        return actions.update_unit(unit=unit, values=values, by=by, request=request)

    return _act(
        request,
        unit,
        form,
        update,
        lambda changed: "已修改。" if changed else "没有变化，未作修改。",
        title=f"修改：{unit}",
        submit="保存",
    )


@require_http_methods(READ_WRITE)
def unit_leader(request, pk):
    unit = changeable_unit(request, pk)
    form = forms.LeaderForm(request.POST or None, user=request.user, unit=unit)
    return _act(
        request,
        unit,
        form,
        actions.appoint_leader,
        lambda service: f"{service.member}已任负责人。",
        title=f"确定负责人：{unit}",
        submit="确定",
        note="负责人应为正式党员。原负责人从任职日期起结束任职。",
        unit=unit,
    )


@require_http_methods(READ_WRITE)
def unit_join(request, pk):
    unit = changeable_unit(request, pk)
    form = forms.JoinForm(request.POST or None, user=request.user, unit=unit)
    return _act(
        request,
        unit,
        form,
        actions.join,
        lambda service: f"{service.member}已加入。",
        title=f"增加成员：{unit}",
        submit="增加",
        unit=unit,
    )


@require_http_methods(READ_WRITE)
def unit_end(request, pk):
    unit = changeable_unit(request, pk)
    form = forms.EndForm(request.POST or None)
    return _act(
        request,
        unit,
        form,
        actions.end_unit,
        lambda ended: f"{ended}已撤销，业绩保留。",
        title=f"撤销：{unit}",
        submit="撤销",
        note="成员同时结束任职，业绩记录保留。",
        unit=unit,
    )


@require_http_methods(READ_WRITE)
def service_end(request, pk):
    units = LeadingUnit.objects.visible_to(request.user).order_by()
    rows = LeadingService.objects.filter(unit__in=units.values("pk"))
    service = get_object_or_404(rows.select_related("unit__organisation", "member"), pk=pk)
    require(access.can_change_unit(request.user, service.unit))
    form = forms.LeaveForm(request.POST or None)
    return _act(
        request,
        service.unit,
        form,
        actions.leave,
        lambda ended: f"{ended.member}已结束任职。",
        title=f"结束任职：{service.member}",
        submit="结束任职",
        service=service,
    )


@require_POST
def result_add(request, pk):
    unit = changeable_unit(request, pk)
    form = forms.ResultForm(request.POST)
    if form.is_valid() and succeeded(
        form, actions.add_result, unit=unit, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, "业绩已登记。")
        return redirect("members:leading-unit", pk)
    return _page(request, unit, form)


@require_http_methods(READ_WRITE)
def result_void(request, pk):
    units = LeadingUnit.objects.visible_to(request.user).order_by()
    rows = LeadingResult.objects.filter(unit__in=units.values("pk"))
    result = get_object_or_404(rows.select_related("unit__organisation"), pk=pk)
    require(access.can_change_unit(request.user, result.unit))
    form = forms.VoidForm(request.POST or None)
    return _act(
        request,
        result.unit,
        form,
        actions.void_result,
        lambda _: "该条业绩已作废，不再计数。",
        title="作废业绩",
        submit="作废",
        note=f"{result.on} {result.what}",
        result=result,
    )
