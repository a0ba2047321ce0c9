"""Chinese names for sorting and searching: pinyin with surnames read as surnames, and the keys a search looks at.

And many of them in one sentence.
"""

from orgs.search_words import normalise_search, syllable

# Surnames that the dictionary reads as common words. Applied to the beginning of a name only.
SURNAMES = {
    "万俟": "mo qi", "尉迟": "yu chi", "单于": "chan yu", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu",
    "单": "shan", "解": "xie", "查": "zha", "仇": "qiu", "曾": "zeng", "区": "ou", "盖": "ge", "朴": "piao", "任": "ren",
    "翟": "zhai", "覃": "qin", "尹": "yin", "逄": "pang", "缪": "miao", "纪": "ji", "宓": "mi", "华": "hua", "晁": "chao",
    "乐": "yue", "员": "yun", "召": "shao", "种": "chong", "秘": "bi", "冼": "xian", "能": "nai", "折": "she", "黑": "he",
    "繁": "po", "瞿": "qu", "臧": "zang", "燕": "yan", "隗": "wei", "过": "guo", "石": "shi", "沈": "shen", "洗": "xian",
    "贾": "jia", "柏": "bai", "邵": "shao", "车": "che", "那": "na", "哈": "ha", "都": "du", "眭": "sui", "幺": "yao",
}  # fmt: skip
LONGEST_KEY = 60
MOST_NAMED = 5  # in a sentence


def syllables(name: str) -> list[str]:
    """“单立新” → ["shan", "li", "xin"]. Blanks and the dot between parts of a name are left out."""
    name = "".join(character for character in name if not character.isspace() and character not in "·.")
    for length in (2, 1):
        if reading := SURNAMES.get(name[:length]):
            return [*reading.split(), *map(syllable, name[length:])]
    return [syllable(character) for character in name]


def sort_key(name: str) -> str:
    """What lists are sorted by: pinyin with a blank between syllables, so that “Li An” comes before “Lian”."""
    return " ".join(syllables(name))[:120]


def search_keys(name: str) -> set[str]:
    """Every ending of the name, its pinyin and its initials: a search compares with the beginning of these.

    The beginning of an ending is any part of the name, which an index finds however short the part is.
    """
    plain = normalise_search(name)
    read = syllables(plain)
    keys = {plain[start:] for start in range(len(plain))}
    keys |= {"".join(read), "".join(s[0] for s in read if s)}
    return {key[:LONGEST_KEY] for key in keys if key}


def in_short(names, count: int | None = None) -> str:
    """The first five, and where there are more, how many in all: “甲、乙、丙、丁、戊等12人”.

    `count` where `names` are not all of them.
    """
    count = len(names) if count is None else count
    return "、".join(names[:MOST_NAMED]) + (f"等{count}人" if count > MOST_NAMED else "")
