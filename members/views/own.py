"""What a member sees of the own record, and who may tie an account to it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from members import access
from members.actions import own as actions
from members.forms.own import AccountForm
from members.models import Member
from members.views.register import member_page
from orgs.access import has, require
from orgs.forms.actions import succeeded


@require_GET
def own_record(request):
    """The person's own page; says what to do where no record is tied to the account."""
    require(has(request.user, "self.view"))
    pk = Member.objects.filter(account=request.user).values_list("pk", flat=True).first()
    if pk is None:
        return render(request, "members/own_empty.html", {"section": "own"})
    return member_page(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def member_account(request, pk):
    rows = Member.objects.visible_to(request.user).select_related("organisation", "account")
    member = get_object_or_404(rows, pk=pk)
    require(access.can_change_member(request.user, member))
    initial = {"username": member.account.username if member.account else ""}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        kwargs = form.cleaned_data | {"member": member, "by": request.user, "request": request}
        if succeeded(form, actions.link_account, **kwargs):
            account = form.outcome
            messages.success(request, f"已关联账号{account}。" if account else "已解除账号关联。")
            return redirect("members:member", pk)
    context = {
        "section": "members",
        "title": f"本人账号：{member}",
        "form": form,
        "submit": "保存",
        "back": reverse("members:member", args=[pk]),
        "member": member,
    }
    return render(request, "members/relation_form.html", context)
