"""What pairings ask of those who keep them: contacts that are overdue, results of those that are over."""

import datetime as dt

from django.urls import reverse

from members import access, pairing
from members.models import Pairing
from orgs.todos import ToDo, first_of


def overdue(user, today: dt.date):
    """One line each, the longest overdue first; one query."""
    if not access.can_change_members(user):
        return
    rows = Pairing.objects.permitted_to(user, "members.change").overdue(today)
    found, rest, more = first_of(rows.with_people().order_by("due_on", "pk"))
    for row in found:
        names, url = f"{row.leader.name}与{row.led_name}", reverse("members:pairing", args=[row.pk])
        days = (row.due_on - today).days
        if pairing.is_over(row, today):
            yield ToDo(f"{names}的结对已期满，请登记结果", f"计划至 {row.until}", url, "去登记", days)
        else:
            reason = f"{row.get_kind_display()}，应于 {row.due_on} 前联系"
            yield ToDo(f"{names}的结对逾期未联系", reason, url, "去登记", days)
    if rest:
        days = (rest.due_on - today).days
        url = reverse("members:pairing-list") + "?due=overdue"
        yield ToDo(f"另有 {more:,} 个结对逾期未联系", "按应联系日期先后", url, "全部", days, count=more)


SOURCES = (overdue,)
