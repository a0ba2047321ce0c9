"""A report as a workbook: its sheets, the names behind them where they may leave, and 口径 at the end."""

import xlsxwriter

from orgs.exports import write_cell
from portal.reports.sheets import Grid, Listing, Report, Unit

# Nothing that a person typed becomes a formula, a number or a link, as in every export.
OPTIONS = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
A4 = 9
FORMATS = {
    Unit.COUNT: "#,##0",
    Unit.SHARE: "0.0%",
    Unit.CHANGE: "+#,##0;-#,##0;0",
    Unit.POINTS: "+0.0;-0.0;0.0",
    Unit.HOURS: "#,##0.0",
}
DEFINED = (("表", 18), ("项目", 18), ("口径", 70), ("依据", 40), ("查询", 48), ("名单", 70))


class Book:
    """`stamp` says who took the file, when and what for; it stands on every sheet."""

    def __init__(self, book: xlsxwriter.Workbook, report: Report, stamp: str):
        self.book, self.report, self.stamp = book, report, stamp
        edge = {"border": 1, "border_color": "#D0D0D0"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.grey = book.add_format({"font_color": "#62666D"})
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.head = book.add_format(
            edge
            | {"bold": True, "bg_color": "#F3F3F3", "text_wrap": True, "valign": "vcenter", "align": "center"}
        )
        self.wrapped = book.add_format(edge | {"text_wrap": True, "valign": "top"})
        self.words = {bold: book.add_format(edge | {"bold": bold}) for bold in (False, True)}
        self.numbers = {
            (unit, bold): book.add_format(edge | {"num_format": words, "bold": bold})
            for unit, words in FORMATS.items()
            for bold in (False, True)
        }

    def sheet(self, name, first_width):
        """A new one with title and stamp, on A4 landscape; the first free line."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L" + self.stamp.replace("&", "&&")[:200] + "&R&P / &N")
        sheet.set_column(0, 0, first_width)
        sheet.write_string(0, 0, self.report.title, self.title)
        head = f"{self.report.organisation.name}（含下级）　数据截至{self.report.on}　{self.stamp}"
        sheet.write_string(1, 0, head, self.grey)
        for line, words in enumerate(self.report.notes, start=2):
            sheet.write_string(line, 0, words, self.grey)
        return sheet, len(self.report.notes) + 3

    def grid(self, sheet, line, grid: Grid) -> int:
        """Returns the next free line."""
        sheet.write_string(line, 0, grid.title, self.bold)
        line += 1
        sheet.set_row(line, 32)
        sheet.write_string(line, 0, grid.head, self.head)
        for place, column in enumerate(grid.columns, start=1):
            sheet.write_string(line, place, column.title, self.head)
        for row in grid.lines:
            line += 1
            sheet.write_string(line, 0, row.label, self.words[row.is_total])
            for place, (cell, column) in enumerate(zip(row.cells, grid.columns, strict=True), start=1):
                self._number(sheet, line, place, cell.value, column.unit, row.is_total)
        if grid.note:
            line += 1
            sheet.write_string(line, 0, grid.note, self.grey)
        return line + 2

    def _number(self, sheet, line, place, value, unit, is_total):
        if value is None:
            sheet.write_string(line, place, "—", self.words[is_total])
        else:
            # A difference of shares is told in percentage points.
            shown = value * 100 if unit == Unit.POINTS else value
            sheet.write_number(line, place, shown, self.numbers[unit, is_total])

    def listing(self, listing: Listing) -> None:
        sheet, line = self.sheet(listing.name, listing.columns[0].width)
        for place, column in enumerate(listing.columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(line, place, column.header, self.head)
        sheet.repeat_rows(line)
        for row in listing.rows:
            line += 1
            for place, column in enumerate(listing.columns):
                write_cell(sheet, line, place, column.value(row), self.day)

    def definitions(self) -> None:
        """Addresses of lists stand without that of the portal, which may be another tomorrow."""
        sheet, line = self.sheet("口径", DEFINED[0][1])
        for place, (words, width) in enumerate(DEFINED):
            sheet.set_column(place, place, width)
            sheet.write_string(line, place, words, self.head)
        sheet.repeat_rows(line)
        for title, one in self.report.definitions:
            line += 1
            cells = (title, one.subject, one.words, one.source, one.query, one.url or "无")
            for place, words in enumerate(cells):
                sheet.write_string(line, place, words, self.wrapped)


def write_workbook(file, report: Report, *, stamp: str, listing: Listing | None = None) -> None:
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        book = Book(workbook, report, stamp)
        for sheet in report.sheets:
            page, line = book.sheet(sheet.name, 28)
            page.set_column(1, max(len(grid.columns) for grid in sheet.grids), 10)
            if len(sheet.grids) == 1:
                page.freeze_panes(line + 2, 1)
            for grid in sheet.grids:
                line = book.grid(page, line, grid)
        if listing:
            book.listing(listing)
        book.definitions()
