"""The columns of exported lists of people who lead. Neither numbers nor mobiles."""

from orgs.exports import Column


def unit_columns() -> list[Column]:
    """For rows `for_list` and `with_result_count`."""
    return [
        Column("类别", lambda unit: unit.get_kind_display(), 12),
        Column("名称", lambda unit: unit.name, 30),
        Column("设立党组织", lambda unit: unit.organisation.name, 30),
        Column("负责人", lambda unit: unit.leader and unit.leader.name, 12),
        Column("成员", lambda unit: _others(unit), 24),
        Column("地点或范围", lambda unit: unit.place, 20),
        Column("任务", lambda unit: unit.task, 30),
        Column("承诺", lambda unit: unit.commitment, 30),
        Column("业绩条数", lambda unit: unit.result_count, 10),
        Column("设立日期", lambda unit: unit.established_on, 12),
        Column("任期届满日期", lambda unit: unit.term_ends_on, 12),
        Column("撤销日期", lambda unit: unit.ended_on, 12),
        Column("撤销原因", lambda unit: unit.ended_reason, 20),
    ]


def _others(unit):
    return "、".join(service.member.name for service in unit.serving if not service.leads)


def role_columns() -> list[Column]:
    return [
        Column("姓名", lambda role: role.member.name, 12),
        Column("所在党支部", lambda role: role.member.organisation.name, 30),
        Column("层级", lambda role: role.get_level_display(), 8),
        Column("类别", lambda role: role.get_kind_display(), 16),
        Column("机构名称", lambda role: role.body, 30),
        Column("任职日期", lambda role: role.since, 12),
        Column("任期届满日期", lambda role: role.term_ends_on, 12),
        Column("终止日期", lambda role: role.ended_on, 12),
        Column("终止原因", lambda role: role.get_how_display(), 12),
    ]
