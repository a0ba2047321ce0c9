"""All measures of all organisations: kept by tallies and sums, and the way it is usually done, one organisation at a time.

The usual way asks the lists' own filters for each organisation, as a page of it does. Both give the same figures.
"""

import datetime as dt

from django.utils import timezone

from activities.models import HELD_STATES, Attendance, AttendanceState
from linkages.filters import of_term
from linkages.models import Agreement
from linkages.states import with_state
from orgs.models import Coverage, CoverageMethod, Organisation, User
from orgs.statistics import Register
from portal import measures, snapshots, work

ASKED = 27  # so many organisations are asked the usual way; all would take long


def sample() -> list[Organisation]:
    """From the root down, of every size."""
    organisations = Organisation.objects.order_by("path")
    return list(organisations)[:: max(1, organisations.count() // ASKED)][:ASKED]


def standing() -> dict:
    return {organisation.pk: snapshots.values(snapshots.current(organisation)) for organisation in sample()}


def per_organisation() -> dict:
    register, system, today = Register(), User.objects.system(), timezone.localdate()
    found = {}
    for organisation in sample():
        figures = register.figures(register.of_organisation(organisation))[0]
        of_work = work.values(work.Scope(system, organisation, today))
        found[organisation.pk] = measures.values(figures) | of_work
    return found


def plain(found: dict) -> list:
    """To compare; what has no value is left out, as kept figures leave it out."""
    return sorted(
        (pk, code, numbers["numerator"], numbers["value"])
        for pk, measures_ in found.items()
        for code, numbers in measures_.items()
        if numbers["value"] is not None
    )


def one_more() -> None:
    """Somebody who was put down as absent was there after all."""
    rows = Attendance.objects.filter(state=AttendanceState.ABSENT, activity__state__in=HELD_STATES)
    row = rows.filter(activity__held_on__year=timezone.localdate().year).order_by("-pk")[0]
    Attendance.objects.filter(pk=row.pk).update(state=AttendanceState.PRESENT)


def one_uncovered() -> None:
    """A unit that an organisation covered is covered no more."""
    today = timezone.localdate()
    rows = Coverage.objects.current(today).filter(method=CoverageMethod.JOINT, since__lt=today)
    Coverage.objects.filter(pk=rows.order_by("-pk")[0].pk).update(until=today)


def one_agreement() -> None:
    """One that runs ended yesterday."""
    today = timezone.localdate()
    running = with_state(Agreement.objects.all(), today).filter(of_term("running"))
    row = running.filter(signed_on__lt=today).order_by("-pk")[0]
    Agreement.objects.filter(pk=row.pk).update(ended_on=today - dt.timedelta(days=1), end_reason="提前终止")


CHANGES = {"one_more": one_more, "one_uncovered": one_uncovered, "one_agreement": one_agreement}
