"""Parks, areas, clusters and chains: added and renamed, never deleted, since history points at them."""

from django.core.exceptions import ValidationError
from django.db import transaction

from orgs.audit import record
from orgs.models import AuditAction, Park, ParkAlias

PARK_FIELDS = ("name", "area", "main_cluster", "parent", "address", "latitude", "longitude")


@transaction.atomic
def add_park(*, by, request=None, **fields):
    """`fields` are any of `PARK_FIELDS`. Returns the Park."""
    park = Park(**_known(fields))
    _refuse_name_of_another(park)
    park.full_clean()
    park.save()
    record(actor=by, action=AuditAction.CREATE, obj=park, request=request)
    return park


@transaction.atomic
def update_park(*, park, by, request=None, **changes):
    """Writes what differs. A park that gets a new name keeps the old one as an alias: lists still use it."""
    current = Park.objects.select_for_update().get(pk=park.pk)
    changed = [name for name, value in _known(changes).items() if getattr(current, name) != value]
    if not changed:
        return []
    old_name = current.name
    for name in changed:
        setattr(current, name, changes[name])
    _refuse_name_of_another(current)
    if current.parent_id and current.children.exists():
        raise ValidationError({"parent": "该园区内有园中园，不能再设为园中园。"})
    current.full_clean()
    current.save()
    if "name" in changed:
        current.aliases.filter(name=current.name).delete()
        ParkAlias.objects.get_or_create(name=old_name, defaults={"park": current})
    labels = [str(Park._meta.get_field(name).verbose_name) for name in changed]
    record(actor=by, action=AuditAction.UPDATE, obj=current, detail={"fields": labels}, request=request)
    return changed


@transaction.atomic
def add_alias(*, park, name, by, request=None):
    """Another name for `park`; it may not already mean a different park."""
    if Park.objects.filter(name=name).exists():
        raise ValidationError({"name": f"“{name}”是一个园区的正式名称，不能作别名。"})
    alias = ParkAlias(park=park, name=name)
    if ParkAlias.objects.filter(name=name).exists():
        raise ValidationError({"name": f"别名“{name}”已经登记。"})
    alias.full_clean()
    alias.save()
    record(actor=by, action=AuditAction.UPDATE, obj=park, detail={"alias_added": name}, request=request)
    return alias


@transaction.atomic
def remove_alias(*, alias, by, request=None):
    detail = {"alias_removed": alias.name}
    record(actor=by, action=AuditAction.UPDATE, obj=alias.park, detail=detail, request=request)
    alias.delete()


@transaction.atomic
def save_place(*, place, by, request=None):
    """An area, cluster or chain with the values it holds now, new or changed. Returns it."""
    action = AuditAction.UPDATE if place.pk else AuditAction.CREATE
    place.full_clean()
    place.save()
    record(actor=by, action=action, obj=place, request=request)
    return place


def _known(fields):
    if unknown := set(fields) - set(PARK_FIELDS):
        raise TypeError(f"Not fields of a park that may be written: {sorted(unknown)}")
    return fields


def _refuse_name_of_another(park):
    if ParkAlias.objects.filter(name=park.name).exclude(park=park.pk).exists():
        raise ValidationError({"name": f"“{park.name}”是另一个园区的别名。"})
    if Park.objects.filter(name=park.name).exclude(pk=park.pk).exists():
        raise ValidationError({"name": f"园区“{park.name}”已经存在。"})
