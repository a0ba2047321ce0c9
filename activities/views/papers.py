"""Minutes, sign-in sheets and record books, as a page to print and as a Word document."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from activities import access
from activities.actions import papers as actions
from activities.models import Activity
from activities.views.signing import SECTION
from orgs.access import require
from orgs.models import Organisation
from orgs.paper import docx_response, paper_document

PAGE, FILE = "页面", "docx"
FIRST_YEAR = 1990


def _activity(request, pk):
    rows = Activity.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


def _file_of(papers, organisation, name):
    return docx_response(paper_document(papers, author=str(organisation)), f"{name}.docx")


def _page(request, papers, name, *, file_url, back):
    context = {"section": SECTION, "papers": papers, "name": name, "file_url": file_url, "back": back}
    return render(request, "activities/paper.html", context)


@require_GET
def minutes(request, pk):
    """For those who see the record: it names the same people."""
    activity = _activity(request, pk)
    paper = actions.take_minutes(activity=activity, by=request.user, file_format=PAGE, request=request)
    return _page(
        request,
        [paper],
        "会议记录",
        file_url=reverse("activities:minutes-file", args=[pk]),
        back=reverse("activities:activity", args=[pk]),
    )


@require_GET
def minutes_file(request, pk):
    activity = _activity(request, pk)
    paper = actions.take_minutes(activity=activity, by=request.user, file_format=FILE, request=request)
    return _file_of([paper], activity.organisation, f"{activity.held_on} {activity.title}")


def _changeable(request, pk):
    activity = _activity(request, pk)
    require(access.can_change_activity(request.user, activity))
    return activity


@require_GET
def sign_in_sheet(request, pk):
    activity = _changeable(request, pk)
    paper = actions.take_sheet(activity=activity, by=request.user, file_format=PAGE, request=request)
    return _page(
        request,
        [paper],
        "签到表",
        file_url=reverse("activities:sign-in-sheet-file", args=[pk]),
        back=reverse("activities:activity", args=[pk]),
    )


@require_GET
def sign_in_sheet_file(request, pk):
    activity = _changeable(request, pk)
    paper = actions.take_sheet(activity=activity, by=request.user, file_format=FILE, request=request)
    return _file_of([paper], activity.organisation, f"签到表 {activity.title}")


@require_GET
def record_book(request, pk):
    """The year's record book of an organisation as one file; `?year=`, by default this year."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    require(access.can_view_activities_at(request.user, organisation))
    year = _year(request)
    try:
        papers = actions.take_book(
            organisation=organisation, year=year, by=request.user, file_format=FILE, request=request
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("activities:activity-list")
    return _file_of(papers, organisation, f"{organisation}{year}年度组织生活记录本")


def _year(request) -> int:
    text, today = request.GET.get("year", ""), timezone.localdate()
    return (
        int(text)
        if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= today.year
        else today.year
    )
