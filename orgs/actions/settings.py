"""New values for dated settings. What was in force stays as it was: figures of past months must not move."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from orgs.audit import record
from orgs.models import AuditAction, DatedSetting
from orgs.regulations import DEFINITIONS, validate_setting


@transaction.atomic
def add_setting(*, code, value, effective_on: dt.date, by, basis="", request=None) -> DatedSetting:
    validate_setting(code, value)
    if effective_on < timezone.localdate():
        raise ValidationError("生效日期不能早于今天：已经生效的口径不能追改，只能从今天或以后起调整。")
    setting = DatedSetting(code=code, value=value, effective_on=effective_on, basis=basis)
    setting.full_clean()
    setting.save()
    _record(setting, "新设定", by, request)
    return setting


@transaction.atomic
def delete_setting(*, setting, by, request=None) -> None:
    """Takes back a value that is not in force yet."""
    if setting.effective_on <= timezone.localdate():
        raise ValidationError("已经生效的值不能删除，请从新的日期起另设一个值。")
    _record(setting, "删除未生效的设定", by, request)
    setting.delete()


def _record(setting, act, by, request):
    record(
        actor=by,
        action=AuditAction.SETTING,
        obj=setting,
        label=DEFINITIONS[setting.code].label,
        detail={
            "act": act,
            "value": setting.value,
            "effective_on": setting.effective_on,
            "basis": setting.basis,
        },
        request=request,
    )
