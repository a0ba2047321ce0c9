"""The place's own working calendar: which days differ from what `holidays` knows. Days of public notice follow it."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction

from orgs.audit import record
from orgs.models import AuditAction, CalendarDay
from orgs.workdays import FIRST, LAST

AT_MOST = 60  # days in one go: longer is a slip of the keyboard
EFFECT = "影响公示期满日期"


@transaction.atomic
def set_days(
    *, first: dt.date, last: dt.date, is_workday: bool, note: str, source: str, by, request=None
) -> int:
    """Every day from `first` to `last` works or rests, whatever was set before; returns how many days."""
    days = _days(first, last)
    if not note.strip() or not source.strip():
        raise ValidationError("请填写名称和依据文件。")
    rows = [CalendarDay(day=day, is_workday=is_workday, note=note, source=source) for day in days]
    for row in rows:
        row.full_clean(validate_unique=False)
    replaced = [str(row) for row in CalendarDay.objects.filter(day__range=(first, last))]
    CalendarDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["is_workday", "note", "source"],
    )
    detail = {"name": note, "source": source, "overridden": replaced}
    _record("设为上班" if is_workday else "设为休息", first, last, detail, by, request)
    return len(days)


@transaction.atomic
def clear_days(*, first: dt.date, last: dt.date, by, request=None) -> int:
    """What was set for these days goes; they follow the official calendar again. Returns how many had been set."""
    _days(first, last)
    rows = CalendarDay.objects.select_for_update().filter(day__range=(first, last))
    cleared = [f"{row} {row.note}".strip() for row in rows]
    if not cleared:
        raise ValidationError("这些日期没有本地设定，无须取消。")
    rows.delete()
    _record("取消设定", first, last, {"cleared": cleared}, by, request)
    return len(cleared)


def _days(first, last) -> list[dt.date]:
    if not (first.year >= FIRST and last.year <= LAST):
        raise ValidationError(f"只能设定{FIRST}年至{LAST}年的日期，请核对。")
    if last < first:
        raise ValidationError({"last": "结束日期不能早于开始日期。"})
    count = (last - first).days + 1
    if count > AT_MOST:
        raise ValidationError({"last": f"一次最多设定{AT_MOST}天，请核对起止日期。"})
    return [first + dt.timedelta(days=n) for n in range(count)]


def _record(act, first, last, detail, by, request):
    days = str(first) if first == last else f"{first} 至 {last}"
    detail = {"act": act, "days": days, "effect": EFFECT, **detail}
    record(actor=by, action=AuditAction.SETTING, label="工作日历", detail=detail, request=request)
