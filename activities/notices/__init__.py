"""What accounts are told about activities. Texts hold no names of people; members are told of their own page."""

from activities.models import Act
from orgs.notices import hand_over

TOLD = (Act.NOTIFIED, Act.MOVED, Act.CANCELLED, Act.RETURNED)


def send(entry_id: int) -> None:
    from activities.tasks import tell_act  # noqa: PLC0415 - tasks imports what actions import

    hand_over(tell_act, entry_id)
