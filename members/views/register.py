"""The register: list, look-up, page, forms, export, composition."""

from functools import partial

from django.contrib import messages
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from members import access
from members.actions import register as actions
from members.choices import Relation
from members.filters import MOST_COUNTED, MemberFilter
from members.forms.register import (
    LookupForm,
    MemberForm,
    NewMemberForm,
    NumberExportForm,
    RevealNumberForm,
    VerifyForm,
)
from members.lists import MEMBER_FIELDS, member_columns
from members.models import Member, sortable
from members.timeline import timeline, with_history
from members.views.pages import renew_seen
from orgs.access import can_view_organisation, has, require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise, User
from orgs.paging import keyset_page
from orgs.readers import appointments_of, readers_of_organisation
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import back, say_faults

SORTS = {"name": "pinyin", "joined": "joined_key", "born": "born_key", "updated": "updated_at"}


# --- List --------------------------------------------------------------------------------------------


def filtered(request, *, permission="members.view") -> MemberFilter:
    """The members that the person holds `permission` for and the query string asks for."""
    queryset = Member.objects.listed_to(request.user, permission)
    return MemberFilter(request.GET, queryset=queryset, request=request)


@require_GET
def member_list(request):
    user = request.user
    require(access.can_view_members(user))
    filterset = filtered(request)
    if filterset.has_number:
        return _to_lookup(request)
    rows = (
        filterset.qs.select_related("organisation")
        .defer("identity_number", "mobile")
        .annotate(joined_key=sortable("joined_on"), born_key=sortable("born_on"))
    )
    page = keyset_page(rows, request.GET, sorts=SORTS, default="name")
    name_employers(page, user)
    count = filterset.count()
    context = {
        "section": "members",
        "filterset": filterset,
        "page": page,
        "count": count,
        "most": MOST_COUNTED if count > MOST_COUNTED else None,
        "may_change": access.can_change_members(user),
        "may_export": access.can_export_members(user),
    }
    return render_list(request, "members/member_list.html", context)


def _to_lookup(request):
    """Away from the address that holds the number, to the form that posts it."""
    messages.info(request, "证件号码、手机号码不放在网址里查找，请在此处输入。")
    page = redirect("members:member-lookup")
    return HttpResponseClientRedirect(page.url) if request.htmx else page


def name_employers(members, user) -> None:
    """Sets `employer` to the enterprise `user` sees under the credit code, else None; one query for all."""
    codes = {member.employer_code for member in members} - {""}
    rows = Enterprise.objects.visible_to(user).filter(credit_code__in=codes).only("name", "credit_code")
    found = {row.credit_code: row for row in rows} if codes else {}
    for member in members:
        member.employer = found.get(member.employer_code)


@require_http_methods(["GET", "POST"])
def member_lookup(request):
    """By identity or mobile number; who looked, and what was found, stays in the audit trail."""
    require(access.can_view_members(request.user))
    form = LookupForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        who = {"by": request.user, "request": request}
        if succeeded(form, actions.look_up, field=form.field, number=number, **who):
            found = form.outcome
    if found is not None and len(found) == 1:
        return redirect("members:member", found[0].pk)
    context = {"section": "members", "form": form, "found": found}
    return render(request, "members/member_lookup.html", context)


# --- One member --------------------------------------------------------------------------------------


def visible(request, pk) -> Member:
    return get_object_or_404(Member.objects.visible_to(request.user).select_related("organisation"), pk=pk)


@require_GET
def member_detail(request, pk):
    user = request.user
    rows = Member.objects.visible_to(user).select_related("organisation", "account", "recruitment_case")
    member = get_object_or_404(with_history(rows), pk=pk)
    name_employers([member], user)
    context = {
        "section": "members" if access.can_view_members(user) else "own",
        "member": member,
        "case": getattr(member, "recruitment_case", None),
        "happenings": timeline(member),
        "may_change": access.can_change_member(user, member),
        "may_reveal": access.can_reveal_member(user, member),
        "may_open_organisation": can_view_organisation(user, member.organisation),
        "may_list": access.can_view_members_at(user, member.organisation),
        "reveal_form": RevealNumberForm(),
        "verify_form": VerifyForm(),
        "relations": Relation,
    }
    return render(request, "members/member_detail.html", context)


@require_POST
def member_reveal(request, pk):
    """A whole number, once, for a stated purpose; the answer is not kept by any cache."""
    member = visible(request, pk)
    require(access.can_reveal_member(request.user, member))
    form = RevealNumberForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.reveal, person=member, **form.cleaned_data, **who):
        label = dict(form.fields["field"].choices)[form.cleaned_data["field"]]
        back = reverse("members:member", args=[pk])
        context = {
            "section": "members",
            "whose": member,
            "back": back,
            "number": form.outcome,
            "label": label,
        }
        return render_list(request, "members/member_number.html", context)
    say_faults(request, form)
    page = redirect("members:member", pk)
    return HttpResponseClientRedirect(page.url) if request.htmx else page  # not into the place of the number


@require_http_methods(["GET", "POST"])
def member_new(request):
    require(access.can_change_members(request.user))
    form = NewMemberForm(request.POST or None, user=request.user)
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.add_member, values=form.values, **form.entrance, **who):
        messages.success(request, f"已登记{form.outcome}。")
        return redirect("members:member", form.outcome.pk)
    context = {"section": "members", "form": form, "title": "登记党员"}
    return render(request, "members/member_form.html", context)


@require_http_methods(["GET", "POST"])
def member_edit(request, pk):
    member = visible(request, pk)
    require(access.can_change_member(request.user, member))
    form = MemberForm(request.POST or None, instance=member, user=request.user)
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(
        form,
        actions.update_member,
        member=Member(pk=pk),  # the form's own instance already carries what was typed
        values=form.values,
        seen_at=form.cleaned_data["seen_at"],
        by=request.user,
        request=request,
    ):
        changed = "、".join(str(Member._meta.get_field(name).verbose_name) for name in form.outcome)
        messages.success(request, f"已修改：{changed}。" if changed else "没有变化，未作修改。")
        return redirect("members:member", pk)
    renew_seen(form)
    context = {"section": "members", "form": form, "member": member, "title": "编辑党员信息"}
    return render(request, "members/member_form.html", context)


@require_GET
def member_readers(request, pk):
    """谁能看到: the accounts that can read this member, the member's own among them."""
    member = visible(request, pk)
    require(access.can_change_member(request.user, member))
    staff = readers_of_organisation(member.organisation, "members.view")
    own = appointments_of(member.account_id)
    context = {
        "section": "members",
        "record": member,
        "record_url": "members:member",
        "readers": staff | own,
        "support": User.objects.filter(is_superuser=True, is_active=True).count(),
    }
    return render(request, "orgs/who_can_see.html", context)


@require_POST
def member_verify(request, pk):
    """历史数据核实."""
    member = visible(request, pk)
    require(access.can_change_member(request.user, member))
    form = VerifyForm(request.POST)
    if form.is_valid():
        act(request, "已核实，待核标记已取消。", actions.verify_legacy, member=member, **form.cleaned_data)
    else:
        say_faults(request, form)
    return back(request, "members:member", pk)


# --- Export ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def member_export(request):
    """Without the rows that the person reads by a borrowed or a reading appointment: those may not be exported."""
    user = request.user
    require(access.can_export_members(user))
    filterset = filtered(request, permission="members.export")
    if filterset.has_number:
        return _to_lookup(request)
    return export_page(
        request,
        filterset,
        _export,
        section="members",
        title="导出党员名册",
        list_url="members:member-list",
        note="未勾选完整号码时，证件号码和手机号码只显示前后几位，这样的文件不能重新导入。请妥善保管，用后删除。",
        form_class=partial(NumberExportForm, may_reveal=has(user, "sensitive.reveal")),
    )


def _export(*, request, filterset, count, with_numbers=False, number_reason="", **answers):
    rows = filterset.qs.order_by("organisation_id", "pinyin", "pk")
    detail = {"filter": filterset.chosen_words}
    are_open = Value(False)
    if with_numbers:
        permitted = Member.objects.permitted_to(request.user, "sensitive.reveal").order_by().values("pk")
        are_open = ExpressionWrapper(Q(pk__in=permitted), output_field=BooleanField())
        detail |= {"numbers": True, "number_reason": number_reason}
    rows = rows.annotate(numbers_are_open=are_open)
    return export_response(
        request=request,
        name="党员名册",
        columns=member_columns(),
        rows=rows.values_list(*MEMBER_FIELDS, named=True).iterator(chunk_size=2000),
        count=count,
        detail=detail,
        **answers,
    )
