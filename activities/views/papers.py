"""Minutes, sign-in sheets and record books, as a page to print and as a Word document."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from activities import access
from activities.actions import papers as actions
from activities.forms.papers import BookForm
from activities.views.records import SECTION, changeable, visible
from members.views.pages import crumb, form_page
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.paper import docx_response, paper_document

PAGE, FILE = "页面", "docx"


def _file_of(papers, organisation, name):
    return docx_response(paper_document(papers, author=str(organisation)), f"{name}.docx")


def _page(request, papers, name, *, file_url, back):
    context = {"section": SECTION, "papers": papers, "name": name, "file_url": file_url, "back": back}
    return render(request, "activities/paper.html", context)


@require_GET
def minutes(request, pk):
    """For those who see the record: it names the same people."""
    activity = visible(request, pk)
    paper = actions.take_minutes(activity=activity, by=request.user, file_format=PAGE, request=request)
    may_file = access.can_change_activity(request.user, activity)
    return _page(
        request,
        [paper],
        "会议记录",
        file_url=reverse("activities:minutes-file", args=[pk]) if may_file else "",
        back=reverse("activities:activity", args=[pk]),
    )


@require_GET
def minutes_file(request, pk):
    """A file leaves the portal: for those who keep the record."""
    activity = changeable(request, pk)
    paper = actions.take_minutes(activity=activity, by=request.user, file_format=FILE, request=request)
    return _file_of([paper], activity.organisation, f"{activity.held_on} {activity.title}")


@require_GET
def sign_in_sheet(request, pk):
    activity = changeable(request, pk)
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
    activity = changeable(request, pk)
    paper = actions.take_sheet(activity=activity, by=request.user, file_format=FILE, request=request)
    return _file_of([paper], activity.organisation, f"签到表 {activity.title}")


@require_http_methods(["GET", "POST"])
def record_book(request, pk):
    """The year's record book of an organisation as one file, for those who keep its records."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    require(access.can_change_activities_at(request.user, organisation))
    form = BookForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(
            form,
            actions.take_book,
            organisation=organisation,
            request=request,
            **form.cleaned_data,
        )
    ):
        name = f"{organisation}{form.cleaned_data['year']}年度组织生活记录本"
        return docx_response(form.outcome, f"{name}.docx")
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"年度记录本：{organisation}",
        submit="下载 Word",
        crumbs=[crumb("组织生活", "activities:duty-branch", pk)],
        back=reverse("activities:duty-branch", args=[pk]),
        note="把全年的活动记录合成一个 Word 文件，含到会人员姓名；下载记入审计日志。",
    )
