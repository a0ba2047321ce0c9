"""Prints of recruiting: one case's papers as page and file, the list as a table to print and as a workbook."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from members import access
from members.actions import prints as actions
from members.prints.catalogue import find_offer
from members.prints.dossier import dossier_of
from members.prints.roster import MOST_PRINTED, TITLE, roster_columns, roster_paper
from members.views.recruiting import DUE_DAY, SECTION, filtered, visible_case
from orgs.access import require
from orgs.exports import export_response, record_export, watermark
from orgs.paper import docx_response
from orgs.views.pages import export_page

# --- One case -----------------------------------------------------------------------------------------


def offered(request, pk, slug):
    """The case and its print; a print that the case has not got does not exist."""
    case = visible_case(request, pk)
    require(access.can_read_findings(request.user, case))
    offer = find_offer(dossier_of(case, request.user), slug)
    if offer is None:
        raise Http404
    return case, offer


@require_GET
def case_print(request, pk, slug):
    """The paper as it leaves the printer, on the screen."""
    case, offer = offered(request, pk, slug)
    paper = actions.take_page(case=case, offer=offer, by=request.user, request=request)
    context = {"section": SECTION, "case": case, "offer": offer, "papers": [paper]}
    return render(request, "members/case_print.html", context)


@require_GET
def case_print_file(request, pk, slug):
    case, offer = offered(request, pk, slug)
    content = actions.take_file(case=case, offer=offer, by=request.user, request=request)
    return docx_response(content, actions.file_name(case, offer))


# --- The list -----------------------------------------------------------------------------------------


@require_GET
def roster(request):
    """发展党员情况一览表 of the list as it is filtered, wide, to print; for those who keep the records."""
    require(access.can_change_members(request.user))
    filterset, rows = filtered(request, "members.change")
    purpose = "打印"
    if filterset.faults:
        messages.error(request, "".join(filterset.faults))
        return redirect("members:recruiting-list")
    try:
        count = _printable(rows.count())
        event = record_export(
            request=request,
            name=TITLE,
            count=count,
            file_format="页面",
            purpose=purpose,
            detail={"filter": filterset.chosen_words},
        )
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect(f"{reverse('members:recruiting-list')}?{request.GET.urlencode()}")
    cases = rows.order_by(DUE_DAY, "pk")
    papers = [roster_paper(cases, filterset.chosen_words, watermark(event, purpose))]
    return render(request, "members/case_roster.html", {"section": SECTION, "papers": papers})


def _printable(count: int) -> int:
    if count > MOST_PRINTED:
        raise ValidationError(f"共{count}人，一次最多打印{MOST_PRINTED}人，请缩小筛选范围或导出Excel。")
    return count


@require_http_methods(["GET", "POST"])
def recruiting_export(request):
    """The same as a file, without rows that are read by a borrowed or a reading appointment."""
    require(access.can_export_members(request.user))
    filterset, rows = filtered(request, "members.export")
    return export_page(
        request,
        filterset,
        partial(_export, rows=rows),
        section=SECTION,
        title="导出发展党员情况一览表",
        list_url="members:recruiting-list",
        note="文件不含证件号码和手机号码。请妥善保管，用后删除。",
        count=rows.count(),
    )


def _export(*, request, filterset, rows, count, **answers):
    return export_response(
        request=request,
        name=TITLE,
        columns=roster_columns(),
        rows=rows.order_by("organisation_id", "pinyin", "pk").iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )
