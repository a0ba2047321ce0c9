"""Reports that come by themselves: subscribe, write what is over, hand out, forget.

A period is written once however often, late or parallel that is tried: the workbook, the notice and the day up to which
a subscription is served are kept in one transaction, which begins by locking the subscription.
"""

import datetime as dt
import io

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from orgs import audit, notices, replica, uploads
from orgs.exports import record_export
from orgs.models import AuditAction
from orgs.terms import month_end
from orgs.uploads.intake import Accepted
from orgs.uploads.kinds import XLSX
from portal.models import ReportCode, ReportFile, ReportSubscription
from portal.reports import coverage
from portal.reports.kinds import KINDS
from portal.reports.workbook import write_workbook

KEPT = dt.timedelta(days=90)
MOST = 20
A_DAY = dt.timedelta(days=1)


# --- Periods ---------------------------------------------------------------------------------------------


def last_closed(report: str, today: dt.date) -> dt.date:
    """The last day of the last month or year that is over."""
    if report == ReportCode.YEARLY:
        return dt.date(today.year - 1, 12, 31)
    return today.replace(day=1) - A_DAY


def next_period(subscription: ReportSubscription, today: dt.date) -> dt.date | None:
    """The last day of the first period that is over and not yet written."""
    first = subscription.covered_until + A_DAY
    end = dt.date(first.year, 12, 31) if subscription.report == ReportCode.YEARLY else month_end(first)
    return end if end < today else None


def due(today: dt.date):
    late = [Q(report=code, covered_until__lt=last_closed(code, today)) for code in ReportCode]
    return ReportSubscription.objects.filter(late[0] | late[1]).order_by("pk")


# --- Acts --------------------------------------------------------------------------------------------------


@transaction.atomic
def subscribe(*, report: str, organisation, lines: str = "", by, request=None) -> ReportSubscription:
    """The first one comes when the running month or year is over. The caller has checked access."""
    if by.report_subscriptions.count() >= MOST:
        raise ValidationError(f"每个账号最多订阅{MOST}份报表，请先退订不再需要的。")
    subscription = ReportSubscription(
        user=by,
        organisation=organisation,
        report=report,
        by=lines,
        covered_until=last_closed(report, timezone.localdate()),
    )
    subscription.full_clean()
    subscription.save()
    _record(subscription, "订阅报表", by, request)
    return subscription


@transaction.atomic
def unsubscribe(*, subscription: ReportSubscription, by, request=None) -> None:
    """Files that were written stay until they expire."""
    _record(subscription, "退订报表", by, request)
    subscription.delete()


def _record(subscription, words, by, request):
    audit.record(
        actor=by,
        action=AuditAction.UPDATE,
        obj=subscription.organisation,
        path=subscription.organisation.path,
        detail={"act": words, "report": subscription.report},
        request=request,
    )


def may_read(user, file: ReportFile) -> bool:
    """Asked again at every download: who wrote it down once may have lost the right since."""
    if not KINDS[file.report].may_view_at(user, file.organisation):
        return False
    return file.names is None or coverage.may_list(user, file.organisation)


@transaction.atomic
def read(*, file: ReportFile, by, request) -> HttpResponse:
    """On record as an export. The caller has asked `may_read`. Raises ValidationError."""
    record_export(
        request=request,
        name=KINDS[file.report].title,
        count=file.names or 0,
        file_format="xlsx",
        purpose="定期报表",
        detail={"organisation": file.organisation.code, "on": file.on},
    )
    return uploads.download(file)


# --- In the background -----------------------------------------------------------------------------------


def write_due(subscription_id: int) -> int:
    """Writes what is over and was not written, oldest first; returns how many. See above for running twice."""
    written = 0
    while True:
        rows = ReportSubscription.objects.select_related("user", "organisation")
        subscription = rows.filter(pk=subscription_id).first()
        if subscription is None or not _may_be_written(subscription):
            return written
        on = next_period(subscription, timezone.localdate())
        if on is None or not _write(subscription, on):
            return written
        written += 1


def _may_be_written(subscription) -> bool:
    user = subscription.user
    return user.is_active and KINDS[subscription.report].may_view_at(user, subscription.organisation)


def _write(subscription, on: dt.date) -> bool:
    """False where another was quicker."""
    content, name, names = replica.read(_content, subscription, on)
    with uploads.keeping() as files:
        # Reckoned before the lock, which a slow report would hold for seconds.
        stored = ReportSubscription.objects.select_for_update().filter(
            pk=subscription.pk, covered_until=subscription.covered_until
        )
        locked = stored.first()
        if locked is None:
            return False
        user, organisation = subscription.user, subscription.organisation
        file = ReportFile(
            user=user,
            organisation=organisation,
            report=subscription.report,
            by=subscription.by,
            on=on,
            names=names,
            expires_on=timezone.localdate() + KEPT,
        )
        files.keep(file, Accepted(name, content, XLSX), by=user)
        locked.covered_until = on
        locked.save(update_fields=["covered_until"])
        _tell(file)
    return True


def _content(subscription, on) -> tuple[bytes, str, int | None]:
    kind, user, organisation = KINDS[subscription.report], subscription.user, subscription.organisation
    if subscription.report == ReportCode.YEARLY:
        report = kind.build(user, organisation, on.year)
    else:
        report = kind.build(user, organisation, on, subscription.by)
    listing = kind.listing(user, organisation, on)
    stamp = f"定期报表　订阅人：{user}　生成时间：{timezone.localtime():%Y-%m-%d %H:%M}"
    file = io.BytesIO()
    write_workbook(file, report, stamp=stamp, listing=listing)
    return file.getvalue(), report.file_name, len(listing.rows) if listing else None


def _tell(file: ReportFile) -> None:
    """Keyed by report and period: told once, even where the file was written anew."""
    period = f"{file.on.year}年" if file.report == ReportCode.YEARLY else f"{file.on.year}年{file.on.month}月"
    notices.deliver(
        [
            notices.Message(
                file.user_id,
                f"report:{file.report}:{file.organisation_id}:{file.by}:{file.on}",
                f"{period}{file.get_report_display()}已生成",
                f"{file.organisation}（含下级），保存至{file.expires_on - A_DAY}。",
                reverse("portal:report-list"),
            )
        ]
    )


def sweep() -> int:
    """Forgets the files that are over their time; what lies on the disk without a row `uploads.sweep` removes."""
    return ReportFile.objects.filter(expires_on__lte=timezone.localdate()).delete()[0]
