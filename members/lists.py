"""The columns of the exported register. Headers and words are those of the import: an own export re-imports unchanged."""

import datetime as dt
from operator import attrgetter

from members.choices import Precision, Relation
from members.models import Member
from orgs.fields import mask_identity, mask_phone
from orgs.lists import words_of, yes_no
from orgs.writers import Column

# What the columns read of a row, which is a named tuple of these.
MEMBER_FIELDS = (
    "name", "identity_number", "sex", "ethnicity", "born_on", "education", "joined_on", "joined_precision",
    "confirmed_on", "confirmed_precision", "membership", "organisation__code", "employer_code", "position", "title",
    "is_research", "mobile", "relation", "organisation__name", "numbers_are_open",
)  # fmt: skip


def member_columns() -> list[Column]:
    """Numbers are whole where the row says so (`numbers_are_open`), masked elsewhere."""
    return [
        Column("姓名", attrgetter("name"), 12),
        Column("公民身份号码", _identity, 22),
        Column("性别", words_of(Member, "sex"), 6),
        Column("民族", attrgetter("ethnicity"), 10),
        Column("出生日期", attrgetter("born_on"), 12),
        Column("学历", words_of(Member, "education"), 12),
        Column("入党日期", lambda row: day_or_month(row.joined_on, row.joined_precision), 12),
        Column("转正日期", lambda row: day_or_month(row.confirmed_on, row.confirmed_precision), 12),
        Column("党员类别", words_of(Member, "membership"), 10),
        Column("所在党支部代码", attrgetter("organisation__code"), 18),
        Column("工作单位信用代码", attrgetter("employer_code"), 22),
        Column("职务", attrgetter("position"), 16),
        Column("专业技术职称", words_of(Member, "title"), 12),
        Column("是否研发人员", lambda row: yes_no(row.is_research), 12),
        Column("手机号码", _mobile, 14),
        Column("是否流动党员", lambda row: yes_no(row.relation == Relation.FLOATING_OUT), 12),
        Column("所在党支部", attrgetter("organisation__name"), 30),
    ]


def day_or_month(day: dt.date | None, precision: str):
    """2021.10 where only the month is known."""
    return f"{day:%Y.%m}" if day and precision == Precision.MONTH else day


def _identity(row):
    return row.identity_number if row.numbers_are_open else mask_identity(row.identity_number)


def _mobile(row):
    return row.mobile if row.numbers_are_open else mask_phone(row.mobile)
