"""Lists as files: XLSX and CSV with a watermark, each download an entry of the audit trail.

Short ones come at once. For long ones the request is kept and made again in the background (`orgs.export_jobs`).
"""

import datetime as dt
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import xlsxwriter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from imports.jobs import enqueue
from orgs import audit
from orgs.limits import refuse_excess
from orgs.models import AuditAction, AuditEvent, ListExport
from orgs.writers import WRITERS, Column

# What a person waits for; longer lists are written in the background, so many of a person at once, and kept so long.
DIRECT_ROWS = 5_000
MOST_AT_ONCE = 3
KEPT = dt.timedelta(days=7)
JOB = "export"
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook; `name` stands on its tab (at most 31 characters)."""

    name: str
    columns: list[Column]
    rows: Iterable


@dataclass(frozen=True)
class Listing:
    """What an export page makes of a request made again. `rows` are not yet read."""

    columns: list[Column]
    rows: Iterable


class Again(HttpRequest):
    """The request of a person to an export page once more, in the background: the same address and answers, judged by
    what the person may do and see by then. The page's view answers with a `Listing` instead of a page.
    """

    def __init__(self, export: ListExport):
        super().__init__()
        self.method, self.user = "POST", export.user
        self.path = self.path_info = export.path
        self.GET, self.POST = QueryDict(export.query), QueryDict(export.answers)


@transaction.atomic
def export_response(
    *,
    request,
    name: str,
    columns: list[Column],
    rows: Iterable,
    count: int,
    file_format: str,
    purpose: str,
    detail: dict | None = None,
) -> HttpResponseBase | Listing:
    """The file as a download, or the page that waits for it where it is long; the caller has checked the right.

    Raises ValidationError for too many files.
    """
    if isinstance(request, Again):
        return Listing(columns, rows)
    event = record_export(
        request=request, name=name, count=count, file_format=file_format, purpose=purpose, detail=detail
    )
    if count > DIRECT_ROWS:
        return redirect("orgs:export", _order(request, event, name, count, file_format).pk)
    write = partial(WRITERS[file_format], columns=columns, rows=rows)
    return _download(write, event, name=name, file_format=file_format, purpose=purpose)


def _order(request, event, name, count, file_format) -> ListExport:
    """Leaves the list to the background. Raises ValidationError when too many of the person's are being written."""
    user, answers = request.user, request.POST.copy()
    answers.pop("csrfmiddlewaretoken", None)
    if ListExport.objects.visible_to(user).unfinished().count() >= MOST_AT_ONCE:
        raise ValidationError(f"您已有{MOST_AT_ONCE}份名单正在生成，请等其中一份完成，或在“我的导出”中取消。")
    job = enqueue(kind=JOB, payload={"number": event.pk}, key=f"{JOB}:{event.pk}", owner=user)
    return ListExport.objects.create(
        user=user,
        name=name[:100],
        file_format=file_format,
        rows=count,
        path=request.path_info,
        query=request.GET.urlencode(),
        answers=answers.urlencode(),
        number=event.pk,
        job=job,
        expires_on=timezone.localdate() + KEPT,
    )


@transaction.atomic
def book_response(
    *, request, name: str, sheets: list[Sheet], purpose: str, detail: dict | None = None
) -> FileResponse:
    """Several tables as one workbook; rows are lists. As `export_response` otherwise."""
    count = sum(len(sheet.rows) for sheet in sheets)
    event = record_export(
        request=request, name=name, count=count, file_format="xlsx", purpose=purpose, detail=detail
    )
    return _download(
        partial(write_book, sheets=sheets), event, name=name, file_format="xlsx", purpose=purpose
    )


def _download(write, event, *, name, file_format, purpose) -> FileResponse:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write(file, title=watermark(event, purpose))
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=file_name(name, event, file_format),
        content_type=CONTENT_TYPES[file_format],
    )


def file_name(name: str, event: AuditEvent, file_format: str) -> str:
    return f"{name}-{timezone.localtime(event.at):%Y%m%d}-{event.pk}.{file_format}"


def record_export(
    *, request, name: str, count: int, file_format: str, purpose: str, detail=None
) -> AuditEvent:
    """The entry of a list that leaves the portal, on paper too. Raises as `export_response`."""
    refuse_excess(actor=request.user, action=AuditAction.EXPORT)
    return audit.record(
        actor=request.user,
        action=AuditAction.EXPORT,
        path=_scope_path(request.user),
        detail={"list": name, "rows": count, "format": file_format, "purpose": purpose, **(detail or {})},
        request=request,
    )


def watermark(event: AuditEvent, purpose: str) -> str:
    """Who took the list, when, what for, and the entry of the audit trail that says so."""
    at = timezone.localtime(event.at)
    return f"导出人：{event.actor_name}　导出时间：{at:%Y-%m-%d %H:%M}　用途：{purpose}　编号：{event.pk}"


def _scope_path(user) -> str:
    """Figures are taken by people without `export` too."""
    return "" if user.sees_everything else min(user.permission_paths.get("export") or [audit.home_path(user)])


def write_book(file, *, sheets: list[Sheet], title: str) -> None:
    """Of each sheet row 1 is the watermark, row 2 the headers. Text stays text: nothing becomes a formula, a number or a
    link."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        forms = {
            "bold": {"bold": True, "bg_color": "#F3F3F3", "border": 1, "border_color": "#D0D0D0"},
            "grey": {"font_color": "#62666D"},
            "day": {"num_format": "yyyy-mm-dd"},
            "share": {"num_format": "0.0%"},
        }
        forms = {name: book.add_format(form) for name, form in forms.items()}
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, title, forms)


def _write_sheet(page, sheet: Sheet, title, forms):
    page.freeze_panes(2, 0)
    page.repeat_rows(1)
    page.set_footer("&C" + title.replace("&", "&&")[:200])
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
    page.write_string(0, 0, title, forms["grey"])
    for index, column in enumerate(sheet.columns):
        page.write_string(1, index, column.header, forms["bold"])
    values = [(column.value, forms["share"] if column.is_share else None) for column in sheet.columns]
    for number, row in enumerate(sheet.rows, start=2):
        for index, (value, form) in enumerate(values):
            write_cell(page, number, index, value(row), forms["day"], form)


def write_cell(sheet, row, column, value, day, form=None):
    """Nothing for what is not known; `day` is the format of dates, `form` that of numbers."""
    if value is None or value == "":
        return
    if isinstance(value, dt.date) and value.year >= 1900:  # before that a workbook knows no days
        sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_string(row, column, str(value))
