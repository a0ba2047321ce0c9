"""The columns of exported lists. Headers and words are those of the import, so an own export re-imports as unchanged.

Of the longest lists a row is a named tuple of the fields that are shown: a fraction of what a model instance costs.
"""

from collections.abc import Callable
from operator import attrgetter

from orgs.models import CoverageLine, Enterprise
from orgs.resources.enterprises import EnterpriseResource
from orgs.writers import Column

# The regulator's list in its own order; after the serial number.
ENTERPRISE_ORDER = (
    ("name", 34),
    ("credit_code", 22),
    ("legal_representative", 12),
    ("capital", 12),
    ("founded_on", 12),
    ("status", 10),
    ("industry", 20),
    ("cluster", 14),
    ("park", 22),
    ("address", 30),
    ("employees", 10),
    ("reported_members", 10),
    ("contact_name", 12),
    ("contact_phone", 16),
    ("is_high_tech", 12),
)


def enterprise_fields(*, with_phones: bool) -> list[str]:
    """What `enterprise_columns` reads of a row; the telephone number is not even read where it may not be shown."""
    joined = {"cluster": "cluster__name", "park": "park__name"}
    shown = [joined.get(name, name) for name, _ in ENTERPRISE_ORDER if name != "contact_phone" or with_phones]
    return [*shown, "capital_text", "founded_precision", *(["phone_is_open"] if with_phones else [])]


def enterprise_columns(*, with_phones: bool) -> list[Column]:
    """One list of columns per export: it counts the rows. A phone that may not be shown stays blank."""
    resource = EnterpriseResource()
    values = {
        "capital": _capital,
        "founded_on": _founded_on,
        "status": words_of(Enterprise, "status"),
        "cluster": lambda row: row.cluster__name,
        "park": lambda row: row.park__name,
        "contact_phone": _phone if with_phones else lambda row: None,
        "is_high_tech": lambda row: yes_no(row.is_high_tech),
    }
    columns = [
        Column(resource.column(name).label, values.get(name) or attrgetter(name), width)
        for name, width in ENTERPRISE_ORDER
    ]
    return [serial_column(), *columns]


def words_of(model, name: str) -> Callable[[object], str]:
    """The value of a column as its choices call it; `get_…_display` looks all of them through for every row."""
    labels = dict(model._meta.get_field(name).flatchoices)
    return lambda row: labels.get(getattr(row, name), "")


def yes_no(value: bool | None) -> str | None:
    return None if value is None else "是" if value else "否"


def serial_column() -> Column:
    numbers = iter(range(1, 10**9))
    return Column("序号", lambda row: next(numbers), 6)


def coverage_columns() -> list[Column]:
    """The ledger, headed like its import, with where the enterprise lies at the end."""
    return [
        Column("统一社会信用代码", lambda row: row.enterprise.credit_code, 22),
        Column("企业名称", lambda row: row.enterprise.name, 34),
        Column("覆盖方式", lambda row: row.get_method_display(), 12),
        Column("覆盖党组织代码", lambda row: row.organisation.code if row.organisation_id else None, 16),
        Column("党建工作指导员", lambda row: row.instructor_name, 14),
        Column("起始日期", lambda row: row.since, 12),
        Column("覆盖党组织名称", lambda row: row.organisation.name if row.organisation_id else None, 34),
        Column("覆盖类别", lambda row: CoverageLine(row.line).label, 12),
        Column("派驻期满日期", lambda row: row.term_ends_on, 12),
        Column("依据", lambda row: row.evidence, 24),
    ]


def visit_task_columns() -> list[Column]:
    return [
        *_of_enterprise(),
        Column("类别", lambda row: row.get_kind_display(), 12),
        Column("原因", lambda row: row.get_reason_display(), 12),
        Column("责任党组织", lambda row: row.organisation.name if row.organisation_id else None, 30),
        Column("服务队或指导员", lambda row: row.goer, 20),
        Column("发起日期", lambda row: row.opened_on, 12),
        Column("期限", lambda row: row.due_on, 12),
        Column("状态", lambda row: row.get_state_display(), 10),
        Column("走访日期", lambda row: row.visit.visited_on if row.visit_id else None, 12),
        Column("走访人", lambda row: row.visit.visitor_name if row.visit_id else None, 12),
        Column("说明", lambda row: row.note, 30),
        Column("撤销原因", lambda row: row.dropped_reason, 24),
    ]


def visit_columns() -> list[Column]:
    return [
        *_of_enterprise(),
        Column("类别", lambda row: row.get_kind_display(), 12),
        Column("走访日期", lambda row: row.visited_on, 12),
        Column("走访人", lambda row: row.visitor_name, 12),
        Column("服务队", lambda row: row.team.name if row.team_id else None, 20),
        Column("情况", lambda row: row.gist, 50),
        Column("企业诉求", lambda row: row.needs, 40),
    ]


def _of_enterprise() -> list[Column]:
    return [
        Column("企业名称", lambda row: row.enterprise.name, 34),
        Column("统一社会信用代码", lambda row: row.enterprise.credit_code, 22),
        Column("园区", lambda row: row.enterprise.park.name if row.enterprise.park_id else None, 22),
    ]


def visit_team_columns() -> list[Column]:
    return [
        Column("名称", lambda team: team.name, 24),
        Column("组建党组织", lambda team: team.organisation.name, 30),
        Column("服务范围", lambda team: team.place and str(team.place), 20),
        Column("队长", lambda team: team.leader and str(team.leader), 24),
        Column("队员", lambda team: "、".join(str(one) for one in team.people if not one.leads), 50),
        Column("成立日期", lambda team: team.founded_on, 12),
        Column("走访次数", lambda team: team.visit_count, 10),
        Column("待走访任务", lambda team: team.open_count, 10),
        Column("解散日期", lambda team: team.disbanded_on, 12),
        Column("解散原因", lambda team: team.disbanded_reason, 20),
    ]


def _capital(row):
    """The amount in 万元; the list's own words where they are no amount in yuan."""
    return row.capital if row.capital is not None else row.capital_text


def _founded_on(row):
    if row.founded_on and row.founded_precision == "month":
        return f"{row.founded_on:%Y-%m}"
    return row.founded_on


def _phone(row):
    return row.contact_phone if row.phone_is_open else None
