"""The tree of organisations, the page of one, and whose term ends when. Writing is in `organisation_acts`."""

from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from orgs import access
from orgs.actions.organisations import WITH_TASK
from orgs.actions.reveals import reveal_phone
from orgs.audit import changes_of
from orgs.chronicle import history_of
from orgs.fields import mask_phone
from orgs.forms.actions import succeeded
from orgs.forms.organisations import OrganisationFilterForm, TermFilterForm
from orgs.forms.reveals import RevealForm
from orgs.kinds import CAPABILITIES, RULES, OrganisationKind
from orgs.models import (
    AffiliationLine,
    Coverage,
    CoverageMethod,
    Organisation,
)
from orgs.numbers import is_key
from orgs.outline import Level, level_below, outline
from orgs.paging import keyset_page
from orgs.statistics import Register
from orgs.terms import URGENT, Term, term_counts, with_term
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

COVERED_ROWS = 20


def visible_or_404(request, pk, *related):
    rows = Organisation.objects.visible_to(request.user).select_related(*related)
    return get_object_or_404(rows, pk=pk)


# --- The tree and the flat list ----------------------------------------------------------------------


@require_safe
def organisation_list(request):
    """The tree with figures beside it; with a search or a kind, the flat list of what fits."""
    access.require(access.can_view_organisations(request.user))
    form = OrganisationFilterForm(request.GET)
    chosen = {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}
    visible = Organisation.objects.visible_to(request.user)
    context = {"section": "organisations", "form": form}
    if chosen.keys() & {"q", "kind", "dissolved"} or form.errors:
        context |= _flat_list(request, visible, chosen)
        return render(request, "orgs/organisation_results.html", context)
    current = _node_asked_for(request, visible)
    kinds = visible.active().order_by().values("kind").annotate(count=Count("pk"))
    found = {row["kind"]: row["count"] for row in kinds}
    context |= {
        "tree": Level(outline(request.user, current)),
        "kinds": [(kind, kind.label, found[kind]) for kind in OrganisationKind if kind in found],
        "total": sum(found.values()),
        "terms": _urgent_terms(visible),
    }
    return render(request, "orgs/organisation_list.html", context)


def _node_asked_for(request, visible):
    node = request.GET.get("node", "")
    return visible.filter(pk=node).first() if is_key(node) else None


def _urgent_terms(organisations):
    counts = term_counts(organisations)
    return [(state.value, state.label, counts[state.value]) for state in URGENT]


def _flat_list(request, visible, chosen):
    rows = visible if chosen.get("dissolved") else visible.active()
    if kind := chosen.get("kind"):
        rows = rows.filter(kind=kind)
    if text := chosen.get("q", "").strip():
        rows = rows.search(text)
    page = keyset_page(
        rows.with_secretary(), request.GET, sorts={"name": "name", "code": "code"}, default="name"
    )
    _attach_trail(page.items, request.user)
    return {"page": page, "count": rows.count()}


def _attach_trail(organisations, user):
    """Gives each its visible superiors as `trail`, in one query for all."""
    wanted = {path for organisation in organisations for path in organisation.ancestor_paths}
    found = {o.path: o for o in Organisation.objects.visible_to(user).filter(path__in=wanted)}
    for organisation in organisations:
        organisation.trail = [found[path] for path in organisation.ancestor_paths if path in found]


@require_safe
def organisation_tree(request):
    """The tree alone, for the column beside an organisation; without htmx the page that shows it."""
    access.require(access.can_view_organisations(request.user))
    current = _node_asked_for(request, Organisation.objects.visible_to(request.user))
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('orgs:organisation-list')}?{request.GET.urlencode()}")
    return render(request, "orgs/_tree_level.html", {"level": Level(outline(request.user, current))})


@require_safe
def organisation_children(request, pk):
    """One more level, or the rest of a long one (`after`); without htmx the page opened at that place."""
    superior = visible_or_404(request, pk)
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('orgs:organisation-list')}?node={superior.pk}")
    after, skip = (_key(request.GET.get(name, "")) for name in ("after", "skip"))
    return render(request, "orgs/_tree_level.html", {"level": level_below(superior, after, skip)})


def _key(text) -> int | None:
    return int(text) if is_key(text) else None


# --- One organisation --------------------------------------------------------------------------------


@require_safe
def organisation(request, pk):
    """Figures that open lists, and one of five tabs."""
    return _organisation_page(request, pk)


def _organisation_page(request, pk, **extra):
    rows = with_term(Organisation.objects.visible_to(request.user)).with_secretary()
    rows = rows.with_below_count().with_child_count()
    places = ("area", "cluster", "park", "park__parent", "host_unit")
    found = get_object_or_404(rows.select_related(*places), pk=pk)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    context = {
        "section": "organisations",
        "organisation": found,
        "ancestors": _superiors(request.user, found),
        "tab": tab,
        "tab_template": f"orgs/_organisation_{tab}.html",
        "tabs": [(name, label) for name, (label, _) in TABS.items()],
        "may_change": access.can_change_organisation(request.user, found),
        "may_restructure": access.can_restructure_organisation(request.user, found),
        "may_elect": found.elected or RULES[found.kind].elected,
        "has_task": found.kind in WITH_TASK and not found.task_ended_on,
        "reminders": _reminders(found),
        **_figures(found),
    }
    return render(request, "orgs/organisation.html", context | TABS[tab][1](request, found) | extra)


def _superiors(user, organisation):
    """(superior, may be opened), from the top down."""
    rows = Organisation.objects.filter(path__in=organisation.ancestor_paths)
    return [(row, access.can_view_organisation(user, row)) for row in rows]


def _reminders(organisation):
    if organisation.dissolved_on or not organisation.task_ended_on or organisation.kind not in WITH_TASK:
        return []
    if organisation.kind == OrganisationKind.TEMP_BRANCH:
        return ["临时机构已撤销，临时党支部应自然撤销，请办理。"]
    return ["项目已结束，项目党支部应及时撤销或调整，请办理。"]


def _figures(organisation):
    """Everything on the cards. Counts of enterprises use the conditions of the lists they open."""
    register = Register()
    figures = register.figures(register.of_organisation(organisation))[0]
    return {
        "register": register,
        "counts": figures,
        "methods": [
            (method.value, method.label, count)
            for method in CoverageMethod
            if (count := getattr(figures, method.value))
        ],
        "organisation_rate": figures.organisation_coverage.value,
        "work_rate": figures.work_coverage.value,
        "term": Term.of(organisation),
    }


def _overview(request, organisation):
    functional = organisation.affiliations.current().filter(line=AffiliationLine.FUNCTIONAL)
    links = functional.select_related("superior").order_by("pk")
    return {
        "functional": [(link, access.can_view_organisation(request.user, link.superior)) for link in links],
        "capabilities": [
            (Organisation._meta.get_field(name).verbose_name, getattr(organisation, name))
            for name in CAPABILITIES
        ],
        "masked_phone": mask_phone(organisation.contact_phone),
        "may_reveal": access.can_reveal_organisation(request.user, organisation),
        "reveal_form": RevealForm(),
        "may_see_readers": access.can_see_readers_of_organisation(request.user, organisation),
    }


def _children(request, organisation):
    rows = Organisation.objects.within(organisation).exclude(pk=organisation.pk)
    everything = request.GET.get("scope") == "all"
    if not everything:
        rows = rows.filter(depth=organisation.depth + 1)
    with_dissolved = request.GET.get("dissolved") == "1"
    if not with_dissolved:
        rows = rows.active()
    page = keyset_page(
        with_term(rows).with_secretary().with_below_count(),
        request.GET,
        sorts={"name": "name", "code": "code"},
        default="name",
    )
    rows = [(row, Term.of(row)) for row in page]
    return {"page": page, "rows": rows, "everything": everything, "with_dissolved": with_dissolved}


def _covered(request, organisation):
    rows = Coverage.objects.current().filter(organisation=organisation).select_related("enterprise")
    return {
        "coverage_count": rows.count(),
        "coverages": rows.order_by("-since", "-pk")[:COVERED_ROWS],
    }


def _posts(request, organisation):
    posts = list(organisation.posts.order_by("-until", "-since", "-pk"))
    return {
        "posts": [post for post in posts if post.until is None],
        "past_posts": [post for post in posts if post.until is not None],
    }


def _history(request, organisation):
    return {"events": history_of(organisation), "changes": changes_of(organisation)}


TABS = {
    "overview": ("概况", _overview),
    "children": ("下级组织", _children),
    "coverage": ("覆盖企业", _covered),
    "posts": ("班子", _posts),
    "history": ("沿革", _history),
}


@require_POST
def organisation_reveal(request, pk):
    """Shows the whole telephone number once; who asked, when and what for stays in the audit trail."""
    found = visible_or_404(request, pk)
    access.require(access.can_reveal_organisation(request.user, found))
    form = RevealForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, reveal_phone, obj=found, **who, **form.cleaned_data):
        return _organisation_page(request, pk, revealed_phone=form.outcome)
    say_faults(request, form)
    return redirect("orgs:organisation", pk)


# --- Terms -------------------------------------------------------------------------------------------


@require_safe
def term_list(request):
    """换届提醒: overdue first, then by the day the term ends."""
    access.require(access.can_view_organisations(request.user))
    form = TermFilterForm(request.GET, user=request.user)
    visible = Organisation.objects.visible_to(request.user)
    chosen = form.cleaned_data if form.is_valid() else {}
    if form.errors:
        visible = visible.none()
    if chosen.get("kind"):
        visible = visible.filter(kind=chosen["kind"])
    if chosen.get("below"):
        visible = visible.within(chosen["below"])
    states = [chosen["state"]] if chosen.get("state") else URGENT
    rows = with_term(visible).filter(term_state__in=states).with_secretary()
    page = keyset_page(rows, request.GET, sorts={"due": "term_due", "name": "name"}, default="due")
    _attach_trail(page.items, request.user)
    context = {
        "section": "organisations",
        "form": form,
        "page": page,
        "rows": [(row, Term.of(row)) for row in page],
        "terms": _urgent_terms(visible),
        "state": chosen.get("state", ""),
    }
    return render_list(request, "orgs/term_list.html", context)
