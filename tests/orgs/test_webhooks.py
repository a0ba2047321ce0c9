"""Events told to other systems: a real receiver on this machine that answers, lies, stalls, redirects or dies."""

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import http.server
import json
import logging
import socket
import threading
import time
import uuid

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from orgs import tasks
from orgs.actions import webhooks as actions
from orgs.models import AuditEvent, DeliveryFault, Notice, WebhookDelivery, WebhookSubscription
from orgs.outbox import KEPT, Undelivered
from orgs.webhooks import outbox, transport
from orgs.webhooks.outbox import WEBHOOKS
from tests import builders
from tests.activities.test_lists import asked
from tests.receivers import Receiver, drip, garble, hang_up, stall

pytestmark = pytest.mark.django_db
EVENT = "order.rate"


@pytest.fixture
def top(db):
    return builders.make_organisation()


@pytest.fixture
def by(top):
    return builders.make_user("administrator", top)


@pytest.fixture
def subscription(receiver, top, by):
    return actions.add_subscription(
        organisation=top, name="市平台", address=receiver.address, events=[EVENT], by=by
    )


def publish(organisation, key="k1", event=EVENT, data=None):
    """As within an act; returns the rows written."""
    with transaction.atomic():
        outbox.publish(event=event, key=key, data=data or {}, paths=[organisation.path], at=timezone.now())
    return list(WebhookDelivery.objects.filter(key=key))


def one(organisation, **kw):
    (row,) = publish(organisation, **kw)
    return row


def come_due(row):
    WebhookDelivery.objects.filter(pk=row.pk).update(due_at=timezone.now())


def verified(secret, headers, body, now):
    """As docs/webhooks.md tells integrators to."""
    headers = {name.lower(): value for name, value in headers.items()}
    uid, sent = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{uid}.{sent}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(mac).decode()
    return abs(now - int(sent)) <= 300 and hmac.compare_digest(expected, headers["webhook-signature"])


# --- What arrives --------------------------------------------------------------------------------------


def test_what_arrives_is_signed_and_fits_no_other_body_or_time(receiver, subscription, top):
    row = one(top, data={"order": {"id": 7, "state": "rated"}})
    assert tasks.send_webhook(str(row.uid)) is True
    ((path, headers, body),) = receiver.got
    assert path == "/in?key=k1"
    told = json.loads(body)
    assert (told["id"], told["event"], told["data"]) == (
        str(row.uid),
        EVENT,
        {"order": {"id": 7, "state": "rated"}},
    )
    now = time.time()
    assert verified(subscription.secret, headers, body, now)
    assert not verified(subscription.secret, headers, body + b" ", now)
    assert not verified(subscription.secret, headers, body, now + 301)
    assert not verified(actions.new_secret(), headers, body, now)
    assert not verified(subscription.secret, headers | {"webhook-timestamp": str(int(now) + 1)}, body, now)
    row.refresh_from_db()
    assert (row.state, row.status, row.attempts, row.due_at, row.fault) == ("delivered", 200, 1, None, "")


def test_an_event_is_written_once_with_its_act_and_for_whoever_asked(receiver, subscription, top, by):
    branch, foreign = builders.make_organisation(top), builders.make_organisation()
    assert [row.subscription for row in publish(branch, "k1")] == [subscription]
    assert len(publish(branch, "k1")) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(subscription=subscription, key="k1", event=EVENT, payload={})
    assert publish(branch, "k2", event="order.raise") == []
    assert publish(foreign, "k3") == []
    with contextlib.suppress(RuntimeError), transaction.atomic():
        publish(branch, "k4")
        raise RuntimeError
    assert not WebhookDelivery.objects.filter(key="k4").exists()
    actions.close_subscription(subscription=subscription, by=by)
    assert publish(branch, "k5") == []


def test_the_worker_is_told_after_the_commit(
    subscription, top, django_capture_on_commit_callbacks, monkeypatch
):
    asked = []
    monkeypatch.setattr(tasks.send_webhook, "delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        row = one(top)
        assert asked == []
    assert asked == [str(row.uid)]
    monkeypatch.setattr(tasks.send_webhook, "delay", lambda uid: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        row = one(top, key="k2")  # a queue that is down is no error
    assert tasks.sweep_webhooks() == 2


# --- What does not -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "fault", "status"), [(500, "status", 500), (302, "redirect", 302), (410, "status", 410)]
)
def test_another_answer_is_tried_again_and_a_redirect_not_followed(
    receiver, subscription, top, answer, fault, status
):
    receiver.answer = answer
    row = one(top)
    before = timezone.now()
    assert tasks.send_webhook(str(row.uid)) is False
    row.refresh_from_db()
    assert (row.state, row.fault, row.status, len(receiver.got)) == ("waiting", fault, status, 1)
    assert dt.timedelta(0) < row.due_at - before - dt.timedelta(minutes=1) < dt.timedelta(seconds=30)
    assert tasks.send_webhook(str(row.uid)) is None
    receiver.answer = 204
    come_due(row)
    assert tasks.sweep_webhooks() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.status, row.fault) == ("delivered", 2, 204, "")
    assert len({body for _, _, body in receiver.got}) == 1


def test_the_pauses_grow_and_after_the_last_it_is_given_up_and_said(receiver, subscription, top, by):
    receiver.answer = 500
    row = one(top)
    pauses = []
    for _ in range(WEBHOOKS.most_attempts):
        come_due(row)
        assert WEBHOOKS.send(str(row.uid)) is False
        row.refresh_from_db()
        pauses.append(row.due_at and round((row.due_at - row.tried_at).total_seconds() / 60))
    assert pauses == [1, 5, 15, 60, 180, 360, 360, None]
    assert (row.state, row.attempts, len(receiver.got)) == ("given_up", 8, 8)
    assert "未能送达" in Notice.objects.get(user=by).title
    receiver.answer = 200
    actions.send_again(delivery=row, by=by)
    assert WEBHOOKS.send(str(row.uid)) is True


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(stall, "timeout"), (drip, "timeout"), (hang_up, "connect"), (garble, "garbled")],
)
def test_a_receiver_that_stalls_drips_or_dies_costs_its_limit(
    receiver, subscription, top, monkeypatch, answer, fault
):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    monkeypatch.setattr(transport, "WHOLE_SECONDS", 0.4)
    receiver.stalled, receiver.answer = threading.Event(), answer
    row, begun = one(top), time.monotonic()
    assert WEBHOOKS.send(str(row.uid)) is False
    receiver.stalled.set()
    assert time.monotonic() - begun < 3
    row.refresh_from_db()
    assert (row.state, row.fault, row.status) == ("waiting", fault, None)


def test_a_receiver_that_is_down_and_one_without_tls(receiver, subscription, top, settings):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # nobody listens
    port = closed.getsockname()[1]
    settings.WEBHOOK_HOSTS += [f"127.0.0.1:{port}"]
    WebhookSubscription.objects.update(address=f"http://127.0.0.1:{port}/")
    row = one(top)
    WEBHOOKS.send(str(row.uid))
    row.refresh_from_db()
    assert row.fault == "connect"
    closed.close()
    WebhookSubscription.objects.update(address=receiver.address.replace("http:", "https:"))
    come_due(row)
    WEBHOOKS.send(str(row.uid))
    row.refresh_from_db()
    assert row.fault == "certificate"
    assert receiver.got == []


# --- Where it may go -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("hooks.example.cn", "完整的接收地址"),
        ("ftp://hooks.example.cn/", "完整的接收地址"),
        ("https://hooks.example.cn:x/", "完整的接收地址"),
        ("https://hooks.example.cn/a b", "完整的接收地址"),
        ("http://hooks.example.cn/", "https://开头"),
        ("https://u:p@hooks.example.cn/", "用户名"),
        ("https://hooks.example.cn/#x", "用户名"),
        ("https://other.example.cn/", "许可名单"),
        ("https://hooks.example.cn:8443/", "许可名单"),
        ("https://hooks.example.cn.evil.cn/", "许可名单"),
    ],
)
@pytest.mark.once
def test_addresses_that_are_refused(settings, top, by, address, said):
    settings.WEBHOOK_HOSTS = ["hooks.example.cn"]
    with pytest.raises(ValidationError) as error:
        actions.add_subscription(organisation=top, name="x", address=address, events=[EVENT], by=by)
    assert said in "".join(error.value.message_dict["address"])
    settings.WEBHOOK_HOSTS = []
    with pytest.raises(ValidationError):
        transport.target_of("https://hooks.example.cn/")


@pytest.mark.once
def test_listed_addresses(settings):
    settings.WEBHOOK_HOSTS = ["Hooks.example.cn", "in.example.cn:8443"]
    assert transport.target_of("https://HOOKS.example.cn/a?b=c").path == "/a?b=c"
    assert transport.target_of("https://hooks.example.cn:443").path == "/"
    assert transport.target_of("https://in.example.cn:8443/").port == 8443
    with pytest.raises(ValidationError):
        transport.target_of("https://in.example.cn/")


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.1.2.3", False),
        ("2002:0a01:0203::", False), ("10.20.3.4", True), ("::ffff:10.20.3.4", True),
    ],
)  # fmt: skip
def test_machines_that_are_not_public_must_be_listed(settings, address, permitted):
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert transport.is_permitted(address) == permitted


def test_a_name_is_asked_once_and_what_came_out_is_called(receiver, subscription, top, settings, monkeypatch):
    """DNS that names a public machine when it is judged and this one when it is called."""
    asked, port = [], receiver.server_port
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_PLAIN_HOSTS = [f"hooks.test:{port}"], ["hooks.test"]
    WebhookSubscription.objects.update(address=f"http://hooks.test:{port}/")

    def turning(host, port_, **kw):
        asked.append(host)
        machine = "127.0.0.1" if len(asked) == 1 else "127.0.0.9"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (machine, port_))]

    monkeypatch.setattr(transport.socket, "getaddrinfo", turning)
    row = one(top)
    assert WEBHOOKS.send(str(row.uid)) is True
    assert asked == ["hooks.test"]
    assert receiver.got[0][1]["Host"] == f"hooks.test:{port}"
    settings.WEBHOOK_NETWORKS = []
    with pytest.raises(Undelivered) as error:
        transport.post(f"http://hooks.test:{port}/", b"", {})
    assert error.value.fault == "private"
    assert len(receiver.got) == 1


def test_what_is_no_longer_listed_is_not_sent(receiver, subscription, top, settings):
    row = one(top)
    settings.WEBHOOK_HOSTS = []
    assert WEBHOOKS.send(str(row.uid)) is False
    row.refresh_from_db()
    assert (row.fault, receiver.got) == ("unlisted", [])


# --- Twice, at once, killed ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_row_once(receiver, settings):
    top = builders.make_organisation()
    by = builders.make_user("administrator", top)
    actions.add_subscription(organisation=top, name="x", address=receiver.address, events=[EVENT], by=by)
    row, said = one(top), []

    def work():
        try:
            said.append(WEBHOOKS.send(str(row.uid)))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said, key=str) == [None, None, True]
    assert len(receiver.got) == 1


def test_a_killed_worker_leaves_what_the_sweep_sends(receiver, subscription, top):
    row = one(top)
    claimed = WEBHOOKS.claim(row)  # and killed before it could say what came of it
    assert tasks.send_webhook(str(row.uid)) is None
    assert tasks.sweep_webhooks() == 0
    come_due(row)
    assert tasks.sweep_webhooks() == 1
    # The first one was only slow: what it says now changes nothing.
    assert WEBHOOKS.put_off(claimed, Undelivered(DeliveryFault.TIMEOUT)) is False
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("delivered", 2)
    # Killed at the last attempt: there is no ninth.
    last = one(top, key="k2")
    WebhookDelivery.objects.filter(pk=last.pk).update(attempts=WEBHOOKS.most_attempts, claim=uuid.uuid4())
    assert tasks.sweep_webhooks() == 0
    last.refresh_from_db()
    assert (last.state, len(receiver.got)) == ("given_up", 1)


def test_a_dead_receiver_holds_up_nobody_else(receiver, subscription, top, by, settings):
    dead = [one(top, key=f"k{number}") for number in range(3)]
    receiver.answer = 500
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    other.got, other.answer = [], 200
    threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    settings.WEBHOOK_HOSTS += [f"127.0.0.1:{other.server_port}"]
    address = f"http://127.0.0.1:{other.server_port}/"
    alive = actions.add_subscription(
        organisation=top, name="另一平台", address=address, events=[EVENT], by=by
    )
    outbox.write([alive], event=EVENT, key="z", data={}, at=timezone.now())
    assert tasks.sweep_webhooks() == 1
    assert (len(receiver.got), len(other.got)) == (1, 1)
    assert WebhookDelivery.objects.filter(pk__in=[row.pk for row in dead], attempts=0).count() == 2
    other.shutdown()
    other.server_close()


def test_what_is_closed_is_not_sent_and_old_rows_go(receiver, subscription, top, by):
    row = one(top)
    actions.close_subscription(subscription=subscription, by=by)
    assert WEBHOOKS.send(str(row.uid)) is False
    row.refresh_from_db()
    assert (row.state, row.fault, receiver.got) == ("given_up", "closed", [])
    with pytest.raises(ValidationError, match="停用"):
        actions.send_again(delivery=row, by=by)
    WebhookDelivery.objects.update(created_at=timezone.now() - KEPT - dt.timedelta(days=1))
    actions.open_subscription(subscription=subscription, by=by)
    waiting = one(top, key="k2")
    WebhookDelivery.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - dt.timedelta(days=999))
    assert tasks.purge_webhooks() == 1
    assert list(WebhookDelivery.objects.all()) == [waiting]
    with pytest.raises(TypeError):
        subscription.delete()


# --- Pages ---------------------------------------------------------------------------------------------


def test_the_secret_is_shown_once_and_stands_nowhere_in_the_open(receiver, top, by, client_for, caplog):
    caplog.set_level(logging.DEBUG)
    client = client_for(by)
    sent = {
        "organisation": top.code, "name": "市平台", "address": receiver.address, "events": [EVENT, "order.raise"],
    }  # fmt: skip
    page = client.post(reverse("orgs:webhook-new"), sent)
    row = WebhookSubscription.objects.get()
    assert row.secret in page.content.decode()
    assert row.events == ["order.raise", EVENT]
    here = reverse("orgs:webhook", args=[row.pk])
    assert row.secret not in client.get(here).content.decode()
    renewed = client.post(reverse("orgs:webhook-secret", args=[row.pk])).content.decode()
    old, new = row.secret, WebhookSubscription.objects.get().secret
    assert new in renewed
    assert old != new
    receiver.answer = 500
    WEBHOOKS.send(str(one(top).uid))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM orgs_webhooksubscription")
        ((stored,),) = cursor.fetchall()
    trail = f"{list(AuditEvent.objects.values())} {list(LogEntry.objects.values())} {caplog.text} {stored}"
    for words in (old, new, "key=k1"):
        assert words not in trail
    assert AuditEvent.objects.filter(object_type="webhooksubscription", action="setting").count() == 2


def test_an_administrator_sets_up_tests_closes_and_sends_again(receiver, subscription, top, by, client_for):
    client, here = client_for(by), reverse("orgs:webhook", args=[subscription.pk])
    assert "市平台" in client.get(reverse("orgs:webhook-list")).content.decode()
    client.post(reverse("orgs:webhook-test", args=[subscription.pk]))
    row = WebhookDelivery.objects.get()
    client.post(reverse("orgs:webhook-test", args=[subscription.pk]))
    assert WebhookDelivery.objects.count() == 1
    receiver.answer = 500
    WEBHOOKS.send(str(row.uid))
    page = client.get(here).content.decode()
    assert "对方返回错误（500）" in page
    receiver.answer = 200
    assert client.post(reverse("orgs:webhook-resend", args=[row.pk])).url == here
    assert WEBHOOKS.send(str(row.uid)) is True
    assert "应答 200" in client.get(here, {"state": "delivered"}).content.decode()
    assert client.get(here, {"state": "given_up"}).context["page"].items == []
    edit = reverse("orgs:webhook-edit", args=[subscription.pk])
    form = client.get(edit).context["form"]
    sent = {
        "name": "省平台",
        "address": receiver.address,
        "events": [EVENT],
        "seen_at": form.initial["seen_at"],
    }
    assert client.post(edit, sent).status_code == 302
    assert "已被他人修改" in client.post(edit, sent).content.decode()
    for to, closed in (("close", True), ("open", False)):
        client.post(reverse(f"orgs:webhook-{to}", args=[subscription.pk]))
        subscription.refresh_from_db()
        assert bool(subscription.closed_at) == closed


def test_only_those_who_keep_the_settings_there(receiver, subscription, top, client_for):
    area = builders.make_organisation(top, "area_committee")
    below = client_for(builders.make_user("administrator", area))
    address = reverse("orgs:webhook", args=[subscription.pk])
    assert below.get(address).status_code == 404
    assert client_for(builders.make_user("officer", top)).get(address).status_code == 403
    sent = {"organisation": top.code, "name": "x", "address": receiver.address, "events": [EVENT]}
    assert "organisation" in below.post(reverse("orgs:webhook-new"), sent).context["form"].errors
    sent["organisation"] = area.code
    assert below.post(reverse("orgs:webhook-new"), sent).status_code == 200
    assert WebhookSubscription.objects.filter(organisation=area).exists()


def test_pages_ask_as_often_for_more_rows(receiver, subscription, top, by, client_for):
    client = client_for(by)
    addresses = [reverse("orgs:webhook-list"), reverse("orgs:webhook", args=[subscription.pk])]
    one(top, key="a")
    few = [asked(client, address)[0] for address in addresses]
    for number in range(3):
        actions.add_subscription(
            organisation=top, name=f"平台{number}", address=receiver.address, events=[EVENT], by=by
        )
        publish(top, key=f"b{number}")
    assert [asked(client, address)[0] for address in addresses] == few
