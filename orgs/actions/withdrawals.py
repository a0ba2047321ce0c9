"""A mistake is withdrawn with its reason; the row stays."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from orgs.guards import demand_reason


def take_back(rows, given, reason: str, by, *, what: str = "记录"):
    """The row of `given` among `rows`, locked, withdrawn and saved. The caller is part of a larger act and writes its entry."""
    kept = rows.select_for_update(of=("self",)).get(pk=given.pk)
    if kept.withdrawn_at:
        raise ValidationError(f"该{what}已撤回。")
    kept.withdrawn_reason = demand_reason(reason, "撤回")
    kept.withdrawn_at, kept.withdrawn_by = timezone.now(), by
    kept.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return kept
