"""What the demonstration park shows of reports: an officer who gets both regularly, and the one of last month."""

from orgs.models import User
from orgs.terms import add_months, month_end
from portal.dashboards import default_organisation
from portal.models import ReportCode
from portal.reports import subscriptions

SUBSCRIBER = "officer"


def load() -> None:
    """Nothing where the park has no accounts."""
    officer = User.objects.filter(username=SUBSCRIBER).first()
    organisation = default_organisation(officer) if officer else None
    if organisation is None:
        return
    subscriptions.subscribe(report=ReportCode.YEARLY, organisation=organisation, by=officer)
    monthly = subscriptions.subscribe(
        report=ReportCode.COVERAGE, organisation=organisation, lines="area", by=officer
    )
    monthly.covered_until = month_end(add_months(monthly.covered_until, -1))
    monthly.save()
    subscriptions.write_due(monthly.pk)
