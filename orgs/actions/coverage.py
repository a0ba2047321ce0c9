"""Writes to the coverage ledger. One open coverage per enterprise and line. Access is checked before."""

import datetime as dt
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from orgs import audit
from orgs.actions.enterprises import record
from orgs.models import (
    AuditAction,
    Coverage,
    CoverageLine,
    CoverageMethod,
    Enterprise,
    Organisation,
    line_of,
)
from orgs.ownership import owner_paths
from orgs.periods import id_chunks
from orgs.regulations import value_on
from orgs.validators import validate_joint_units, validate_not_in_future


@dataclass(frozen=True)
class Assignment:
    """What shall cover: an organisation by a method, or an instructor."""

    method: str
    since: dt.date
    organisation: Organisation | None = None
    instructor_name: str = ""
    term_ends_on: dt.date | None = None
    evidence: str = ""
    reason: str = ""
    approval_no: str = ""

    @property
    def line(self) -> str:
        return line_of(self.method)

    @property
    def words(self) -> str:
        who = self.instructor_name or str(self.organisation)
        return f"{CoverageMethod(self.method).label}：{who}"

    def equals(self, coverage) -> bool:
        """`coverage` already says this; only the day and the evidence may differ."""
        return (
            coverage.method == self.method
            and coverage.organisation_id == (self.organisation.pk if self.organisation else None)
            and coverage.instructor_name == self.instructor_name
            and coverage.term_ends_on == self.term_ends_on
        )

    def for_enterprise(self, enterprise_id: int) -> Coverage:
        return Coverage(
            enterprise_id=enterprise_id,
            method=self.method,
            line=self.line,
            organisation=self.organisation,
            instructor_name=self.instructor_name,
            since=self.since,
            term_ends_on=self.term_ends_on,
            evidence=self.evidence or self.approval_no,
        )


@dataclass
class AssignmentPlan:
    """What an assignment would do: ids of enterprises by outcome, and the coverages that it would end."""

    opening: list[int] = field(default_factory=list)
    replacing: list[Coverage] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    too_early: list[Coverage] = field(default_factory=list)


def validate_assignment(assignment: Assignment) -> None:
    """What holds whatever the enterprise. Raises ValidationError keyed by field."""
    errors = {}
    if assignment.since > timezone.localdate():
        errors["since"] = "起始日期不能晚于今天。"
    if assignment.line == CoverageLine.INSTRUCTOR:
        if not assignment.instructor_name.strip():
            errors["instructor_name"] = "派驻指导员须填写指导员姓名。"
        if assignment.term_ends_on and assignment.term_ends_on < assignment.since:
            errors["term_ends_on"] = "派驻期满日期不能早于起始日期。"
    elif assignment.organisation is None:
        errors["organisation"] = "请填写覆盖党组织。"
    elif assignment.organisation.dissolved_on:
        errors["organisation"] = f"{assignment.organisation}已于{assignment.organisation.dissolved_on}撤销。"
    elif assignment.instructor_name or assignment.term_ends_on:
        errors["instructor_name"] = "只有派驻指导员才填写指导员姓名和派驻期满日期。"
    if assignment.method == CoverageMethod.ATTACHED and not assignment.evidence.strip():
        errors["evidence"] = "挂靠须填写承诺书编号作为依据。"
    if errors:
        raise ValidationError(errors)


def validate_reach(assignment: Assignment, enterprise_ids: list[int]) -> None:
    """An own organisation has one unit; a joint branch normally five at most (支部工作条例 art. 5)."""
    if assignment.organisation is None:
        return
    reached = set(
        Coverage.objects.filter(
            organisation=assignment.organisation, method=assignment.method, until__isnull=True
        ).values_list("enterprise_id", flat=True)
    ).union(enterprise_ids)
    if assignment.method == CoverageMethod.OWN and len(reached) > 1:
        raise ValidationError(
            {"method": f"单独组建的党组织只覆盖1家企业；{assignment.organisation}覆盖多家时请选联合组建。"}
        )
    if assignment.method == CoverageMethod.JOINT:
        approved = assignment.approval_no.strip() if assignment.reason.strip() else ""
        validate_joint_units(assignment.organisation.kind, len(reached), approved)


def instructor_warning(name: str, enterprise_ids=()) -> str:
    """ "" unless the instructor would look after more enterprises than usual."""
    limit = value_on("instructor_enterprises")
    current = Coverage.objects.current().filter(line=CoverageLine.INSTRUCTOR, instructor_name=name)
    reached = len(set(current.values_list("enterprise_id", flat=True)).union(enterprise_ids))
    if reached <= limit:
        return ""
    return f"指导员{name}联系企业{reached}家，一般不超过{limit}家。"


def plan_assignment(assignment: Assignment, enterprise_ids) -> AssignmentPlan:
    """Compare with the ledger; two queries per 5,000 enterprises, nothing is written."""
    plan = AssignmentPlan()
    for ids in id_chunks(enterprise_ids):
        same_line = Coverage.objects.filter(enterprise__in=ids, line=assignment.line)
        opened = {c.enterprise_id: c for c in same_line.filter(until__isnull=True)}
        blocking = same_line.filter(Q(since__gt=assignment.since) | Q(until__gt=assignment.since))
        late = {c.enterprise_id: c for c in blocking.order_by("since")}
        for pk in ids:
            _plan_one(plan, assignment, pk, opened.get(pk), late.get(pk))
    return plan


def _plan_one(plan, assignment, pk, current, blocking):
    if current is not None and assignment.equals(current):
        plan.unchanged.append(pk)
    elif blocking is not None:
        plan.too_early.append(blocking)
    else:
        plan.opening.append(pk)
        if current is not None:
            plan.replacing.append(current)


@transaction.atomic
def cover(*, enterprise, assignment: Assignment, by, request=None) -> Coverage:
    """Let one organisation or instructor cover `enterprise`; what covered it so far on that line ends that day.

    Raises ValidationError keyed by the field that mends it.
    """
    Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    plan = assign_bulk(
        enterprises=Enterprise.objects.filter(pk=enterprise.pk), assignment=assignment, by=by, request=request
    )
    if plan.unchanged:
        raise ValidationError(f"{enterprise}已登记为“{assignment.words}”，无须重复登记。")
    if plan.too_early:
        day = plan.too_early[0].until or plan.too_early[0].since
        raise ValidationError({"since": f"起始日期不能早于该企业已有的同类覆盖记录（{day}）。"})
    return Coverage.objects.get(enterprise=enterprise, line=assignment.line, until__isnull=True)


@transaction.atomic
def assign_bulk(*, enterprises, assignment: Assignment, by, request=None) -> AssignmentPlan:
    """Cover all of `enterprises` (a queryset) alike; returns what was done to which.

    Those already covered so stay as they are; those whose ledger has a later entry are left alone and reported.
    """
    validate_assignment(assignment)
    ids = list(enterprises.order_by().values_list("pk", flat=True))
    plan = plan_assignment(assignment, ids)
    validate_reach(assignment, plan.opening)
    now = timezone.now()
    closing = [coverage.pk for coverage in plan.replacing]
    for chunk in id_chunks(closing):
        # What somebody else ended meanwhile keeps the day on which that was.
        Coverage.objects.filter(pk__in=chunk, until__isnull=True).update(
            until=assignment.since, updated_at=now
        )
    _open(assignment, plan)
    _record_assignments(assignment, plan, by, request)
    return plan


def _open(assignment, plan):
    try:
        with transaction.atomic():
            Coverage.objects.bulk_create([assignment.for_enterprise(pk) for pk in plan.opening])
    except IntegrityError as error:  # somebody else covered one of them between the comparison and the write
        raise ValidationError("台账刚被他人修改，请核对最新情况后重新登记。") from error


def _record_assignments(assignment, plan, by, request):
    replaced = {coverage.enterprise_id: coverage.get_method_display() for coverage in plan.replacing}
    paths = owner_paths(plan.opening)
    detail = {
        "coverage": assignment.words,
        "since": assignment.since,
        "reason": assignment.reason,
        "approval_no": assignment.approval_no,
    }
    detail = {key: value for key, value in detail.items() if value}
    for ids in id_chunks(plan.opening):
        audit.record_many(
            [
                {
                    "obj": enterprise,
                    "path": paths[enterprise.pk],
                    "detail": detail | {"replaced": replaced.get(enterprise.pk, "")},
                }
                for enterprise in Enterprise.objects.filter(pk__in=ids).only("name")
            ],
            actor=by,
            action=AuditAction.UPDATE,
            request=request,
        )


@transaction.atomic
def end_coverage(*, coverage, until: dt.date, by, reason: str = "", request=None) -> None:
    """`until` is the first day on which the enterprise is no longer covered so. Raises ValidationError."""
    locked = Coverage.objects.select_for_update(of=("self",)).select_related("enterprise", "organisation")
    coverage = locked.get(pk=coverage.pk)
    if coverage.until is not None:
        raise ValidationError("该覆盖关系已经终止。")
    validate_not_in_future(until, "until")
    if until < coverage.since:
        raise ValidationError({"until": f"终止日期不能早于起始日期（{coverage.since}）。"})
    coverage.until, coverage.updated_at = until, timezone.now()
    coverage.save(update_fields=["until", "updated_at"])
    who = coverage.instructor_name or str(coverage.organisation)
    detail = {"coverage_ended": f"{coverage.get_method_display()}：{who}", "until": until, "reason": reason}
    record(coverage.enterprise, AuditAction.UPDATE, by=by, detail=detail, request=request)
