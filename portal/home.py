"""What the home page shows: what is to be done and why, both rates of the person's scope, and where to go next."""

import datetime as dt

from django.db.models import Count, Min, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from activities import todos as activity_todos
from imports.models import ImportRun, RunState
from linkages import todos as agreement_todos
from linkages.access import can_raise_own_orders, partner_ids
from linkages.models import Agreement, Order
from linkages.states import mark, with_state
from members import todos as member_todos
from orgs import access
from orgs.models import (
    AuditAction,
    AuditEvent,
    Coverage,
    Enterprise,
    Organisation,
    SurveyTask,
    VisitTask,
)
from orgs.regulations import value_on
from orgs.statistics import Register
from orgs.terms import URGENT, Term, with_term
from orgs.todos import SHOWN, ToDo, first_of, gathered
from portal.kept import kept_total

DELEGATION_NOTICE_DAYS = 7


def link(name, *args):
    """The address of a page, or "" where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def to_dos(user, figures) -> list[ToDo]:
    """Most overdue first, what has no date last."""
    today = timezone.localdate()
    sources = {"导入": [_imports], "代办授权": [_delegations]}
    if access.has(user, "coverage.change"):
        sources |= {
            "摸排": [_surveys],
            "走访": [_visits],
            "换届": [_terms],
            "党建工作指导员": [_instructors],
            "应建未建": [lambda user, today: _should_found(figures)],
        }
    found = gathered(sources, user, today)
    for source in (member_todos, activity_todos, agreement_todos):
        found += source.to_dos(user, today)
    return sorted(found, key=lambda to_do: (to_do.days is None, to_do.days))


def _imports(user, today):
    runs = ImportRun.objects.filter(created_by=user, state=RunState.STAGED)[:SHOWN]
    for run in runs if access.can_run_imports(user) else ():
        rows = run.counts.get("rows", 0)
        yield ToDo(
            f"导入待确认：{run.file_name}",
            f"已比对 {rows:,} 行，确认后才写入登记册",
            link("imports:run", run.pk) or link("imports:run-list"),
            "去确认",
            0,
        )


def _surveys(user, today):
    tasks = SurveyTask.objects.visible_to(user).open()
    found = tasks.aggregate(
        count=Count("pk"), due=Min("round__due_on"), overdue=Count("pk", filter=Q(round__due_on__lt=today))
    )
    if found["count"]:
        overdue = f"，其中 {found['overdue']:,} 项已超期" if found["overdue"] else ""
        yield ToDo(
            f"摸排任务 {found['count']:,} 项待办",
            f"最早期限 {found['due']}{overdue}",
            link("orgs:survey-round-list"),
            "去摸排",
            (found["due"] - today).days,
            count=found["count"],
            late=found["overdue"],
        )


def _visits(user, today):
    """What falls due within the days that are set, or is overdue, below the person's organisations too."""
    until = today + dt.timedelta(days=value_on("visit_notice_days", today))
    rows = VisitTask.objects.workable_by(user).open().filter(due_on__lte=until)
    found = rows.aggregate(
        count=Count("pk"), due=Min("due_on"), overdue=Count("pk", filter=Q(due_on__lt=today))
    )
    if found["count"]:
        overdue = f"，其中 {found['overdue']:,} 家已超期" if found["overdue"] else ""
        yield ToDo(
            f"待走访企业 {found['count']:,} 家",
            f"最早期限 {found['due']}{overdue}",
            f"{link('orgs:visit-task-list')}?state=open&due_to={until}",
            "去走访",
            (found["due"] - today).days,
            count=found["count"],
            late=found["overdue"],
        )


def _terms(user, today):
    """The reminders of the regulations, most overdue first; many are summed up."""
    rows = with_term(Organisation.objects.visible_to(user).active()).filter(term_state__in=URGENT)
    found, rest, more = first_of(rows.order_by("term_due", "pk"))
    for organisation in found:
        term = Term.of(organisation)
        yield ToDo(
            term.message,
            f"{term.due} 届满（{term.label}）；选举工作条例要求任期届满按期换届",
            link("orgs:organisation", organisation.pk),
            "查看",
            term.days,
        )
    if rest:
        term = Term.of(rest)
        yield ToDo(
            f"另有 {more:,} 个党组织已届满或即将届满",
            f"其中最早的 {term.due} 届满",
            link("orgs:term-list"),
            "全部",
            term.days,
            count=more,
        )


def _instructors(user, today):
    ending = Coverage.objects.visible_to(user).instructors_ending(today)
    found = ending.aggregate(count=Count("pk"), first=Min("term_ends_on"))
    if found["count"]:
        yield ToDo(
            f"党建工作指导员派驻期满 {found['count']:,} 家",
            f"最早 {found['first']} 期满；期满后不再计入工作覆盖",
            f"{link('orgs:coverage-list')}?expired=near",
            "去续派",
            (found["first"] - today).days,
            count=found["count"],
        )


def _should_found(figures):
    if figures and figures.should_found:
        yield ToDo(
            f"应建未建企业 {figures.should_found:,} 家",
            "正式党员已达到单独建立党支部的人数（支部工作条例第四条），尚无自己的党组织",
            link("orgs:should-found"),
            "查看名单",
            count=figures.should_found,
        )


def _delegations(user, today):
    for appointment in user.current_appointments:
        if not appointment.delegated_by_id:
            continue
        days = (appointment.ends_on - today).days
        if days <= DELEGATION_NOTICE_DAYS:
            yield ToDo(
                f"代办授权即将到期：{appointment.organisation.name}",
                f"{appointment.ends_on} 到期，到期后自动收回",
                link("orgs:delegation-list"),
                "查看",
                days,
            )


def coverage_figures(user):
    """Both rates over the enterprises the person may see: (figures, definition), or (None, None)."""
    if not access.can_view_enterprises(user):
        return None, None
    register = Register()
    found = _kept_figures(user) or register.figures(Enterprise.objects.visible_to(user))[0]
    return found, register.rule


def _kept_figures(user):
    """Of whoever sees the units of one organisation and no others."""
    paths = user.permission_paths.get("enterprises.view", ())
    if user.sees_everything or user.contact_enterprise_ids or len(paths) != 1:
        return None
    return kept_total(
        next(a.organisation for a in user.current_appointments if a.organisation.path == paths[0])
    )


def own_enterprises(user):
    """A contact's own enterprises."""
    if not user.contact_enterprise_ids:
        return []
    own = Enterprise.objects.visible_to(user).filter(pk__in=user.contact_enterprise_ids)
    return own.select_related("park").order_by("name", "pk")


def own_orders(user):
    """Of whoever asks for help for an enterprise or about themselves: whether, and how many orders are open."""
    if not can_raise_own_orders(user):
        return None
    return Order.objects.own(user).open().count()


def own_agreements(user):
    """What the units are party to for which a liaison speaks; the last to end first."""
    if not (units := partner_ids(user)):
        return []
    rows = Agreement.objects.visible_to(user).filter(parties__partner__in=units).distinct()
    rows = with_state(rows).with_parties().order_by("-ends_on", "-pk")[:SHOWN]
    return [mark(row) for row in rows]


def audit_figures(user):
    """Today's events in an auditor's scope."""
    if not access.can_view_audit(user):
        return None
    events = AuditEvent.objects.visible_to(user).filter(at__gte=_midnight())
    return events.aggregate(
        count=Count("pk"),
        failed=Count("pk", filter=Q(action=AuditAction.LOGIN_FAILED)),
        denied=Count("pk", filter=Q(action=AuditAction.DENIED)),
    )


def _midnight():
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def greeting():
    hour = timezone.localtime().hour
    return "早上好" if 5 <= hour < 12 else "下午好" if 12 <= hour < 18 else "晚上好"
