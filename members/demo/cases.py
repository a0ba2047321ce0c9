"""A lawful way through the steps of recruiting: what the demonstration and the tests walk along."""

import datetime as dt

from django.utils import timezone

from members.actions import recruiting
from members.models import StepOutcome
from members.recruiting.state import state_of
from orgs.terms import add_months, add_years

# Days after the application; from the activists on relative to what the rules ask for.
TALK, RECOMMENDED = 10, 120


def days(applied_on: dt.date) -> dict[int, dt.date]:
    """The day of each step for somebody whom nothing delays."""
    activist = applied_on + dt.timedelta(days=RECOMMENDED)
    candidate = add_years(activist, 1) + dt.timedelta(days=20)
    meeting = candidate + dt.timedelta(days=60)
    ends_on = add_years(meeting, 1)
    return {
        1: applied_on,
        2: applied_on + dt.timedelta(days=TALK),
        3: activist,
        4: activist + dt.timedelta(days=5),
        5: activist + dt.timedelta(days=8),
        6: add_months(activist, 6),
        7: candidate,
        8: candidate + dt.timedelta(days=5),
        9: candidate + dt.timedelta(days=8),
        10: candidate + dt.timedelta(days=20),
        11: candidate + dt.timedelta(days=30),
        12: candidate + dt.timedelta(days=35),
        13: candidate + dt.timedelta(days=45),
        14: candidate + dt.timedelta(days=50),
        15: meeting,
        16: meeting + dt.timedelta(days=10),
        17: meeting + dt.timedelta(days=20),
        18: meeting + dt.timedelta(days=25),
        19: meeting + dt.timedelta(days=25),
        20: meeting + dt.timedelta(days=30),
        21: add_months(meeting, 6),
        22: ends_on,
        23: ends_on + dt.timedelta(days=12),
        24: ends_on + dt.timedelta(days=20),
        25: ends_on + dt.timedelta(days=25),
    }


def values_of(case, number: int, on: dt.date, *, full: list, approver) -> dict:
    """What a step asks for, as the rules want it. `full` are keys of full members of the branch."""
    present = len(full)
    ballot = {
        "persons": case.name,
        "ballot_no": case.pk,
        "secret_ballot": True,
        "attended": True,
        "expected": len(full),
        "present": present,
        "yes": present,
    }
    notice = {"notice_from": on - dt.timedelta(days=11), "notice_until": on - dt.timedelta(days=1)}
    return {
        2: {"who": "支部书记"},
        3: {"recommended": "党员推荐"},
        4: {"outcome": StepOutcome.PASSED},
        5: {"contacts": full[:2]},
        7: {"heard": True, **notice},
        8: {"outcome": StepOutcome.PASSED},
        9: {"introducers": full[:2], "consented": True},
        10: {"outcome": StepOutcome.PASSED},
        11: {"training_days": 3, "training_hours": 24},
        12: {"outcome": StepOutcome.PASSED},
        13: {"outcome": StepOutcome.PASSED, "approver": approver},
        14: {"form_no": f"ZYS{case.pk:06d}"},
        15: {"outcome": StepOutcome.PASSED, **ballot},
        16: {"who": "组织员"},
        17: {"outcome": StepOutcome.PASSED, "approver": approver, "collective": True},
        23: {"outcome": StepOutcome.ON_TIME, **ballot, **notice},
        24: {"outcome": StepOutcome.PASSED, "approver": approver, "collective": True},
        25: {"kept_at": "本人人事档案"},
    }.get(number, {})


def walk(case, *, upto: int, full: list, approver, by) -> None:
    """Takes the steps after those taken, up to `upto` and up to today."""
    planned, today = days(case.applied_on), timezone.localdate()
    for number in range(state_of(case).position + 1, upto + 1):
        on = planned[number]
        if on > today:
            return
        organisation = approver if number in (4, 8, 16, 18) else None
        values = values_of(case, number, on, full=full, approver=approver)
        recruiting.take_step(case=case, number=number, on=on, organisation=organisation, by=by, **values)
