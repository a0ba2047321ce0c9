"""党内统计年报: the members and organisations of an organisation at the end of a year, and what happened in it.

Counted by the formal relation as of 31 December, for the running year as of today. Every table adds up to its total: what
is not filled in has a row of its own. Source: the tables of 党内统计年报 (中央组织部); docs/regulations.md.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from activities import training
from activities.models import Appraisal, AppraisalGrade, Grade
from members import composition
from members.choices import ENDS_MEMBERSHIP, Closing, Opening
from members.models import Member, RecruitmentCase
from orgs.access import has_at, has_at_top
from orgs.kinds import BRANCHES, COMMITTEES, OrganisationKind
from orgs.models import Organisation, UnitKind
from portal.models import ReportCode
from portal.reports.sheets import Cell, Column, Definition, Grid, Line, Report, Sheet, Unit

CODE = ReportCode.YEARLY
TITLE = CODE.label
SOURCE = "中国共产党党内统计年报口径（组织关系）"
RECRUITING = "《中国共产党发展党员工作细则》；年报发展党员表"
LIFE = "《中国共产党支部工作条例（试行）》第十七条；年报民主评议表"
TRAINING = "《中国共产党党员教育管理工作条例》第十至十二条"
BRANCH_RULES = "《中国共产党支部工作条例（试行）》第四、五条；年报党组织表"
PEOPLE = (Column("人数"), Column("占比", Unit.SHARE))

SITUATION = (
    composition.MEMBERSHIP,
    composition.SEX,
    composition.ETHNICITY,
    composition.AGE,
    composition.EDUCATION,
    composition.JOINED,
    composition.OCCUPATION,
)
RECRUITS = (
    composition.SEX,
    composition.ETHNICITY,
    composition.AGE,
    composition.EDUCATION,
    composition.OCCUPATION,
)
EXITS = (composition.SEX, composition.ETHNICITY, composition.AGE, composition.EDUCATION)
# 停止党籍 may be taken back within years, but who is stopped does not count meanwhile.
EXIT_KINDS = (*ENDS_MEMBERSHIP, Closing.STOPPED)
NO_ORIGIN = "“建账登记”为首次录入登记册的党员，登记册不能说明其来源（接收、转入或上年漏登），单列一行。"
AS_NOW = "学历、民族、职业等只登记现在的情况，统计过去的年度时也按现在的内容计。"


@dataclass(frozen=True)
class Year:
    """Whose year, as `user` may see it."""

    user: object
    organisation: Organisation
    year: int

    @cached_property
    def span(self) -> tuple[dt.date, dt.date]:
        return composition.year_span(self.year)

    @property
    def since(self) -> dt.date:
        return self.span[0]

    @property
    def on(self) -> dt.date:
        return self.span[1]

    @property
    def is_today(self) -> bool:
        return self.on == timezone.localdate()

    @property
    def postings(self):
        return composition.postings_below(self.organisation)

    @cached_property
    def _sees_everybody(self) -> bool:
        """They read members at every top organisation: nobody need be asked about each member."""
        if not has_at_top(self.user, "members.view"):
            return False
        seen = Organisation.objects.permitted_to(self.user, "members.view").order_by()
        return not Organisation.objects.filter(depth=1).exclude(pk__in=seen.values("pk")).exists()

    def shows_all(self, postings) -> bool:
        """Whether the person still sees everybody counted: only then is the list of them complete."""
        if self._sees_everybody:
            return True
        # EXISTS of each: PostgreSQL compares each with all that a NOT IN holds, once those are too many for its memory.
        seen = Member.objects.visible_to(self.user).order_by().filter(pk=OuterRef("member"))
        return not postings.filter(~Exists(seen)).exists()

    def members(self, **asked) -> str:
        return address("members:member-list", organisation=self.organisation.code, **asked)


def address(name, **asked) -> str:
    return f"{reverse(name)}?{urlencode(asked)}"


def build(user, organisation, year: int) -> Report:
    """Sheets about activities only where the person may read those. A fixed number of queries."""
    asked = Year(user, organisation, year)
    sheets = [_situation(asked), _recruits(asked), _organisations(asked), _movement(asked), _exits(asked)]
    left_out = ()
    if has_at(user, "activities.view", organisation):
        sheets += [_appraisal(asked), _training(asked)]
    else:
        left_out = ("民主评议", "教育培训")
    notes = ["按组织关系统计（正式隶属），不按参加活动统计。" + AS_NOW]
    if asked.on != dt.date(year, 12, 31):
        notes.append(f"本年未结束，数据截至{asked.on}，年末以12月31日为准。")
    return Report(
        CODE, f"{year}年{TITLE}", organisation, asked.on, tuple(sheets), notes=tuple(notes), left_out=left_out
    )


def share(count: int, total: int) -> Cell:
    return Cell(count / total if total else None)


def people(label, count, total, url="", **kind) -> Line:
    return Line(label, (Cell(count, url), share(count, total)), **kind)


def _grids(tables: Iterable[composition.Table], url, definition) -> list[Grid]:
    """A grid for each table; `url(dimension, band)` opens its rows ("" where no list does)."""
    grids = []
    for table in tables:
        name = table.dimension.name
        lines = [people(row.label, row.count, table.total, url(name, row.band.value)) for row in table.rows]
        lines.append(people("合计", table.total, table.total, url(None, None), is_total=True))
        lines += [
            people(f"其中：{row.label}", row.count, table.total, url(name, row.band.value), is_extra=True)
            for row in table.extra
        ]
        title = table.dimension.title
        grids.append(Grid(title, title, PEOPLE, tuple(lines), (definition(table.dimension),)))
    return grids


# --- Members -----------------------------------------------------------------------------------------------


def _situation(year: Year) -> Sheet:
    postings = composition.counted_on(year.organisation, year.on)
    then = {} if year.is_today else {"counted_on": year.on.isoformat()}
    is_complete = year.is_today or year.shows_all(postings)

    def url(dimension, band):
        asked = then | ({dimension: band} if dimension else {})
        return year.members(**asked) if is_complete else ""

    def definition(dimension):
        words = f"{year.on}组织关系在本级及下级的正式党员、预备党员，按{dimension.title}分；年龄按当日计。"
        query = f"members.composition.counted_on，{dimension.name}；名单筛选 MemberFilter"
        return Definition(dimension.title, words, SOURCE, query, url(None, None))

    return Sheet(
        "党员基本情况", tuple(_grids(composition.tables(postings, year.on, SITUATION), url, definition))
    )


def _recruits(year: Year) -> Sheet:
    postings = composition.admitted_between(year.organisation, year.since, year.on)
    is_complete = year.shows_all(postings)

    def url(dimension, band):
        asked = {"entered_in": year.year, "how": Opening.ADMITTED.value}
        return year.members(**asked | ({dimension: band} if dimension else {})) if is_complete else ""

    def definition(dimension):
        words = f"{year.since}后至{year.on}经上级党委批准接收的预备党员，按{dimension.title}分；年龄按{year.on}计。"
        query = f"members.composition.admitted_between，{dimension.name}；名单筛选 MemberFilter"
        return Definition(dimension.title, words, RECRUITING, query, url(None, None))

    grids = _grids(composition.tables(postings, year.on, RECRUITS), url, definition)
    return Sheet("发展党员", (_applicants(year), *grids))


def stages_on(day: dt.date) -> dict[str, tuple[str, Q]]:
    """Where cases stood on the day, by the days of their steps: stage → (label, condition)."""

    def reached(name):
        return Q(**{f"{name}__lte": day})

    def not_reached(name):
        return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gt": day})

    going_on = not_reached("closed_on") & not_reached("approved_on")
    return {
        "applicant": ("入党申请人", going_on & reached("applied_on") & not_reached("activist_on")),
        "activist": ("入党积极分子", going_on & reached("activist_on") & not_reached("candidate_on")),
        "candidate": ("发展对象", going_on & reached("candidate_on")),
    }


def _applicants(year: Year) -> Grid:
    """The stock that recruitment draws on."""
    cases = RecruitmentCase.objects.filter(
        organisation__in=Organisation.objects.within(year.organisation).order_by()
    )
    stages = stages_on(year.on)
    counts = {stage: Count("pk", filter=condition) for stage, (_, condition) in stages.items()}
    found = cases.aggregate(**counts)

    def url(stage):
        asked = {"organisation": year.organisation.pk, "stage": stage}
        return address("members:recruiting-list", **asked) if year.is_today else ""

    lines = [
        people(label, found[stage], sum(found.values()), url(stage)) for stage, (label, _) in stages.items()
    ]
    total = sum(found.values())
    return Grid(
        "申请人和积极分子",
        "阶段",
        PEOPLE,
        (*lines, people("合计", total, total, is_total=True)),
        tuple(
            Definition(
                label,
                f"{year.on}处于该阶段、尚未批准为预备党员也未终止的人，各计一个阶段；按现在所在党支部计。",
                RECRUITING,
                f"portal.reports.yearly.stages_on：{stage}",
                url(stage),
            )
            for stage, (label, _) in stages.items()
        ),
    )


# --- Organisations ------------------------------------------------------------------------------------------

KINDS = (
    ("基层党委", COMMITTEES),
    ("党总支", (OrganisationKind.GENERAL_BRANCH,)),
    ("党支部", BRANCHES),
)


def _organisations(year: Year) -> Sheet:
    existing = Q(founded_on__isnull=True) | Q(founded_on__lte=year.on)
    standing = Q(dissolved_on__isnull=True) | Q(dissolved_on__gt=year.on)
    rows = (
        Organisation.objects.within(year.organisation)
        .order_by()
        .filter(existing, standing, counts_in_statistics=True, kind__in=(*COMMITTEES, *OF_BRANCHES))
    )
    units = (*UnitKind.values, None)
    found = {
        (row["kind"], row["unit"]): row["count"]
        for row in rows.values("kind", unit=F("host_unit__kind")).annotate(count=Count("pk"))
    }

    def line(label, kinds, **words):
        counts = [sum(found.get((kind, unit), 0) for kind in kinds) for unit in units]
        return Line(label, tuple(map(Cell, (sum(counts), *counts))), **words)

    lines = [line(label, kinds) for label, kinds in KINDS]
    lines.append(line("合计", [kind for _, kinds in KINDS for kind in kinds], is_total=True))
    lines += [line(f"其中：{OrganisationKind(kind).label}", [kind], is_extra=True) for kind in BRANCHES]
    words = (
        f"{year.on}已成立、未撤销且纳入统计的党组织（含本级），按现在的隶属关系计；类型按所在单位分，"
        "没有登记所在单位的（如联合党支部、上级党委）计入“未填”。"
    )
    grid = Grid(
        "党组织",
        "党组织类别",
        (Column("合计"), *(Column(label) for label in UnitKind.labels), Column("未填")),
        tuple(lines),
        (Definition("党组织", words, BRANCH_RULES, "portal.reports.yearly：kind × host_unit.kind"),),
    )
    return Sheet("党组织", (grid,))


OF_BRANCHES = (OrganisationKind.GENERAL_BRANCH, *BRANCHES)


# --- What changed -------------------------------------------------------------------------------------------


def _movement(year: Year) -> Sheet:
    movement = composition.movement(year.organisation, year.since, year.on)
    postings = year.postings
    complete = {
        "entered_in": year.shows_all(composition.entered_in(postings, year.year)),
        "left_in": year.shows_all(composition.left_in(postings, year.year)),
    }

    def changes(sign, name, kinds, counts):
        for how, (label, count) in zip(kinds, counts, strict=True):
            # Moves inside the organisation are taken out of the figure, not out of the list.
            is_listed = complete[name] and how != "moved"
            url = year.members(**{name: year.year, "how": how.value}) if is_listed else ""
            yield Line(f"{sign} {label}", (Cell(count, url),))

    held = movement.start + movement.arrived - movement.departed
    lines = (
        Line(f"{year.since}党员数", (Cell(movement.start),), is_total=True),
        *changes("加", "entered_in", Opening, movement.arrivals),
        *changes("减", "left_in", Closing, movement.departures),
        Line("按增减推算", (Cell(held),)),
        Line(f"{year.on}党员数", (Cell(movement.end),), is_total=True),
        Line("推算与实际之差（应为0）", (Cell(movement.end - held),), is_extra=True),
        Line("范围内部转接（不影响总数）", (Cell(movement.inside),), is_extra=True),
    )
    words = (
        "本年末党员数＝上年末党员数＋接收预备党员＋转入＋恢复党籍＋建账登记－转出－去世－出党（取消资格、退党、劝退、"
        "除名、开除、停止党籍）－登记有误。"
    )
    definition = Definition(
        "年度增减", words + NO_ORIGIN, SOURCE, "members.composition.movement（组织关系沿革 Posting）"
    )
    return Sheet("年度增减", (Grid("年度增减", "项目", PEOPLE[:1], lines, (definition,), words + NO_ORIGIN),))


def _exits(year: Year) -> Sheet:
    postings = composition.left_in(year.postings, year.year).filter(closed_how__in=EXIT_KINDS)
    is_complete = year.shows_all(postings)
    found = dict(
        postings.order_by()
        .values("closed_how")
        .annotate(count=Count("pk"))
        .values_list("closed_how", "count")
    )
    total = sum(found.values())

    def url(kind):
        return year.members(left_in=year.year, how=kind.value) if is_complete else ""

    lines = [people(kind.label, found.get(kind, 0), total, url(kind)) for kind in EXIT_KINDS]
    words = f"{year.since}后至{year.on}由党组织决定出党、取消预备党员资格或停止党籍的人，按决定日期计。"
    kinds = Grid(
        "出党情况",
        "类别",
        PEOPLE,
        (*lines, people("合计", total, total, is_total=True)),
        tuple(
            Definition(
                kind.label, words, SOURCE, f"members.composition.left_in：{kind.value}；名单筛选 MemberFilter", url(kind)
            )
            for kind in EXIT_KINDS
        ),
    )  # fmt: skip

    def definition(dimension):
        return Definition(
            f"出党人员{dimension.title}", words, SOURCE, f"members.composition.left_in，{dimension.name}"
        )

    tables = composition.tables(postings, year.on, EXITS)
    return Sheet("出党", (kinds, *_grids(tables, lambda dimension, band: "", definition)))


# --- Organisation life ----------------------------------------------------------------------------------------


def _appraisal(year: Year) -> Sheet:
    held = Appraisal.objects.filter(
        year=year.year, organisation__in=Organisation.objects.within(year.organisation).order_by()
    )
    found = dict(
        AppraisalGrade.objects.filter(appraisal__in=held.values("pk"))
        .order_by()
        .values("grade")
        .annotate(count=Count("pk"))
        .values_list("grade", "count")
    )
    total, url = (
        sum(found.values()),
        address("activities:appraisal-list", organisation=year.organisation.pk, year=year.year),
    )
    lines = [people(grade.label, found.get(grade, 0), total) for grade in Grade]
    lines.append(people("不评定等次", found.get("", 0), total))
    words = f"{year.year}年度民主评议登记的正式党员等次，按评议的党支部计；没有登记的党支部不在内。"
    grids = (
        Grid(
            "民主评议党员",
            "等次",
            PEOPLE,
            (*lines, people("合计", total, total, is_total=True)),
            (Definition("等次", words, LIFE, "activities.models.AppraisalGrade：grade"),),
        ),
        Grid(
            "开展民主评议的党支部",
            "项目",
            (Column("党支部"),),
            (Line("已登记结果", (Cell(held.count(), url),)),),
            (
                Definition(
                    "党支部",
                    f"已登记{year.year}年度民主评议结果的党支部。",
                    LIFE,
                    "AppraisalFilter：year",
                    url,
                ),
            ),
        ),
    )
    return Sheet("民主评议", grids)


def _training(year: Year) -> Sheet:
    postings = composition.counted_on(year.organisation, year.on).order_by()
    members = Member.objects.filter(pk__in=postings.values("member"))
    total, summed = members.count(), training.summed(members, year.year)
    reached, hours = summed.reached.total(), (summed.attended, summed.courses)

    def url(**asked):
        asked = {"organisation": year.organisation.code, "year": year.year, **asked}
        return address("activities:training-list", **asked) if year.is_today else ""

    def taught(label, hours, **kind):
        return Line(label, (Cell(hours), Cell(hours / total if total else None)), **kind)

    whose = f"{year.on}在册党员{year.year}年的学时"
    people_grid = Grid(
        "达到规定学时的党员",
        "学时",
        PEOPLE,
        (
            people("达到规定学时", reached, total, url(reached="yes")),
            people("未达到规定学时", total - reached, total, url(reached="no")),
            people("合计", total, total, url(), is_total=True),
        ),
        (
            Definition(
                "达到规定学时",
                f"{whose}，与应达学时相比；书记、委员和其他党员的应达学时不同，见系统设置。",
                TRAINING,
                "activities.training.reached_by_home；名单筛选 TrainingFilter",
                url(reached="yes"),
            ),
        ),
    )
    hours_grid = Grid(
        "学时",
        "来源",
        (Column("学时", Unit.HOURS), Column("人均", Unit.HOURS)),
        (
            taught("到会的党课和教育培训", hours[0]),
            taught("登记的其他培训", hours[1]),
            taught("合计", sum(hours), is_total=True),
        ),
        (
            Definition(
                "学时", f"{whose}；人均按全部在册党员计。", TRAINING, "activities.training.attended、TrainingCredit"
            ),
        ),
    )  # fmt: skip
    return Sheet("教育培训", (people_grid, hours_grid))
