"""Recruiting: the board by stage, the list by day, one case with its steps."""

import datetime as dt

from django.contrib import messages
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from members import access
from members.actions import recruiting as actions
from members.actions.register import reveal
from members.case_files import case_files
from members.case_filters import CaseFilter, CaseListFilter
from members.forms import recruiting as forms
from members.forms.register import RevealNumberForm
from members.models import CaseStage, Member, RecruitmentCase, RecruitmentQuota, StepOutcome
from members.prints.catalogue import offers
from members.prints.dossier import Dossier
from members.recruiting import due, figures, guards, state
from members.recruiting.steps import LAST, PARTS, STEPS
from members.standing import deciding_body
from members.views.pages import crumb, done, form_page, renew_seen
from members.views.points import card as points_card
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

SECTION = "recruiting"
ON_BOARD = 20
COLUMNS = (
    ("入党申请人", (CaseStage.APPLICANT,)),
    ("入党积极分子", (CaseStage.ACTIVIST,)),
    ("发展对象", (CaseStage.CANDIDATE,)),
    ("预备党员", (CaseStage.PROBATIONARY, CaseStage.EXTENDED)),
)
# What a list sorts by: whatever has no last day comes last.
DUE_DAY = Coalesce("due_on", Value(dt.date(9999, 12, 31), DateField()))


def filtered(request, permission="members.view", *, by=CaseListFilter):
    """The filter, and the cases that it and the right leave."""
    rows = RecruitmentCase.objects.permitted_to(request.user, permission)
    filterset = by(request.GET, queryset=rows, request=request)
    cards = filterset.qs.select_related("organisation").defer(
        "identity_number", "mobile", "organisation__contact_phone"
    )
    return filterset, cards


def _mark(cases, today):
    for case in cases:
        case.mark, case.line = due.mark(case, today), due.line(case, today)
        case.share = round(100 * ((case.next_step or LAST + 1) - 1) / LAST)
    return cases


@require_GET
def board(request):
    """Five columns; each shows those that press most and says how many there are."""
    require(access.can_view_members(request.user))
    filterset, cards = filtered(request, by=CaseFilter)
    today = timezone.localdate()
    stock, recruits = figures.stock(filterset.qs, today), figures.recruits(filterset.qs, today.year)
    columns = []
    for label, stages in COLUMNS:
        found = cards.open().filter(stage__in=stages)
        found = found.order_by(DUE_DAY, "pk")[:ON_BOARD]
        columns.append(
            (label, stages[0].value, sum(stock[stage.value] for stage in stages), _mark(list(found), today))
        )
    converted = cards.filter(stage=CaseStage.FULL, converted_on__year=today.year)
    found = _mark(list(converted.order_by("-converted_on", "pk")[:ON_BOARD]), today)
    columns.append(("本年转正", CaseStage.FULL.value, stock["converted"], found))
    context = {
        "section": SECTION,
        "filterset": filterset,
        "columns": columns,
        "stock": stock,
        "recruits": recruits,
        "year": today.year,
        "plan": _plan(request.user, filterset, today.year),
        "may_change": access.can_change_members(request.user),
        "unrecorded": _unrecorded(request.user).count(),
    }
    return render(request, "members/case_board.html", context)


def _plan(user, filterset, year):
    """The quota of what the board counts: the chosen organisation, or the highest of the person's; none when the cards
    are narrowed down otherwise.
    """
    if set(filterset.chosen) - {"organisation"}:
        return None
    place = filterset.chosen.get("organisation")
    if place is None:
        own = Organisation.objects.permitted_to(user, "members.view").order_by("depth", "path")
        place = own.first()
    return RecruitmentQuota.objects.given(year).filter(organisation=place).first()


def _unrecorded(user):
    """Probationary members whom the person may change and who have no case."""
    members = Member.objects.permitted_to(user, "members.change").in_register()
    return members.filter(
        membership="probationary", recruitment_case=None, joined_on__isnull=False, born_on__isnull=False
    )


@require_GET
def case_list(request):
    """What is due first stands first; without a day at the end."""
    require(access.can_view_members(request.user))
    filterset, rows = filtered(request)
    today = timezone.localdate()
    page = keyset_page(
        rows.annotate(day=DUE_DAY),
        request.GET,
        sorts={"due": "day", "name": "pinyin", "applied": "pk"},
        default="due",
    )
    _mark(page.items, today)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": rows.count(),
        "may_change": access.can_change_members(request.user),
        "may_export": access.can_export_members(request.user),
        "steps": STEPS,
    }
    return render_list(request, "members/case_list.html", context)


@require_http_methods(READ_WRITE)
def case_new(request):
    """Step 1."""
    require(access.can_change_members(request.user))
    form = forms.CaseForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        kwargs = form.entry | {"values": form.values, "by": request.user, "request": request}
        if succeeded(form, actions.open_case, **kwargs):
            messages.success(request, f"已登记{form.outcome}的入党申请，请在1个月内派人谈话。")
            return redirect("members:case", form.outcome.pk)
    context = {"section": SECTION, "form": form, "back": reverse("members:recruiting")}
    return render(request, "members/case_form.html", context)


@require_POST
def adopt(request):
    """Cases for all probationary members in the person's scope who have none."""
    require(access.can_change_members(request.user))
    count = actions.adopt_members(members=_unrecorded(request.user), by=request.user, request=request)
    messages.success(request, f"已为{count}名预备党员补建发展记录，从继续教育考察开始办理。")
    return redirect("members:recruiting")


# --- One case ----------------------------------------------------------------------------------------


def visible_case(request, pk):
    rows = RecruitmentCase.objects.visible_to(request.user).select_related("organisation", "member")
    return get_object_or_404(rows, pk=pk)


@require_GET
def case_detail(request, pk):
    return _page(request, visible_case(request, pk))


def _page(request, case, form=None, number=None):
    """The steps taken and to come, the form of the next one, and why it may have to wait."""
    user, today = request.user, timezone.localdate()
    records = list(case.records.select_related("organisation", "recorded_by", "reversal"))
    now = state.replay_fetched(records)
    last = next((record for record in reversed(records) if record.is_effective), None)
    may_read = access.can_read_findings(user, case)
    allowed = [STEPS[n] for n in now.allowed()] if case.is_open else []
    chosen = next((step for step in allowed if step.number == number), allowed[0] if allowed else None)
    may_take = chosen is not None and access.can_take_case_step(user, case, chosen)
    if may_take and form is None:
        form = forms.StepForm(
            case=case, number=chosen.number, user=user, voters=_voters(case, now, chosen, today)
        )
    context = {
        "section": SECTION,
        "case": case,
        "mark": due.mark(case, today),
        "parts": _parts(records, now),
        "step": chosen,
        "others": [step for step in allowed if step is not chosen],
        "form": form if may_take else None,
        "waits": case.opens_on and case.opens_on > today and chosen and chosen.number == case.next_step,
        "waiting_for": ""
        if may_take or chosen is None
        else (deciding_body(case.organisation) if chosen.by_superior else case.organisation),
        "may_reveal": access.can_reveal_case(user, case),
        "reveal_url": reverse("members:case-reveal", args=[case.pk]),
        "may_read": may_read,
        "files": case_files(user, case, records, now, request.GET.get("documents", "")),
        "prints": offers(Dossier(case, records, user)) if may_read else [],
        "may_change": access.can_change_members_at(user, case.organisation) and case.is_open,
        "may_reverse": access.can_decide_case(user, case.organisation)
        and last
        and last.number > 1
        and last.outcome != StepOutcome.TAKEN_OVER,
        "last": last,
        "reverse_form": forms.CaseReasonForm(auto_id="reverse_%s"),
        "points": points_card(user, case),
        "stop_form": forms.StopForm(auto_id="stop_%s"),
    }
    return render(request, "members/case.html", context)


def _voters(case, now, step, today):
    attempt = guards.Attempt(case, now, step.number, today, "", {})
    return attempt.voters[0] if "expected" in step.fields else None


def _parts(records, now):
    """(part, [(step, its records, state)]): done, next or to come."""
    taken = {}
    for step_record in records:
        taken.setdefault(step_record.number, []).append(step_record)
    return [
        (
            part,
            [
                (
                    step,
                    taken.get(number, []),
                    "done" if number <= now.position else "next" if number == now.next_step else "",
                )
                for number, step in STEPS.items()
                if step.part == part
            ],
        )
        for part in PARTS
    ]


@require_http_methods(READ_WRITE)
def case_step(request, pk, number):
    """The form of a step that may be taken now; others are said to be out of order."""
    case = visible_case(request, pk)
    if number not in STEPS:
        raise Http404
    step = STEPS[number]
    require(access.can_take_case_step(request.user, case, step))
    if request.method != "POST":
        return _page(request, case, number=number)
    form = forms.StepForm(request.POST, case=case, number=number, user=request.user)
    if form.is_valid():
        kwargs = form.entry | {"case": case, "by": request.user, "request": request}
        if succeeded(form, actions.take_step, **kwargs):
            messages.success(request, f"第{number}步“{step}”已登记。")
            return redirect("members:case", pk)
    if number not in state.state_of(case).allowed():
        say_faults(request, form)
        return redirect("members:case", pk)
    return _page(request, case, form, number)


@require_POST
def case_reverse(request, pk):
    case = visible_case(request, pk)
    require(access.can_decide_case(request.user, case.organisation))
    form = forms.CaseReasonForm(request.POST)
    above = Organisation.objects.permitted_to(request.user, "members.change").filter(
        path__in=case.organisation.ancestor_paths
    )
    if form.is_valid() and succeeded(
        form,
        actions.reverse_step,
        case=case,
        by=request.user,
        request=request,
        organisation=above.order_by("-depth").first(),
        **form.cleaned_data,
    ):
        messages.success(request, "已退回更正，请重新办理该步骤。")
    else:
        say_faults(request, form)
    return redirect("members:case", pk)


def _changeable(request, pk):
    case = visible_case(request, pk)
    require(access.can_change_members_at(request.user, case.organisation))
    return case


@require_POST
def case_stop(request, pk):
    case = _changeable(request, pk)
    form = forms.StopForm(request.POST)
    if form.is_valid() and succeeded(
        form, actions.stop_case, case=case, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, f"{case}的发展记录已终止。")
    else:
        say_faults(request, form)
    return redirect("members:case", pk)


@require_http_methods(READ_WRITE)
def case_edit(request, pk):
    case = _changeable(request, pk)
    form = forms.CaseEditForm(request.POST or None, instance=case, user=request.user)
    if request.method == "POST" and form.is_valid():
        kwargs = {"values": form.values, "seen_at": form.cleaned_data["seen_at"]}
        # The form's own instance already carries what was typed.
        if succeeded(
            form, actions.update_case, case=RecruitmentCase(pk=pk), by=request.user, request=request, **kwargs
        ):
            messages.success(request, "已修改。" if form.outcome else "没有变化，未作修改。")
            return redirect("members:case", pk)
    renew_seen(form)
    context = {"section": SECTION, "form": form, "back": reverse("members:case", args=[pk]), "case": case}
    return render(request, "members/case_form.html", context)


@require_POST
def case_reveal(request, pk):
    """A whole number, once, for a stated purpose."""
    case = visible_case(request, pk)
    require(access.can_reveal_case(request.user, case))
    form = RevealNumberForm(request.POST)
    back = reverse("members:case", args=[pk])
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, reveal, person=case, **form.cleaned_data, **who):
        label = dict(form.fields["field"].choices)[form.cleaned_data["field"]]
        context = {"section": SECTION, "whose": case, "back": back, "number": form.outcome, "label": label}
        return render_list(request, "members/member_number.html", context)
    say_faults(request, form)
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


@require_http_methods(READ_WRITE)
def case_move(request, pk):
    case = _changeable(request, pk)
    form = forms.CaseMoveForm(request.POST or None, user=request.user)

    def words(_):
        return f"{case}的材料已转到{case.organisation}，培养教育时间连续计算。"

    if done(request, form, actions.move_case, words, case=case):
        return redirect("members:case", pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"转接发展材料：{case}",
        submit="转接",
        crumbs=[crumb("发展党员", "members:recruiting"), crumb(case.name, "members:case", pk)],
        back=reverse("members:case", args=[pk]),
        note="入党申请人、积极分子和发展对象工作变动的，材料转给新单位党组织，培养教育时间连续计算。",
    )
