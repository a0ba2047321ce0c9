"""Everything that changes an organisation: the one door for pages, API and imports of single entries.

Callers have checked access; the rules are checked here and refuse with a ValidationError that names the field.
Every action is one transaction and one audit event. `request` only tells the audit trail the address.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from orgs import validators
from orgs.audit import record
from orgs.kinds import CAPABILITIES, RULES, OrganisationKind, default_jurisdiction
from orgs.models import (
    Affiliation,
    AffiliationLine,
    AuditAction,
    Coverage,
    Organisation,
    Post,
    PostTitle,
    SurveyTask,
)
from orgs.terms import add_years

PLACE_FIELDS = ("jurisdiction", "area", "cluster", "park")
EDITABLE = (
    "code",
    "name",
    "kind",
    *PLACE_FIELDS,
    "carrier",
    "host_unit",
    "founded_on",
    "approval_no",
    "contact_phone",
    *CAPABILITIES,
)
TREE_FIELDS = ("path", "depth", "numchild")
WITH_TASK = (OrganisationKind.TEMP_BRANCH, OrganisationKind.PROJECT_BRANCH)


@dataclass(frozen=True)
class Obstacles:
    """What must find another home before an organisation may be dissolved."""

    children: int
    coverages: int
    others: tuple[str, ...] = ()
    """What apps above say, each such as “3名党员”."""

    def __bool__(self):
        return bool(self.children or self.coverages or self.others)

    def __str__(self):
        parts = []
        if self.children:
            parts.append(f"{self.children}个下级党组织")
        if self.coverages:
            parts.append(f"{self.coverages}家覆盖企业")
        parts += self.others
        return f"仍有{'、'.join(parts)}，请先调整后再撤销。" if parts else ""


# Apps above add functions: what of theirs still stands in the organisation, such as “3名党员”; "" for nothing.
OBSTACLES: list[Callable[[Organisation], str]] = []


def obstacles_to_dissolving(organisation) -> Obstacles:
    below = Organisation.objects.within(organisation).active().exclude(pk=organisation.pk)
    coverages = Coverage.objects.filter(organisation=organisation, until__isnull=True)
    others = tuple(words for find in OBSTACLES if (words := find(organisation)))
    return Obstacles(below.count(), coverages.values("enterprise").distinct().count(), others)


@transaction.atomic
def found_organisation(
    *, parent, code, name, kind, by, full_members=None, elected_on=None, request=None, **fields
):
    """A new organisation below `parent` (None: a top one). Returns it.

    `fields` are any of `EDITABLE`; capabilities and jurisdiction default to those of the kind. `full_members`
    is the number of full members the application states; None leaves it unchecked.
    """
    _refuse_unknown(fields)
    _lock_tree()
    parent = Organisation.objects.get(pk=parent.pk) if parent else None
    approval_no = fields.get("approval_no", "")
    _refuse_dissolved(parent, "上级党组织已撤销，不能在其下成立党组织。")
    validators.validate_place_in_tree(kind, parent.kind if parent else None)
    validators.validate_founding_members(kind, full_members)
    validators.validate_not_in_future(fields.get("founded_on"), "founded_on")
    validators.validate_not_in_future(elected_on, "elected_on")
    organisation = Organisation(
        **_defaults(kind, parent, fields) | fields | {"code": code, "name": name, "kind": kind}
    )
    _refuse_unusual_capabilities(organisation, approval_no)
    _set_term(organisation, elected_on)
    _clean(organisation)
    _insert(organisation, parent)
    detail = {"full_members": full_members, "parent": str(parent or "")}
    record(actor=by, action=AuditAction.CREATE, obj=organisation, detail=detail, request=request)
    return organisation


def _defaults(kind, parent, fields):
    has_park = fields.get("park") is not None
    jurisdiction = default_jurisdiction(kind, parent.kind if parent else None, has_park=has_park)
    return {**RULES[kind].capabilities(), "jurisdiction": jurisdiction}


def _insert(organisation, parent):
    if parent is None:
        Organisation.objects.add_root(instance=organisation)
        return
    Organisation.objects.add_child(parent, instance=organisation)
    Affiliation.objects.create(
        organisation=organisation,
        superior=parent,
        line=AffiliationLine.FORMAL,
        since=organisation.founded_on,
        evidence=organisation.approval_no,
    )


@transaction.atomic
def update_organisation(*, organisation, by, confirmation_no="", request=None, **changes):
    """Writes those of `changes` (see `EDITABLE`) that differ. Returns their field names.

    `confirmation_no` is the superior's approval where a rule asks for one.
    """
    _refuse_unknown(changes)
    if "kind" in changes:
        _lock_tree()
    current = _locked(organisation)
    changed = [name for name, value in changes.items() if getattr(current, name) != value]
    if not changed:
        return []
    for name in changed:
        setattr(current, name, changes[name])
    if "kind" in changed:
        _check_new_kind(current, confirmation_no)
    if {"kind", "can_recruit", "can_collect_dues", "elected"} & set(changed):
        _refuse_unusual_capabilities(current, confirmation_no, field="confirmation_no")
    validators.validate_not_in_future(current.founded_on, "founded_on")
    _clean(current)
    _save(current, changed)
    labels = [str(Organisation._meta.get_field(name).verbose_name) for name in changed]
    detail = {"fields": labels, "approval_no": confirmation_no}
    record(actor=by, action=AuditAction.UPDATE, obj=current, detail=detail, request=request)
    return changed


def _check_new_kind(organisation, approval_no):
    parent = _parent(organisation)
    validators.validate_place_in_tree(organisation.kind, parent.kind if parent else None)
    children = Organisation.objects.get_children(organisation).active()
    for kind in children.order_by().values_list("kind", flat=True).distinct():
        validators.validate_place_in_tree(kind, organisation.kind)
    units = Coverage.objects.current().filter(organisation=organisation).values("enterprise").distinct()
    validators.validate_joint_units(organisation.kind, units.count(), approval_no, field="confirmation_no")


@transaction.atomic
def move_organisation(*, organisation, new_parent, on, evidence, by, request=None):
    """Below `new_parent` from `on` on, with everything below it; the old affiliation stays readable."""
    _lock_tree()
    organisation, new_parent = (Organisation.objects.get(pk=o.pk) for o in (organisation, new_parent))
    old_parent = _parent(organisation)
    _refuse_dissolved(organisation)
    _refuse_dissolved(new_parent, "新的上级党组织已撤销。", "new_parent")
    validators.validate_not_in_future(on, "on")
    if new_parent.path.startswith(organisation.path):
        raise ValidationError({"new_parent": "不能移到自己或自己的下级党组织之下。"})
    if new_parent == old_parent:
        raise ValidationError({"new_parent": f"{organisation}已经直接隶属于{new_parent}。"})
    try:
        validators.validate_place_in_tree(organisation.kind, new_parent.kind)
    except ValidationError as error:
        raise ValidationError({"new_parent": error.messages}) from error
    _reaffiliate(organisation, new_parent, on, evidence)
    Organisation.objects.move(organisation, new_parent, "last-child")
    organisation.refresh_from_db()
    _save(organisation, [])
    detail = {"from": str(old_parent or ""), "to": str(new_parent), "on": on, "evidence": evidence}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return organisation


def _reaffiliate(organisation, superior, on, evidence):
    """The dated mirror of a move. A functional link to the new superior ends: one line between two is enough."""
    links = Affiliation.objects.filter(organisation=organisation, until__isnull=True)
    formal = links.filter(line=AffiliationLine.FORMAL)
    _refuse_before_start(formal, on)
    formal.update(until=on)
    links.filter(line=AffiliationLine.FUNCTIONAL, superior=superior).exclude(since__gt=on).update(until=on)
    Affiliation.objects.create(
        organisation=organisation, superior=superior, line=AffiliationLine.FORMAL, since=on, evidence=evidence
    )


@transaction.atomic
def dissolve_organisation(*, organisation, on, reason, by, approval_no="", request=None):
    """Closes it on `on`: posts and affiliations end, nothing is deleted.

    Refused while organisations below it are active, enterprises are covered or members belong to it (`obstacles_to_dissolving`).
    Its open survey tasks go to the superior.
    """
    _lock_tree()
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    validators.validate_not_in_future(on, "on")
    if obstacles := obstacles_to_dissolving(organisation):
        raise ValidationError(str(obstacles), params={"obstacles": obstacles})
    open_links = [
        Post.objects.filter(organisation=organisation, until__isnull=True),
        Affiliation.objects.filter(organisation=organisation, until__isnull=True),
        Affiliation.objects.filter(superior=organisation, until__isnull=True),
    ]
    for links in open_links:
        _refuse_before_start(links, on)
        links.update(until=on)
    if parent := _parent(organisation):
        SurveyTask.objects.open().filter(owner=organisation).update(owner=parent)
    organisation.dissolved_on = on
    _clean(organisation)
    _save(organisation, ["dissolved_on"])
    detail = {"dissolved_on": on, "reason": reason, "approval_no": approval_no}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return organisation


@transaction.atomic
def end_task(*, organisation, on, by, request=None):
    """The task or project is over; a temporary branch then waits to be dissolved (§10 row 17)."""
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    if organisation.kind not in WITH_TASK:
        raise ValidationError("只有临时党支部和项目党支部可以登记任务或项目结束。")
    if organisation.founded_on and on < organisation.founded_on:
        raise ValidationError({"on": "结束日期不能早于成立日期。"})
    validators.validate_not_in_future(on, "on")
    organisation.task_ended_on = on
    _save(organisation, ["task_ended_on"])
    record(
        actor=by, action=AuditAction.UPDATE, obj=organisation, detail={"task_ended_on": on}, request=request
    )
    return organisation


@transaction.atomic
def appoint(*, organisation, title, person_name, since, by, approval_no="", probationary=False, request=None):
    """Puts a person into a post. Returns the Post. A second secretary and an eighth seat are refused."""
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    validators.validate_not_in_future(since, "since")
    validators.validate_secretary_is_full_member(title, probationary)
    held = organisation.posts.filter(until__isnull=True, title=title, person_name=person_name)
    if held.exists():
        raise ValidationError({"person_name": f"{person_name}已任{PostTitle(title).label}，无须重复登记。"})
    if title in validators.COMMITTEE_TITLES:
        most = _full_members_at_most(organisation)
        validators.validate_committee_allowed(organisation.kind, most, approval_no)
    if title in validators.SEAT_TITLES:
        seats = organisation.posts.filter(until__isnull=True, title__in=validators.SEAT_TITLES)
        validators.validate_seat_free(organisation.kind, seats.count())
    post = Post(
        organisation=organisation,
        title=title,
        person_name=person_name,
        since=since,
        approval_no=approval_no,
    )
    post.full_clean()
    post.save()
    _save(organisation, [])
    detail = {"post": PostTitle(title).label, "person": person_name, "since": since}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return post


def _full_members_at_most(organisation) -> int | None:
    """What the host unit reports bounds the full members of its own branch; unknown for all others."""
    if organisation.kind != OrganisationKind.BRANCH or organisation.host_unit is None:
        return None
    return organisation.host_unit.reported_members


@transaction.atomic
def end_post(*, post, until, by, request=None):
    organisation = _locked(post.organisation)
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.until is not None:
        raise ValidationError("该任职已经结束。")
    _end(post, until)
    _save(organisation, [])
    detail = {"post": post.get_title_display(), "person": post.person_name, "until": until}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return post


@transaction.atomic
def add_functional_affiliation(*, organisation, superior, since, by, evidence="", request=None):
    """A second, functional line to a platform, chain or alliance body; totals never follow it."""
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    _refuse_dissolved(superior, "该上级党组织已撤销。", "superior")
    validators.validate_not_in_future(since, "since")
    if superior.path.startswith(organisation.path):
        raise ValidationError({"superior": "不能与自己或自己的下级党组织建立功能关系。"})
    if superior.path == organisation.parent_path:
        raise ValidationError({"superior": f"{organisation}已经隶属于{superior}，无需再建立功能关系。"})
    link = Affiliation(
        organisation=organisation,
        superior=superior,
        line=AffiliationLine.FUNCTIONAL,
        since=since,
        evidence=evidence,
    )
    link.full_clean()
    link.save()
    _save(organisation, [])
    detail = {"functional_superior": str(superior), "since": since}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return link


@transaction.atomic
def end_functional_affiliation(*, affiliation, until, by, request=None):
    organisation = _locked(affiliation.organisation)
    link = Affiliation.objects.select_for_update().get(pk=affiliation.pk)
    if link.line != AffiliationLine.FUNCTIONAL or link.until is not None:
        raise ValidationError("只能结束仍在进行的功能关系；隶属关系请用“调整隶属”。")
    _end(link, until)
    _save(organisation, [])
    detail = {"functional_superior": str(link.superior), "until": until}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return link


@transaction.atomic
def record_election(
    *, organisation, on, by, committee_seats=None, full_members=None, approval_no="", request=None
):
    """A new term begins on the election day and lasts as long as the kind says; an extension lapses.

    `committee_seats` and `full_members` are what the election report states; None leaves them unchecked.
    """
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    validators.validate_not_in_future(on, "on")
    validators.validate_temporary_branch(organisation.kind, True, approval_no)
    if not organisation.elected and organisation.kind != OrganisationKind.TEMP_BRANCH:
        raise ValidationError("该党组织的领导班子由上级任命，不进行换届选举。")
    if organisation.elected_on and on <= organisation.elected_on:
        raise ValidationError({"on": f"选举日期应晚于上次选举日期{organisation.elected_on}。"})
    validators.validate_committee_seats(organisation.kind, committee_seats)
    if committee_seats:
        validators.validate_committee_allowed(organisation.kind, full_members, approval_no)
    _set_term(organisation, on)
    _save(organisation, ["elected_on", "term_ends_on", "extended_to", "extension_no"])
    detail = {"elected_on": on, "term_ends_on": organisation.term_ends_on, "seats": committee_seats}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return organisation


def _set_term(organisation, elected_on):
    if elected_on is None:
        return
    years = RULES[organisation.kind].term_years
    organisation.elected_on = elected_on
    organisation.term_ends_on = add_years(elected_on, years) if years else None
    organisation.extended_to, organisation.extension_no = None, ""


@transaction.atomic
def extend_term(*, organisation, extended_to, approval_no, by, request=None):
    """The superior allowed the election to be held later, a year at most."""
    organisation = _locked(organisation)
    _refuse_dissolved(organisation)
    if not approval_no:
        raise ValidationError({"approval_no": "延期换届须经上级党组织批准，请填写批复文号。"})
    validators.validate_extension(organisation.term_ends_on, extended_to)
    organisation.extended_to, organisation.extension_no = extended_to, approval_no
    _save(organisation, ["extended_to", "extension_no"])
    detail = {"extended_to": extended_to, "approval_no": approval_no}
    record(actor=by, action=AuditAction.UPDATE, obj=organisation, detail=detail, request=request)
    return organisation


def _lock_tree():
    """One change of the tree at a time: paths of whole branches are rewritten. SQLite has one writer anyway."""
    list(Organisation.objects.filter(depth=1).select_for_update().values_list("pk"))


def _locked(organisation):
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


def _parent(organisation):
    return Organisation.objects.filter(path=organisation.parent_path).first()


def _refuse_unknown(fields):
    if unknown := set(fields) - set(EDITABLE):
        raise TypeError(f"Not fields of an organisation that may be written: {sorted(unknown)}")


def _refuse_dissolved(organisation, message="该党组织已撤销，不能再办理此事。", field=None):
    if organisation is not None and organisation.dissolved_on:
        raise ValidationError({field: message} if field else message)


def _refuse_before_start(links, on):
    latest = links.aggregate(latest=Max("since"))["latest"]
    if latest and on < latest:
        raise ValidationError({"on": f"日期不能早于现有任职或隶属关系的开始日期{latest}。"})


def _refuse_unusual_capabilities(organisation, approval_no, field="approval_no"):
    unusual = organisation.can_recruit or organisation.can_collect_dues or organisation.elected
    validators.validate_temporary_branch(organisation.kind, unusual, approval_no, field=field)


def _end(link, until: dt.date):
    validators.validate_not_in_future(until, "until")
    if link.since and until < link.since:
        raise ValidationError({"until": f"结束日期不能早于开始日期{link.since}。"})
    link.until = until
    link.save(update_fields=["until"])


def _clean(organisation):
    duplicate = Organisation.objects.filter(code=organisation.code).exclude(pk=organisation.pk)
    if duplicate.exists():
        raise ValidationError({"code": f"党组织代码“{organisation.code}”已被使用。"})
    organisation.full_clean(exclude=TREE_FIELDS)


def _save(organisation, fields):
    organisation.updated_at = timezone.now()
    organisation.save(update_fields=[*fields, "updated_at"])
