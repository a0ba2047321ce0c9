"""Service records: entered, corrected, withdrawn with a reason. Callers have checked access."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import Activity, ServiceMember, ServiceRecord
from activities.roster import members_on
from members.actions.register import record
from members.models import Member
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

WORDS = ("title", "detail", "result", "feedback", "beneficiary_name")
EDITABLE = (
    "on", "kind", "enterprise", "beneficiary_name", "title", "detail", "result", "feedback", "problems_solved",
    "projects_matched", "amount", "hours", "activity",
)  # fmt: skip
MOST_MEMBERS = 500


@transaction.atomic
def add_service(*, organisation, values: dict, members=(), by, request=None) -> ServiceRecord:
    """What `organisation` did (S24); `members` are those at home there on the day who took part."""
    if organisation.dissolved_on:
        raise ValidationError({"organisation": "该党组织已撤销。"})
    service = ServiceRecord(organisation=organisation, recorded_by=by)
    return _save(service, values, members, AuditAction.CREATE, by, request)


@transaction.atomic
def change_service(*, service, values: dict, members=None, by, seen_at=None, request=None) -> ServiceRecord:
    """`members` None leaves them. `seen_at` is the `updated_at` that the person saw; newer changes refuse theirs."""
    stored = _locked(service)
    refuse_stale(stored, seen_at, "记录")
    return _save(stored, values, members, AuditAction.UPDATE, by, request)


@transaction.atomic
def withdraw_service(*, service, reason: str, by, request=None) -> ServiceRecord:
    """It counts nowhere any more, and stays readable with the reason."""
    stored = _locked(service)
    stored.withdrawn_by, stored.withdrawn_reason = by, demand_reason(reason, "撤销")[:200]
    stored.withdrawn_at = stored.updated_at = timezone.now()
    stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason", "updated_at"])
    record(stored, AuditAction.UPDATE, by=by, detail=_told(stored) | {"withdrawn": True}, request=request)
    return stored


def _locked(service) -> ServiceRecord:
    rows = ServiceRecord.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=service.pk)
    if stored.withdrawn_at:
        raise ValidationError("该服务记录已撤销，不能再办理。")
    return stored


def _save(service, values, members, action, by, request):
    for name in EDITABLE:
        if name in values:
            value = values[name]
            setattr(service, name, value.strip() if name in WORDS else value)
    _validate(service)
    if members is None:
        members = Member.objects.filter(service_parts__service=service)
    keys = _members_there(service, members)
    service.updated_at = timezone.now()
    service.full_clean(exclude=["organisation", "enterprise", "activity", "recorded_by", "withdrawn_by"])
    service.save()
    known = set(service.parts.values_list("member", flat=True))
    service.parts.exclude(member__in=keys).delete()
    ServiceMember.objects.bulk_create(
        ServiceMember(service=service, member_id=key) for key in keys if key not in known
    )
    record(service, action, by=by, detail=_told(service) | {"members": len(keys)}, request=request)
    return service


def _validate(service):
    if service.on is None:
        raise ValidationError({"on": "请填写服务日期。"})
    validate_not_in_future(service.on, "on")
    if not service.title:
        raise ValidationError({"title": "请填写服务事项。"})
    if (service.enterprise is None) == (not service.beneficiary_name):
        words = (
            "请填写服务企业或其他服务对象。"
            if service.enterprise is None
            else "服务企业和其他服务对象只填一项。"
        )
        raise ValidationError({"beneficiary_name": words})
    if (service.hours * 2) % 1:
        raise ValidationError({"hours": "服务时长按半小时登记，如 1.5。"})
    if service.activity_id:
        activity = Activity.objects.get(pk=service.activity_id)
        if activity.organisation_id != service.organisation_id or not activity.is_held:
            raise ValidationError({"activity": "只能关联本党组织主办、已召开的活动。"})


def _members_there(service, members) -> list[int]:
    """Keys of `members`; refuses whoever was not at home in the organisation on the day."""
    members = list({member.pk: member for member in members}.values())
    if len(members) > MOST_MEMBERS:
        raise ValidationError({"members": f"一次最多登记{MOST_MEMBERS}名党员。"})
    keys = [member.pk for member in members]
    there = members_on([service.organisation], service.on).filter(pk__in=keys).order_by()
    there = set(there.values_list("pk", flat=True))
    if away := [member.name for member in members if member.pk not in there]:
        raise ValidationError({"members": f"{'、'.join(away[:5])}在{service.on}不是本党组织的党员，请核对。"})
    return keys


def _told(service) -> dict:
    """For the trail: no words, which may name people."""
    return {"on": service.on, "kind": service.kind, "enterprise": service.enterprise_id}
