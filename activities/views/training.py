"""Training hours: the list of a scope, one member's year, and courses taken elsewhere."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access, training
from activities.actions import training as actions
from activities.forms.training import CreditForm, WithdrawForm
from activities.models import TrainingCredit
from activities.training_filters import TrainingFilter
from members.models import Member
from members.views.pages import crumb, done, form_page
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.pages import render_list
from orgs.views.responses import say_faults

SECTION = "training"
READ_WRITE = ("GET", "HEAD", "POST")


@require_GET
def training_list(request):
    """By name; how many have reached what is asked of them is said above."""
    user = request.user
    require(access.can_view_activities(user))
    rows = Member.objects.listed_to(user, "activities.view").in_register()
    filterset = TrainingFilter(request.GET, queryset=rows, request=request)
    shown = filterset.qs.select_related("organisation").defer("identity_number", "mobile")
    context = {
        "section": SECTION,
        "filterset": filterset,
        "year": filterset.asked_year,
        "page": keyset_page(shown, request.GET, sorts={"name": "pinyin"}, default="name"),
        "figures": filterset.figures_at_once(),
        "home": _own_branch(user),
    }
    return render_list(request, "activities/training_list.html", context)


def _own_branch(user):
    """Where the button leads that enters a course: the branch, for those who keep just one."""
    rows = Organisation.objects.permitted_to(user, "activities.change").active().filter(keeps_membership=True)
    found = list(rows.order_by("path")[:2])
    return found[0] if len(found) == 1 else None


def _visible(request, pk):
    rows = Member.objects.permitted_to(request.user, "activities.view").select_related("organisation")
    return get_object_or_404(rows, pk=pk)


@require_GET
def member_training(request, pk):
    """One member's year (`?year=`)."""
    member = _visible(request, pk)
    year = TrainingFilter(request.GET, queryset=Member.objects.none(), request=request).asked_year
    found, lectures, courses = training.of_member(member, year)
    context = {
        "section": SECTION,
        "member": member,
        "found": found,
        "year": year,
        "lectures": lectures[:200],
        "courses": courses[:200],
        "may_change": access.can_change_activities_at(request.user, member.organisation),
        "withdraw_form": WithdrawForm(),
    }
    return render(request, "activities/member_training.html", context)


@require_http_methods(READ_WRITE)
def credit_new(request, pk):
    """A course of several members of a branch; `?member=` ticks one beforehand."""
    organisation = get_object_or_404(
        Organisation.objects.permitted_to(request.user, "activities.view"), pk=pk
    )
    require(access.can_change_activities_at(request.user, organisation))
    initial = {"members": request.GET.getlist("member")}
    form = CreditForm(request.POST or None, organisation=organisation, user=request.user, initial=initial)
    back = reverse("activities:training-list")
    if done(request, form, actions.add_credits, lambda rows: f"已为{len(rows)}名党员登记培训学时。"):
        return redirect(back)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"登记培训：{organisation}",
        submit="登记",
        crumbs=[crumb("教育培训", "activities:training-list")],
        back=back,
        note="本系统记录的党课和教育培训按到会自动计学时，这里登记在其他地方参加的培训。",
    )


@require_POST
def credit_withdraw(request, pk):
    rows = TrainingCredit.objects.visible_to(request.user)
    credit = get_object_or_404(rows.select_related("member__organisation"), pk=pk)
    require(access.can_change_activities_at(request.user, credit.member.organisation))
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, actions.withdraw_credit, credit=credit, **form.cleaned_data, **who
    ):
        messages.success(request, "已撤销。")
    else:
        say_faults(request, form)
    return redirect("activities:member-training", credit.member_id)
