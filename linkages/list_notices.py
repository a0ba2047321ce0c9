"""What accounts are told about the three lists. Texts hold no names of people."""

from django.urls import reverse

from linkages import people
from orgs.notices import Message, deliver


def tell_match(project, *, by) -> None:
    """Both units, in the transaction that began the project; not the person who began it."""
    homes = {side.organisation for side in project.sides} | {project.organisation}
    accounts = set().union(*people.keepers(homes).values())
    sides = "；".join(f"{side._meta.verbose_name}“{side.title}”（{side.unit}）" for side in project.sides)
    deliver(
        Message(
            account,
            f"project-{project.pk}",
            f"对接成功：{project.title}"[:140],
            f"{sides}。由{project.organisation.name}负责，{project.deadline}前办结"[:300],
            reverse("linkages:project", args=[project.pk]),
        )
        for account in accounts - {by.pk}
    )
