"""Invented responsibility lists of this year and the last: most units lead a project; set-based."""

import datetime as dt

from imports import sql
from linkages.demo.words import NAMES
from linkages.models import Commitment, CommitmentAct, CommitmentEntry, CommitmentState
from linkages.models.commitments import NO_UNITS
from orgs.demo.write import moment

LOADED = (Commitment, CommitmentEntry)
A, S = CommitmentAct, CommitmentState
# (title, aim, measure, what was reported)
PROJECTS = (
    ("楼宇党群服务进企业", "全年上门服务企业30家，办成实事10件。", "每月一个服务日，需求当场登记。", "上门34家，办成实事12件。"),
    ("青年人才安居", "帮助50名青年职工解决住房。", "对接人才公寓，集中受理申请。", "已入住56人。"),
    ("产业链党建联建", "与链上企业签订共建协议3份，联合攻关1项。", "按季召开联席会议，定责任人和时间。", "签订3份，攻关项目已立项。"),
    ("流动党员纳管", "摸清底数，流动党员全部编入支部。", "结合摸排，逐企核对。", "新纳管41人。"),
    ("科技成果转化对接", "促成转化意向5项。", "组织院所开放日和路演。", "达成意向6项。"),
    ("职工子女暑托班", "开设两期，收托不少于60人。", "腾出会议室，志愿者轮值。", "收托72人。"),
    ("安全生产先锋行动", "党员责任区隐患整改率100%。", "每周巡查，整改销号。", "整改隐患58处，全部销号。"),
    ("惠企政策宣讲", "政策宣讲覆盖园区企业80%。", "分行业小班宣讲，政策送上门。", "宣讲9场，覆盖率86%。"),
)  # fmt: skip
LEAD, LATE = 0.82, 0.04  # of the units; of those that lead, how many are late
FIELDS = (
    "organisation_id", "root_id", "year", "title", "leader_name", "aim", "measure", "due_on", "state", "report",
    "reported_on", "confirmed_on", "withdrawn_reason", "created_at", "updated_at",
)  # fmt: skip


def load(city, rng, day: dt.date) -> None:
    """Organisations have their keys."""
    top = city.orgs[0]
    root_id = (top.parent or top).pk
    units = [org for org in city.orgs if org.kind not in NO_UNITS and org.task_ended_on is None]
    rows = []
    for year in (day.year - 1, day.year):
        for unit in units:
            if rng.random() < LEAD:
                rows.append(_invent(unit, root_id, year, rng, day))
    keys = sql.allocate_ids(Commitment, len(rows))
    sql.insert_rows(Commitment, ("id", *FIELDS), ((key, *row) for key, row in zip(keys, rows, strict=True)))
    entries = [entry for key, row in zip(keys, rows, strict=True) for entry in _history(key, row)]
    entries.sort(key=lambda entry: entry[4])
    sql.insert_rows(CommitmentEntry, ("commitment_id", "act", "state", "note", "at"), entries)


def _invent(unit, root_id, year, rng, day) -> tuple:
    title, aim, measure, report = rng.choice(PROJECTS)
    begun = dt.date(year, 1, 10) + dt.timedelta(days=rng.randrange(60))
    begun = min(begun, day)
    due_on = dt.date(year, 12, 31) - dt.timedelta(days=rng.choice((0, 0, 0, 11, 31, 62, 92)))
    state = S.DONE if year < day.year or due_on < day else rng.choices(
        (S.OPEN, S.REPORTED, S.DONE), (60, 12, 28)
    )[0]  # fmt: skip
    if state == S.DONE and year == day.year and due_on < day and rng.random() < LATE * 4:
        state = S.OPEN
    reported = min(due_on, day) - dt.timedelta(days=rng.randrange(3, 25))
    is_reported = state in (S.REPORTED, S.DONE)
    return (
        unit.pk, root_id, year, title, rng.choice(NAMES), aim, measure, due_on, state,
        report if is_reported else "", max(reported, begun) if is_reported else None,
        min(max(reported, begun) + dt.timedelta(days=2), day) if state == S.DONE else None, "", moment(begun),
        moment(begun),
    )  # fmt: skip


def _history(key, row):
    values = dict(zip(FIELDS, row, strict=True))
    yield key, A.ADD, S.OPEN, "", values["created_at"]
    if values["reported_on"]:
        yield key, A.REPORT, S.REPORTED, values["report"], moment(values["reported_on"])
    if values["confirmed_on"]:
        yield key, A.CONFIRM, S.DONE, "", moment(values["confirmed_on"])
