"""The own record, mistakes reported in it, and the account it is read with."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import own as actions
from members.correction_filters import CorrectionFilter
from members.forms.own import AccountForm, AnswerForm, CorrectionForm
from members.models import CorrectionRequest, CorrectionState, Member, MemberEvent, Posting
from members.own import sections
from members.timeline import timeline
from members.views.register import name_employers
from members.views.transfers import READ_WRITE, changeable_member
from orgs.access import can_view_organisation, require
from orgs.forms.actions import succeeded
from orgs.forms.reveals import RevealForm
from orgs.models import PostTitle
from orgs.paging import keyset_page
from orgs.views.pages import act, render_list
from orgs.views.responses import say_faults

OWN_PURPOSE = "本人查看"


# --- One's own ----------------------------------------------------------------------------------------


def own_rows(user):
    """The record that belongs to the account; found by the account alone, never by a key in the address."""
    return Member.objects.filter(account=user).select_related("organisation")


@require_GET
def own_record(request):
    user = request.user
    require(access.can_open_own_record(user))
    postings = Posting.objects.select_related("organisation", "run").order_by("-since", "-pk")
    events = MemberEvent.objects.select_related("recorded_by")
    rows = own_rows(user).prefetch_related(Prefetch("postings", postings), Prefetch("events", events))
    member = rows.first()
    context = {"section": "own", "member": member}
    if member:
        name_employers([member], user)
        secretary = member.organisation.posts.current().filter(title=PostTitle.SECRETARY).first()
        context |= {
            "secretary": secretary.person_name if secretary else "",
            "happenings": timeline(member),
            "may_reveal": True,
            "fixed_purpose": OWN_PURPOSE,
            "may_open_organisation": can_view_organisation(user, member.organisation),
            "corrections": member.corrections.order_by("-asked_at", "-pk")[:20],
            "sections": [
                render_to_string(section.template, section.context, request) for section in sections(member)
            ],
        }
    return render(request, "members/own_record.html", context)


@require_http_methods(READ_WRITE)
def own_correction(request):
    member = own_rows(request.user).first()
    require(member is not None and access.can_report_mistake(request.user, member))
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kwargs = form.cleaned_data | {"member": member, "by": request.user, "request": request}
        if succeeded(form, actions.report_mistake, **kwargs):
            messages.success(request, "已提交，答复后在本页显示。")
            return redirect("members:own-record")
    return _form_page(
        request,
        section="own",
        title="信息有误，申请更正",
        note=f"由{member.organisation.name}核对后答复。",
        form=form,
        submit="提交",
        back=reverse("members:own-record"),
        crumb="我的党员信息",
    )


def _form_page(request, **context):
    return render(request, "members/own_form.html", context)


# --- The branch answers -------------------------------------------------------------------------------


@require_GET
def correction_list(request):
    require(access.can_view_members(request.user))
    rows = CorrectionRequest.objects.permitted_to(request.user, "members.view")
    filterset = CorrectionFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("member__organisation").defer(
        "claim", "reply", "member__identity_number", "member__mobile"
    )
    context = {
        "section": "members",
        "filterset": filterset,
        "page": keyset_page(shown, request.GET, sorts={"asked": "asked_at"}, default="-asked"),
        "matching": filterset.qs.count(),
    }
    return render_list(request, "members/correction_list.html", context)


def _visible(request, pk):
    """Not through the own account: that one is answered on the own page."""
    rows = CorrectionRequest.objects.permitted_to(request.user, "members.view")
    return get_object_or_404(rows.select_related("member__organisation", "answered_by"), pk=pk)


def _correction_page(request, correction, form):
    context = {
        "section": "members",
        "correction": correction,
        "form": form if correction.state == CorrectionState.OPEN else None,
        "may_answer": access.can_answer_correction(request.user, correction),
        "may_reveal": correction.is_number and access.can_reveal_claim(request.user, correction),
    }
    return render(request, "members/correction.html", context)


@require_http_methods(READ_WRITE)
def correction(request, pk):
    found = _visible(request, pk)
    if request.method == "GET":
        return _correction_page(request, found, AnswerForm())
    require(access.can_answer_correction(request.user, found))
    form = AnswerForm(request.POST)
    kwargs = {"correction": found, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.answer_correction, **form.cleaned_data, **kwargs):
        if form.outcome.state == CorrectionState.ACCEPTED:
            messages.success(request, f"已采纳，请在此修改“{found.get_field_display()}”。")
            return redirect("members:member-edit", found.member_id)
        messages.success(request, "已答复。")
        return redirect("members:correction", pk)
    return _correction_page(request, found, form)


@require_POST
def correction_reveal(request, pk):
    """The whole number that the member says is right, once, for a stated purpose."""
    found = _visible(request, pk)
    require(access.can_reveal_claim(request.user, found))
    form = RevealForm(request.POST)
    kwargs = {"correction": found, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.reveal_claim, **form.cleaned_data, **kwargs):
        context = {
            "section": "members",
            "whose": "更正申请",
            "back": reverse("members:correction", args=[pk]),
            "number": form.outcome,
            "label": found.get_field_display(),
        }
        return render(request, "members/member_number.html", context)
    say_faults(request, form)
    return redirect("members:correction", pk)


# --- Whose account ------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def member_account(request, pk):
    member = changeable_member(request, pk)
    form = AccountForm(request.POST or None)
    kwargs = {"member": member, "by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.link_account, **form.cleaned_data, **kwargs):
        messages.success(request, f"已关联账号：{form.outcome.display_name}（{form.outcome.username}）。")
        return redirect("members:member", pk)
    return _form_page(
        request,
        section="members",
        title=f"本人账号：{member}",
        note="关联后，党员本人可登录查看自己的信息、党费，并申请更正。",
        form=form,
        submit="关联",
        back=reverse("members:member", args=[pk]),
        crumb=member.name,
        member=member,
    )


@require_POST
def member_unlink(request, pk):
    act(request, "已解除账号关联。", actions.unlink_account, member=changeable_member(request, pk))
    return redirect("members:member-account", pk)
