"""Small workbooks and the steps of an import, for tests of the engine with the real kinds."""

import io

from django.core.files.base import ContentFile
from openpyxl import Workbook

from imports import actions
from imports.models import ImportRun
from orgs.models import User


def workbook(headers, *rows, title="测试名单（截至2026年10月）") -> bytes:
    book = Workbook()
    sheet = book.active
    if title:
        sheet.append([title])
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def stage(kind, content: bytes, *, by=None, name="名单.xlsx", **options) -> ImportRun:
    by = by or User.objects.system()
    upload = ContentFile(content, name=name)
    run = actions.create_run(kind=kind, upload=upload, by=by, in_background=False, **options)
    return actions.stage_run(run.pk)


def apply(run: ImportRun, *, by=None) -> ImportRun:
    actions.mark_applying(run=run, by=by or run.created_by)
    return actions.apply_run(run.pk)


def undo(run: ImportRun, *, by=None) -> ImportRun:
    actions.mark_undoing(run=run, by=by or run.created_by)
    return actions.undo_run(run.pk)


def contents(*models) -> dict:
    """Every row of every column, to compare a register before and after."""
    return {
        model: sorted(
            tuple(map(str, row))
            for row in model.objects.order_by().values_list(*(f.attname for f in model._meta.concrete_fields))
        )
        for model in models
    }


def problem_codes(run: ImportRun) -> dict[int, list[str]]:
    rows = run.staged.filter(outcome="rejected").values_list("row_number", "problems")
    return {number: [problem["code"] for problem in problems] for number, problems in rows}
