"""Transfers: the list, one case with its timeline and the next act, and the letter."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import register
from members.actions import transfers as actions
from members.choices import Relation
from members.deadlines import TransferClock, awaits_receipt
from members.forms import transfers as forms
from members.models import Member, Transfer, TransferDirection, TransferState
from members.prints.letter import CUT, letter_document, letter_parts
from members.standing import approving_committee
from members.transfer_filters import TransferFilter
from members.views.pages import crumb, done, form_page
from orgs.access import has_at, require
from orgs.forms.actions import succeeded
from orgs.forms.reveals import RevealForm
from orgs.paging import keyset_page
from orgs.paper import docx_response
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

SECTION = "transfers"
READ_WRITE = ["GET", "HEAD", "POST"]
S = TransferState


@require_GET
def transfer_list(request):
    """Tabs by direction; every row says what presses."""
    require(access.can_view_members(request.user))
    rows = Transfer.objects.visible_to(request.user)
    filterset = TransferFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("from_organisation", "to_organisation").defer(
        "identity_number", "person"
    )
    page = keyset_page(
        shown, request.GET, sorts={"started": "started_on", "name": "person_name"}, default="-started"
    )
    clock = TransferClock(timezone.localdate())
    for transfer in page:
        transfer.mark = clock.mark(transfer)
    direction = filterset.data.get("direction", "")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "direction": direction,
        "tabs": [("", "全部"), *TransferDirection.choices],
        "may_change": access.can_change_members(request.user),
    }
    return render_list(request, "members/transfer_list.html", context)


# --- Begin --------------------------------------------------------------------------------------------


def visible_member(request, pk):
    rows = Member.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


def changeable_member(request, pk):
    member = visible_member(request, pk)
    require(access.can_change_member(request.user, member))
    return member


def member_url(member) -> str:
    """The member's page, or, in an installation without it, the list of transfers."""
    try:
        return reverse("members:member", args=[member.pk])
    except NoReverseMatch:
        return reverse("members:transfer-list")


def crumbs():
    return [crumb("组织关系", "members:transfer-list")]


@require_http_methods(READ_WRITE)
def transfer_new(request, pk):
    """Out of the member's branch."""
    member = changeable_member(request, pk)
    form = forms.StartForm(request.POST or None, user=request.user)
    words = f"已发起{member}的组织关系转接。"
    if done(request, form, actions.start_transfer, lambda _: words, member=member):
        return redirect("members:transfer", form.outcome.pk)
    committee = approving_committee(member.organisation)
    reviewed = f"提交后由{committee}审核并开具介绍信。" if committee else "提交后由本组织开具介绍信。"
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"转接组织关系：{member}",
        submit="提交",
        crumbs=crumbs(),
        back=member_url(member),
        note=f"由{member.organisation}转出。{reviewed}接收前仍由原党组织管理。",
    )


@require_http_methods(READ_WRITE)
def transfer_in(request):
    """Somebody brings a letter from outside the register."""
    require(access.can_change_members(request.user))
    form = forms.IncomingForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        kwargs = form.values() | {"by": request.user, "request": request}
        if succeeded(form, actions.register_incoming, **kwargs):
            messages.success(request, "已登记转入，核对档案后接收。")
            return redirect("members:transfer", form.outcome.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title="登记转入",
        submit="登记",
        crumbs=crumbs(),
        back=reverse("members:transfer-list"),
        note="按介绍信填写。本系统内其他党支部转来的党员由对方发起，不在此登记。",
    )


# --- One case -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """A step: its button, form, action and what is said afterwards."""

    title: str
    form: type
    action: Callable
    done: str
    states: tuple[str, ...]
    is_primary: bool = True
    note: str = ""
    confirm: str = ""


UNDER_WAY = (S.IN_TRANSIT, S.RECEIVING_REVIEW)
ACTS = {
    "submit": Act("提交审核", forms.SubmitForm, actions.submit_transfer, "已提交审核。", (S.INITIATED,)),
    "issue": Act(
        "审核通过，开具介绍信",
        forms.LetterForm,
        actions.issue_letter,
        "介绍信已开具，组织关系在途。",
        (S.INITIATED, S.SENDING_REVIEW),
    ),
    "send-back": Act(
        "退回补充", forms.ReasonForm, actions.send_back, "已退回党支部补充。", (S.SENDING_REVIEW,), False
    ),
    "receive": Act(
        "收到介绍信，开始审核",
        forms.EmptyForm,
        actions.receive_transfer,
        "已开始接收审核。",
        (S.IN_TRANSIT,),
        False,
    ),
    "accept": Act(
        "接收",
        forms.AcceptForm,
        actions.accept_transfer,
        "已接收，党员已编入本支部。",
        UNDER_WAY,
        note="从接收日期起，该党员计入本支部。",
    ),
    "receipt": Act(
        "登记回执",
        forms.ReceiptForm,
        actions.enter_receipt,
        "回执已登记，该党员已转出离册。",
        UNDER_WAY,
        note="收到对方回执后登记；从对方接收日期起不再计入本支部。",
    ),
    "reissue": Act(
        "重新开具介绍信",
        forms.ReissueForm,
        actions.reissue_letter,
        "已重新开具介绍信。",
        UNDER_WAY,
        note="介绍信已失效：请原党支部说明情况后重新开具。",
    ),
    "return": Act(
        "退回",
        forms.ReasonForm,
        actions.return_transfer,
        "已退回，该党员仍由原党组织管理。",
        UNDER_WAY,
        False,
        note="无正当理由不得拒绝接收，请写明原因。",
    ),
    "withdraw": Act(
        "撤回转接",
        forms.ReasonForm,
        actions.withdraw_transfer,
        "已撤回，组织关系恢复原状。",
        (S.INITIATED, S.SENDING_REVIEW, *UNDER_WAY),
        False,
    ),
    "send-receipt": Act(
        "登记寄送回执", forms.SendReceiptForm, actions.send_receipt, "回执已登记。", (S.ACCEPTED,)
    ),
}
NOT_FOR = {
    "in": {"submit", "issue", "send-back", "receive", "receipt", "reissue", "withdraw"},
    "out": {"receive", "accept", "send-receipt"},
    "inside": {"receipt", "send-receipt"},
}


def fits(transfer, name) -> bool:
    """The step is one that this case, in its present state, can take."""
    act = ACTS[name]
    if transfer.state not in act.states or name in NOT_FOR[transfer.direction]:
        return False
    if name == "reissue":
        return transfer.is_expired
    if name in ("accept", "receive") and transfer.is_expired:
        return False
    if name == "send-receipt":
        return awaits_receipt(transfer)
    if name == "submit":
        return approving_committee(transfer.from_organisation) is not None
    if name == "issue" and transfer.state == S.INITIATED:
        return approving_committee(transfer.from_organisation) is None
    return True


def _case(request, pk):
    rows = Transfer.objects.visible_to(request.user).select_related(
        "member__organisation", "from_organisation", "to_organisation", "created_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def transfer(request, pk):
    return _case_page(request, _case(request, pk))


def _case_page(request, case, name="", form=None):
    initial = forms.letter_initial(case)
    acts = []
    for act_name, act in ACTS.items():
        if fits(case, act_name) and access.can_act_on_transfer(request.user, case, act_name):
            shown = form if act_name == name else act.form(initial=initial, auto_id=f"{act_name}-%s")
            acts.append((act_name, act, shown, reverse(f"members:transfer-{act_name}", args=[case.pk])))
    case.mark = TransferClock(timezone.localdate()).mark(case)
    context = {
        "section": SECTION,
        "case": case,
        "acts": acts,
        "more_acts": [act for act in acts if not act[1].is_primary],
        "waiting_for": _waiting_for(case) if not any(act.is_primary for _, act, *_ in acts) else "",
        "entries": case.entries.select_related("organisation", "by"),
        "letters": case.letters.select_related("issuer"),
        "may_open_member": case.member_id
        and Member.objects.visible_to(request.user).filter(pk=case.member_id).exists(),
        "moving_out": case.member_id and case.member.relation == Relation.MOVING_OUT,
    }
    return render(request, "members/transfer.html", context)


def _waiting_for(case) -> str:
    if not case.is_open:
        return ""
    act = "issue" if case.state == S.SENDING_REVIEW else "submit" if case.state == S.INITIATED else "accept"
    if case.is_expired and case.direction != TransferDirection.IN:
        act = "reissue"
    place = access.acting_organisation(case, act)
    return f"等待{place}办理“{ACTS[act].title}”。" if place else ""


@require_POST
def transfer_act(request, pk, act):
    """One step; what is wrong is said at its form."""
    case = _case(request, pk)
    require(access.can_act_on_transfer(request.user, case, act))
    step = ACTS[act]
    form = step.form(request.POST, auto_id=f"{act}-%s")
    kwargs = {"transfer": case, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, step.action, **kwargs, **form.cleaned_data):
        messages.success(request, step.done)
        if Transfer.objects.visible_to(request.user).filter(pk=pk).exists():
            return redirect("members:transfer", pk)
        return redirect("members:transfer-list")
    case = _case(request, pk)
    if not fits(case, act):
        say_faults(request, form)
        return redirect("members:transfer", pk)
    return _case_page(request, case, act, form)


# --- The letter -----------------------------------------------------------------------------------------


def _may_take_letter(user, case) -> bool:
    """The whole identity number stands in the letter: for the staff of the sending side, while it is under way."""
    home = case.from_organisation
    return (
        home is not None
        and case.is_under_way
        and has_at(user, "members.change", home)
        and has_at(user, "sensitive.reveal", home)
    )


def _letter(request, pk):
    case = _case(request, pk)
    letter = case.letters.select_related("issuer").last()
    if letter is None:
        raise Http404
    return case, letter


@require_GET
def transfer_letter(request, pk):
    """The three parts to print; the identity number is masked, the file has it whole."""
    case, letter = _letter(request, pk)
    context = {
        "section": SECTION,
        "case": case,
        "letter": letter,
        "parts": letter_parts(case, letter, identity=case.masked_identity),
        "cut": CUT,
        "form": RevealForm(initial={"purpose": "开具组织关系介绍信"})
        if _may_take_letter(request.user, case)
        else None,
    }
    return render(request, "members/transfer_letter.html", context)


@require_POST
def transfer_letter_file(request, pk):
    """The letter as a document with the whole number; the trail says who took it."""
    case, letter = _letter(request, pk)
    require(_may_take_letter(request.user, case))
    form = RevealForm(request.POST)
    kwargs = {"person": case.member, "field": "identity_number", "by": request.user, "request": request}
    if not (form.is_valid() and succeeded(form, register.reveal, **kwargs, **form.cleaned_data)):
        say_faults(request, form)
        return redirect("members:transfer-letter", pk)
    content = letter_document(case, letter, identity=form.outcome)
    return docx_response(content, f"介绍信-{letter.year}-{letter.number:04d}.docx")
