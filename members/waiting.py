"""What transfers and absences ask for, as conditions: the lines of the home page and the filters of the lists are one."""

import operator
from functools import reduce

from django.db.models import Q

from members.deadlines import AbsenceClock, TransferClock
from members.models import AbsenceKind, TransferDirection, TransferState, within_homes
from members.models.transfers import UNDER_WAY
from members.moving import LOST_MONTHS
from orgs.kinds import COMMITTEES
from orgs.terms import latest_start
from orgs.tree import within_paths

S = TransferState
# Kinds of which nothing but the expected return is due.
RETURNING = (AbsenceKind.FLOATING_OUT, AbsenceKind.FLOATING_IN)
AWAITED = Q(host__isnull=False, member__isnull=False, reported_on__isnull=True)


def _kept_at(user, home: str, root: str) -> Q:
    """“The person may change members there.”"""
    return Q() if user.sees_everything else within_homes(user, "members.change", home=home, root=root)


# --- Transfers ----------------------------------------------------------------------------------------


def transfers_waiting(user, clock: TransferClock) -> Q:
    """“The case waits for this person”: a letter about to expire (row 40), a review at their committee, an acceptance,
    a receipt to be sent.
    """
    sends, receives = (_kept_at(user, f"{side}_organisation", f"{side}_root_id") for side in ("from", "to"))
    return (
        sends & Q(state__in=UNDER_WAY, expires_on__lte=clock.letter_notice_until)
        | receives & Q(state__in=UNDER_WAY)
        | receives & Q(state=S.ACCEPTED, direction=TransferDirection.IN, receipt_on__isnull=True)
        | _under_review(user)
    )


def _under_review(user):
    """Cases that wait for a committee at which the person acts."""
    committees = [
        a.organisation.path
        for a in user.current_appointments
        if "members.change" in a.permissions
        and a.organisation.kind in COMMITTEES
        and a.organisation.can_approve_members
    ]
    return within_paths(committees, "from_organisation__path") & Q(state=S.SENDING_REVIEW)


# --- Absences -----------------------------------------------------------------------------------------


def absences_waiting(user, clock: AbsenceClock) -> Q:
    """“The absence waits for this person”: it asks something of the home they work for, or of them as the host."""
    home = _kept_at(user, "member__organisation", "member__root_id") & Q(member__isnull=False)
    guest = _kept_at(user, "host", "host_root_id") & AWAITED
    return home & due_absences(clock) | guest


def due_absences(clock: AbsenceClock, *what: str) -> Q:
    """“The absence asks for something”: any of `contact`, `long`, `return`; none named means all.

    For rows `with_last_contact`.
    """
    today, values = clock.today, clock.values
    kinds = (
        (AbsenceKind.AWAY, values["floating_months"]),
        (AbsenceKind.GRADUATE, 12 * values["graduate_years"]),
        (AbsenceKind.LOST, LOST_MONTHS),
    )
    contact_since = latest_start(today, values["abroad_contact_months"])
    conditions = {
        "contact": Q(kind=AbsenceKind.ABROAD, last_contact_on__lte=contact_since),
        "return": Q(kind__in=RETURNING, expected_return_on__lt=today),
        "long": _any_of(Q(kind=kind, since__lte=latest_start(today, months)) for kind, months in kinds),
    }
    return _any_of(conditions[name] for name in what or conditions)


def _any_of(conditions) -> Q:
    return reduce(operator.or_, conditions)
