"""A gathering from its plan to the archive. One transaction, one line of its history and one audit event each.

Callers have checked access. `values` holds fields of the record by name (`FIELDS`).
"""

import uuid
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from activities import notices, roster, validators
from activities.actions import attendance
from activities.actions.releases import release_stations
from activities.models import (
    COMING,
    HELD_STATES,
    Act,
    Activity,
    ActivityEntry,
    ActivityKind,
    ActivityState,
    JointHost,
)
from members.actions.register import record
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction

FIELDS = (
    "title", "starts_at", "ends_at", "place", "is_online", "chair_name", "recorder_name", "lecturer_name",
    "agenda", "gist", "series", "belongs_to_year",
)  # fmt: skip
COUNTS = ("expected", "present", "on_leave", "absent", "guests")


@transaction.atomic
def plan_activity(*, organisation, kinds, values: dict, by, joint_hosts=(), request=None) -> Activity:
    """Something to come (计划)."""
    activity = _new(organisation, kinds, values, by, joint_hosts)
    return _done(activity, Act.PLANNED, AuditAction.CREATE, by, request)


@transaction.atomic
def record_activity(
    *,
    organisation,
    kinds,
    values: dict,
    by,
    joint_hosts=(),
    roll: dict | None = None,
    counts: dict | None = None,
    guests=(),
    entry_key: uuid.UUID | None = None,
    request=None,
) -> Activity:
    """What has been held, in one go (`hold_activity` for what was planned before).

    The same `entry_key` a second time gives the record that the first one made, and writes nothing.
    """
    if stored := _sent_before(entry_key, by):
        return stored
    try:
        with transaction.atomic():
            activity = _new(organisation, kinds, values, by, joint_hosts, entry_key)
    except IntegrityError:
        # The same record arrived twice at the same moment.
        if stored := _sent_before(entry_key, by):
            return stored
        raise
    _hold(activity, roll, counts, guests)
    return _done(activity, Act.HELD, AuditAction.CREATE, by, request)


@transaction.atomic
def hold_activity(
    *,
    activity,
    by,
    roll=None,
    counts=None,
    guests=(),
    values: dict | None = None,
    joint_hosts=None,
    signed_seen=(),
    seen_at=None,
    request=None,
) -> Activity:
    """A planned one took place: who was there, and what differed from the plan.

    `seen_at` and `signed_seen` as in `change_activity`.
    """
    stored = _seen(activity, seen_at)
    if stored.state not in COMING:
        raise ValidationError("该活动已登记召开。")
    _set(stored, values or {})
    _rehost(stored, joint_hosts)
    _hold(stored, roll, counts, guests, signed_seen)
    return _done(stored, Act.HELD, AuditAction.UPDATE, by, request, shown=activity)


def _sent_before(entry_key, by) -> Activity | None:
    return Activity.objects.filter(entry_key=entry_key, created_by=by).first() if entry_key else None


def _new(organisation, kinds, values, by, joint_hosts, entry_key=None) -> Activity:
    validators.validate_kinds(kinds, organisation)
    activity = Activity(organisation=organisation, created_by=by, entry_key=entry_key)
    _set(activity, values)
    _validate_hosts(activity, joint_hosts)
    activity.full_clean(exclude=["created_by"], validate_unique=False, validate_constraints=False)
    activity.save()
    ActivityKind.objects.bulk_create(
        ActivityKind(activity=activity, kind=kind) for kind in dict.fromkeys(kinds)
    )
    _join(activity, joint_hosts)
    return activity


def _set(activity, values):
    for name, value in values.items():
        if name not in FIELDS:
            raise ValidationError(f"“{name}”不能这样修改。")
        setattr(activity, name, value)
    if activity.starts_at is None:
        raise ValidationError({"starts_at": "请填写开始时间。"})
    validators.validate_times(activity.starts_at, activity.ends_at)
    if activity.signup_until:
        activity.signup_until = min(activity.signup_until, activity.starts_at)


def _validate_hosts(activity, joint_hosts):
    """They existed on the day, and none is named twice."""
    day = timezone.localtime(activity.starts_at).date()
    validators.validate_organisation(activity.organisation, day)
    for organisation in joint_hosts:
        if organisation.pk == activity.organisation_id:
            raise ValidationError({"joint_hosts": "主办党组织无须重复选为联合主办。"})
        validators.validate_organisation(organisation, day, "joint_hosts")


def _join(activity, joint_hosts):
    JointHost.objects.bulk_create(
        JointHost(activity=activity, organisation=organisation) for organisation in joint_hosts
    )


def _rehost(stored, joint_hosts):
    """After a change of the day or of who holds it with others (`joint_hosts` None: the same as before)."""
    if joint_hosts is None:
        _validate_hosts(stored, [host.organisation for host in stored.joint_hosts.all()])
        return
    _validate_hosts(stored, joint_hosts)
    stored.joint_hosts.all().delete()
    _join(stored, joint_hosts)


def _hold(activity, roll, counts, guests, signed_seen=()):
    validators.validate_over(activity.starts_at)
    if activity.state not in HELD_STATES:
        activity.state = ActivityState.HELD
    activity.recorded_at = activity.recorded_at or timezone.now()
    if roll is not None:
        attendance.write_roll(activity, roll, signed_seen=signed_seen)
    elif activity.has_roster:
        attendance.validate_stored_roll(activity)
    attendance.write_guests(activity, guests)
    if counts is not None:
        _count(activity, counts)
    attendance.recount(activity)
    activity.full_clean(exclude=["created_by"], validate_unique=False)


def _count(activity, counts):
    """Figures as they were typed, where nobody called the roll."""
    if activity.has_roster:
        raise ValidationError({"present": "已逐人登记到会，人数由名单得出。"})
    values = {name: counts.get(name) or 0 for name in COUNTS}
    validators.validate_sum(**{name: values[name] for name in COUNTS[:4]})
    for name, value in values.items():
        setattr(activity, name, value)


@transaction.atomic
def change_activity(
    *,
    activity,
    by,
    values: dict | None = None,
    kinds=None,
    joint_hosts=None,
    roll=None,
    counts=None,
    guests=None,
    signed_seen=(),
    seen_at=None,
    request=None,
) -> Activity:
    """Before it goes to review. `seen_at` is the `updated_at` that the person saw; newer changes refuse theirs.

    `signed_seen` are the members whose signing in by code the person saw (`attendance.write_roll`).
    """
    stored = _seen(activity, seen_at)
    if not stored.is_held and any(part is not None for part in (roll, counts, guests)):
        raise ValidationError("活动尚未登记召开，不能登记到会情况；请先登记召开。")
    planned_at = stored.starts_at
    _set(stored, values or {})
    if kinds is not None:
        validators.validate_kinds(kinds, stored.organisation)
        stored.kinds.exclude(kind__in=kinds).delete()
        known = set(stored.kinds.values_list("kind", flat=True))
        ActivityKind.objects.bulk_create(
            ActivityKind(activity=stored, kind=kind) for kind in dict.fromkeys(kinds) if kind not in known
        )
    _rehost(stored, joint_hosts)
    if guests is not None:
        stored.guest_list.all().delete()
    if stored.is_held:
        _hold(stored, roll, counts, guests or (), signed_seen)
    else:
        stored.full_clean(exclude=["created_by"], validate_unique=False)
    moved = stored.state in COMING and stored.starts_at != planned_at
    return _done(stored, Act.MOVED if moved else Act.CHANGED, AuditAction.UPDATE, by, request, shown=activity)


def _seen(activity, seen_at) -> Activity:
    """The row under lock; refuses when somebody changed it after `seen_at`."""
    stored = locked(activity)
    refuse_stale(stored, seen_at, "记录")
    return stored


@transaction.atomic
def notify_activity(*, activity, by, request=None) -> Activity:
    """Those expected were told (已通知)."""
    return _move(activity, (ActivityState.PLANNED,), ActivityState.NOTIFIED, Act.NOTIFIED, by, request)


@transaction.atomic
def submit_activity(*, activity, by, request=None) -> Activity:
    """To the body above for review."""
    return _move(activity, (ActivityState.HELD,), ActivityState.REVIEW, Act.SUBMITTED, by, request)


@transaction.atomic
def archive_activity(*, activity, by, request=None) -> Activity:
    """By the body above. From here on only it may reopen the record."""
    stored = _at(activity, (ActivityState.REVIEW,))
    stored.archived_at = timezone.now()
    return _moved(stored, ActivityState.ARCHIVED, Act.ARCHIVED, by, request, "", activity)


@transaction.atomic
def archive_many(*, activities, by, request=None) -> list[Activity]:
    """All of them or none: a list that somebody ticked is outdated as a whole."""
    return [archive_activity(activity=activity, by=by, request=request) for activity in activities]


@transaction.atomic
def return_activity(*, activity, reason: str, by, request=None) -> Activity:
    """Sent back from review with what is missing."""
    demand_reason(reason)
    return _move(activity, (ActivityState.REVIEW,), ActivityState.HELD, Act.RETURNED, by, request, reason)


@transaction.atomic
def reopen_activity(*, activity, reason: str, by, request=None) -> Activity:
    """Row 56: an archived record is opened from above, with a reason."""
    demand_reason(reason)
    stored = _at(activity, (ActivityState.ARCHIVED,))
    stored.archived_at = None
    return _moved(stored, ActivityState.HELD, Act.REOPENED, by, request, reason, activity)


@transaction.atomic
def cancel_activity(*, activity, reason: str, by, request=None) -> Activity:
    """A plan that is off, or a record that should not exist; it stays readable. Stations booked for it are free again."""
    demand_reason(reason)
    stored = _at(activity, (*COMING, ActivityState.HELD))
    off = _moved(stored, ActivityState.CANCELLED, Act.CANCELLED, by, request, reason, activity)
    release_stations(off, by=by, request=request)
    return off


def locked(activity) -> Activity:
    """The row for a change, under lock; refuses what is in review, archived or cancelled."""
    stored = _row(activity)
    validators.validate_open(stored)
    return stored


def _row(activity):
    rows = Activity.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=activity.pk)


def _at(activity, states):
    stored = _row(activity)
    if stored.state not in states:
        raise ValidationError(f"该记录的状态是“{stored.get_state_display()}”，不能这样办理，请刷新后核对。")
    return stored


def _move(activity, states, state, act, by, request, reason=""):
    return _moved(_at(activity, states), state, act, by, request, reason, activity)


def _moved(stored, state, act, by, request, reason, shown):
    stored.state = state
    return _done(stored, act, AuditAction.UPDATE, by, request, reason=reason, shown=shown)


def _done(stored, act, action, by, request, *, reason="", shown=None) -> Activity:
    """Saves what the act set on the record, and writes its line and its event."""
    stored.updated_at = timezone.now()
    stored.save()
    entry = ActivityEntry.objects.create(activity=stored, act=act, reason=reason, by=by)
    if act in notices.TOLD:
        transaction.on_commit(partial(notices.send, entry.pk))
    detail = {"act": Act(act).label, "on": stored.held_on, "kinds": [k.kind for k in stored.kinds.all()]}
    detail |= {"reason": reason} if reason else {}
    record(stored, action, by=by, detail=detail, request=request)
    if shown is not None:
        shown.refresh_from_db()
    return stored


def expected_at(activity, kinds=None) -> list:
    """The members whose presence the record asks for; empty where nobody is at home (committees)."""
    kinds = kinds or [kind.kind for kind in activity.kinds.all()]
    organisations = [one for one in activity.hosts if roster.has_roster(one)]
    return roster.expected_at(organisations, kinds, timezone.localtime(activity.starts_at).date())
