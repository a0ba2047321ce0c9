"""Predicates about members: “may this person do that?”. Which members one sees is `Member.objects.visible_to`.

What a superior body decides (filing, pre-review, approval, reopening) is asked of that body: a branch secretary holds
nothing there, so no permission of its own is needed for it.
"""

from orgs.access import has, has_at


def can_view_members(user) -> bool:
    return has(user, "members.view")


def can_view_members_at(user, organisation) -> bool:
    return has_at(user, "members.view", organisation)


def can_change_members(user) -> bool:
    """Somewhere; for the buttons that begin something."""
    return has(user, "members.change")


def can_change_members_at(user, organisation) -> bool:
    return has_at(user, "members.change", organisation)


def can_change_member(user, member) -> bool:
    return has_at(user, "members.change", member.organisation)


def can_reveal_member(user, member) -> bool:
    """Whole identity and mobile numbers: the staff of the home, and the person themselves."""
    return is_own(user, member) or (
        has_at(user, "members.view", member.organisation)
        and has_at(user, "sensitive.reveal", member.organisation)
    )


def can_export_members(user) -> bool:
    return has(user, "members.export")


def is_own(user, member) -> bool:
    return member.account_id is not None and member.account_id == user.pk


def menu(user) -> dict[str, bool]:
    """Entries of the side bar that concern members."""
    return {"members": can_view_members(user), "own_record": has(user, "self.view")}
