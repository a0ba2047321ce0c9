"""Brands: which there are, and what was held under each in which year."""

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractYear
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from activities import access, entry_points
from activities.actions import series as actions
from activities.forms.choose import NewSeriesForm, SeriesForm
from activities.models import HELD_STATES, Activity, Series
from activities.views.records import SECTION, listed
from members.views.pages import crumb, form_page
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.paging import keyset_page
from orgs.views.pages import render_list

FIGURES = {"times": Count("pk"), "came": Sum("present"), "others": Sum("guests")}
SHOWN = 20


@require_GET
def series_list(request):
    require(access.can_view_activities(request.user))
    rows = Series.objects.visible_to(request.user).select_related("organisation")
    seen = Activity.objects.visible_to(request.user).order_by().values("pk")
    counted = Q(activities__state__in=HELD_STATES, activities__in=seen)
    rows = rows.annotate(
        held=Count("activities", filter=counted),
        present=Sum("activities__present", filter=counted, default=0),
        guests=Sum("activities__guests", filter=counted, default=0),
    )
    context = {
        "section": SECTION,
        "page": keyset_page(rows, request.GET, sorts={"name": "name", "held": "held"}, default="name"),
        "may_change": access.can_change_activities(request.user),
    }
    return render_list(request, "activities/series_list.html", context)


def _visible(request, pk):
    return get_object_or_404(Series.objects.visible_to(request.user).select_related("organisation"), pk=pk)


@require_GET
def series(request, pk):
    found = _visible(request, pk)
    rows = Activity.objects.visible_to(request.user).filter(series=found)
    years = rows.held().annotate(year=ExtractYear("held_on")).values("year").annotate(**FIGURES)
    context = {
        "section": SECTION,
        "series": found,
        "years": years.order_by("-year"),
        "activities": listed(rows).defer("gist", "agenda").order_by("-held_on", "-pk")[:SHOWN],
        "may_change": access.can_change_series(request.user, found),
    }
    return render(request, "activities/series.html", context)


def _form_page(request, form, title, back):
    crumbs = [crumb("活动", "activities:activity-list"), crumb("活动品牌", "activities:series-list")]
    return form_page(
        request, form, section=SECTION, title=title, submit="保存", crumbs=crumbs, back=back,
    )  # fmt: skip


def _saved(request, form, action, **kwargs):
    if request.method != "POST" or not form.is_valid():
        return False
    who = {"by": request.user, "request": request}
    if succeeded(form, action, **kwargs, **who):
        messages.success(request, f"已保存活动品牌“{form.outcome}”。")
        return True
    return False


@require_http_methods(["GET", "POST"])
def series_new(request):
    require(access.can_change_activities(request.user))
    own = entry_points.own_place(request.user)
    form = NewSeriesForm(request.POST or None, user=request.user, initial={"organisation": own})
    if _saved(request, form, actions.add_series, organisation=form.chosen, values=form.values):
        return redirect("activities:series", form.outcome.pk)
    return _form_page(request, form, "新建活动品牌", reverse("activities:series-list"))


@require_http_methods(["GET", "POST"])
def series_edit(request, pk):
    found = _visible(request, pk)
    require(access.can_change_series(request.user, found))
    names = SeriesForm.base_fields
    form = SeriesForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if _saved(request, form, actions.change_series, series=found, values=form.values):
        return redirect("activities:series", pk)
    return _form_page(request, form, f"修改：{found}", reverse("activities:series", args=[pk]))
