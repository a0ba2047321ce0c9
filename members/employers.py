"""How many full members of the register work at each enterprise: what decides who should found an organisation."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from members.models import Member
from orgs.models import Enterprise
from orgs.periods import id_chunks


def full_members_by_employer(codes: Iterable[str] | None = None):
    """Rows of (`employer_code`, `count`) over full members in the register; `codes` None: all."""
    rows = Member.objects.full().exclude(employer_code="")
    if codes is not None:
        rows = rows.filter(employer_code__in=codes)
    return rows.order_by().values("employer_code").annotate(count=Count("pk"))


def refresh_full_members(codes: Iterable[str] | None = None) -> None:
    """Bring `Enterprise.registered_members` up to date for these credit codes (None: all). Recomputed, so safe twice."""
    counts = full_members_by_employer().filter(employer_code=OuterRef("credit_code")).values("count")
    value = Coalesce(Subquery(counts), 0)
    if codes is None:
        Enterprise.objects.exclude(credit_code=None).update(registered_members=value)
        return
    for chunk in id_chunks({code for code in codes if code}):
        Enterprise.objects.filter(credit_code__in=chunk).update(registered_members=value)
