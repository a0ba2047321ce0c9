"""Events that other systems are told of: the subscriptions, and of one what was sent and what was not."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orgs import access
from orgs.actions import webhooks as actions
from orgs.forms.actions import call, succeeded
from orgs.forms.webhooks import DeliveryFilterForm, WebhookForm
from orgs.models import DeliveryState, WebhookDelivery, WebhookSubscription
from orgs.paging import keyset_page
from orgs.views.pages import act, render_list
from orgs.webhooks.events import label_of

SECTION = "webhooks"
READ_WRITE = ["GET", "POST"]
TONES = {DeliveryState.WAITING: "warn", DeliveryState.DELIVERED: "good", DeliveryState.GIVEN_UP: "bad"}
SWITCHES = {
    "close": (actions.close_subscription, "已停用，尚未送达的不再发送。"),
    "open": (actions.open_subscription, "已启用。"),
}


@require_GET
def webhook_list(request):
    access.require(access.can_manage_webhooks(request.user))
    rows = WebhookSubscription.objects.visible_to(request.user).select_related("organisation")
    page = keyset_page(rows, request.GET, sorts={"new": "created_at"}, default="-new")
    counts = WebhookDelivery.objects.filter(subscription__in=[row.pk for row in page]).values("subscription")
    states = {state: Count("pk", filter=Q(state=state)) for state in TONES}
    counted = {row["subscription"]: row for row in counts.annotate(**states)}
    for row in page:
        row.counts = counted.get(row.pk, {})
    return render(request, "orgs/webhook_list.html", {"section": SECTION, "page": page})


@require_http_methods(READ_WRITE)
def webhook_new(request):
    user = request.user
    access.require(access.can_manage_webhooks(user))
    form = WebhookForm(request.POST or None, user=user)
    who = {"by": user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.add_subscription, **form.cleaned_data, **who)
    ):
        return _page(request, visible(request, form.outcome.pk), secret=form.outcome.secret)
    context = {"section": SECTION, "form": form, "title": "新建事件推送"}
    return render(request, "orgs/webhook_form.html", context)


def visible(request, pk) -> WebhookSubscription:
    access.require(access.can_manage_webhooks(request.user))
    rows = WebhookSubscription.objects.visible_to(request.user).select_related("organisation", "created_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
def webhook(request, pk):
    return _page(request, visible(request, pk))


def _page(request, found, secret=""):
    """`secret` stands in the answer to the POST that made it and never again."""
    form = DeliveryFilterForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    rows = found.deliveries.filter(state=state) if state else found.deliveries.all()
    page = keyset_page(rows, request.GET, sorts={"time": "created_at"}, default="-time", per_page=50)
    for row in page:
        row.label, row.tone = label_of(row.event), TONES[row.state]
    context = {
        "section": SECTION,
        "webhook": found,
        "events": [label_of(code) for code in found.events],
        "form": form,
        "page": page,
        "secret": secret,
    }
    return render_list(request, "orgs/webhook.html", context)


@require_http_methods(READ_WRITE)
def webhook_edit(request, pk):
    found = visible(request, pk)
    form = WebhookForm(request.POST or None, user=request.user, subscription=found)
    who = {"by": request.user, "request": request}
    if (
        request.method == "POST"
        and form.is_valid()
        and succeeded(form, actions.change_subscription, subscription=found, **form.cleaned_data, **who)
    ):
        messages.success(request, "已修改。")
        return redirect("orgs:webhook", pk)
    context = {"section": SECTION, "form": form, "title": f"修改：{found}", "webhook": found}
    return render(request, "orgs/webhook_form.html", context)


@require_POST
def webhook_secret(request, pk):
    found = visible(request, pk)
    stored = call(actions.renew_secret, subscription=found, by=request.user, request=request)
    return _page(request, visible(request, pk), secret=stored.secret)


@require_POST
def webhook_switch(request, pk, to):
    action, done = SWITCHES[to]
    act(request, done, action, subscription=visible(request, pk))
    return redirect("orgs:webhook", pk)


@require_POST
def webhook_test(request, pk):
    found = visible(request, pk)
    act(request, "测试已发出，结果见下方记录，请稍后刷新。", actions.send_test, subscription=found)
    return redirect("orgs:webhook", pk)


@require_POST
def webhook_resend(request, pk):
    access.require(access.can_manage_webhooks(request.user))
    rows = WebhookDelivery.objects.visible_to(request.user).select_related("subscription__organisation")
    found = get_object_or_404(rows, pk=pk)
    act(request, "将重新发送，请稍后刷新。", actions.send_again, delivery=found)
    return redirect("orgs:webhook", found.subscription_id)
