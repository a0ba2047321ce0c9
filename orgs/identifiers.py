"""Chinese identifiers: unified social credit code (GB 32100-2015) and telephone numbers. Pure functions."""

import re
from operator import mul

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUE = {character: index for index, character in enumerate(ALPHABET)}
WEIGHTS = [pow(3, index, 31) for index in range(17)]
CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
LOOKALIKES = str.maketrans("IOZS", "1025")


def credit_code_check(code: str) -> str:
    """The 18th character that the first 17 demand. Raises KeyError for a character outside the alphabet.

    Source: GB 32100-2015 §4.6.
    """
    total = sum(map(mul, map(VALUE.__getitem__, code[:17]), WEIGHTS))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code_fault(code: str) -> str:
    """ "" when right, else `length`, `characters` or `check`. Expects a normalised code (upper case, no blanks)."""
    if len(code) != 18:
        return "length"
    if not CREDIT_CODE.fullmatch(code):
        return "characters"
    return "" if credit_code_check(code) == code[17] else "check"


def credit_code_suggestion(code: str) -> str:
    """The code with letters that do not exist in it read as the digits they look like; "" if that is no help."""
    candidate = code.translate(LOOKALIKES)
    return candidate if candidate != code and not credit_code_fault(candidate) else ""


MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}(-\d{1,6})?")
SERVICE = re.compile(r"(400|800)\d{7}")
SHORT = re.compile(r"\d{7,8}")


def normalise_phone(text: str) -> str:
    """Without +86, blanks and, for mobiles, dashes."""
    text = re.sub(r"^(\+?86-?)(?=1[3-9])", "", re.sub(r"[\s ]", "", text))
    compact = text.replace("-", "")
    return compact if MOBILE.fullmatch(compact) or SERVICE.fullmatch(compact) else text


def is_phone(text: str) -> bool:
    """A mobile, a landline with or without area code, or a 400/800 number."""
    return any(pattern.fullmatch(text) for pattern in (MOBILE, LANDLINE, SERVICE, SHORT))
