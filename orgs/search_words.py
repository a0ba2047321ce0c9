"""What searches compare with: the names and numbers of a row and the pinyin initials of its names, kept as pairs of
characters.

“高新支部” is kept as “高新 新支 支部” and, by its initials, “gx xz zb”. Two characters are the usual Chinese query; an index
over the pairs finds them (a trigram index needs three), and a longer text is the same pairs one after the other, so that
one comparison is exact. Numbers of people are no search words: nothing personal belongs in here.
"""

import functools
import operator
import os
import re
import unicodedata

# Words in which the dictionary's usual reading of a character begins with another letter.
READINGS = {
    "银行": "yh", "行业": "hy", "商行": "sh", "分行": "fh", "支行": "zh", "总行": "zh", "投行": "th", "行长": "hz", "重庆": "cq",
    "重组": "cz", "重构": "cg", "厦门": "xm", "音乐": "yy", "人参": "rs", "西藏": "xz", "空调": "kt", "协调": "xt", "调研": "dy",
    "会计": "kj", "弹簧": "th", "长江": "cj", "长三角": "csj", "长春": "cc", "长沙": "cs", "长城": "cc", "长安": "ca", "长宁": "cn",
    "长兴": "cx", "长虹": "ch", "长丰": "cf", "长征": "cz", "长远": "cy", "长期": "cq", "长盛": "cs", "长青": "cq", "长风": "cf",
}  # fmt: skip
LEFT_OUT = re.compile("党(?=支部|总支)")  # “高新支部” is what people call 高新党支部
WORD = re.compile("|".join(sorted(READINGS, key=len, reverse=True)))


@functools.lru_cache(maxsize=8192)
def syllable(character: str) -> str:
    """How one character is read; characters that the dictionary does not know stay as they are."""
    # Its dictionary takes time to load, which every start of every process would pay. The one of phrases, which says
    # nothing about a single character, would take three times as long and 40 MB more.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    return lazy_pinyin(character, style=Style.NORMAL)[0].lower().replace("ü", "v")


def normalise_search(text: str) -> str:
    """NFKC, lower case, without blanks: what is stored for searches and what is looked for."""
    text = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in text if not character.isspace() and character not in "·'")


def initials(text: str) -> str:
    """“高新支部” → “gxzb”; letters and digits stay, other signs are left out."""
    read = WORD.sub(lambda word: READINGS[word[0]], normalise_search(text))
    return "".join(syllable(character)[0] for character in read if character.isalnum())


def called(name: str) -> list[str]:
    """The name of an organisation and, where there is one, the shorter form in use."""
    return [name, LEFT_OUT.sub("", name)]


def pairs(text: str) -> str:
    """“高新支” → “高新 新支”; a single character alone."""
    return " ".join(map(operator.add, text, text[1:])) if len(text) > 1 else text


def search_pairs(names, numbers=()) -> str:
    """What is kept of a row with these names and numbers. Two blanks divide them: no text reaches across."""
    words = [word for name in names for word in (normalise_search(name), initials(name))]
    words += [normalise_search(number) for number in numbers if number]
    return "  ".join(pairs(word) for word in dict.fromkeys(words) if word)
