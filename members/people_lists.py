"""The columns of the exported lists of pairings and of the talent pool."""

from django.utils import timezone

from members import pairing
from orgs.exports import Column


def pairing_columns(today) -> list[Column]:
    """Who with whom, for what and since when; never what was talked about."""
    return [
        Column("类别", lambda row: row.get_kind_display(), 26),
        Column("党组织", lambda row: row.organisation.name, 30),
        Column("带教（联系）人", lambda row: row.leader.name, 14),
        Column("带教（联系）人所在党支部", lambda row: row.leader.organisation.name, 30),
        Column("对象", lambda row: row.led_name, 14),
        Column("目标", lambda row: row.aim, 30),
        Column("起", lambda row: row.since, 12),
        Column("计划至", lambda row: row.until, 12),
        Column("最近联系", lambda row: row.last_contact_on, 12),
        Column("应联系日期", lambda row: row.due_on, 12),
        Column("情况", lambda row: pairing.mark(row, today).words, 18),
        Column("结束日期", lambda row: row.ended_on, 12),
        Column("结果", lambda row: row.get_result_display(), 10),
    ]


def talent_columns() -> list[Column]:
    """Mobiles are whole where the row says so (`numbers_are_open`), masked elsewhere."""
    return [
        Column("姓名", lambda row: row.name, 12),
        Column("性别", lambda row: row.get_sex_display(), 6),
        Column("出生日期", lambda row: row.born_on, 12),
        Column("学历", lambda row: row.get_education_display(), 14),
        Column("专业技术职称", lambda row: row.get_title_display(), 12),
        Column("研发人员", _research, 10),
        Column("工作单位", lambda row: row.employer_name or row.employer_code, 30),
        Column("职务", lambda row: row.position, 14),
        Column("来源", source_words, 16),
        Column("所在党支部", lambda row: row.organisation.name, 30),
        Column("手机号码", _mobile, 14),
    ]


def outside_columns() -> list[Column]:
    return [
        Column("姓名", lambda row: row.name, 12),
        Column("出生日期", lambda row: row.born_on, 12),
        Column("学历", lambda row: row.get_education_display(), 14),
        Column("研发人员", _research, 10),
        Column("从事领域", lambda row: row.field, 20),
        Column("工作单位", lambda row: row.unit_name or row.unit_code, 30),
        Column("登记党组织", lambda row: row.organisation.name, 30),
        Column("同意日期", lambda row: row.consent_on, 12),
        Column("同意方式", lambda row: row.get_consent_how_display(), 10),
        Column("登记日期", lambda row: timezone.localdate(row.created_at), 12),
        Column("手机号码", _mobile, 14),
    ]


def source_words(row) -> str:
    """Why somebody stands in the list; for members with the flags of `members.talent.with_sources`."""
    if row.is_out:
        return "已移出"
    return "、".join(words for words, holds in (("按规则", row.by_rule), ("手工列入", row.by_hand)) if holds)


def _research(row):
    return None if row.is_research is None else "是" if row.is_research else "否"


def _mobile(row):
    return row.mobile if row.numbers_are_open else row.masked_mobile
