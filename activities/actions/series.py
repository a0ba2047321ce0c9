"""Brands (品牌) under which an organisation holds activities."""

from django.core.exceptions import ValidationError
from django.db import transaction

from activities.models import Series
from members.actions.register import record
from members.models import root_of
from orgs.models import AuditAction


@transaction.atomic
def add_series(*, organisation, values: dict, by, request=None) -> Series:
    series = Series(organisation=organisation, **values)
    return _save(series, AuditAction.CREATE, by, request)


@transaction.atomic
def change_series(*, series, values: dict, by, request=None) -> Series:
    stored = Series.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=series.pk)
    for name, value in values.items():
        setattr(stored, name, value)
    return _save(stored, AuditAction.UPDATE, by, request)


def _save(series, action, by, request):
    if series.started_on and series.ended_on and series.ended_on < series.started_on:
        raise ValidationError({"ended_on": "结束日期不能早于开始日期。"})
    series.root_id = series.root_id or root_of(series.organisation)
    series.full_clean(exclude=["organisation"])
    series.save()
    record(series, action, by=by, detail={"name": series.name}, request=request)
    return series
