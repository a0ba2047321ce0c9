"""提醒设置 of a person, and 群机器人 of organisations."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.forms.actions import succeeded
from orgs.models import DeliveryFault, DeliveryState, Frequency, ReminderSetting, Robot, RobotMessage
from orgs.paging import keyset_page
from orgs.views.pages import act
from portal.reminders import actions
from portal.reminders.forms import ReminderForm, RobotForm
from portal.reminders.outbox import next_at
from portal.reminders.platforms import HINTS
from portal.reminders.summary import TOPICS

SECTION = "robots"
READ_WRITE = ["GET", "POST"]
TONES = {
    DeliveryState.WAITING: "warn",
    DeliveryState.DELIVERED: "good",
    DeliveryState.GIVEN_UP: "bad",
    DeliveryState.EMPTY: "plain",
}
LATEST = 10
SWITCHES = {
    "close": (actions.close_robot, "已停用，尚未发出的不再发送。"),
    "open": (actions.open_robot, "已启用。"),
}


@require_http_methods(READ_WRITE)
def reminders(request):
    """Whether, when, and what became of the last ones."""
    user = request.user
    form = ReminderForm(request.POST or None, user=user)
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.set_reminders, user=user, **form.cleaned_data)
    ):
        messages.success(request, "已保存。")
        return redirect("portal:reminders")
    stored = ReminderSetting.objects.filter(user=user).exclude(frequency=Frequency.OFF).first()
    context = {
        "section": "home",
        "form": form,
        "sends_mail": settings.SENDS_MAIL,
        "next_at": stored and next_at(stored),
        "digests": _marked(user.digests.order_by("-created_at", "-pk")[:LATEST]),
    }
    return render(request, "portal/reminders.html", context)


def _marked(rows):
    rows = list(rows)
    for row in rows:
        row.tone = TONES[row.state]
        row.hint = HINTS.get(row.status, "") if row.fault == DeliveryFault.REFUSED else ""
    return rows


# --- Robots -------------------------------------------------------------------------------------------------


@require_GET
def robot_list(request):
    access.require(access.can_manage_webhooks(request.user))
    rows = Robot.objects.visible_to(request.user).select_related("organisation").defer("address", "secret")
    page = keyset_page(rows, request.GET, sorts={"new": "created_at"}, default="-new")
    counts = RobotMessage.objects.filter(robot__in=[row.pk for row in page]).order_by().values("robot")
    states = {state: Count("pk", filter=Q(state=state)) for state in TONES}
    counted = {row["robot"]: row for row in counts.annotate(**states)}
    for row in page:
        row.counts = counted.get(row.pk, {})
    return render(request, "portal/robot_list.html", {"section": SECTION, "page": page})


@require_http_methods(READ_WRITE)
def robot_new(request):
    access.require(access.can_manage_webhooks(request.user))
    form = RobotForm(request.POST or None, user=request.user)
    if _saved(request, form, actions.add_robot):
        messages.success(request, "已建立。请发送一条测试，看看群里能不能收到。")
        return redirect("portal:robot", form.outcome.pk)
    context = {"section": SECTION, "form": form, "title": "新建群机器人"}
    return render(request, "portal/robot_form.html", context)


@require_http_methods(READ_WRITE)
def robot_edit(request, pk):
    found = _visible(request, pk)
    form = RobotForm(request.POST or None, user=request.user, robot=found)
    if _saved(request, form, actions.change_robot, robot=found):
        messages.success(request, "已修改。")
        return redirect("portal:robot", pk)
    context = {"section": SECTION, "form": form, "title": f"修改：{found}", "robot": found}
    return render(request, "portal/robot_form.html", context)


def _saved(request, form, action, **kwargs) -> bool:
    if request.method != "POST" or not form.is_valid():
        return False
    return succeeded(form, action, **form.cleaned_data, **kwargs, by=request.user, request=request)


def _visible(request, pk) -> Robot:
    access.require(access.can_manage_webhooks(request.user))
    rows = Robot.objects.visible_to(request.user).select_related("organisation", "created_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def robot(request, pk):
    found = _visible(request, pk)
    page = keyset_page(found.messages.all(), request.GET, sorts={"time": "created_at"}, default="-time")
    _marked(page.items)
    context = {
        "section": SECTION,
        "robot": found,
        "host": urlsplit(found.address).hostname,
        "topics": [TOPICS[code].label for code in found.topics],
        "next_at": None if found.closed_at else next_at(found),
        "page": page,
    }
    return render(request, "portal/robot.html", context)


@require_POST
def robot_switch(request, pk, to):
    action, done = SWITCHES[to]
    act(request, done, action, robot=_visible(request, pk))
    return redirect("portal:robot", pk)


@require_POST
def robot_test(request, pk):
    found = _visible(request, pk)
    act(request, "测试已发出，结果见下方记录，请稍后刷新。", actions.send_test, robot=found)
    return redirect("portal:robot", pk)


@require_POST
def robot_delete(request, pk):
    found = _visible(request, pk)
    if act(request, f"已删除“{found}”。", actions.delete_robot, robot=found):
        return redirect("portal:robot-list")
    return redirect("portal:robot", pk)


@require_POST
def robot_resend(request, pk):
    access.require(access.can_manage_webhooks(request.user))
    seen = Robot.objects.visible_to(request.user).order_by().values("pk")
    rows = RobotMessage.objects.filter(robot__in=seen).select_related("robot__organisation")
    found = get_object_or_404(rows, pk=pk)
    act(request, "将重新发送，请稍后刷新。", actions.send_again, message=found)
    return redirect("portal:robot", found.robot_id)
