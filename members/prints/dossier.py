"""What the prints of a recruiting case are made from: the case, its records and where it stands."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from members.models import RecruitmentCase, StepOutcome, StepRecord
from members.prints.letter import people
from members.recruiting import state
from orgs.models import Enterprise
from orgs.paper import BLANK, Row, chinese_date, chinese_month, row


@dataclass(frozen=True)
class Dossier:
    """`records` are all of the case, in their order, fetched with their `reversal`, `organisation` and `recorded_by`."""

    case: RecruitmentCase
    records: list[StepRecord]
    user: object

    @cached_property
    def now(self) -> state.State:
        return state.replay_fetched(self.records)

    @cached_property
    def effective(self) -> list[StepRecord]:
        return [record for record in self.records if record.is_effective]

    def of(self, number: int) -> list[StepRecord]:
        return [record for record in self.effective if record.number == number]

    def last(self, number: int) -> StepRecord | None:
        """The record of the step that holds, successful or not."""
        found = self.of(number)
        return found[-1] if found else None

    def stands(self, number: int) -> bool:
        """The step was taken, and no later one sent the case back before it."""
        return number in self.now.days

    def standing(self, number: int) -> StepRecord | None:
        return self.last(number) if self.stands(number) else None

    def is_next(self, number: int) -> bool:
        return self.case.is_open and self.now.next_step == number

    @cached_property
    def decisions(self) -> list[tuple[StepRecord, StepRecord]]:
        """What the meeting resolved at the end of the probation (23) and the superior approved (24)."""
        found, meeting = [], None
        for record in self.effective:
            if record.number == 23:
                meeting = record
            elif record.number == 24 and record.outcome == StepOutcome.PASSED:
                found.append((meeting, record))
        return found

    def decision(self, *outcomes) -> tuple[StepRecord, StepRecord] | None:
        return next((pair for pair in reversed(self.decisions) if pair[0].outcome in outcomes), None)

    # --- Words ------------------------------------------------------------------------------------------

    @cached_property
    def person(self):
        """Particulars are kept with the member from the admission on, as long as the member stays in the branch."""
        member = self.case.member
        return member if member and member.organisation_id == self.case.organisation_id else self.case

    @cached_property
    def employer(self) -> str:
        person = self.person
        if person.employer_name or not person.employer_code:
            return person.employer_name
        known = Enterprise.objects.visible_to(self.user).filter(credit_code=person.employer_code)
        return known.values_list("name", flat=True).first() or person.employer_code

    def day(self, number: int) -> str:
        return chinese_date(self.now.days.get(number))

    def names(self, number: int, field: str) -> str:
        """People as they were named at a step, else a blank."""
        named = self.now.data.get(number, {}).get(field, [])
        return "、".join(person["name"] for person in named) or BLANK

    def public_rows(self) -> list[Row]:
        """What a notice says of somebody: neither numbers nor the day of birth."""
        person = self.person
        return [
            row("姓名", person.name, "性别", person.get_sex_display()),
            row("民族", people(person.ethnicity), "出生年月", chinese_month(person.born_on)),
            row("学历", person.get_education_display(), "职务", person.position),
            row("工作单位", self.employer),
        ]

    def particulars(self) -> list[Row]:
        """For the record forms; numbers are masked."""
        return [
            *self.public_rows(),
            row("证件号码", self.person.masked_identity, "联系电话", self.person.masked_mobile),
            row("所在党支部", self.case.organisation.name),
        ]


def day_of(data: dict, name: str) -> dt.date | None:
    """A day as the data of a step keep it."""
    text = data.get(name)
    return dt.date.fromisoformat(text) if text else None


def dossier_of(case, user) -> Dossier:
    records = case.records.select_related("organisation", "recorded_by", "reversal")
    return Dossier(case, list(records), user)
