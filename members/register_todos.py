"""What the register asks of those who keep it."""

from django.urls import reverse

from members.access import can_change_members
from members.models import Member
from orgs.todos import ToDo


def unverified(user, today):
    """Imported history that today's rules would not let pass, waiting to be checked against the files."""
    if not can_change_members(user):
        return
    rows = Member.objects.permitted_to(user, "members.change").in_register().filter(legacy_unverified=True)
    if count := rows.count():
        yield ToDo(
            f"党员历史数据待核 {count:,} 人",
            "导入的历史数据与现行规定不符，须对照档案核实",
            f"{reverse('members:member-list')}?legacy=1",
            "去核实",
            count=count,
        )


SOURCES = [unverified]
