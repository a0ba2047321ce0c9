"""Every page of the demonstration park at both sizes: no error, no breach, no stranger, no overflow, no barrier."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver, reverse

from activities import codes
from orgs.demo.accounts import PASSWORD
from tests.processes import ROOT, Portal, own_servers

from .conftest import watch

# The access walk opens the same pages on every engine; what a browser makes of them does not depend on it.
pytestmark = pytest.mark.once
SIZES = ((1440, 900), (375, 812))
AXE = Axe()
OVERFLOW = "document.scrollingElement.scrollWidth - window.innerWidth"
SAMPLES = ROOT / "tests" / "samples"

# Something of everything a page can show; names are used as arguments below.
PLANT = """
import datetime as dt
import json
from decimal import Decimal
from django.core.files.base import ContentFile
from django.utils import timezone
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from imports.models import ImportRun, StagedRow
from activities.actions import activities, appraisals, decisions, series, signing, signup, training
from members.actions import absences, disposal, documents, dues, leading, own, pairings, recruiting, talent, transfers
from members.demo.documents import png
from members.models import DuesCharge, Member, PointCriterion, Transfer
from orgs.actions import accounts
from orgs.kinds import OrganisationKind as Kind
from orgs.models import *
def first(rows): return rows.order_by("pk").values_list("pk", flat=True)[0]
organisations, user = Organisation.objects, User.objects.get
coverages = Coverage.objects.filter(until__isnull=True)
held = Appointment.objects.get
TOTP.activate(user(username="cluster"), generate_totp_secret())
link = accounts.invite(user=user(username="area"), by=User.objects.system())
staged = ImportRun.objects.get(state="staged")
area = user(username="area")
of_branch = Member.objects.in_register().filter(organisation=held(role="secretary").organisation).order_by("pk")
moving, away, stays = [m for m in of_branch if not Transfer.objects.filter(member=m).exists()][:3]
receiver = Member.objects.full().exclude(organisation=moving.organisation).order_by("pk").first().organisation
transfer = transfers.start_transfer(member=moving, to_organisation=receiver, reason="工作调动",
    dues_paid_until=timezone.localdate(), by=area)
transfers.issue_letter(transfer=transfer, by=area)
absence = absences.start_absence(member=away, kind="lost", since=dt.date(2026, 1, 5), by=area)
absences.add_contact(absence=absence, on=dt.date(2026, 2, 1), means="phone", person="测试", result="停机", by=area)
month = timezone.localdate().replace(day=1)
for payer in of_branch[:12]:
    dues.fix_basis(member=payer, effective_from=month, category="salaried", base=Decimal(8000), reason="年中核定", by=area)
dues.write_month(month=month)
owed = DuesCharge.objects.unpaid().filter(member__in=of_branch, month=month).first()
receipt, *_ = dues.take_payments(charges=[owed.pk], paid_on=month, method="cash", organisation=stays.organisation, by=area)
applicant = recruiting.open_case(organisation=stays.organisation, on=timezone.localdate(), by=area, values={"name": "周小满",
    "identity_number": "999901199005170011", "sex": "male", "born_on": dt.date(1990, 5, 17)})
brand = series.add_series(organisation=stays.organisation, values={"name": "周五技术夜校"}, by=area)
noon = timezone.now() - dt.timedelta(days=1)
meeting = activities.record_activity(organisation=stays.organisation, kinds=("members_meeting", "party_lecture"),
    values={"title": "讨论年度计划", "starts_at": noon, "place": "党群服务站", "gist": "逐项讨论", "series": brand}, by=area,
    roll={stays.pk: ("present", ""), moving.pk: ("leave", "出差"), away.pk: ("absent", "")}, guests=[("王工", "中试平台")])
decisions.add_vote(activity=meeting, matter="年度计划", expected=1, present=1, yes=1, passed=True, by=area)
decisions.add_resolution(activity=meeting, text="每月走访一家企业", owner_name="组织委员", by=area)
planned = activities.plan_activity(organisation=stays.organisation, kinds=("volunteering",), by=area,
    values={"title": "园区清洁日", "starts_at": timezone.now() + dt.timedelta(days=5)})
coming = activities.plan_activity(organisation=stays.organisation, kinds=("theme_day",), by=area,
    values={"title": "成果对接会", "starts_at": timezone.now() + dt.timedelta(minutes=90), "place": "会议中心"})
signup.offer_signup(activity=coming, until=timezone.now() + dt.timedelta(minutes=80), places=20, by=area)
signup.sign_up(activity=coming, member=stays, by=area)
desk = signing.open_desk(activity=coming, by=area)
training.add_credits(members=[stays], title="党务骨干培训班", on=timezone.localdate(), hours=Decimal(8), by=area)
grader = Member.objects.full().filter(organisation=stays.organisation).first()
appraisal = appraisals.record_appraisal(organisation=stays.organisation, year=timezone.localdate().year,
    held_on=timezone.localdate(), grades={grader.pk: {"grade": "competent"}}, by=area)
documents.add_document(case=applicant, number=1, kind="入党申请书", by=area,
    upload=ContentFile(png(1), "入党申请书.png"))
case = disposal.open_disposal(member=stays, kind="correction", ground="不参加组织生活", by=area)
themselves = Member.objects.get(account__username="member")
correction = own.report_mistake(member=themselves, field="mobile", claim="19900001234", by=themselves.account)
post = leading.establish(organisation=stays.organisation, kind="post", name="测试党员示范岗", task="按期交付",
    established_on=dt.date(2026, 1, 5), leader=stays, term_ends_on=timezone.localdate(), by=area)
result = leading.add_result(unit=post, on=dt.date(2026, 2, 5), what="交付首台样机", figure=Decimal(1), measure="台", by=area)
role = leading.take_role(member=stays, kind="people", level="district", body="区人民代表大会", since=dt.date(2026, 1, 5),
    by=area)
entry = talent.enter_person(organisation=stays.organisation, by=area, values={"name": "欧阳学", "mobile": "19900001234",
    "consent_on": dt.date(2026, 1, 5), "consent_how": "written", "consent_scope": "人才库"})
pairing = pairings.start_pairing(kind="talent", organisation=stays.organisation, leader=stays, person=entry.person,
    aim="联系服务", since=dt.date(2026, 1, 5), by=area)
pairings.add_contact(pairing=pairing, on=dt.date(2026, 2, 5), how="talk", gist="谈了近期工作", asked="住房", by=area)
print(json.dumps({
    "leading": post.pk,
    "service": post.services.get().pk,
    "result": result.pk,
    "role": role.pk,
    "pairing": pairing.pk,
    "outside_person": entry.person_id,
    "correction": correction.pk,
    "applicant": applicant.pk,
    "top": first(organisations.filter(depth=1)),
    "criterion": first(PointCriterion.objects.all()),
    "area": first(organisations.filter(kind=Kind.AREA_COMMITTEE)),
    "branch": held(role="secretary").organisation_id,
    "temporary": first(organisations.filter(kind=Kind.TEMP_BRANCH)),
    "post": first(Post.objects.filter(until__isnull=True)),
    "affiliation": first(Affiliation.objects.filter(until__isnull=True).exclude(line="formal")),
    "park": first(Park.objects.filter(aliases__isnull=False)),
    "place": first(Area.objects.all()),
    "enterprise": held(role="contact").enterprise_id,
    "uncovered": first(Enterprise.objects.filter(coverages__isnull=True)),
    "coverage": first(coverages.filter(method="joint")),
    "round": SurveyRound.objects.latest("as_of").pk,
    "open_task": first(SurveyTask.objects.filter(state="open")),
    "done_task": first(SurveyTask.objects.filter(state="done")),
    "user": user(username="leader").pk,
    "appointment": first(Appointment.objects.filter(user__username="leader")),
    "staged": staged.pk,
    "rejected": first(StagedRow.objects.filter(run=staged, outcome="rejected")),
    "applied": ImportRun.objects.get(state="applied").pk,
    "discarded": ImportRun.objects.get(state="discarded").pk,
    "link": link,
    "payer": stays.pk,
    "receipt": receipt.pk,
    "stays": stays.pk,
    "transfer": transfer.pk,
    "absence": absence.pk,
    "disposal": case.pk,
    "meeting": meeting.pk,
    "planned": planned.pk,
    "appraisal": appraisal.pk,
    "coming": coming.pk,
    "desk": [str(desk.public_id), desk.secret],
    "signer": [stays.name, (stays.mobile or stays.identity_number)[-4:]],
    "brand": brand.pk,
}))
"""
STAGE_AND_DISCARD = """
from imports import actions
from imports.models import ImportRun
actions.discard(run=ImportRun.objects.get(state="staged"))
"""


def at(role, name, *arguments, query=""):
    words = [role, name.rpartition(":")[2], *map(str, arguments), query]
    return pytest.param(role, name, arguments, query, id=" ".join(filter(None, words)))


PAGES = [
    at("anonymous", "account_login"),
    at("anonymous", "account_login", query="idle=1"),
    at("anonymous", "account_signup"),
    at("anonymous", "account_inactive"),
    at("anonymous", "account_reset_password"),
    at("anonymous", "account_reset_password_done"),
    at("anonymous", "account_reset_password_from_key", "1", "bad-key"),
    at("anonymous", "account_reset_password_from_key_done"),
    at("anonymous", "orgs:invitation", "MQ", "bad-token"),
    *(
        at(role, "portal:home")
        for role in ("officer", "secretary", "contact", "member", "leader", "auditor", "admin")
    ),
    at("officer", "portal:dashboard"),
    at("secretary", "portal:dashboard"),
    at("officer", "portal:dashboard", query="on=2001-01-01"),
    at("officer", "portal:measure-list"),
    at("officer", "portal:my-account"),
    at("officer", "portal:search", query="q=科技"),
    at("officer", "portal:search", query="q=没有这样的名称"),
    at("officer", "orgs:organisation-list"),
    at("officer", "orgs:organisation-list", query="kind=branch"),
    at("officer", "orgs:organisation-list", query="q=没有这样的名称"),
    at("officer", "orgs:term-list"),
    *(
        at("officer", "orgs:organisation", "area", query=f"tab={tab}")
        for tab in ("overview", "children", "coverage", "posts", "history")
    ),
    at("officer", "orgs:organisation", "branch"),
    at("secretary", "orgs:organisation", "branch"),
    at("officer", "orgs:organisation-found", "area"),
    *(
        at("officer", f"orgs:organisation-{act}", "area")
        for act in ("edit", "move", "dissolve", "election", "extension", "appoint", "functional")
    ),
    at("officer", "orgs:organisation-task-end", "temporary"),
    at("officer", "orgs:post-end", "post"),
    at("officer", "orgs:functional-end", "affiliation"),
    at("officer", "orgs:who-can-see", "organisation", "area"),
    at("officer", "orgs:park-list"),
    at("officer", "orgs:park-new"),
    at("officer", "orgs:park", "park"),
    at("officer", "orgs:park-edit", "park"),
    at("officer", "orgs:place-list"),
    at("officer", "orgs:place-new", "area"),
    at("officer", "orgs:place-edit", "area", "place"),
    at("officer", "orgs:enterprise-list"),
    at("officer", "orgs:enterprise-list", query="q=没有这样的名称"),
    at("secretary", "orgs:enterprise-list"),
    at("officer", "orgs:enterprise", "enterprise"),
    at("officer", "orgs:enterprise", "uncovered"),
    at("contact", "orgs:enterprise", "enterprise"),
    at("officer", "orgs:enterprise-create"),
    at("officer", "orgs:enterprise-edit", "enterprise"),
    at("officer", "orgs:enterprise-export"),
    at("officer", "orgs:coverage-create", "uncovered"),
    at("officer", "orgs:visit-create", "enterprise"),
    at("officer", "orgs:should-found"),
    at("officer", "orgs:coverage-list"),
    at("officer", "orgs:coverage-list", query="view=uncovered"),
    at("officer", "orgs:coverage-export"),
    at("officer", "orgs:coverage-end", "coverage"),
    at("officer", "orgs:instructor-list"),
    at("officer", "orgs:survey-round-list"),
    at("officer", "orgs:survey-round", "round"),
    at("officer", "orgs:survey-task", "open_task"),
    at("officer", "orgs:survey-task", "done_task"),
    at("officer", "members:member-list"),
    at("officer", "members:member-list", query="q=没有这样的姓名"),
    at("officer", "members:member-lookup"),
    at("secretary", "members:member-new"),
    at("secretary", "members:member", "stays"),
    at("secretary", "members:member-edit", "stays"),
    at("secretary", "members:member-readers", "stays"),
    at("officer", "members:member-export"),
    at("officer", "members:composition"),
    at("officer", "members:composition", query="on=2999-01-01"),
    at("officer", "members:recruiting"),
    at("officer", "members:recruiting-list"),
    at("officer", "members:points-ranking"),
    at("officer", "members:points-export"),
    at("officer", "members:point-criteria"),
    at("secretary", "members:point-criteria"),
    at("officer", "members:criterion-new"),
    at("officer", "members:criterion-edit", "criterion"),
    at("secretary", "members:point-add", "applicant"),
    at("officer", "members:recruitment-plan"),
    at("secretary", "members:recruitment-plan"),
    at("officer", "members:recruitment-plan-edit", "top"),
    at("officer", "members:recruitment-plan-export"),
    at("secretary", "members:recruiting-roster"),
    at("officer", "members:recruiting-export"),
    at("secretary", "members:case-print", "applicant", "course"),
    at("secretary", "members:case-print", "applicant", "application-talk"),
    at("secretary", "members:case-new"),
    at("secretary", "members:case", "applicant"),
    at("secretary", "members:case", "applicant", query="documents=1"),
    at("secretary", "members:case-archive", "applicant"),
    at("secretary", "members:case-step", "applicant", 2),
    at("secretary", "members:case-move", "applicant"),
    at("secretary", "members:case-edit", "applicant"),
    at("officer", "members:transfer-list"),
    at("officer", "members:transfer-list", query="q=没有这样的姓名"),
    at("secretary", "members:transfer", "transfer"),
    at("officer", "members:transfer-letter", "transfer"),
    at("officer", "members:transfer-in"),
    at("officer", "members:absence-list"),
    at("secretary", "members:absence", "absence"),
    at("officer", "members:guest-new"),
    at("secretary", "members:disposal", "disposal"),
    *(
        at("secretary", f"members:{name}", "stays")
        for name in ("transfer-new", "absence-new", "member-leave", "event-add", "disposal-new")
    ),
    at("secretary", "members:dues"),
    at("officer", "members:dues-arrears"),
    at("officer", "members:dues-summary", query="period=quarter"),
    at("officer", "members:dues-export"),
    at("secretary", "members:dues-refix", "branch"),
    at("secretary", "members:dues-member", "payer"),
    at("secretary", "members:dues-basis", "payer"),
    at("secretary", "members:dues-receipt", "receipt"),
    *(at("officer", f"members:{name}", "stays") for name in ("member-remove", "member-return")),
    at("member", "members:own-record"),
    at("member", "members:own-correction"),
    at("officer", "members:correction-list"),
    at("secretary", "members:correction", "correction"),
    at("secretary", "members:member-account", "stays"),
    *(at(role, "activities:activity-list") for role in ("officer", "secretary")),
    at("officer", "activities:activity-list", query="q=没有这样的名称"),
    at("officer", "activities:activity-export"),
    at("secretary", "activities:record"),
    at("secretary", "activities:record", query="kind=training"),
    at("officer", "activities:record"),
    at("secretary", "activities:activity-plan"),
    *(at("secretary", f"activities:{name}", "meeting") for name in ("activity", "activity-edit")),
    *(
        at("secretary", f"activities:{name}", "planned")
        for name in ("activity", "activity-edit", "activity-hold")
    ),
    *(at("secretary", f"activities:{name}", "meeting") for name in ("minutes", "sign-in-sheet")),
    *(
        at("secretary", f"activities:{name}", "coming")
        for name in ("activity", "sign-in-desk", "signup-list", "signup-offer")
    ),
    at("secretary", "activities:sign-in-desk", "planned"),
    at("secretary", "activities:organisation-feed", "branch"),
    at("officer", "activities:training-list"),
    at("secretary", "activities:training-list", query="reached=no"),
    at("secretary", "activities:member-training", "stays"),
    at("secretary", "activities:training-credit-new", "branch"),
    at("member", "activities:own-activities"),
    at("member", "activities:own-feed"),
    at("officer", "activities:series-list"),
    at("secretary", "activities:series-new"),
    *(at("secretary", f"activities:{name}", "brand") for name in ("series", "series-edit")),
    at("officer", "imports:run-list"),
    at("member", "portal:my-account"),
    at("officer", "imports:upload"),
    at("officer", "imports:upload", query="kind=enterprises"),
    at("officer", "imports:run", "staged"),
    *(at("officer", "imports:run", "staged", query=f"tab={tab}") for tab in ("new", "missing", "all")),
    at("officer", "imports:run", "applied"),
    at("officer", "imports:run", "discarded"),
    at("officer", "imports:run-columns", "staged"),
    at("officer", "imports:run-row", "staged", "rejected"),
    at("officer", "imports:run-undo", "applied"),
    *(at(role, "members:pioneers") for role in ("officer", "secretary")),
    *(at("officer", f"members:leading-{tab}") for tab in ("posts", "teams", "experts", "all")),
    at("officer", "members:leading-posts", query="q=没有这样的名称"),
    *(at("officer", f"members:leading-{act}") for act in ("new", "export")),
    *(
        at("secretary", f"members:leading-{act}", "leading")
        for act in ("unit", "edit", "leader", "join", "end")
    ),
    at("secretary", "members:leading-leave", "service"),
    at("secretary", "members:leading-void", "result"),
    *(at("officer", f"members:role-{act}") for act in ("list", "new", "export")),
    at("secretary", "members:role-end", "role"),
    at("secretary", "activities:duties"),
    *(at("officer", f"activities:duty-{name}") for name in ("map", "list", "rates")),
    at("secretary", "activities:duty-map", query="kind=members_meeting"),
    at("officer", "activities:duty-list", query="standing=fortnight"),
    at("officer", "activities:duty-map", query="organisation=没有这样的组织"),
    at("officer", "activities:duty-branch", "branch"),
    at("officer", "activities:appraisal-list"),
    at("secretary", "activities:appraisal", "appraisal"),
    at("secretary", "activities:appraisal-edit", "branch", 2025),
    at("officer", "members:pairing-list"),
    at("officer", "members:pairing-list", query="q=没有这样的姓名"),
    at("officer", "members:pairing-export"),
    at("secretary", "members:pairing-new"),
    at("secretary", "members:pairing", "pairing"),
    at("secretary", "members:pairing-edit", "pairing"),
    at("officer", "members:talent-list"),
    at("officer", "members:talent-list", query="source=unknown"),
    at("officer", "members:talent-figures"),
    at("officer", "members:talent-export"),
    *(at("secretary", f"members:talent-{act}", "stays") for act in ("add", "out")),
    at("officer", "members:talent-outside-list"),
    at("secretary", "members:talent-outside-new"),
    at("secretary", "members:talent-outside", "outside_person"),
    at("secretary", "members:talent-outside-edit", "outside_person"),
    at("officer", "orgs:delegation-list"),
    at("officer", "orgs:token-list"),
    at("officer", "account_change_password"),
    at("officer", "account_logout"),
    at("officer", "account_reauthenticate"),
    at("officer", "usersessions_list"),
    at("officer", "mfa_index"),
    at("officer", "mfa_activate_totp"),
    at("admin", "orgs:account-list"),
    at("admin", "orgs:account-create"),
    at("admin", "orgs:account", "user"),
    at("admin", "orgs:appointment-create", "user"),
    at("admin", "orgs:appointment-end", "appointment"),
    at("admin", "orgs:setting-list"),
    at("admin", "orgs:setting", "coverage_statuses"),
    at("admin", "orgs:setting", "term_notice_days"),
    at("admin", "orgs:calendar"),
    at("auditor", "orgs:audit-list"),
]
# Shown in tests of their own below.
SHOWN_BELOW = {"mfa_authenticate", "activities:sign-in", "activities:sign-in-code"}
# Answers to forms, parts of pages, files and plain text.
NO_PAGES = {
    "portal:saved-filter-save", "portal:saved-filter-delete", "portal:livez", "portal:readyz", "portal:robots",
    "orgs:organisation-tree", "orgs:organisation-children", "orgs:organisation-reveal", "orgs:park-alias-add",
    "orgs:park-alias-remove", "orgs:enterprise-flag", "orgs:enterprise-reveal", "orgs:enterprise-founding",
    "orgs:enterprise-not-founded", "orgs:survey-task-create", "orgs:coverage-assign", "orgs:survey-complete",
    "orgs:survey-task-reopen", "orgs:survey-task-cancel", "orgs:survey-task-reassign", "orgs:account-set-active",
    "orgs:account-invite", "orgs:account-end-sessions", "orgs:account-reset-second-factor", "orgs:delegation-end",
    "orgs:token-revoke", "orgs:setting-delete", "orgs:calendar-clear",
    "orgs:organisation-options", "orgs:enterprise-options",
    "orgs:account-options", "members:transfer-submit", "members:transfer-issue", "members:transfer-send-back",
    "members:transfer-receive", "members:transfer-accept", "members:transfer-receipt", "members:transfer-reissue",
    "members:transfer-return", "members:transfer-withdraw", "members:transfer-send-receipt",
    "members:transfer-letter-file", "members:absence-end", "members:absence-report", "members:contact-add",
    "members:point-withdraw", "members:criterion-end", "members:criteria-adopt",
    "members:case-adopt", "members:case-reverse", "members:case-stop", "members:case-reveal", "members:case-print-file",
    "members:case-documents", "members:case-document", "members:case-document-withdraw",
    "members:disposal-step", "members:disposal-drop", "imports:template", "imports:run-progress", "imports:run-options",
    "imports:run-select", "imports:run-row-keep", "imports:run-errors", "imports:run-apply", "imports:run-retry",
    "imports:run-discard", "members:dues-write", "members:dues-pay", "members:dues-reverse", "members:dues-reveal",
    "members:dues-gift", "activities:record-roll", "activities:activity-archive-many", "activities:activity-notify",
    "activities:activity-submit", "activities:activity-archive", "activities:activity-return",
    "activities:activity-reopen", "activities:activity-cancel", "activities:vote-add", "activities:vote-remove",
    "activities:resolution-add", "activities:resolution-close", "activities:sign-in-panel",
    "activities:sign-in-image", "activities:sign-in-open", "activities:sign-in-close", "activities:own-signup",
    "activities:own-withdraw", "activities:feed", "activities:minutes-file", "activities:sign-in-sheet-file",
    "activities:record-book", "activities:training-credit-withdraw",
    "activities:file-add", "activities:file", "activities:file-withdraw",
    "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "members:member-reveal", "members:member-verify", "members:composition-file",
    "members:correction-reveal", "members:member-unlink", "members:member-options", "members:leading-result",
    "members:pairing-case-options",
    "members:pairing-contact", "members:pairing-contact-withdraw", "members:pairing-end", "members:talent-back",
    "members:talent-withdraw", "members:talent-outside-reveal", "members:talent-outside-in",
    "members:talent-outside-out", "members:talent-outside-withdraw",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
}  # fmt: skip


# --- The portal and its people -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with own_servers() as servers:
        portal = Portal(tmp_path_factory.mktemp("pages") / "var", **servers)
        portal.start(DEMO="1")
        portal.wait_for("已启动")
        yield portal
        portal.kill()


@pytest.fixture(scope="module")
def planted(portal):
    portal.manage("import_workbook", "parks", str(SAMPLES / "parks.xlsx"))
    portal.python(STAGE_AND_DISCARD)
    portal.manage("import_workbook", "parks", str(SAMPLES / "parks.xlsx"), "--apply")
    portal.manage("import_workbook", "enterprises", str(SAMPLES / "enterprises-2026-10.xlsx"), "--full-list")
    return json.loads(portal.python(PLANT))


@pytest.fixture(scope="module")
def people(browser, browser_context_args, portal, planted):
    """Role → a browser of that person, signed in at the first call."""
    contexts = {}

    def of(role):
        if role not in contexts:
            contexts[role] = browser.new_context(**browser_context_args)
            if role != "anonymous":
                sign_in(contexts[role].new_page(), portal, role)
        return contexts[role]

    yield of
    for context in contexts.values():
        context.close()


def sign_in(page, portal, username):
    page.goto(f"{portal.address}/accounts/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)


# Scripts that watch sizes have had their turn.
SETTLED = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)


@pytest.fixture
def open_page(people, portal):
    """Opens an address as somebody; what went wrong meanwhile must be nothing."""
    opened = []

    def open_as(role, path, status=200):
        page = people(role).new_page()
        page.set_default_timeout(15_000)
        faults = []
        opened.append((page, faults, *watch(page, portal.address)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        assert page.goto(portal.address + path).status == status
        if status != 200:
            faults.clear()  # the browser notes the status itself
        return page

    yield open_as
    for page, faults, foreign, breaches in opened:
        page.close()
        assert (faults, foreign, breaches) == ([], [], [])


def check_sizes(page, looked_at=SIZES[-1:]):
    """Fits at both sizes and has no barrier at those of `looked_at`: the phone's, where most is squeezed."""
    found = []
    page.evaluate(AXE.axe_script)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(SETTLED)
        if (excess := page.evaluate(OVERFLOW)) > 0:
            found.append(f"{width}: too wide by {excess}")
        if (width, height) in looked_at:
            found += [f"{width}: {barrier}" for barrier in barriers(page)]
    assert found == [], "\n".join(found)


def barriers(page):
    """What axe calls serious or critical, with the first place of each."""
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    for violation in found["violations"]:
        if violation["impact"] in ("serious", "critical"):
            yield f"{violation['id']} {violation['nodes'][0]['html'][:200]} ({len(violation['nodes'])})"


# --- Tests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "name", "arguments", "query"), PAGES)
def test_page(open_page, planted, role, name, arguments, query):
    path = reverse(name, args=arguments_of(name, arguments, planted))
    page = open_page(role, f"{path}?{query}" if query else path)

    assert page.locator("h1").count() == 1
    # The frame is the same everywhere: looked at on the wide screen once for each role.
    check_sizes(page, SIZES if name == "portal:home" else SIZES[-1:])


def arguments_of(name, arguments, planted):
    """Words of `planted` become keys; a kind of place and the like stay words."""
    words = {"orgs:who-can-see": 1, "orgs:place-new": 1, "orgs:place-edit": 1}.get(name, 0)
    return [*arguments[:words], *(planted.get(word, word) for word in arguments[words:])]


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [("officer", "/nowhere/", 404), ("anonymous", "/nowhere/", 404), ("officer", "/users/", 403)],
)
def test_error_page(open_page, role, path, status):
    page = open_page(role, path, status)

    assert page.get_by_role("link", name="返回工作台").count() == 1
    check_sizes(page)


def test_invitation(open_page, planted):
    page = open_page("anonymous", planted["link"])

    assert page.locator("[type=password]").count() == 2
    check_sizes(page)


def test_signing_in_at_the_door(open_page, planted):
    """What a telephone shows that scans the code on the wall, until its owner has signed in."""
    public_id, secret = planted["desk"]
    page = open_page("anonymous", reverse("activities:sign-in-code", args=[public_id, codes.code_at(secret)]))
    check_sizes(page)
    name, digits = planted["signer"]
    page.get_by_label("姓名").fill(name)
    page.get_by_label("手机号后四位").fill(digits)
    page.get_by_role("button", name="签到").click()
    page.get_by_text("签到成功").wait_for()
    check_sizes(page)
    page = open_page("anonymous", reverse("activities:sign-in-code", args=[public_id, "old"]), 410)
    check_sizes(page)


def test_second_factor_at_sign_in(people, portal):
    page = people("anonymous").new_page()
    sign_in(page, portal, "cluster")

    assert page.url.endswith(reverse("mfa_authenticate"))
    check_sizes(page)
    page.close()


def test_no_page_is_forgotten():
    shown = {parameters.values[1] for parameters in PAGES}

    assert set(names(get_resolver())) - shown - SHOWN_BELOW == NO_PAGES


def names(resolver, space=""):
    """The portal's own pages; the admin and the interface have tests of their own."""
    for pattern in resolver.url_patterns:
        if not hasattr(pattern, "url_patterns"):
            yield f"{space}{pattern.name}"
        elif str(pattern.pattern) not in ("admin/", "api/"):
            yield from names(pattern, f"{pattern.namespace}:" if pattern.namespace else space)
