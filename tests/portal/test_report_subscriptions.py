"""Reports that come by themselves: each period once, to who may read it then, for a while."""

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from orgs import notices, uploads
from orgs.models import AuditAction, AuditEvent, Notice
from orgs.terms import month_end
from portal import tasks
from portal.models import ReportCode, ReportFile, ReportSubscription
from portal.reports import subscriptions
from portal.reports.subscriptions import last_closed, next_period
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LAST_MONTH = TODAY.replace(day=1) - dt.timedelta(days=1)
MONTH_BEFORE = LAST_MONTH.replace(day=1) - dt.timedelta(days=1)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def officer(top):
    return builders.make_user("officer", top)


@pytest.fixture
def subscription(top, officer):
    """One that should be served for last month."""
    builders.make_enterprise(reported_members=5)
    found = subscriptions.subscribe(report="coverage", organisation=top, lines="park", by=officer)
    return late(found, MONTH_BEFORE)


def late(subscription, until):
    subscription.covered_until = until
    subscription.save()
    return subscription


def stored_files():
    return sum(1 for path in (Path(settings.MEDIA_ROOT) / "uploads").rglob("*") if path.is_file())


# --- When -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "until", "today", "end"),
    [
        ("coverage", dt.date(2026, 9, 30), dt.date(2026, 10, 31), None),
        ("coverage", dt.date(2026, 9, 30), dt.date(2026, 11, 1), dt.date(2026, 10, 31)),
        ("coverage", dt.date(2026, 9, 30), dt.date(2027, 2, 1), dt.date(2026, 10, 31)),
        ("coverage", dt.date(2027, 12, 31), dt.date(2028, 3, 1), dt.date(2028, 1, 31)),
        ("yearly", dt.date(2025, 12, 31), dt.date(2026, 12, 31), None),
        ("yearly", dt.date(2025, 12, 31), dt.date(2027, 1, 1), dt.date(2026, 12, 31)),
    ],
)
def test_a_period_is_due_when_it_is_over(top, officer, report, until, today, end):
    subscription = ReportSubscription.objects.create(
        user=officer, organisation=top, report=report, covered_until=until
    )

    assert next_period(subscription, today) == end
    assert subscriptions.due(today).exists() == (end is not None)
    assert last_closed(report, today) < today


def test_the_first_report_is_that_of_the_running_month(top, officer):
    subscription = subscriptions.subscribe(report="coverage", organisation=top, lines="area", by=officer)

    assert subscription.covered_until == LAST_MONTH
    assert subscriptions.write_due(subscription.pk) == 0
    assert next_period(subscription, month_end(TODAY) + dt.timedelta(days=1)) == month_end(TODAY)


# --- Once -------------------------------------------------------------------------------------------------


def test_a_period_is_written_and_told_once(subscription, officer, top):
    assert tasks.write_report(subscription.pk) == 1
    assert tasks.write_report(subscription.pk) == 0

    file = ReportFile.objects.get()
    assert (file.user, file.on, file.names) == (officer, LAST_MONTH, 1)
    subscription.refresh_from_db()
    assert subscription.covered_until == LAST_MONTH
    told = Notice.objects.get(user=officer)
    assert told.title == f"{LAST_MONTH.year}年{LAST_MONTH.month}月两个覆盖月报已生成"
    book = openpyxl.load_workbook(io.BytesIO(uploads.content_of(file)))
    assert book.sheetnames == ["覆盖情况", "较上月", "应建未建名单", "口径"]
    assert f"订阅人：{officer}" in book["覆盖情况"]["A2"].value


def test_who_is_late_writes_what_is_missing_from_the_oldest_on(subscription):
    late(subscription, (MONTH_BEFORE.replace(day=1) - dt.timedelta(days=1)))

    assert tasks.write_report(subscription.pk) == 2
    assert list(ReportFile.objects.order_by("pk").values_list("on", flat=True)) == [MONTH_BEFORE, LAST_MONTH]


def test_two_at_once_keep_one_file(subscription):
    """Both read the subscription before either has written."""
    first, second = (ReportSubscription.objects.get(pk=subscription.pk) for _ in range(2))

    assert subscriptions._write(first, LAST_MONTH)
    before = stored_files()
    assert not subscriptions._write(second, LAST_MONTH)

    assert ReportFile.objects.count() == Notice.objects.count() == 1
    assert stored_files() == before


def test_killed_half_way_leaves_nothing_and_is_taken_up(subscription, monkeypatch):
    before = stored_files()
    with monkeypatch.context() as patch:
        patch.setattr(notices, "deliver", lambda messages: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.write_report(subscription.pk)

    assert not ReportFile.objects.exists()
    assert stored_files() == before
    assert tasks.write_report(subscription.pk) == 1
    assert Notice.objects.count() == 1


def test_what_was_forgotten_is_not_written_again(subscription):
    tasks.write_report(subscription.pk)
    ReportFile.objects.update(expires_on=TODAY)

    assert tasks.sweep_reports() == 1
    assert tasks.sweep_reports() == 0
    assert tasks.write_report(subscription.pk) == 0
    assert not ReportFile.objects.exists()


def test_the_nightly_run_sends_what_is_due(subscription, top, officer, monkeypatch):
    subscriptions.subscribe(report="yearly", organisation=top, by=officer)
    sent = []
    monkeypatch.setattr(tasks.write_report, "delay", sent.append)

    assert tasks.write_reports() == 1
    assert sent == [subscription.pk]
    monkeypatch.setattr(tasks.write_report, "delay", lambda pk: 1 / 0)
    assert tasks.write_reports() == 1  # a queue that is down is for the next run


def test_a_subscription_that_is_gone_is_no_fault():
    assert tasks.write_report(4711) == 0


# --- Who ---------------------------------------------------------------------------------------------------


def end_appointments(user):
    user.appointments.update(ends_on=TODAY - dt.timedelta(days=1))


def test_nothing_is_written_for_who_may_no_longer_read_it(subscription, officer):
    end_appointments(officer)

    assert tasks.write_report(subscription.pk) == 0
    assert not ReportFile.objects.exists()
    assert not Notice.objects.exists()


def test_the_right_is_asked_again_at_the_download(subscription, officer, top, client_for):
    tasks.write_report(subscription.pk)
    file = ReportFile.objects.get()
    address = reverse("portal:report-saved-file", args=[file.pk])

    answer = client_for(officer).get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content.startswith(b"PK")
    event = AuditEvent.objects.get(action=AuditAction.EXPORT)
    assert (event.detail["rows"], event.detail["purpose"]) == (1, "定期报表")
    assert client_for(builders.make_user("officer", top)).get(address).status_code == 404

    officer.appointments.update(role="leader")  # reads on, exports no more: the file names enterprises
    assert client_for(officer).get(address).status_code == 403
    ReportFile.objects.update(names=None)
    assert client_for(officer).get(address).status_code == 200
    end_appointments(officer)
    assert client_for(officer).get(address).status_code == 403


def test_an_expired_file_is_not_found(subscription, officer, client_for):
    tasks.write_report(subscription.pk)
    ReportFile.objects.update(expires_on=TODAY)

    address = reverse("portal:report-saved-file", args=[ReportFile.objects.get().pk])
    assert client_for(officer).get(address).status_code == 404
    assert not client_for(officer).get(reverse("portal:report-list")).context["page"].items


def test_a_file_that_is_gone_from_the_disk_is_said(subscription, officer, client_for):
    tasks.write_report(subscription.pk)
    file = ReportFile.objects.get()
    (Path(settings.MEDIA_ROOT) / file.stored_name).unlink()

    page = client_for(officer).get(reverse("portal:report-saved-file", args=[file.pk]), follow=True)

    assert "文件无法读取" in page.content.decode()
    assert not AuditEvent.objects.filter(action=AuditAction.EXPORT).exists()


# --- On the pages --------------------------------------------------------------------------------------------


def test_subscribe_look_and_unsubscribe(officer, top, client_for):
    client = client_for(officer)
    shown = client.get(reverse("portal:report-coverage"), {"by": "cluster"})
    assert f'name="organisation" value="{top.pk}"' in shown.content.decode()

    page = client.post(
        reverse("portal:report-coverage-subscribe"), {"organisation": top.pk, "lines": "cluster"}, follow=True
    )

    found = ReportSubscription.objects.get()
    assert (found.user, found.organisation, found.by) == (officer, top, "cluster")
    assert "已订阅两个覆盖月报，每月1日生成" in page.content.decode()
    assert "（按产业集群）" in page.content.decode()
    again = client.post(
        reverse("portal:report-coverage-subscribe"), {"organisation": top.pk, "lines": "cluster"}, follow=True
    )
    assert "您已订阅这份报表" in again.content.decode()
    client.post(reverse("portal:report-yearly-subscribe"), {"organisation": top.pk})
    assert ReportSubscription.objects.filter(report=ReportCode.YEARLY, by="").count() == 1

    for one in ReportSubscription.objects.all():
        page = client.post(reverse("portal:report-unsubscribe", args=[one.pk]), follow=True)
        assert "已退订" in page.content.decode()
    assert not ReportSubscription.objects.exists()
    acts = AuditEvent.objects.filter(action=AuditAction.UPDATE).values_list("detail__act", flat=True)
    assert sorted(acts) == ["订阅报表", "订阅报表", "退订报表", "退订报表"]


@pytest.mark.parametrize("values", [{"organisation": 0}, {"lines": "building"}, {"lines": ""}])
def test_what_cannot_be_subscribed_to(officer, top, client_for, values):
    data = {"organisation": top.pk, "lines": "area"} | values

    page = client_for(officer).post(reverse("portal:report-coverage-subscribe"), data, follow=True)

    assert page.redirect_chain
    assert not ReportSubscription.objects.exists()
    assert page.context["messages"]


def test_not_to_what_lies_above(top, client_for):
    branch = builders.make_organisation(top)
    secretary = builders.make_user("secretary", branch)

    client_for(secretary).post(reverse("portal:report-yearly-subscribe"), {"organisation": top.pk})

    assert not ReportSubscription.objects.exists()


def test_nobody_ends_what_another_wanted(subscription, top, client_for):
    address = reverse("portal:report-unsubscribe", args=[subscription.pk])

    assert client_for(builders.make_user("officer", top)).post(address).status_code == 404
    assert ReportSubscription.objects.exists()


def test_a_person_subscribes_to_so_many_only(officer, top):
    for number in range(subscriptions.MOST):
        ReportSubscription.objects.create(
            user=officer, organisation=top, report="coverage", by=str(number), covered_until=LAST_MONTH
        )

    with pytest.raises(ValidationError, match="最多订阅20份"):
        subscriptions.subscribe(report="yearly", organisation=top, by=officer)
