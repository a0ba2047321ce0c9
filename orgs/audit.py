"""Writing the audit trail: who did what to which object, in the transaction of the act itself."""

import datetime as dt
import hashlib
import hmac
import itertools
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from auditlog.models import LogEntry
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from orgs.models import AuditAction, AuditEvent, Organisation, User
from orgs.tree import STEP

logger = logging.getLogger(__name__)


def record(*, actor, action, obj=None, path="", detail=None, request=None, label="") -> AuditEvent:
    """One event. `path` places it in the tree and says which auditors read it; an organisation brings its own.

    `label` names the object where its own words would not do. Call it before deleting `obj`, whose key it needs.
    Never put phone or identity numbers into `detail`.
    """
    event = _event(actor=actor, action=action, obj=obj, detail=detail, label=label, ip=client_ip(request))
    _place([(event, path or getattr(obj, "path", ""))])
    event.save(force_insert=True)
    return event


def record_many(entries: Iterable[dict], *, actor, action, request=None) -> list[AuditEvent]:
    """Many events of one act in one statement; each entry holds `obj`, `path` and `detail` as it needs."""
    ip = client_ip(request)
    placed = [
        (_event(actor=actor, action=action, ip=ip, **entry), path) for entry, path in map(_split, entries)
    ]
    _place(placed)
    events = [event for event, _ in placed]
    return AuditEvent.objects.bulk_create(events, batch_size=500)


def home_path(user) -> str:
    """Where the person belongs, so that the auditors of that subtree read about signing in and refusals."""
    return min((a.organisation.path for a in user.current_appointments), default="")


def record_failed_login(username: str, *, request, locked: bool = False) -> None:
    """A name that is no account stays out of the trail: people type passwords and phone numbers there."""
    user = User.objects.filter(username__iexact=username).first() if username else None
    record(
        actor=None,
        action=AuditAction.LOGIN_FAILED,
        obj=user,
        path=home_path(user) if user else "",
        detail={"username": user.username if user else "（不存在的账号）", "locked": locked},
        request=request,
    )


def client_ip(request) -> str | None:
    """The address behind the trusted proxies; None outside a request."""
    if request is None:
        return None
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None


def _split(entry: dict) -> tuple[dict, str]:
    path = entry.get("path") or getattr(entry.get("obj"), "path", "")
    return {name: value for name, value in entry.items() if name != "path"}, path


def _event(*, actor, action, ip, obj=None, detail=None, label="") -> AuditEvent:
    known = actor is not None and actor.is_authenticated
    return AuditEvent(
        at=timezone.now(),
        actor=actor if known else None,
        actor_name=str(actor)[:50] if known else "",
        ip=ip,
        action=action,
        object_type=obj._meta.model_name if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=(label or str(obj))[:200] if obj is not None else "",
        detail=json.loads(json.dumps(detail or {}, cls=DjangoJSONEncoder)),
    )


def _place(placed: list[tuple[AuditEvent, str]]) -> None:
    """Set the organisation and its top one on each event, by the path where it happened."""
    paths = {path for _, path in placed if path}
    paths |= {path[:STEP] for path in paths}
    ids = dict(Organisation.objects.filter(path__in=paths).values_list("path", "pk")) if paths else {}
    for event, path in placed:
        event.organisation_id, event.root_id = ids.get(path), ids.get(path[:STEP])


# --- The chain: each event's seal covers the seal before it, so that a change or a removal shows ------

SEALED_FIELDS = (
    "pk", "at", "actor_id", "actor_name", "ip", "action", "object_type", "object_id", "object_label",
    "organisation_id", "root_id", "detail",
)  # fmt: skip


def seal_of(event: AuditEvent, previous: str) -> str:
    """HMAC-SHA256 over the seal before and the row in canonical JSON."""
    row = {name: getattr(event, name) for name in SEALED_FIELDS} | {
        "at": event.at.astimezone(dt.UTC).isoformat()
    }
    text = json.dumps([previous, row], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def seal_pending(batch: int = 2000) -> int:
    """Seals all events not yet in the chain; returns how many. Safe to run twice and in parallel."""
    total = 0
    while sealed := _seal_batch(batch):
        total += sealed
        if sealed < batch:
            break
    return total


@transaction.atomic
def _seal_batch(size: int) -> int:
    """Chains the oldest unsealed events in id order."""
    if not _wait_for_writers():
        logger.info("Audit events are being written; sealing is left to the next round.")
        return 0
    head = AuditEvent.objects.exclude(seal="").order_by("-pk").first()
    previous = head.seal if head else ""
    events = list(AuditEvent.objects.filter(seal="").order_by("pk")[:size])
    for event in events:
        event.seal = previous = seal_of(event, previous)
    if events:
        _store_seals(events)
        # Outside the database, so that cutting off the end of the chain shows too (verify_audit --contains).
        logger.info("Audit chain sealed up to event %s: %s", events[-1].pk, previous)
    return len(events)


def _store_seals(events: list[AuditEvent]) -> None:
    """One statement in SQL: the model refuses every update, and writers wait meanwhile."""
    table = AuditEvent._meta.db_table
    rows = ", ".join(["(%s, %s)"] * len(events))
    statement = f"WITH v (id, seal) AS (VALUES {rows}) UPDATE {table} SET seal = v.seal FROM v WHERE {table}.id = v.id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for event in events for value in (event.pk, event.seal)])


def _wait_for_writers() -> bool:
    """Shuts out writers for this transaction, so that no lower id can be committed after a higher one was sealed.

    SQLite has one writer anyway (IMMEDIATE). On PostgreSQL the wait is short because others queue behind it.
    """
    if connection.vendor != "postgresql":
        return True
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            cursor.execute(f"LOCK TABLE {AuditEvent._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    except OperationalError:
        return False
    return True


@dataclass(frozen=True)
class ChainReport:
    """What `verify_chain` found; `broken_id` is the first event at which the chain does not hold."""

    sealed: int
    unsealed: int
    head: str
    broken_id: int | None = None
    reason: str = ""


def verify_chain() -> ChainReport:
    """Recomputes every seal from the beginning and stops at the first that does not fit."""
    sealed, waiting, first_waiting, previous = 0, 0, None, ""
    for event in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        if not event.seal:
            waiting += 1
            first_waiting = first_waiting or event.pk
        elif first_waiting:
            return ChainReport(sealed, waiting, previous, first_waiting, "校验值被抹去，或记录为事后插入。")
        elif hmac.compare_digest(event.seal, seal_of(event, previous)):
            sealed, previous = sealed + 1, event.seal
        else:
            return ChainReport(
                sealed, waiting, previous, event.pk, "该记录被改动，或它之前的记录被删除、插入。"
            )
    return ChainReport(sealed, waiting, previous)


def verify_latest(count: int) -> ChainReport:
    """As `verify_chain`, over the newest `count` sealed events only, so that it may be asked often."""
    events = list(AuditEvent.objects.exclude(seal="").order_by("-pk")[: count + 1])[::-1]
    if len(events) <= count and events:
        events.insert(0, AuditEvent(seal=""))
    for before, event in itertools.pairwise(events):
        if not hmac.compare_digest(event.seal, seal_of(event, before.seal)):
            return ChainReport(
                len(events) - 1, 0, before.seal, event.pk, "该记录被改动，或它之前的记录被删除、插入。"
            )
    return ChainReport(max(len(events) - 1, 0), 0, events[-1].seal if events else "")


# --- Field changes that django-auditlog noted --------------------------------------------------------


@dataclass(frozen=True)
class FieldChange:
    at: dt.datetime
    actor: str
    field: str
    old: str
    new: str


def changes_of(obj, limit: int = 20) -> list[FieldChange]:
    """The latest field changes of `obj` in words, newest first; what the log masks stays masked."""
    entries = (
        LogEntry.objects.get_for_object(obj)
        .filter(action=LogEntry.Action.UPDATE)
        .select_related("actor")[:limit]
    )
    changes = [
        (entry, name, values)
        for entry in entries
        for name, values in (entry.changes_dict or {}).items()
        if len(values) == 2
    ][:limit]
    labels = _related_labels(obj, changes)
    return [
        FieldChange(
            entry.timestamp,
            str(entry.actor) if entry.actor else "系统",
            _field_label(obj, name),
            *(_value_words(obj, name, value, labels) for value in values),
        )
        for entry, name, values in changes
    ]


def _field(obj, name):
    try:
        return obj._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _field_label(obj, name) -> str:
    field = _field(obj, name)
    return str(field.verbose_name) if field is not None else name


def _related_labels(obj, changes) -> dict[tuple[str, str], str]:
    """(field, key) → what the row is called; one query per foreign key field."""
    keys: dict[str, set] = {}
    for _, name, values in changes:
        field = _field(obj, name)
        if field is not None and field.many_to_one:
            keys.setdefault(name, set()).update(value for value in values if value not in (None, "None"))
    return {
        (name, str(row.pk)): str(row)
        for name, found in keys.items()
        for row in _field(obj, name).related_model._base_manager.filter(pk__in=found)
    }


def _value_words(obj, name, value, labels) -> str:
    """The value as a person would say it."""
    if value in (None, "", "None"):
        return "（空）"
    if (name, str(value)) in labels:
        return labels[name, str(value)]
    field = _field(obj, name)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return {"True": "是", "False": "否"}.get(str(value), str(value))
