"""Reads an uploaded table into plain rows, whatever its format, or says in a sentence why it cannot.

`guard` looks at the file first; workbooks are then parsed by a child process with limits, text tables
here. Nothing from the child is trusted beyond its shape.
"""

import csv
import importlib.util
import io
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from imports.guard import (
    DEFAULT_LIMITS,
    MEGABYTE,
    ROW_ALLOWANCE,
    Inspection,
    Limits,
    SheetScan,
    UnusableFile,
    cell_beyond,
    column_letters,
    damaged,
    encrypted,
    inspect,
)

__all__ = ["DEFAULT_LIMITS", "Limits", "Sheet", "UnusableFile", "Workbook", "read_workbook"]

CHILD = Path(__file__).with_name("parse_child.py")


@dataclass
class Sheet:
    """`rows[i]` is Excel row i + 1, all of one width. Cell sets hold (1-based row, 0-based column).

    A cell is str, int, float or bool, "" when blank; a date is ISO text. Errors such as #N/A are blank
    and listed in `error_cells`. Hidden rows, errors and formulas are known for xlsx only.
    """

    name: str
    rows: list[list]
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    formulas_without_value: set[tuple[int, int]] = field(default_factory=set)
    error_cells: set[tuple[int, int]] = field(default_factory=set)


@dataclass
class Workbook:
    """`format` is xlsx, xls, xlsb, ods or csv; `encoding` is set for csv."""

    sheets: list[Sheet]
    format: str
    encoding: str = ""


def read_workbook(path, *, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Raises UnusableFile, and nothing else, when the file cannot be used."""
    try:
        with open(path, "rb") as handle:
            return read_open_workbook(handle, limits=limits)
    except OSError as error:
        raise damaged("打不开文件") from error


def read_open_workbook(handle: BinaryIO, *, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """As `read_workbook`, from a file of the operating system opened for reading."""
    found = inspect(handle, limits)
    if found.format == "csv":
        sheets = [Sheet(name="CSV", rows=_read_csv(handle, found.encoding, limits))]
    else:
        sheets = _parse_in_child(handle, found, limits)
    for sheet in sheets:
        _drop_trailing_rows(sheet.rows)
    if not any(sheet.rows for sheet in sheets):
        raise UnusableFile("empty", "文件里没有任何内容。请确认名单已经填写并保存，再上传。")
    return Workbook(sheets=sheets, format=found.format, encoding=found.encoding)


def _drop_trailing_rows(rows: list[list]) -> None:
    while rows and all(cell == "" for cell in rows[-1]):
        rows.pop()


# Text tables

ESCAPED = tuple(f"'{char}" for char in "=+-@\t\r＝＋－＠")


def _read_csv(handle: BinaryIO, encoding: str, limits: Limits) -> list[list]:
    handle.seek(0)
    text = io.TextIOWrapper(handle, encoding=encoding, newline="")
    try:
        delimiter = _delimiter(text.read(64 * 1024))
        # Counted first without keeping anything, so that a refusal costs no memory.
        width = _checked_width(_csv_rows(text, delimiter), limits)
        return [_padded(row, width) for row in _csv_rows(text, delimiter)]
    except csv.Error as error:
        raise damaged("CSV 的引号不成对或单元格过长") from error
    finally:
        text.detach()


def _delimiter(sample: str) -> str:
    """The separator that splits most of the first lines into the same number of cells."""
    lines = sample.splitlines()[:30]

    def regularity(delimiter: str) -> int:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1]
        return max((widths.count(width) * width for width in set(widths)), default=0)

    return max((",", "\t", ";"), key=regularity)


def _csv_rows(text: io.TextIOWrapper, delimiter: str) -> Iterator[list[str]]:
    text.seek(0)
    return csv.reader(text, delimiter=delimiter)


def _checked_width(rows: Iterator[list[str]], limits: Limits) -> int:
    """Width of the widest row, at most the limit; refuses what lies beyond the limits."""
    width = cells = 0
    for number, row in enumerate(rows, 1):
        cells += len(row)
        if len(row) > limits.max_columns and any(row[limits.max_columns :]):
            raise cell_beyond(f"{column_letters(limits.max_columns)}{number}", limits)
        if number > limits.max_rows + ROW_ALLOWANCE and any(row):
            raise cell_beyond(str(number), limits)
        if cells > limits.max_cells or number > 10 * limits.max_rows:
            raise _refused("too_large")
        width = max(width, len(row))
    return min(width, limits.max_columns)


def _padded(row: list[str], width: int) -> list[str]:
    cells = [cell[1:] if cell.startswith(ESCAPED) else cell for cell in row[:width]]
    return cells + [""] * (width - len(cells))


# Workbooks

REFUSALS = {
    "memory": "表格范围过大或内容过多，超出读取一个文件允许的内存。"
    "请只选有数据的区域，复制到新工作簿，保存后再上传。",
    "timeout": "读取文件用时过长，已停止。请删除无关的工作表和格式，或把名单拆成几个文件，再上传。",
    "too_large": "表格的单元格太多，一次读不完。请删除无关的列和工作表，或把名单拆成几个文件，再上传。",
}

# What the parser stumbled over, by the name of its exception; other names say nothing to people.
STUMBLES = {"XmlError": "XML 不合法", "ZipError": "压缩数据不合法"}


def _refused(code: str) -> UnusableFile:
    return UnusableFile(code, REFUSALS[code])


def _parse_in_child(handle: BinaryIO, found: Inspection, limits: Limits) -> list[Sheet]:
    child = _start_child(handle, found, limits)
    try:
        lines = _lines(child, limits, output=64 * MEGABYTE + 10 * found.unpacked)
        return _collect(lines, child, found.scans, limits)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise damaged("解析结果不合法") from error
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def _start_child(handle: BinaryIO, found: Inspection, limits: Limits) -> subprocess.Popen:
    """The child gets the open file, its limits and nothing of our environment."""
    # What a parser needs follows from the size of the content; a small file that asks for more is hostile.
    memory = min(limits.memory, 112 * MEGABYTE + 12 * found.unpacked)
    settings = {
        "library": _library(),
        "memory": memory,
        "cpu": limits.cpu,
        "rows": limits.max_rows + ROW_ALLOWANCE,
        "columns": limits.max_columns,
        "cells": limits.max_cells,
    }
    handle.seek(0)
    os.lseek(handle.fileno(), 0, os.SEEK_SET)
    return subprocess.Popen(  # noqa: S603 – our own interpreter and script, settings as one JSON argument
        [sys.executable, "-I", "-S", str(CHILD), json.dumps(settings)],
        stdin=handle,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ},
    )


def _library() -> str:
    """Directory of the parser, found without importing it into this process."""
    return str(Path(importlib.util.find_spec("python_calamine").origin).parent.parent)


def _lines(child: subprocess.Popen, limits: Limits, output: int) -> Iterator[bytes]:
    """Complete lines as they come, within the time limit and `output` bytes."""
    deadline = time.monotonic() + limits.timeout
    pending = []
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise _refused("timeout")
            data = child.stdout.read(MEGABYTE)
            if not data:
                return
            output -= len(data)
            if output < 0:
                raise _refused("memory")
            *complete, rest = data.split(b"\n")
            if complete:
                complete[0] = b"".join([*pending, complete[0]])
                pending = []
                yield from complete
            pending.append(rest)


def _collect(
    lines: Iterator[bytes], child: subprocess.Popen, scans: dict[str, SheetScan], limits: Limits
) -> list[Sheet]:
    sheets: list[Sheet] | None = None
    current: Sheet | None = None
    for line in lines:
        value = json.loads(line, parse_float=_number, parse_constant=lambda _: "")
        if sheets is None and isinstance(value, list):
            sheets = [_empty_sheet(name, hidden, scans) for name, hidden in value]
        elif isinstance(value, list):
            current.rows.extend(map(_checked_row, value))
        elif "sheet" in value:
            current = sheets[value["sheet"]]
        elif "end" in value:
            return _some(sheets)
        else:
            raise _refusal(value["error"], str(value.get("detail", "")), limits)
    raise _crash(child)


def _some(sheets: list[Sheet]) -> list[Sheet]:
    if not sheets:
        raise UnusableFile("no_sheet", "工作簿里没有工作表。请确认上传的是名单文件，另存为 *.xlsx 后再上传。")
    return sheets


def _empty_sheet(name: str, hidden: bool, scans: dict[str, SheetScan]) -> Sheet:
    scan = scans.get(name, SheetScan())
    return Sheet(
        name=str(name),
        rows=[],
        hidden=bool(hidden),
        hidden_rows=scan.hidden_rows,
        formulas_without_value=scan.formulas_without_value,
        error_cells=scan.error_cells,
    )


def _checked_row(row: list) -> list:
    if not isinstance(row, list):
        raise TypeError("a row must be a list")
    return row


def _number(text: str) -> int | float:
    """500.0 → 500; a code that was typed as a number stays a number, so its lost digits can be seen."""
    if text.endswith(".0"):
        return int(text[:-2])
    value = float(text)
    return int(value) if abs(value) < 1e21 and value.is_integer() else value


def _refusal(code: str, detail: str, limits: Limits) -> UnusableFile:
    if code == "encrypted":
        return encrypted()
    if code == "too_many_rows":
        return cell_beyond(detail, limits)
    if code == "too_many_columns":
        return cell_beyond(f"{column_letters(int(detail) - 1)}1", limits)
    return _refused(code) if code in REFUSALS else damaged(STUMBLES.get(detail, "内容不合法"))


def _crash(child: subprocess.Popen) -> UnusableFile:
    """The parser died without a closing line; its signal tells which limit it met."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=2)
    signals = {-signal.SIGABRT: "memory", -signal.SIGKILL: "memory", -signal.SIGXCPU: "timeout"}
    code = signals.get(child.returncode)
    return _refused(code) if code else damaged("解析程序意外退出")
