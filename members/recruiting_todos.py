"""What recruiting asks of a person: rows 27, 29, 35 and 38 of the domain table. Two queries, however many cases."""

import datetime as dt

from django.urls import reverse

from members import access
from members.models import RecruitmentCase
from members.recruiting import due
from members.transfer_todos import lines, some
from orgs.todos import ToDo


def cases(user, today: dt.date):
    if not access.can_change_members(user):
        return
    rows = RecruitmentCase.objects.permitted_to(user, "members.change").open()
    rows = rows.filter(due.pressing(today)).order_by("due_on", "pk")

    def line(case):
        return ToDo(
            due.message(case, today),
            "发展党员工作细则；按时办理，逾期会被标记",
            reverse("members:case", args=[case.pk]),
            "去办理",
            (case.due_on - today).days,
        )

    def rest(count):
        return (
            f"另有 {count:,} 件发展党员事项临近或已过期限",
            reverse("members:recruiting-list") + "?due=pressing",
            0,
        )

    yield from lines(some(rows), line, rest)


SOURCES = [cases]
