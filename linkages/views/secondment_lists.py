"""Deputies and professors as lists: the appointments and needs, the units on both sides, what came of it. Each as a file."""

from functools import partial

from django.db.models import Count, OuterRef, Subquery
from django.views.decorators.http import require_GET, require_http_methods

from linkages import access
from linkages.listing import outcome_columns, secondment_columns, secondment_unit_columns
from linkages.models import OutcomeKind, Partner, Secondment, SecondmentOutcome, SecondmentState
from linkages.secondment_filters import OutcomeFilter, SecondmentFilter
from linkages.secondments.figures import outcome_sums, outcomes_by_kind, people_and_units, with_outcomes
from linkages.views.secondments import READ_WRITE, SECTION, mark
from linkages.views.state_counts import state_counts
from orgs.access import require
from orgs.exports import export_response
from orgs.models import Enterprise
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list

SORTS = {"new": "created_at", "post": "post"}
UNITS = {"partner": (Partner, "院校"), "enterprise": (Enterprise, "企业")}
CHUNK = 1000
NOTE = "只含本单位和下级统筹的。名单有人选姓名，请妥善保管，用后删除。"


def _filtered(filter_class, model, request, query=None):
    rows = model.objects.visible_to(request.user)
    filterset = filter_class(request.GET if query is None else query, queryset=rows, request=request)
    if not access.can_view_partners(request.user):
        filterset.fixed = ("organisation",)  # liaisons and contacts know none to choose from
    return filterset


def _query(request, *without, **more) -> str:
    """The filter in use, for a link to the rows behind a figure."""
    query = request.GET.copy()
    for name in ("after", "before", "sort", *without):
        query.pop(name, None)
    query.update(more)
    return query.urlencode()


def _exported(request, filter_class, model):
    """What is kept where the person may export."""
    require(access.can_export_agreements(request.user))
    kept = Secondment.objects.visible_to(request.user).permitted_to(request.user, "export")
    rows = kept if model is Secondment else model.objects.filter(secondment__in=kept.order_by().values("pk"))
    return filter_class(request.GET, queryset=rows, request=request)


# --- Appointments and needs ----------------------------------------------------------------------------


@require_GET
def secondment_list(request):
    user = request.user
    require(access.can_view_secondments(user))
    filterset = _filtered(SecondmentFilter, Secondment, request)
    rows = filterset.qs
    page = keyset_page(rows.with_units(), request.GET, sorts=SORTS, default="-new")
    for row in with_outcomes(page.items):
        mark(row)
    figures = people_and_units(rows)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": rows.count(),
        "states": state_counts(
            request, partial(_filtered, SecondmentFilter, Secondment, request), SecondmentState
        ),
        "figures": figures,
        "outcomes": [
            (label, count, _query(request, outcome=kind))
            for kind, label, count in outcomes_by_kind(rows, filterset.chosen.get("kind", ""))
        ],
        "people_query": _query(request, "appointed", appointed="1"),
        "units_query": _query(request),
        "may_change": access.can_change_agreements(user),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/secondment_list.html", context)


@require_http_methods(READ_WRITE)
def secondment_export(request):
    return export_page(
        request,
        _exported(request, SecondmentFilter, Secondment),
        _export_secondments,
        section=SECTION,
        title="导出科技副总和产业教授",
        list_url="linkages:secondment-list",
        note=NOTE,
    )


def _export_secondments(*, request, filterset, count, **answers):
    rows = filterset.qs.with_units().order_by("created_at", "pk")
    return export_response(
        request=request,
        name="科技副总和产业教授",
        columns=secondment_columns(),
        rows=_chunks(rows),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


def _chunks(rows):
    """With the outcomes of a thousand at a time."""
    chunk = []
    for row in rows.iterator(chunk_size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from with_outcomes(chunk)
            chunk = []
    yield from with_outcomes(chunk)


# --- Units ---------------------------------------------------------------------------------------------


def _units(secondments, side):
    """The units of one side whose contract was signed, with how many `people` they asked for or sent."""
    appointed = secondments.appointed().order_by()
    own = appointed.with_unit(side).filter(unit=OuterRef("pk")).values("unit").annotate(many=Count("pk"))
    units = UNITS[side][0].objects.filter(pk__in=appointed.unit_keys(side))
    return units.annotate(people=Subquery(own.values("many")))


@require_GET
def secondment_units(request, side):
    require(access.can_view_secondments(request.user))
    filterset = _filtered(SecondmentFilter, Secondment, request)
    units = _units(filterset.qs, side)
    page = keyset_page(units, request.GET, sorts={"name": "name", "people": "people"}, default="-people")
    for unit in page:
        unit.query = _query(request, "appointed", side, appointed="1", **{side: unit.pk})
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": units.count(),
        "side": side,
        "what": UNITS[side][1],
        "may_export": access.can_export_agreements(request.user),
    }
    return render_list(request, "linkages/secondment_units.html", context)


@require_http_methods(READ_WRITE)
def secondment_units_export(request, side):
    filterset = _exported(request, SecondmentFilter, Secondment)
    return export_page(
        request,
        filterset,
        partial(_export_units, side=side),
        section=SECTION,
        title=f"导出聘任{UNITS[side][1]}",
        list_url=f"linkages:secondment-{side}s",
        note="只含本单位和下级统筹的。请妥善保管，用后删除。",
        count=_units(filterset.qs, side).count(),
    )


def _export_units(*, request, side, filterset, count, **answers):
    return export_response(
        request=request,
        name=f"科技副总和产业教授：{UNITS[side][1]}",
        columns=secondment_unit_columns(UNITS[side][1]),
        rows=_units(filterset.qs, side).order_by("name", "pk").iterator(chunk_size=CHUNK),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- What came of it -----------------------------------------------------------------------------------


@require_GET
def outcome_list(request):
    """Those that stand; what was taken back shows on the page of the secondment."""
    require(access.can_view_secondments(request.user))
    filterset = _filtered(OutcomeFilter, SecondmentOutcome, request)
    rows = filterset.qs.standing()
    sums = outcome_sums(rows)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(_with_units(rows), request.GET, sorts={"day": "on"}, default="-day"),
        "matching": rows.count(),
        "sums": [
            (kind.label, sums[kind], _query(request, outcome=kind.value))
            for kind in OutcomeKind
            if sums[kind]
        ],
        "may_export": access.can_export_agreements(request.user),
    }
    return render_list(request, "linkages/secondment_outcomes.html", context)


def _with_units(rows):
    return rows.select_related(
        "secondment__organisation", "secondment__enterprise", "secondment__partner",
        "secondment__chosen__enterprise", "secondment__chosen__partner",
    ).defer("secondment__enterprise__contact_phone", "secondment__chosen__enterprise__contact_phone")  # fmt: skip


@require_http_methods(READ_WRITE)
def outcome_export(request):
    filterset = _exported(request, OutcomeFilter, SecondmentOutcome)
    return export_page(
        request,
        filterset,
        _export_outcomes,
        section=SECTION,
        title="导出聘任成果",
        list_url="linkages:secondment-outcomes",
        note=NOTE,
        count=filterset.qs.standing().count(),
    )


def _export_outcomes(*, request, filterset, count, **answers):
    rows = _with_units(filterset.qs.standing()).order_by("on", "pk")
    return export_response(
        request=request,
        name="科技副总和产业教授成果",
        columns=outcome_columns(),
        rows=rows.iterator(chunk_size=CHUNK),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )
