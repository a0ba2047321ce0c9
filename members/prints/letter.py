"""党员组织关系介绍信 in its three parts (存根, 介绍信, 回执)."""

from members.choices import Membership, Sex
from orgs.paper import Paper, chinese_date, paper_document

TITLE = "中国共产党党员组织关系介绍信"
CUT = "骑缝章"


def letter_parts(transfer, letter, *, identity: str) -> list[Paper]:
    """On one sheet, with a line to cut and to seal between them."""
    member = transfer.member
    standing = Membership(transfer.membership).label
    day = chinese_date(letter.issued_on)
    age = _age(member.born_on, letter.issued_on)
    about = "，".join(
        filter(None, [Sex(member.sex).label if member.sex else "", age, people(member.ethnicity)])
    )
    dues = f"{letter.dues_paid_until.year}年{letter.dues_paid_until.month}月"
    return [
        Paper(
            title=f"{TITLE}存根",
            number=letter.words,
            body=(
                f"{member.name}同志系中共{standing}，组织关系由{transfer.from_words}转到{transfer.to_words}。",
                f"事由：{transfer.reason}。党费交至{dues}，有效期{letter.valid_days}天。",
            ),
            signature=(day,),
        ),
        Paper(
            title=TITLE,
            number=letter.words,
            address=f"{transfer.to_words}：",
            body=(
                f"{member.name}同志（{about}），系中共{standing}，身份证件号码{identity}，"
                f"由{transfer.from_words}去{transfer.to_words}，请转接组织关系。该同志党费已交到{dues}。",
                f"（有效期{letter.valid_days}天，至{chinese_date(letter.expires_on)}）",
            ),
            signature=(f"{letter.issuer}（盖章）", day),
        ),
        Paper(
            title=f"{TITLE}回执",
            number=letter.words,
            address=f"{letter.issuer}：",
            body=(f"{member.name}同志的党员组织关系已转达我处，特此回复。",),
            signature=("（盖章）", "年　　月　　日", "经办人：　　　　联系电话：　　　　　　"),
        ),
    ]


def _age(born_on, on) -> str:
    if born_on is None:
        return ""
    return f"{on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))}岁"


def people(text) -> str:
    """The ethnicity as it is read aloud."""
    return text if not text or text.endswith("族") else f"{text}族"


def letter_document(transfer, letter, *, identity: str) -> bytes:
    parts = letter_parts(transfer, letter, identity=identity)
    return paper_document(parts, author=str(letter.issuer), cut=CUT)
