"""Taking a print of a recruiting case: the page or the file, each an entry of the trail."""

from django.db import transaction

from members.actions.register import record
from orgs.models import AuditAction
from orgs.paper import Paper, paper_document


@transaction.atomic
def take_page(*, case, offer, by, request=None) -> Paper:
    """The caller has checked `members.access.can_read_findings`."""
    return _taken(case, offer, "页面", by, request)


@transaction.atomic
def take_file(*, case, offer, by, request=None) -> bytes:
    paper = _taken(case, offer, "docx", by, request)
    return paper_document([paper], author=str(case.organisation))


def _taken(case, offer, file_format, by, request):
    detail = {"print": offer.print.name, "format": file_format}
    record(case, AuditAction.EXPORT, by=by, detail=detail, request=request)
    return offer.paper


def file_name(case, offer) -> str:
    return f"{offer.print.name}-{case.name}.docx"
