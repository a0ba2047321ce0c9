"""What is done with an agreement on its page."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from activities.models import Activity
from linkages import access
from linkages.actions import agreements as actions
from linkages.actions import booking, files, liaisons
from linkages.forms import agreements as forms
from linkages.forms.booking import AgreementChoiceForm, BookingForm, ResultForm, WithdrawForm
from linkages.forms.liaisons import NameLiaisonForm
from linkages.models import AgreementActivity, AgreementFile, AgreementResult
from linkages.sections import choices
from linkages.views.agreements import agreement_page, offered, visible
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.views.files import add_each, read_or_say
from orgs.views.responses import say_faults

# Act → (form, its prefix, the name under which the page shows it, action, what is said then).
ACTS = {
    "sign": (forms.SignForm, "sign", actions.sign_agreement, "已登记签署。"),
    "amend": (forms.AmendForm, "amend", actions.amend_agreement, "补充约定已登记。"),
    "end": (forms.EndForm, "end", actions.end_agreement, "协议已终止，记录保留。"),
    "evaluate": (forms.EvaluationForm, "year", actions.evaluate_agreement, "年度评价已登记。"),
}
PAGE_NAMES = {"sign": "sign_form", "amend": "amend_form", "end": "end_form", "evaluate": "evaluation_form"}


def _changeable(request, pk):
    found = visible(request, pk)
    require(access.can_change_agreement(request.user, found))
    return found


def _act(request, found, form, page_name, action, words):
    """A refusal shows the page again with what was typed, and says why even where the form is no longer there."""
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, agreement=found, **form.cleaned_data, **who):
        messages.success(request, words)
        return redirect("linkages:agreement", found.pk)
    say_faults(request, form)
    return agreement_page(request, visible(request, found.pk), **{page_name: form})


@require_POST
def take(request, pk, act):
    found = _changeable(request, pk)
    form_class, prefix, action, words = ACTS[act]
    form = form_class(request.POST, auto_id=f"{prefix}-%s")
    return _act(request, found, form, PAGE_NAMES[act], action, words)


@require_POST
def book(request, pk):
    found = _changeable(request, pk)
    form = BookingForm(request.POST, activities=offered(request.user, found), auto_id="book-%s")
    return _act(request, found, form, "booking_form", booking.book_activity, "活动已登记到协议。")


@require_POST
def liaison(request, pk):
    found = _changeable(request, pk)
    form = NameLiaisonForm(request.POST, agreement=found, auto_id="account-%s")
    return _act(request, found, form, "liaison_form", liaisons.name_liaison, "已指定联络员账号。")


@require_POST
def activity_book(request, pk):
    """From the page of an activity, which `pk` names."""
    activity = get_object_or_404(Activity.objects.visible_to(request.user), pk=pk)
    require(access.can_change_agreements(request.user))
    form = AgreementChoiceForm(request.POST, agreements=choices(activity, request.user))
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(
        form, booking.book_activity, activity=activity, **form.cleaned_data, **who
    ):
        messages.success(request, "活动已登记到协议。")
    else:
        say_faults(request, form)
    return redirect("activities:activity", pk)


@require_POST
def result(request, pk):
    found = _changeable(request, pk)
    form = ResultForm(request.POST, agreement=found, auto_id="result-%s")
    return _act(request, found, form, "result_form", booking.add_result, "成效已登记。")


def _withdraw(request, rows, pk, action, name, **more):
    row = get_object_or_404(
        rows.visible_to(request.user).select_related("agreement__organisation"), pk=pk, **more
    )
    _changeable(request, row.agreement_id)
    form = WithdrawForm(request.POST)
    who = {"by": request.user, "request": request}
    if form.is_valid() and succeeded(form, action, **{name: row}, **form.cleaned_data, **who):
        messages.success(request, "已撤回，记录保留。")
    else:
        say_faults(request, form)
    return redirect("linkages:agreement", row.agreement_id)


@require_POST
def booking_withdraw(request, pk):
    return _withdraw(request, AgreementActivity.objects, pk, booking.withdraw_booking, "booking")


@require_POST
def result_withdraw(request, pk):
    return _withdraw(request, AgreementResult.objects, pk, booking.withdraw_result, "result")


# --- The signed paper ----------------------------------------------------------------------------------


@require_POST
def file_add(request, pk):
    add_each(request, files.add_file, agreement=_changeable(request, pk))
    return redirect("linkages:agreement", pk)


@require_safe
def file(request, pk, file):
    rows = AgreementFile.objects.visible_to(request.user).select_related("agreement__organisation")
    found = get_object_or_404(rows, agreement=pk, public_id=file)
    agreement = visible(request, pk)
    require(found.withdrawn_at is None or access.can_change_agreement(request.user, agreement))
    return read_or_say(request, files.read_file, found) or redirect("linkages:agreement", pk)


@require_POST
def file_withdraw(request, pk, file):
    found = get_object_or_404(AgreementFile.objects.visible_to(request.user), agreement=pk, public_id=file)
    return _withdraw(request, AgreementFile.objects, found.pk, files.withdraw_file, "file")
