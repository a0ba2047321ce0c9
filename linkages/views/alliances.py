"""Alliances: the list and its export, founding and changing one, its page and what is done there."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkages import access, chairs
from linkages.actions import alliances as actions
from linkages.actions import conferences
from linkages.alliance_filters import AllianceFilter
from linkages.alliances import chair_of, with_figures
from linkages.forms import alliances as forms
from linkages.listing import alliance_columns
from linkages.models import Alliance, AllianceMember, ChairTerm, ConferenceResolution
from members.views.pages import crumb, form_page
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import say_faults

SECTION = "alliances"
READ_WRITE = ["GET", "POST"]
MOST_SHOWN = 50  # conferences and lines of history on the page of one


def filtered(request, rows) -> AllianceFilter:
    filterset = AllianceFilter(request.GET, queryset=rows, request=request)
    if not access.can_view_partners(request.user):
        filterset.fixed = ("organisation",)  # a liaison knows none to choose from
    return filterset


def listed(rows):
    """With what a line of the list shows."""
    return with_figures(rows, timezone.localdate()).with_members()


@require_GET
def alliance_list(request):
    user = request.user
    require(access.can_view_agreements(user))
    filterset = filtered(request, Alliance.objects.visible_to(user))
    page = keyset_page(
        listed(filterset.qs),
        request.GET,
        sorts={"name": "name", "founded": "founded_on"},
        default="name",
    )
    for row in page:
        row.chair = chair_of(row)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "year": timezone.localdate().year,
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/alliance_list.html", context)


@require_http_methods(READ_WRITE)
def alliance_export(request):
    user = request.user
    require(access.can_export_agreements(user))
    filterset = filtered(request, Alliance.objects.visible_to(user).permitted_to(user, "export"))
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出党建联盟",
        list_url="linkages:alliance-list",
        note="名单不含会议纪要。请妥善保管，用后删除。",
    )


def _export(*, request, filterset, count, **answers):
    return export_response(
        request=request,
        name="党建联盟",
        columns=alliance_columns(),
        rows=listed(filterset.qs).order_by("name", "pk").iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- Founding and changing -----------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def alliance_new(request):
    require(access.can_change_agreements(request.user))
    data = request.POST if request.method == "POST" else None
    form = forms.NewAllianceForm(data, user=request.user)
    units = forms.unit_forms(data, user=request.user)
    ready = form.is_bound and all([form.is_valid(), *(unit.is_valid() for unit in units)])
    if ready and succeeded(
        form,
        actions.found_alliance,
        organisation=form.cleaned_data["organisation"],
        values=form.values,
        units=[unit.unit for unit in units if unit.unit],
        by=request.user,
        request=request,
    ):
        messages.success(request, "联盟已登记，请安排轮值主席。")
        return redirect("linkages:alliance", form.outcome.pk)
    return _form_page(request, form, "成立党建联盟", units=units)


@require_http_methods(READ_WRITE)
def alliance_edit(request, pk):
    found = changeable(request, pk)
    names = ("name", "aim", "founded_on", "conferences_per_year")
    initial = {name: getattr(found, name) for name in names} | {"seen_at": found.updated_at.isoformat()}
    form = forms.AllianceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        seen = parse_datetime(form.cleaned_data["seen_at"].strip())
        who = {"by": request.user, "request": request}
        if succeeded(form, actions.change_alliance, alliance=found, values=form.values, seen_at=seen, **who):
            messages.success(request, "已保存。")
            return redirect("linkages:alliance", pk)
    return _form_page(request, form, f"修改：{found}", found=found)


def _form_page(request, form, title, *, units=(), found=None):
    context = {"section": SECTION, "form": form, "units": units, "title": title, "alliance": found}
    return render(request, "linkages/alliance_form.html", context)


# --- One alliance --------------------------------------------------------------------------------------


def visible(request, pk) -> Alliance:
    rows = with_figures(Alliance.objects.visible_to(request.user), timezone.localdate())
    found = get_object_or_404(rows.with_members(), pk=pk)
    found.chair = chair_of(found)
    return found


def changeable(request, pk) -> Alliance:
    found = visible(request, pk)
    require(access.can_change_alliance(request.user, found))
    return found


def holdable(request, pk) -> Alliance:
    """For whoever may call and hold its conferences."""
    found = visible(request, pk)
    require(access.can_hold_conferences(request.user, found, found.chair))
    return found


@require_GET
def alliance(request, pk):
    return alliance_page(request, visible(request, pk))


def terms_of(found) -> list[ChairTerm]:
    return list(found.chair_terms.select_related("member__organisation", "member__partner"))


def terms_form(found, terms, data=None):
    order = chairs.rotation(terms, found.current_members)
    return forms.TermsForm(data, order=order, is_first=not terms, auto_id="terms-%s")


def alliance_page(request, found, **bound):
    """`bound` are forms that were refused, by the name the template gives them."""
    user, today = request.user, timezone.localdate()
    terms = terms_of(found)
    running = found.ended_on is None
    may_change = running and access.can_change_alliance(user, found)
    resolutions = ConferenceResolution.objects.open().filter(conference__alliance=found)
    former = found.members.filter(left_on__lt=today).select_related("organisation", "partner")
    context = {
        "section": SECTION,
        "alliance": found,
        "today": today,
        "terms": [_shown_term(term, today) for term in terms if term.ends_on >= today],
        "past_terms": [term for term in reversed(terms) if term.ends_on < today],
        "turn": chairs.next_turn(terms, found.current_members, today) if running else None,
        "former": former,
        "conferences": found.conferences.all()[:MOST_SHOWN],
        "resolutions": resolutions.select_related("conference", "owner__organisation", "owner__partner"),
        "entries": found.entries.select_related("by").order_by("-pk")[:MOST_SHOWN],
        "may_change": may_change,
        "may_hold": running and access.can_hold_conferences(user, found, found.chair),
        **bound,
    }
    if may_change:
        context.setdefault("admit_form", forms.AdmitForm(user=user, auto_id="admit-%s"))
        context.setdefault("terms_form", terms_form(found, terms))
        context.setdefault("end_form", forms.EndAllianceForm(auto_id="end-%s"))
    return render(request, "linkages/alliance.html", context)


def _shown_term(term, today):
    term.is_now = term.starts_on <= today <= term.ends_on
    term.is_coming = term.starts_on > today
    return term


def _act(request, found, form, page_name, action, words, **more):
    """A refusal shows the page again with what was typed."""
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, alliance=found, **more, **who):
        messages.success(request, words)
        return redirect("linkages:alliance", found.pk)
    say_faults(request, form)
    return alliance_page(request, visible(request, found.pk), **{page_name: form})


@require_POST
def alliance_admit(request, pk):
    found = changeable(request, pk)
    form = forms.AdmitForm(request.POST, user=request.user, auto_id="admit-%s")
    more = {"unit": form.unit, "on": form.cleaned_data["on"]} if form.is_valid() else {}
    return _act(request, found, form, "admit_form", actions.admit_member, "已加入联盟。", **more)


@require_POST
def alliance_terms(request, pk):
    found = changeable(request, pk)
    form = terms_form(found, terms_of(found), request.POST)
    more = form.cleaned_data if form.is_valid() else {}
    return _act(request, found, form, "terms_form", actions.plan_terms, "轮值已安排。", **more)


@require_POST
def alliance_end(request, pk):
    found = changeable(request, pk)
    form = forms.EndAllianceForm(request.POST, auto_id="end-%s")
    more = form.cleaned_data if form.is_valid() else {}
    return _act(request, found, form, "end_form", actions.end_alliance, "联盟已终止，记录保留。", **more)


def _of(request, rows, pk):
    """A member or a term, of an alliance that the person may change."""
    seen = rows.filter(alliance__in=Alliance.objects.visible_to(request.user).order_by().values("pk"))
    found = get_object_or_404(seen.select_related("alliance__organisation"), pk=pk)
    require(access.can_change_alliance(request.user, found.alliance))
    return found


def _small_act(request, found, form, action, words, **more):
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, **more, **form.cleaned_data, **who):
        messages.success(request, words)
    else:
        say_faults(request, form)
    return redirect("linkages:alliance", found.alliance_id)


@require_POST
def member_release(request, pk):
    found = _of(request, AllianceMember.objects, pk)
    form = forms.ReleaseForm(request.POST)
    return _small_act(request, found, form, actions.release_member, "已登记退出，记录保留。", member=found)


@require_POST
def term_handover(request, pk):
    found = _of(request, ChairTerm.objects, pk)
    form = forms.HandoverForm(request.POST)
    return _small_act(request, found, form, actions.move_handover, "交接日已调整。", term=found)


@require_POST
def term_drop(request, pk):
    found = _of(request, ChairTerm.objects, pk)
    act(request, "已取消该任及其后的轮值安排。", actions.drop_terms, term=found)
    return redirect("linkages:alliance", found.alliance_id)


@require_http_methods(READ_WRITE)
def conference_new(request, pk):
    found = holdable(request, pk)
    form = forms.ConferenceForm(request.POST or None)
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, conferences.call_conference, alliance=found, values=form.cleaned_data, **who)
    ):
        messages.success(request, "会议已安排；召开后登记到会单位和纪要。")
        return redirect("linkages:conference", form.outcome.pk)
    return conference_form(request, form, found, "安排会议", back=reverse("linkages:alliance", args=[pk]))


def conference_form(request, form, alliance, title, *, back):
    return form_page(
        request,
        form,
        section=SECTION,
        title=title,
        submit="保存",
        crumbs=[
            crumb("党建联盟", "linkages:alliance-list"),
            crumb(str(alliance), "linkages:alliance", alliance.pk),
        ],
        back=back,
    )
