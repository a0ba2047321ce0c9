"""Scales that people type as one line: bands “3000:0.5，5000:1，以上:2”, a range “0.2-1”, an amount “0.2”, a share “2/3”."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise

from django.core.exceptions import ValidationError

OPEN_END = "以上"


@dataclass(frozen=True)
class Band:
    """Up to and with `upper` (None: without end) the rate is `percent` of the whole amount."""

    upper: Decimal | None
    percent: Decimal


def parse_bands(text: str) -> tuple[Band, ...]:
    """Rising bands, the last without end. Raises ValidationError."""
    bands = []
    for part in filter(None, re.split(r"[，,;；\s]+", text)):
        upper, colon, percent = part.replace("：", ":").partition(":")
        if not colon:
            raise ValidationError(f"“{part}”应写成“上限:百分比”。")
        bands.append(Band(None if upper == OPEN_END else amount(upper), amount(percent)))
    uppers = [band.upper for band in bands]
    if not bands or uppers[-1] is not None or None in uppers[:-1]:
        raise ValidationError(f"各档用逗号分开，最后一档写“{OPEN_END}:百分比”。")
    if any(low >= high for low, high in pairwise(uppers[:-1])):
        raise ValidationError("各档上限应由低到高。")
    if any(band.percent > 100 for band in bands):
        raise ValidationError("百分比不能大于100。")
    return tuple(bands)


def parse_range(text: str) -> tuple[Decimal, Decimal]:
    """“0.2-1” → both ends. Raises ValidationError."""
    low, dash, high = text.partition("-")
    ends = amount(low), amount(high if dash else low)
    if ends[0] > ends[1]:
        raise ValidationError("范围应由低到高，如“0.2-1”。")
    return ends


def amount(text: str) -> Decimal:
    """A number of 0 or more with at most two decimals. Raises ValidationError."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or value < 0 or -value.as_tuple().exponent > 2:
        raise ValidationError(f"“{text.strip()}”不是不超过两位小数的数。")
    return value


def parse_share(text: str) -> Fraction:
    """“2/3” or “0.5”, from 0 to 1. Raises ValidationError."""
    over, slash, under = text.partition("/")
    parts = amount(over), amount(under) if slash else Decimal(1)
    if not parts[1] or parts[0] > parts[1]:
        raise ValidationError("比例应在0到1之间，如“2/3”。")
    return Fraction(parts[0]) / Fraction(parts[1])
