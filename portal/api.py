"""The routes of the API."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from activities.api.activities import ActivityViewSet, ResolutionViewSet, SeriesViewSet
from activities.api.appraisals import AppraisalViewSet
from activities.api.duties import DutyRateView, DutyView
from imports.api import JobViewSet, RowViewSet, RunViewSet
from members.api.absences import AbsenceViewSet
from members.api.documents import CaseDocumentViewSet
from members.api.dues import DuesBasisViewSet, DuesChargeViewSet, DuesPaymentViewSet, DuesSummaryView
from members.api.exits import DisposalViewSet, ExitViewSet
from members.api.leading import LeadingUnitViewSet, PublicRoleViewSet
from members.api.own import AccountViewSet, CorrectionViewSet
from members.api.pairings import PairingViewSet
from members.api.plans import QuotaViewSet
from members.api.points import CriterionViewSet, PointEntryViewSet
from members.api.recruiting import CaseViewSet
from members.api.register import MemberViewSet
from members.api.talent import OutsidePersonViewSet, TalentViewSet
from members.api.transfers import TransferViewSet
from orgs.api.coverage import CoverageViewSet, VisitViewSet
from orgs.api.enterprises import EnterpriseViewSet, ShouldFoundViewSet
from orgs.api.me import MeView
from orgs.api.organisations import OrganisationViewSet
from orgs.api.places import AreaViewSet, ChainViewSet, ClusterViewSet, ParkViewSet
from orgs.api.schema import SchemaView
from orgs.api.surveys import RoundViewSet, TaskViewSet
from orgs.api.views import NotFoundView
from portal.api_docs import docs
from portal.measures_api import MeasuresView

router = SimpleRouter()
router.register("recruitment-cases", CaseViewSet, "recruitment-case")
router.register("recruitment-quotas", QuotaViewSet, "recruitment-quota")
router.register("point-criteria", CriterionViewSet, "point-criterion")
router.register("point-entries", PointEntryViewSet, "point-entry")
router.register("recruitment-cases/(?P<case_pk>[^/]+)/documents", CaseDocumentViewSet, "case-document")
router.register("organisations", OrganisationViewSet, "organisation")
router.register("areas", AreaViewSet, "area")
router.register("parks", ParkViewSet, "park")
router.register("clusters", ClusterViewSet, "cluster")
router.register("chains", ChainViewSet, "chain")
router.register("enterprises", EnterpriseViewSet, "enterprise")
router.register("should-found", ShouldFoundViewSet, "should-found")
router.register("coverage", CoverageViewSet, "coverage")
router.register("visits", VisitViewSet, "visit")
router.register("survey-rounds", RoundViewSet, "survey-round")
router.register("survey-tasks", TaskViewSet, "survey-task")
router.register("members", MemberViewSet, "member")
router.register("transfers", TransferViewSet, "transfer")
router.register("absences", AbsenceViewSet, "absence")
router.register("disposals", DisposalViewSet, "disposal")
router.register("members", ExitViewSet, "member-act")
router.register("members", AccountViewSet, "member-account")
router.register("corrections", CorrectionViewSet, "correction")
router.register("pairings", PairingViewSet, "pairing")
router.register("talents", TalentViewSet, "talent")
router.register("outside-people", OutsidePersonViewSet, "outside-person")
router.register("dues-charges", DuesChargeViewSet, "dues-charge")
router.register("dues-payments", DuesPaymentViewSet, "dues-payment")
router.register("dues-bases", DuesBasisViewSet, "dues-basis")
router.register("appraisals", AppraisalViewSet, "appraisal")
router.register("leading-units", LeadingUnitViewSet, "leading-unit")
router.register("public-roles", PublicRoleViewSet, "public-role")
router.register("activities", ActivityViewSet, "activity")
router.register("resolutions", ResolutionViewSet, "resolution")
router.register("activity-series", SeriesViewSet, "activity-series")
router.register("import-runs", RunViewSet, "import-run")
router.register("import-runs/(?P<run_pk>[^/]+)/rows", RowViewSet, "import-row")
router.register("jobs", JobViewSet, "job")

app_name = "api"
urlpatterns = [
    path("", include(router.urls)),
    path("duties/", DutyView.as_view(), name="duties"),
    path("duty-rates/", DutyRateView.as_view(), name="duty-rates"),
    path("dues-summary/", DuesSummaryView.as_view(), name="dues-summary"),
    path("measures/", MeasuresView.as_view(), name="measures"),
    path("me/", MeView.as_view(), name="me"),
    path("docs/", docs, name="docs"),
    path("schema/", SchemaView.as_view(), name="schema"),
    re_path(r"^.*$", NotFoundView.as_view(), name="nothing"),
]
