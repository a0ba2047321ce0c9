"""What accounts are told about responsibility lists. Texts hold neither what was written nor names of people."""

from django.urls import reverse
from django.utils import timezone

from linkages import people
from linkages.models import CommitmentAct, CommitmentEntry
from orgs.models import Organisation
from orgs.notices import BACK, Message, deliver, hand_over
from orgs.tree import parent_path

SUPERIOR, LEADER = "superior", "leader"
TOLD = {
    CommitmentAct.REPORT: (SUPERIOR, "领办项目待确认"),
    CommitmentAct.CONFIRM: (LEADER, "领办项目已确认完成"),
    CommitmentAct.SEND_BACK: (LEADER, "领办项目被退回，请补充"),
    CommitmentAct.REOPEN: (LEADER, "领办项目已撤销确认"),
}


def send(entry_id: int) -> None:
    from linkages.tasks import tell_commitment  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_commitment, entry_id)


def tell_entry(pk: int) -> int:
    return _tell(CommitmentEntry.objects.filter(pk=pk))


def tell_recent() -> int:
    """All steps of the last days; almost all of them were told, and are not told again."""
    return _tell(CommitmentEntry.objects.filter(at__gte=timezone.now() - BACK))


def _tell(entries) -> int:
    rows = list(entries.filter(act__in=TOLD).select_related("commitment__organisation"))
    units = {row.commitment.organisation for row in rows}
    above = Organisation.objects.filter(path__in={_above(one) for one in units})
    by_path = {one.path: one for one in above}
    keepers = people.keepers(units | set(by_path.values()))
    return deliver(
        Message(
            account,
            f"commitment-entry-{row.pk}",
            f"{TOLD[row.act][1]}：{row.commitment.title}"[:140],
            f"{row.commitment.organisation}，现为“{row.get_state_display()}”",
            reverse("linkages:commitment", args=[row.commitment_id]),
        )
        for row in rows
        for account in keepers[_told(row, by_path).pk]
        if account != row.by_id
    )


def _above(organisation) -> str:
    return parent_path(organisation.path) or organisation.path


def _told(row, by_path):
    unit = row.commitment.organisation
    return by_path[_above(unit)] if TOLD[row.act][0] == SUPERIOR else unit
