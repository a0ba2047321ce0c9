"""How many full members of the register work at each enterprise: what decides who should found an organisation."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count

from imports import sql
from members.models import Member
from orgs.models import Enterprise
from orgs.periods import id_chunks

FEW = 10  # rows written one by one rather than through a table of their own


def full_members_by_employer(codes: Iterable[str] | None = None):
    """Rows of (`employer_code`, `count`) over full members in the register; `codes` None: all."""
    rows = Member.objects.full().exclude(employer_code="")
    if codes is not None:
        rows = rows.filter(employer_code__in=codes)
    return rows.order_by().values("employer_code").annotate(count=Count("pk"))


@transaction.atomic
def refresh_full_members(codes: Iterable[str] | None = None) -> None:
    """Bring `Enterprise.registered_members` up to date for these credit codes (None: all). Recomputed, so safe twice."""
    enterprises = Enterprise.objects.exclude(credit_code=None)
    if codes is None:
        _refresh(enterprises, full_members_by_employer())
        return
    for chunk in id_chunks({code for code in codes if code}):
        _refresh(enterprises.filter(credit_code__in=chunk), full_members_by_employer(chunk))


def _refresh(enterprises, counts) -> None:
    """Counted once for all, and only what differs is written: a list of members names thousands of employers."""
    locked = enterprises.select_for_update().order_by("pk")
    stored = list(locked.values_list("pk", "credit_code", "registered_members"))
    wanted = dict(counts.values_list("employer_code", "count"))  # under the lock: who waited counts anew
    rows = [(pk, wanted.get(code, 0)) for pk, code, number in stored if number != wanted.get(code, 0)]
    if len(rows) > FEW:
        sql.update_rows(Enterprise, ("registered_members",), rows)
        return
    for pk, number in rows:
        Enterprise.objects.filter(pk=pk).update(registered_members=number)
