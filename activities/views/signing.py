"""The desk with the changing code, and the page that opens when it is scanned."""

import io

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import codes, desks
from activities.actions import signing as actions
from activities.forms.signing import SignInForm
from activities.models import Activity, SignInDesk
from activities.views.records import SECTION, changeable
from members.models import Member
from orgs.forms.actions import call


def _activity(request, pk):
    """Lean: the screen in the room asks for it again and again."""
    return changeable(request, pk, Activity.objects.select_related("organisation", "desk"))


def _desk(activity):
    desk = getattr(activity, "desk", None)
    if desk:
        desk.activity = activity
    return desk


@require_GET
def desk(request, pk):
    """For the screen in the room."""
    activity = _activity(request, pk)
    context = {"section": SECTION, "activity": activity, **_panel(request, activity)}
    return render(request, "activities/desk.html", context)


@require_GET
def desk_panel(request, pk):
    """The code of this moment and who has come; the page asks for it again and again."""
    activity = _activity(request, pk)
    return render(request, "activities/_desk_panel.html", {"activity": activity, **_panel(request, activity)})


def _panel(request, activity):
    found = _desk(activity)
    is_open = found is not None and found.is_open
    signed = desks.signed_in(activity)
    context = {"desk": found, "is_open": is_open, "came": signed.count()}
    if is_open:
        names = signed.values_list("member__name", flat=True)[: desks.LAST]
        context |= {"last": list(names), "step": codes.step_of()}
    return context


@require_GET
def desk_image(request, pk):
    """The code of this moment as a drawing (SVG)."""
    found = _desk(_activity(request, pk))
    if found is None or not found.is_open:
        raise Http404
    stream = io.BytesIO()
    address = desks.code_address(request, found)
    segno.make(address, error="m").save(stream, kind="svg", scale=8, border=2)
    return HttpResponse(stream.getvalue(), content_type="image/svg+xml")


@require_POST
def desk_open(request, pk):
    activity = _activity(request, pk)
    try:
        call(actions.open_desk, activity=activity, by=request.user, request=request)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("activities:sign-in-desk", pk)


@require_POST
def desk_close(request, pk):
    found = get_object_or_404(SignInDesk, activity=_activity(request, pk))
    call(actions.close_desk, desk=found, by=request.user, request=request)
    messages.success(request, "已结束扫码签到。")
    return redirect("activities:sign-in-desk", pk)


# --- At the door: open to people without an account -----------------------------------------------------------


def _open_desk(public_id):
    return get_object_or_404(SignInDesk.objects.select_related("activity__organisation"), public_id=public_id)


@login_not_required
@require_GET
def sign_in_code(request, public_id, code):
    """Where a scan leads; a code that has passed says so and tells nothing about the activity."""
    found = _open_desk(public_id)
    if not codes.is_valid(found.secret, code):
        return _refused(request, codes.STALE)
    if not found.is_open:
        return _refused(request, actions.CLOSED)
    return _form(request, found, SignInForm(initial={"ticket": codes.issue_ticket(found)}))


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request, public_id):
    """Without the ticket of a scan the page tells nothing about the activity."""
    found = _open_desk(public_id)
    try:
        codes.read_ticket(found, request.POST.get("ticket", ""))
    except ValidationError as error:
        return _refused(request, error.messages[0])
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form(request, found, form)
    try:
        member = _person(request, found, form.cleaned_data)
        attendance, is_new = actions.sign_in(desk=found, member=member, ticket=form.cleaned_data["ticket"])
    except ValidationError as error:
        form.add_error(None, error)
        return _form(request, found, form)
    context = {"activity": found.activity, "attendance": attendance, "is_new": is_new}
    return render(request, "activities/signed_in.html", context)


def _person(request, found, values):
    own = _own(request)
    if values["own"] and own is not None:
        return own
    return actions.find_person(
        desk=found, name=values["name"], digits=values["digits"], ticket=values["ticket"]
    )


def _own(request):
    """The member whose account is signed in on this telephone."""
    return Member.objects.in_register().of_account(request.user).first()


def _form(request, found, form):
    context = {"activity": found.activity, "desk": found, "form": form, "own": _own(request)}
    return render(request, "activities/sign_in.html", context)


def _refused(request, words):
    return render(request, "activities/sign_in_refused.html", {"words": words}, status=410)
