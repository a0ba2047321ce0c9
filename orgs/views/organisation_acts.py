"""Pages that change an organisation: each reads a form and calls one action."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from orgs import access
from orgs.actions import organisations as actions
from orgs.forms import organisations as forms
from orgs.forms.actions import succeeded
from orgs.models import Affiliation, AffiliationLine, Organisation, Post
from orgs.views.organisations import visible_or_404

READ_WRITE = ["GET", "HEAD", "POST"]


@dataclass(frozen=True)
class Act:
    """One thing to do to an organisation: its words, its form, its action, the right it takes."""

    title: str
    note: str
    form: type
    action: Callable
    done: str
    tab: str = "overview"
    allowed: Callable = access.can_change_organisation
    confirm: str = ""


ACTS = {
    "move": Act(
        "调整隶属",
        "连同全部下级组织一起移到新的上级之下；原隶属关系保留在沿革中。",
        forms.MoveForm,
        actions.move_organisation,
        "隶属关系已调整。",
        tab="history",
        allowed=access.can_restructure_organisation,
    ),
    "dissolve": Act(
        "撤销组织",
        "撤销后不再计入在册组织，任职和隶属关系同日终止；历史记录全部保留。",
        forms.DissolveForm,
        actions.dissolve_organisation,
        "党组织已撤销，历史记录已保留。",
        tab="history",
        allowed=access.can_restructure_organisation,
        confirm="确定撤销该党组织？",
    ),
    "election": Act(
        "登记换届选举",
        "按类别的任期自动计算新的届满日期，原批准的延期同时失效。",
        forms.ElectionForm,
        actions.record_election,
        "换届选举已登记。",
    ),
    "extension": Act(
        "延期换届",
        "须经上级党组织批准，一般不超过1年。",
        forms.ExtensionForm,
        actions.extend_term,
        "延期换届已登记。",
    ),
    "task-end": Act(
        "任务结束",
        "登记后系统提醒撤销，不会自动撤销。",
        forms.TaskEndForm,
        actions.end_task,
        "已登记任务结束，请及时办理撤销。",
    ),
    "appoint": Act(
        "新增任职",
        "每个党组织只能有一名现任书记；更换书记时，请先登记原书记免职。",
        forms.PostForm,
        actions.appoint,
        "任职已登记。",
        tab="posts",
    ),
    "functional": Act(
        "增加功能关系",
        "功能关系用于科技平台、产业链等横向联系，不改变隶属关系，也不重复统计。",
        forms.FunctionalForm,
        actions.add_functional_affiliation,
        "功能关系已登记。",
    ),
}


@require_http_methods(READ_WRITE)
def organisation_act(request, pk, name):
    act = ACTS[name]
    organisation = visible_or_404(request, pk)
    access.require(act.allowed(request.user, organisation))
    form = act.form(request.POST or None, user=request.user, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        kwargs = form.values() | {"organisation": organisation, "by": request.user, "request": request}
        if succeeded(form, act.action, **kwargs):
            messages.success(request, f"{organisation.name}：{act.done}")
            return redirect(f"{reverse('orgs:organisation', args=[pk])}?tab={act.tab}")
    context = {
        "section": "organisations",
        "organisation": organisation,
        "title": act.title,
        "note": act.note,
        "form": form,
        "confirm": act.confirm,
        "back": f"{reverse('orgs:organisation', args=[pk])}?tab={act.tab}",
    }
    if name == "dissolve":
        context["obstacles"] = actions.obstacles_to_dissolving(organisation)
    return render(request, "orgs/organisation_act.html", context)


@require_http_methods(READ_WRITE)
def organisation_found(request, pk):
    """A new organisation below this one."""
    parent = visible_or_404(request, pk, "area", "cluster")
    access.require(access.can_change_organisation(request.user, parent))
    form = forms.FoundForm(request.POST or None, user=request.user, parent=parent)
    if request.method == "POST" and form.is_valid():
        kwargs = form.values() | {"parent": parent, "by": request.user, "request": request}
        if succeeded(form, actions.found_organisation, **kwargs):
            messages.success(request, f"{form.outcome.name}已成立。")
            return redirect("orgs:organisation", form.outcome.pk)
    context = {
        "section": "organisations",
        "organisation": parent,
        "title": "成立下级组织",
        "note": f"上级党组织：{parent.name}。",
        "form": form,
        "back": reverse("orgs:organisation", args=[pk]),
    }
    return render(request, "orgs/organisation_act.html", context)


@require_http_methods(READ_WRITE)
def organisation_edit(request, pk):
    organisation = visible_or_404(request, pk, "host_unit")
    access.require(access.can_change_organisation(request.user, organisation))
    name = organisation.name
    form = forms.EditForm(request.POST or None, user=request.user, instance=organisation)
    if request.method == "POST" and form.is_valid():
        kwargs = form.values() | {"organisation": organisation, "by": request.user, "request": request}
        if succeeded(form, actions.update_organisation, **kwargs):
            changed = len(form.outcome)
            messages.success(request, f"{name}：已修改{changed}项。" if changed else "没有改动。")
            return redirect("orgs:organisation", pk)
    context = {
        "section": "organisations",
        "organisation": Organisation(pk=pk, name=name),
        "title": "修改资料",
        "note": "",
        "form": form,
        "back": reverse("orgs:organisation", args=[pk]),
    }
    return render(request, "orgs/organisation_act.html", context)


@require_http_methods(READ_WRITE)
def post_end(request, pk):
    posts = Post.objects.filter(organisation__in=Organisation.objects.visible_to(request.user).order_by())
    post = get_object_or_404(posts.select_related("organisation"), pk=pk)
    words = (f"免职：{post}", "登记后保留在任职沿革中。", "任职已结束。")
    return _end(request, post.organisation, words, "posts", actions.end_post, post=post)


@require_http_methods(READ_WRITE)
def functional_end(request, pk):
    links = Affiliation.objects.filter(
        organisation__in=Organisation.objects.visible_to(request.user).order_by(),
        line=AffiliationLine.FUNCTIONAL,
    )
    link = get_object_or_404(links.select_related("organisation", "superior"), pk=pk)
    words = (f"结束功能关系：{link.superior}", "登记后保留在沿革中。", "功能关系已结束。")
    action = actions.end_functional_affiliation
    return _end(request, link.organisation, words, "overview", action, affiliation=link)


def _end(request, organisation, words, tab, action, **link):
    access.require(access.can_change_organisation(request.user, organisation))
    title, note, done = words
    back = f"{reverse('orgs:organisation', args=[organisation.pk])}?tab={tab}"
    form = forms.EndForm(request.POST or None, user=request.user, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        kwargs = form.values() | link | {"by": request.user, "request": request}
        if succeeded(form, action, **kwargs):
            messages.success(request, f"{organisation.name}：{done}")
            return redirect(back)
    context = {
        "section": "organisations",
        "organisation": organisation,
        "title": title,
        "note": note,
        "form": form,
        "back": back,
    }
    return render(request, "orgs/organisation_act.html", context)
