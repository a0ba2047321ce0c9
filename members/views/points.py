"""量化积分: entering points of a case, the ranking, and the criteria of a committee."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import points as actions
from members.case_filters import RankingFilter
from members.forms import points as forms
from members.models import CaseStage, PointCriterion, PointEntry, RecruitmentCase
from members.recruiting import points
from members.views.pages import crumb, form_page
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.exports import Column, export_response
from orgs.forms.actions import succeeded
from orgs.forms.lookups import option_text
from orgs.lists import serial_column
from orgs.paging import keyset_page
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import say_faults

SECTION = "recruiting"
RANKED = (CaseStage.ACTIVIST, CaseStage.CANDIDATE)
CASES = ("发展党员", "members:recruiting")


def card(user, case) -> dict:
    """What `members/_case_points.html` shows on the page of a case."""
    may_change = access.can_change_points(user, case)
    return {
        "sheet": points.sheet_of(case),
        "points_form": forms.PointForm(organisation=case.organisation, auto_id="points_%s")
        if may_change and case.is_open
        else None,
        "withdraw_form": forms.WithdrawForm(auto_id=False) if may_change else None,
        "may_read_evidence": access.can_read_findings(user, case),
    }


def _visible(request, pk):
    rows = RecruitmentCase.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(READ_WRITE)
def point_add(request, pk):
    """From the case's card; what was wrong is shown on a page of its own, with what was typed."""
    case = _visible(request, pk)
    require(access.can_change_points(request.user, case))
    form = forms.PointForm(request.POST or None, organisation=case.organisation)
    if request.method == "POST" and form.is_valid():
        kwargs = {"case": case, "by": request.user, "request": request, **form.cleaned_data}
        if succeeded(form, actions.enter_points, **kwargs):
            messages.success(request, f"已登记{form.outcome.points}分，{case}现有{case.points}分。")
            return redirect(reverse("members:case", args=[pk]) + "#points")
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"登记量化积分：{case}",
        submit="登记",
        crumbs=[crumb(*CASES), crumb(case.name, "members:case", pk)],
        back=reverse("members:case", args=[pk]),
    )


@require_POST
def point_withdraw(request, pk):
    rows = PointEntry.objects.visible_to(request.user).select_related("case__organisation", "criterion")
    entry = get_object_or_404(rows, pk=pk)
    require(access.can_change_points(request.user, entry.case))
    form = forms.WithdrawForm(request.POST)
    kwargs = {"entry": entry, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.withdraw_points, **kwargs, **form.cleaned_data):
        messages.success(request, "已撤回，记录保留并注明原因。")
    else:
        say_faults(request, form)
    return redirect(reverse("members:case", args=[entry.case_id]) + "#points")


# --- The ranking ------------------------------------------------------------------------------------------


def _ranked(request, permission="members.view"):
    rows = RecruitmentCase.objects.permitted_to(request.user, permission).open().filter(stage__in=RANKED)
    filterset = RankingFilter(request.GET, queryset=rows, request=request)
    return filterset, filterset.qs.select_related("organisation").defer(
        "identity_number", "mobile", "organisation__contact_phone"
    )


@require_GET
def points_ranking(request):
    """Activists and candidates of the person's scope, the most points first."""
    require(access.can_view_members(request.user))
    filterset, cases = _ranked(request)
    page = keyset_page(cases, request.GET, sorts={"points": "points", "name": "pinyin"}, default="-points")
    points.attach_sheets(page.items)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_export": access.can_export_members(request.user),
    }
    return render_list(request, "members/points_ranking.html", context)


@require_http_methods(READ_WRITE)
def points_export(request):
    require(access.can_export_members(request.user))
    filterset, cases = _ranked(request, "members.export")
    return export_page(
        request,
        filterset,
        partial(_export, cases=cases),
        section=SECTION,
        title="导出量化积分排名",
        list_url="members:points-ranking",
        note="不含证件号码和手机号码。",
    )


def _export(*, request, filterset, cases, count, **answers):
    rows = cases.order_by("-points", "pk").iterator(chunk_size=2000)
    return export_response(
        request=request,
        name="量化积分排名",
        columns=ranking_columns(),
        rows=points.with_sheets(rows),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


def ranking_columns() -> list[Column]:
    return [
        serial_column(),
        Column("姓名", lambda row: row.name, 12),
        Column("阶段", lambda row: row.get_stage_display(), 14),
        Column("党支部", lambda row: row.organisation.name, 30),
        Column("工作单位", lambda row: row.employer_name, 30),
        Column("总分", lambda row: row.points, 8),
        Column("各类得分", lambda row: row.sheet.words, 40),
    ]


# --- Criteria ---------------------------------------------------------------------------------------------


@require_GET
def point_criteria(request):
    """Those in force that apply somewhere in the person's scope, by committee and group."""
    user = request.user
    require(access.can_view_members(user))
    rows = PointCriterion.objects.visible_to(user).current(timezone.localdate())
    criteria = list(rows.select_related("organisation").order_by("organisation__path", "group", "pk"))
    for criterion in criteria:
        criterion.may_change = access.can_change_criteria(user, criterion.organisation)
    own = forms.committees(user).order_by("depth", "path").first()
    context = {"section": SECTION, "criteria": criteria, "own": own}
    if own:
        start = {"organisation": option_text(own.name, own.code)}
        context["adopt_form"] = forms.AdoptForm(user=user, initial=start)
    return render(request, "members/point_criteria.html", context)


def _criterion_page(request, form, title, note):
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit="保存",
        crumbs=[crumb(*CASES), crumb("积分指标", "members:point-criteria")],
        back=reverse("members:point-criteria"),
        note=note,
    )


@require_http_methods(READ_WRITE)
def criterion_new(request):
    require(forms.committees(request.user).exists())
    form = forms.NewCriterionForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        kwargs = {"organisation": form.cleaned_data["organisation"], "values": form.values}
        if succeeded(form, actions.create_criterion, by=request.user, request=request, **kwargs):
            messages.success(request, f"已新增指标“{form.outcome}”。")
            return redirect("members:point-criteria")
    return _criterion_page(request, form, "新增积分指标", "适用于所选党委和全部下级党组织。")


def _criterion(request, pk):
    rows = PointCriterion.objects.visible_to(request.user).select_related("organisation")
    criterion = get_object_or_404(rows, pk=pk)
    require(access.can_change_criteria(request.user, criterion.organisation))
    return criterion


@require_http_methods(READ_WRITE)
def criterion_edit(request, pk):
    criterion = _criterion(request, pk)
    form = forms.CriterionForm(request.POST or None, instance=criterion)
    if request.method == "POST" and form.is_valid():
        kwargs = {"criterion": criterion, "values": form.values}
        if succeeded(form, actions.change_criterion, by=request.user, request=request, **kwargs):
            messages.success(request, f"已修改指标“{form.outcome}”，自今日起按新标准计分。")
            return redirect("members:point-criteria")
    return _criterion_page(
        request, form, f"修改积分指标：{criterion.name}", "修改自今日起执行，已经登记的积分不变。"
    )


@require_POST
def criterion_end(request, pk):
    criterion = _criterion(request, pk)
    act(request, f"已停用指标“{criterion}”。", actions.end_criterion, criterion=criterion)
    return redirect("members:point-criteria")


@require_POST
def criteria_adopt(request):
    """The sample set for a committee, to be edited afterwards."""
    require(forms.committees(request.user).exists())
    form = forms.AdoptForm(request.POST, user=request.user)
    if form.is_valid() and succeeded(
        form, actions.adopt_sample, by=request.user, request=request, **form.cleaned_data
    ):
        words = f"已采用示例标准，新增{form.outcome}项指标，可逐项修改。"
        messages.success(request, words if form.outcome else "示例标准的指标已经都有，没有新增。")
    else:
        say_faults(request, form)
    return redirect("members:point-criteria")
