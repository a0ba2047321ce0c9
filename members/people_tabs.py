"""The tabs of “先锋与人才”: one line for each page that belongs to it."""

from members.leading_groups import GROUPS

TABS = (
    ("总览", "members:pioneers", "overview"),
    *((label, f"members:leading-{name}", name) for name, (label, _) in GROUPS.items()),
    ("代表与观察员", "members:role-list", "roles"),
    ("结对带教", "members:pairing-list", "pairings"),
    ("人才库", "members:talent-list", "talent"),
)
"""Label, URL name, and the name by which a page says that it is the current one."""
