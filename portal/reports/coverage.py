"""两个覆盖月报: both coverages of an organisation at the end of a month, by area, cluster or park, beside the month before.

Source of the columns: the usual monthly form of 两新 work committees (docs/regulations.md, coverage).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from orgs import access
from orgs.exports import Column as ListColumn
from orgs.models import Area, Cluster, Enterprise, Park
from orgs.regulations import CoverageRule
from orgs.statistics import Breadth, CoverageFigures, Rate, Register, total
from orgs.terms import month_end
from portal import measures
from portal.dashboards import NO_PLACE, rows_for
from portal.models import ReportCode
from portal.reports.sheets import Cell, Column, Definition, Grid, Line, Listing, Report, Sheet, Unit

CODE = ReportCode.COVERAGE
TITLE = CODE.label
BY = {"area": ("片区", Area), "cluster": ("产业集群", Cluster), "park": ("园区", Park)}
REGISTER = "企业登记册，按当日状态"


@dataclass(frozen=True)
class Group:
    """A line of the report on one day."""

    figures: CoverageFigures
    breadth: Breadth

    def count(self, code: str) -> int:
        return getattr(self.figures if hasattr(self.figures, code) else self.breadth, code)

    def rate(self, code: str) -> float | None:
        return Rate(self.count(code), self.figures.active).value


@dataclass(frozen=True)
class Count:
    """A column: what it counts, and by which condition of `orgs.statistics.Register`."""

    code: str
    title: str
    words: Callable[[CoverageRule], str]
    query: str
    source: str = measures.COVERAGE_ARTICLE


@dataclass(frozen=True)
class Share:
    """The rate after its numerator."""

    code: str
    title: str


ACTIVE = Count("active", "实际运营（分母）", lambda rule: rule.words, "active")
ORGANISATION = Count(
    "organisation", "组织覆盖", lambda rule: f"分母中{rule.organisation_words}的企业", "organisation_covered"
)
WORK = Count("work", "工作覆盖", lambda rule: f"分母中{rule.work_words}的企业", "work_covered")
SHOULD_FOUND = Count(
    "should_found",
    "应建未建",
    lambda rule: f"分母中{measures.MEASURES['should_found'].words(rule)}的企业",
    "should_found",
    measures.FOUNDING_ARTICLE,
)


def _method(code, title):
    return Count(code, title, lambda rule: f"分母中当日以“{title}”方式覆盖的企业", f'covered("{code}")')


COLUMNS: tuple[Count | Share, ...] = (
    Count("units", "企业总数", lambda rule: "登记册中的企业，不论状态", "enterprises", REGISTER),
    ACTIVE,
    Count(
        "with_members", "有党员",
        lambda rule: "分母中上报或名册上有党员的企业；党员数按现在登记的计，不保存历史", "with_members", REGISTER,
    ),
    Count(
        "enough_members", "达到组建人数",
        lambda rule: f"分母中上报党员或名册正式党员不少于{rule.should_found_members}人的企业；人数按现在登记的计",
        "enough_members", measures.FOUNDING_ARTICLE,
    ),
    _method("own", "单独组建"),
    _method("joint", "联合组建"),
    _method("area", "区域统建"),
    _method("trade", "行业统建"),
    _method("attached", "挂靠"),
    Count(
        "instructors", "指导员（人）",
        lambda rule: "当日派驻在分母企业的党建工作指导员，按姓名计，在一行中只计一次，各行之和可大于合计", "breadth",
        REGISTER,
    ),
    Count(
        "instructor", "派驻指导员", lambda rule: "分母中当日派驻有党建工作指导员的企业", 'covered("instructor")',
    ),
    ORGANISATION,
    Share("organisation", "组织覆盖率"),
    WORK,
    Share("work", "工作覆盖率"),
    SHOULD_FOUND,
)  # fmt: skip
COMPARED = (
    ACTIVE,
    ORGANISATION,
    Share("organisation", "组织覆盖率"),
    WORK,
    Share("work", "工作覆盖率"),
    SHOULD_FOUND,
)
RATES = {"organisation": "organisation_coverage", "work": "work_coverage"}

# Name of a count → the list filter with exactly its rows. Instructors are people, of whom there is no such list.
LISTS = measures.LISTS | {
    "units": {"active": "", "kind": "enterprise"},
    "with_members": {"members": "some"},
    "enough_members": {"members": "enough"},
}


@dataclass(frozen=True)
class Day:
    """All groups of one day, and what their lists are asked for."""

    register: Register
    scope: dict
    by: str
    groups: dict[object, Group]
    whole: Group

    def url(self, code: str, key: object = None, *, is_total=False) -> str:
        if code not in LISTS:
            return ""
        place = {} if is_total else measures.place(self.by, key)
        return measures.list_url(code, self.scope | place, LISTS)


def end_of(month: dt.date) -> dt.date:
    """The last day of the month; today while it runs."""
    return min(month_end(month), timezone.localdate())


def _day(user, organisation, by, on) -> Day:
    register = Register(on)
    rows = rows_for(user, organisation, register)
    scope = {"organisation": organisation.pk}
    if not register.is_today:
        scope["on"] = register.on.isoformat()
    figures = {found.key: found for found in register.figures(rows, by)}
    breadth, breadth_of_all = register.breadth(rows, by)
    groups = {
        key: Group(figures.get(key, CoverageFigures(key)), breadth.get(key, Breadth(key)))
        for key in figures.keys() | breadth.keys()
    }
    whole = Group(total(figures.values()), breadth_of_all)
    return Day(register, scope, by, groups, whole)


def build(user, organisation, month: dt.date, by: str = "area") -> Report:
    """As `user` may see it; `by` is one of `BY`. A fixed number of queries."""
    on = end_of(month)
    now = _day(user, organisation, by, on)
    before = _day(user, organisation, by, on.replace(day=1) - dt.timedelta(days=1))
    keys = now.groups.keys() | before.groups.keys()
    label, model = BY[by]
    names = dict(model.objects.filter(pk__in=keys - {None}).values_list("pk", "name"))
    ordered = sorted(keys, key=lambda key: (key is None, names.get(key, "")))
    labels = [(key, names.get(key, NO_PLACE[by])) for key in ordered]
    notes = [f"口径：{now.register.rule.words}。分母为零时显示“—”。"]
    if now.register.is_today and on != month_end(on):
        notes.append(f"本月未结束，数据截至{on}。")
    if not now.whole.count("units"):
        notes.append(f"截至{on}，登记册中还没有这个党组织的企业，各栏为零不表示没有覆盖。")
    elif not before.whole.count("units"):
        notes.append(f"截至{before.register.on}，登记册中还没有这个党组织的企业，“增减”即本月末的数。")
    return Report(
        code=CODE,
        title=f"{on.year}年{on.month}月{TITLE}",
        organisation=organisation,
        on=on,
        sheets=(
            Sheet("覆盖情况", (_figures(now, labels, label),)),
            Sheet("较上月", (_changes(now, before, labels, label),)),
        ),
        notes=tuple(notes),
    )


NOTHING = Group(CoverageFigures(), Breadth())


def _figures(day: Day, labels, label) -> Grid:
    def line(words, group, key=None, is_total=False):
        cells = tuple(
            Cell(group.rate(column.code))
            if isinstance(column, Share)
            else Cell(group.count(column.code), day.url(column.code, key, is_total=is_total))
            for column in COLUMNS
        )
        return Line(words, cells, is_total)

    lines = [line(words, day.groups[key], key) for key, words in labels if key in day.groups]
    return Grid(
        title="覆盖情况",
        head=label,
        columns=tuple(
            Column(column.title, Unit.SHARE if isinstance(column, Share) else Unit.COUNT)
            for column in COLUMNS
        ),
        lines=(line("合计", day.whole, is_total=True), *lines),
        definitions=tuple(_definition(column, day) for column in COLUMNS),
    )


def _definition(column, day) -> Definition:
    if isinstance(column, Share):
        measure = measures.MEASURES[RATES[column.code]]
        return Definition(
            column.title,
            measure.definition(day.register.rule),
            measure.source,
            f"portal.measures：{measure.code}",
            day.url(column.code, is_total=True),
        )
    return Definition(
        column.title,
        f"{column.words(day.register.rule)}。",
        column.source,
        f"orgs.statistics.Register：{column.query}",
        day.url(column.code, is_total=True),
    )


def _changes(now: Day, before: Day, labels, label) -> Grid:
    def three(column, groups, key, is_total):
        if isinstance(column, Share):
            one, other = (group.rate(column.code) for group in groups)
            return Cell(one), Cell(other), Cell(None if None in (one, other) else one - other)
        one, other = (group.count(column.code) for group in groups)
        return (
            Cell(one, now.url(column.code, key, is_total=is_total)),
            Cell(other, before.url(column.code, key, is_total=is_total)),
            Cell(one - other),
        )

    def line(words, groups, key=None, is_total=False):
        cells = [cell for column in COMPARED for cell in three(column, groups, key, is_total)]
        return Line(words, tuple(cells), is_total)

    lines = [
        line(words, (now.groups.get(key, NOTHING), before.groups.get(key, NOTHING)), key)
        for key, words in labels
    ]
    words = f"左为{now.register.on}，右为{before.register.on}；覆盖率之差为百分点。各按当日执行的口径计算。"
    return Grid(
        title="较上月",
        head=label,
        columns=tuple(column for compared in COMPARED for column in _three_columns(compared)),
        lines=(line("合计", (now.whole, before.whole), is_total=True), *lines),
        definitions=(Definition("较上月", words, REGISTER, "orgs.statistics.Register：两个日期各计一次"),),
        note=words,
    )


def _three_columns(column):
    units = (Unit.SHARE, Unit.POINTS) if isinstance(column, Share) else (Unit.COUNT, Unit.CHANGE)
    title = column.title.removesuffix("（分母）")
    return Column(title, units[0]), Column("上月", units[0]), Column("增减", units[1])


# --- The names -------------------------------------------------------------------------------------------


def may_list(user, organisation) -> bool:
    return access.has_at(user, "export", organisation)


def listing(user, organisation, on: dt.date) -> Listing | None:
    """应建未建: the enterprises that the report counts; None for who may not take their names out."""
    if not may_list(user, organisation):
        return None
    register = Register(on)
    rows = rows_for(user, organisation, register).filter(register.should_found)
    found = Enterprise.objects.filter(pk__in=rows.order_by().values(register.id_field))
    found = found.select_related("park__area", "cluster").defer("contact_phone").order_by("name", "pk")
    return Listing("应建未建名单", LISTED, list(found))


LISTED = [
    ListColumn("企业名称", lambda row: row.name, 36),
    ListColumn("统一社会信用代码", lambda row: row.credit_code, 22),
    ListColumn("园区", lambda row: row.park.name if row.park else "", 20),
    ListColumn("片区", lambda row: row.park.area.name if row.park else "", 14),
    ListColumn("产业集群", lambda row: row.cluster.name if row.cluster else "", 16),
    ListColumn("上报党员", lambda row: row.reported_members, 10),
    ListColumn("名册正式党员", lambda row: row.registered_members, 12),
    ListColumn("组建进度", lambda row: row.get_building_stage_display(), 16),
]
