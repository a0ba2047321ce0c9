"""What accounts are told about visits to make: once that tasks fall due on a day, once that they are overdue."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from orgs.keepers import nearest_keepers
from orgs.models import Organisation, VisitTask
from orgs.notices import Message, deliver
from orgs.regulations import value_on

BACK = dt.timedelta(days=7)  # how long somebody is still told of tasks that became overdue


def remind(today: dt.date | None = None) -> int:
    return deliver(_messages(today or timezone.localdate()))


def _messages(today) -> Iterator[Message]:
    """One for each organisation and due day, to those who act for the organisation or for the nearest above it.

    Not one for each task: a list of new enterprises makes hundreds on one day.
    """
    ahead = dt.timedelta(days=value_on("visit_notice_days", today))
    rows = VisitTask.objects.open().filter(
        due_on__gte=today - BACK, due_on__lte=today + ahead, organisation__isnull=False
    )
    found = list(rows.order_by().values_list("organisation", "due_on").annotate(Count("pk")))
    organisations = Organisation.objects.filter(pk__in={organisation for organisation, *_ in found})
    keepers = nearest_keepers(organisations.only("path"), "coverage.change")
    for organisation, due_on, count in found:
        late = due_on < today
        query = f"organisation={organisation}&state=open&due_from={due_on}&due_to={due_on}"
        for account in keepers[organisation]:
            yield Message(
                account,
                f"visits-{'late' if late else 'due'}-{organisation}-{due_on:%Y%m%d}",
                f"走访任务{count}项{'已超期' if late else '即将到期'}",
                f"期限 {due_on}，请尽快走访并登记" if late else f"期限 {due_on}",
                f"{reverse('orgs:visit-task-list')}?{query}",
            )
