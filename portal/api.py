"""The routes of the API."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from activities.api.activities import ActivityViewSet, ResolutionViewSet, SeriesViewSet
from activities.api.appraisals import AppraisalViewSet
from activities.api.bookings import BookingViewSet
from activities.api.desks import DeskViewSet
from activities.api.duties import DutyRateView, DutyView
from activities.api.files import ActivityFileViewSet
from activities.api.services import ServiceRecordViewSet
from activities.api.signups import OwnActivityViewSet, SignUpViewSet
from activities.api.studies import StudyListViewSet
from activities.api.training import TrainingCreditViewSet
from activities.api.venues import VenueViewSet
from imports.api import JobViewSet, RowViewSet, RunViewSet
from linkages.api.agreements import AgreementViewSet, PartnerViewSet
from linkages.api.alliances import AllianceViewSet, ConferenceResolutionViewSet, ConferenceViewSet
from linkages.api.challenges import ChallengeViewSet
from linkages.api.commitments import CommitmentViewSet
from linkages.api.lists import NeedViewSet, ProjectViewSet, ResourceViewSet
from linkages.api.orders import OrderKindViewSet, OrderViewSet
from linkages.api.policies import PolicyDeliveryViewSet, PolicyViewSet
from linkages.api.secondments import SecondmentOutcomeViewSet, SecondmentViewSet
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
from orgs.api.coverage import CoverageViewSet
from orgs.api.enterprises import EnterpriseViewSet, ShouldFoundViewSet
from orgs.api.me import MeView
from orgs.api.organisations import OrganisationViewSet
from orgs.api.places import AreaViewSet, ChainViewSet, ClusterViewSet, ParkViewSet
from orgs.api.schema import SchemaView
from orgs.api.surveys import RoundViewSet, TaskViewSet
from orgs.api.views import NotFoundView
from orgs.api.visits import VisitTaskViewSet, VisitTeamViewSet, VisitViewSet
from portal.api_docs import docs
from portal.assessments_api import AssessmentViewSet
from portal.leaderboards_api import LeaderboardView
from portal.measures_api import MeasuresView
from portal.reports.api import CoverageReportView, YearlyReportView
from portal.snapshots_api import SnapshotsView

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
router.register("visit-tasks", VisitTaskViewSet, "visit-task")
router.register("visit-teams", VisitTeamViewSet, "visit-team")
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
router.register("assessments", AssessmentViewSet, "assessment")
router.register("activities", ActivityViewSet, "activity")
router.register("activities", DeskViewSet, "activity-sign-in")
router.register("activities/(?P<activity_pk>[^/]+)/files", ActivityFileViewSet, "activity-file")
router.register("activities/(?P<activity_pk>[^/]+)/sign-ups", SignUpViewSet, "activity-sign-up")
router.register("own-activities", OwnActivityViewSet, "own-activity")
router.register("agreements", AgreementViewSet, "agreement")
router.register("orders", OrderViewSet, "order")
router.register("order-kinds", OrderKindViewSet, "order-kind")
router.register("partners", PartnerViewSet, "partner")
router.register("challenges", ChallengeViewSet, "challenge")
router.register("commitments", CommitmentViewSet, "commitment")
router.register("secondments", SecondmentViewSet, "secondment")
router.register("secondment-outcomes", SecondmentOutcomeViewSet, "secondment-outcome")
router.register("policies", PolicyViewSet, "policy")
router.register("policy-deliveries", PolicyDeliveryViewSet, "policy-delivery")
router.register("alliances", AllianceViewSet, "alliance")
router.register("conferences", ConferenceViewSet, "conference")
router.register("conference-resolutions", ConferenceResolutionViewSet, "conference-resolution")
router.register("resources", ResourceViewSet, "resource")
router.register("needs", NeedViewSet, "need")
router.register("projects", ProjectViewSet, "project")
router.register("training-credits", TrainingCreditViewSet, "training-credit")
router.register("service-records", ServiceRecordViewSet, "service-record")
router.register("study-lists", StudyListViewSet, "study-list")
router.register("venue-bookings", BookingViewSet, "venue-booking")
router.register("venues", VenueViewSet, "venue")
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
    path("leaderboards/", LeaderboardView.as_view(), name="leaderboards"),
    path("measures/", MeasuresView.as_view(), name="measures"),
    path("snapshots/", SnapshotsView.as_view(), name="snapshots"),
    path("reports/coverage/", CoverageReportView.as_view(), name="report-coverage"),
    path("reports/yearly/", YearlyReportView.as_view(), name="report-yearly"),
    path("me/", MeView.as_view(), name="me"),
    path("docs/", docs, name="docs"),
    path("schema/", SchemaView.as_view(), name="schema"),
    re_path(r"^.*$", NotFoundView.as_view(), name="nothing"),
]
