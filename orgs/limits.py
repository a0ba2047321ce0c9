"""How often a person may take personal data out: the audit trail itself is the counter, so every door counts."""

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.utils import timezone

from orgs.models import AuditAction, AuditEvent

HOUR = dt.timedelta(hours=1)
MOST_AN_HOUR = {AuditAction.REVEAL: 60, AuditAction.EXPORT: 30}
logger = logging.getLogger(__name__)


def refuse_excess(*, actor, action: AuditAction) -> None:
    """Raises ValidationError once `actor` has done `action` as often as an hour allows, and warns in the log."""
    most = MOST_AN_HOUR[action]
    events = AuditEvent.objects.filter(actor=actor, at__gt=timezone.now() - HOUR)
    done = counted(events, action).count()
    if done >= most:
        logger.warning("Account %s has reached the hourly limit of %s (%s).", actor.pk, action.value, most)
        raise ValidationError(f"一小时内{action.label}已满{most}次，请稍后再办理；确有需要请联系系统管理员。")


def counted(events, action: AuditAction):
    """Those of `events` that count. Of exports only lists do, which have no object: a print about one person says what
    their page says."""
    found = events.filter(action=action)
    return found.filter(object_id="") if action == AuditAction.EXPORT else found
