"""Figures of work as the dashboard shows them: kept ones where they say the same, counted ones elsewhere."""

from dataclasses import dataclass

from portal import snapshots
from portal.trends import Change, changes
from portal.work import WORK, Figure, Scope, WorkMeasure, figures, in_period


@dataclass(frozen=True)
class Card:
    """A figure with what the measure is called in its period: definitions are written for the year. `change` since the
    end of last month, where that was kept."""

    measure: WorkMeasure
    figure: Figure
    name: str
    words: str
    change: Change | None = None

    @property
    def unit(self) -> str:
        """What the figure is measured in; of none nothing."""
        return "" if self.figure.value is None else self.measure.unit


def cards(scope: Scope) -> list[Card]:
    found = shown(scope)
    compared = changed(scope, found)
    return [
        Card(
            WORK[code],
            figure,
            in_period(WORK[code].name, scope),
            in_period(WORK[code].words, scope),
            compared.get(code),
        )
        for code, figure in found.items()
    ]


def shown(scope: Scope) -> dict[str, Figure]:
    """As `work.figures`. Whoever may read a measure of an organisation sees all its rows below it, so that what is kept
    of today is what their lists count; of months and past days nothing is kept that says so."""
    row = snapshots.current(scope.organisation) if _is_kept(scope) else None
    if row is None:
        return figures(scope)
    return {
        code: measure.figure(scope, snapshots.figure(row, code))
        for code, measure in WORK.items()
        if measure.may_be_said(scope)
    }


def _is_kept(scope: Scope) -> bool:
    return scope.is_today and not scope.is_of_month and snapshots.is_fresh()


def changed(scope: Scope, found: dict[str, Figure]) -> dict[str, Change]:
    """None of months and past days, and in January none of what began anew with the year."""
    if not scope.is_today:
        return {}
    begun = scope.is_of_month or scope.on.month == 1
    return changes(
        scope.organisation,
        {code: figure.value for code, figure in found.items() if not (begun and WORK[code].is_of_period)},
    )
