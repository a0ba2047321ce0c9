"""The life of an import: upload, stage, decide, apply, undo. Each function is one transaction or safe to repeat."""

from imports.actions.applying import StalePreview, apply_run, compare_again, mark_applying, request_apply
from imports.actions.decisions import (
    discard,
    keep_duplicate,
    mend_row,
    remap,
    restage,
    select_rows,
    set_options,
)
from imports.actions.runs import create_run, expire_runs
from imports.actions.staging import stage_run
from imports.actions.undoing import mark_undoing, request_undo, undo_run

__all__ = [
    "StalePreview",
    "apply_run",
    "compare_again",
    "create_run",
    "discard",
    "expire_runs",
    "keep_duplicate",
    "mark_applying",
    "mark_undoing",
    "mend_row",
    "remap",
    "request_apply",
    "request_undo",
    "restage",
    "select_rows",
    "set_options",
    "stage_run",
    "undo_run",
]
