"""What a record achieves: which duties of its month or quarter it meets. Said before saving; the entry proposes first
what is still owed. A rule of thumb for the entry alone; the calendar of duties judges by dated rules.
"""

import datetime as dt

from activities.kinds import HAS_ROSTER, Kind
from activities.models import HELD_STATES, ActivityKind
from activities.roster import committee_names
from orgs.kinds import OrganisationKind

MONTHLY, QUARTERLY = 1, 3
OF_BRANCH = {
    Kind.THEME_DAY: MONTHLY,
    Kind.BRANCH_COMMITTEE: MONTHLY,
    Kind.MEMBERS_MEETING: QUARTERLY,
    Kind.PARTY_LECTURE: QUARTERLY,
}
OF_GROUP = {Kind.GROUP_MEETING: MONTHLY}
SMALLEST_COMMITTEE = 3
QUARTERS = "一二三四"


def owed_by(organisation, day: dt.date) -> dict[str, int]:
    """Kind → months of its period. A committee meets only where there is one."""
    if organisation.kind == OrganisationKind.PARTY_GROUP:
        return OF_GROUP
    if organisation.kind not in HAS_ROSTER:
        return {}
    if len(committee_names(organisation, day)) >= SMALLEST_COMMITTEE:
        return OF_BRANCH
    return {kind: months for kind, months in OF_BRANCH.items() if kind != Kind.BRANCH_COMMITTEE}


def first_day(months: int, day: dt.date) -> dt.date:
    """Of the month or quarter that `day` lies in."""
    return day.replace(month=day.month - (day.month - 1) % months, day=1)


def words_of(kind, months: int, day: dt.date) -> str:
    """11月主题党日, 四季度党课."""
    period = f"{day.month}月" if months == MONTHLY else f"{QUARTERS[(day.month - 1) // 3]}季度"
    return f"{period}{Kind(kind).label}"


def met_by(organisation, day: dt.date, *, without=None) -> set[str]:
    """The kinds of which there is a record in the period of `day`; `without` the record that is being changed."""
    rows = ActivityKind.objects.filter(
        activity__organisation=organisation,
        activity__state__in=HELD_STATES,
        activity__held_on__gte=first_day(QUARTERLY, day),
        activity__held_on__lt=first_day(QUARTERLY, day) + dt.timedelta(days=93),
    )
    found = rows.exclude(activity=without).values_list("kind", "activity__held_on")
    months = OF_BRANCH | OF_GROUP
    return {
        kind
        for kind, on in found
        if kind in months and first_day(months[kind], on) == first_day(months[kind], day)
    }


def due(organisation, day: dt.date) -> list[str]:
    """What is owed in the periods of `day` and has no record."""
    met = met_by(organisation, day)
    return [kind.value for kind in owed_by(organisation, day) if kind not in met]


def achieved(organisation, kinds, day: dt.date, *, without=None) -> str:
    """“保存后：11月主题党日、四季度党课 完成”; "" where the kinds meet no duty."""
    owed = owed_by(organisation, day)
    counted = [kind for kind in owed if kind in kinds]
    if not counted:
        return ""
    met = met_by(organisation, day, without=without)
    parts = []
    if new := [words_of(kind, owed[kind], day) for kind in counted if kind not in met]:
        parts.append(f"保存后：{'、'.join(new)} 完成")
    if again := [words_of(kind, owed[kind], day) for kind in counted if kind in met]:
        parts.append(f"{'、'.join(again)}已有记录，本次为再次开展")
    return "；".join(parts)
