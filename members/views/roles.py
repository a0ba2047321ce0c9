"""Delegates, seats and observers: the list, entering one, ending one."""

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from members import access
from members.actions import leading as actions
from members.forms import leading as forms
from members.forms.fields import member_text
from members.leading_filters import RoleFilter, mark_term
from members.leading_lists import role_columns
from members.models import Member, PublicRole
from members.views.leading import SECTION
from members.views.pages import crumb, done, form_page
from members.views.transfers import READ_WRITE
from orgs.access import require
from orgs.exports import export_response
from orgs.numbers import is_key
from orgs.paging import keyset_page
from orgs.views.pages import export_page, render_list


def _filtered(request, permission="members.view"):
    rows = PublicRole.objects.permitted_to(request.user, permission)
    return RoleFilter(request.GET, queryset=rows, request=request)


@require_GET
def role_list(request):
    require(access.can_view_members(request.user))
    filterset = _filtered(request)
    sorts = {"name": "member__pinyin", "since": "since"}
    page = keyset_page(filterset.qs.for_list(), request.GET, sorts=sorts, default="-since")
    mark_term(page, timezone.localdate())
    for role in page:
        role.may_end = role.ended_on is None and access.can_change_member(request.user, role.member)
    context = {
        "section": SECTION,
        "filterset": filterset,
        "page": page,
        "matching": filterset.qs.count(),
        "may_change": access.can_change_members(request.user),
        "may_export": access.can_export_members(request.user),
    }
    return render_list(request, "members/role_list.html", context)


@require_http_methods(["GET", "POST"])
def role_export(request):
    require(access.can_export_members(request.user))
    filterset = _filtered(request, "members.export")
    return export_page(
        request,
        filterset,
        _export,
        section=SECTION,
        title="导出代表与观察员",
        list_url="members:role-list",
    )


def _export(*, request, filterset, count, **answers):
    return export_response(
        request=request,
        name="代表与观察员",
        columns=role_columns(),
        rows=filterset.qs.for_list().order_by("kind", "level", "pk").iterator(chunk_size=2000),
        count=count,
        detail={"filter": filterset.chosen_words},
        **answers,
    )


@require_http_methods(READ_WRITE)
def role_new(request):
    """`member` in the address names the member whose page the person comes from."""
    require(access.can_change_members(request.user))
    form = forms.RoleForm(request.POST or None, user=request.user, initial={"member": _named(request)})
    if done(request, form, actions.take_role, lambda role: f"已登记{role}。"):
        return redirect("members:role-list")
    return form_page(
        request,
        form,
        section=SECTION,
        title="登记代表、委员或观察员",
        submit="登记",
        crumbs=_crumbs(),
        back=reverse("members:role-list"),
    )


def _crumbs():
    return [crumb("先锋与人才", "members:pioneers"), crumb("代表与观察员", "members:role-list")]


def _named(request) -> str:
    text = request.GET.get("member", "")
    if not is_key(text):
        return ""
    rows = Member.objects.permitted_to(request.user, "members.change").in_register()
    member = rows.select_related("organisation").filter(pk=text).first()
    return member_text(member) if member else ""


@require_http_methods(READ_WRITE)
def role_end(request, pk):
    rows = PublicRole.objects.visible_to(request.user).select_related("member__organisation")
    role = get_object_or_404(rows, pk=pk)
    require(access.can_change_member(request.user, role.member))
    form = forms.RoleEndForm(request.POST or None)
    if done(request, form, actions.end_role, lambda ended: f"{ended}的任职已终止。", role=role):
        return redirect("members:role-list")
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"终止任职：{role}",
        submit="终止任职",
        crumbs=_crumbs(),
        back=reverse("members:role-list"),
        note=f"{role.get_level_display()}{role.get_kind_display()}，{role.body}，{role.since} 起任职。连任的在终止后登记新一届。",
    )
