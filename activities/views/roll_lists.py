"""A list of names as the roll of one activity: upload, look through, save. Nothing is kept in between."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from activities.actions import roll_lists as actions
from activities.forms.roll_lists import ListForm, RollListReview
from activities.views.records import SECTION, changeable
from orgs.forms.actions import call

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TOO_LARGE = "应到人员太多，不能按名单逐人登记，请登记人数。"


def _page(request, activity, form, status=200):
    context = {"section": SECTION, "activity": activity, "form": form}
    return render(request, "activities/roll_list.html", context, status=status)


def _review_page(request, activity, draft, error=""):
    context = {"section": SECTION, "activity": activity, "draft": draft, "error": error}
    return render(request, "activities/roll_list_review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def roll_list(request, pk):
    activity = changeable(request, pk)
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, activity, form)
    review = RollListReview(request.user, activity)
    if review.is_too_large or not review.members:
        form.add_error(None, TOO_LARGE if review.members else "主办党组织在活动当天没有党员，请登记人数。")
        return _page(request, activity, form)
    return _review_page(request, activity, review.from_list(*form.cleaned_data["file"]))


@require_POST
def roll_list_save(request, pk):
    activity = changeable(request, pk)
    review = RollListReview(request.user, activity)
    draft = review.from_post(request.POST)
    try:
        values = review.values(draft)
        call(actions.take_roll_list, activity=activity, by=request.user, request=request, **values)
    except ValidationError as error:
        return _review_page(request, activity, draft, error="".join(error.messages))
    messages.success(request, f"已按名单登记：到会{activity.present}人，应到{activity.expected}人。")
    return redirect("activities:activity", pk)


@require_POST
def roll_list_sample(request, pk):
    activity = changeable(request, pk)
    review = RollListReview(request.user, activity)
    members = [one for one in review.members if one.pk in review.expected]
    body = actions.take_sample(activity=activity, members=members, by=request.user, request=request)
    response = HttpResponse(body, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="roll-{activity.held_on:%Y%m%d}.xlsx"'
    return response
