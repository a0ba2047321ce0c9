"""Votes and resolutions of a gathering."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities import roster, validators
from activities.actions.activities import locked
from activities.models import Resolution, Vote
from members.actions.register import record
from orgs.guards import demand_reason
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future


@transaction.atomic
def add_vote(
    *,
    activity,
    matter: str,
    expected: int,
    present: int,
    yes: int,
    by,
    no: int = 0,
    abstained: int = 0,
    written: int = 0,
    passed: bool,
    note: str = "",
    request=None,
) -> Vote:
    """Rows 20–22. Where the register knows who has a vote, and the roll who was there, the figures must agree."""
    stored = locked(activity)
    if not stored.is_held:
        raise ValidationError("活动尚未召开，不能登记表决。")
    figures = {
        "expected": expected,
        "present": present,
        "yes": yes,
        "no": no,
        "abstained": abstained,
        "written": written,
    }
    voters, here = roster.votes_of(stored)
    validators.validate_vote(**figures, passed=passed, note=note, voters=voters, here=here)
    vote = Vote(activity=stored, matter=matter.strip(), passed=passed, note=note.strip(), **figures)
    vote.full_clean(exclude=["withdrawn_by"])
    vote.save()
    _record(stored, by, request, {"vote": vote.pk, "passed": passed})
    return vote


@transaction.atomic
def withdraw_vote(*, vote, reason: str, by, request=None) -> Vote:
    """It was entered wrongly; it stays readable and counts no longer."""
    activity = locked(vote.activity)
    stored = Vote.objects.select_for_update().get(pk=vote.pk)
    if stored.withdrawn_at:
        raise ValidationError("该表决登记已撤销。")
    stored.withdrawn_reason = demand_reason(reason, "撤销")
    stored.withdrawn_at, stored.withdrawn_by = timezone.now(), by
    stored.full_clean(exclude=["withdrawn_by"])
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _record(activity, by, request, {"vote withdrawn": stored.pk})
    return stored


@transaction.atomic
def add_resolution(
    *, activity, text: str, by, owner_name: str = "", due_on: dt.date | None = None, request=None
) -> Resolution:
    stored = locked(activity)
    if not stored.is_held:
        raise ValidationError("活动尚未召开，不能登记决议。")
    if due_on and due_on < stored.held_on:
        raise ValidationError({"due_on": "完成期限不能早于会议日期。"})
    resolution = Resolution(
        activity=stored, text=text.strip(), owner_name=owner_name.strip(), due_on=due_on, recorded_by=by
    )
    resolution.full_clean(exclude=["recorded_by"])
    resolution.save()
    _record(stored, by, request, {"resolution": resolution.pk})
    return resolution


@transaction.atomic
def close_resolution(*, resolution, on: dt.date, result: str, by, request=None) -> Resolution:
    """What came of it; also after the record was archived, for it speaks of what happened later."""
    stored = (
        Resolution.objects.select_for_update().select_related("activity__organisation").get(pk=resolution.pk)
    )
    if stored.done_on:
        raise ValidationError(f"该决议已于{stored.done_on}办结。")
    validate_not_in_future(on, "on")
    if on < stored.activity.held_on:
        raise ValidationError({"on": "完成日期不能早于会议日期。"})
    if not result.strip():
        raise ValidationError({"result": "请填写落实情况。"})
    stored.done_on, stored.result = on, result.strip()
    stored.full_clean(exclude=["recorded_by"])
    stored.save()
    _record(stored.activity, by, request, {"resolution": stored.pk, "done": on})
    resolution.refresh_from_db()
    return stored


def _record(activity, by, request, detail):
    record(activity, AuditAction.UPDATE, by=by, detail=detail, request=request)
