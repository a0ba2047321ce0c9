"""The sentences of a duty: rows 18, 19 and 24 of the domain table, and what a late gathering still makes up for."""

import datetime as dt
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from activities.duties.board import last_day
from activities.duties.engine import Cell
from activities.duties.periods import Unit
from activities.duties.states import DutyState
from activities.kinds import Kind

BASIS = "支部工作条例：三会一课、主题党日、组织生活会和民主评议党员按期开展"
DAY = dt.timedelta(days=1)
HOLD = {
    Kind.MEMBERS_MEETING: "召开",
    Kind.BRANCH_COMMITTEE: "召开",
    Kind.GROUP_MEETING: "召开",
    Kind.ORG_LIFE_MEETING: "召开",
}


def reminder(cell: Cell) -> str:
    """What is to be done about an open or missed duty."""
    label, verb = Kind(cell.kind).label, HOLD.get(cell.kind, "开展")
    if cell.state == DutyState.MISSED:
        until = cell.slot.grace_end - DAY
        return f"{cell.period.label}未{verb}{label}，可在{until}前补开并录入。"
    unit = cell.period.unit
    if unit == Unit.QUARTER:
        return f"本季度尚未{verb}{label}，请于{last_day(cell)}前{verb}。"
    if unit == Unit.MONTH:
        return f"本月尚未开展{label}，请及时组织并录入。"
    return f"{cell.period.label}度{label}尚未开展，请于{last_day(cell)}前完成。"


def yearly_reminder(cells: list[Cell], as_of: dt.date) -> str:
    """Row 24: both in one sentence."""
    labels = "、".join(Kind(cell.kind).label for cell in cells)
    year = cells[0].slot.first.year
    return f"{'本年度' if year == as_of.year else f'{year}年度'}{labels}尚未开展。"


def progress(cell: Cell) -> str:
    """1/2, where more than one is owed."""
    done = len(cell.records) + len(cell.late)
    return f"{min(done, cell.slot.needed)}/{cell.slot.needed}" if cell.slot.needed > 1 else ""


def record_url(organisation, cell: Cell) -> str:
    """The page that records a gathering, with what is known filled in; also which year it makes up for."""
    query = {"place": organisation.pk, "kind": cell.kind}
    if cell.period.unit == Unit.YEAR and cell.period.first.year != timezone.localdate().year:
        query["year"] = cell.period.first.year
    return f"{reverse('activities:record')}?{urlencode(query)}"
