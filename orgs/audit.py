"""Writing the audit trail: who did what to which object, in the transaction of the act itself."""

import json
from collections.abc import Iterable

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from orgs.models import AuditEvent, Organisation
from orgs.tree import STEP


def record(*, actor, action, obj=None, path="", detail=None, request=None) -> AuditEvent:
    """One event. `path` places it in the tree and says which auditors read it; an organisation brings its own.

    Call it before deleting `obj`, whose key it needs. Never put phone or identity numbers into `detail`.
    """
    event = _event(actor=actor, action=action, obj=obj, path=path, detail=detail, ip=client_ip(request))
    event.root_id = _root_ids([event]).get(event.path[:STEP])
    event.save(force_insert=True)
    return event


def record_many(entries: Iterable[dict], *, actor, action, request=None) -> list[AuditEvent]:
    """Many events of one act in one statement; each entry holds `obj`, `path` and `detail` as it needs."""
    ip = client_ip(request)
    events = [_event(actor=actor, action=action, ip=ip, **entry) for entry in entries]
    roots = _root_ids(events)
    for event in events:
        event.root_id = roots.get(event.path[:STEP])
    return AuditEvent.objects.bulk_create(events, batch_size=500)


def client_ip(request) -> str | None:
    """The address behind the trusted proxies; None outside a request."""
    if request is None:
        return None
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None


def _event(*, actor, action, ip, obj=None, path="", detail=None) -> AuditEvent:
    known = actor is not None and actor.is_authenticated
    return AuditEvent(
        at=timezone.now(),
        actor=actor if known else None,
        actor_name=str(actor)[:50] if known else "",
        ip=ip,
        action=action,
        object_type=obj._meta.model_name if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=str(obj)[:200] if obj is not None else "",
        path=path or getattr(obj, "path", ""),
        detail=json.loads(json.dumps(detail or {}, cls=DjangoJSONEncoder)),
    )


def _root_ids(events: list[AuditEvent]) -> dict[str, int]:
    """First step of the path → key of the top organisation."""
    roots = {event.path[:STEP] for event in events if event.path}
    return dict(Organisation.objects.filter(path__in=roots).values_list("path", "pk")) if roots else {}
