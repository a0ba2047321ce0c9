"""What a member's past allows: voting, joining again; and which body decides about a branch's members."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from members.choices import Closing, EventKind
from members.models import Member, MemberEvent, Posting
from orgs.kinds import COMMITTEES
from orgs.models import Organisation
from orgs.terms import add_years

REJOIN_YEARS = 5
BARS_REJOINING = (Closing.DISMISSED, Closing.REMOVED, Closing.EXPELLED)


def approving_committee(organisation) -> Organisation | None:
    """The nearest committee above `organisation` that may approve members; None when the register knows none.

    Source: 发展党员工作细则 (no general branch approves); 教育管理工作条例 art. 26 for transfers.
    """
    above = Organisation.objects.active().filter(path__in=organisation.ancestor_paths)
    return above.filter(kind__in=COMMITTEES, can_approve_members=True).order_by("-depth").first()


def deciding_body(organisation) -> Organisation:
    """`approving_committee`, or the organisation itself where the register knows none above it."""
    return approving_committee(organisation) or organisation


def may_apply_on(number: str) -> dt.date | None:
    """The first day on which the person with this identity number may apply again; None: nothing bars them.

    Five years after having been asked to leave, removed or expelled. Sources: 不合格党员组织处置办法;
    纪律处分条例 (开除党籍). The day may lie in the past.
    """
    member = Member.objects.with_identity(number).first()
    if member is None or member.is_counted:
        return None
    left = Posting.objects.filter(member=member, closed_how__in=BARS_REJOINING).values_list(
        "until", flat=True
    )
    removed = (
        MemberEvent.objects.standing()
        .filter(member=member, kind=EventKind.REMOVED)
        .values_list("on", flat=True)
    )
    days = [*left, *removed]
    return add_years(max(days), REJOIN_YEARS) if days else None


def with_suspended_rights(on: dt.date | None = None) -> Q:
    """The condition on members “no vote and no right to elect or be elected on the day”: 留党察看.

    Rights come back by a decision of their own (恢复党员权利), not by the calendar. Source: 党章 art. 41.
    """
    on = on or timezone.localdate()
    events = MemberEvent.objects.standing().filter(member=OuterRef("pk"), on__lte=on)
    trial = events.filter(kind=EventKind.ON_TRIAL)
    restored = MemberEvent.objects.standing().filter(
        member=OuterRef("member"), kind=EventKind.RIGHTS_RESTORED, on__lte=on, on__gte=OuterRef("on")
    )
    return Q(Exists(trial.filter(~Exists(restored))))


def rights_suspended(member, on: dt.date | None = None) -> bool:
    """`with_suspended_rights` for one member."""
    return Member.objects.filter(with_suspended_rights(on), pk=member.pk).exists()
