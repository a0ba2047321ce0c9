"""How the pages of people who lead are divided: which kinds stand on which tab."""

from members.models import LeadingKind

K = LeadingKind
GROUPS = {
    "posts": ("示范岗与责任区", (K.POST, K.ZONE)),
    "teams": ("先锋队、突击队、志愿队", (K.VANGUARD, K.SHOCK, K.VOLUNTEER)),
    "experts": ("总师与技术骨干", (K.CHIEF, K.ENGINEER)),
}
"""Last word of the URL name → what the tab is called and the kinds on it."""


def group_of(kind) -> str:
    return next(name for name, (_, kinds) in GROUPS.items() if kind in kinds)
