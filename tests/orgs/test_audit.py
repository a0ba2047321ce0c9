"""The trail: what is written, that breaking it shows, who reads it."""

import datetime as dt
import io
import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone

from orgs import audit, tasks
from orgs.models import AuditAction, AuditEvent, Enterprise
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def top():
    return builders.make_organisation()


def raw_events():
    """Past the model, as somebody with a database prompt would."""
    return models.QuerySet(AuditEvent)


def write(count, **kwargs):
    for number in range(count):
        audit.record(actor=None, action=AuditAction.UPDATE, detail={"n": number}, **kwargs)


def test_record_places_the_event_in_the_tree(top, rf):
    branch = builders.make_organisation(top)
    user = builders.make_user("secretary", branch)
    request = rf.get("/", REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="1.1.1.1")
    audit.record(
        actor=user,
        action=AuditAction.UPDATE,
        obj=branch,
        detail={"fields": ["name"], "on": dt.date(2026, 11, 1)},
        request=request,
    )
    event = AuditEvent.objects.get()
    assert (event.actor, event.actor_name, event.ip) == (user, user.display_name, "10.1.2.3")
    assert (event.object_type, event.object_id, event.object_label) == (
        "organisation",
        str(branch.pk),
        branch.name,
    )
    assert (event.organisation_id, event.root_id) == (branch.pk, top.pk)
    assert event.detail == {"fields": ["name"], "on": "2026-11-01"}


def test_forged_address_counts_only_behind_a_trusted_proxy(rf, settings):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7")
    assert audit.client_ip(request) == "10.0.0.1"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert audit.client_ip(request) == "192.0.2.7"


def test_record_many_writes_one_statement(top, django_assert_num_queries):
    enterprises = [builders.make_enterprise() for _ in range(3)]
    with django_assert_num_queries(2):  # roots, insert
        audit.record_many(
            ({"obj": e, "path": top.path} for e in enterprises), actor=None, action=AuditAction.IMPORT
        )
    assert list(AuditEvent.objects.order_by("pk").values_list("object_label", "root_id")) == [
        (e.name, top.pk) for e in enterprises
    ]


def test_events_refuse_change_and_removal():
    write(1)
    event = AuditEvent.objects.get()
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(actor_name="x"),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_sealing_twice_changes_nothing():
    write(5)
    assert tasks.seal_audit() == 5
    seals = list(AuditEvent.objects.order_by("pk").values_list("seal", flat=True))
    assert tasks.seal_audit() == 0
    write(2)
    assert audit.seal_pending(batch=1) == 2
    assert list(AuditEvent.objects.order_by("pk").values_list("seal", flat=True))[:5] == seals
    assert audit.verify_chain() == audit.ChainReport(7, 0, AuditEvent.objects.order_by("-pk").first().seal)


@pytest.mark.parametrize(
    "change",
    [
        {"detail": {"n": 99}},
        {"actor_name": "别人"},
        {"at": timezone.now()},
        {"organisation_id": 1},
        {"seal": "0" * 64},
        {"seal": ""},
    ],
)
def test_verify_names_the_changed_row(change):
    write(5)
    audit.seal_pending()
    third = AuditEvent.objects.order_by("pk")[2].pk
    raw_events().filter(pk=third).update(**change)
    assert audit.verify_chain().broken_id == third


def test_verify_names_the_row_after_a_removed_one():
    write(5)
    audit.seal_pending()
    keys = list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))
    raw_events().filter(pk=keys[2])._raw_delete("default")
    out = io.StringIO()
    with pytest.raises(CommandError, match=str(keys[3])):
        call_command("verify_audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["broken_id"] == keys[3]


def test_a_cut_end_shows_against_a_remembered_seal():
    write(4)
    audit.seal_pending()
    last = AuditEvent.objects.order_by("-pk").first()
    call_command("verify_audit", "--contains", last.seal, stdout=io.StringIO())
    raw_events().filter(pk=last.pk)._raw_delete("default")
    with pytest.raises(CommandError, match="末尾"):
        call_command("verify_audit", "--contains", last.seal)


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain():
    write(60)
    failures = []

    def seal():
        try:
            audit.seal_pending(batch=7)
        except Exception as error:  # noqa: BLE001 - shown in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    audit.seal_pending()
    assert failures == []
    report = audit.verify_chain()
    assert (report.sealed, report.unsealed, report.broken_id) == (60, 0, None)


@pytest.mark.django_db(transaction=True)
def test_sealing_waits_for_writers_that_have_not_finished():
    """On PostgreSQL a lower id may be committed after a higher one; the sealer must not run ahead of it."""
    if connection.vendor != "postgresql":
        write(1)
        assert audit.seal_pending() == 1  # SQLite has one writer; the ids cannot overtake each other
        return
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO orgs_auditevent (at, action, actor_name, object_type, object_id, object_label, "
                "detail, seal) VALUES (now(), 'update', '', '', '', '', '{}', '')"
            )
        write(1)
        assert audit.seal_pending() == 0
        other.commit()
        assert audit.seal_pending() == 2
    finally:
        other.close()
    assert audit.verify_chain().broken_id is None


# --- Signing in and refusals -------------------------------------------------------------------------


def sign_in(client, username, password):
    return client.post(reverse("account_login"), {"login": username, "password": password})


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_sign_in_and_out_are_recorded(client, top):
    user = builders.make_user("officer", top)
    sign_in(client, user.username, builders.PASSWORD)
    client.post(reverse("account_logout"))
    assert actions() == ["login", "logout"]
    assert AuditEvent.objects.filter(actor=user, organisation_id=top.pk, ip="127.0.0.1").count() == 2


def test_failed_sign_ins_keep_no_password_and_no_unknown_name(client, top):
    user = builders.make_user("officer", top)
    sign_in(client, user.username, "falsch-falsch-1")
    sign_in(client, "19900001234", "falsch-falsch-2")
    known, unknown = AuditEvent.objects.order_by("pk")
    assert (known.object_id, known.organisation_id, known.detail["username"]) == (
        str(user.pk),
        top.pk,
        user.username,
    )
    assert unknown.detail["username"] == "（不存在的账号）"
    assert "falsch" not in json.dumps([known.detail, unknown.detail])


def test_the_sixth_attempt_is_locked_out_and_recorded(client, top):
    user = builders.make_user("officer", top)
    for _ in range(5):
        sign_in(client, user.username, "wrong-password-1")
    response = sign_in(client, user.username, builders.PASSWORD)
    assert response.status_code == 200  # refused although right
    sign_in(client, user.username, builders.PASSWORD)
    locked = AuditEvent.objects.filter(action="login_failed", detail__locked=True)
    assert locked.count() == 1


def test_the_admin_sign_in_has_no_door_of_its_own(client):
    support = builders.make_user(is_superuser=True, is_staff=True)
    for response in (
        client.get("/admin/login/?next=/admin/"),
        client.post("/admin/login/", {"username": support.username, "password": builders.PASSWORD}),
    ):
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_a_refusal_is_recorded_once_a_minute(client_for, top):
    leader = builders.make_user("leader", top)
    client = client_for(leader)
    for _ in range(3):
        assert client.get(reverse("orgs:audit-list")).status_code == 403
    event = AuditEvent.objects.get(action="denied")
    assert (event.actor, event.organisation_id, event.detail["page"]) == (
        leader,
        top.pk,
        reverse("orgs:audit-list"),
    )


# --- Field changes -----------------------------------------------------------------------------------


def test_changes_of_speaks_chinese_and_masks_the_phone():
    park = builders.make_park()
    enterprise = builders.make_enterprise(contact_phone="19900001111")
    enterprise.status, enterprise.park, enterprise.contact_phone = "revoked", park, "19900002222"
    enterprise.save()
    found = {c.field: (c.old, c.new) for c in audit.changes_of(Enterprise.objects.get())}
    assert found == {
        "登记状态": ("存续", "吊销"),
        "所属园区": ("（空）", park.name),
        "联系电话": ("******", "******"),
    }


# --- The page ----------------------------------------------------------------------------------------


def test_auditor_reads_own_subtree_but_not_about_themselves(client_for, top):
    ours, theirs = builders.make_organisation(top), builders.make_organisation(top)
    auditor = builders.make_user("auditor", ours)
    audit.record(actor=builders.make_user("officer", ours), action=AuditAction.UPDATE, obj=ours)
    audit.record(actor=auditor, action=AuditAction.UPDATE, obj=ours)
    audit.record(actor=None, action=AuditAction.UPDATE, obj=theirs)
    page = client_for(auditor).get(reverse("orgs:audit-list")).context["page"]
    assert [(e.object_label, e.actor_name == auditor.display_name) for e in page] == [(ours.name, False)]


def test_audit_page_puts_details_into_words(client_for, top):
    auditor = builders.make_user("auditor", top)
    audit.record(
        actor=builders.make_user("officer", top),
        action=AuditAction.UPDATE,
        path=top.path,
        detail={
            "kind": "enterprises",
            "unchanged": 3,
            "phones": True,
            "document_no": "",
            "changes": {"capital": [None, "100"], "building_stage": ["未排查", "拟建"]},
        },
    )

    (event,) = client_for(auditor).get(reverse("orgs:audit-list"), {"action": "update"}).context["page"]

    # PostgreSQL keeps the keys of a JSON object in an order of its own.
    assert set(event.detail_rows) == {
        ("类型", "企业名单"),
        ("未变", "3"),
        ("含完整电话", "是"),
        ("修改", "注册资本（万元）：（空） → 100；组建进度：未排查 → 拟建"),
    }


def test_audit_page_filters(client_for, top):
    auditor, officer = builders.make_user("auditor", top), builders.make_user("officer", top)
    audit.record(actor=officer, action=AuditAction.EXPORT, obj=top, detail={"rows": 3})
    audit.record(actor=None, action=AuditAction.IMPORT, obj=top)
    client, url = client_for(auditor), reverse("orgs:audit-list")

    def shown(**query):
        return [e.action for e in client.get(url, query).context["page"]]

    today = timezone.localdate()
    assert shown() == ["import", "export"]
    assert shown(action="export") == ["export"]
    assert shown(person=officer.display_name) == ["export"]
    assert shown(q=top.name) == ["import", "export"]
    assert shown(q="没有这样的对象") == []
    assert shown(since=today.isoformat(), until=today.isoformat()) == ["import", "export"]
    assert shown(until=(today - dt.timedelta(days=1)).isoformat()) == []
    for nonsense in (
        {"since": "2026-99-99"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"q": "a\0b"},
    ):
        assert shown(**nonsense) == ["import", "export"]


@pytest.mark.parametrize("count", [1, 3])
def test_audit_page_queries_do_not_grow(client_for, top, count, django_assert_max_num_queries):
    auditor = builders.make_user("auditor", top)
    write(count, obj=top)
    client = client_for(auditor)
    client.get(reverse("orgs:audit-list"))  # the first request of a session stores it
    with django_assert_max_num_queries(7):
        response = client.get(reverse("orgs:audit-list"))
    assert len(response.context["page"]) == count
