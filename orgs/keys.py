"""Bring what was encrypted or hashed under an older key of a ring to its first key, so that the older can be retired.

Rows are read and written under a lock, in batches of their own transaction, in the order of their keys. A row that
somebody else holds is passed over, never waited for, so that the portal keeps working; it is met again later.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce

from imports import sql
from orgs import uploads
from orgs.adapters import MFA_CONTEXT
from orgs.fields import (
    ALGORITHM,
    BlindIndexField,
    EncryptedTextField,
    blind_index,
    index_keys,
    key_ring,
    seal,
    unseal,
)
from orgs.resources.base import PhoneWidget

BATCH = 500
PASSES = 5  # over rows that others held
# Encrypted texts inside JSON: model, field, the context of its texts.
SEALED_JSON = (
    ("imports.stagedrow", "values", PhoneWidget.CONTEXT),
    ("imports.stagedrow", "before", PhoneWidget.CONTEXT),
    ("imports.stagedrow", "raw", PhoneWidget.CONTEXT),
    ("mfa.authenticator", "data", MFA_CONTEXT),
)
UNREADABLE = (InvalidTag, KeyError, ValueError, ImproperlyConfigured)
FILES = "个文件"


@dataclass
class Report:
    """Rows of one model, or their files: changed; still held by others; not to be read with any key of the ring; the
    keys of rows whose hash another row bears already, hence the same number twice."""

    model: type[models.Model]
    changed: int = 0
    busy: int = 0
    unreadable: int = 0
    doubles: list[int] = field(default_factory=list)
    unit: str = "行"


class Unreadable(Exception):
    """A text that no key of the ring opens, or one that was put where it does not belong."""


@dataclass
class Part:
    """One column: `stale` finds rows under another key, `renew` gives the value to store for what `reads` hold.

    `reads` are the columns, as the database stores them, that `renew` is called with.
    """

    name: str
    reads: tuple[str, ...]
    stale: Q
    renew: Callable


def models_with_keys() -> Iterator[tuple[type[models.Model], list[Part]]]:
    """Every model with encrypted or hashed columns, and those columns."""
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        parts = [
            *(_encrypted(f) for f in model._meta.local_fields if isinstance(f, EncryptedTextField)),
            *(_hashed(model, f) for f in model._meta.local_fields if isinstance(f, BlindIndexField)),
            *(_in_json(name, context) for label, name, context in SEALED_JSON if label == model._meta.label_lower),
        ]  # fmt: skip
        if parts:
            yield model, parts


def _first(ring) -> str:
    return next(iter(ring))


def _encrypted(encrypted) -> Part:
    current = f"{ALGORITHM}:{_first(key_ring(settings.FIELD_KEYS))}:"
    stored = _stored(encrypted.name)
    return Part(
        encrypted.name,
        (encrypted.name,),
        ~Q(**{stored: ""}) & ~Q(**{f"{stored}__startswith": current}),
        lambda token: _open(token, encrypted.context),
    )


def _hashed(model, hashed) -> Part:
    current = f"{_first(index_keys(settings.INDEX_KEYS))}:"
    stored, source = _stored(hashed.name), _stored(hashed.of)
    return Part(
        hashed.name,
        (hashed.of,),
        ~Q(**{f"{stored}__startswith": current}) & ~Q(**{stored: "", source: ""}),
        lambda token: blind_index(_open(token, hashed.context), hashed.context),
    )


def _in_json(name, context) -> Part:
    current = f"{ALGORITHM}:{_first(key_ring(settings.FIELD_KEYS))}:"
    return Part(
        name,
        (name,),
        Q(**{f"{_stored(name)}__regex": f'"{ALGORITHM}:(?!{re.escape(current.split(":")[1])}:)'}),
        lambda text: _renewed(json.loads(text), current, context),
    )


def _renewed(value, current, context):
    if isinstance(value, dict):
        return {key: _renewed(item, current, context) for key, item in value.items()}
    if isinstance(value, list):
        return [_renewed(item, current, context) for item in value]
    if isinstance(value, str) and value.startswith(f"{ALGORITHM}:") and not value.startswith(current):
        return seal(_open(value, context), context)
    return value


def _open(token, context) -> str:
    try:
        return unseal(token, context)
    except UNREADABLE as error:
        raise Unreadable from error


# --- Row by row ---------------------------------------------------------------------------------------------


def renew(model: type[models.Model], parts: list[Part]) -> Report:
    """Bring all rows of `model` to the first keys. Safe to stop and to run again: done rows are not touched."""
    report = Report(model)
    for _ in range(PASSES):
        report.busy, report.unreadable, report.doubles = 0, 0, []
        last = 0
        while keys := list(
            _stale(model, parts).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            _renew_batch(model, parts, keys, report)
            last = keys[-1]
        if not report.busy:
            break
    return report


def _renew_batch(model, parts, keys, report):
    try:
        with transaction.atomic():
            held = _lock(model, keys)
            rows, unreadable = _rows(model, parts, held)
            sql.update_rows(model, [part.name for part in parts], rows)
    except IntegrityError:
        if len(keys) == 1:
            report.doubles += keys
            return
        for key in keys:
            _renew_batch(model, parts, [key], report)
        return
    report.changed += len(rows)
    report.unreadable += unreadable
    report.busy += len(keys) - len(held)


def _lock(model, keys) -> list[int]:
    """Those of the rows that nobody else holds; holding some while waiting for others could end in a deadlock."""
    rows = model._base_manager.select_for_update(skip_locked=True).filter(pk__in=keys)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _rows(model, parts, keys) -> tuple[list[tuple], int]:
    """What to store, and how many rows cannot be read. Read again under the lock: others may have written since."""
    names = sorted({name for part in parts for name in part.reads})
    rows, unreadable = [], 0
    for pk, *texts in _stale(model, parts).filter(pk__in=keys).values_list("pk", *map(_stored, names)):
        stored = dict(zip(names, texts, strict=True))
        try:
            rows.append((pk, *(part.renew(*(stored[name] for name in part.reads)) for part in parts)))
        except Unreadable:
            unreadable += 1
    return rows, unreadable


def _stored(name: str) -> str:
    return f"stored_{name}"


def _stale(model, parts):
    """Rows with a column under another key than the first; their columns as stored, under `stored_…`."""
    names = {name for part in parts for name in (part.name, *part.reads)}
    text = models.TextField()
    stored = {
        _stored(name): Coalesce(Cast(F(name), text), Value(""), output_field=text) for name in sorted(names)
    }
    condition = Q()
    for part in parts:
        condition |= part.stale
    return model._base_manager.annotate(**stored).filter(condition)


def newest_is_readable(model: type[models.Model], parts: list[Part]) -> bool:
    """Whether the keys at hand open what was encrypted last in each column of `model`."""
    for part in parts:
        text = Cast(F(part.reads[0]), models.TextField())
        rows = model._base_manager.annotate(sealed=text).filter(sealed__startswith=f"{ALGORITHM}:")
        if token := rows.order_by("-pk").values_list("sealed", flat=True).first():
            try:
                part.renew(token)
            except Unreadable:
                return False
    return True


# --- Files --------------------------------------------------------------------------------------------------


def renew_files(model: type[models.Model]) -> Report:
    """The uploads of `model`. No lock: a file is replaced whole, and twice the same is no harm."""
    report = Report(model, unit=FILES)
    for row in model._base_manager.only("public_id", "stored_name").order_by("pk").iterator(chunk_size=BATCH):
        try:
            report.changed += uploads.reseal(row)
        except (*UNREADABLE, OSError):
            report.unreadable += 1
    return report
