"""Whom a firm may take as its deputy, and for how long anybody is taken.

Source: domain-rules 科技副总, found locally: the firm runs for a year, was not founded and is not owned by that person's
side, the contract at home is for three years. Each is a dated setting and can be switched off. What the register cannot
know is stated by whoever chooses, and kept in these words.
"""

import datetime as dt

from django.core.exceptions import ValidationError

from linkages.models import SecondmentKind
from orgs.regulations import value_on, values_on
from orgs.terms import add_months, add_years, month_end

MONTHS, INDEPENDENT, YEARS, TERM = (
    "secondment_firm_months", "secondment_independent", "secondment_contract_years", "secondment_term_years",
)  # fmt: skip


def running_from(enterprise, months: int) -> dt.date | None:
    """The day on which the firm has run for so many months; of one founded in a month we know, reckoned from its end."""
    founded = enterprise.founded_on
    if founded is None:
        return None
    return add_months(month_end(founded) if enterprise.founded_precision == "month" else founded, months)


def to_state(secondment, on: dt.date) -> dict[str, str]:
    """Name of a field → what whoever chooses on the day states."""
    if secondment.kind != SecondmentKind.DEPUTY:
        return {}
    rules, found = values_on([MONTHS, INDEPENDENT, YEARS], on), {}
    if rules[MONTHS] and secondment.enterprise.founded_on is None:
        found["running"] = f"企业运营已满{rules[MONTHS]}个月"
    if rules[INDEPENDENT]:
        found["independent"] = "企业不是人选或其派出单位创办、控股"
    if rules[YEARS]:
        found["contract"] = f"人选与派出单位的聘用合同不少于{rules[YEARS]}年"
    return found


def validate_conditions(secondment, stated, on: dt.date) -> str:
    """`stated` are the names of what was stated; returns it in words."""
    if secondment.kind == SecondmentKind.DEPUTY and (months := value_on(MONTHS, on)):
        since = running_from(secondment.enterprise, months)
        if since and on < since:
            raise ValidationError(
                {"candidate": f"{secondment.enterprise}运营未满{months}个月，{since}起才能选定科技副总。"}
            )
    asked = to_state(secondment, on)
    if missing := {name: f"请核实并确认：{words}。" for name, words in asked.items() if name not in stated}:
        raise ValidationError(missing)
    return "；".join(asked.values())


def validate_term(starts_on: dt.date, ends_on: dt.date) -> None:
    """From one contract to the next; longer ones are renewed."""
    if ends_on <= starts_on:
        raise ValidationError({"ends_on": f"任期止须晚于{starts_on}。"})
    years = value_on(TERM, starts_on)
    if ends_on > add_years(starts_on, years):
        raise ValidationError({"ends_on": f"一次聘期最长{years}年，期满可以续聘。"})
