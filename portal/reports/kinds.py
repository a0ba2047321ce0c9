"""The reports there are: what each is, who may read it, and what it is built of."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from members.access import can_view_members
from orgs import access
from orgs.models import Organisation
from portal.dashboards import default_organisation
from portal.reports import coverage, yearly
from portal.reports.forms import CoverageForm, ReportForm, YearlyForm
from portal.reports.sheets import Listing, Report


@dataclass(frozen=True)
class Kind:
    """`permission` is what one must hold at the organisation beside seeing it; "" for nothing more.

    `listing` gives the names that the workbook holds for the user, if any.
    """

    code: str
    title: str
    words: str
    rhythm: str
    permission: str
    form: type[ReportForm]
    build: Callable[..., Report]
    listing: Callable[..., Listing | None]

    def may_view(self, user) -> bool:
        """Somewhere; as the dashboard, and for members who may read members."""
        return access.can_view_statistics(user) and (not self.permission or can_view_members(user))

    def may_view_at(self, user, organisation) -> bool:
        return self.may_view(user) and self.organisations(user).filter(pk=organisation.pk).exists()

    def organisations(self, user) -> QuerySet:
        return Organisation.objects.permitted_to(user, self.permission or "organisations.view")

    def own_organisation(self, user) -> Organisation | None:
        """The one meant when none is said: that of the dashboard, where the person may read this report of it."""
        own = default_organisation(user)
        if own and self.may_view_at(user, own):
            return own
        return self.organisations(user).order_by("depth", "path").first()

    def asked(self, user, query) -> tuple[ReportForm, Report | None]:
        """The form as it was filled in, and the report unless something is wrong with it."""
        form = self.form(
            query, organisations=self.organisations(user), organisation=self.own_organisation(user)
        )
        if not form.is_valid():
            return form, None
        return form, self.build(user, form.cleaned_data["organisation"], **form.period)


COVERAGE = Kind(
    coverage.CODE,
    coverage.TITLE,
    "按片区、产业集群或园区列出企业总数、各种覆盖方式、组织覆盖率和工作覆盖率、应建未建，并与上月末比较。",
    "每月1日",
    "",
    CoverageForm,
    coverage.build,
    coverage.listing,
)
YEARLY = Kind(
    yearly.CODE,
    yearly.TITLE,
    "截至12月31日的党员基本情况、发展党员、党组织、年度增减、出党、民主评议和教育培训，按组织关系统计。",
    "每年1月1日",
    "members.view",
    YearlyForm,
    yearly.build,
    lambda user, organisation, on: None,  # it names nobody
)
KINDS = {kind.code: kind for kind in (COVERAGE, YEARLY)}
