"""党员组织关系介绍信 in its three parts (存根, 介绍信, 回执), as text for the page and as a Word document."""

import io

from django.utils import timezone
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from members.choices import Membership, Sex

TITLE = "中国共产党党员组织关系介绍信"
FONT = "仿宋"


def letter_parts(transfer, letter, *, identity: str) -> list[dict]:
    """Each part with `title`, `number`, `address` ("" where there is none), `paragraphs` and `signature` lines."""
    member = transfer.member
    standing = Membership(transfer.membership).label
    day = chinese_date(letter.issued_on)
    age = _age(member.born_on, letter.issued_on)
    about = "，".join(
        filter(None, [Sex(member.sex).label if member.sex else "", age, _ethnicity(member.ethnicity)])
    )
    dues = f"{letter.dues_paid_until.year}年{letter.dues_paid_until.month}月"
    receiver = f"{transfer.to_words}："
    return [
        {
            "title": f"{TITLE}存根",
            "number": letter.words,
            "address": "",
            "paragraphs": [
                f"{member.name}同志系中共{standing}，组织关系由{transfer.from_words}转到{transfer.to_words}。",
                f"事由：{transfer.reason}。党费交至{dues}，有效期{letter.valid_days}天。",
            ],
            "signature": [day],
        },
        {
            "title": TITLE,
            "number": letter.words,
            "address": receiver,
            "paragraphs": [
                f"{member.name}同志（{about}），系中共{standing}，身份证件号码{identity}，"
                f"由{transfer.from_words}去{transfer.to_words}，请转接组织关系。该同志党费已交到{dues}。",
                f"（有效期{letter.valid_days}天，至{chinese_date(letter.expires_on)}）",
            ],
            "signature": [f"{letter.issuer}（盖章）", day],
        },
        {
            "title": f"{TITLE}回执",
            "number": letter.words,
            "address": f"{letter.issuer}：",
            "paragraphs": [f"{member.name}同志的党员组织关系已转达我处，特此回复。"],
            "signature": ["（盖章）", "年　　月　　日", "经办人：　　　　联系电话：　　　　　　"],
        },
    ]


def chinese_date(day) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _age(born_on, on) -> str:
    if born_on is None:
        return ""
    return f"{on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))}岁"


def _ethnicity(text) -> str:
    return text if not text or text.endswith("族") else f"{text}族"


def letter_document(transfer, letter, *, identity: str) -> bytes:
    """The three parts on one sheet, with a line to cut and to seal between them."""
    document = Document()
    document.core_properties.author = str(letter.issuer)
    document.core_properties.created = timezone.now().replace(tzinfo=None)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for number, part in enumerate(letter_parts(transfer, letter, identity=identity)):
        if number:
            _line(document, "┄" * 14 + "（骑缝章）" + "┄" * 14, WD_ALIGN_PARAGRAPH.CENTER)
        _line(document, part["title"], WD_ALIGN_PARAGRAPH.CENTER, size=16, bold=True)
        _line(document, part["number"], WD_ALIGN_PARAGRAPH.RIGHT)
        if part["address"]:
            _line(document, part["address"], WD_ALIGN_PARAGRAPH.LEFT)
        for text in part["paragraphs"]:
            _line(document, text, WD_ALIGN_PARAGRAPH.LEFT).paragraph_format.first_line_indent = Pt(24)
        for text in part["signature"]:
            _line(document, text, WD_ALIGN_PARAGRAPH.RIGHT)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _line(document, text, alignment, *, size=12, bold=False):
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    return paragraph
