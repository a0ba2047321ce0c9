"""Pairings: what is due first, one pairing with its log, and what is done about it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from members import access, pairing
from members.actions import pairings as actions
from members.filters import looks_like_number
from members.forms import pairings as forms
from members.models import (
    DUE_DAY,
    Member,
    OutsidePerson,
    Pairing,
    PairingContact,
    PairingKind,
    RecruitmentCase,
)
from members.people_filters import PairingFilter, named
from members.people_lists import pairing_columns
from members.views.pages import crumb, done, form_page
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.forms.lookups import option_text
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.views.lookups import SHOWN, typed_text
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

SECTION = "people"


def _filtered(request, permission="members.view"):
    rows = Pairing.objects.permitted_to(request.user, permission)
    return PairingFilter(request.GET, queryset=rows, request=request)


@require_GET
def pairing_list(request):
    """What is due first stands first."""
    require(access.can_view_members(request.user))
    filterset, today = _filtered(request), timezone.localdate()
    page = keyset_page(
        filterset.qs.with_people().annotate(day=DUE_DAY),
        request.GET,
        sorts={"due": "day", "since": "since"},
        default="due",
    )
    for row in page:
        row.mark = pairing.mark(row, today)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_members(request.user),
        "may_export": access.can_export_members(request.user),
    }
    return render_list(request, "members/pairing_list.html", context)


@require_http_methods(READ_WRITE)
def pairing_export(request):
    """The list as a file, without what was talked about."""
    require(access.can_export_members(request.user))
    filterset = _filtered(request, "members.export")
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出结对名单",
        list_url="members:pairing-list",
        note="谈话内容不导出。请妥善保管，用后删除。",
    )


def _export(*, request, filterset, count, **answers):
    rows = filterset.qs.with_people().annotate(day=DUE_DAY).order_by("day", "pk")
    return export_response(
        request=request,
        name="结对带教",
        columns=pairing_columns(timezone.localdate()),
        rows=rows.iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One pairing --------------------------------------------------------------------------------------


def _named_in_address(request) -> dict:
    """The member, case or person outside from whose page the form was opened."""
    found = {}
    for name, model in (("member", Member), ("case", RecruitmentCase), ("person", OutsidePerson)):
        if key := request.GET.get(name):
            if not is_key(key):
                raise Http404
            found[name] = get_object_or_404(model.objects.permitted_to(request.user, "members.view"), pk=key)
    return dict(list(found.items())[:1])


@require_http_methods(READ_WRITE)
def pairing_new(request):
    require(access.can_change_members(request.user))
    led = _named_in_address(request)
    form = forms.PairingForm(request.POST or None, user=request.user, led=led)
    if done(request, form, actions.start_pairing, lambda row: f"已登记{row.leader}与{row.led_name}结对。"):
        return redirect("members:pairing", form.outcome.pk)
    who = next((getattr(row, "shown_name", str(row)) for row in led.values()), "")
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"登记结对：{who}" if who else "登记结对",
        submit="登记",
        crumbs=[crumb("结对带教", "members:pairing-list")],
        back=reverse("members:pairing-list"),
        note="" if led else "对象三选一：名册中的党员、发展党员记录中的人，或册外人员（须本人同意）。",
    )


def _visible(request, pk) -> Pairing:
    return get_object_or_404(Pairing.objects.visible_to(request.user).with_people(), pk=pk)


@require_GET
def pairing_detail(request, pk):
    return _page(request, _visible(request, pk))


def _page(request, found, **bound):
    user = request.user
    found.mark = pairing.mark(found, timezone.localdate())
    found.result_words = (
        Pairing.objects.only("result_note").get(pk=found.pk).result_note
        if found.ended_on and access.can_read_contacts(user, found)
        else ""
    )
    contacts = found.contacts.filter(withdraws__isnull=True).select_related("recorded_by", "withdrawal")
    context = {
        "section": SECTION,
        "pairing": found,
        "kind": PairingKind(found.kind).label,
        "contacts": list(contacts),
        "may_read": access.can_read_contacts(user, found),
        "may_change": access.can_change_pairing(user, found) and not found.ended_on,
        "sees_leader": access.can_view_members_at(user, found.leader.organisation),
        "sees_led": access.can_view_members_at(user, found.led.organisation),
        "contact_form": forms.QuickContactForm(),
        "end_form": forms.PairingEndForm(auto_id="end-%s"),
        **bound,
    }
    return render(request, "members/pairing.html", context)


def _changeable(request, pk) -> Pairing:
    found = _visible(request, pk)
    require(access.can_change_pairing(request.user, found))
    return found


def _act(request, found, form, form_name, action, words):
    """One of the forms on the page: a refusal shows the page again with what was typed."""
    if form.is_valid() and succeeded(
        form, action, pairing=found, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, words)
        return redirect("members:pairing", found.pk)
    if found.ended_on:
        say_faults(request, form)
        return redirect("members:pairing", found.pk)
    return _page(request, _visible(request, found.pk), **{form_name: form})


@require_POST
def pairing_contact(request, pk):
    found, form = _changeable(request, pk), forms.QuickContactForm(request.POST)
    return _act(request, found, form, "contact_form", actions.add_contact, "联系记录已登记。")


@require_POST
def pairing_end(request, pk):
    found, form = _changeable(request, pk), forms.PairingEndForm(request.POST, auto_id="end-%s")
    return _act(request, found, form, "end_form", actions.end_pairing, "结果已登记，结对结束。")


@require_http_methods(READ_WRITE)
def pairing_edit(request, pk):
    found = _changeable(request, pk)
    form = forms.PairingEditForm(request.POST or None, initial={"aim": found.aim, "until": found.until})
    if done(request, form, actions.update_pairing, lambda row: "已修改。", pairing=found):
        return redirect("members:pairing", pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"修改目标和期限：{found.leader}与{found.led_name}",
        submit="保存",
        crumbs=[crumb("结对带教", "members:pairing-list"), crumb(found.led_name, "members:pairing", pk)],
        back=reverse("members:pairing", args=[pk]),
    )


@require_POST
def pairing_contact_withdraw(request, pk):
    """`pk` names the contact."""
    rows = PairingContact.objects.visible_to(request.user).select_related("pairing__organisation")
    contact = get_object_or_404(rows, pk=pk)
    require(access.can_change_pairing(request.user, contact.pairing))
    form = forms.WithdrawContactForm(request.POST)
    if form.is_valid() and succeeded(
        form, actions.withdraw_contact, contact=contact, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, "联系记录已撤销。")
    else:
        say_faults(request, form)
    return redirect("members:pairing", contact.pairing_id)


@require_safe
def case_options(request):
    """Suggestions: open recruiting cases that the person may read."""
    require(access.can_view_members(request.user))
    text = typed_text(request)
    rows = RecruitmentCase.objects.permitted_to(request.user, "members.view").open()
    rows = rows.none() if not text or looks_like_number(text) else named(rows, text)
    found = rows.select_related("organisation").only("name", "organisation__name").order_by("pinyin", "pk")
    options = [option_text(f"{row.name} {row.organisation.name}", row.pk) for row in found[:SHOWN]]
    return render(request, "orgs/_options.html", {"options": options})
