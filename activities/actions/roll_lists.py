"""A list of names taken over as the roll, and the empty list to fill in. Callers have checked access."""

import io

from django.core.exceptions import ValidationError
from django.db import transaction

from activities.actions.activities import change_activity, hold_activity
from activities.models import COMING, Attendance, AttendanceHow, AttendanceState
from orgs import audit
from orgs.models import AuditAction
from orgs.writers import Column, write_xlsx


@transaction.atomic
def take_roll_list(*, activity, roll, listed, guests, seen_at, by, request=None):
    """As the roll that is called by hand, and with its rules; those in `listed` are noted down as from a list.

    Whoever signed in by code stays. `guests` come on top of those on record.
    """
    if seen_at is None:
        raise ValidationError("页面已过期，请重新上传名单。")
    before = dict(activity.attendances.values_list("member_id", "state"))
    values = {"activity": activity, "roll": roll, "by": by, "seen_at": seen_at, "request": request}
    if activity.state in COMING:
        stored = hold_activity(**values, guests=guests)
    else:
        known = list(activity.guest_list.values_list("name", "unit"))
        new = [pair for pair in guests if pair not in known]
        stored = change_activity(**values, guests=[*known, *new] if new else None)
    written = [key for key in listed if key in roll and before.get(key) != roll[key][0]]
    rows = Attendance.objects.filter(activity=stored, member__in=written, signed_at__isnull=True)
    rows.update(how=AttendanceHow.LIST)
    return stored


@transaction.atomic
def take_sample(*, activity, members, by, request=None) -> bytes:
    """A workbook with the names of those expected, to be filled in; on record like a print of them."""
    audit.record(
        actor=by,
        action=AuditAction.EXPORT,
        obj=activity,
        path=activity.organisation.path,
        detail={"print": "到会名单模板", "format": "xlsx", "count": len(members)},
        request=request,
    )
    columns = [
        Column("姓名", lambda member: member.name),
        Column("手机后四位", lambda member: ""),
        Column("工作单位", lambda member: member.employer_name),
        Column("到会情况", lambda member: AttendanceState.PRESENT.label),
        Column("原因", lambda member: ""),
    ]
    stream = io.BytesIO()
    write_xlsx(stream, columns=columns, rows=members, title="到会名单")
    return stream.getvalue()
