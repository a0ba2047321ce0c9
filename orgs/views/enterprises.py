"""Enterprises: list, export, page, forms, founding, the should-found list."""

from functools import partial

from django.contrib import messages
from django.db.models import Count, Prefetch, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from orgs import access
from orgs.actions import enterprises as actions
from orgs.actions.reveals import reveal_phone
from orgs.exports import export_response
from orgs.filters import EnterpriseFilter, with_permission
from orgs.forms.actions import succeeded
from orgs.forms.enterprises import (
    EnterpriseForm,
    FoundingForm,
    NotFoundedForm,
    PhoneExportForm,
)
from orgs.forms.reveals import RevealForm
from orgs.lists import enterprise_columns, enterprise_fields
from orgs.models import (
    ACTIVE_STATUSES,
    BuildingStage,
    Coverage,
    CoverageLine,
    Enterprise,
    NotFoundedReason,
    Organisation,
    SurveyTask,
    Visit,
)
from orgs.ownership import owner_paths, owners_of
from orgs.paging import keyset_page
from orgs.quarters import quarter_start
from orgs.sections import sections
from orgs.should_found import should_found_rule
from orgs.statistics import Register
from orgs.timeline import label, result_label, timeline
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import back, say_faults

SORTS = {"name": "name", "updated": "updated_at", "employees": "employee_count", "members": "member_count"}


# --- Lists -------------------------------------------------------------------------------------------


def filtered(request, data=None, *, permission="") -> EnterpriseFilter:
    """The enterprises that the person sees, or holds `permission` for, and the query string asks for."""
    rows = Enterprise.objects
    queryset = rows.permitted_to(request.user, permission) if permission else rows.visible_to(request.user)
    return EnterpriseFilter(data if data is not None else request.GET, queryset=queryset, request=request)


def list_rows(filterset):
    """What a line of a list needs; the phone is not even read."""
    coverages = Coverage.objects.current(filterset.register.on).select_related("organisation")
    return (
        filterset.qs.select_related("park__area", "cluster")
        .defer("contact_phone")
        .prefetch_related(Prefetch("coverages", coverages, to_attr="current_coverages"))
        .annotate(employee_count=Coalesce("employees", 0), member_count=Coalesce("reported_members", 0))
    )


@require_GET
def enterprise_list(request):
    user = request.user
    access.require(access.can_view_enterprises(user) or bool(user.contact_enterprise_ids))
    filterset = filtered(request)
    context = {
        "section": "enterprises",
        "filterset": filterset,
        "page": keyset_page(list_rows(filterset), request.GET, sorts=SORTS, default="name"),
        "counts": filterset.counts(),
        "may_create": access.can_create_enterprise(user),
        "may_export": access.can_export(user),
    }
    return render_list(request, "orgs/enterprise_list.html", context)


@require_http_methods(["GET", "POST"])
def enterprise_export(request):
    """Without the rows that the person reads by a borrowed or a reading appointment: those may not be exported."""
    access.require(access.can_export(request.user))
    filterset = filtered(request, permission="export")
    may_reveal = access.has(request.user, "sensitive.reveal")
    return export_page(
        request,
        filterset,
        _export,
        section="enterprises",
        title="导出企业名单",
        list_url="orgs:enterprise-list",
        note="未勾选完整电话时，“联系电话”一列留空，重新导入不会改动原电话。",
        form_class=partial(PhoneExportForm, may_reveal=may_reveal),
        count=filterset.counts()["total"],
    )


def _export(*, request, filterset, count, with_phones=False, phone_reason="", **answers):
    rows = filterset.qs.order_by("name", "pk")
    detail = {"filter": filterset.chosen_words}
    if with_phones:
        rows = with_permission(rows, request.user, "sensitive.reveal", "phone_is_open")
        detail |= {"phones": True, "phone_reason": phone_reason}
    rows = rows.values_list(*enterprise_fields(with_phones=with_phones), named=True)
    return export_response(
        request=request,
        name="企业名单",
        columns=enterprise_columns(with_phones=with_phones),
        rows=rows.iterator(chunk_size=2000),
        count=count,
        detail=detail,
        **answers,
    )


@require_GET
def should_found(request):
    """应建未建: why, since which rule, who should act, how far it is."""
    access.require(access.can_view_enterprises(request.user))
    data = request.GET.copy()
    data["should_found"] = "1"
    data.pop("on", None)
    filterset = filtered(request, data)
    filterset.fixed = ("should_found", "active", "on")
    rows = with_permission(list_rows(filterset), request.user, "coverage.change", "may_change")
    page = keyset_page(rows, request.GET, sorts=SORTS, default="-members")
    rule = should_found_rule()
    owners = owners_of(page)
    for enterprise in page:
        enterprise.reason = rule.reason(enterprise)
        enterprise.owner = owners[enterprise.pk]
    stages = _stage_counts(filterset)
    context = {
        "section": "should_found",
        "filterset": filterset,
        "page": page,
        "rule": rule,
        "reasons": [("", "（未填）"), *NotFoundedReason.choices],
        "total": sum(count for *_, count in stages),
        "stages": stages,
        "may_export": access.can_export(request.user),
    }
    return render_list(request, "orgs/should_found.html", context)


def _stage_counts(filterset):
    rows = filterset.qs.order_by().values("building_stage").annotate(count=Count("pk"))
    found = {row["building_stage"]: row["count"] for row in rows}
    return [(stage, stage.label, found[stage]) for stage in BuildingStage if stage in found]


# --- One enterprise ----------------------------------------------------------------------------------


def visible(request, pk, **annotations):
    return get_object_or_404(Enterprise.objects.visible_to(request.user), pk=pk)


@require_GET
def enterprise_detail(request, pk):
    user = request.user
    rows = Enterprise.objects.visible_to(user).select_related(
        "park__area", "park__parent", "cluster", "chain", "parent_unit"
    )
    for name, permission in PAGE_PERMISSIONS.items():
        rows = with_permission(rows, user, permission, name)
    enterprise = get_object_or_404(rows, pk=pk)
    context = {"section": "enterprises", "enterprise": enterprise, **_standing(enterprise, user)}
    if enterprise.may_read_notes:  # the enterprise's own contact may be staff elsewhere
        context |= _work(enterprise, user, everything="all" in request.GET)
    context["sections"] = [
        render_to_string(section.template, section.context, request) for section in sections(enterprise, user)
    ]
    return render(request, "orgs/enterprise_detail.html", context)


PAGE_PERMISSIONS = {
    "may_read_notes": "enterprises.view",
    "may_change": "enterprises.change",
    "may_cover": "coverage.change",
    "may_survey": "surveys.change",
    "may_reveal": "sensitive.reveal",
}


def _standing(enterprise, user) -> dict:
    """What the statistics say about it today, and who covers it."""
    register = Register()
    row = register.rows().filter(pk=enterprise.pk)
    conditions = {
        "active": register.active,
        "organisation": register.organisation_covered,
        "work": register.work_covered,
        "own": register.own_organisation,
        "should_found": register.should_found,
    }
    # Each its own question of one row; as counts of one statement the database would look up everybody's coverage.
    first, *others = (row.filter(q).values_list(Value(name)) for name, q in conditions.items())
    flags = dict.fromkeys((name for (name,) in first.union(*others, all=True)), True)
    coverages = list(enterprise.coverages.filter(until__isnull=True).select_related("organisation"))
    for coverage in coverages:
        coverage.may_open = coverage.organisation_id is not None and access.can_view_organisation(
            user, coverage.organisation
        )
    return {
        "flags": flags,
        "rule": register.rule,
        "coverages": coverages,
        "organisation_coverage": _of_line(coverages, CoverageLine.ORGANISATION),
        "instructor_coverage": _of_line(coverages, CoverageLine.INSTRUCTOR),
        "old_names": enterprise.old_names.order_by("-until", "-pk"),
    }


def _of_line(coverages, line):
    return next((coverage for coverage in coverages if coverage.line == line), None)


def _work(enterprise, user, *, everything: bool) -> dict:
    happenings, more = timeline(enterprise, limit=1000 if everything else 100)
    owner = owners_of([enterprise])[enterprise.pk]
    return {
        "should_found_rule": should_found_rule(),
        "owner": owner,
        "owner_may_open": owner is not None and access.can_view_organisation(user, owner),
        "steps": _steps(enterprise),
        "founding_form": FoundingForm(enterprise=enterprise),
        "reason_form": NotFoundedForm(initial={"reason": enterprise.not_founded_reason}),
        "tasks": _tasks(enterprise),
        "visits": list(enterprise.visits.all()[:5]),
        "visit_tasks": list(
            enterprise.visit_tasks.open().select_related("organisation", "team").order_by("due_on")
        ),
        "visited_this_quarter": Visit.objects.filter(
            enterprise=enterprise, visited_on__gte=quarter_start(timezone.localdate())
        ).exists(),
        "reveal_form": RevealForm(),
        "needs_rehoming": _needs_rehoming(enterprise),
        "happenings": happenings,
        "more": more,
    }


def _tasks(enterprise):
    rows = SurveyTask.objects.filter(enterprise=enterprise).select_related("round", "owner")
    tasks = list(rows.order_by("-round__as_of", "-pk")[:10])
    for task in tasks:
        task.result_words = result_label(task.result)
    return tasks


def _steps(enterprise):
    """The way to an own organisation, as the page draws it: label, reached, current."""
    rank = actions.RANKS[enterprise.building_stage]
    ways = [
        (0, "未排查"),
        (1, enterprise.get_building_stage_display() if rank == 1 else "已排查"),
        *((r, BuildingStage(stage).label) for stage, r in actions.RANKS.items() if r > 1),
    ]
    return [{"label": label, "done": step < rank, "current": step == rank} for step, label in ways]


def _needs_rehoming(enterprise) -> list[Organisation]:
    """Organisations that a closed or moved unit still hosts (domain table §10 row 49)."""
    if enterprise.status in ACTIVE_STATUSES:
        return []
    return list(enterprise.hosted_organisations.active())


@require_http_methods(["GET", "POST"])
def enterprise_create(request):
    access.require(access.can_create_enterprise(request.user))
    form = EnterpriseForm(request.POST or None, user=request.user)
    if _posted(request, form) and succeeded(
        form,
        actions.create_enterprise,
        values=form.values,
        confirm_reason=form.reason_given,
        by=request.user,
        request=request,
    ):
        messages.success(request, f"已登记{form.outcome}。")
        return redirect("orgs:enterprise", form.outcome.pk)
    context = {"section": "enterprises", "form": form, "title": "登记企业"}
    return render(request, "orgs/enterprise_form.html", context)


@require_http_methods(["GET", "POST"])
def enterprise_edit(request, pk):
    enterprise = visible(request, pk)
    access.require(access.can_change_enterprise(request.user, enterprise))
    form = EnterpriseForm(request.POST or None, instance=enterprise, user=request.user)
    if _posted(request, form) and succeeded(
        form,
        actions.update_enterprise,
        enterprise=Enterprise(pk=pk),  # the form's own instance already carries what was typed
        values=form.values,
        confirm_reason=form.reason_given,
        seen_at=form.cleaned_data["seen_at"],
        by=request.user,
        request=request,
    ):
        changed = "、".join(label(name) for name in form.outcome)
        messages.success(request, f"已修改：{changed}。" if changed else "没有变化，未作修改。")
        return redirect("orgs:enterprise", pk)
    context = {"section": "enterprises", "form": form, "enterprise": enterprise, "title": "编辑企业"}
    return render(request, "orgs/enterprise_form.html", context)


def _posted(request, form):
    return request.method == "POST" and form.is_valid()


FLAGS = {"is_dormant": "空壳或僵尸企业", "is_key": "重点企业"}


@require_POST
def enterprise_flag(request, pk):
    """Mark as dormant or key, or take the mark off."""
    enterprise = visible(request, pk)
    access.require(access.can_change_enterprise(request.user, enterprise))
    name = request.POST.get("flag")
    if name in FLAGS:
        value = request.POST.get("value") == "1"
        done = f"已{'标记为' if value else '取消标记'}{FLAGS[name]}。"
        act(request, done, actions.update_enterprise, enterprise=enterprise, values={name: value})
    return back(request, "orgs:enterprise", pk)


@require_POST
def enterprise_reveal(request, pk):
    """The full phone number, once, for a stated purpose; the answer is not kept by any cache."""
    enterprise = visible(request, pk)
    access.require(access.can_reveal(request.user, enterprise))
    form = RevealForm(request.POST)
    path = owner_paths([pk])[pk]
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, reveal_phone, obj=enterprise, path=path, **who, **form.cleaned_data
    ):
        context = {"section": "enterprises", "enterprise": enterprise, "phone": form.outcome}
        return render_list(request, "orgs/enterprise_phone.html", context)
    say_faults(request, form)
    page = redirect("orgs:enterprise", pk)
    return HttpResponseClientRedirect(page.url) if request.htmx else page  # not into the place of the number


@require_POST
def enterprise_founding(request, pk):
    enterprise = visible(request, pk)
    access.require(access.can_change_coverage(request.user, enterprise))
    form = FoundingForm(request.POST, enterprise=enterprise)
    if form.is_valid() and succeeded(
        form,
        actions.advance_founding,
        enterprise=enterprise,
        by=request.user,
        request=request,
        **form.cleaned_data,
    ):
        messages.success(request, f"组建进度已登记为“{enterprise.get_building_stage_display()}”。")
    else:
        say_faults(request, form)
    return back(request, "orgs:enterprise", pk)


@require_POST
def enterprise_not_founded(request, pk):
    enterprise = visible(request, pk)
    access.require(access.can_change_coverage(request.user, enterprise))
    form = NotFoundedForm(request.POST)
    if form.is_valid():
        done = f"{enterprise}的未建原因已保存。"
        act(request, done, actions.set_not_founded_reason, enterprise=enterprise, **form.cleaned_data)
    else:
        say_faults(request, form)
    return back(request, "orgs:enterprise", pk)
