"""Log lines without personal data: one line for people, or one JSON object (`LOG_FORMAT=json`) for a collector.

The formatters mask, not a filter on loggers: only they see the text of an exception, whoever logged it.
"""

import contextvars
import datetime as dt
import json
import logging
import re

request_id = contextvars.ContextVar("request_id", default="")

HIDDEN = "[已隐去]"
# Identity numbers of 18 places, mobiles with or without blanks; \d is any digit, full-width ones too.
PERSONAL = re.compile(r"(?<!\d)(?:\d{17}[\dXxＸｘ]|[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FIELDS = ("method", "route", "status", "ms", "user")


def masked(text: str) -> str:
    return PERSONAL.sub(HIDDEN, text)


class LineFormatter(logging.Formatter):
    """A message stays one line, whatever was typed into it; only a traceback adds lines, and those are set in."""

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s%(message)s")

    def formatMessage(self, record):
        record.request_id = f"[{request_id.get()}] " if request_id.get() else ""
        return CONTROL.sub(lambda sign: repr(sign[0])[1:-1], super().formatMessage(record))

    def formatException(self, ei):
        return "    " + super().formatException(ei).replace("\n", "\n    ")

    def format(self, record):
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "at": dt.datetime.fromtimestamp(record.created, tz=dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request"] = request_id.get()
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, ensure_ascii=False, default=str))
