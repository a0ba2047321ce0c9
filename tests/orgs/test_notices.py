"""Messages: each once, whoever writes them and however often; read by the person only."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from orgs import notices, tasks
from orgs.models import Notice
from orgs.notices import Message
from tests.builders import make_organisation, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return make_user("officer", make_organisation())


def messages(user, count):
    return [Message(user.pk, f"k{number:04d}", f"第{number}条", "", "/search/") for number in range(count)]


def test_what_was_told_is_not_told_again(officer):
    other = make_user("officer", make_organisation())
    assert notices.deliver(messages(officer, 3)) == 3
    assert notices.deliver([*messages(officer, 4), *messages(other, 1)]) == 2
    assert notices.deliver(messages(officer, 4)) == 0
    assert Notice.objects.filter(user=officer).count() == 4


def test_a_run_that_ends_half_way_is_completed_by_the_next(officer, monkeypatch):
    monkeypatch.setattr(notices, "BATCH", 2)
    written = Notice.objects.bulk_create

    def power_cut(rows, **kw):
        if Notice.objects.count() >= 4:
            raise KeyboardInterrupt
        return written(rows, **kw)

    monkeypatch.setattr(Notice.objects, "bulk_create", power_cut)
    with pytest.raises(KeyboardInterrupt):
        notices.deliver(messages(officer, 7))
    assert Notice.objects.count() == 4
    monkeypatch.setattr(Notice.objects, "bulk_create", written)
    assert notices.deliver(messages(officer, 7)) == 3
    assert Notice.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_once(officer):
    """Both find nothing written before; on SQLite the second waits for the first."""
    together, failed = threading.Barrier(2), []

    def run():
        try:
            together.wait(10)
            notices.deliver(messages(officer, 1200))
        except Exception as error:  # noqa: BLE001 - a thread must not lose it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Notice.objects.count() == 1200


@pytest.mark.parametrize("count", [1, 120])
def test_query_count_does_not_grow(officer, count, django_assert_num_queries):
    found = messages(officer, count)
    with django_assert_num_queries(2):
        notices.deliver(found)


def test_only_what_was_read_is_swept_and_only_when_it_is_old(officer):
    notices.deliver(messages(officer, 4))
    for key, days, read in (("k0000", 181, True), ("k0001", 179, True), ("k0002", 400, False)):
        at = timezone.now() - dt.timedelta(days=days)
        Notice.objects.filter(key=key).update(created_at=at, read_at=at if read else None)
    assert tasks.sweep_notices() == 1
    assert tasks.sweep_notices() == 0
    assert sorted(Notice.objects.values_list("key", flat=True)) == ["k0001", "k0002", "k0003"]


# --- Pages ---------------------------------------------------------------------------------------------


def bell(client):
    page = client.get(reverse("portal:home")).content.decode()
    return page.split('class="bell btn btn-icon"')[1].split("</a>")[0]


def test_the_bell_counts_what_is_unread(client, officer):
    client.force_login(officer)
    assert "条未读" not in bell(client)
    notices.deliver(messages(officer, 2))
    assert 'aria-label="消息，2条未读"' in bell(client)
    notices.deliver(messages(officer, 120))
    assert "99+条未读" in bell(client)


def test_the_bell_asks_for_nothing_of_its_own(officer, django_assert_num_queries):
    notices.deliver(messages(officer, 150))
    fresh = type(officer).objects.get(pk=officer.pk)
    with django_assert_num_queries(1):
        assert fresh.current_appointments
        assert notices.unread(fresh) == "99+"
    notices.read(Notice.objects.visible_to(officer).filter(key__lt="k0148"))
    assert notices.unread(type(officer).objects.get(pk=officer.pk)) == "2"


def test_opening_a_message_reads_it_and_leads_there(client, officer):
    notices.deliver(messages(officer, 2))
    client.force_login(officer)
    first = Notice.objects.get(key="k0000")
    assert client.post(reverse("orgs:notice-open", args=[first.pk])).url == "/search/"
    read_at = Notice.objects.get(pk=first.pk).read_at
    assert read_at is not None
    client.post(reverse("orgs:notice-read", args=[first.pk]))
    assert Notice.objects.get(pk=first.pk).read_at == read_at  # the first time counts
    assert client.get(reverse("orgs:notice-open", args=[first.pk])).status_code == 405
    assert [row.key for row in client.get(reverse("orgs:notice-list") + "?unread=1").context["page"]] == [
        "k0001"
    ]


def test_all_are_read_up_to_what_was_shown(client, officer):
    notices.deliver(messages(officer, 3))
    client.force_login(officer)
    newest = client.get(reverse("orgs:notice-list")).context["newest"]
    notices.deliver(messages(officer, 4))
    client.post(reverse("orgs:notice-read-all"), {"newest": newest})
    assert [row.key for row in Notice.objects.unread()] == ["k0003"]
    for odd in ("", "-1", "x", "9" * 40, "¹"):
        assert client.post(reverse("orgs:notice-read-all"), {"newest": odd}).status_code == 302
    assert Notice.objects.unread().count() == 1


def test_nobody_reads_the_messages_of_another(client, officer):
    notices.deliver(messages(officer, 1))
    notice = Notice.objects.get()
    client.force_login(make_user("officer", officer.current_appointments[0].organisation))
    assert "还没有消息" in client.get(reverse("orgs:notice-list")).content.decode()
    for name in ("notice-open", "notice-read"):
        assert client.post(reverse(f"orgs:{name}", args=[notice.pk])).status_code == 404
    client.post(reverse("orgs:notice-read-all"), {"newest": notice.pk})
    assert Notice.objects.unread().count() == 1


@pytest.mark.parametrize("count", [3, 90])
def test_the_page_asks_the_same_for_few_and_many(client, officer, count, django_assert_max_num_queries):
    notices.deliver(messages(officer, count))
    client.force_login(officer)
    client.get(reverse("orgs:notice-list"))
    with django_assert_max_num_queries(9):
        page = client.get(reverse("orgs:notice-list")).context["page"]
    assert len(page) == min(count, 30)
    assert bool(page.next_query) is (count > 30)
