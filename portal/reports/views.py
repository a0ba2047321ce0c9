"""Reports on the screen, on paper and as a workbook."""

import io

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orgs import access, replica
from orgs.exports import CONTENT_TYPES, record_export, watermark
from orgs.paging import keyset_page
from orgs.views.files import read_or_say
from orgs.views.pages import act
from orgs.views.responses import say_faults
from portal.models import ReportFile, ReportSubscription
from portal.reports import subscriptions
from portal.reports.coverage import BY
from portal.reports.forms import SubscriptionForm
from portal.reports.kinds import KINDS, Kind
from portal.reports.workbook import write_workbook

SECTION = "reports"


@require_safe
def report_list(request):
    """What there is to read, what one has subscribed to, and what came of that."""
    user = request.user
    access.require(access.can_view_statistics(user))
    wanted = ReportSubscription.objects.visible_to(user).select_related("organisation")
    files = ReportFile.objects.visible_to(user).current().select_related("organisation")
    context = {
        "section": SECTION,
        "kinds": [(kind, page_of(kind)) for kind in KINDS.values() if kind.may_view(user)],
        "subscriptions": [(one, KINDS[one.report], lines_of(one)) for one in wanted],
        "page": keyset_page(files, request.GET, sorts={"made": "uploaded_at"}, default="-made"),
        "kept_days": subscriptions.KEPT.days,
    }
    return render(request, "portal/report_list.html", context)


def lines_of(row) -> str:
    return f"按{BY[row.by][0]}" if row.by else ""


def page_of(kind: Kind) -> str:
    return reverse(f"portal:report-{kind.code}")


@require_safe
def report(request, kind: Kind):
    """As a page that prints; each number opens the list of what it counts."""
    access.require(kind.may_view(request.user))
    form, found = replica.read(kind.asked, request.user, request.GET)
    context = {
        "section": SECTION,
        "kind": kind,
        "form": form,
        "report": found,
        "file_url": reverse(f"portal:report-{kind.code}-file"),
        "subscribe_url": reverse(f"portal:report-{kind.code}-subscribe"),
    }
    return render(request, "portal/report.html", context)


@require_safe
def report_file(request, kind: Kind):
    """The same as a workbook. With names in it, it is an export: counted, and in the audit trail."""
    user = request.user
    access.require(kind.may_view(user))
    _, found = replica.read(kind.asked, user, request.GET)
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


# --- Reports that come by themselves ----------------------------------------------------------------------------


@require_POST
def subscribe(request, kind: Kind):
    """To the report as the page shows it, of whatever month or year."""
    access.require(kind.may_view(request.user))
    form = SubscriptionForm(request.POST, organisations=kind.organisations(request.user), kind=kind)
    if not form.is_valid():
        say_faults(request, form)
        return redirect(page_of(kind))
    values = {"report": kind.code, **form.cleaned_data}
    act(
        request,
        f"已订阅{kind.title}，{kind.rhythm}生成，完成后发消息提醒您。",
        subscriptions.subscribe,
        **values,
    )
    return redirect("portal:report-list")


@require_POST
def unsubscribe(request, pk):
    found = get_object_or_404(ReportSubscription.objects.visible_to(request.user), pk=pk)
    act(request, "已退订，已生成的文件保留到期满。", subscriptions.unsubscribe, subscription=found)
    return redirect("portal:report-list")


@require_safe
def saved_file(request, pk):
    """A workbook that was written for the person, while they may still read such a report."""
    rows = ReportFile.objects.visible_to(request.user).current().select_related("organisation")
    file = get_object_or_404(rows, pk=pk)
    access.require(
        subscriptions.may_read(request.user, file),
        "您已没有查看这份报表的权限，请联系上级党组织的系统管理员。",
    )
    return read_or_say(request, subscriptions.read, file) or redirect("portal:report-list")
