"""Amounts as receipts write them."""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")


def amount_in_words(amount: Decimal) -> str:
    """1005.20 → 壹仟零伍元贰角; for amounts below a trillion yuan, two decimals. A sign becomes 负."""
    cents = int(abs(amount) * 100)
    yuan, small = divmod(cents, 100)
    sign = "负" if amount < 0 else ""
    words = f"{_whole(yuan)}元" if yuan else ""
    if not small:
        return f"{sign}{words or '零元'}整"
    tenths, hundredths = divmod(small, 10)
    if tenths:
        words += f"{DIGITS[tenths]}角"
    elif words:
        words += DIGITS[0]
    return f"{sign}{words}{f'{DIGITS[hundredths]}分' if hundredths else ''}"


def _whole(number: int) -> str:
    words, pending = "", False
    for index in range(len(GROUPS) - 1, -1, -1):
        group = number // 10_000**index % 10_000
        if not group:
            pending = bool(words)
            continue
        if words and (pending or group < 1000):
            words += DIGITS[0]
        words += _group(group) + GROUPS[index]
        pending = False
    return words


def _group(group: int) -> str:
    words, pending = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            words += (DIGITS[0] if pending and words else "") + DIGITS[digit] + PLACES[place]
        pending = not digit
    return words
