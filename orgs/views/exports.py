"""One's own long exports: what is being written, what can be fetched."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from imports.models import JobState
from orgs import export_jobs
from orgs.exports import KEPT
from orgs.models import ListExport
from orgs.paging import keyset_page
from orgs.views.files import read_or_say
from orgs.views.pages import act

SECTION = "exports"
SILENT_AFTER = dt.timedelta(seconds=60)


def own(request):
    return ListExport.objects.visible_to(request.user).current().select_related("job", "file")


@require_safe
def export_list(request):
    page = keyset_page(own(request), request.GET, sorts={"made": "created_at"}, default="-made")
    return render(
        request, "orgs/export_list.html", {"section": SECTION, "page": page, "kept_days": KEPT.days}
    )


@require_safe
def export(request, pk):
    """Where one waits for the file and fetches it."""
    found = get_object_or_404(own(request), pk=pk)
    return render(request, "orgs/export_wait.html", _context(found))


@require_safe
def export_progress(request, pk):
    """What the page asks for while it waits; when the job has ended the page is told to load anew."""
    found = get_object_or_404(own(request), pk=pk)
    if found.job.is_finished:
        return HttpResponse(headers={"HX-Refresh": "true"}) if request.htmx else redirect("orgs:export", pk)
    return render(request, "orgs/_export_progress.html", _context(found))


def _context(export) -> dict:
    job = export.job
    sign = (job.heartbeat_at if job.state == JobState.RUNNING else job.sent_at) or job.created_at
    return {
        "section": SECTION,
        "export": export,
        "job": job,
        "silent": not job.is_finished and timezone.now() - sign > SILENT_AFTER,
        "kept_until": export.expires_on - dt.timedelta(days=1),
    }


@require_safe
def export_file(request, pk):
    found = get_object_or_404(own(request).filter(file__isnull=False), pk=pk)
    return read_or_say(request, export_jobs.read, found.file) or redirect("orgs:export", pk)


@require_POST
def export_remove(request, pk):
    found = get_object_or_404(own(request), pk=pk)
    words = f"已删除“{found.name}”的文件。" if found.written else f"已取消导出“{found.name}”。"
    act(request, words, export_jobs.remove, export=found)
    return redirect("orgs:export-list")
