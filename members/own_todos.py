"""What members who found a mistake in their record ask of their branch."""

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from members.access import can_change_members
from members.models import CorrectionRequest
from orgs.todos import ToDo


def corrections(user, today):
    """One line for all; one query."""
    if not can_change_members(user):
        return
    rows = CorrectionRequest.objects.permitted_to(user, "members.change").open()
    found = rows.aggregate(count=Count("pk"), first=Min("asked_at"))
    if found["count"]:
        yield ToDo(
            f"党员更正申请待答复 {found['count']:,} 件",
            f"最早的提出于{timezone.localdate(found['first'])}",
            reverse("members:correction-list"),
            "去答复",
            count=found["count"],
        )


SOURCES = [corrections]
