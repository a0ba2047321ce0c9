"""Papers to print: their words are written down once, then shown on a page and written as a Word document.

`templates/shared/_paper.html` and `paper_document` show the same words in the same order. What is not known stays
`BLANK`, to be filled in by hand.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import FileResponse
from django.utils import timezone
from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "仿宋"
BLANK = "＿＿＿＿＿＿"
BLANK_DAY = "＿＿＿＿年＿＿月＿＿日"
CUT = "┄" * 14
TEXT_WIDTH, MARGIN = 160, 25  # mm of an A4 sheet
LINE = Pt(22)


@dataclass(frozen=True)
class Row:
    """The last cell reaches to the edge. `lines`: at least so high, for what is written by hand."""

    cells: tuple[str, ...]
    lines: int = 1


@dataclass(frozen=True)
class Table:
    """A list under its heads; without `heads` a form, in which labels and contents take turns.

    `widths` are shares of the sheet; there are as many columns as widths.
    """

    rows: tuple[Row, ...]
    widths: tuple[int, ...]
    heads: tuple[str, ...] = ()

    @property
    def laid_out(self) -> list[tuple[int, list[tuple[str, int, bool]]]]:
        """Per row its height in lines and its cells as (text, columns it takes, is a label)."""
        return [(row.lines, list(self._cells(row))) for row in self.rows]

    @property
    def shares(self) -> list[int]:
        """The widths in hundredths of the sheet."""
        return [round(100 * width / sum(self.widths)) for width in self.widths]

    def _cells(self, row):
        last = len(row.cells) - 1
        for place, text in enumerate(row.cells):
            span = len(self.widths) - place if place == last else 1
            yield text, span, not self.heads and place % 2 == 0


@dataclass(frozen=True)
class Paper:
    """`body` holds paragraphs and tables in their order; "" where there is no number or address."""

    title: str
    body: tuple[str | Table, ...]
    number: str = ""
    address: str = ""
    signature: tuple[str, ...] = ()


def form(*rows: Row, widths=(28, 52, 28, 52)) -> Table:
    return Table(rows, widths)


def row(*cells: object, lines: int = 1) -> Row:
    return Row(tuple("" if cell is None else str(cell) for cell in cells), lines)


def chinese_date(day: dt.date | None) -> str:
    """A blank to fill in where there is no day."""
    return f"{day.year}年{day.month}月{day.day}日" if day else BLANK_DAY


def chinese_month(day: dt.date | None) -> str:
    return f"{day.year}年{day.month}月" if day else ""


# --- As a Word document ---------------------------------------------------------------------------------


def paper_document(papers: Sequence[Paper], *, author: str, cut: str = "") -> bytes:
    """All papers one after another: each on a sheet of its own, or with `cut` written on the line between them."""
    document = _blank_document(author)
    for place, paper in enumerate(papers):
        if place and cut:
            _line(document, f"{CUT}（{cut}）{CUT}", WD_ALIGN_PARAGRAPH.CENTER)
        elif place:
            document.add_page_break()
        _write(document, paper)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def docx_response(content: bytes, name: str) -> FileResponse:
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=DOCX)


def _blank_document(author):
    document = Document()
    document.core_properties.author = author
    document.core_properties.created = timezone.now().replace(tzinfo=None)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    sheet = document.sections[0]
    sheet.page_width, sheet.page_height = Mm(210), Mm(297)
    sheet.left_margin = sheet.right_margin = sheet.top_margin = sheet.bottom_margin = Mm(MARGIN)
    return document


def _write(document, paper):
    _line(document, paper.title, WD_ALIGN_PARAGRAPH.CENTER, size=16, bold=True)
    if paper.number:
        _line(document, paper.number, WD_ALIGN_PARAGRAPH.RIGHT)
    if paper.address:
        _line(document, paper.address, WD_ALIGN_PARAGRAPH.LEFT)
    for part in paper.body:
        if isinstance(part, Table):
            _table(document, part)
        else:
            _line(document, part, WD_ALIGN_PARAGRAPH.LEFT).paragraph_format.first_line_indent = Pt(24)
    for text in paper.signature:
        _line(document, text, WD_ALIGN_PARAGRAPH.RIGHT)


def _line(document, text, alignment, *, size=12, bold=False):
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    return paragraph


def _table(document, table):
    drawn = document.add_table(rows=0, cols=len(table.widths), style="Table Grid")
    drawn.autofit = False
    widths = [Mm(TEXT_WIDTH * share / sum(table.widths)) for share in table.widths]
    if table.heads:
        head = _table_row(drawn, widths, 1, [(text, 1, True) for text in table.heads])
        head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # again on every sheet
    for lines, cells in table.laid_out:
        _table_row(drawn, widths, lines, cells)
    document.add_paragraph().paragraph_format.space_after = Pt(0)  # tables that touch would become one


def _table_row(drawn, widths, lines, cells):
    added = drawn.add_row()
    added.height_rule, added.height = WD_ROW_HEIGHT_RULE.AT_LEAST, LINE * lines
    boxes, place = added.cells, 0
    for box, width in zip(boxes, widths, strict=True):
        box.width = width
    for text, span, is_label in cells:
        box = boxes[place].merge(boxes[place + span - 1]) if span > 1 else boxes[place]
        paragraph = box.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(text)
        run.bold, run.font.size = is_label, Pt(10.5)
        place += span
    return added._tr
