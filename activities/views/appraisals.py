"""The yearly appraisal: which branches have one, its grades, and the form that takes them all."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from activities import access, roster
from activities.actions.appraisals import FIELDS, meetings_of, record_appraisal
from activities.appraisal_filters import AppraisalFilter
from activities.forms.duties import EARLIEST_YEAR, AppraisalForm, GradeForm, default_day
from activities.models import Appraisal, Grade
from activities.validators import most_excellent
from activities.views.duties import SECTION, own_branch
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.kinds import BRANCHES
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.pages import render_list

STALE = "评议日期改变后，参加评议的党员有变化，名单已更新，请核对后再保存。"


@require_GET
def appraisal_list(request):
    require(access.can_view_appraisals(request.user))
    filterset = AppraisalFilter(
        request.GET, queryset=Appraisal.objects.visible_to(request.user), request=request
    )
    rows = filterset.qs.select_related("organisation").with_counts()
    context = {
        "section": SECTION,
        "tab": "appraisals",
        "own_branch": own_branch(request.user),
        "filterset": filterset,
        "page": keyset_page(rows, request.GET, sorts={"year": "year"}, default="-year"),
        "matching": filterset.qs.count(),
        "year": timezone.localdate().year,
    }
    return render_list(request, "activities/appraisal_list.html", context)


@require_GET
def appraisal(request, pk):
    rows = Appraisal.objects.visible_to(request.user).select_related("organisation", "activity")
    found = get_object_or_404(rows, pk=pk)
    grades = list(found.grades.select_related("member").defer("member__identity_number", "member__mobile"))
    grades.sort(key=lambda row: ([*Grade.values, ""].index(row.grade), row.member.pinyin))
    full = roster.full_on([found.organisation], found.held_on).count()
    context = {
        "section": SECTION,
        "appraisal": found,
        "grades": grades,
        "full": full,
        "excellent": sum(1 for row in grades if row.grade == Grade.EXCELLENT),
        "most": most_excellent(full),
        "may_change": access.can_appraise_at(request.user, found.organisation),
    }
    return render(request, "activities/appraisal.html", context)


@require_http_methods(["GET", "POST"])
def appraisal_edit(request, pk, year):
    """All full members of the branch in one form. A line left empty is not stored."""
    rows = Organisation.objects.permitted_to(request.user, "activities.view").filter(kind__in=BRANCHES)
    organisation = get_object_or_404(rows, pk=pk)
    require(access.can_appraise_at(request.user, organisation))
    if not EARLIEST_YEAR <= year <= timezone.localdate().year:
        raise Http404("没有这一年度。")
    stored = Appraisal.objects.filter(organisation=organisation, year=year).first()
    form, lines, members = _forms(request, organisation, year, stored)
    if request.method == "POST" and form.is_valid() and _is_stale(request, lines):
        form.add_error("held_on", STALE)
    posted = request.method == "POST" and all([form.is_valid(), *(line.is_valid() for line in lines)])
    if posted and succeeded(form, record_appraisal, **_values(request, organisation, year, form, lines)):
        messages.success(request, f"已保存{year}年度民主评议结果。")
        return redirect("activities:appraisal", form.outcome.pk)
    full = list(lines)
    context = {
        "section": SECTION,
        "organisation": organisation,
        "year": year,
        "form": form,
        "lines": full,
        "most": most_excellent(len(full)),
        "probationary": [one for one in members if one.pk not in {line.member.pk for line in lines}],
        "back": reverse("activities:duty-branch", args=[organisation.pk]),
    }
    return render(request, "activities/appraisal_form.html", context)


def _is_stale(request, lines) -> bool:
    """The form that was sent was drawn for another day, with other people."""
    sent = {name.removesuffix("-grade") for name in request.POST if name.endswith("-grade")}
    return sent != {line.prefix for line in lines}


def _forms(request, organisation, year, stored):
    """The form of the whole, one for each full member of the day, and everybody at home on it."""
    meetings = meetings_of(organisation, year).order_by("-held_on", "-pk")
    first = meetings.first()
    initial = {"held_on": default_day(year, first), "activity": first}
    if stored:
        initial = {name: getattr(stored, name, None) for name in AppraisalForm.base_fields}
        initial["seen_at"] = stored.updated_at.isoformat()
    data = request.POST if request.method == "POST" else None
    form = AppraisalForm(data, initial=initial, meetings=meetings)
    day = form.cleaned_data.get("held_on") if data and form.is_valid() else initial["held_on"]
    day = day or initial["held_on"]
    members = list(roster.members_on([organisation], day).defer("identity_number", "mobile"))
    full = set(roster.full_on([organisation], day).values_list("pk", flat=True))
    known = {row.member_id: row for row in stored.grades.all()} if stored else {}
    lines = [
        GradeForm(
            data,
            member=one,
            initial={name: getattr(known[one.pk], name) for name in FIELDS} if one.pk in known else {},
        )
        for one in members
        if one.pk in full
    ]
    return form, lines, members


def _values(request, organisation, year, form, lines) -> dict:
    return {
        **form.cleaned_data,
        "organisation": organisation,
        "year": year,
        "grades": {line.member.pk: line.cleaned_data for line in lines if line.says_something},
        "by": request.user,
        "request": request,
    }
