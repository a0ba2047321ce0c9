"""Who is being recruited and who was: the headline of the board (S11). Set-based, one query each."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, Q

from members.choices import BACHELOR_OR_HIGHER, MASTER_OR_HIGHER
from members.models import CaseStage
from members.recruiting import due
from orgs.models import Enterprise
from orgs.terms import add_years, month_end

YOUNG = 35
CULTIVATED = (CaseStage.ACTIVIST, CaseStage.CANDIDATE)


def of_high_tech():
    """The condition “works at a high-tech enterprise”."""
    return Exists(Enterprise.objects.filter(credit_code=OuterRef("employer_code"), is_high_tech=True))


def recruits(cases, year: int) -> dict:
    """Composition of those approved in `year`: total, research, bachelor, young, high_tech."""
    approved = cases.filter(approved_on__year=year).order_by()
    young = Q(born_on__gt=add_years(dt.date(year, 12, 31), -YOUNG - 1))
    return approved.annotate(of_high_tech=of_high_tech()).aggregate(
        total=Count("pk"),
        research=Count("pk", filter=Q(is_research=True)),
        bachelor=Count("pk", filter=Q(education__in=BACHELOR_OR_HIGHER)),
        young=Count("pk", filter=young),
        high_tech=Count("pk", filter=Q(of_high_tech=True)),
    )


def stock(cases, today: dt.date) -> dict:
    """How many stand in each stage, how many are cultivated, and what is due this month."""
    last = month_end(today)
    still = Q(closed_on__isnull=True)
    return cases.order_by().aggregate(
        **{stage.value: Count("pk", filter=Q(stage=stage)) for stage in CaseStage},
        converted=Count("pk", filter=Q(stage=CaseStage.FULL, converted_on__year=today.year)),
        cultivated=Count("pk", filter=still & Q(stage__in=CULTIVATED)),
        cultivated_master=Count("pk", filter=still & Q(stage__in=CULTIVATED, education__in=MASTER_OR_HIGHER)),
        due=Count("pk", filter=still & Q(due_on__lte=last)),
        overdue=Count("pk", filter=still & Q(due_on__lt=today)),
        pressing=Count("pk", filter=still & due.pressing(today)),
    )
