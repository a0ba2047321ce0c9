"""Who is away and who is here as a guest, with the log of contacts."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from members import access
from members.actions import absences as actions
from members.deadlines import AbsenceClock
from members.forms import exits as forms
from members.models import Absence
from members.transfer_filters import AbsenceFilter
from members.views.pages import done, form_page
from members.views.transfers import READ_WRITE, SECTION, changeable_member, crumbs, member_url
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import render_list
from orgs.views.responses import say_faults


@require_GET
def absence_list(request):
    require(access.can_view_members(request.user))
    rows = Absence.objects.visible_to(request.user).with_last_contact()
    filterset = AbsenceFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("member__organisation", "host")
    shown = shown.defer("guest_mobile", "member__identity_number", "member__mobile")
    page = keyset_page(shown, request.GET, sorts={"since": "since"}, default="-since")
    clock = AbsenceClock(timezone.localdate())
    for absence in page:
        absence.mark = clock.mark(absence)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_members(request.user),
    }
    return render_list(request, "members/absence_list.html", context)


@require_http_methods(READ_WRITE)
def absence_new(request, pk):
    member = changeable_member(request, pk)
    form = forms.AbsenceForm(request.POST or None, user=request.user)
    if done(request, form, actions.start_absence, lambda absence: f"已登记：{absence}。", member=member):
        return redirect("members:absence", form.outcome.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"登记外出：{member}",
        submit="登记",
        crumbs=crumbs(),
        back=member_url(member),
        note="外出满6个月、不能参加本支部活动的登记为流出；组织关系能转接的应转尽转。",
    )


@require_http_methods(READ_WRITE)
def guest_new(request):
    require(access.can_change_members(request.user))
    form = forms.GuestForm(request.POST or None, user=request.user)
    if done(request, form, actions.register_guest, lambda guest: f"已登记流入党员{guest.guest_name}。"):
        return redirect("members:absence", form.outcome.pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title="登记流入党员",
        submit="登记",
        crumbs=crumbs(),
        back=reverse("members:absence-list"),
        note="组织关系在本系统之外、在这里参加组织生活的党员。不计入本组织党员人数。",
    )


def _absence(request, pk):
    rows = Absence.objects.visible_to(request.user).select_related(
        "member__organisation", "host", "recorded_by"
    )
    return get_object_or_404(rows.with_last_contact(), pk=pk)


@require_GET
def absence(request, pk):
    return _page(request, _absence(request, pk))


def _page(request, found, **bound):
    may_change = access.can_change_absence(request.user, found) and not found.closed_on
    found.mark = AbsenceClock(timezone.localdate()).mark(found)
    context = {
        "section": SECTION,
        "absence": found,
        "contacts": found.contacts.select_related("recorded_by"),
        "may_change": may_change,
        "may_report": not found.closed_on
        and found.member_id
        and not found.reported_on
        and access.can_report_absence(request.user, found),
        "at_home": found.member_id and access.can_view_members_at(request.user, found.keeper),
        "contact_form": forms.ContactForm(),
        "end_form": forms.AbsenceEndForm(auto_id="end-%s"),
        "report_form": forms.ReportForm(auto_id="report-%s"),
        **bound,
    }
    return render(request, "members/absence.html", context)


def _act(request, pk, allowed, form_name, form, action, done):
    found = _absence(request, pk)
    require(allowed(request.user, found))
    if form.is_valid() and succeeded(
        form, action, absence=found, by=request.user, request=request, **form.cleaned_data
    ):
        messages.success(request, done)
        return redirect("members:absence", pk)
    found = _absence(request, pk)
    if found.closed_on:
        say_faults(request, form)
        return redirect("members:absence", pk)
    return _page(request, found, **{form_name: form})


@require_POST
def absence_end(request, pk):
    form = forms.AbsenceEndForm(request.POST, auto_id="end-%s")
    return _act(request, pk, access.can_change_absence, "end_form", form, actions.end_absence, "登记已结束。")


@require_POST
def absence_report(request, pk):
    form = forms.ReportForm(request.POST, auto_id="report-%s")
    return _act(
        request, pk, access.can_report_absence, "report_form", form, actions.report_in, "已确认报到。"
    )


@require_POST
def contact_add(request, pk):
    form = forms.ContactForm(request.POST)
    return _act(
        request, pk, access.can_change_absence, "contact_form", form, actions.add_contact, "联系记录已登记。"
    )
