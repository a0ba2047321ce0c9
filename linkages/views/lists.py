"""The three lists, their exports, the pages of a resource and a need, entering and changing them."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities.models import Activity
from linkages import access, list_states, matching
from linkages.actions import lists as actions
from linkages.forms import lists as forms
from linkages.forms.booking import WithdrawForm
from linkages.heard import begin_with_visit
from linkages.list_filters import ListedFilter, NeedFilter, ProjectFilter, ResourceFilter
from linkages.list_states import AVAILABLE, PROJECT_TONES, TONES, WANTED, ItemState, ProjectState
from linkages.listing import need_columns, project_columns, resource_columns
from linkages.models import Agreement, Dismissal, Need, Order, Project, Resource
from linkages.orders.shown import mark as mark_order
from linkages.views.state_counts import state_counts
from orgs.access import require
from orgs.exports import export_response
from orgs.forms.actions import succeeded
from orgs.models import Enterprise
from orgs.paging import keyset_page
from orgs.views.pages import act, export_page, render_list
from orgs.views.responses import say_faults

SECTION = "lists"
READ_WRITE = ["GET", "POST"]


@dataclass(frozen=True)
class OneList:
    """One of the three: what its pages share and in what they differ."""

    model: type
    title: str
    about: str
    filter: type[ListedFilter]
    form: type
    columns: object
    states: type
    tones: dict
    day: str

    @property
    def name(self) -> str:
        return self.model._meta.model_name

    @property
    def what(self) -> str:
        return self.model._meta.verbose_name

    def address(self, act="", *args) -> str:
        """Of the page of a row, or of what is done with the list or a row."""
        return reverse(f"linkages:{self.name}{act and f'-{act}'}", args=args)

    @property
    def list_url(self):
        return self.address("list")

    @property
    def export_url(self):
        return self.address("export")

    @property
    def new_url(self):
        return self.address("new")

    def seen_by(self, user):
        """With what a line of the list shows, and its state."""
        rows = self.model.objects.visible_to(user)
        if self.model is Project:
            return list_states.with_project_state(rows).with_sides()
        return list_states.with_item_state(rows).with_unit()


RESOURCES = OneList(
    Resource, "资源清单", "能提供的场地、设备、服务和专家；发布后，同一顶层组织下的单位都能找到。",
    ResourceFilter, forms.ResourceForm, resource_columns, ItemState, TONES, "valid_until",
)  # fmt: skip
NEEDS = OneList(
    Need, "需求清单", "本单位或企业需要解决的事；发布后，系统按协议、园区、产业和内容推荐资源。",
    NeedFilter, forms.NeedForm, need_columns, ItemState, TONES, "valid_until",
)  # fmt: skip
PROJECTS = OneList(
    Project, "项目清单", "需求和资源对接后形成项目，写明负责单位和期限；也可以直接立项。",
    ProjectFilter, forms.ProjectForm, project_columns, ProjectState, PROJECT_TONES, "deadline",
)  # fmt: skip
LISTS = {one.name: one for one in (RESOURCES, NEEDS, PROJECTS)}


def mark(row, one: OneList):
    row.state_label, row.tone = one.states(row.state).label, one.tones[row.state]
    row.address = one.address("", row.pk)
    return row


# --- The lists -----------------------------------------------------------------------------------------


@require_GET
def item_list(request, which):
    user, one = request.user, LISTS[which]
    require(access.can_view_agreements(user))
    filtered = partial(one.filter, queryset=one.seen_by(user), request=request)
    filterset = filtered(request.GET)
    page = keyset_page(filterset.qs, request.GET, sorts={"new": "created_at", "day": one.day}, default="-new")
    for row in page:
        mark(row, one)
    context = {
        "section": SECTION,
        "list": one,
        "lists": LISTS.values(),
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "states": state_counts(request, filtered, one.states, every="all"),
        "may_change": access.can_add_item(user, which),
        "may_export": access.can_export_agreements(user),
    }
    return render_list(request, "linkages/item_list.html", context)


@require_http_methods(READ_WRITE)
def item_export(request, which):
    """The list as a file, of what is kept where the person may export."""
    user, one = request.user, LISTS[which]
    require(access.can_export_agreements(user))
    rows = one.seen_by(user).permitted_to(user, "export")
    filterset = one.filter(request.GET, queryset=rows, request=request)
    return export_page(
        request,
        filterset,
        partial(_export, one=one),
        section=SECTION,
        title=f"导出{one.title}",
        list_url=f"linkages:{one.name}-list",
        note="只含本单位和下级登记的条目。请妥善保管，用后删除。",
    )


def _export(*, request, one, filterset, count, **answers):
    return export_response(
        request=request,
        name=one.title,
        columns=one.columns(),
        rows=filterset.qs.order_by("created_at", "pk").iterator(chunk_size=1000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


# --- A resource or a need ------------------------------------------------------------------------------


def visible(request, which, pk):
    one = LISTS[which]
    rows = one.seen_by(request.user).select_related("created_by", "withdrawn_by", "agreement", "activity")
    rows = rows.defer("activity__gist", "activity__agenda")
    return mark(get_object_or_404(rows, pk=pk), one)


def changeable(request, which, pk):
    found = visible(request, which, pk)
    require(access.can_change_item(request.user, found))
    return found


def openable(user, found) -> set[str]:
    """Which of the rows that it names the person may open: "agreement", "activity", "enterprise"."""
    named = {
        "agreement": (Agreement, found.agreement_id),
        "activity": (Activity, found.activity_id),
        "enterprise": (Enterprise, getattr(found, "enterprise_id", None)),
    }
    return {
        name
        for name, (model, key) in named.items()
        if key and model.objects.visible_to(user).filter(pk=key).exists()
    }


@require_GET
def item(request, which, pk):
    found, user, one = visible(request, which, pk), request.user, LISTS[which]
    may_change = access.can_change_item(user, found) and not found.withdrawn_at
    projects = list_states.with_project_state(Project.objects.visible_to(user)).filter(**{which: found})
    context = {
        "section": SECTION,
        "list": one,
        "item": found,
        "addresses": {act: one.address(act, pk) for act in ("edit", "publish", "withdraw")},
        "openable": openable(user, found),
        "projects": [mark(row, PROJECTS) for row in projects.with_sides().order_by("-pk")],
        "may_change": may_change,
        "may_publish": may_change and found.state == ItemState.DRAFT,
        "orders": _orders(user, found),
        "may_order": found.state in WANTED and isinstance(found, Need) and access.can_order_need(user, found),
        **_matches(user, found),
    }
    return render(request, "linkages/item.html", context)


def _orders(user, found) -> list:
    """Orders that a need became, as far as the person sees them."""
    if not isinstance(found, Need):
        return []
    rows = Order.objects.visible_to(user).filter(need=found).with_units().order_by("-pk")
    return [mark_order(row, user) for row in rows]


def _matches(user, found) -> dict:
    """What is proposed for the row, with the buttons that are the person's; and what was set aside."""
    matches = None
    if found.state in (WANTED if isinstance(found, Need) else AVAILABLE):
        matches = [
            {
                "other": row.other,
                "address": _address(row.other),
                "reasons": row.reasons,
                "urls": _match_urls(user, found, row.other),
            }
            for row in matching.suggestions(found, user)
        ]
    aside = Dismissal.objects.visible_to(user).standing().filter(**{found._meta.model_name: found})
    name = RESOURCES.name if isinstance(found, Need) else NEEDS.name
    aside = aside.select_related(f"{name}__organisation", f"{name}__partner").order_by("-pk")
    for row in aside:
        row.other = getattr(row, name)
        row.may_restore = access.can_match(user, found, row.other)
    return {"matches": matches, "dismissals": aside}


def _address(row):
    return LISTS[row._meta.model_name].address("", row.pk)


def _match_urls(user, found, other) -> dict:
    if not access.can_match(user, found, other):
        return {}
    need, resource = (found, other) if isinstance(found, Need) else (other, found)
    return {act: reverse(f"linkages:match-{act}", args=[need.pk, resource.pk]) for act in ("take", "dismiss")}


@require_http_methods(READ_WRITE)
def item_new(request, which):
    require(access.can_add_item(request.user, which))
    one = LISTS[which]
    form = one.form(request.POST or None, user=request.user)
    if one.model is Need:
        begin_with_visit(form, request, words="description")
    publish = "draft" not in request.POST
    more = {"model": one.model, "publish": publish}
    if _saved(request, form, actions.add_item, lambda: more | {"organisation": form.home}):
        messages.success(request, "已登记并发布。" if publish else "草稿已保存，发布后其他单位才能看到。")
        return redirect(one.address("", form.outcome.pk))
    return form_page(request, one, form, f"登记{one.what}", one.list_url)


@require_http_methods(READ_WRITE)
def item_edit(request, which, pk):
    found, one = changeable(request, which, pk), LISTS[which]
    back = one.address("", pk)
    if found.withdrawn_at:
        messages.error(request, f"该{one.what}已撤回，不能再修改。")
        return redirect(back)
    form = one.form(request.POST or None, user=request.user, item=found)
    more = {"publish": "draft" not in request.POST}
    if _saved(request, form, actions.change_item, lambda: more | changed(form, "item", found)):
        messages.success(request, "已修改。")
        return redirect(back)
    return form_page(request, one, form, f"修改：{found}", back)


def changed(form, name, found) -> dict:
    return {name: found, "seen_at": form.cleaned_data["seen_at"]}


def _saved(request, form, action, more) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    return succeeded(form, action, values=form.values, by=request.user, request=request, **more())


def form_page(request, one, form, title, back):
    context = {"section": SECTION, "list": one, "form": form, "title": title, "back": back}
    return render(request, "linkages/item_form.html", context)


@require_POST
def item_publish(request, which, pk):
    found = changeable(request, which, pk)
    act(request, "已发布，同一顶层组织下的单位都能看到。", actions.publish_item, item=found)
    return redirect(LISTS[which].address("", pk))


@require_POST
def item_withdraw(request, which, pk):
    found, form = changeable(request, which, pk), WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, actions.withdraw_item, item=found, **form.cleaned_data, **who):
        messages.success(request, "已撤回，记录保留。")
    else:
        say_faults(request, form)
    return redirect(LISTS[which].address("", pk))


# --- On the spot of an activity ------------------------------------------------------------------------


@require_POST
def take_down(request, pk):
    """From the page of the activity that `pk` names."""
    activity = get_object_or_404(Activity.objects.visible_to(request.user), pk=pk)
    require(forms.places_of(request.user, activity).exists())
    form = forms.TakeDownForm(request.POST, user=request.user, activity=activity)
    if form.is_valid() and succeeded(
        form,
        actions.take_down,
        model=form.model,
        activity=activity,
        **form.values,
        by=request.user,
        request=request,
    ):
        messages.success(request, f"已登记{form.outcome.what}：{form.outcome.title}。可以接着登记下一条。")
    else:
        say_faults(request, form)
    return redirect(f"{reverse('activities:activity', args=[pk])}#lists")
