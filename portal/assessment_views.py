"""考核指数: the list, an index with its table of points, one organisation's own calculation, drafting, the file."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms.choose import PlaceForm
from orgs import access
from orgs.exports import Column, export_response
from orgs.forms.actions import succeeded
from orgs.forms.exports import ExportForm
from orgs.kinds import OrganisationKind
from orgs.models import Organisation
from orgs.views.pages import act
from portal import assessment_actions as actions
from portal.assessments import (
    ALL_MEASURES,
    Sheet,
    list_behind,
    period_asked_for,
    period_words,
    periods,
    seen_by,
)
from portal.leaderboards import LEVELS
from portal.models import Assessment
from portal.models.assessments import AssessmentState, Period

SECTION = "assessments"
READ_WRITE = ["GET", "HEAD", "POST"]
MOST_ROWS = 300


def can_add_assessment(user) -> bool:
    """Somewhere: whoever keeps organisations and reads their statistics."""
    return access.has(user, "organisations.change") and access.has(user, "statistics.view")


def can_change_assessment(user, assessment) -> bool:
    """The committee that assesses: whoever keeps its organisations."""
    return access.can_change_organisation(user, assessment.organisation)


class AssessmentForm(PlaceForm):
    """An index with one line for each measure; a measure without a weight is not part of it."""

    name = forms.CharField(label="指数名称", max_length=60)
    period = forms.ChoiceField(label="考核周期", choices=Period.choices)
    level = forms.TypedChoiceField(label="考核对象", coerce=int, choices=LEVELS)
    kind = forms.ChoiceField(
        label="考核对象类别", required=False, choices=[("", "不限"), *OrganisationKind.choices]
    )
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, assessment=None, **kwargs):
        items = {item.measure: item for item in assessment.items.all()} if assessment else {}
        if assessment is not None:
            stored = {name: getattr(assessment, name) for name in actions.FIELDS}
            kwargs["initial"] = stored | {"seen_at": assessment.updated_at.isoformat()}
        places = Organisation.objects.permitted_to(user, "organisations.change").active()
        super().__init__(*args, user=user, places=places, **kwargs)
        self.fields["organisation"].label = "考核党组织"
        if assessment is not None:
            del self.fields["organisation"]
        for code, measure in ALL_MEASURES.items():
            item = items.get(code)
            for name, label, most in PARTS:
                field = forms.DecimalField(
                    label=f"{measure.name}：{label}",
                    required=False,
                    initial=item and getattr(item, name).normalize().__format__("f"),
                    max_value=most,
                    min_value=0,
                    decimal_places=1 if name == "weight" else 2,
                )
                field.widget.attrs |= {"class": "form-control"}
                self.fields[f"{name}_{code}"] = field

    @property
    def lines(self):
        """(measure, its three fields) for the template."""
        return [
            (measure, [self[f"{name}_{code}"] for name, _, _ in PARTS])
            for code, measure in ALL_MEASURES.items()
        ]

    @property
    def facts(self):
        names = [name for name in ("organisation", *actions.FIELDS) if name in self.fields]
        return [self[name] for name in names]

    def clean(self):
        cleaned = super().clean()
        for code in ALL_MEASURES:
            given = [cleaned.get(f"{name}_{code}") for name, _, _ in PARTS]
            if given[0] and None in given:
                self.add_error(f"weight_{code}", "填了权重的指标，请同时填写零分值和满分值。")
        return cleaned

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in actions.FIELDS}

    @property
    def items(self) -> list[dict]:
        return [
            {"measure": code, **{name: self.cleaned_data[f"{name}_{code}"] for name, _, _ in PARTS}}
            for code in ALL_MEASURES
            if self.cleaned_data.get(f"weight_{code}")
        ]


PARTS = (("weight", "权重", 100), ("zero_at", "零分值", 1_000_000), ("full_at", "满分值", 1_000_000))


@require_safe
def assessment_list(request):
    user = request.user
    access.require(access.can_view_statistics(user))
    rows = Assessment.objects.visible_to(user).select_related("organisation")
    context = {
        "section": SECTION,
        "rows": rows.exclude(state=AssessmentState.CLOSED),
        "closed": rows.filter(state=AssessmentState.CLOSED),
        "may_add": can_add_assessment(user),
    }
    return render(request, "portal/assessment_list.html", context)


def _visible(request, pk) -> Assessment:
    rows = Assessment.objects.visible_to(request.user).select_related("organisation", "replaces")
    return get_object_or_404(rows, pk=pk)


def _changeable(request, pk) -> Assessment:
    found = _visible(request, pk)
    access.require(can_change_assessment(request.user, found))
    return found


def _period(request, assessment) -> dt.date:
    found = period_asked_for(assessment, request.GET.get("period") or request.POST.get("period") or "")
    if found is None:
        raise Http404
    return found


def _sheet(request, assessment) -> Sheet:
    return seen_by(request.user, assessment, _period(request, assessment))


@require_safe
def assessment(request, pk):
    """The rule and, for a period, everybody's points; an organisation assessed sees its own row."""
    found = _visible(request, pk)
    board = _sheet(request, found)
    may_change = can_change_assessment(request.user, found)
    context = {
        "section": SECTION,
        "assessment": found,
        "sheet": board,
        "results": board.results[:MOST_ROWS],
        "more": max(len(board.results) - MOST_ROWS, 0),
        "words": period_words(found, board.ends_on),
        "periods": [(str(day), period_words(found, day)) for day in periods(found)],
        "measures": [(item, ALL_MEASURES[item.measure]) for item in board.items],
        "weights": sum(item.weight for item in board.items),
        "level": dict(LEVELS)[found.level],
        "may_change": may_change,
        "may_export": access.has_at(request.user, "export", found.organisation),
    }
    return render(request, "portal/assessment.html", context)


@require_safe
def assessment_result(request, pk, organisation):
    """每一分怎么来的: value, rule, list behind and points of one organisation."""
    found = _visible(request, pk)
    board = _sheet(request, found)
    result = next((r for r in board.results if r.organisation.pk == organisation), None)
    if result is None:
        raise Http404
    context = {
        "section": SECTION,
        "assessment": found,
        "sheet": board,
        "words": period_words(found, board.ends_on),
        "result": result,
        "count": sum(1 for r in board.results if r.rank),
        "lines": [
            (part, list_behind(request.user, result.organisation, part.item, board.on))
            for part in result.parts
        ],
    }
    return render(request, "portal/assessment_result.html", context)


# --- Drafting ---------------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def assessment_new(request):
    access.require(can_add_assessment(request.user))
    form = AssessmentForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        given = {
            "organisation": form.cleaned_data["organisation"],
            "values": form.values,
            "items": form.items,
        }
        if succeeded(form, actions.add_assessment, by=request.user, request=request, **given):
            messages.success(request, "草稿已保存。权重之和为100后可以发布。")
            return redirect("portal:assessment", form.outcome.pk)
    return _form_page(request, form, "新建考核指数")


@require_http_methods(READ_WRITE)
def assessment_edit(request, pk):
    found = _changeable(request, pk)
    if not found.is_draft:
        messages.error(request, "已发布的考核指数不能修改，请修订为新版本。")
        return redirect("portal:assessment", pk)
    form = AssessmentForm(request.POST or None, user=request.user, assessment=found)
    if request.method == "POST" and form.is_valid():
        given = {"values": form.values, "items": form.items, "seen_at": form.cleaned_data["seen_at"]}
        if succeeded(
            form, actions.change_assessment, assessment=found, by=request.user, request=request, **given
        ):
            messages.success(request, "草稿已保存。")
            return redirect("portal:assessment", pk)
    return _form_page(request, form, "修改考核指数", found)


def _form_page(request, form, title, found=None):
    context = {"section": SECTION, "form": form, "title": title, "assessment": found}
    return render(request, "portal/assessment_form.html", context)


@require_POST
def assessment_publish(request, pk):
    found = _changeable(request, pk)
    act(request, "已发布，考核对象可以看到。", actions.publish_assessment, assessment=found)
    return redirect("portal:assessment", pk)


@require_POST
def assessment_revise(request, pk):
    found = _changeable(request, pk)
    if act(request, "已生成新版本的草稿。", actions.revise_assessment, assessment=found):
        return redirect("portal:assessment-edit", Assessment.objects.get(replaces=found).pk)
    return redirect("portal:assessment", pk)


@require_POST
def assessment_delete(request, pk):
    found = _changeable(request, pk)
    if act(request, "草稿已删除。", actions.delete_draft, assessment=found):
        return redirect("portal:assessment-list")
    return redirect("portal:assessment", pk)


@require_POST
def assessment_freeze(request, pk):
    found = _changeable(request, pk)
    ends_on = _period(request, found)
    act(
        request,
        f"{period_words(found, ends_on)}的结果已冻结，以后数据变化不再影响。",
        actions.freeze_period,
        assessment=found,
        ends_on=ends_on,
    )
    response = redirect("portal:assessment", pk)
    response["Location"] += f"?period={ends_on}"
    return response


# --- The file ---------------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def assessment_export(request, pk):
    found = _visible(request, pk)
    access.require(access.has_at(request.user, "export", found.organisation))
    board = _sheet(request, found)
    words = period_words(found, board.ends_on)
    form = ExportForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, _export, request=request, board=board, words=words, **form.cleaned_data)
    ):
        return form.outcome
    back = f"{reverse('portal:assessment', args=[pk])}?period={board.ends_on}"
    context = {
        "section": SECTION,
        "form": form,
        "title": "导出考核得分",
        "words": f"{words}，共{len(board.results)}个党组织{'' if board.round else '，尚未冻结，仅供参考'}。",
        "crumbs": [("考核指数", reverse("portal:assessment-list")), (found.name, back)],
        "back": back,
    }
    return render(request, "members/export_page.html", context)


def _export(*, request, board, words, file_format, purpose):
    return export_response(
        request=request,
        name=f"{board.assessment.name}{words}{'' if board.round else '（未冻结）'}",
        columns=columns(board),
        rows=board.results,
        count=len(board.results),
        file_format=file_format,
        purpose=purpose,
        detail={"assessment": str(board.assessment), "period": words},
    )


def columns(board) -> list[Column]:
    found = [
        Column("名次", lambda row: row.rank, 8),
        Column("党组织", lambda row: row.organisation.name, 36),
        Column("党组织代码", lambda row: row.organisation.code, 14),
        Column("总分", lambda row: row.points, 10),
    ]
    for index, item in enumerate(board.items):
        measure = ALL_MEASURES[item.measure]
        found += [
            Column(f"{measure.name}（{measure.unit}）", lambda row, index=index: row.parts[index].value, 16),
            Column(f"{measure.name}得分", lambda row, index=index: row.parts[index].points, 12),
        ]
    return found
