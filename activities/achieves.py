"""What a record achieves: which duties of its period it meets. Said before saving; the entry proposes what is owed."""

import datetime as dt

from django.utils import timezone

from activities.duties.engine import Cell, compute
from activities.duties.periods import Unit, quarter_words
from activities.duties.states import DONE
from activities.kinds import MAIN, Kind
from orgs.models import Organisation


def cells_on(organisation, day: dt.date) -> list[Cell]:
    """The duties in whose period `day` lies, as they stand today."""
    rows = Organisation.objects.filter(pk=organisation.pk)
    return compute(rows, first=day, last=day, as_of=max(day, timezone.localdate()))


def words_of(cell: Cell) -> str:
    """11月主题党日, 第四季度党课, 2026年度组织生活会."""
    period = cell.period
    words = {
        Unit.MONTH: f"{period.first.month}月",
        Unit.QUARTER: quarter_words(period.index),
        Unit.YEAR: f"{period.first.year}年度",
    }
    return f"{words[period.unit]}{Kind(cell.kind).label}"


def due(organisation, day: dt.date) -> list[Cell]:
    """What is owed and not met: of the month first, the usual kinds before the others."""
    return owed(cells_on(organisation, day))


def owed(cells) -> list[Cell]:
    """Of `cells`, as `due`."""
    found = [cell for cell in cells if cell.state not in DONE]
    return sorted(found, key=lambda cell: (cell.period.unit, cell.kind not in MAIN, _place(cell.kind)))


def _place(kind):
    return MAIN.index(kind) if kind in MAIN else 0


def achieved(organisation, kinds, day: dt.date, *, without=None) -> str:
    """“保存后：11月主题党日、第四季度党课 完成”; "" where the kinds meet no duty. `without` is the record being changed."""
    met, more, again = [], [], []
    for cell in cells_on(organisation, day):
        if cell.kind not in kinds:
            continue
        count = len(set(cell.records) - {without and without.pk})
        if count >= cell.slot.needed:
            again.append(words_of(cell))
        elif count + 1 == cell.slot.needed:
            met.append(words_of(cell))
        else:
            more.append(f"{words_of(cell)}第{count + 1}次，共需{cell.slot.needed}次")
    parts = [f"保存后：{'、'.join(met)} 完成"] if met else []
    parts += [f"保存后：{words}" for words in more]
    parts += [f"{'、'.join(again)}已有记录，本次为再次开展"] if again else []
    return "；".join(parts)
