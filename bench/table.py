"""The result table."""

from dataclasses import dataclass

COLUMNS = (
    "engine", "work", "ours s", "cpu s", "alternative s", "times faster", "by cpu", "floor s", "of floor", "peak MB",
    "queries",
)  # fmt: skip


@dataclass
class Line:
    engine: str
    what: str
    ours: dict
    alternative: dict | None = None
    floor: dict | None = None

    def cells(self) -> list[str]:
        ours, other, floor = self.ours, self.alternative, self.floor
        return [
            self.engine,
            self.what,
            _seconds(ours["seconds"]),
            _seconds(ours["cpu"]),
            _seconds(other["seconds"]) if other else "–",
            f"{other['seconds'] / ours['seconds']:.1f}" if other else "–",
            f"{other['cpu'] / ours['cpu']:.1f}" if other else "–",
            _seconds(floor["seconds"]) if floor else "–",
            f"{ours['seconds'] / floor['seconds']:.1f}" if floor else "–",
            f"{ours['peak_mb']:.0f}" + (f" / {other['peak_mb']:.0f}" if other else ""),
            str(ours["queries"]) + (f" / {other['queries']}" if other else ""),
        ]

    @property
    def brief(self) -> str:
        cells = self.cells()
        return f"{self.what}: {cells[2]} s, {cells[5]} times faster, {cells[8]} of the floor"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def show(lines: list[Line]) -> None:
    """Where two figures stand in one cell, the second is the alternative's."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(COLUMNS))]
    print()
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
