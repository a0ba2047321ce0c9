"""Signing up: the terms, the list, and what a member finds to come."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import access, calendars
from activities.actions import feeds
from activities.actions import signup as actions
from activities.forms.signing import OfferForm
from activities.models import Attendance, CalendarFeed, SignUp, SignUpState
from activities.views.records import SECTION, changeable
from members.models import Member
from members.views.own import own_member
from members.views.pages import crumb, done, form_page
from orgs.access import require
from orgs.models import Organisation
from orgs.paging import keyset_page
from orgs.views.pages import act

READ_WRITE = ("GET", "HEAD", "POST")


@require_http_methods(READ_WRITE)
def offer(request, pk):
    """Opens signing up, changes its terms or ends it."""
    activity = changeable(request, pk)
    initial = {"until": activity.signup_until, "places": activity.signup_places}
    form = OfferForm(request.POST or None, initial=initial)
    words = lambda found: "已开放报名。" if found.signup_until else "已停止报名。"  # noqa: E731
    if done(request, form, actions.offer_signup, words, activity=activity):
        return redirect("activities:signup-list", pk)
    return form_page(
        request,
        form,
        section=SECTION,
        title=f"报名设置：{activity}",
        submit="保存",
        crumbs=[crumb("活动", "activities:activity-list"), crumb(activity.title, "activities:activity", pk)],
        back=reverse("activities:activity", args=[pk]),
        note="主办党组织及其下级的党员可以报名；名额满后依次候补，有人取消时自动递补。",
    )


@require_GET
def signup_list(request, pk):
    """Who signed up, and who waits, for those who keep the record."""
    activity = changeable(request, pk)
    rows = activity.signups.exclude(state=SignUpState.WITHDRAWN).select_related("member__organisation")
    rows = rows.defer("member__identity_number", "member__mobile")
    context = {
        "section": SECTION,
        "activity": activity,
        "page": keyset_page(rows, request.GET, sorts={"since": "since"}, default="since"),
        "going": activity.signups.filter(state=SignUpState.GOING).count(),
        "waiting": activity.signups.filter(state=SignUpState.WAITING).count(),
    }
    return render(request, "activities/signup_list.html", context)


# --- A member's own -------------------------------------------------------------------------------------------


@require_GET
def own_activities(request):
    """What is to come for the member behind the account, and where they have been."""
    member = own_member(request)
    context = {"section": "own_activities", "member": member}
    if member:
        coming = calendars.for_member(member) | calendars.open_to(member).distinct()
        coming = coming.filter(starts_at__gte=timezone.now()).select_related("organisation")
        coming = list(coming.prefetch_related("kinds").order_by("starts_at", "pk")[:50])
        mine = dict(
            SignUp.objects.filter(member=member, activity__in=coming).values_list("activity", "state")
        )
        for activity in coming:
            activity.mine = mine.get(activity.pk, "")
        past = Attendance.objects.filter(member=member, activity__starts_at__lt=timezone.now())
        context |= {
            "coming": coming,
            "past": keyset_page(
                past.annotate(day=F("activity__held_on"))
                .select_related("activity__organisation")
                .prefetch_related("activity__kinds"),
                request.GET,
                sorts={"day": "day"},
                default="-day",
            ),
            "feed": CalendarFeed.objects.filter(
                user=request.user, organisation=None, revoked_at=None
            ).first(),
        }
    return render(request, "activities/own_activities.html", context)


@require_POST
def own_signup(request, pk):
    member = own_member(request)
    require(member is not None)
    activity = get_object_or_404(calendars.open_to(member), pk=pk)
    act(request, _signed_words, actions.sign_up, activity=activity, member=member)
    return redirect("activities:own-activities")


def _signed_words(row) -> str:
    return "名额已满，已列入候补，有空额时自动递补。" if row.state == SignUpState.WAITING else "已报名。"


@require_POST
def own_withdraw(request, pk):
    member = own_member(request)
    require(member is not None)
    row = get_object_or_404(SignUp.objects.select_related("activity"), activity=pk, member=member)
    act(request, "已取消报名。", actions.withdraw, signup=row)
    return redirect("activities:own-activities")


# --- Calendars to subscribe to --------------------------------------------------------------------------------


@require_http_methods(READ_WRITE)
def own_feed(request):
    """Makes an address for one's own calendar and shows it once; a new one ends the old."""
    member = own_member(request)
    require(member is not None)
    return _feed_page(request, "我的活动日历", reverse("activities:own-activities"), None)


@require_http_methods(READ_WRITE)
def organisation_feed(request, pk):
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    require(access.can_view_activities_at(request.user, organisation))
    back = reverse("activities:activity-list")
    return _feed_page(request, f"{organisation}活动日历", back, organisation)


def _feed_page(request, title, back, organisation):
    context = {"section": SECTION, "title": title, "back": back}
    if request.method == "POST" and request.POST.get("end"):
        feeds.end_feed(by=request.user, organisation=organisation, request=request)
        messages.success(request, "已停用，原地址不再更新。")
        return redirect(request.path)
    if request.method == "POST":
        token = feeds.make_feed(by=request.user, organisation=organisation, request=request)
        context["address"] = request.build_absolute_uri(reverse("activities:feed", args=[token]))
    context["feed"] = CalendarFeed.objects.filter(
        user=request.user, organisation=organisation, revoked_at=None
    ).first()
    return render(request, "activities/feed.html", context)


@login_not_required
@require_GET
def feed(request, token):
    """The calendar behind a secret address, as long as its account may see what it holds."""
    rows = CalendarFeed.objects.filter(revoked_at=None, user__is_active=True).select_related(
        "user", "organisation"
    )
    found = get_object_or_404(rows, token_hash=CalendarFeed.hash_of(token))
    rows, name = _feed_rows(found)
    response = HttpResponse(calendars.calendar_of(rows, name), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=900"
    return response


def _feed_rows(found):
    if found.organisation is None:
        member = get_object_or_404(Member.objects.in_register().of_account(found.user))
        return calendars.for_member(member), "我的活动"
    if not access.can_view_activities_at(found.user, found.organisation):
        raise Http404
    return calendars.of_organisations([found.organisation_id]), found.organisation.name
