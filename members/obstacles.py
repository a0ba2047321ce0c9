"""What keeps an organisation from being dissolved: members who still have their relation there."""

from members.models import Member


def members_at(organisation) -> str:
    """“3名党员” while any count there; "" otherwise."""
    count = Member.objects.in_register().filter(organisation=organisation).count()
    return f"{count}名党员" if count else ""
