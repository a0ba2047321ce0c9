"""The columns of the exported register. Headers and words are those of the import: an own export re-imports unchanged."""

import datetime as dt

from members.choices import Precision, Relation
from orgs.exports import Column


def member_columns() -> list[Column]:
    """Numbers are whole where the row says so (`numbers_are_open`), masked elsewhere."""
    return [
        Column("姓名", lambda row: row.name, 12),
        Column("公民身份号码", _identity, 22),
        Column("性别", lambda row: row.get_sex_display(), 6),
        Column("民族", lambda row: row.ethnicity, 10),
        Column("出生日期", lambda row: row.born_on, 12),
        Column("学历", lambda row: row.get_education_display(), 12),
        Column("入党日期", lambda row: day_or_month(row.joined_on, row.joined_precision), 12),
        Column("转正日期", lambda row: day_or_month(row.confirmed_on, row.confirmed_precision), 12),
        Column("党员类别", lambda row: row.get_membership_display(), 10),
        Column("所在党支部代码", lambda row: row.organisation.code, 18),
        Column("工作单位信用代码", lambda row: row.employer_code, 22),
        Column("职务", lambda row: row.position, 16),
        Column("专业技术职称", lambda row: row.get_title_display(), 12),
        Column("是否研发人员", lambda row: _yes_no(row.is_research), 12),
        Column("手机号码", _mobile, 14),
        Column("是否流动党员", lambda row: _yes_no(row.relation == Relation.FLOATING_OUT), 12),
        Column("所在党支部", lambda row: row.organisation.name, 30),
    ]


def day_or_month(day: dt.date | None, precision: str):
    """2021.10 where only the month is known."""
    return f"{day:%Y.%m}" if day and precision == Precision.MONTH else day


def _yes_no(value):
    return None if value is None else "是" if value else "否"


def _identity(row):
    return row.identity_number if row.numbers_are_open else row.masked_identity


def _mobile(row):
    return row.mobile if row.numbers_are_open else row.masked_mobile
