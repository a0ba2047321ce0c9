"""The talent pool: members and people outside, figures, export, and what is done by hand."""

from functools import partial

from django.contrib import messages
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from members import access, talent
from members.actions import outside as outside_actions
from members.actions import talent as actions
from members.filters import MOST_COUNTED
from members.forms import talent as forms
from members.models import Member, OutsidePerson, Pairing, TalentEntry, sortable
from members.people_filters import OutsideFilter, TalentFilter
from members.people_lists import outside_columns, talent_columns
from members.views.composition import own_organisation
from members.views.pages import crumb, done, form_page
from members.views.register import name_employers, visible
from members.views.transfers import READ_WRITE
from orgs.access import has, require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.forms.reveals import RevealForm
from orgs.paging import keyset_page
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import say_faults

SECTION = "people"


# --- Lists --------------------------------------------------------------------------------------------


def _members(request, permission="members.view"):
    rows = Member.objects.listed_to(request.user, permission)
    return TalentFilter(request.GET, queryset=rows, request=request)


def _people(request, permission="members.view"):
    rows = OutsidePerson.objects.permitted_to(request.user, permission)
    return OutsideFilter(request.GET, queryset=rows, request=request)


@require_GET
def talent_list(request):
    """Members: by the rule of today and by hand."""
    user = request.user
    require(access.can_view_members(user))
    filterset = _members(request)
    rows = filterset.qs.select_related("organisation").defer("identity_number", "mobile")
    page = keyset_page(
        rows.annotate(born_key=sortable("born_on")),
        request.GET,
        sorts={"name": "pinyin", "born": "born_key"},
        default="name",
    )
    name_employers(page, user)
    count = filterset.count()
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "count": count,
        "most": MOST_COUNTED if count > MOST_COUNTED else None,
        "rule": talent.Rule.on(timezone.localdate()),
        "may_change": access.can_change_members(user),
        "may_export": access.can_export_members(user),
        "filling": filterset.chosen.get("source") == "unknown",
    }
    return render_list(request, "members/talent_list.html", context)


@require_GET
def outside_list(request):
    """People outside the register."""
    user = request.user
    require(access.can_view_members(user))
    filterset = _people(request)
    page = keyset_page(
        filterset.qs.select_related("organisation").defer("mobile"),
        request.GET,
        sorts={"name": "pinyin", "consent": "consent_on"},
        default="name",
    )
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_members(user),
        "may_export": access.can_export_members(user),
    }
    return render_list(request, "members/outside_list.html", context)


@require_GET
def talent_figures(request):
    """How many of the pool each organisation has; every line and column adds up."""
    user = request.user
    require(access.can_view_members(user))
    form = forms.FiguresForm(request.GET or None, user=user)
    chosen = form.cleaned_data["organisation"] if form.is_bound and form.is_valid() else None
    organisation = chosen or (None if form.errors else own_organisation(user))
    rule, lines, total = talent.Rule.on(timezone.localdate()), [], None
    if organisation:
        members = Member.objects.permitted_to(user, "members.view")
        people = OutsidePerson.objects.permitted_to(user, "members.view")
        lines, total = talent.figures(organisation, members, people, rule)
    context = {
        "section": SECTION,
        "form": form,
        "organisation": organisation,
        "rule": rule,
        "tables": talent.TABLES,
        "lines": lines,
        "total": total,
    }
    return render(request, "members/talent_figures.html", context)


@require_http_methods(READ_WRITE)
def talent_export(request):
    """The members as a file, or with `people=outside` the people outside the register."""
    user = request.user
    require(access.can_export_members(user))
    are_outside = request.GET.get("people") == "outside"
    filterset = (_people if are_outside else _members)(request, "members.export")
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出人才库（册外人员）" if are_outside else "导出人才库",
        list_url="members:talent-outside-list" if are_outside else "members:talent-list",
        note="未勾选完整号码时，手机号码只显示前后几位。请妥善保管，用后删除。",
        form_class=partial(forms.TalentExportForm, may_reveal=has(user, "sensitive.reveal")),
    )


def _export(*, request, filterset, count, with_numbers=False, number_reason="", **answers):
    rows = filterset.qs.select_related("organisation").order_by("organisation_id", "pinyin", "pk")
    are_outside = filterset.queryset.model is OutsidePerson
    detail, are_open = {"filter": filterset.chosen_words}, Value(False)
    if with_numbers:
        permitted = filterset.queryset.model.objects.permitted_to(request.user, "sensitive.reveal")
        are_open = ExpressionWrapper(Q(pk__in=permitted.order_by().values("pk")), output_field=BooleanField())
        detail |= {"numbers": True, "number_reason": number_reason}
    return export_response(
        request=request,
        name="人才库（册外人员）" if are_outside else "人才库",
        columns=outside_columns() if are_outside else talent_columns(),
        rows=rows.annotate(numbers_are_open=are_open).iterator(chunk_size=2000),
        count=count,
        detail=detail,
        **answers,
    )


# --- Members by hand ----------------------------------------------------------------------------------


def _changeable(request, pk) -> Member:
    member = visible(request, pk)
    require(access.can_change_member(request.user, member))
    return member


def _member_form(request, member, form, action, words, *, title, submit, note=""):
    if done(request, form, action, words, member=member):
        return redirect("members:member", member.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"{title}：{member}",
        submit=submit,
        crumbs=[crumb("人才库", "members:talent-list"), crumb(member.name, "members:member", member.pk)],
        back=reverse("members:member", args=[member.pk]),
        note=note,
    )


@require_http_methods(READ_WRITE)
def talent_add(request, pk):
    member = _changeable(request, pk)
    return _member_form(
        request,
        member,
        forms.MemberEntryForm(request.POST or None),
        actions.add_member,
        lambda entry: f"{entry.member}已列入人才库。",
        title="列入人才库",
        submit="列入",
        note=f"不符合入库规则（{talent.Rule.on(timezone.localdate()).words}）的党员，经本人同意可以手工列入。",
    )


@require_http_methods(READ_WRITE)
def talent_out(request, pk):
    member = _changeable(request, pk)
    return _member_form(
        request,
        member,
        forms.TalentOutForm(request.POST or None),
        actions.take_out,
        lambda _: f"{member}已移出人才库。",
        title="移出人才库",
        submit="移出",
        note="移出后即使符合规则也不再列入，直到恢复。",
    )


@require_POST
def talent_back(request, pk):
    member = _changeable(request, pk)
    act(request, "已恢复，是否在库由规则决定。", actions.take_back, member=member)
    return redirect("members:member", pk)


@require_POST
def talent_withdraw(request, pk):
    member = _changeable(request, pk)
    act(request, "已登记撤回同意，手工列入结束。", actions.withdraw_consent, member=member)
    return redirect("members:member", pk)


# --- People outside -----------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def outside_new(request):
    require(access.can_change_members(request.user))
    form = forms.OutsideForm(request.POST or None, user=request.user)
    who = {"by": request.user, "request": request}
    ready = request.method == "POST" and form.is_valid()
    if ready and succeeded(form, actions.enter_person, **form.entry, **who):
        messages.success(request, "已列入人才库。")
        return redirect("members:talent-outside", form.outcome.person_id)
    return form_page(
        request,
        form,
        section=SECTION,
        title="登记册外人才",
        submit="登记",
        crumbs=[crumb("人才库", "members:talent-outside-list")],
        back=reverse("members:talent-outside-list"),
        note="不在党员名册中的人才。须经本人同意；本人撤回同意后，个人信息立即删除。",
    )


def _person(request, pk) -> OutsidePerson:
    rows = OutsidePerson.objects.visible_to(request.user).select_related("organisation", "created_by")
    return get_object_or_404(rows, pk=pk)


def _changeable_person(request, pk) -> OutsidePerson:
    person = _person(request, pk)
    require(access.can_change_outside(request.user, person))
    return person


@require_GET
def outside_person(request, pk):
    user, person = request.user, _person(request, pk)
    pairings = Pairing.objects.visible_to(user).filter(person=person)
    context = {
        "section": SECTION,
        "person": person,
        "entry": TalentEntry.objects.open().filter(person=person).first(),
        "pairings": pairings.with_people().order_by("ended_on", "-since"),
        "may_change": access.can_change_outside(user, person) and not person.withdrawn_on,
        "may_reveal": access.can_reveal_outside(user, person) and not person.withdrawn_on,
        "reveal_url": reverse("members:talent-outside-reveal", args=[pk]),
        "out_form": forms.TalentOutForm(auto_id="out-%s"),
        "withdraw_form": forms.WithdrawForm(auto_id="withdraw-%s"),
    }
    return render(request, "members/outside_person.html", context)


@require_http_methods(READ_WRITE)
def outside_edit(request, pk):
    person = _changeable_person(request, pk)
    form = forms.OutsideEditForm(request.POST or None, person=person)
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, outside_actions.update, person=person, values=form.values, **who)
    ):
        messages.success(request, "已修改。" if form.outcome else "没有变化，未作修改。")
        return redirect("members:talent-outside", pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"编辑：{person.shown_name}",
        submit="保存",
        crumbs=[
            crumb("人才库", "members:talent-outside-list"),
            crumb(person.shown_name, "members:talent-outside", pk),
        ],
        back=reverse("members:talent-outside", args=[pk]),
    )


@require_POST
def outside_reveal(request, pk):
    """The whole number, once, for a stated purpose."""
    person = _person(request, pk)
    require(access.can_reveal_outside(request.user, person))
    form, back = RevealForm(request.POST), reverse("members:talent-outside", args=[pk])
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, outside_actions.reveal_mobile, person=person, **form.cleaned_data, **who
    ):
        context = {"section": SECTION, "whose": person.shown_name, "back": back, "number": form.outcome}
        return render_list(request, "members/member_number.html", context | {"label": "手机号码"})
    say_faults(request, form)
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def _button(request, pk, form, action, words):
    """One of the small forms on the page of a person."""
    person = _changeable_person(request, pk)
    if form.is_valid() and succeeded(
        form, action, person=person, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("members:talent-outside", pk)


@require_POST
def outside_out(request, pk):
    form = forms.TalentOutForm(request.POST)
    return _button(request, pk, form, actions.take_person_out, "已移出人才库。")


@require_POST
def outside_in(request, pk):
    act(request, "已列入人才库。", actions.add_person, person=_changeable_person(request, pk))
    return redirect("members:talent-outside", pk)


@require_POST
def outside_withdraw(request, pk):
    form = forms.WithdrawForm(request.POST)
    return _button(request, pk, form, outside_actions.withdraw, "已登记撤回同意，个人信息已删除。")
