"""What a change of a row asks before it is made, in every app."""

import datetime as dt
import re
import unicodedata

from django.core.exceptions import ValidationError

_PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")


def refuse_stale(stored, seen_at: dt.datetime | None, what: str) -> None:
    """Somebody changed the row (locked, called `what`) after the person saw it.

    `seen_at` is the `updated_at` that they saw; with None nobody asked.
    """
    if seen_at is not None and stored.updated_at != seen_at:
        raise ValidationError(f"在您填写期间，该{what}已被他人修改，请核对最新内容后重新提交。")


def refuse_long(words: str, field: str, most: int) -> str:
    """`words` without blanks around them, of at most so many characters."""
    words = words.strip()
    if len(words) > most:
        raise ValidationError({field: f"最多{most}字。"})
    return words


def demand_words(words: str, field: str, fault: str) -> str:
    """`words` without blanks around them; refuses with `fault` where there are none."""
    words = words.strip()
    if not words:
        raise ValidationError({field: fault})
    return words


def demand_reason(reason: str, of: str = "") -> str:
    """`of` names the act: “撤回”."""
    return demand_words(reason, "reason", f"请说明{of}的原因。" if of else "请说明原因。")


def refuse_personal_numbers(text: str, field: str | None = None) -> None:
    """Mobiles and identity numbers have no place in what everybody below the top reads."""
    plain = re.sub(r"(?<=\d)[\s-](?=\d)", "", unicodedata.normalize("NFKC", text or ""))
    if _PERSONAL.search(plain):
        words = "不要填写手机号码或证件号码，联系请填写部门。"
        raise ValidationError({field: words} if field else words, code="personal")
