"""Chinese identifiers: unified social credit code (GB 32100-2015), telephone numbers, resident identity number
(GB 11643-1999). Pure functions."""

import datetime as dt
import re
import unicodedata
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


# --- Resident identity number (GB 11643-1999) ---------------------------------------------------------

IDENTITY_NUMBER = re.compile(r"\d{17}[\dX]")
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
OLDEST = 120


def normalise_identity_number(text: str) -> str:
    """Without blanks and dashes, x as X; full-width characters become plain ones."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def identity_check(number: str) -> str:
    """The 18th character that the first 17 demand. Source: GB 11643-1999 §4.2.4."""
    return IDENTITY_CHECKS[sum(map(mul, map(int, number[:17]), IDENTITY_WEIGHTS)) % 11]


def identity_fault(number: str, today: dt.date) -> str:
    """ "" when right, else `length`, `characters`, `birthday` or `check`. Expects a normalised number.

    The division prefix is not checked: retired codes live on. Ages over 120 and days to come are no birthdays.
    """
    if len(number) != 18:
        return "length"
    if not IDENTITY_NUMBER.fullmatch(number) or not number.isascii():
        return "characters"
    born = identity_birthday(number)
    if born is None or born > today or today.year - born.year > OLDEST:
        return "birthday"
    return "" if identity_check(number) == number[17] else "check"


def identity_birthday(number: str) -> dt.date | None:
    """The birthday inside a number of the right form; None where there is no such day."""
    try:
        return dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def identity_is_male(number: str) -> bool:
    """The 17th digit is odd for men."""
    return int(number[16]) % 2 == 1
