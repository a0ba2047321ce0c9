"""Parks with their figures, and the upkeep of parks, areas, clusters and chains."""

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orgs import access
from orgs.actions import places as actions
from orgs.forms import organisations as forms
from orgs.forms.actions import succeeded
from orgs.kinds import Jurisdiction
from orgs.models import Area, Chain, Cluster, Enterprise, Organisation, Park, ParkAlias
from orgs.paging import keyset_page
from orgs.statistics import CoverageFigures, Register
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

ORGANISATIONS_SHOWN = 50
PLACES = {
    "area": (Area, forms.AreaForm, "片区"),
    "cluster": (Cluster, forms.ClusterForm, "产业集群"),
    "chain": (Chain, forms.ChainForm, "产业链"),
}


@require_safe
def park_list(request):
    """Every figure counts the enterprises of the park itself that the person may see; nested parks have rows."""
    access.require(access.can_view_organisations(request.user))
    visible = Park.objects.visible_to(request.user)
    form = forms.ParkFilterForm(request.GET, parks=visible)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = _filtered(visible, chosen)
    rows = rows.select_related("area", "main_cluster", "parent").prefetch_related(_organisations_in_charge())
    page = keyset_page(rows, request.GET, sorts={"name": "name", "area": "area__name"}, default="name")
    register = Register()
    seen = Enterprise.objects.visible_to(request.user).filter(park__in=[park.pk for park in page])
    figures = {figure.key: figure for figure in register.figures(seen, by="park")}
    _mark_open(request.user, (o for park in page for o in park.in_charge))
    context = {
        "section": "organisations",
        "form": form,
        "page": page,
        "rows": [(park, figures.get(park.pk) or _nothing(park.pk)) for park in page],
        "count": rows.count(),
        "register": register,
        "may_change": access.can_change_places(request.user),
    }
    return render_list(request, "orgs/park_list.html", context)


def _filtered(parks, chosen):
    if text := chosen.get("q", "").strip():
        parks = parks.search(text)
    if chosen.get("area"):
        parks = parks.filter(area=chosen["area"])
    if chosen.get("cluster"):
        parks = parks.filter(main_cluster=chosen["cluster"])
    return parks


def _organisations_in_charge():
    rows = Organisation.objects.active().filter(jurisdiction=Jurisdiction.PARK)
    return Prefetch("organisations", queryset=rows, to_attr="in_charge")


def _nothing(key):
    return CoverageFigures(key, 0, 0, 0, 0, 0)


def _mark_open(user, organisations):
    """Sets `may_open` where the person may open the organisation's page."""
    for organisation in organisations:
        organisation.may_open = access.can_view_organisation(user, organisation)


@require_safe
def park(request, pk):
    visible = Park.objects.visible_to(request.user)
    parks = visible.select_related("area", "main_cluster", "parent").prefetch_related("aliases")
    found = get_object_or_404(parks, pk=pk)
    nested = list(visible.filter(parent=found).order_by("name"))
    register = Register()
    seen = Enterprise.objects.visible_to(request.user).filter(park__in=[found.pk, *(p.pk for p in nested)])
    figures = {figure.key: figure for figure in register.figures(seen, by="park")}
    here = Organisation.objects.visible_to(request.user).active().filter(park=found)
    organisations = list(here.with_secretary()[: ORGANISATIONS_SHOWN + 1])
    in_charge = _nearest_in_charge(found)
    _mark_open(request.user, in_charge)
    context = {
        "section": "organisations",
        "park": found,
        "figures": figures.get(found.pk) or _nothing(found.pk),
        "nested": [(p, figures.get(p.pk) or _nothing(p.pk)) for p in nested],
        "in_charge": in_charge,
        "organisations": organisations[:ORGANISATIONS_SHOWN],
        "are_more": len(organisations) > ORGANISATIONS_SHOWN,
        "register": register,
        "may_change": access.can_change_places(request.user),
        "alias_form": forms.AliasForm(),
    }
    return render(request, "orgs/park.html", context)


def _nearest_in_charge(park):
    """Those of the park itself, else of the park around it, else of its area."""
    rows = Organisation.objects.active().filter(
        Q(jurisdiction=Jurisdiction.PARK, park__in=[park.pk, park.parent_id or park.pk])
        | Q(jurisdiction=Jurisdiction.AREA, area=park.area_id)
    )
    by_place = {}
    for row in rows:
        key = row.park_id if row.jurisdiction == Jurisdiction.PARK else None
        by_place.setdefault(key, []).append(row)
    return next((by_place[key] for key in (park.pk, park.parent_id, None) if key in by_place), [])


@require_http_methods(["GET", "HEAD", "POST"])
def park_new(request):
    access.require(access.can_change_places(request.user))
    who = {"by": request.user, "request": request}
    form = forms.ParkForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.add_park, **form.values(), **who)
    ):
        messages.success(request, f"园区“{form.outcome}”已登记。")
        return redirect("orgs:park", form.outcome.pk)
    return _form_page(request, "登记园区", form, reverse("orgs:park-list"))


@require_http_methods(["GET", "HEAD", "POST"])
def park_edit(request, pk):
    found = get_object_or_404(Park.objects.visible_to(request.user), pk=pk)
    access.require(access.can_change_places(request.user))
    title = f"修改园区：{found.name}"
    form = forms.ParkForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kwargs = {"park": found, "by": request.user, "request": request}
        if succeeded(form, actions.update_park, **form.values(), **kwargs):
            messages.success(request, "园区已修改。" if form.outcome else "没有改动。")
            return redirect("orgs:park", pk)
    return _form_page(request, title, form, reverse("orgs:park", args=[pk]))


def _form_page(request, title, form, back):
    context = {"section": "organisations", "title": title, "form": form, "back": back}
    return render(request, "orgs/park_form.html", context)


@require_POST
def alias_add(request, pk):
    found = get_object_or_404(Park.objects.visible_to(request.user), pk=pk)
    access.require(access.can_change_places(request.user))
    form = forms.AliasForm(request.POST)
    name = request.POST.get("name", "").strip()
    kwargs = {"park": found, "name": name, "by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.add_alias, **kwargs):
        messages.success(request, f"已增加别名“{name}”。")
    else:
        say_faults(request, form)
    return redirect("orgs:park", pk)


@require_POST
def alias_remove(request, pk):
    parks = Park.objects.visible_to(request.user)
    alias = get_object_or_404(ParkAlias.objects.filter(park__in=parks).select_related("park"), pk=pk)
    access.require(access.can_change_places(request.user))
    actions.remove_alias(alias=alias, by=request.user, request=request)
    messages.success(request, f"已删除别名“{alias.name}”。")
    return redirect("orgs:park", alias.park_id)


# --- Areas, clusters, chains -------------------------------------------------------------------------


@require_safe
def place_list(request):
    access.require(access.can_change_places(request.user))
    context = {
        "section": "organisations",
        "groups": [
            (kind, label, model.objects.order_by("name")) for kind, (model, _, label) in PLACES.items()
        ],
    }
    return render(request, "orgs/place_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def place_edit(request, kind, pk=None):
    access.require(access.can_change_places(request.user))
    if kind not in PLACES:
        raise Http404
    model, form_class, label = PLACES[kind]
    place = get_object_or_404(model, pk=pk) if pk else model()
    title = f"{'修改' if pk else '新增'}{label}"
    form = form_class(request.POST or None, instance=place)
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.save_place, place=place, **who)
    ):
        messages.success(request, f"{label}“{place}”已保存。")
        return redirect("orgs:place-list")
    return _form_page(request, title, form, reverse("orgs:place-list"))
