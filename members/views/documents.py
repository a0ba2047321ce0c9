"""Documents of a case: put on file, read, withdrawn; and the check list of its archive."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from members import access
from members.actions import documents as actions
from members.case_files import case_files
from members.forms.documents import DocumentsForm
from members.forms.recruiting import CaseReasonForm
from members.models import CaseDocument
from members.recruiting import state
from members.recruiting.steps import STEPS
from members.views.recruiting import SECTION, visible_case
from orgs.access import require
from orgs.forms.actions import call, succeeded
from orgs.views.responses import say_faults


@require_POST
def case_documents(request, pk, number):
    """Each file is kept or refused by itself, so that one bad photo does not cost the nine good ones."""
    case = visible_case(request, pk)
    if number not in STEPS:
        raise Http404
    require(access.can_take_case_step(request.user, case, STEPS[number]))
    form = DocumentsForm(request.POST, request.FILES, number=number)
    if form.is_valid():
        _add(request, case, number, **form.cleaned_data)
    else:
        say_faults(request, form)
    return _back(request, pk, number)


def _add(request, case, number, *, kind, files):
    values = {"case": case, "number": number, "kind": kind, "by": request.user, "request": request}
    kept = 0
    for file in files:
        try:
            call(actions.add_document, upload=file, **values)
        except ValidationError as error:
            messages.error(request, "".join(error.messages))
        else:
            kept += 1
    if kept:
        messages.success(request, f"已上传第{number}步的“{kind}”{kept}份。")


def _back(request, pk, number):
    """To the case, with this step's documents open. The script that shows the progress goes there itself."""
    url = f"{reverse('members:case', args=[pk])}?documents={number}"
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def _document(request, pk, document) -> CaseDocument:
    rows = CaseDocument.objects.visible_to(request.user).select_related("case__organisation")
    return get_object_or_404(rows, case=pk, public_id=document)


@require_safe
def case_document(request, pk, document):
    """The file. Recorded, although it is read by GET: a link is what phones and browsers can save."""
    found = _document(request, pk, document)
    require(access.can_read_document(request.user, found))
    try:
        return actions.read_document(document=found, by=request.user, request=request)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return _back(request, pk, found.number)


@require_POST
def case_document_withdraw(request, pk, document):
    found = _document(request, pk, document)
    require(access.can_take_case_step(request.user, found.case, STEPS[found.number]))
    form = CaseReasonForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, actions.withdraw_document, document=found, **form.cleaned_data, **who
    ):
        messages.success(request, f"已撤回第{found.number}步的“{found.kind}”，原文件由上级党组织可查。")
    else:
        say_faults(request, form)
    return _back(request, pk, found.number)


@require_safe
def case_archive(request, pk):
    """What the archive of the case should hold, holds and lacks: the check list of step 25."""
    case = visible_case(request, pk)
    records = list(case.records.select_related("reversal"))
    files = case_files(request.user, case, records, state.replay_fetched(records))
    context = {
        "section": SECTION,
        "case": case,
        "files": files,
        "may_read": access.can_read_findings(request.user, case),
    }
    return render(request, "members/case_archive.html", context)
