"""Study lists: what there is to read, how far each branch has come, and a member's own reading."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access, entry_points, studies
from activities.actions import studies as actions
from activities.forms.acts import NoForm, ReasonForm
from activities.forms.studies import ItemForm, MarkForm, NewStudyForm, ReflectionForm, StudyForm
from activities.models import MarkHow, StudyItem, StudyList, StudyMark
from activities.study_filters import StudyFilter
from members.models import Member
from members.views.own import own_member
from members.views.pages import crumb, done, form_page
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.pages import act, render_list
from orgs.views.responses import say_faults

SECTION = "studies"
READ_WRITE = ("GET", "POST")


@require_GET
def study_list(request):
    user = request.user
    require(access.can_view_activities(user))
    filterset = StudyFilter(request.GET, queryset=StudyList.objects.visible_to(user), request=request)
    rows = filterset.qs.select_related("organisation")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": keyset_page(rows, request.GET, sorts={"end": "ends_on", "title": "title"}, default="-end"),
        "matching": filterset.qs.count(),
        "may_change": access.can_change_activities(user),
    }
    return render_list(request, "activities/study_list.html", context)


def _visible(request, pk) -> StudyList:
    rows = StudyList.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


def _changeable(request, pk) -> StudyList:
    found = _visible(request, pk)
    require(access.can_change_study(request.user, found))
    return found


@require_GET
def study(request, pk):
    """The list, what is in it, and how far the branches in sight have come."""
    found = _visible(request, pk)
    return _page(request, found)


def _page(request, found, **bound):
    rows = studies.branches(request.user, found)
    context = {
        "section": SECTION,
        "study": found,
        "items": found.items.all(),
        "needed": found.needed,
        "totals": studies.totals(studies.reached(request.user, found), found),
        "page": keyset_page(rows, request.GET, sorts={"name": "name"}, default="name"),
        "may_change": access.can_change_study(request.user, found) and not found.withdrawn_at,
        "item_form": ItemForm(auto_id="item-%s"),
        **bound,
    }
    return render(request, "activities/study.html", context)


def _form(request, form, title, back):
    crumbs = [crumb("学习清单", "activities:study-list")]
    return form_page(
        request, form, section=SECTION, title=title, submit="保存", crumbs=crumbs, back=back,
    )  # fmt: skip


def _saved(request, form, action, **kwargs) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    who = {"by": request.user, "request": request}
    return succeeded(form, action, values=form.values, **kwargs, **who)


@require_http_methods(READ_WRITE)
def study_new(request):
    require(access.can_change_activities(request.user))
    initial = {
        "organisation": entry_points.own_place(request.user),
        "starts_on": timezone.localdate(),
    }
    form = NewStudyForm(request.POST or None, user=request.user, initial=initial)
    chosen = form.cleaned_data["organisation"] if form.is_valid() else None
    if _saved(request, form, actions.add_list, organisation=chosen):
        messages.success(request, "已存为草稿。添加篇目后发布，下级党员才会看到。")
        return redirect("activities:study", form.outcome.pk)
    return _form(request, form, "新建学习清单", reverse("activities:study-list"))


@require_http_methods(READ_WRITE)
def study_edit(request, pk):
    found = _changeable(request, pk)
    initial = {name: getattr(found, name) for name in StudyForm.VALUES}
    form = StudyForm(request.POST or None, initial=initial | {"seen_at": found.updated_at.isoformat()})
    seen = form.cleaned_data.get("seen_at") if form.is_valid() else None
    if _saved(request, form, actions.change_list, study_list=found, seen_at=seen):
        messages.success(request, "已修改。")
        return redirect("activities:study", pk)
    return _form(request, form, f"修改：{found}", reverse("activities:study", args=[pk]))


@require_POST
def item_new(request, pk):
    found = _changeable(request, pk)
    form = ItemForm(request.POST, auto_id="item-%s")
    if done(request, form, actions.add_item, lambda item: f"已添加“{item}”。", study_list=found):
        return redirect("activities:study", pk)
    return _page(request, found, item_form=form)


@require_POST
def item_withdraw(request, pk):
    rows = StudyItem.objects.filter(study_list__in=StudyList.objects.visible_to(request.user))
    item = get_object_or_404(rows.select_related("study_list__organisation"), pk=pk)
    require(access.can_change_study(request.user, item.study_list))
    return _act(request, ReasonForm, actions.withdraw_item, "已撤下。", item.study_list_id, item=item)


@require_POST
def study_publish(request, pk):
    found = _changeable(request, pk)
    return _act(request, NoForm, actions.publish_list, "已发布。", pk, study_list=found)


@require_POST
def study_withdraw(request, pk):
    found = _changeable(request, pk)
    return _act(request, ReasonForm, actions.withdraw_list, "已撤回，记录保留。", pk, study_list=found)


def _act(request, form_class, action, words, pk, **kwargs):
    form = form_class(request.POST)
    if not done(request, form, action, lambda _: words, **kwargs):
        say_faults(request, form)
    return redirect("activities:study", pk)


# --- The branch ----------------------------------------------------------------------------------------


def _branch(request, found, branch) -> Organisation:
    rows = Organisation.objects.permitted_to(request.user, "activities.view")
    return get_object_or_404(rows.filter(path__startswith=found.organisation.path), pk=branch)


@require_GET
def study_branch(request, pk, branch):
    """Who of the branch has read how much; their words for those who keep its activities."""
    found = _visible(request, pk)
    organisation = _branch(request, found, branch)
    may_mark = access.can_change_activities_at(request.user, organisation)
    rows = studies.with_marks(studies.reached(request.user, found).filter(organisation=organisation), found)
    rows = rows.defer("identity_number", "mobile")
    marks = StudyMark.objects.filter(item__study_list=found).select_related("item").order_by("item")
    if may_mark:
        rows = rows.prefetch_related(Prefetch("study_marks", marks, to_attr="read"))
    context = {
        "section": SECTION,
        "study": found,
        "organisation": organisation,
        "needed": found.needed,
        "page": keyset_page(rows, request.GET, sorts={"name": "pinyin", "read": "marked"}, default="read"),
        "may_mark": may_mark and found.is_open,
    }
    return render(request, "activities/study_branch.html", context)


@require_http_methods(READ_WRITE)
def study_mark(request, pk, branch):
    """For members without an account, and for what was read out at a meeting."""
    found = _visible(request, pk)
    organisation = _branch(request, found, branch)
    require(access.can_change_activities_at(request.user, organisation))
    form = MarkForm(
        request.POST or None,
        study_list=found,
        branch=organisation,
        user=request.user,
        initial={"on": timezone.localdate()},
    )
    words = lambda count: f"已登记{count}条学习标记。" if count else "这些党员此前均已登记，没有新增。"  # noqa: E731
    back = reverse("activities:study-branch", args=[pk, branch])
    if done(request, form, actions.mark_read, words, how=MarkHow.TOGETHER):
        return redirect(back)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"登记学习：{organisation}",
        submit="登记",
        crumbs=[crumb("学习清单", "activities:study-list"), crumb(found.title, "activities:study", pk)],
        back=back,
        note="已标记过的党员和篇目保持不变。",
    )


@require_POST
def study_unmark(request, pk, member):
    """What was entered for a member by mistake."""
    rows = StudyItem.objects.filter(study_list__in=StudyList.objects.visible_to(request.user))
    item = get_object_or_404(rows.select_related("study_list__organisation"), pk=pk)
    people = Member.objects.permitted_to(request.user, "activities.view").in_register()
    person = get_object_or_404(people.select_related("organisation"), pk=member)
    require(access.can_change_activities_at(request.user, person.organisation))
    form = NoForm(request.POST)
    if not done(
        request, form, actions.take_back_entered, lambda _: "已撤销学习标记。", item=item, member=person
    ):
        say_faults(request, form)
    return redirect("activities:study-branch", item.study_list_id, person.organisation_id)


# --- A member's own ------------------------------------------------------------------------------------


@require_GET
def own_studies(request):
    """Every list that reaches the member, the last to end first; past ones stay to look into."""
    member, today = own_member(request, Member.objects.in_register()), timezone.localdate()
    context = {"section": "own_studies", "member": member, "today": today}
    if member:
        mine = StudyMark.objects.filter(member=member)
        items = StudyItem.objects.prefetch_related(Prefetch("marks", mine, to_attr="mine"))
        lists = StudyList.objects.for_member(member).select_related("organisation")
        context["page"] = keyset_page(
            lists.prefetch_related(Prefetch("items", items)),
            request.GET,
            sorts={"end": "ends_on"},
            default="-end",
            per_page=10,
        )
    return render(request, "activities/own_studies.html", context)


def _own_item(request, pk):
    member = own_member(request, Member.objects.in_register())
    require(member is not None)
    rows = StudyItem.objects.filter(study_list__in=StudyList.objects.for_member(member))
    return member, get_object_or_404(rows.select_related("study_list__organisation"), pk=pk)


@require_POST
def own_mark(request, pk):
    """Read; with or without a word about it. Once more only changes the word."""
    member, item = _own_item(request, pk)
    form = ReflectionForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
    elif mark := StudyMark.objects.filter(item=item, member=member).first():
        act(request, f"已保存：{item}。", actions.write_reflection, mark=mark, **form.cleaned_data)
    else:
        entry = {"items": [item], "members": [member], "on": timezone.localdate(), "how": MarkHow.SELF}
        act(request, f"已保存：{item}。", actions.mark_read, **entry, **form.cleaned_data)
    return redirect(f"{reverse('activities:own-studies')}#item-{pk}")


@require_POST
def own_take_back(request, pk):
    member, item = _own_item(request, pk)
    mark = get_object_or_404(StudyMark.objects.select_related("item__study_list"), item=item, member=member)
    act(request, "已取消标记。", actions.take_back, mark=mark)
    return redirect(f"{reverse('activities:own-studies')}#item-{pk}")
