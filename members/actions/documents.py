"""Documents of recruiting: put one on file, withdraw one, read one. One transaction and one audit event each.

Callers have checked access (`members.access.can_take_case_step`, `can_read_document`).
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from members.actions.register import record
from members.models import CaseDocument, RecruitmentCase
from members.recruiting import state
from members.recruiting.documents import kinds, reached
from members.recruiting.steps import LAST, STEPS
from orgs import uploads
from orgs.guards import demand_reason
from orgs.limits import refuse_excess
from orgs.models import AuditAction


def add_document(*, case, number: int, kind: str, upload, by, request=None) -> CaseDocument:
    """One file for one step. Source: 发展党员工作细则 art. 37 (what the file of a member holds)."""
    if number not in STEPS:
        raise ValidationError({"number": "没有这个步骤。"})
    if kind not in kinds(number):
        raise ValidationError({"kind": f"第{number}步没有“{kind}”这项材料，请从列表中选择或选“其他”。"})
    _refuse_closed(case, number)
    accepted = uploads.accept(upload)  # before the lock: a scan may take its time
    with uploads.keeping() as files:
        stored = _locked(case)
        _refuse_closed(stored, number)
        _refuse_ahead(stored, number)
        _refuse_twice(stored, number, accepted)
        document = CaseDocument(case=stored, number=number, kind=kind)
        files.keep(document, accepted, by=by)
        _record(document, AuditAction.UPDATE, by, request, act="上传", sha256=document.sha256)
    return document


def _locked(case) -> RecruitmentCase:
    rows = RecruitmentCase.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=case.pk)


def _refuse_closed(case, number):
    """The list of the archive is often scanned when the case is closed; anything else asks for the step to be reopened."""
    if case.stopped_on:
        raise ValidationError("该发展记录已终止，材料不再变动。")
    if case.closed_on and number != LAST:
        raise ValidationError(
            f"该发展记录已办结，只能补充第{LAST}步“{STEPS[LAST]}”的材料；其他步骤的材料请先由上级退回更正第{LAST}步。"
        )


def _refuse_ahead(case, number):
    furthest = reached(list(case.records.all()), state.state_of(case))
    if number > furthest:
        raise ValidationError(f"第{number}步还没有开始，现在可以上传第1至{furthest}步的材料。")


def _refuse_twice(case, number, accepted):
    same = case.documents.on_file().filter(number=number, sha256=accepted.sha256).first()
    if same is not None:
        raise ValidationError(
            f"“{accepted.name}”与这一步已有的“{same.file_name}”（{same.kind}）内容相同，无须重复上传。"
        )


@transaction.atomic
def withdraw_document(*, document, reason: str, by, request=None) -> CaseDocument:
    """Filed by mistake. The row and the file stay, for the superior body to look into."""
    case = _locked(document.case)
    stored = CaseDocument.objects.select_for_update().get(pk=document.pk)
    stored.case = case
    if stored.withdrawn_at:
        raise ValidationError("该材料已撤回。")
    reason = demand_reason(reason, "撤回")
    _refuse_closed(case, stored.number)
    stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_reason = timezone.now(), by, reason
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _record(stored, AuditAction.UPDATE, by, request, act="撤回")
    document.refresh_from_db()
    return stored


@transaction.atomic
def read_document(*, document, by, request=None) -> HttpResponse:
    """The file as a download; on record, and counted among what a person may take out in an hour."""
    refuse_excess(actor=by, action=AuditAction.REVEAL)
    response = uploads.download(document)
    _record(document, AuditAction.REVEAL, by, request, act="下载")
    return response


def _record(document, action, by, request, *, act, **detail):
    """On the trail of the case, without the name of the file, which may hold anything."""
    detail = {"document": act, "step": document.number, "kind": document.kind, "id": document.pk} | detail
    record(document.case, action, by=by, detail=detail, request=request)
