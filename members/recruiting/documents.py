"""Which documents a case should have, has and lacks, step by step. No rule blocks a step: what is missing is said."""

from dataclasses import dataclass, field

from members.models import CaseDocument, StepOutcome
from members.models.documents import OTHER
from members.recruiting.steps import LAST, STEPS, Step


@dataclass
class StepFile:
    """The file of one step. `asked` pairs each name with what is on file under it; `elsewhere`: on paper only."""

    step: Step
    asked: list[tuple[str, list[CaseDocument]]]
    others: list[CaseDocument] = field(default_factory=list)
    withdrawn: list[CaseDocument] = field(default_factory=list)
    elsewhere: bool = False

    @property
    def missing(self) -> list[str]:
        return [] if self.elsewhere else [kind for kind, found in self.asked if not found]

    @property
    def count(self) -> int:
        return sum(len(found) for _, found in self.asked) + len(self.others)

    @property
    def shown(self):
        """(name, documents) as the pages list them; what no step asks for comes last."""
        return [*self.asked, (OTHER, self.others)] if self.others else self.asked


def kinds(number: int) -> list[str]:
    return [*STEPS[number].documents, OTHER]


def files_of(documents, records) -> list[StepFile]:
    """All 25 steps. `documents` and `records` (with their reversals) are all of one case; no query."""
    taken_over = max((r.number for r in records if r.outcome == StepOutcome.TAKEN_OVER), default=0)
    return [
        _file(step, [d for d in documents if d.number == step.number], taken_over) for step in STEPS.values()
    ]


def _file(step, documents, taken_over) -> StepFile:
    standing = [document for document in documents if document.withdrawn_at is None]
    return StepFile(
        step,
        [(kind, [d for d in standing if d.kind == kind]) for kind in step.documents],
        [d for d in standing if d.kind not in step.documents],
        [d for d in documents if d.withdrawn_at],
        elsewhere=step.number <= taken_over,
    )


def reached(records, now) -> int:
    """The last step that documents may be filed for: what was ever entered, and what comes next."""
    return max([now.next_step or LAST, *(record.number for record in records)])
