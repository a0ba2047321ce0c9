"""The columns of the exported list of activities. The first eight are those of the ledger that is imported."""

from django.utils import timezone

from orgs.exports import Column

BETWEEN = "、"


def activity_columns() -> list[Column]:
    return [
        Column("活动编号", lambda row: row.number, 14),
        Column("活动名称", lambda row: row.title, 30),
        Column("活动类型", lambda row: BETWEEN.join(row.kind_labels), 20),
        Column("主办党组织代码", lambda row: row.organisation.code, 16),
        Column("开始时间", lambda row: moment(row.starts_at), 17),
        Column("地点", lambda row: row.place, 20),
        Column("参加党员数", lambda row: row.present, 11),
        Column("参加群众数", lambda row: row.guests, 11),
        Column("结束时间", lambda row: moment(row.ends_at), 17),
        Column("应到", lambda row: row.expected, 8),
        Column("请假", lambda row: row.on_leave, 8),
        Column("缺席", lambda row: row.absent, 8),
        Column("主持人", lambda row: row.chair_name, 12),
        Column("记录人", lambda row: row.recorder_name, 12),
        Column("主讲人", lambda row: row.lecturer_name, 12),
        Column("活动品牌", lambda row: row.series.name if row.series else "", 16),
        Column("联合主办党组织代码", _joint, 20),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("主办党组织", lambda row: row.organisation.name, 30),
    ]


def moment(at) -> str:
    """2026-05-19 15:00, local time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _joint(row):
    return BETWEEN.join(host.organisation.code for host in row.joint_hosts.all())


def service_columns() -> list[Column]:
    """Without who took part."""
    return [
        Column("服务日期", lambda row: row.on, 12),
        Column("服务党组织代码", lambda row: row.organisation.code, 16),
        Column("服务党组织", lambda row: row.organisation.name, 30),
        Column("服务类型", lambda row: row.get_kind_display(), 20),
        Column("服务事项", lambda row: row.title, 30),
        Column(
            "服务企业统一社会信用代码", lambda row: row.enterprise.credit_code if row.enterprise else "", 22
        ),
        Column("服务对象", lambda row: row.beneficiary, 30),
        Column("服务内容", lambda row: row.detail, 40),
        Column("服务成效", lambda row: row.result, 40),
        Column("服务对象反馈", lambda row: row.feedback, 30),
        Column("解决问题", lambda row: row.problems_solved, 10),
        Column("撮合项目", lambda row: row.projects_matched, 10),
        Column("涉及金额（万元）", lambda row: row.amount, 16),
        Column("服务时长（小时）", lambda row: row.hours, 16),
        Column("状态", lambda row: "已撤销" if row.withdrawn_at else "有效", 8),
        Column("撤销原因", lambda row: row.withdrawn_reason, 20),
    ]
