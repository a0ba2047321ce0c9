"""What two texts have in common: pairs of neighbouring Chinese characters, Latin words and numbers whole.

Words that stand in every second entry say nothing and are taken out first, so that no pair spans them.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from imports import sql
from linkages.models import NeedTerm, ResourceTerm

MOST_TERMS = 120  # of one row
SAYS_NOTHING = (
    "企业", "公司", "单位", "园区", "服务", "提供", "需求", "需要", "希望", "寻求", "寻找", "急需", "求助", "协助",
    "帮助", "支持", "合作", "对接", "开展", "进行", "相关", "有关", "可以", "能够", "解决", "问题", "我们", "资源",
    "党建", "党组织", "党支部", "共建", "联建", "职工", "员工", "人员", "面向", "优先", "免费", "每年", "每月", "每周",
    "以及", "或者", "项目", "方面", "专业", "一站式", "方案", "定期", "预约", "使用", "开放", "名额", "组织", "工作",
)  # fmt: skip
_NOTHING = re.compile("|".join(sorted(map(re.escape, SAYS_NOTHING), key=len, reverse=True)))
_RUNS = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9][a-z0-9.+#-]*[a-z0-9+#]")
_FILLERS = frozenset("的了和与及或等在为个")


def terms_of(*texts: str) -> frozenset[str]:
    """The terms of texts that belong together; no term spans two of them."""
    found: dict[str, None] = {}
    for text in texts:
        plain = unicodedata.normalize("NFKC", text or "").lower()
        for run in _RUNS.findall(_NOTHING.sub(" ", plain)):
            if run.isascii():
                found[run[:20]] = None
            else:
                pairs = pairwise(run)
                found.update((a + b, None) for a, b in pairs if a not in _FILLERS and b not in _FILLERS)
    return frozenset(list(found)[:MOST_TERMS])


def shared_words(text: str, terms: Iterable[str]) -> list[str]:
    """`terms` as they stand in `text`, neighbouring pairs joined: 缺陷, 陷检, 检测 → 缺陷检测. Longest first."""
    plain, terms = unicodedata.normalize("NFKC", text).lower(), set(terms)
    found: dict[str, None] = dict.fromkeys(term for term in terms if term.isascii())
    start = 0
    while start < len(plain):
        end = start + 1
        while plain[end - 1 : end + 1] in terms:
            end += 1
        if end - start > 1:
            found[plain[start:end]] = None
        start = end if end - start > 1 else start + 1
    kept: list[str] = []
    for word in sorted(found, key=lambda word: -len(word)):
        if not any(word in longer for longer in kept):
            kept.append(word)
    return kept


def index(items: list) -> None:
    """Writes down which terms the rows hold, in the transaction that wrote their texts. All of one model."""
    if not items:
        return
    term_model, name = (
        (NeedTerm, "need_id") if type(items[0])._meta.model_name == "need" else (ResourceTerm, "resource_id")
    )
    sql.delete_rows(term_model, name, [item.pk for item in items])
    rows = ((item.pk, term) for item in items for term in sorted(terms_of(item.title, item.description)))
    sql.insert_rows(term_model, (name, "term"), rows)
