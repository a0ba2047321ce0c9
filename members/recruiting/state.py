"""Where a case stands: its records, played through. The only place that knows the order of the steps.

Everything a case stores about its stage, dates and next step is what `replay` says, so a record that is taken back
leaves no trace but itself.
"""

import datetime as dt
from dataclasses import dataclass, field

from members.models.recruiting import CaseStage, StepOutcome
from members.recruiting.steps import LAST, STEPS, THOUGHT
from orgs.regulations import values_on
from orgs.terms import add_months, add_years

S = CaseStage
TALK_MONTHS = 1
CULTIVATION_YEARS = 1
ASSESSMENT_MONTHS = 6
APPROVAL_MONTHS = 3
APPROVAL_MONTHS_MAX = 6
PROBATION_YEARS = 1
# After a step that did not succeed the case stands where these were done.
SENT_BACK = {4: 2, 8: 6, 10: 9, 12: 11, 13: 11, 15: 11, 17: 11, 23: 22, 24: 22}
SETTINGS = ("recruit_meeting_months", "recruit_retry_months")
STAGE_FROM = ((24, S.FULL), (17, S.PROBATIONARY), (7, S.CANDIDATE), (3, S.ACTIVIST), (0, S.APPLICANT))


@dataclass
class State:
    """`position` is the last step that stands; `last_on` the day of the last record, successful or not."""

    position: int = 0
    last_on: dt.date | None = None
    days: dict[int, dt.date] = field(default_factory=dict)
    data: dict[int, dict] = field(default_factory=dict)
    conclusion: str = ""
    failed_on: dt.date | None = None
    extended: bool = False
    cancelled: bool = False
    probation_ends_on: dt.date | None = None

    @property
    def next_step(self) -> int | None:
        return None if self.cancelled or self.position >= LAST else self.position + 1

    @property
    def stage(self) -> str:
        if self.cancelled:
            return S.STOPPED
        stage = next(stage for position, stage in STAGE_FROM if self.position >= position)
        return S.EXTENDED if stage == S.PROBATIONARY and self.extended else stage

    def allowed(self) -> list[int]:
        """The steps that may be entered now: the next, and a repeatable one at which the case stands."""
        if self.next_step is None:
            return []
        again = [self.position] if STEPS.get(self.position) and STEPS[self.position].repeatable else []
        # A political review that has grown old is renewed at any time before the meeting.
        if 10 < self.position < 15:
            again = [10]
        return [self.next_step, *again]

    def take(self, record) -> None:
        """One more effective record."""
        self.last_on = record.on
        number = record.number
        if record.outcome == StepOutcome.FAILED:
            self.position = min(self.position, SENT_BACK[number])
            if number == 15:
                self.failed_on = record.on
            self._forget(self.position)
            return
        if number == 6 and record.data.get("report") == THOUGHT:
            # A report of the person stands beside the assessments by the branch and puts off none of them.
            return
        self.days[number], self.data[number] = record.on, record.data
        if record.outcome == StepOutcome.TAKEN_OVER:
            self.days[15] = record.on
            self.probation_ends_on = dt.date.fromisoformat(record.data["probation_ends_on"])
        self.position = max(self.position, number)
        if number == 15:
            self.probation_ends_on = add_years(record.on, PROBATION_YEARS)
            self.failed_on = None
        elif number == 23:
            self.conclusion = record.outcome
        elif number == 24:
            self._conclude()

    def _forget(self, position):
        """Steps above `position` are to be taken anew."""
        for taken in (self.days, self.data):
            for number in [number for number in taken if number > position]:
                del taken[number]
        if position < 15:
            self.probation_ends_on = None

    def _conclude(self):
        if self.conclusion == StepOutcome.CANCELLED:
            self.cancelled = True
        elif self.conclusion == StepOutcome.EXTENDED:
            self.extended = True
            self.probation_ends_on = dt.date.fromisoformat(self.data[23]["extended_until"])
            self.position = 20
            self._forget(20)


def replay(records) -> State:
    """`records` are the effective ones in their order."""
    state = State()
    for record in records:
        state.take(record)
    return state


def replay_fetched(records) -> State:
    """`records` are all of a case, fetched with their `reversal`; no query."""
    return replay(record for record in records if record.is_effective)


def state_of(case) -> State:
    """One query."""
    return replay(case.records.effective())


def window(state: State) -> tuple[dt.date | None, dt.date | None]:
    """(first day, last day) that the rules set for the next step; None where they set none."""
    days = state.days
    match state.next_step:
        case 2:
            return None, add_months(days[1], TALK_MONTHS)
        case 6:
            return None, add_months(days[3], ASSESSMENT_MONTHS)
        case 7:
            return add_years(days[3], CULTIVATION_YEARS), add_months(days[6], ASSESSMENT_MONTHS)
        case 15:
            months = values_on(SETTINGS)
            opens = add_months(state.failed_on, months["recruit_retry_months"]) if state.failed_on else None
            return opens, add_months(days[13], months["recruit_meeting_months"])
        case 16 | 17:
            return None, add_months(days[15], APPROVAL_MONTHS)
        case 21 | 22:
            return None, state.probation_ends_on
        case 23:
            return state.probation_ends_on, state.probation_ends_on
        case 24:
            return None, add_months(days[23], APPROVAL_MONTHS)
    return None, None


def computed(case, state: State) -> dict:
    """The columns of `case` that follow from its records (and from having been stopped)."""
    stopped = case.stopped_on is not None
    opens_on, due_on = (None, None) if stopped else window(state)
    days = state.days
    return {
        "stage": S.STOPPED if stopped else state.stage,
        "next_step": None if stopped else state.next_step,
        "opens_on": opens_on,
        "due_on": due_on,
        "applied_on": days.get(1),
        "activist_on": days.get(3),
        "candidate_on": days.get(8) or days.get(7),
        "meeting_on": days.get(15),
        "approved_on": days.get(17),
        "probation_ends_on": state.probation_ends_on,
        "converted_on": state.probation_ends_on if state.position >= 24 and not state.cancelled else None,
        "closed_on": case.stopped_on or days.get(LAST),
    }
