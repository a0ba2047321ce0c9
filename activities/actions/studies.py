"""Study lists: written, published, withdrawn; and the marks of who has read what. Callers have checked access."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import MarkHow, StudyItem, StudyList, StudyMark
from members.actions.register import record
from orgs.guards import demand_reason, refuse_stale
from orgs.models import AuditAction
from orgs.validators import validate_not_in_future

MOST_ITEMS = 60
LONGEST_REFLECTION = 2000


@transaction.atomic
def add_list(*, organisation, values: dict, by, request=None) -> StudyList:
    """A draft; it reaches nobody until it is published."""
    found = StudyList(organisation=organisation, created_by=by, **values)
    return _save(found, AuditAction.CREATE, by, request)


@transaction.atomic
def change_list(*, study_list, values: dict, by, seen_at=None, request=None) -> StudyList:
    """Title, words and days; of a published one the end may only move to a later day."""
    stored = _locked(study_list)
    refuse_stale(stored, seen_at, "清单")
    if stored.published_at and values.get("ends_on", stored.ends_on) < stored.ends_on:
        raise ValidationError({"ends_on": f"清单已发布，完成期限不能早于{stored.ends_on}。"})
    for name, value in values.items():
        setattr(stored, name, value)
    return _save(stored, AuditAction.UPDATE, by, request)


@transaction.atomic
def add_item(*, study_list, by, request=None, **values) -> StudyItem:
    stored = _locked(study_list)
    if stored.items.standing().count() >= MOST_ITEMS:
        raise ValidationError(f"一份清单最多{MOST_ITEMS}篇。")
    item = StudyItem(study_list=stored, **values)
    item.full_clean()
    item.save()
    _touch(stored, by, request, {"item added": item.pk})
    return item


@transaction.atomic
def withdraw_item(*, item, reason: str, by, request=None) -> StudyItem:
    """It is asked of nobody any more; who has read it keeps the mark."""
    stored = _locked(item.study_list)
    row = StudyItem.objects.select_for_update().get(pk=item.pk)
    if row.withdrawn_at:
        raise ValidationError("该篇目已撤下。")
    row.withdrawn_at, row.withdrawn_reason = timezone.now(), demand_reason(reason)
    row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    _touch(stored, by, request, {"item withdrawn": row.pk})
    return row


@transaction.atomic
def publish_list(*, study_list, by, request=None) -> StudyList:
    """From now on it reaches every member below."""
    stored = _locked(study_list)
    if stored.published_at:
        raise ValidationError("该清单已发布。")
    if not stored.items.required().exists():
        raise ValidationError("请先添加必学篇目，再发布。")
    if stored.ends_on < timezone.localdate():
        raise ValidationError("完成期限已过，请先修改完成期限，再发布。")
    stored.published_at = timezone.now()
    return _touch(stored, by, request, {"published": True})


@transaction.atomic
def withdraw_list(*, study_list, reason: str, by, request=None) -> StudyList:
    stored = _locked(study_list)
    stored.withdrawn_at, stored.withdrawn_reason = timezone.now(), demand_reason(reason)
    return _touch(stored, by, request, {"withdrawn": True})


@transaction.atomic
def mark_read(
    *, items, members, on: dt.date, how: MarkHow, by, activity=None, reflection: str = "", request=None
) -> int:
    """That `members` have read `items`; returns how many marks are new. What was marked before stays as it is.

    All items are of one list. Whoever it does not reach is refused.
    """
    items, members = list(items), list(members)
    if not items:
        raise ValidationError({"items": "请选择学习的篇目。"})
    if not members:
        raise ValidationError({"members": "请选择学习的党员。"})
    stored = _locked(items[0].study_list)
    items = list(StudyItem.objects.filter(pk__in=[item.pk for item in items]))  # as they are now
    _validate_marks(stored, items, members, on)
    if len(reflection) > LONGEST_REFLECTION:
        raise ValidationError({"reflection": f"学习心得不超过{LONGEST_REFLECTION}字。"})
    known = set(StudyMark.objects.filter(item__in=items, member__in=members).values_list("item", "member"))
    rows = [
        StudyMark(
            item=item, member=member, read_on=on, how=how, activity=activity, reflection=reflection, by=by
        )
        for item in items
        for member in members
        if (item.pk, member.pk) not in known
    ]
    StudyMark.objects.bulk_create(rows, batch_size=500)
    if rows:
        detail = {"marks": len(rows), "items": [item.pk for item in items], "how": how}
        record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)
    return len(rows)


@transaction.atomic
def write_reflection(*, mark, reflection: str, by, request=None) -> StudyMark:
    """By the member, at any time after the mark."""
    if len(reflection) > LONGEST_REFLECTION:
        raise ValidationError({"reflection": f"学习心得不超过{LONGEST_REFLECTION}字。"})
    stored = StudyMark.objects.select_for_update().get(pk=mark.pk)
    stored.reflection = reflection.strip()
    stored.save(update_fields=["reflection"])
    return stored


@transaction.atomic
def take_back(*, mark, by, request=None) -> None:
    """The member's own, until the list ends: it was tapped by mistake."""
    stored = _locked(mark.item.study_list)
    if timezone.localdate() > stored.ends_on:
        raise ValidationError("清单已到期，学习标记不再更改。")
    if mark.how != MarkHow.SELF:
        raise ValidationError("这一标记由党支部登记，请联系党支部更正。")
    StudyMark.objects.filter(pk=mark.pk).delete()
    record(stored, AuditAction.UPDATE, by=by, detail={"mark taken back": mark.item_id}, request=request)


@transaction.atomic
def take_back_entered(*, item, member, by, request=None) -> None:
    """By the branch, what it entered for a member by mistake; a member's own mark is the member's to take back.

    The audit trail says whose mark it was; the mark itself is gone, as if it had never been entered.
    """
    stored = _locked(item.study_list)
    mark = StudyMark.objects.select_for_update().filter(item=item, member=member).first()
    if mark is None:
        raise ValidationError("这一学习标记已撤销，请刷新后核对。")
    if mark.how == MarkHow.SELF:
        raise ValidationError("这一标记由党员本人登记，请联系本人取消。")
    if mark.reflection:
        raise ValidationError("党员已就该篇目写了学习心得，不能撤销；确有错误的，请本人先清空心得。")
    mark.delete()
    detail = {"entered mark taken back": item.pk, "member": member.pk, "read on": mark.read_on}
    record(stored, AuditAction.UPDATE, by=by, detail=detail, request=request)


def _validate_marks(stored, items, members, on):
    if not stored.is_open:
        raise ValidationError("该清单没有发布或已撤回，不能登记学习。")
    validate_not_in_future(on, "on")
    if on < stored.starts_on:
        raise ValidationError({"on": f"学习日期不能早于清单的开始日期（{stored.starts_on}）。"})
    if any(item.study_list_id != stored.pk or item.withdrawn_at for item in items):
        raise ValidationError({"items": "篇目已撤下或不属于该清单，请刷新后重选。"})
    for member in members:
        if not member.organisation.path.startswith(stored.organisation.path):
            raise ValidationError({"members": f"{member}不在该清单的范围内。"})


def _locked(study_list) -> StudyList:
    rows = StudyList.objects.select_for_update(of=("self",)).select_related("organisation")
    stored = rows.get(pk=study_list.pk)
    if stored.withdrawn_at:
        raise ValidationError("该清单已撤回，不能再办理。")
    return stored


def _save(found, action, by, request):
    found.full_clean(exclude=["created_by"])
    return _touch(found, by, request, {"title": found.title}, action)


def _touch(found, by, request, detail, action=AuditAction.UPDATE):
    found.updated_at = timezone.now()
    found.save()
    record(found, action, by=by, detail=detail, request=request)
    return found
