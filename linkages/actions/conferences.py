"""Conferences of an alliance: called, held, cancelled; what they resolve, followed up until it is done.

As `actions.alliances`. Source: S31 (党建联席会议, 园事会, 书记沙龙).
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from linkages.actions.alliances import done, running
from linkages.models import (
    Alliance,
    AllianceAct,
    Conference,
    ConferenceResolution,
    ResolutionNote,
)
from members.actions.register import record
from orgs.guards import demand_reason
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

FIELDS = ("kind", "title", "on", "place", "agenda")


@transaction.atomic
def call_conference(*, alliance, values: dict, by, request=None) -> Conference:
    """For a day to come, or one gone by that is held next."""
    stored = running(alliance)
    conference = Conference(alliance=stored, created_by=by)
    _set(conference, values)
    conference.save()
    done(stored, AllianceAct.CALLED, by, request, note=_words(conference), detail={"id": conference.pk})
    return conference


@transaction.atomic
def change_conference(*, conference, values: dict, by, request=None) -> Conference:
    """Until it is held."""
    stored = running(conference.alliance)
    kept = _open(conference)
    _set(kept, values)
    kept.save()
    done(stored, AllianceAct.CALLED, by, request, note=f"改为{_words(kept)}", detail={"id": kept.pk})
    return kept


def _set(conference, values):
    for name in FIELDS:
        if name in values:
            setattr(conference, name, values[name])
    if conference.on is None or conference.on < conference.alliance.founded_on:
        raise ValidationError({"on": f"会议日期不能早于联盟成立日期{conference.alliance.founded_on}。"})
    conference.full_clean(exclude=["created_by"])


@transaction.atomic
def hold_conference(
    *, conference, on: dt.date, attending, gist: str, by, activity=None, request=None
) -> Conference:
    """It took place on `on`. `attending` were members that day; `activity` is the record one of them keeps of it."""
    stored = running(conference.alliance)
    kept = _open(conference)
    validate_not_in_future(on, "on")
    _set(kept, {"on": on})
    attending = list(attending)
    members = {row.pk for row in stored.members.on(on)}
    if not attending:
        raise ValidationError({"attending": "请选择到会的成员单位。"})
    if strangers := [str(member) for member in attending if member.pk not in members]:
        raise ValidationError({"attending": f"{'、'.join(strangers)}在{on}不是成员单位。"})
    if not gist.strip():
        raise ValidationError({"gist": "请填写会议纪要。"})
    if activity is not None and activity.held_on != on:
        raise ValidationError({"activity": f"该活动的日期是{activity.held_on}，与会议日期不同。"})
    kept.gist, kept.activity, kept.held_at = gist.strip(), activity, timezone.now()
    kept.full_clean(exclude=["created_by"])
    kept.save()
    kept.attending.set(attending)
    note = f"{_words(kept)}，到会{len(attending)}个单位"
    done(stored, AllianceAct.HELD, by, request, note=note, detail={"id": kept.pk})
    conference.refresh_from_db()
    return kept


@transaction.atomic
def cancel_conference(*, conference, reason: str, by, request=None) -> Conference:
    stored = running(conference.alliance)
    kept = _open(conference)
    kept.cancelled_at, kept.cancel_reason = timezone.now(), demand_reason(reason, "取消")
    kept.save(update_fields=["cancelled_at", "cancel_reason"])
    note = f"{_words(kept)}：{kept.cancel_reason}"
    done(stored, AllianceAct.CANCELLED, by, request, note=note, detail={"id": kept.pk})
    return kept


def _open(conference) -> Conference:
    """The alliance is locked, and with it its conferences."""
    kept = Conference.objects.select_related("alliance").get(pk=conference.pk)
    if kept.cancelled_at:
        raise ValidationError("该会议已取消。")
    if kept.held_at:
        raise ValidationError("该会议已登记召开。")
    return kept


def _words(conference):
    return f"{conference.on} {conference.get_kind_display()}“{conference.title}”"


# --- What was resolved ---------------------------------------------------------------------------------


@transaction.atomic
def add_resolution(
    *, conference, text: str, owner, due_on: dt.date, by, request=None
) -> ConferenceResolution:
    """`owner` is a member unit today."""
    stored = running(conference.alliance)
    kept = Conference.objects.get(pk=conference.pk)
    if kept.held_at is None:
        raise ValidationError("会议尚未登记召开，不能登记议定事项。")
    if not stored.members.on(timezone.localdate()).filter(pk=owner.pk).exists():
        raise ValidationError({"owner": "请选择现在的成员单位。"})
    if due_on < kept.on:
        raise ValidationError({"due_on": "完成期限不能早于会议日期。"})
    resolution = ConferenceResolution(conference=kept, text=text.strip(), owner=owner, due_on=due_on)
    resolution.full_clean()
    resolution.save()
    note = f"{owner}，{due_on}前：{resolution.text}"
    done(stored, AllianceAct.RESOLVED, by, request, note=note, detail={"id": resolution.pk})
    return resolution


@transaction.atomic
def add_note(*, resolution, text: str, by, request=None) -> ResolutionNote:
    """Progress; the lines stay as they were written."""
    kept, alliance = _unfinished(resolution)
    if not text.strip():
        raise ValidationError({"text": "请填写进展。"})
    note = ResolutionNote(resolution=kept, text=text.strip(), by=by)
    note.full_clean(exclude=["by"])
    note.save()
    detail = {"act": "登记进展", "id": kept.pk}
    record(alliance, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return note


@transaction.atomic
def close_resolution(*, resolution, on: dt.date, result: str, by, request=None) -> ConferenceResolution:
    """Also after the alliance ended: what was resolved is still carried out."""
    kept, alliance = _unfinished(resolution)
    validate_not_in_future(on, "on")
    if on < kept.conference.on:
        raise ValidationError({"on": "完成日期不能早于会议日期。"})
    if not result.strip():
        raise ValidationError({"result": "请填写落实情况。"})
    kept.done_on, kept.result = on, result.strip()
    kept.full_clean()
    kept.save(update_fields=["done_on", "result"])
    note = f"{kept.owner}：{kept.text}"
    done(alliance, AllianceAct.DONE, by, request, note=note, detail={"id": kept.pk})
    return kept


def _unfinished(resolution) -> tuple[ConferenceResolution, Alliance]:
    """Under the lock of the alliance."""
    rows = Alliance.objects.select_for_update(of=("self",)).select_related("organisation")
    alliance = rows.get(conferences__resolutions=resolution.pk)
    kept = ConferenceResolution.objects.select_related(
        "conference", "owner__organisation", "owner__partner"
    ).get(pk=resolution.pk)
    if kept.done_on:
        raise ValidationError(f"该事项已于{kept.done_on}办结。")
    return kept, alliance
