"""Service records: the list with its totals, its export, one record, entering and withdrawing."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access
from activities.actions import services as actions
from activities.forms.acts import ReasonForm
from activities.forms.choose import PlaceForm
from activities.forms.services import ServiceForm
from activities.listing import service_columns
from activities.models import ServiceRecord
from activities.service_filters import ServiceFilter
from activities.views.entry import asked_place
from members.views.pages import done
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list
from orgs.views.responses import say_faults

SECTION = "services"
READ_WRITE = ("GET", "POST")
LONG = ("detail", "result", "feedback")


def listed(rows):
    """With what a line of the list shows."""
    return rows.select_related("organisation", "enterprise").defer("enterprise__contact_phone")


@require_GET
def service_list(request):
    user = request.user
    require(access.can_view_activities(user))
    filterset = ServiceFilter(request.GET, queryset=ServiceRecord.objects.visible_to(user), request=request)
    rows = listed(filterset.qs).defer(*LONG, "enterprise__contact_phone")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(rows, request.GET, sorts={"day": "on", "hours": "hours"}, default="-day"),
        "totals": filterset.qs.totals(),
        "may_change": access.can_change_activities(user),
        "may_export": access.can_export_activities(user),
    }
    return render_list(request, "activities/service_list.html", context)


@require_http_methods(READ_WRITE)
def service_export(request):
    """Without the rows that the person reads by an appointment that may not export."""
    user = request.user
    require(access.can_export_activities(user))
    rows = ServiceRecord.objects.visible_to(user).permitted_to(user, "export")
    filterset = ServiceFilter(request.GET, queryset=rows, request=request)
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出服务记录",
        list_url="activities:service-list",
        note="名单不含参加党员的姓名。",
    )


def _export(*, request, filterset, count, **answers):
    return export_response(
        request=request,
        name="服务记录",
        columns=service_columns(),
        rows=listed(filterset.qs).order_by("on", "pk").iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- One record ----------------------------------------------------------------------------------------


def _visible(request, pk) -> ServiceRecord:
    rows = listed(ServiceRecord.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("activity", "recorded_by", "withdrawn_by"), pk=pk)


def _changeable(request, pk) -> ServiceRecord:
    found = _visible(request, pk)
    require(access.can_change_service(request.user, found))
    return found


@require_GET
def service(request, pk):
    found, user = _visible(request, pk), request.user
    people = found.members.select_related("organisation").defer("identity_number", "mobile")
    company = found.enterprise_id
    context = {
        "section": SECTION,
        "service": found,
        "people": people.order_by("pinyin", "pk"),
        "may_see_enterprise": bool(company)
        and Enterprise.objects.visible_to(user).filter(pk=company).exists(),
        "may_change": access.can_change_service(user, found) and not found.withdrawn_at,
    }
    return render(request, "activities/service.html", context)


@require_http_methods(READ_WRITE)
def service_new(request):
    organisation = asked_place(request)
    initial = {"on": timezone.localdate()}
    form = ServiceForm(request.POST or None, organisation=organisation, user=request.user, initial=initial)
    if _saved(request, form, actions.add_service, organisation=organisation):
        messages.success(request, f"已登记服务：{form.outcome}。")
        return redirect("activities:service", form.outcome.pk)
    return _form_page(request, form, "登记服务", reverse("activities:service-list"))


@require_http_methods(READ_WRITE)
def service_edit(request, pk):
    found = _changeable(request, pk)
    if found.withdrawn_at and request.method == "GET":
        messages.error(request, "该服务记录已撤销，不能再修改。")
        return redirect("activities:service", pk)
    form = ServiceForm(
        request.POST or None,
        organisation=found.organisation,
        user=request.user,
        service=found,
        initial=ServiceForm.stored(found),
    )
    seen = form.cleaned_data.get("seen_at") if form.is_valid() else None
    if _saved(request, form, actions.change_service, service=found, seen_at=seen):
        messages.success(request, "已修改。")
        return redirect("activities:service", pk)
    return _form_page(request, form, f"修改：{found}", reverse("activities:service", args=[pk]))


def _saved(request, form, action, **kwargs) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    return succeeded(form, action, by=request.user, request=request, **form.entry, **kwargs)


def _form_page(request, form, title, back):
    choice = PlaceForm(user=request.user, initial={"organisation": form.organisation})
    context = {
        "section": SECTION,
        "form": form,
        "title": title,
        "back": back,
        "choice": choice if form.service is None and choice.is_choice else None,
    }
    return render(request, "activities/service_form.html", context)


@require_POST
def service_withdraw(request, pk):
    found, form = _changeable(request, pk), ReasonForm(request.POST)
    if not done(request, form, actions.withdraw_service, lambda _: "已撤销，记录保留。", service=found):
        say_faults(request, form)
    return redirect("activities:service", pk)
