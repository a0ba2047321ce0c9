"""What happened to an enterprise, newest first: one list out of the dated tables, the imports and the audit trail."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from imports.models import Outcome, RunState, StagedRow
from orgs.actions.surveys import SurveyResult
from orgs.models import AuditAction, AuditEvent, Enterprise
from orgs.resources.enterprises import EnterpriseResource

LIMIT = 100
PERIOD_FIELDS = ("park", "cluster", "status", "is_dormant")
TOLD_ELSEWHERE = ("building_stage",)


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Happening:
    """`day` and, within it, `at` (where the time is known) sort; `who` says who or which file; `is_struck`: taken back."""

    day: dt.date
    icon: str
    title: str
    text: str = ""
    who: str = ""
    changes: tuple[Change, ...] = field(default=())
    at: dt.datetime | None = None
    is_struck: bool = False

    @property
    def order(self):
        return self.day, self.at.timestamp() if self.at else 0


def timeline(enterprise, *, limit: int = LIMIT) -> tuple[list[Happening], bool]:
    """The newest `limit` happenings and whether there are more. Seven queries, whatever the length."""
    sources = (_periods, _coverages, _names, _visits, _steps, _imports, _audited)
    found = [happening for source in sources for happening in source(enterprise, limit + 1)]
    found.sort(key=lambda happening: happening.order, reverse=True)
    return found[:limit], len(found) > limit


def label(name: str) -> str:
    return str(Enterprise._meta.get_field(name).verbose_name)


def _periods(enterprise, limit) -> Iterable[Happening]:
    """Where and how it stood. Changes by hand are told by the audit trail, with who made them."""
    periods = enterprise.periods.select_related("park", "cluster", "opened_by").order_by("-since", "-pk")
    rows = list(periods[: limit + 1])
    for period, earlier in zip(rows, [*rows[1:], None], strict=True):
        if period.until is not None and period.until == period.since:
            continue
        who = f"导入“{period.opened_by.file_name}”" if period.opened_by else ""
        if earlier is None:
            yield Happening(period.since, "building", "登记入册", _where(period), who)
        elif period.opened_by and (changes := tuple(_differences(earlier, period))):
            yield Happening(period.since, "map-pin", "归属或状态变化", "", who, changes)


def _where(period):
    parts = (period.park, period.cluster, period.get_status_display())
    return " · ".join(str(part) for part in parts if part)


def _differences(old, new):
    for name in PERIOD_FIELDS:
        pair = [_period_value(period, name) for period in (old, new)]
        if pair[0] != pair[1]:
            yield Change(label(name), *pair)


def _period_value(period, name):
    if name == "status":
        return period.get_status_display()
    if name == "is_dormant":
        return "是" if period.is_dormant else "否"
    return str(getattr(period, name) or "无")


def _coverages(enterprise, limit) -> Iterable[Happening]:
    rows = enterprise.coverages.select_related("organisation").order_by("-since", "-pk")[:limit]
    for coverage in rows:
        who = coverage.instructor_name or str(coverage.organisation)
        text = f"依据：{coverage.evidence}" if coverage.evidence else ""
        yield Happening(coverage.since, "link", f"{coverage.get_method_display()}：{who}", text)
        if coverage.until:
            title = f"终止{coverage.get_method_display()}：{who}"
            yield Happening(coverage.until, "unlink", title)


def _names(enterprise, limit) -> Iterable[Happening]:
    for old in enterprise.old_names.select_related("run").order_by("-until", "-pk")[:limit]:
        who = f"导入“{old.run.file_name}”" if old.run else ""
        yield Happening(old.until, "tag", "更名", f"曾用名：{old.name}", who)


def _visits(enterprise, limit) -> Iterable[Happening]:
    for visit in enterprise.visits.all()[:limit]:
        yield Happening(visit.visited_on, "map-pin", visit.get_kind_display(), visit.gist, visit.visitor_name)


def _steps(enterprise, limit) -> Iterable[Happening]:
    for step in enterprise.founding_steps.select_related("recorded_by").order_by("-entered_on", "-pk")[
        :limit
    ]:
        words = (step.document_no, step.note)
        text = "，".join(word for word in words if word)
        yield Happening(
            step.entered_on, "flag", f"组建进度：{step.get_stage_display()}", text, _name(step.recorded_by)
        )


def _imports(enterprise, limit) -> Iterable[Happening]:
    rows = StagedRow.objects.filter(
        object_pk=enterprise.pk,
        run__kind=EnterpriseResource.code,
        run__state=RunState.APPLIED,
        outcome=Outcome.CHANGED,
        written=True,
    ).select_related("run", "run__applied_by")
    columns = {column.name: column for column in EnterpriseResource().columns}
    for row in rows.order_by("-run")[:limit]:
        changes = tuple(_staged_changes(row, columns))
        if changes:
            day = timezone.localdate(row.run.applied_at)
            title = f"导入“{row.run.file_name}”第{row.row_number}行"
            yield Happening(
                day, "file-upload", title, "", _name(row.run.applied_by), changes, row.run.applied_at
            )


def _staged_changes(row, columns):
    """Old → new of the columns that the import wrote; park, cluster, status and name have their own entries."""
    for name, old in row.before.items():
        column = columns.get(name)
        if column is None or name in (*PERIOD_FIELDS, "name") or name not in row.values:
            continue
        if old == row.values[name]:
            continue
        if column.sensitive:
            yield Change(column.label, "******", "******")
        else:
            show = column.widget
            yield Change(column.label, show.show(show.load(old)), show.show(show.load(row.values[name])))


def _audited(enterprise, limit) -> Iterable[Happening]:
    """What people did by hand. Only what `detail` says of fields and findings: coverage has its own entries."""
    events = AuditEvent.objects.filter(
        Q(detail__has_any_keys=["changes", "survey", "visit_task"]) | Q(action=AuditAction.CREATE, detail={}),
        object_type=Enterprise._meta.model_name,
        object_id=str(enterprise.pk),
        action__in=(AuditAction.CREATE, AuditAction.UPDATE),
    )
    for event in events.order_by("-pk")[:limit]:
        changes = tuple(
            Change(label(name), *pair)
            for name, pair in event.detail.get("changes", {}).items()
            if name not in TOLD_ELSEWHERE
        )
        survey, task = (event.detail.get(key, "") for key in ("survey", "visit_task"))
        if not changes and not survey and not task and event.action != AuditAction.CREATE:
            continue
        title = f"摸排：{survey}" if survey else f"走访任务：{task}" if task else event.get_action_display()
        text = event.detail.get("note", "") or event.detail.get("reason", "")
        yield Happening(
            timezone.localdate(event.at), "edit", title, text, event.actor_name, changes, event.at
        )


def _name(user) -> str:
    return str(user) if user else ""


def result_label(result: str) -> str:
    """The words of a survey result; what an older version stored is shown as it is."""
    return dict(SurveyResult.choices).get(result, result)
