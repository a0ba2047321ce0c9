"""What keeps an organisation from being dissolved: members with their relation there, posts and teams of its own."""

from members.models import LeadingUnit, Member


def members_at(organisation) -> str:
    """“3名党员” while any count there; "" otherwise."""
    count = Member.objects.in_register().filter(organisation=organisation).count()
    return f"{count}名党员" if count else ""


def units_at(organisation) -> str:
    """“2个先锋岗位或队伍” that it set up and that have not ended; "" for none."""
    count = LeadingUnit.objects.open().filter(organisation=organisation).count()
    return f"{count}个先锋岗位或队伍" if count else ""
