"""How a duty stands: in words, with a sign and a tone, so that nothing is said by colour alone."""

from django.db import models


class DutyState(models.TextChoices):
    MISSED = "missed", "未完成"
    SOON = "soon", "即将到期"
    OPEN = "open", "进行中"
    LATE = "late", "补开完成"
    MET = "met", "已完成"


S = DutyState
WORST_FIRST = tuple(S)
RANK = {state.value: place for place, state in enumerate(WORST_FIRST)}
SIGNS = {S.MISSED: "✕", S.SOON: "！", S.OPEN: "○", S.LATE: "补", S.MET: "✓"}
TONES = {S.MISSED: "red", S.SOON: "amber", S.OPEN: "grey", S.LATE: "teal", S.MET: "green"}
DONE = (S.MET, S.LATE)
PENDING = (S.OPEN, S.SOON)


def worst(states) -> str:
    """ "" where nothing is owed."""
    return min(states, key=RANK.__getitem__, default="")
