"""Parses one workbook inside a process that may be lost.

Run as a plain script (`python -I -S parse_child.py JSON`) with the file as standard input. It shares no
code with the rest of the product and imports the parser only after the limits are in force. The parser
aborts the whole process on some hostile files, which is why it lives here.
Output: one JSON value per line, first the list of sheets, then for each sheet `{"sheet": i}` and lists of
rows, at the end `{"end": true}` or `{"error": code, "detail": text}`.
"""

import datetime
import json
import sys

ROWS_PER_LINE = 500
MIDNIGHT = datetime.time(0)


def address_space():
    """Bytes already mapped; some systems map a large table of locales into every process."""
    try:
        with open("/proc/self/statm", "rb") as handle:
            return int(handle.read().split()[0]) * 4096
    except (OSError, ValueError):
        return 64 * 1024 * 1024


def restrict(settings):
    """Bound memory, CPU time, open files and written files of this process."""
    try:
        import resource  # noqa: PLC0415 – does not exist on Windows
    except ImportError:
        return
    wanted = {
        resource.RLIMIT_AS: address_space() + settings["memory"],
        resource.RLIMIT_CPU: settings["cpu"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for kind, value in wanted.items():
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            value = min(value, ceiling)
        resource.setrlimit(kind, (value, value))


def text_of(value):
    """Dates and times as ISO text; the time of day only when there is one."""
    if isinstance(value, datetime.datetime):
        if value.time() == MIDNIGHT:
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def emit(value):
    line = json.dumps(value, ensure_ascii=False, default=text_of, separators=(",", ":"))
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.write(b"\n")


def emit_rows(sheet):
    """Rows from Excel row 1 and column A on, in batches that the parent can decode meanwhile."""
    margin = [""] * sheet.start[1]
    batch = []
    for row in sheet.iter_rows():
        batch.append(margin + row if margin else row)
        if len(batch) == ROWS_PER_LINE:
            emit(batch)
            sys.stdout.buffer.flush()
            batch = []
    if batch:
        emit(batch)


def parse(settings):
    """Emit everything; returns the closing line."""
    import python_calamine as calamine  # noqa: PLC0415 – only once the limits are in force

    try:
        with open(0, "rb", closefd=False) as handle:
            book = calamine.CalamineWorkbook.from_filelike(handle)
        wanted = [item for item in book.sheets_metadata if item.typ == calamine.SheetTypeEnum.WorkSheet]
        emit([[item.name, item.visible != calamine.SheetVisibleEnum.Visible] for item in wanted])
        cells = 0
        for index, item in enumerate(wanted):
            emit({"sheet": index})
            sheet = book.get_sheet_by_name(item.name)
            if sheet.start is None:
                continue
            height, width = sheet.end[0] + 1, sheet.end[1] + 1
            cells += height * width
            if height > settings["rows"]:
                return {"error": "too_many_rows", "detail": str(height)}
            if width > settings["columns"]:
                return {"error": "too_many_columns", "detail": str(width)}
            if cells > settings["cells"]:
                return {"error": "too_large", "detail": str(cells)}
            emit_rows(sheet)
    except calamine.PasswordError:
        return {"error": "encrypted"}
    return {"end": True}


def main():
    settings = json.loads(sys.argv[1])
    restrict(settings)
    sys.path.append(settings["library"])
    try:
        closing = parse(settings)
    except MemoryError:
        closing = {"error": "memory"}
    except BaseException as error:  # noqa: BLE001 – a panic of the parser is no Exception
        closing = {"error": "damaged", "detail": type(error).__name__}
    emit(closing)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
