"""Writes to enterprises: register, change, found an organisation step by step. The caller has checked access."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from orgs import audit
from orgs.arrivals import open_arrivals
from orgs.fields import mask_completely
from orgs.guards import refuse_stale
from orgs.identifiers import credit_code_fault, credit_code_suggestion
from orgs.models import (
    AuditAction,
    BuildingStage,
    Coverage,
    CoverageMethod,
    Enterprise,
    EnterpriseName,
    EnterpriseStatus,
    FoundingStep,
)
from orgs.ownership import owner_paths
from orgs.periods import refresh_periods
from orgs.validators import validate_not_in_future

EDITABLE = (
    "kind",
    "credit_code",
    "name",
    "status",
    "is_dormant",
    "legal_representative",
    "capital",
    "founded_on",
    "industry",
    "cluster",
    "chain",
    "is_chain_lead",
    "park",
    "parent_unit",
    "address",
    "registered_address",
    "employees",
    "reported_members",
    "contact_name",
    "contact_phone",
    "is_high_tech",
    "is_key",
)
SENSITIVE = ("contact_phone",)
CONFIRM = "confirm"  # code of a ValidationError that a reason (and an approval number) overcomes


# --- Register and change ---------------------------------------------------------------------------


def validate_credit_code(code: str | None, *, confirm_reason: str = "") -> None:
    """GB 32100: wrong length or characters never pass; a wrong check digit passes with a reason.

    A few codes on real licences fail the check, so a person who holds the licence may confirm it
    (domain table §10 row 46). Raises ValidationError, with code `confirm` when a reason would help.
    """
    fault = credit_code_fault(code) if code else ""
    if not fault or (fault == "check" and confirm_reason.strip()):
        return
    suggestion = credit_code_suggestion(code)
    hint = f"是否为{suggestion}？" if suggestion else "请对照营业执照核对。"
    messages = {
        "length": f"统一社会信用代码应为18位，现为{len(code)}位，请对照营业执照核对。",
        "characters": f"统一社会信用代码含有不允许的字符，{hint}",
        "check": "统一社会信用代码校验码不正确，请对照营业执照核对；确认无误的，请勾选确认并填写理由。",
    }
    raise ValidationError(
        {"credit_code": ValidationError(messages[fault], code=CONFIRM if fault == "check" else fault)}
    )


@transaction.atomic
def create_enterprise(*, values: dict, by, confirm_reason: str = "", request=None) -> Enterprise:
    """A new unit from `values` (names of `EDITABLE`), and the visit to it. Raises ValidationError."""
    validate_credit_code(values.get("credit_code"), confirm_reason=confirm_reason)
    enterprise = Enterprise(**_checked(values))
    _refuse_second_without_code(enterprise)
    _save(enterprise)
    refresh_periods([enterprise.pk], on=timezone.localdate())
    open_arrivals([enterprise.pk])
    detail = {"reason": confirm_reason} if confirm_reason else {}
    record(enterprise, AuditAction.CREATE, by=by, detail=detail, request=request)
    return enterprise


def _refuse_second_without_code(enterprise):
    """Without a credit code nothing else would tell two units of one name in one place apart."""
    if enterprise.credit_code:
        return
    alike = Enterprise.objects.filter(
        credit_code=None, name=enterprise.name, parent_unit=enterprise.parent_unit, park=enterprise.park
    )
    if alike.exists():
        raise ValidationError(
            {"name": f"“{enterprise.name}”已经登记；确属另一家的，请填写统一社会信用代码或所属单位。"}
        )


@transaction.atomic
def update_enterprise(
    *,
    enterprise,
    values: dict,
    by,
    confirm_reason: str = "",
    seen_at: dt.datetime | None = None,
    request=None,
) -> list[str]:
    """Store what differs; returns the names of the changed fields. Raises ValidationError.

    `seen_at` is the `updated_at` the person looked at: a change made by somebody else since is not overwritten.
    """
    stored = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    refuse_stale(stored, seen_at, "企业信息")
    changes = {
        name: (getattr(stored, name), value)
        for name, value in _checked(values).items()
        if getattr(stored, name) != value
    }
    if not changes:
        return []
    if "credit_code" in changes:
        validate_credit_code(changes["credit_code"][1], confirm_reason=confirm_reason)
    fields = _apply(stored, changes)
    _save(stored, fields)
    today = timezone.localdate()
    if "name" in changes:
        EnterpriseName.objects.create(enterprise=stored, name=changes["name"][0], until=today)
    refresh_periods([stored.pk], on=today)
    if changes.get("status", ("", ""))[1] == EnterpriseStatus.MOVED_IN:
        open_arrivals([stored.pk])
    detail = {"changes": {name: readable_change(stored, name, *pair) for name, pair in changes.items()}}
    if confirm_reason and "credit_code" in changes:
        detail["reason"] = confirm_reason
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    for name in fields:
        setattr(enterprise, name, getattr(stored, name))
    return sorted(changes)


def _checked(values):
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise TypeError(f"Not fields of an enterprise that people edit: {', '.join(sorted(unknown))}")
    return {**values, "credit_code": values["credit_code"] or None} if "credit_code" in values else values


def _apply(enterprise, changes):
    for name, (_, value) in changes.items():
        setattr(enterprise, name, value)
    fields = {*changes, "updated_at"}
    if "capital" in changes:
        enterprise.capital_text = ""  # kept only where a list's text is no amount in yuan
        fields.add("capital_text")
    if "founded_on" in changes:
        enterprise.founded_precision = "day"
        fields.add("founded_precision")
    return fields


def _save(enterprise, fields=None):
    enterprise.updated_at = timezone.now()
    enterprise.full_clean()
    try:
        with transaction.atomic():
            enterprise.save(update_fields=fields)
    except IntegrityError as error:  # somebody else registered the code between the check and the write
        raise ValidationError("该统一社会信用代码刚被他人登记，请核对后重新提交。") from error


def readable(enterprise, name, value) -> str:
    """A field's value as people read it; sensitive ones only say that they are filled."""
    if name in SENSITIVE:
        return mask_completely(value)
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = dict(enterprise._meta.get_field(name).flatchoices)
    return str(choices.get(value, value))


def readable_change(enterprise, name, old, new) -> list[str]:
    return [readable(enterprise, name, old), readable(enterprise, name, new)]


def record(enterprise, action, *, by, detail=None, request=None):
    """An audit event about `enterprise`, filed where the organisation stands that answers for it."""
    path = owner_paths([enterprise.pk])[enterprise.pk]
    return audit.record(actor=by, action=action, obj=enterprise, path=path, detail=detail, request=request)


# --- Founding --------------------------------------------------------------------------------------

SURVEYED = (BuildingStage.NO_MEMBERS, BuildingStage.FEW_MEMBERS, BuildingStage.ENOUGH_MEMBERS)
RANKS = {
    BuildingStage.UNSURVEYED: 0,
    **dict.fromkeys(SURVEYED, 1),
    BuildingStage.PLANNED: 2,
    BuildingStage.APPLIED: 3,
    BuildingStage.APPROVED: 4,
    BuildingStage.ELECTED: 5,
    BuildingStage.FOUNDED: 6,
}


def next_stages(stage: str) -> list[str]:
    """The stages that may follow without a note (domain table §5): one step on, or another finding of the survey."""
    rank = RANKS[stage]
    following = [s for s, r in RANKS.items() if r == rank + 1]
    if stage in SURVEYED:
        following += [s for s in SURVEYED if s != stage]
    if stage == BuildingStage.NO_MEMBERS:
        following.remove(BuildingStage.PLANNED)
    return following


def has_own_organisation(enterprise) -> bool:
    return Coverage.objects.current().filter(enterprise=enterprise, method=CoverageMethod.OWN).exists()


@transaction.atomic
def advance_founding(
    *, enterprise, stage: str, on: dt.date, by, document_no: str = "", note: str = "", request=None
) -> FoundingStep:
    """Enter `stage`. Steps cannot be skipped, except to “founded” where an own organisation already exists.

    Going back needs a note, an approval its document number. Raises ValidationError.
    """
    stored = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    _validate_stage(stored, stage, note)
    validate_not_in_future(on, "on")
    if stage == BuildingStage.APPROVED and not document_no.strip():
        raise ValidationError({"document_no": "批复须填写批复文号。"})
    old = stored.building_stage
    step = FoundingStep(
        enterprise=stored, stage=stage, entered_on=on, document_no=document_no, note=note, recorded_by=by
    )
    step.full_clean()
    step.save()
    _store(stored, building_stage=stage, **({"not_founded_reason": ""} if _is_founded(stage) else {}))
    change = readable_change(stored, "building_stage", old, stage)
    detail = {"changes": {"building_stage": change}, "document_no": document_no, "note": note}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    enterprise.building_stage, enterprise.not_founded_reason = stage, stored.not_founded_reason
    return step


def _is_founded(stage):
    return stage == BuildingStage.FOUNDED


def _validate_stage(enterprise, stage, note):
    old = enterprise.building_stage
    if stage not in RANKS:
        raise ValidationError({"stage": "没有这个进度。"})
    if stage == old:
        raise ValidationError({"stage": f"组建进度已经是“{BuildingStage(stage).label}”。"})
    own = _is_founded(stage) and has_own_organisation(enterprise)
    if _is_founded(stage) and not own:
        raise ValidationError({"stage": "登记为“已建”前，请先登记单独组建的党组织（覆盖方式：单独组建）。"})
    if RANKS[stage] < RANKS[old] and not note.strip():
        raise ValidationError({"note": f"由“{BuildingStage(old).label}”退回须说明原因。"})
    if RANKS[stage] >= RANKS[old] and stage not in next_stages(old) and not own:
        allowed = "、".join(BuildingStage(s).label for s in next_stages(old)) or "无"
        raise ValidationError({"stage": f"“{BuildingStage(old).label}”之后只能登记：{allowed}。"})


@transaction.atomic
def set_not_founded_reason(*, enterprise, reason: str, by, request=None) -> None:
    """Why an enterprise that should have an organisation has none; "" clears it."""
    old = enterprise.not_founded_reason
    if reason == old:
        return
    enterprise.not_founded_reason = reason
    enterprise.clean_fields(
        exclude=[f.name for f in Enterprise._meta.fields if f.name != "not_founded_reason"]
    )
    _store(enterprise, not_founded_reason=reason)
    change = readable_change(enterprise, "not_founded_reason", old, reason)
    detail = {"changes": {"not_founded_reason": change}}
    record(enterprise, AuditAction.UPDATE, by=by, detail=detail, request=request)


def _store(enterprise, **values):
    for name, value in values.items():
        setattr(enterprise, name, value)
    enterprise.updated_at = timezone.now()
    enterprise.save(update_fields=[*values, "updated_at"])
