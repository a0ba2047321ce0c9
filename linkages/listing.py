"""The columns of exported lists. Headers and words of resources and needs are those of the import."""

from django.utils import timezone

from linkages.alliances import chair_of
from linkages.list_states import ItemState, ProjectState
from linkages.models import OutcomeKind
from linkages.orders.shown import HIDDEN
from linkages.states import AgreementState
from orgs.exports import Column

BETWEEN = "、"


def agreement_columns() -> list[Column]:
    """Leaders by name, as they stand in the agreement; rows come annotated by `states.with_state`, with `brought`."""
    return [
        Column("协议编号", lambda row: row.number, 16),
        Column("协议名称", lambda row: row.title, 36),
        Column("状态", lambda row: AgreementState(row.state).label, 12),
        Column("各方", lambda row: BETWEEN.join(row.party_names), 50),
        Column("共建内容", lambda row: BETWEEN.join(row.content_labels), 30),
        Column("签署日期", lambda row: row.signed_on, 12),
        Column("期限起", lambda row: row.starts_on, 12),
        Column("期限止", lambda row: row.ends_on, 12),
        Column("最近活动或成效", lambda row: row.last_on, 14),
        Column("联合活动（次）", lambda row: row.brought.activities, 12),
        Column("办实事（件）", lambda row: row.brought.items, 12),
        Column("提供资源（项）", lambda row: row.brought.resources, 12),
        Column("解决难题（个）", lambda row: row.brought.problems, 12),
        Column("引进人数", lambda row: row.brought.people, 10),
        Column("其中录用", lambda row: row.brought.hired, 10),
        Column("其中党员", lambda row: row.brought.members, 10),
        Column("订单（件）", lambda row: row.brought.orders, 10),
        Column("订单受益人数", lambda row: row.brought.served, 12),
        Column("专利（项）", lambda row: row.brought.patents, 10),
        Column("签约（项）", lambda row: row.brought.contracts, 10),
        Column("资金和订单（万元）", lambda row: row.brought.amount, 16),
        Column("每年联席会议", lambda row: row.meetings_per_year, 12),
        Column("每年联合活动", lambda row: row.activities_per_year, 12),
        Column("终止日期", lambda row: row.ended_on, 12),
        Column("起草党组织", lambda row: row.organisation.name, 30),
    ]


def alliance_columns() -> list[Column]:
    """Rows come annotated by `alliances.with_figures`, with their members of today."""
    return [
        Column("联盟名称", lambda row: row.name, 36),
        Column("牵头党组织", lambda row: row.organisation.name, 30),
        Column("宗旨", lambda row: row.aim, 40),
        Column("成立日期", lambda row: row.founded_on, 12),
        Column("成员单位数", lambda row: len(row.current_members), 12),
        Column("成员单位", lambda row: BETWEEN.join(str(member) for member in row.current_members), 60),
        Column("轮值主席", lambda row: str(chair_of(row) or ""), 30),
        Column("任期止", lambda row: row.chair_until, 12),
        Column("每年联席会议", lambda row: row.conferences_per_year, 12),
        Column("本年已召开", lambda row: row.held, 12),
        Column("逾期议定事项", lambda row: row.late, 12),
        Column("终止日期", lambda row: row.ended_on, 12),
    ]


def _home(row):
    return row.organisation.code


def _partner(row):
    return row.partner.name if row.partner else ""


def _offered(*unit: Column) -> list[Column]:
    """A draft is told apart from what is published; both come back as they were."""
    return [
        Column("登记党组织代码", _home, 16),
        *unit,
        Column("类别", lambda row: row.get_kind_display(), 12),
        Column("名称", lambda row: row.title, 36),
        Column("说明", lambda row: row.description, 50),
        Column("联系部门", lambda row: row.contact_office, 20),
        Column("有效期起", lambda row: row.valid_from, 12),
        Column("有效期止", lambda row: row.valid_until, 12),
        Column("状态", lambda row: ItemState(row.state).label, 12),
        Column("登记党组织", lambda row: row.organisation.name, 30),
    ]


def resource_columns() -> list[Column]:
    return _offered(Column("提供单位", _partner, 30))


def need_columns() -> list[Column]:
    return _offered(
        Column(
            "需求企业统一社会信用代码", lambda row: row.enterprise.credit_code if row.enterprise else "", 22
        ),
        Column("需求企业", lambda row: row.enterprise.name if row.enterprise else "", 34),
        Column("需求单位", _partner, 30),
    )


def project_columns() -> list[Column]:
    return [
        Column("项目名称", lambda row: row.title, 36),
        Column("类别", lambda row: row.get_kind_display(), 12),
        Column("状态", lambda row: ProjectState(row.state).label, 12),
        Column("负责党组织", lambda row: row.organisation.name, 30),
        Column("需求方", lambda row: row.need.unit.name if row.need else "", 30),
        Column("资源方", lambda row: row.resource.unit.name if row.resource else "", 30),
        Column("说明", lambda row: row.description, 50),
        Column("办结期限", lambda row: row.deadline, 12),
        Column("办结日期", lambda row: row.done_on, 12),
        Column("办结情况", lambda row: row.result, 50),
        Column("终止原因", lambda row: row.withdrawn_reason, 30),
    ]


def order_columns() -> list[Column]:
    """Of a private order neither who asks nor a word, whoever exports."""

    def public(value):
        return lambda row: HIDDEN if row.is_private else value(row)

    def moment(name):
        return lambda row: (
            f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if (value := getattr(row, name)) else ""
        )

    return [
        Column("编号", lambda row: row.number, 12),
        Column("类别", lambda row: row.kind.get_group_display(), 10),
        Column("事项", lambda row: row.kind.name, 18),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("紧急", lambda row: "是" if row.is_urgent else "", 8),
        Column("吹哨", lambda row: "是" if row.whistled_at else "", 8),
        Column("诉求人", public(lambda row: row.enterprise.name if row.enterprise else row.member.name), 34),
        Column("诉求", public(lambda row: row.text), 50),
        Column("统筹党组织", lambda row: row.organisation.name, 30),
        Column("办理单位", lambda row: str(row.unit or ""), 30),
        Column("点单时间", moment("raised_at"), 18),
        Column("本环节期限", moment("due_at"), 18),
        Column("办结时间", moment("finished_at"), 18),
        Column("办理结果", public(lambda row: row.result), 50),
        Column("涉及金额（元）", lambda row: row.amount_yuan, 16),
        Column("受益人数", lambda row: row.persons, 10),
        Column("专利（项）", lambda row: row.patents, 10),
        Column("签约（项）", lambda row: row.contracts, 10),
        Column("评分", lambda row: row.rating, 8),
        Column("评语", public(lambda row: row.rating_words), 40),
    ]


def challenge_columns() -> list[Column]:
    """Rows come `with_claims`."""
    return [
        Column("难题名称", lambda row: row.title, 36),
        Column("榜单类别", lambda row: row.get_kind_display(), 12),
        Column("状态", lambda row: row.get_state_display(), 12),
        Column("发榜党组织", lambda row: row.organisation.name, 30),
        Column("出题企业", lambda row: row.enterprise.name if row.enterprise else "", 30),
        Column("攻关目标", lambda row: row.goal, 50),
        Column("榜金（万元）", lambda row: row.reward, 12),
        Column("揭榜截止", lambda row: row.claims_until, 12),
        Column("攻关期限", lambda row: row.work_until, 12),
        Column("揭榜数", lambda row: len(row.standing_claims), 8),
        Column("重新发榜次数", lambda row: row.reposts, 12),
        Column("揭榜单位", lambda row: row.chosen.unit_names if row.chosen else "", 40),
        Column(
            "党员领衔", lambda row: ("是" if row.chosen.is_member_led else "否") if row.chosen else "", 10
        ),
        Column("责任书签订日期", lambda row: row.signed_on, 14),
        Column("验榜", lambda row: {True: "通过", False: "未通过", None: ""}[row.passed], 10),
        Column("验榜日期", lambda row: row.inspected_on, 12),
        Column("评分", lambda row: row.score, 8),
        Column("撤榜原因", lambda row: row.withdrawn_reason, 30),
    ]


def secondment_columns() -> list[Column]:
    """Rows come `with_units` and `figures.with_outcomes`."""

    def chosen(value):
        return lambda row: value(row.chosen) if row.chosen else ""

    def brought(kind):
        return lambda row: dict(row.brought).get(kind.label, "")

    return [
        Column("类别", lambda row: row.get_kind_display(), 10),
        Column("需求单位", lambda row: str(row.needing), 34),
        Column("岗位", lambda row: row.post, 24),
        Column("专业领域", lambda row: row.field, 24),
        Column("任务", lambda row: row.tasks, 50),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("姓名", chosen(lambda one: one.name), 10),
        Column("职称或职务", chosen(lambda one: one.title), 18),
        Column("派出单位", chosen(lambda one: str(one.unit)), 34),
        Column("签约日期", lambda row: row.signed_on, 12),
        Column("任期起", lambda row: row.starts_on, 12),
        Column("任期止", lambda row: row.ends_on, 12),
        Column("续聘次数", lambda row: row.renewals or "", 10),
        *(Column(kind.label, brought(kind), 10) for kind in OutcomeKind),
        Column("退出日期", lambda row: row.exited_on, 12),
        Column("退出方式", lambda row: row.get_exit_kind_display(), 12),
        Column("统筹党组织", lambda row: row.organisation.name, 30),
    ]


def secondment_unit_columns(what: str) -> list[Column]:
    return [Column(what, lambda row: row.name, 40), Column("聘任人数", lambda row: row.people, 10)]


def outcome_columns() -> list[Column]:
    return [
        Column("日期", lambda row: row.on, 12),
        Column("成果", lambda row: row.get_kind_display(), 12),
        Column("数量", lambda row: row.count, 8),
        Column("内容", lambda row: row.what, 50),
        Column("类别", lambda row: row.secondment.get_kind_display(), 10),
        Column("姓名", lambda row: row.secondment.chosen.name, 10),
        Column("派出单位", lambda row: str(row.secondment.chosen.unit), 34),
        Column("需求单位", lambda row: str(row.secondment.needing), 34),
        Column("统筹党组织", lambda row: row.secondment.organisation.name, 30),
    ]


def policy_columns() -> list[Column]:
    """Rows come annotated by `policies.figures.with_counts`."""
    return [
        Column("政策名称", lambda row: row.title, 40),
        Column("政策类别", lambda row: row.get_kind_display(), 12),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("发文单位", lambda row: row.issuer, 30),
        Column("文号", lambda row: row.number, 20),
        Column("执行期起", lambda row: row.applies_from, 12),
        Column("执行期止", lambda row: row.applies_until, 12),
        Column("申报截止", lambda row: row.apply_by, 12),
        Column("推送党组织", lambda row: row.organisation.name, 30),
        Column("送达企业", lambda row: row.delivered, 10),
        Column("已读", lambda row: row.read, 10),
        Column("已申请", lambda row: row.applied, 10),
        Column("原文链接", lambda row: row.link, 40),
        Column("结束或撤回原因", lambda row: row.ended_reason, 30),
    ]


def delivery_columns() -> list[Column]:
    def day(name):
        return lambda row: (value := getattr(row, name)) and timezone.localtime(value).date()

    def place(of):
        return lambda row: str(of(row.enterprise) or "")

    return [
        Column("政策名称", lambda row: row.policy.title, 36),
        Column("企业名称", lambda row: row.enterprise.name, 34),
        Column("统一社会信用代码", lambda row: row.enterprise.credit_code, 22),
        Column("片区", place(lambda unit: unit.park and unit.park.area), 14),
        Column("园区", place(lambda unit: unit.park), 22),
        Column("产业集群", place(lambda unit: unit.cluster), 14),
        Column("送达日期", day("delivered_at"), 12),
        Column("阅读日期", day("read_at"), 12),
        Column("企业答复", lambda row: row.get_answer_display(), 10),
        Column("答复日期", day("answered_at"), 12),
        Column("代为登记", lambda row: "是" if row.on_behalf else "", 10),
        Column("答复说明", lambda row: row.answer_words, 30),
        Column("申请结果", lambda row: row.get_result_display(), 10),
        Column("兑现金额（万元）", lambda row: row.amount, 14),
        Column("结果说明", lambda row: row.result_words, 30),
    ]


def commitment_columns() -> list[Column]:
    return [
        Column("年度", lambda row: row.year, 8),
        Column("领办单位", lambda row: row.organisation.name, 34),
        Column("项目名称", lambda row: row.title, 36),
        Column("领办人", lambda row: row.leader_name, 12),
        Column("目标", lambda row: row.aim, 50),
        Column("举措", lambda row: row.measure, 50),
        Column("完成期限", lambda row: row.due_on, 12),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("完成情况", lambda row: row.report, 50),
        Column("报完成日期", lambda row: row.reported_on, 12),
        Column("确认日期", lambda row: row.confirmed_on, 12),
        Column("撤回原因", lambda row: row.withdrawn_reason, 30),
    ]


def missing_unit_columns() -> list[Column]:
    """Rows come `with_secretary`."""
    return [
        Column("党组织代码", lambda row: row.code, 18),
        Column("党组织名称", lambda row: row.name, 40),
        Column("党组织类别", lambda row: row.get_kind_display(), 16),
        Column("书记", lambda row: row.secretary_name or "", 12),
    ]
