"""计划与名额: the plan of recruiting level by level, places for a whole level in one form, the table as a file."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from members import access
from members.actions import plans as actions
from members.forms.plans import PlanForm
from members.models import RecruitmentQuota
from members.recruiting import quotas
from members.views.dues import key, organisation_asked
from members.views.pages import crumb
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.exports import Column, export_response
from orgs.forms.actions import succeeded
from orgs.forms.exports import ExportForm
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.tree import children_of

SECTION = "recruiting"


def year_asked(request) -> int:
    """Nonsense means this year; one year ahead is planned at most."""
    this_year = timezone.localdate().year
    year = key(request.GET.get("year", "")) or this_year
    return year if actions.FIRST_YEAR <= year <= this_year + 1 else this_year


def page_query(organisation, year) -> str:
    return f"?organisation={organisation.pk}&year={year}"


def plan_of(organisation, year):
    """(the organisation's standing, those directly below that recruit or matter); three queries."""
    children = Organisation.objects.filter(children_of([organisation.path])).defer("contact_phone")
    own, *below = quotas.standings(organisation, year, [organisation, *children])
    return own, [
        s for s in below if s.matters or (s.organisation.can_recruit and not s.organisation.dissolved_on)
    ]


def _neighbours(year) -> dict:
    this_year = timezone.localdate().year
    return {
        "year": year,
        "previous": year - 1 if year > actions.FIRST_YEAR else None,
        "next": year + 1 if year <= this_year else None,
    }


@require_GET
def recruitment_plan(request):
    require(access.can_view_members(request.user))
    organisation, year = organisation_asked(request, request.GET), year_asked(request)
    own, below = plan_of(organisation, year)
    above = Organisation.objects.permitted_to(request.user, "members.view")
    context = {
        "section": SECTION,
        "organisation": organisation,
        "above": above.filter(path=organisation.parent_path).first(),
        "own": own,
        "below": below,
        "branches": BRANCHES,
        "query": page_query(organisation, year),
        "may_change": access.can_hand_down_places(request.user, organisation),
        "may_export": access.can_export_members(request.user),
        **_neighbours(year),
    }
    return render(request, "members/plan.html", context)


@require_http_methods(READ_WRITE)
def recruitment_plan_edit(request, pk):
    """All places of a level on one page; `copy=1` proposes last year's."""
    rows = Organisation.objects.permitted_to(request.user, "members.view")
    organisation, year = get_object_or_404(rows, pk=pk), year_asked(request)
    require(access.can_hand_down_places(request.user, organisation))
    own, below = plan_of(organisation, year)
    below = [s for s in below if s.quota or (s.organisation.can_recruit and not s.organisation.dissolved_on)]
    may_own = access.can_give_places(request.user, organisation)
    chosen = [own, *below] if may_own else below
    ids = [standing.organisation.pk for standing in chosen]
    last = {
        q.organisation_id: q for q in RecruitmentQuota.objects.given(year - 1).filter(organisation__in=ids)
    }
    before = last if request.GET.get("copy") == "1" else {}
    form = PlanForm(request.POST or None, standings=chosen, before=before)
    if request.method == "POST" and form.is_valid():
        kwargs = {"year": year, "plans": form.plans, "by": request.user, "request": request}
        if succeeded(form, actions.give_places, **kwargs):
            done = f"已保存{year}年度{len(form.outcome)}个党组织的计划。"
            messages.success(request, done if form.outcome else "没有变化，未作修改。")
            return redirect(reverse("members:recruitment-plan") + page_query(organisation, year))
    context = {
        "section": SECTION,
        "organisation": organisation,
        "own": own,
        "may_own": may_own,
        "form": form,
        "rows": [(*row, last.get(row[0].organisation.pk)) for row in form.rows],
        "copies": bool(before),
        "has_last": bool(last),
        "query": page_query(organisation, year),
        **_neighbours(year),
    }
    return render(request, "members/plan_form.html", context)


@require_http_methods(READ_WRITE)
def recruitment_plan_export(request):
    require(access.can_export_members(request.user))
    organisation = organisation_asked(request, request.GET, "members.export")
    year, form = year_asked(request), ExportForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, _export, request=request, organisation=organisation, year=year, form=form)
    ):
        return form.outcome
    back = reverse("members:recruitment-plan") + page_query(organisation, year)
    context = {
        "section": SECTION,
        "form": form,
        "title": f"导出{year}年度发展党员计划",
        "words": f"{organisation.name}及直接下级各一行。",
        "crumbs": [crumb("发展党员", "members:recruiting"), ("计划与名额", back)],
        "back": back,
    }
    return render(request, "members/export_page.html", context)


def _export(*, request, organisation, year, form):
    own, below = plan_of(organisation, year)
    rows = [own, *below]
    return export_response(
        request=request,
        name=f"发展党员计划-{year}",
        columns=plan_columns(),
        rows=rows,
        count=len(rows),
        file_format=form.cleaned_data["file_format"],
        purpose=form.cleaned_data["purpose"],
        detail={"organisation": str(organisation), "year": year},
    )


def plan_columns() -> list[Column]:
    def of_quota(name):
        return lambda row: getattr(row.quota, name) if row.quota else None

    return [
        Column("党组织", lambda row: row.organisation.name, 30),
        Column("党组织代码", lambda row: row.organisation.code, 18),
        Column("计划名额", of_quota("places")),
        Column("其中高新技术企业名额", of_quota("high_tech_places"), 20),
        Column("已下达下级", lambda row: row.handed.total),
        Column("已发展", lambda row: row.used.total),
        Column("已发展中高新技术企业", lambda row: row.used.high_tech, 20),
        Column("预审合格待审批", lambda row: row.reserved.total, 16),
        Column("剩余", lambda row: row.left),
        Column("高新技术企业占比", lambda row: None if row.share is None else f"{row.share:.1%}", 18),
        Column("文号", of_quota("document_no"), 20),
        Column("说明", of_quota("note"), 24),
    ]
