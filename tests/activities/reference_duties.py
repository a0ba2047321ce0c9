"""The duties of organisation life once more, written straight from the text of the rules: one organisation, one kind
and one period at a time, each asking the database. Slow on purpose; `activities.duties.engine` must agree with it.
"""

import calendar
import datetime as dt

from django.db.models import Q

from activities.models import Activity
from orgs.models import DatedSetting, Organisation

DAY = dt.timedelta(days=1)
BRANCH_KINDS = ("branch", "joint_branch", "temp_branch", "project_branch", "floating_branch")
COMMITTEE = ("organisation_member", "publicity_member", "discipline_member", "committee_member")
HELD = ("held", "review", "archived")
ONCE = {
    "members_meeting": ("季度", 1),
    "branch_committee": ("月", 1),
    "group_meeting": ("月", 1),
    "party_lecture": ("季度", 1),
    "theme_day": ("月", 1),
    "org_life_meeting": ("年", 1),
    "appraisal": ("年", 1),
}


def frequency(kind, day):
    """The latest value that a place set before the period began, else the one of the regulation."""
    rows = DatedSetting.objects.filter(code=f"duty_{kind}", effective_on__lte=day).order_by("-effective_on")
    row = rows.first()
    if row is None:
        return ONCE[kind]
    if row.value == "不要求":
        return "", 0
    words = row.value.removeprefix("每").removesuffix("次")
    unit = words.rstrip("0123456789")
    return unit, int(words.removeprefix(unit))


def bounds(unit, day):
    """First and last day of the calendar period that `day` lies in."""
    if unit == "年":
        return dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)
    begin = day.month if unit == "月" else (day.month - 1) // 3 * 3 + 1
    end = begin if unit == "月" else begin + 2
    return dt.date(day.year, begin, 1), dt.date(day.year, end, calendar.monthrange(day.year, end)[1])


def enough(unit, first, last, exists):
    """“Due only if it existed for the full period, or at least 15 days of a month.”"""
    days = [first + DAY * n for n in range((last - first).days + 1)]
    present = sum(1 for day in days if exists(day))
    return present == len(days) or (unit == "月" and present >= 15)


def existed(organisation, day):
    founded, dissolved = organisation.founded_on, organisation.dissolved_on
    return (founded is None or founded <= day) and (dissolved is None or day < dissolved)


def needed(organisation, kind, unit, day) -> int:
    """How many gatherings of the kind the organisation owes in the period of `unit` around `day`."""
    first, last = bounds(unit, day)
    in_force, times = frequency(kind, first)
    if in_force != unit:
        return 0
    is_group = organisation.kind == "party_group"
    if is_group != (kind == "group_meeting") or (not is_group and organisation.kind not in BRANCH_KINDS):
        return 0
    if kind in ("org_life_meeting", "appraisal") and not organisation.keeps_membership:
        return 0
    if not enough(unit, first, last, lambda d: existed(organisation, d)):
        return 0
    if kind == "branch_committee":
        posts = list(organisation.posts.filter(title__in=COMMITTEE))
        seated = [(post.since or dt.date.min, post.until or dt.date.max) for post in posts]
        if not enough(unit, first, last, lambda d: any(since <= d < until for since, until in seated)):
            return 0
    return times


def gatherings(organisation, kind, unit, day, as_of) -> list:
    """Held by the organisation, alone or with others, in the period around `day` and not after `as_of`."""
    first, last = bounds(unit, day)
    rows = Activity.objects.filter(kinds__kind=kind, state__in=HELD, held_on__lte=as_of)
    rows = rows.filter(Q(organisation=organisation) | Q(joint_hosts__organisation=organisation)).distinct()
    if unit == "年" and kind in ("org_life_meeting", "appraisal"):
        until = dt.date(first.year + 1, 3, 31)
        named = Q(belongs_to_year=first.year, held_on__gte=first, held_on__lte=until)
        rows = rows.filter(named | Q(belongs_to_year=None, held_on__gte=first, held_on__lte=last))
    else:
        rows = rows.filter(held_on__gte=first, held_on__lte=last)
    return list(rows.order_by("held_on", "pk"))


def duty(organisation, kind, unit, day, as_of):
    """(state, records, late records), or None where nothing is owed or the period has not begun."""
    first, last = bounds(unit, day)
    need = needed(organisation, kind, unit, day)
    if not need or first > as_of:
        return None
    of_year = unit == "年" and kind in ("org_life_meeting", "appraisal")
    here = gatherings(organisation, kind, unit, day, as_of)
    if not of_year:
        here = here[len(lent(organisation, kind, unit, first - DAY, as_of)) :]
    late = [] if of_year else lent(organisation, kind, unit, day, as_of)
    deadline = dt.date(first.year + 1, 3, 31) if of_year else last
    return state(unit, first, last, deadline, as_of, need, here, late), ids(here[:need]), ids(late)


def lent(organisation, kind, unit, day, as_of) -> list:
    """What the period after the one around `day` gives to make up for it: held in its first 10 days, and more than
    that period needs itself."""
    first, last = bounds(unit, day)
    missing = needed(organisation, kind, unit, day) - len(gatherings(organisation, kind, unit, day, as_of))
    if missing <= 0 or first > as_of:
        return []
    after = last + DAY
    there = gatherings(organisation, kind, unit, after, as_of)
    spare = len(there) - needed(organisation, kind, unit, after)
    return [row for row in there[: max(0, min(spare, missing))] if row.held_on <= last + DAY * 10]


def state(unit, first, last, deadline, as_of, need, here, late) -> str:
    if len(here) >= need:
        return "met"
    if len(here) + len(late) >= need:
        return "late"
    if as_of > deadline:
        return "missed"
    notice = {"月": first.replace(day=25), "季度": last - DAY * 14, "年": dt.date(first.year, 12, 15)}[unit]
    return "soon" if as_of >= notice else "open"


def ids(rows):
    return tuple(row.pk for row in rows)


def compute(first: dt.date, last: dt.date, as_of: dt.date, organisations=None) -> dict:
    """(organisation, kind, first day of the period, unit) → what `duty` says, for the whole register or some of it."""
    found = {}
    for organisation in Organisation.objects.all() if organisations is None else organisations:
        for kind in ONCE:
            for unit in ("月", "季度", "年"):
                day = bounds(unit, first)[0]
                while day <= last:
                    if outcome := duty(organisation, kind, unit, day, as_of):
                        found[organisation.pk, kind, day, unit] = outcome
                    day = bounds(unit, day)[1] + DAY
    return found
