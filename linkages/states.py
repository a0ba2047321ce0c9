"""How an agreement stands on a day: reckoned, never stored.

`state_of` says it of one agreement, `with_state` annotates a queryset with the same; tests hold them against each other.
Source: 60 and 30 days before the end are practice; dormant after so many days is a dated setting.
"""

import datetime as dt

from django.db import models
from django.db.models import Case, DateField, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from linkages.models import AgreementActivity, AgreementResult
from linkages.orders.pacts import last_worked_on
from orgs.regulations import value_on
from orgs.terms import add_months

SOON, NEAR = 60, 30
UNRENEWED = Q(renewal__isnull=True) | Q(renewal__signed_on__isnull=True)
QUIET_MONTHS = 6  # nothing booked for so long, and people are reminded


class AgreementState(models.TextChoices):
    DRAFT = "draft", "草拟"
    ACTIVE = "active", "履行中"
    SOON = "soon", "60日内到期"
    NEAR = "near", "30日内到期"
    DORMANT = "dormant", "沉睡"
    EXPIRED = "expired", "已到期"
    ENDED = "ended", "已终止"


RUNNING = (AgreementState.ACTIVE, AgreementState.SOON, AgreementState.NEAR, AgreementState.DORMANT)
IDLE = Q(state__in=RUNNING, last_on__isnull=True)  # 签而未动: it runs, and nothing was ever booked
TONES = {
    AgreementState.DRAFT: "plain",
    AgreementState.ACTIVE: "good",
    AgreementState.SOON: "warn",
    AgreementState.NEAR: "bad",
    AgreementState.DORMANT: "bad",
    AgreementState.EXPIRED: "plain",
    AgreementState.ENDED: "plain",
}


def dormant_days(on: dt.date | None = None) -> int:
    """0: never."""
    return value_on("agreement_dormant_days", on)


def state_of(agreement, today: dt.date, *, last_on: dt.date | None, dormant: int) -> AgreementState:
    """`last_on` is the latest day of anything booked and not withdrawn (None: nothing yet)."""
    if agreement.ended_on:
        return AgreementState.ENDED
    if agreement.signed_on is None:
        return AgreementState.DRAFT
    left = (agreement.ends_on - today).days
    if left < 0:
        return AgreementState.EXPIRED
    if left <= NEAR:
        return AgreementState.NEAR
    if left <= SOON:
        return AgreementState.SOON
    quiet = (today - max(last_on or agreement.starts_on, agreement.starts_on)).days
    return AgreementState.DORMANT if dormant and quiet >= dormant else AgreementState.ACTIVE


def _latest(rows, day):
    """The latest `day` of the agreement's rows."""
    rows = rows.standing().filter(agreement=OuterRef("pk")).order_by().values("agreement")
    return Subquery(rows.annotate(latest=Max(day)).values("latest"), output_field=DateField())


def with_quiet(agreements):
    """Adds `last_on` (None: nothing booked yet) and `quiet_since`, the day since which nothing was booked."""
    rows = agreements.annotate(
        last_activity=_latest(AgreementActivity.objects.all(), "activity__held_on"),
        last_result=_latest(AgreementResult.objects.all(), "on"),
        last_order=Subquery(last_worked_on(), output_field=DateField()),
    )
    latest = ("last_activity", "last_result", "last_order")
    return rows.annotate(
        # Greatest of nothing and a day is nothing on one engine: each is given the others to fall back on.
        last_on=Greatest(*(Coalesce(*latest[place:], *latest[:place]) for place in range(len(latest)))),
        quiet_since=Greatest(F("starts_on"), *(Coalesce(name, "starts_on") for name in latest)),
    )


def quiet_for(months: int, today: dt.date) -> Q:
    """The condition “nothing was booked for so many months”."""
    return Q(quiet_since__lte=add_months(today, -months))


def with_state(agreements, today: dt.date | None = None):
    """Adds `state`, `last_on` and `quiet_since`; as `state_of` says it."""
    today = today or timezone.localdate()
    dormant = dormant_days(today)
    whens = [
        When(ended_on__isnull=False, then=Value(AgreementState.ENDED)),
        When(signed_on__isnull=True, then=Value(AgreementState.DRAFT)),
        When(ends_on__lt=today, then=Value(AgreementState.EXPIRED)),
        When(ends_on__lte=today + dt.timedelta(days=NEAR), then=Value(AgreementState.NEAR)),
        When(ends_on__lte=today + dt.timedelta(days=SOON), then=Value(AgreementState.SOON)),
    ]
    if dormant:
        quiet = Q(quiet_since__lte=today - dt.timedelta(days=dormant))
        whens.append(When(quiet, then=Value(AgreementState.DORMANT)))
    return with_quiet(agreements).annotate(
        state=Case(*whens, default=Value(AgreementState.ACTIVE), output_field=models.CharField())
    )


def mark(agreement):
    """Adds to one that came `with_state` what a page shows of it: `state_label` and `tone`."""
    agreement.state_label, agreement.tone = AgreementState(agreement.state).label, TONES[agreement.state]
    return agreement
