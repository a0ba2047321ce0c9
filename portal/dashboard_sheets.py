"""The tables of the dashboard as sheets of a workbook."""

from functools import partial

from django.http import QueryDict

from orgs.exports import Column, Sheet
from portal import parts
from portal.cards import Card, cards
from portal.dashboards import Dashboard, Line
from portal.parts import PARTS
from portal.trends import trend
from portal.work import Scope

WIDE, WORDS = 30, 60


def sheets(scope: Scope) -> list[Sheet]:
    """What the dashboard shows the person of the organisation, day and period."""
    page = Dashboard(scope.user, scope.organisation, None if scope.is_today else scope.on, QueryDict())
    found = [
        Sheet("指标", MEASURES, _measures(page, scope)),
        Sheet("片区", _coverage("片区"), page.areas),
        Sheet("产业集群", _coverage("产业集群"), page.clusters),
        Sheet("覆盖方式", METHODS, page.methods),
        Sheet("下级党组织", _coverage("党组织"), page.children),
        Sheet("园区", _coverage("园区", "片区"), page.park_lines),
    ]
    for name, sheet in OF_PARTS.items():
        part = PARTS[name]
        if part.is_open_to(scope.user, scope.organisation) and (scope.is_today or not part.only_today):
            found += sheet(scope)
    return found


def _coverage(head: str, note: str = "") -> list[Column]:
    figures = (
        ("企业", "active"),
        ("组织覆盖", "organisation"),
        ("组织覆盖率", "organisation_coverage"),
        ("工作覆盖", "work"),
        ("工作覆盖率", "work_coverage"),
        ("未覆盖", "uncovered"),
        ("应建未建", "should_found"),
    )
    columns = [Column(head, lambda line: line.label, WIDE)]
    if note:
        columns.append(Column(note, lambda line: line.note))
    for header, name in figures:
        is_share = name.endswith("_coverage")
        columns.append(Column(header, partial(_figure, name=name, is_share=is_share), is_share=is_share))
    return columns


def _figure(line: Line, *, name: str, is_share: bool):
    value = getattr(line.figures, name)
    return value.value if is_share else value


METHODS = [
    Column("覆盖方式", lambda line: line.label, WIDE),
    Column("企业", lambda line: line.count),
    Column("占计入企业", lambda line: line.share, is_share=True),
]
# Rows are (name, unit, value, numerator, denominator, words); a share has its value in the column of shares.
MEASURES = [
    Column("指标", lambda row: row[0], WIDE),
    Column("数值", lambda row: None if row[1] == "%" else row[2]),
    Column("比率", lambda row: row[2] if row[1] == "%" else None, is_share=True),
    Column("单位", lambda row: row[1]),
    Column("分子", lambda row: row[3]),
    Column("分母", lambda row: row[4]),
    Column("口径", lambda row: row[5], WORDS),
]


def _measures(page: Dashboard, scope: Scope) -> list[tuple]:
    coverage = [
        (
            card.measure.name,
            card.measure.unit,
            card.rate.value if card.measure.is_rate else card.rate.numerator,
            card.rate.numerator,
            card.rate.denominator,
            card.measure.definition(page.rule),
        )
        for card in page.cards
    ]
    return coverage + [_of_work(card) for card in cards(scope)]


def _of_work(card: Card) -> tuple:
    figure = card.figure
    return card.name, card.measure.unit, figure.value, figure.numerator, figure.denominator, card.words


def _orders(scope: Scope) -> list[Sheet]:
    columns = [
        Column("环节", lambda step: step.label),
        Column("订单", lambda step: step.count),
        Column("占上一步", lambda step: step.of_previous, is_share=True),
        Column("占点单", lambda step: step.of_all, is_share=True),
    ]
    return [Sheet("需求闭环", columns, parts.funnel(scope))]


def _duties(scope: Scope) -> list[Sheet]:
    months = parts.duty_months(scope, most=None)
    columns = [
        Column("党组织", lambda line: line.label, WIDE),
        *(
            Column(f"{month}月", partial(_rate_of_month, month=month), width=8, is_share=True)
            for month in parts.MONTHS
        ),
        Column("全年完成率", lambda line: line.year.figures.rate, is_share=True),
        Column("已完成", lambda line: line.year.figures.met),
        Column("应完成", lambda line: line.year.figures.due),
    ]
    return [Sheet(f"三会一课{months.year}年", columns, [*months.lines, months.total])]


def _rate_of_month(line: parts.DutyLine, *, month: int):
    return line.squares[month - 1].figures.rate


def _network(scope: Scope) -> list[Sheet]:
    columns = [
        Column("一方", lambda tie: tie.one.name, WIDE),
        Column("另一方", lambda tie: tie.other.name, WIDE),
        Column("协议", lambda tie: tie.count),
        Column("签而未动", lambda tie: tie.idle),
        Column("带来什么", lambda tie: "，".join(tie.brought.words), WORDS),
        Column("最近", lambda tie: tie.last_on),
    ]
    return [Sheet("联建网络", columns, parts.network(scope)[0].ties)]


def _trend(scope: Scope) -> list[Sheet]:
    """Newest first, as the table of the dashboard has them."""
    found = trend(scope)
    columns = [Column("日期", lambda row: row[0])]
    for place, line in enumerate((*found.coverage, *found.others)):
        measured = line.measured
        header = measured.label if measured.is_rate else f"{measured.label}（{measured.unit}）"
        columns.append(Column(header, partial(_of_month, place=place), is_share=measured.is_rate))
    return [Sheet("近12个月走势", columns, found.rows)]


def _of_month(row, *, place: int):
    return row[1][place][1]


OF_PARTS = {"trend": _trend, "orders": _orders, "duties": _duties, "network": _network}
