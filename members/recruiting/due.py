"""What is next in a case and how urgent it is: marks of cards and lists, and the reminders of the domain table."""

import datetime as dt

from django.db.models import Q

from members.deadlines import Mark
from members.models import CaseStage
from members.recruiting.state import APPROVAL_MONTHS
from members.recruiting.steps import STEPS
from orgs.terms import add_months

# How many days before the last day a case is reminded of, by the next step (rows 27, 29, 35, 38).
LEAD = {2: 10, 6: 15, 7: 15, 15: 10, 16: 30, 17: 30, 20: 30, 21: 30, 22: 30, 23: 30, 24: 30}
APPROVALS = (16, 17, 24)
PROBATION = (21, 22, 23)


def pressing(today: dt.date) -> Q:
    """Cases whose day is near enough to be reminded of, or past."""
    condition = Q(pk__in=[])
    for step, days in LEAD.items():
        condition |= Q(next_step=step, due_on__lte=today + dt.timedelta(days=days))
    return condition


def mark(case, today: dt.date) -> Mark:
    """The one thing to know about a case."""
    if case.stage == CaseStage.STOPPED:
        return Mark("已终止", "plain")
    if case.closed_on:
        return Mark("已归档", "good")
    if case.next_step in APPROVALS and case.due_on:
        return _approval(case, today)
    left = (case.due_on - today).days if case.due_on else None
    if left is not None and left < 0:
        return Mark(f"逾期 {-left} 天", "bad")
    if left is not None and left <= LEAD.get(case.next_step, 0):
        return Mark(f"剩 {left} 天", "warn")
    if case.opens_on and case.opens_on > today:
        return Mark(
            f"{case.opens_on:%m-%d} 起可办"
            if case.opens_on.year == today.year
            else f"{case.opens_on} 起可办",
            "plain",
        )
    if left is not None and case.next_step not in READY:
        return Mark(f"剩 {left} 天", "plain")
    return Mark(f"可{READY.get(case.next_step, '办理')}", "good")


READY = {3: "推荐", 7: "列发展对象", 12: "支委会审查", 15: "开大会讨论", 23: "讨论转正", 25: "归档"}


def _approval(case, today):
    """Row 35: how long the superior has had it."""
    since = case.meeting_on if case.next_step != 24 else add_months(case.due_on, -APPROVAL_MONTHS)
    waited = (today - since).days
    tone = "bad" if today > case.due_on else "warn" if waited >= 60 else "plain"
    return Mark(f"上级审批第 {waited} 天", tone)


def line(case, today: dt.date) -> str:
    """A fact beneath the name on a card."""
    step = STEPS.get(case.next_step)
    if case.stage == CaseStage.STOPPED:
        return f"{case.stopped_on} {case.stopped_reason}"
    if step is None:
        return f"{case.converted_on} 转正"
    if case.next_step == 2:
        return f"申请 {case.applied_on}，1个月内须谈话"
    if case.next_step == 7:
        return f"确定 {case.activist_on}，培养满1年为 {case.opens_on}"
    if case.next_step in PROBATION:
        return f"预备期满 {case.probation_ends_on}"
    return f"下一步：{step}"


def message(case, today: dt.date) -> str:
    """The reminder in full, in the words of the domain table."""
    left = (case.due_on - today).days
    if case.next_step == 2:
        rest = f"剩余{left}天" if left >= 0 else f"已逾期{-left}天"
        return f"{case.name}：应在收到入党申请书1个月内派人谈话，{rest}。"
    if case.next_step in (6, 7):
        return f"{case.name}：党支部应每半年对入党积极分子考察1次，请补充记录。"
    if case.next_step in APPROVALS:
        return f"{case.name}：上级党委应在3个月内审批，最长不超过6个月，请催办或重新办理。"
    if case.next_step in PROBATION:
        return f"{case.name}预备期将于{case.due_on}届满，请提醒提交转正申请并及时讨论。"
    return f"{case.name}：{STEPS[case.next_step]}应于{case.due_on}前办理。"
