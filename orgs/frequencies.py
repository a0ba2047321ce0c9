"""How often something is owed, as a setting says it: 每月1次, 每季度1次, 每年2次, 不要求."""

import re

from django.core.exceptions import ValidationError

NONE = "不要求"
MONTHS = {"月": 1, "季度": 3, "年": 12}
FREQUENCY = re.compile(r"每(月|季度|年)([1-9]|[1-2]\d|3[01])次")


def parse_frequency(text: str) -> tuple[int, int]:
    """(months of the period, how many times); (0, 0) where nothing is asked."""
    if text == NONE:
        return 0, 0
    found = FREQUENCY.fullmatch(text)
    if not found:
        raise ValidationError("请按“每月1次”“每季度1次”“每年2次”的写法填写，不作要求的填“不要求”。")
    return MONTHS[found[1]], int(found[2])
