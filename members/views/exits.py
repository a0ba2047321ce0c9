"""Ways out and back, dated facts, and disposal step by step."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import disposal as disposals
from members.actions import exits as actions
from members.forms import exits as forms
from members.forms.transfers import ReasonForm
from members.models import Disposal, DisposalState, Member
from members.models.disposal import DECIDED_ABOVE, ORDER
from members.standing import deciding_body
from members.views.pages import done, form_page
from members.views.transfers import READ_WRITE, changeable_member, member_url, visible_member
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.views.responses import say_faults

SECTION = "members"


def to_member(request, member):
    """The member's page, or the list where the person no longer sees them."""
    if not Member.objects.visible_to(request.user).filter(pk=member.pk).exists():
        return redirect("members:transfer-list")
    return redirect(member_url(member))


def decidable_member(request, pk):
    """For what the committee above the branch decides."""
    member = visible_member(request, pk)
    require(access.can_decide_about(request.user, member))
    return member


def _form_page(request, member, form, title, submit, note="", confirm=""):
    back = member_url(member)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"{title}：{member}",
        submit=submit,
        crumbs=[("党员", back)],
        back=back,
        note=note,
        confirm=confirm,
    )


@require_http_methods(READ_WRITE)
def member_leave(request, pk):
    member = changeable_member(request, pk)
    may_decide = access.can_decide_about(request.user, member)
    form = forms.LeaveForm(request.POST or None, member=member, may_decide=may_decide)
    words = f"{member}已登记去向，历史记录已保留。"
    if done(request, form, actions.leave, lambda _: words, member=member):
        return to_member(request, member)
    note = "党员信息不删除，只登记去向。转出请办理组织关系转接；劝退、除名请先登记组织处置。"
    return _form_page(request, member, form, "登记去向", "登记去向", note, "确定登记去向？该党员将离册。")


@require_http_methods(READ_WRITE)
def member_remove(request, pk):
    """除名 two years after 停止党籍."""
    member = decidable_member(request, pk)
    form = forms.RemoveForm(request.POST or None)
    if done(request, form, actions.remove_stopped, lambda _: f"{member}已除名。", member=member):
        return to_member(request, member)
    note = "停止党籍满2年仍无法取得联系的，按照自行脱党予以除名。"
    return _form_page(request, member, form, "除名", "除名", note, "确定除名？")


@require_http_methods(READ_WRITE)
def member_return(request, pk):
    member = decidable_member(request, pk)
    home = {"organisation": f"{member.organisation}（{member.organisation.code}）"}
    form = forms.ReturnForm(request.POST or None, user=request.user, initial=home)
    if done(request, form, actions.come_back, lambda _: f"{member}已恢复党籍。", member=member):
        return to_member(request, member)
    note = "已转出后又转回的，请在“组织关系”中登记转入。"
    return _form_page(request, member, form, "恢复党籍", "恢复", note)


@require_http_methods(READ_WRITE)
def event_add(request, pk):
    member = changeable_member(request, pk)
    form = forms.EventForm(request.POST or None)
    if done(request, form, actions.note_event, lambda event: f"已登记：{event}。", member=member):
        return to_member(request, member)
    note = "奖惩是有日期的事实，不改变党员类别。开除党籍请通过“登记去向”办理。"
    return _form_page(request, member, form, "登记奖惩", "登记", note)


# --- Disposal -----------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def disposal_new(request, pk):
    member = changeable_member(request, pk)
    form = forms.DisposalForm(request.POST or None)
    if done(request, form, disposals.open_disposal, lambda _: "已立案，请依次办理。", member=member):
        return redirect("members:disposal", form.outcome.pk)
    note = "依次办理：报备、调查核实、谈话、上级审核、支部大会表决、上级批准。"
    return _form_page(request, member, form, "组织处置", "立案", note)


def _disposal(request, pk):
    rows = Disposal.objects.visible_to(request.user).select_related("member__organisation", "decided_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def disposal(request, pk):
    return _page(request, _disposal(request, pk))


def _page(request, case, form=None):
    stage = disposals.next_stage(case)
    done = {step.stage: step for step in case.steps.select_related("organisation", "recorded_by")}
    may_step = stage is not None and access.can_take_step(request.user, case, stage)
    context = {
        "section": SECTION,
        "disposal": case,
        "steps": [(each, done.get(each)) for each in ORDER],
        "stage": stage,
        "form": form or (forms.StepForm(disposal=case, stage=stage) if may_step else None),
        "waiting_for": ""
        if may_step or stage is None
        else str(
            deciding_body(case.member.organisation) if stage in DECIDED_ABOVE else case.member.organisation
        ),
        "may_drop": case.state == DisposalState.OPEN and access.can_change_member(request.user, case.member),
        "may_read": access.can_change_member(request.user, case.member),
        "drop_form": ReasonForm(auto_id="drop-%s"),
        "back": member_url(case.member),
    }
    return render(request, "members/disposal.html", context)


@require_POST
def disposal_step(request, pk):
    case = _disposal(request, pk)
    stage = disposals.next_stage(case)
    require(access.can_take_step(request.user, case, stage))
    if stage is None:
        messages.error(request, "该处置已经办结。")
        return redirect("members:disposal", pk)
    form = forms.StepForm(request.POST, disposal=case, stage=stage)
    kwargs = {"disposal": case, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, disposals.record_step, **kwargs, **form.cleaned_data):
        messages.success(request, f"已登记“{form.outcome.get_stage_display()}”。")
        if Disposal.objects.visible_to(request.user).filter(pk=pk).exists():
            return redirect("members:disposal", pk)
        return redirect("members:transfer-list")
    return _page(request, _disposal(request, pk), form)


@require_POST
def disposal_drop(request, pk):
    case = _disposal(request, pk)
    require(access.can_change_member(request.user, case.member))
    form = ReasonForm(request.POST)
    kwargs = {"disposal": case, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, disposals.drop_disposal, **kwargs, **form.cleaned_data):
        messages.success(request, "已登记不予处置。")
    else:
        say_faults(request, form)
    return redirect("members:disposal", pk)
