"""What recruiting asks of a person: rows 27, 29, 35 and 38 of the domain table. One query, however many cases."""

import datetime as dt

from django.urls import reverse

from members import access
from members.models import RecruitmentCase
from members.recruiting import due
from orgs.todos import ToDo, first_of


def cases(user, today: dt.date):
    if not access.can_change_members(user):
        return
    rows = RecruitmentCase.objects.permitted_to(user, "members.change").open()
    rows = rows.filter(due.pressing(today)).order_by("due_on", "pk")
    found, rest, more = first_of(rows)
    for case in found:
        yield ToDo(
            due.message(case, today),
            "发展党员工作细则；按时办理，逾期会被标记",
            reverse("members:case", args=[case.pk]),
            "去办理",
            (case.due_on - today).days,
        )
    if rest:
        yield ToDo(
            f"另有 {more:,} 件发展党员事项临近或已过期限",
            "按期限先后，最急的已列在上面",
            reverse("members:recruiting-list") + "?due=pressing",
            "全部",
            (rest.due_on - today).days,
            count=more,
        )


SOURCES = [cases]
