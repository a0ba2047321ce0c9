"""Thresholds and definitions that places set differently, with the value in force on a day.

`DatedSetting` rows override the defaults below; a changed rule is a new dated row, never an edit of history.
Source of the defaults: 中办发〔2012〕11号 and 支部工作条例 art. 4–5, 任期意见; see docs/regulations.md.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from orgs import once
from orgs.bands import amount, parse_bands, parse_range, parse_share
from orgs.clock import parse_ranges
from orgs.frequencies import parse_frequency
from orgs.models import ACTIVE_STATUSES, DatedSetting, EnterpriseStatus

# What dates can still be reckoned with, and every column holds.
LARGEST = 100_000


@dataclass(frozen=True)
class Definition:
    """A setting: what it is called, its default, and which regulation it rests on."""

    label: str
    default: object
    basis: str
    check: Callable[[object], object] | None = None
    """Raises ValidationError for a value of the right kind that makes no sense."""


def at_most(limit: int, *, least: int = 0) -> Callable[[int], None]:
    def check(value):
        if not least <= value <= limit:
            raise ValidationError(f"请填写{least}至{limit}之间的数。")

    return check


# 学历 from the highest down, as `members.choices.Education` calls them.
EDUCATIONS = ("博士研究生", "硕士研究生", "大学本科", "大学专科")


def one_of(names):
    """A check: the value is one of these words."""

    def check(value):
        if value not in names:
            raise ValidationError(f"请填写以下之一：{'、'.join(names)}。")

    return check


def working_ranges(text):
    if not parse_ranges(text):
        raise ValidationError("请填写至少一段工作时间。")


PAIRING_RULES = "管理需要：一般每季度至少联系1次"
DUES_RULES = "党费收缴、使用和管理的规定"
BRANCH_RULES = "支部工作条例"
DEFINITIONS: dict[str, Definition] = {
    "coverage_denominator_name": Definition("覆盖率分母口径名称", "实体运营企业", "两个覆盖统计口径"),
    "coverage_statuses": Definition(
        "计入分母的登记状态", [str(s) for s in ACTIVE_STATUSES], "剔除注销、吊销、迁出等非实体运营企业"
    ),
    "coverage_exclude_dormant": Definition("分母剔除空壳、僵尸企业", True, "摸排通行做法"),
    "coverage_min_employees": Definition("分母最低从业人数（0 为不限）", 0, "地方口径可设10人或50人"),
    "coverage_counts_attached": Definition("挂靠计入组织覆盖", False, "各地口径不同，默认不计"),
    "instructor_visit_days": Definition(
        "指导员超过多少天未走访不再计入工作覆盖（0 为不限）", 0, "各地口径不同，默认不限"
    ),
    "should_found_members": Definition("应建未建的正式党员人数下限", 3, "支部工作条例第四条"),
    "joint_branch_units": Definition("联合党支部一般覆盖单位数上限", 5, "支部工作条例第五条"),
    "instructor_enterprises": Definition("指导员一般联系企业数上限", 3, "地方通行做法"),
    "term_notice_days": Definition("换届提前提醒天数", 180, "任期意见：一般提前6个月提醒"),
    "survey_days": Definition("摸排任务办理天数", 30, "管理需要"),
    "visit_task_days": Definition(
        "走访任务办理天数（新登记、新迁入企业自登记入库起）",
        30,
        "三进三同步三联：组建与入驻同步",
        at_most(1000, least=1),
    ),
    "visit_every_days": Definition(
        "重点企业多少天未走访自动生成走访任务（0 为不生成）",
        0,
        "管理需要：各地频次不同，默认不生成",
        at_most(1000),
    ),
    "leaderboard_least": Definition(
        "榜单：参加排名的最小基数（如企业、党员、应到人次、订单数）",
        5,
        "管理需要：基数过小的数字起伏大，单列不排名",
        at_most(1000, least=1),
    ),
    "leaderboard_named": Definition(
        "榜单：只公布前几名（0 为全部公布）", 0, "管理需要：可不公布靠后的名次", at_most(1000)
    ),
    "visit_notice_days": Definition("走访任务到期前多少天提醒", 7, "管理需要", at_most(60)),
    "dues_salary_bands": Definition(
        "党费比例：按月领取工资（上限:百分比，含上限）",
        "3000:0.5，5000:1，10000:1.5，以上:2",
        DUES_RULES,
        parse_bands,
    ),
    "dues_retired_bands": Definition(
        "党费比例：离退休（上限:百分比，含上限）", "5000:0.5，以上:1", DUES_RULES, parse_bands
    ),
    "dues_fixed_amount": Definition("党费：学生、下岗失业、领取救济的每月元数", "0.2", DUES_RULES, amount),
    "dues_farmer_range": Definition("党费：农民每月元数范围", "0.2-1", DUES_RULES, parse_range),
    "dues_notice_months": Definition("欠交党费满几个月提醒", 3, "管理需要"),
    "dues_limit_months": Definition("欠交党费满几个月须按规定处理，也是一般可补交的月数", 6, DUES_RULES),
    "dues_gift_whole": Definition("一次自愿多交超过多少元的全部上缴中央", 1000, DUES_RULES),
    "dues_returned_percent": Definition(
        "非公有制企业党员党费返还比例（%）", 100, "中办发〔2012〕11号：全额返还"
    ),
    "recruit_notice_workdays": Definition("发展党员公示工作日数（0 为不要求）", 5, "地方通行做法：5个工作日"),
    "recruit_review_months": Definition("政治审查有效月数（0 为不限）", 12, "地方通行做法：1年"),
    "recruit_meeting_months": Definition(
        "预审合格后几个月内召开支部大会（0 为不限）", 1, "地方通行做法：1个月"
    ),
    "recruit_retry_months": Definition("支部大会未通过后几个月内不再讨论", 6, "地方通行做法：半年"),
    "recruit_high_tech_share": Definition(
        "发展党员计划中高新技术企业名额占比（如 2/3，进位取整）", "2/3", "地方通行做法：三分之二", parse_share
    ),
    "letter_days_inside": Definition("组织关系介绍信有效天数（本系统内）", 10, "地方通行做法：市内10天"),
    "letter_days_outside": Definition("组织关系介绍信有效天数（转出外部）", 30, "地方通行做法：市外30天"),
    "letter_months_max": Definition("组织关系介绍信最长有效月数", 3, "教育管理工作条例：最长不超过3个月"),
    "letter_notice_days": Definition("介绍信失效前提醒天数", 7, "管理需要"),
    "transfer_notice_days": Definition("转接同一环节停留多少天提醒", 7, "管理需要"),
    "transfer_overdue_days": Definition("转接同一环节停留多少天超期", 30, "管理需要"),
    "floating_months": Definition("外出满多少个月应登记流动党员或转接", 6, "流动党员管理工作的意见"),
    "abroad_contact_months": Definition("出国党员至少多少个月联系1次", 6, "教育管理工作条例"),
    "graduate_years": Definition("毕业生组织关系保留年数", 2, "教育管理工作条例"),
    "leading_notice_days": Definition("先锋岗位、代表任期届满提前提醒天数", 60, "管理需要"),
    "training_hours_member": Definition(
        "党员每年集中学习培训学时", 32, "2019—2023年全国党员教育培训工作规划；新规划另行设定"
    ),
    "training_hours_leader": Definition("党支部书记和委员每年集中学习培训学时", 56, "同上"),
    "lost_search_entries": Definition(
        "停止党籍前至少查找记录条数", 3, "教育管理工作条例第二十四条：通过各种方式查找"
    ),
    "pairing_months_to_member": Definition(
        "三培养（骨干到党员）至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "pairing_months_to_expert": Definition(
        "三培养（党员到骨干）至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "pairing_months_to_manager": Definition(
        "三培养（党员骨干到管理骨干）至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "pairing_months_mentor": Definition(
        "导师带徒至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "pairing_months_expert": Definition(
        "委员联系专家至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "pairing_months_talent": Definition(
        "支委联系青年人才至少几个月联系1次（0 为不限）", 3, PAIRING_RULES, at_most(120)
    ),
    "agreement_dormant_days": Definition(
        "共建协议多少天未登记活动或成效视为沉睡（0 为不提醒）", 90, "管理需要", at_most(1000)
    ),
    "agreement_years": Definition("共建协议期限一般不超过几年", 3, "通行做法：1至3年", at_most(20, least=1)),
    "secondment_firm_months": Definition(
        "选定科技副总时企业至少运营几个月（0 为不要求）", 12, "地方通行做法：运营1年以上", at_most(120)
    ),
    "secondment_independent": Definition(
        "选定科技副总时须确认企业不是人选或其派出单位创办、控股", True, "地方通行做法"
    ),
    "secondment_contract_years": Definition(
        "选定科技副总时须确认与派出单位的聘用合同不少于几年（0 为不要求）",
        3,
        "地方通行做法：3年以上",
        at_most(20),
    ),
    "secondment_term_years": Definition(
        "科技副总、产业教授一次聘期最长几年", 3, "管理需要", at_most(20, least=1)
    ),
    "talent_education": Definition(
        "人才库：最低学历", "硕士研究生", "地方通行做法：硕士及以上", one_of(EDUCATIONS)
    ),
    "talent_age_below": Definition(
        "人才库：不满多少周岁", 35, "地方通行做法：35周岁以下", at_most(120, least=1)
    ),
    "duty_members_meeting": Definition(
        "支部党员大会频次", "每季度1次", f"{BRANCH_RULES}第十一条", parse_frequency
    ),
    "duty_branch_committee": Definition(
        "支委会频次（设支委会的党支部）", "每月1次", f"{BRANCH_RULES}第十二条", parse_frequency
    ),
    "duty_group_meeting": Definition("党小组会频次", "每月1次", f"{BRANCH_RULES}第十三条", parse_frequency),
    "duty_party_lecture": Definition("党课频次", "每季度1次", "地方通行做法：每季度1次", parse_frequency),
    "duty_theme_day": Definition("主题党日频次", "每月1次", f"{BRANCH_RULES}第十六条", parse_frequency),
    "duty_org_life_meeting": Definition(
        "组织生活会频次", "每年1次", f"{BRANCH_RULES}第十七条", parse_frequency
    ),
    "duty_appraisal": Definition("民主评议党员频次", "每年1次", f"{BRANCH_RULES}第十七条", parse_frequency),
    "duty_good_percent": Definition("三会一课完成率达到多少（%）标为绿色", 90, "管理需要", at_most(100)),
    "duty_fair_percent": Definition(
        "三会一课完成率达到多少（%）标为黄色，不到的标为红色", 70, "管理需要", at_most(100)
    ),
    "duty_grace_days": Definition("组织生活逾期后可补开的天数（0 为不可补开）", 10, "管理需要", at_most(28)),
    "duty_year_extension_months": Definition(
        "组织生活会、民主评议可延至次年前几个月", 3, "通行做法：可在次年第一季度召开", at_most(6)
    ),
    "duty_month_notice_day": Definition(
        "每月几日起提醒尚未开展的组织生活", 25, "管理需要", at_most(28, least=1)
    ),
    "duty_quarter_notice_days": Definition("季度末前多少天起提醒", 15, "管理需要", at_most(90)),
    "duty_year_notice_days": Definition(
        "年末前多少天起提醒（17天即12月15日起）", 17, "管理需要", at_most(365)
    ),
    "venue_booking_hours": Definition("场地一次最多预订几小时", 12, "管理需要", at_most(72, least=1)),
    "venue_booking_days": Definition("场地最多提前多少天预订", 90, "管理需要", at_most(730, least=1)),
    "working_hours": Definition("工作时间", "9:00-12:00，13:00-17:30", "管理需要", working_ranges),
    "order_urgent_hours": Definition(
        "紧急订单受理、接单时限（工作小时）", 1, "管理需要", at_most(80, least=1)
    ),
    "order_escalation_hours": Definition(
        "订单逾期后每隔多少工作小时再报上一级", 4, "管理需要", at_most(80, least=1)
    ),
    "order_rating_workdays": Definition(
        "订单办结后多少个工作日未评价即结束", 5, "管理需要", at_most(60, least=1)
    ),
    "whistle_arrival_minutes": Definition(
        "吹哨后多少分钟内报到", 30, "吹哨报到通行做法：30分钟内到场", at_most(1440, least=5)
    ),
}


def value_on(code: str, on: dt.date | None = None):
    """The value of a setting in force on the day (default: today). Raises KeyError for an unknown code."""
    return values_on([code], on)[code]


def values_on(codes, on: dt.date | None = None) -> dict[str, object]:
    """Several settings in one query."""
    return _values_and_day(codes, on)[0]


def _values_and_day(codes, on):
    """Values in force, and the day the youngest of them took effect (None: all are the defaults)."""
    found, since = {code: DEFINITIONS[code].default for code in codes}, None
    last = on or timezone.localdate()
    for code, day, value in _rows(found, last):
        found[code], since = value, day
    return found, since


def _rows(codes, last: dt.date = dt.date.max):
    """(code, day, value) of what is in force from a day until `last`, oldest first; a page that asks often reads all
    at once, the table is small.
    """
    columns = ("code", "effective_on", "value")
    rows = DatedSetting.objects.order_by("effective_on").values_list(*columns)
    if not once.is_kept():
        return rows.filter(code__in=codes, effective_on__lte=last)
    known = once.answer(DatedSetting, lambda: list(rows))
    return [row for row in known if row[0] in codes and row[1] <= last]


class History:
    """Several settings as they were on any day, in one query."""

    def __init__(self, codes):
        self._values = {code: [(dt.date.min, DEFINITIONS[code].default)] for code in codes}
        for code, since, value in _rows(self._values):
            self._values[code].append((since, value))

    def at(self, code: str, on: dt.date):
        return next(value for since, value in reversed(self._values[code]) if since <= on)


def validate_setting(code: str, value) -> None:
    """Raises ValidationError unless `value` is of the kind the default has and makes sense."""
    default = DEFINITIONS[code].default
    if type(value) is not type(default):
        raise ValidationError(f"“{DEFINITIONS[code].label}”的值类型不对。")
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        raise ValidationError(f"“{DEFINITIONS[code].label}”不能为负数。")
    if isinstance(value, int) and value > LARGEST:
        raise ValidationError(f"“{DEFINITIONS[code].label}”不能大于{LARGEST}。")
    if isinstance(value, list) and (not value or set(value) - set(EnterpriseStatus.values)):
        raise ValidationError("登记状态至少选一项，且须为系统内的状态。")
    if check := DEFINITIONS[code].check:
        check(value)


@dataclass(frozen=True)
class CoverageRule:
    """The definition (口径) of both coverage rates on a day; printed beside every rate."""

    on: dt.date
    name: str
    statuses: tuple[str, ...]
    exclude_dormant: bool
    min_employees: int
    counts_attached: bool
    visit_days: int
    should_found_members: int
    effective_on: dt.date | None = None

    @property
    def words(self) -> str:
        labels = "、".join(EnterpriseStatus(status).label for status in self.statuses)
        parts = [f"登记状态为{labels}"]
        if self.exclude_dormant:
            parts.append("剔除空壳、僵尸企业")
        if self.min_employees:
            parts.append(f"从业人数不少于{self.min_employees}人")
        return f"{self.name}：" + "，".join(parts)

    @property
    def organisation_words(self) -> str:
        attached = "、挂靠" if self.counts_attached else ""
        return f"当前有单独组建、联合组建、区域统建、行业统建{attached}党组织"

    @property
    def work_words(self) -> str:
        visits = f"（{self.visit_days}天内有走访）" if self.visit_days else ""
        return f"有组织覆盖，或当前派驻党建工作指导员{visits}"


def coverage_rule(on: dt.date | None = None) -> CoverageRule:
    """The rule in force on the day (default: today); one query."""
    on = on or timezone.localdate()
    v, since = _values_and_day(
        [
            "coverage_denominator_name",
            "coverage_statuses",
            "coverage_exclude_dormant",
            "coverage_min_employees",
            "coverage_counts_attached",
            "instructor_visit_days",
            "should_found_members",
        ],
        on,
    )
    return CoverageRule(
        on,
        v["coverage_denominator_name"],
        tuple(v["coverage_statuses"]),
        v["coverage_exclude_dormant"],
        v["coverage_min_employees"],
        v["coverage_counts_attached"],
        v["instructor_visit_days"],
        v["should_found_members"],
        since,
    )
