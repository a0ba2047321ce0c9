"""What may be subscribed to. Apps register theirs when they are loaded."""

from dataclasses import dataclass

TEST = "test"
LONGEST_CODE = 40


@dataclass(frozen=True)
class Event:
    code: str
    label: str
    group: str


EVENTS: dict[str, Event] = {}


def register(group: str, labels: dict[str, str]) -> None:
    """`labels`: code → what happened. Codes are read by other systems and never renamed."""
    EVENTS.update({code: Event(code, label, group) for code, label in labels.items()})


def label_of(code: str) -> str:
    if code == TEST:
        return "测试"
    return EVENTS[code].label if code in EVENTS else code
