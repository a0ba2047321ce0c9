"""Which organisation life is owed by whom, how often, until when: defaults in code, dated settings where places differ.

Source: 支部工作条例 art. 11–17 (三会一课, 主题党日, 组织生活会, 民主评议); docs/regulations.md. A number is the one in
force on the first day of the period, so a change is best dated on a first of January, quarter or month.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import models

from activities.duties.periods import Period, Unit, first_day, overlapping
from activities.kinds import Kind
from orgs.frequencies import parse_frequency
from orgs.regulations import History
from orgs.terms import add_months


class Who(models.TextChoices):
    """Who owes it. Temporary branches educate and manage, so they owe meetings, lectures and theme days, but what is
    owed about members is owed where they are at home: by branches that keep membership.
    """

    BRANCH = "branch", "党支部"
    HOME = "home", "接转组织关系的党支部"
    COMMITTEE = "committee", "设支部委员会的党支部"
    GROUP = "group", "党小组"


@dataclass(frozen=True)
class DutyRule:
    """`carried`: of a year, and a record that names the year may be of the first months of the next one."""

    kind: str
    who: str
    carried: bool = False

    @property
    def setting(self) -> str:
        return f"duty_{self.kind}"


RULES = (
    DutyRule(Kind.MEMBERS_MEETING, Who.BRANCH),
    DutyRule(Kind.BRANCH_COMMITTEE, Who.COMMITTEE),
    DutyRule(Kind.GROUP_MEETING, Who.GROUP),
    DutyRule(Kind.PARTY_LECTURE, Who.BRANCH),
    DutyRule(Kind.THEME_DAY, Who.BRANCH),
    DutyRule(Kind.ORG_LIFE_MEETING, Who.HOME, carried=True),
    DutyRule(Kind.APPRAISAL, Who.HOME, carried=True),
)
KINDS = tuple(rule.kind for rule in RULES)
MEETINGS_AND_LECTURE = (
    Kind.MEMBERS_MEETING,
    Kind.BRANCH_COMMITTEE,
    Kind.GROUP_MEETING,
    Kind.PARTY_LECTURE,
)  # 三会一课
THRESHOLDS = (
    "duty_grace_days", "duty_year_extension_months", "duty_month_notice_day", "duty_quarter_notice_days",
    "duty_year_notice_days",
)  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One duty of one period for whoever owes it. `deadline` is the first day on which it is missed, `grace_end`
    the first on which nothing makes up for it, from `notice_on` it is urgent."""

    rule: DutyRule
    period: Period
    first: dt.date
    end: dt.date
    needed: int
    deadline: dt.date
    grace_end: dt.date
    notice_on: dt.date
    carried: bool


class Law:
    """The rules with the numbers of their times. One query."""

    def __init__(self):
        self.history = History([*(rule.setting for rule in RULES), *THRESHOLDS])

    def chains(self, first: dt.date, last: dt.date, kinds=KINDS) -> list[list[Slot]]:
        """For each kind and unit in force the periods that share a day with `first` … `last`, in order, with one
        before and one after them."""
        found = []
        for rule in RULES:
            for unit in Unit.values if rule.kind in kinds else ():
                asked = overlapping(unit, first, last)
                chain = [self.slot(rule, unit, index) for index in range(asked.start - 1, asked.stop + 1)]
                if any(slot.needed for slot in chain[1:-1]):
                    found.append(chain)
        return found

    def slot(self, rule: DutyRule, unit: int, index: int) -> Slot:
        period = Period(unit, index)
        first, end = period.first, period.end
        in_force, times = parse_frequency(self.history.at(rule.setting, first))
        carried = rule.carried and unit == Unit.YEAR
        deadline = self.carried_until(index) if carried else end
        grace = 0 if carried else self.history.at("duty_grace_days", first)
        return Slot(
            rule=rule,
            period=period,
            first=first,
            end=end,
            needed=times if in_force == unit else 0,
            deadline=deadline,
            grace_end=deadline + dt.timedelta(days=grace),
            notice_on=self.notice_on(unit, first, end),
            carried=carried,
        )

    def carried_until(self, year: int) -> dt.date:
        """The first day on which a meeting can no longer count for `year`."""
        months = self.history.at("duty_year_extension_months", first_day(Unit.YEAR, year))
        return add_months(first_day(Unit.YEAR, year + 1), months)

    def notice_on(self, unit: int, first: dt.date, end: dt.date) -> dt.date:
        """Rows 18, 19 and 24: the last fortnight of a quarter, the 25th of a month, 15 December."""
        if unit == Unit.MONTH:
            return first.replace(day=self.history.at("duty_month_notice_day", first))
        name = "duty_quarter_notice_days" if unit == Unit.QUARTER else "duty_year_notice_days"
        return end - dt.timedelta(days=self.history.at(name, first))
