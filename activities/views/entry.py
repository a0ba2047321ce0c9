"""Recording an activity in a minute, planning one, and changing what is on record."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from activities import access, achieves, entry_points, roll_call
from activities.actions import activities as actions
from activities.actions.bookings import plan_booked_activity
from activities.forms.choose import PlaceForm
from activities.forms.entry import NewPlanForm, PlanForm, RecordForm, stored_values
from activities.habits import habits, recent
from activities.kinds import Kind
from activities.models import Activity
from activities.venues.of_activity import bookings_of, unused
from activities.views.records import SECTION, changeable
from orgs.access import require
from orgs.forms.actions import succeeded
from orgs.numbers import is_key

READ_WRITE = ("GET", "POST")


# --- Where ---------------------------------------------------------------------------------------------


def asked_place(request):
    """The organisation that the form was drawn for or the address names; else the person's own."""
    require(access.can_change_activities(request.user))
    if request.method == "POST":
        return _place_by_key(request.user, request.POST.get("organisation", ""))
    if key := request.GET.get("place"):
        return _place_by_key(request.user, key)
    form = PlaceForm(request.GET, user=request.user) if "organisation" in request.GET else None
    if form and form.is_valid():
        return form.cleaned_data["organisation"]
    found = entry_points.own_place(request.user) or entry_points.places(request.user).first()
    if found is None:
        raise Http404("没有可以登记活动的党组织。")
    return found


def _place_by_key(user, text):
    if not is_key(text):
        return entry_points.own_place(user) or _nowhere()
    return get_object_or_404(entry_points.places(user), pk=text)


def _nowhere():
    raise Http404("没有可以登记活动的党组织。")


# --- What is proposed ----------------------------------------------------------------------------------


def _proposed(request, organisation, *, copy=None) -> dict:
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else ""
    now = timezone.localtime()
    past = recent(organisation)
    due = () if kind else [cell.kind for cell in achieves.due(organisation, now.date())]
    usual = habits(past, now, due=due, kind=kind)
    found = {
        "kinds": usual.kinds,
        "day": usual.starts_at.date(),
        "starts_at": usual.starts_at.time(),
        "ends_at": usual.ends_at.time(),
        "place": usual.place,
        "chair_name": usual.chair or request.user.display_name,
        "recorder_name": usual.recorder,
        "titles": usual.titles,
        "belongs_to_year": _year(request, now.year),
    }
    return found | (_copied(copy) if copy else {})


def _year(request, this_year) -> int | None:
    """`?year=` of a reminder: what is held now makes up for last year."""
    return this_year - 1 if request.GET.get("year") == str(this_year - 1) else None


def _copied(last) -> dict:
    """照上次填写: everything but the day, and who was away."""
    stored = stored_values(last)
    names = (
        "kinds", "title", "place", "is_online", "chair_name", "recorder_name", "lecturer_name", "series",
        "starts_at", "ends_at",
    )  # fmt: skip
    return {name: stored[name] for name in names}


# --- The pages -----------------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def record(request):
    """What was held, on one screen."""
    organisation = asked_place(request)
    who = {"user": request.user, "organisation": organisation}
    if request.method == "POST":
        form = RecordForm(request.POST, **who)
        words = "已保存" if not _was_stored(request) else "此前已保存，未重复登记，请核对内容"
        if _did(request, form, actions.record_activity, "entry", words, organisation=organisation):
            return _to_record(request, form.outcome.pk)
        return _entry_page(request, form)
    last = entry_points.last_record(request.user, organisation)
    initial = _proposed(request, organisation, copy=last if "copy" in request.GET else None)
    form = RecordForm(
        initial=initial | {"entry_key": uuid.uuid4()}, by_roll="counts" not in request.GET, **who
    )
    return _entry_page(request, form, last=last)


def _was_stored(request) -> bool:
    """A bad connection sent the record before, though the browser did not hear that it arrived."""
    try:
        key = uuid.UUID(request.POST.get("entry_key", ""))
    except ValueError:
        return False
    return Activity.objects.filter(entry_key=key, created_by=request.user).exists()


def _to_record(request, pk):
    """Also for the script that sends the form: it goes there itself, so that the page shows what was said."""
    page = redirect("activities:activity", pk)
    return HttpResponseClientRedirect(page.url) if request.htmx else page


def _did(request, form, action, values, words, **kwargs) -> bool:
    """Calls `action` with the form's property `values`; a refusal is shown in the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    who = {"by": request.user, "request": request}
    if not succeeded(form, action, **getattr(form, values), **kwargs, **who):
        return False
    messages.success(request, f"{words}：{form.outcome.title}。")
    return True


def _entry_page(request, form, *, last=None, title="记活动", submit="保存", back=None):
    choice = PlaceForm(user=request.user, initial={"organisation": form.organisation})
    context = {
        "section": SECTION,
        "form": form,
        "title": title,
        "submit": submit,
        "back": back or reverse("activities:activity-list"),
        "last": last,
        "choice": choice if form.activity is None and choice.is_choice else None,
        "reasons": roll_call.REASONS,
        "achieves": _achieves(form),
    }
    return render(request, "activities/record.html", context)


def _achieves(form) -> str:
    return achieves.achieved(form.organisation, form.chosen_kinds, form.chosen_day, without=form.activity)


@require_POST
def record_roll(request):
    """The roll of another day or of other kinds, while the form is being filled in; nothing is stored."""
    activity = None
    if number := request.POST.get("activity", ""):
        activity = changeable(request, int(number) if is_key(number) else 0)
    organisation = activity.organisation if activity else asked_place(request)
    form = RecordForm(request.POST, user=request.user, organisation=organisation, activity=activity)
    form.is_valid()
    context = {"form": form, "reasons": roll_call.REASONS, "achieves": _achieves(form)}
    return render(request, "activities/_roll.html", context)


@require_http_methods(READ_WRITE)
def plan(request):
    organisation = asked_place(request)
    who = {"user": request.user, "organisation": organisation}
    if request.method == "POST":
        form = NewPlanForm(request.POST, **who)
        if _did(request, form, plan_booked_activity, "entry", "已制定计划", organisation=organisation):
            return _to_record(request, form.outcome.pk)
        return _entry_page(request, form, title="制定计划")
    initial = _proposed(request, organisation) | {"day": None} | _booked(request, organisation)
    return _entry_page(request, NewPlanForm(initial=initial, **who), title="制定计划")


def _booked(request, organisation) -> dict:
    """`?booking=`: time and place of a station that was booked before."""
    key = request.GET.get("booking", "")
    booking = unused(organisation).filter(pk=key).first() if is_key(key) else None
    if booking is None:
        return {}
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    return {
        "day": start.date(),
        "starts_at": start.time(),
        "ends_at": end.time(),
        "last_day": end.date() if end.date() != start.date() else None,
        "place": booking.venue.name,
        "title": booking.title,
        "booking": booking.pk,
    }


def _closed(request, activity, act):
    """Back to its page, where the record is in a state that does not allow `act`; else None.

    What was typed already is refused by the action, and stays in the form.
    """
    if request.method == "POST" or act in access.acts_open_to(request.user, activity):
        return None
    words = f"该记录的状态是“{activity.get_state_display()}”，不能这样办理。"
    messages.error(request, words)
    return redirect("activities:activity", activity.pk)


@require_http_methods(READ_WRITE)
def hold(request, pk):
    """A planned one took place."""
    activity = changeable(request, pk)
    if closed := _closed(request, activity, "hold"):
        return closed
    form = RecordForm(
        request.POST or None, user=request.user, organisation=activity.organisation, activity=activity
    )
    form.fields["kinds"].disabled = True
    # The form keeps what was on record when it was drawn; the action judges the row as it is now.
    if _did(request, form, actions.hold_activity, "held", "已登记召开", activity=Activity(pk=pk)):
        return _to_record(request, pk)
    back = reverse("activities:activity", args=[pk])
    return _entry_page(request, form, title=f"登记召开：{activity}", back=back)


def _tell_of_bookings(request, activity):
    """A booking is somebody's room: it stays until they change it, but they are told that it no longer fits."""
    for booking in bookings_of(activity):
        if booking.differs:
            messages.warning(
                request,
                f"已预订的{booking.venue}仍为{booking.when_words}，与新的活动时间不一致，请修改或取消预订。",
            )


@require_http_methods(READ_WRITE)
def edit(request, pk):
    activity = changeable(request, pk)
    if closed := _closed(request, activity, "change"):
        return closed
    who = {"user": request.user, "organisation": activity.organisation, "activity": activity}
    if activity.is_held:
        by_roll = activity.has_roster or "roll" in request.GET
        form = RecordForm(request.POST or None, by_roll=by_roll, **who)
    else:
        form = PlanForm(request.POST or None, **who)
    if _did(request, form, actions.change_activity, "change", "已修改", activity=Activity(pk=pk)):
        _tell_of_bookings(request, form.outcome)
        return _to_record(request, pk)
    back = reverse("activities:activity", args=[pk])
    return _entry_page(request, form, title=f"修改：{activity}", back=back)
