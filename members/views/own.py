"""The own record, mistakes reported in it, and the account it is read with."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import own as actions
from members.correction_filters import CorrectionFilter
from members.forms.own import AccountForm, AnswerForm, CorrectionForm
from members.models import CorrectionRequest, CorrectionState, Member
from members.own import sections
from members.timeline import timeline, with_history
from members.views.pages import crumb, done, form_page
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


def own_member(request, rows=Member.objects) -> Member | None:
    """The member behind the account, among `rows`; None where the account is nobody's."""
    require(access.can_open_own_record(request.user))
    return rows.of_account(request.user).first()


@require_GET
def own_record(request):
    user = request.user
    member = own_member(request, with_history(Member.objects.all()))
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
    member = Member.objects.of_account(request.user).first()
    require(member is not None and access.can_report_mistake(request.user, member))
    form = CorrectionForm(request.POST or None)
    if done(request, form, actions.report_mistake, lambda _: "已提交，答复后在本页显示。", member=member):
        return redirect("members:own-record")
    return form_page(
        request,
        form,
        section="own",
        title="信息有误，申请更正",
        submit="提交",
        crumbs=[crumb("我的党员信息", "members:own-record")],
        back=reverse("members:own-record"),
        note=f"由{member.organisation.name}核对后答复。",
    )


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

    def words(account):
        return f"已关联账号：{account.display_name}（{account.username}）。"

    if done(request, form, actions.link_account, words, member=member):
        return redirect("members:member", pk)
    if member.account:
        return render(request, "members/member_account.html", {"section": "members", "member": member})
    return form_page(
        request,
        form,
        section="members",
        title=f"本人账号：{member}",
        submit="关联",
        crumbs=[crumb(member.name, "members:member", pk)],
        back=reverse("members:member", args=[pk]),
        note="关联后，党员本人可登录查看自己的信息、党费，并申请更正。",
    )


@require_POST
def member_unlink(request, pk):
    act(request, "已解除账号关联。", actions.unlink_account, member=changeable_member(request, pk))
    return redirect("members:member-account", pk)
