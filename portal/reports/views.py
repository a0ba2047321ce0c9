"""Reports on the screen, on paper and as a workbook."""

import io

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from orgs import access
from orgs.exports import CONTENT_TYPES, record_export, watermark
from portal.reports.kinds import KINDS, Kind
from portal.reports.workbook import write_workbook

SECTION = "reports"


@require_safe
def report_list(request):
    """What there is to read, and what one has subscribed to."""
    access.require(access.can_view_statistics(request.user))
    context = {
        "section": SECTION,
        "kinds": [(kind, page_of(kind)) for kind in KINDS.values() if kind.may_view(request.user)],
    }
    return render(request, "portal/report_list.html", context)


def page_of(kind: Kind) -> str:
    return reverse(f"portal:report-{kind.code}")


@require_safe
def report(request, kind: Kind):
    """As a page that prints; each number opens the list of what it counts."""
    access.require(kind.may_view(request.user))
    form, found = kind.asked(request.user, request.GET)
    context = {
        "section": SECTION,
        "kind": kind,
        "form": form,
        "report": found,
        "file_url": reverse(f"portal:report-{kind.code}-file"),
    }
    return render(request, "portal/report.html", context)


@require_safe
def report_file(request, kind: Kind):
    """The same as a workbook. With names in it, it is an export: counted, and in the audit trail."""
    user = request.user
    access.require(kind.may_view(user))
    _, found = kind.asked(user, request.GET)
    back = f"{page_of(kind)}?{request.GET.urlencode()}"
    if found is None:
        return redirect(back)
    try:
        file = _workbook(request, kind, found)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect(back)
    return FileResponse(
        file, as_attachment=True, filename=found.file_name, content_type=CONTENT_TYPES["xlsx"]
    )


@transaction.atomic
def _workbook(request, kind, found):
    listing = kind.listing(request.user, found.organisation, found.on)
    stamp = f"制表人：{request.user}　制表时间：{timezone.localtime():%Y-%m-%d %H:%M}"
    if listing:
        event = record_export(
            request=request,
            name=found.title,
            count=len(listing.rows),
            file_format="xlsx",
            purpose=kind.title,
            detail={"organisation": found.organisation.code, "on": found.on},
        )
        stamp = watermark(event, kind.title)
    file = io.BytesIO()
    write_workbook(file, found, stamp=stamp, listing=listing)
    file.seek(0)
    return file
