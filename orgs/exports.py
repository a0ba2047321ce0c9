"""Lists as files: XLSX and CSV with a watermark, each download an entry of the audit trail."""

import datetime as dt
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import xlsxwriter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse
from django.utils import timezone

from orgs import audit
from orgs.limits import refuse_excess
from orgs.models import AuditAction, AuditEvent
from orgs.writers import WRITERS, Column

MAX_ROWS = 50_000
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
) -> FileResponse:
    """The file as a download; the caller has checked the right. Raises ValidationError for too many rows or files."""
    event = record_export(
        request=request, name=name, count=count, file_format=file_format, purpose=purpose, detail=detail
    )
    write = partial(WRITERS[file_format], columns=columns, rows=rows)
    return _download(write, event, name=name, file_format=file_format, purpose=purpose)


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
    file_name = f"{name}-{timezone.localdate():%Y%m%d}-{event.pk}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=file_name, content_type=CONTENT_TYPES[file_format])


def record_export(
    *, request, name: str, count: int, file_format: str, purpose: str, detail=None
) -> AuditEvent:
    """The entry of a list that leaves the portal, on paper too. Raises as `export_response`."""
    refuse_excess(actor=request.user, action=AuditAction.EXPORT)
    if count > MAX_ROWS:
        raise ValidationError(f"共{count}行，一次最多导出{MAX_ROWS}行，请缩小筛选范围。")
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
