"""发展党员情况一览表: the cases of a list, on paper and as a workbook. It holds no numbers of people."""

from collections.abc import Iterable

from members.recruiting.steps import STEPS
from orgs.exports import Column
from orgs.paper import Paper, Row, Table, chinese_month

TITLE = "发展党员情况一览表"
MOST_PRINTED = 500
# Shares of a wide sheet, in the order of the columns: a day fits on one line.
WIDTHS = (13, 9, 10, 17, 14, 25, 25, 14, *(18,) * 6, 18, 18)


def roster_columns() -> list[Column]:
    return [
        Column("姓名", lambda case: case.name, 12),
        Column("性别", lambda case: case.get_sex_display(), 6),
        Column("民族", lambda case: case.ethnicity, 8),
        Column("出生年月", lambda case: chinese_month(case.born_on), 12),
        Column("学历", lambda case: case.get_education_display(), 12),
        Column("工作单位", lambda case: case.employer_name or case.employer_code, 30),
        Column("所在党支部", lambda case: case.organisation.name, 30),
        Column("阶段", lambda case: case.get_stage_display(), 12),
        Column("申请日期", lambda case: case.applied_on, 12),
        Column("积极分子日期", lambda case: case.activist_on, 12),
        Column("发展对象日期", lambda case: case.candidate_on, 12),
        Column("支部大会日期", lambda case: case.meeting_on, 12),
        Column("批准日期", lambda case: case.approved_on, 12),
        Column("预备期满", lambda case: case.probation_ends_on, 12),
        Column("下一步", _next_step, 20),
        Column("应办日期", lambda case: case.due_on, 12),
    ]


def _next_step(case) -> str:
    step = STEPS.get(case.next_step)
    return f"{case.next_step} {step}" if step else ""


def roster_paper(cases: Iterable, chosen: list[str], watermark: str) -> Paper:
    """`chosen` says what the list was filtered by, `watermark` who printed it and when."""
    columns = roster_columns()
    rows = [Row(tuple(_text(column.value(case)) for column in columns)) for case in cases]
    said = "；".join(chosen) or "全部在办"
    return Paper(
        title=TITLE,
        body=(
            f"筛选：{said}。共{len(rows)}人。",
            Table(tuple(rows), WIDTHS, tuple(c.header for c in columns)),
        ),
        signature=(watermark,),
    )


def _text(value) -> str:
    return "" if value is None else str(value)
