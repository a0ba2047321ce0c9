"""Papers as Word documents: A4 sheets, tables with their heads on every sheet, cells that reach to the edge."""

import io

import pytest
from docx import Document
from docx.shared import Mm

from orgs.paper import BLANK_DAY, Paper, Table, chinese_date, form, paper_document, row
from tests.papers import words_of_file

pytestmark = pytest.mark.once
LIST = Table((row("1", "甲"), row("2", None)), (20, 140), ("序号", "内容"))


def test_each_paper_has_a_sheet_of_its_own_unless_they_are_cut_apart():
    papers = [
        Paper("第一张", ("正文",), number="1号", address="某支部：", signature=("盖章",)),
        Paper("第二张", (LIST,)),
    ]

    apart, together = (paper_document(papers, author="某党委", cut=cut) for cut in ("", "骑缝章"))

    assert words_of_file(apart) == "第一张1号某支部：正文盖章第二张序号内容1甲2"
    assert "（骑缝章）" in words_of_file(together)
    breaks = [
        Document(io.BytesIO(content)).element.xml.count('w:type="page"') for content in (apart, together)
    ]
    assert breaks == [1, 0]


def test_tables_fill_an_a4_sheet():
    document = Document(
        io.BytesIO(paper_document([Paper("表", (form(row("单位", "甲公司")), LIST))], author="某党委"))
    )
    sheet, (filled, listed) = document.sections[0], document.tables
    assert (round(sheet.page_width.mm), round(sheet.page_height.mm)) == (210, 297)
    label, content = dict.fromkeys(cell._tc for cell in filled.rows[0].cells)
    assert (label.grid_span, content.grid_span) == (1, 3)
    assert "w:tblHeader" in listed.rows[0]._tr.xml
    assert "w:tblHeader" not in listed.rows[1]._tr.xml
    assert abs(sum(cell.width for cell in listed.rows[0].cells) - Mm(160)) < Mm(1)
    assert LIST.shares == [12, 88]


def test_a_day_that_is_not_known_stays_blank():
    assert chinese_date(None) == BLANK_DAY
