"""Why an enterprise should have an organisation of its own: the rule in words, with the day it took effect."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from orgs.models import DatedSetting
from orgs.regulations import DEFINITIONS

CODE = "should_found_members"


@dataclass(frozen=True)
class ShouldFoundRule:
    """`effective_on` is None while the built-in default holds."""

    members: int
    basis: str
    effective_on: dt.date | None

    @property
    def words(self) -> str:
        since = f"自{self.effective_on}起施行" if self.effective_on else "系统默认口径"
        return (
            f"正式党员不少于{self.members}人且没有单独组建党组织的，列为应建未建（{self.basis}，{since}）。"
        )

    def reason(self, enterprise) -> str:
        counts = {"名册正式党员": enterprise.registered_members, "上报党员": enterprise.reported_members or 0}
        words = "、".join(f"{name}{count}人" for name, count in counts.items() if count >= self.members)
        return f"{words}，不少于{self.members}人，尚无单独组建的党组织"


def should_found_rule(on: dt.date | None = None) -> ShouldFoundRule:
    """The rule in force on the day (default: today); one query."""
    on = on or timezone.localdate()
    setting = DatedSetting.objects.filter(code=CODE, effective_on__lte=on).order_by("-effective_on").first()
    default = DEFINITIONS[CODE]
    if setting is None:
        return ShouldFoundRule(default.default, default.basis, None)
    return ShouldFoundRule(setting.value, setting.basis or default.basis, setting.effective_on)
