"""Every page of the demonstration park at both sizes: no error, no breach, no stranger, no overflow, no barrier."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver, reverse

from activities import codes
from linkages.orders.transitions import RULES
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
from imports.models import ImportRun, Job, StagedRow
from activities.actions import activities, appraisals, bookings, decisions, series, services, signing, signup, studies, training, venues
from activities.models import Venue
from orgs import clock
from linkages.actions import agreements, alliances, challenges, conferences, lists, partners, projects, secondments
from linkages.actions import booking as against
from linkages.actions.orders import raise_order
from linkages.models import FINISHED, Agreement, Commitment, Need, Order, OrderKind, PartnerLiaison, Policy, PolicyDelivery, Resource
from members.actions import absences, disposal, documents, dues, leading, own, pairings, recruiting, talent, transfers
from members.demo.documents import png
from members.models import DuesCharge, Member, PointCriterion, Transfer
from orgs import notices
from orgs.actions import accounts
from orgs.kinds import OrganisationKind as Kind
from orgs.models import *
from portal import assessment_actions
from portal.models import Assessment
from portal.reminders.summary import TOPICS
from tests.builders import make_list_export
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
decisions.add_vote(activity=meeting, matter="年度计划", expected=1, present=1, yes=1, passed=True,
    note="其余党员请假", by=area)
decisions.add_resolution(activity=meeting, text="每月走访一家企业", owner_name="组织委员", by=area)
planned = activities.plan_activity(organisation=stays.organisation, kinds=("volunteering",), by=area,
    values={"title": "园区清洁日", "starts_at": timezone.now() + dt.timedelta(days=5)})
coming = activities.plan_activity(organisation=stays.organisation, kinds=("theme_day",), by=area,
    values={"title": "成果对接会", "starts_at": timezone.now() + dt.timedelta(minutes=90), "place": "会议中心"})
signup.offer_signup(activity=coming, until=timezone.now() + dt.timedelta(minutes=80), places=20, by=area)
signup.sign_up(activity=coming, member=stays, by=area)
desk = signing.open_desk(activity=coming, by=area)
notices.deliver(notices.Message(user(username="secretary").pk, f"k{n}", "本季度尚未召开支部党员大会，请于2026-12-31前召开。",
    "三会一课按期开展", "/activities/duties/") for n in range(40))
training.add_credits(members=[stays], title="党务骨干培训班", on=timezone.localdate(), hours=Decimal(8), by=area)
study = studies.add_list(organisation=stays.organisation, by=area, values={"title": "测试学习清单", "about": "自学",
    "starts_on": timezone.localdate(), "ends_on": timezone.localdate() + dt.timedelta(days=3)})
read = [studies.add_item(study_list=study, title=title, kind="article", source="内刊", minutes=10, is_required=title < "选",
    link="https://example.org/1", by=area) for title in ("必学一", "选学二")]
studies.publish_list(study_list=study, by=area)
studies.mark_read(items=read, members=[stays], on=timezone.localdate(), how="self", reflection="受益匪浅", by=area)
grader = Member.objects.full().filter(organisation=stays.organisation).first()
appraisal = appraisals.record_appraisal(organisation=stays.organisation, year=timezone.localdate().year,
    held_on=timezone.localdate(), grades={grader.pk: {"grade": "competent"}}, by=area)
served = services.add_service(organisation=stays.organisation, members=[stays], by=area, values={"on": timezone.localdate(),
    "kind": "matching", "enterprise": Enterprise.objects.order_by("pk").first(), "title": "成果转化项目对接", "detail": "上门对接",
    "result": "签订意向", "feedback": "满意", "problems_solved": 2, "projects_matched": 1, "amount": Decimal("12.5"),
    "hours": Decimal("1.5"), "activity": meeting})
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
station = Venue.objects.filter(organisation=area.current_appointments[0].organisation).first()
venues.set_special_days(venue=station, first=timezone.localdate() + dt.timedelta(days=3), note="设备检修", by=area)
shift = station.shifts.filter(weekday__isnull=False).first()
venues.change_venue(venue=station, values={"needs_approval": True}, by=area)
venues.set_special_days(venue=station, first=timezone.localdate() + dt.timedelta(days=40), ranges=[[540, 1200]], by=area)
booking = bookings.book(venue=station, organisation=held(role="secretary").organisation, title="读书会", persons=400,
    starts_at=clock.moment(timezone.localdate() + dt.timedelta(days=40), 600), over_capacity=True,
    ends_at=clock.moment(timezone.localdate() + dt.timedelta(days=40), 690), by=area)
partner = partners.add_partner(organisation=stays.organisation, by=area, values={"name": "测试医院", "kind": "hospital"})
sides = [{"organisation": stays.organisation, "leader_name": "甲", "liaison_name": "乙"},
    {"partner": partner, "leader_name": "丙", "liaison_name": "丁", "items_per_year": 2}]
term = {"starts_on": dt.date(timezone.localdate().year, 1, 1), "ends_on": dt.date(timezone.localdate().year + 1, 6, 30),
    "activities_per_year": 4, "aim": "互学互促"}
draft, agreement = (agreements.draft_agreement(organisation=stays.organisation, values=term | {"title": title},
    parties=sides, contents=("activities", "talent"), by=area) for title in ("医企共建（草拟）", "医企共建"))
agreements.sign_agreement(agreement=agreement, on=timezone.localdate(), by=area)
liaison = PartnerLiaison.objects.get()
agreements.draft_agreement(organisation=stays.organisation, values=term | {"title": "院企共建"}, contents=("talent",), by=area,
    parties=[sides[0], {"partner": liaison.partner, "leader_name": "丙", "liaison_name": "丁"}])
alliance = alliances.found_alliance(organisation=stays.organisation, units=[liaison.partner], by=area,
    values={"name": "测试楼宇党建联盟", "founded_on": dt.date(2026, 1, 5), "conferences_per_year": 4, "aim": "共商共治"})
seats = list(alliance.members.all())
alliances.plan_terms(alliance=alliance, members=seats, months=3, starts_on=timezone.localdate() - dt.timedelta(days=70), by=area)
conference, coming_conference = (conferences.call_conference(alliance=alliance, by=area, values={"kind": kind, "title": title,
    "on": timezone.localdate(), "place": "党群服务站", "agenda": "共商停车难"}) for kind, title in
    (("joint", "三季度联席会议"), ("salon", "书记沙龙")))
conferences.hold_conference(conference=conference, on=timezone.localdate(), attending=seats, gist="议定两项", by=area)
todo = [conferences.add_resolution(conference=conference, text=text, owner=owner, by=area,
    due_on=timezone.localdate() + dt.timedelta(days=5)) for text, owner in zip(("开放车位", "组织义诊"), seats)]
conferences.add_note(resolution=todo[1], text="正在排班", by=area)
conferences.close_resolution(resolution=todo[0], on=timezone.localdate(), result="开放30个", by=area)
against.book_activity(agreement=agreement, activity=meeting, by=area)
against.add_result(agreement=agreement, kind="people", on=timezone.localdate(), what="联合招聘", people=30, hired=12,
    members=15, by=area)
span = {"valid_from": timezone.localdate(), "valid_until": timezone.localdate() + dt.timedelta(days=20)}
need, other_need, resource, draft_resource = (lists.add_item(model=model, organisation=stays.organisation, by=area, publish=publish,
    values=span | {"kind": "testing", "title": title, "description": "每月一批样品，做缺陷检测。", "partner": by_partner})
    for model, title, publish, by_partner in ((Need, "光刻胶缺陷检测", True, None), (Need, "芯片缺陷检测", True, None),
        (Resource, "缺陷检测平台", True, partner), (Resource, "电镜机时（草稿）", False, None)))
project = projects.take_match(need=other_need, resource=resource, organisation=stays.organisation, agreement=agreement, by=area)
projects.add_note(project=project, text="已送第一批样品。", by=area)
firm_need = lists.add_item(model=Need, organisation=stays.organisation, by=area, publish=True, values=span | {
    "kind": "testing", "title": "样机高低温测试", "enterprise": held(role="contact").enterprise})
hook = WebhookSubscription.objects.create(organisation=stays.organisation.get_root(), name="市企业服务平台", secret="x",
    address="https://hooks.example.cn/orders/in?key=0123456789abcdef0123456789abcdef", events=["order.raise", "order.rate"])
for key, values in {"a": {"state": "delivered", "status": 200, "attempts": 1, "due_at": None, "tried_at": timezone.now()},
    "b": {"fault": "timeout", "attempts": 2}, "c": {"state": "given_up", "status": 503, "fault": "status", "attempts": 8,
    "due_at": None}}.items():
    hook.deliveries.create(event="order.rate", key=key, payload={}, **values)
robot = Robot.objects.create(organisation=stays.organisation.get_root(), name="书记群", kind="dingtalk", secret="x",
    address="https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef", topics=list(TOPICS), frequency="weekly")
for number, values in enumerate(({"state": "delivered", "status": 200, "attempts": 1, "due_at": None},
    {"fault": "refused", "status": 310000, "attempts": 2}, {"state": "given_up", "fault": "interrupted", "attempts": 1,
    "due_at": None})):
    day = timezone.localdate() - dt.timedelta(days=number)
    robot.messages.create(period=day, last_day=day, tried_at=timezone.now(), **values)
alone = projects.start_project(organisation=stays.organisation, by=area, values={"kind": "venue", "title": "共享路演厅",
    "deadline": timezone.localdate() + dt.timedelta(days=5)})
projects.finish_project(project=alone, on=timezone.localdate(), result="已对外开放。", by=area)
fair = activities.record_activity(organisation=stays.organisation, kinds=("linkage",), by=area,
    values={"title": "银企对接会", "starts_at": noon})
lists.take_down(model=Need, organisation=stays.organisation, activity=fair, kind="finance", title="流动资金贷款", by=area)
bid = {"kind": "choke", "title": "高纯石英气泡控制", "problem": "拉晶后段气泡长大。", "goal": "密度下降一半。", "reward": 300,
    "claims_until": timezone.localdate() + dt.timedelta(days=20), "work_until": timezone.localdate() + dt.timedelta(days=300),
    "secrecy_notice": "不得外传。", "secret_detail": "工艺参数见清单。", "enterprise": None}
home = organisations.filter(pk=stays.organisation_id).get()
other_home = organisations.active().exclude(pk=home.pk).filter(path__startswith=home.path[:4]).order_by("-path").first()
draft_bid, open_bid, bid_at_work = (challenges.draft_challenge(organisation=place, values=bid, by=area)
    for place in (home, other_home, home))
for one in (open_bid, bid_at_work): challenges.publish_challenge(challenge=one, by=User.objects.system())
won = challenges.claim_challenge(challenge=bid_at_work, units=[other_home, liaison.partner], leader_name="郑文博",
    is_member_led=True, plan="三步走", secrecy_confirmed=True, by=User.objects.system())
challenges.choose_claim(challenge=bid_at_work, claim=won, by=area)
challenges.sign_commitment(challenge=bid_at_work, on=timezone.localdate(), by=area)
for title, days in (("方案评审", 3), ("样件下线", 90)):
    challenges.add_milestone(challenge=bid_at_work, title=title, due_on=timezone.localdate() + dt.timedelta(days=days), by=area)
firm = held(role="contact").enterprise
asked = [secondments.draft_secondment(organisation=home, kind="deputy", unit=firm, by=area, values={"post": post,
    "field": "封装散热", "tasks": "带一支研发小组。", "months": 24}) for post in ("技术副总经理", "研发副总经理")]
for one in asked: secondments.nominate_candidate(secondment=one, unit=liaison.partner, name="何为", title="教授",
    field="热管理", by=area)
secondments.select_candidate(secondment=asked[1], candidate=asked[1].candidates.get(), running=True, independent=True,
    contract=True, by=area)
secondments.sign_secondment(secondment=asked[1], on=timezone.localdate(), starts_on=timezone.localdate(),
    ends_on=timezone.localdate() + dt.timedelta(days=20), by=area)
for kind in ("problem", "product"):
    outcome = secondments.add_outcome(secondment=asked[1], outcome_kind=kind, on=timezone.localdate(), count=1, what="散热",
        by=area)
secondments.undo_outcome(secondment=asked[1], outcome=outcome, reason="重复登记", by=area)
draft_index = assessment_actions.add_assessment(organisation=Organisation.objects.get(depth=1), by=area, items=[{"measure": "duty_rate",
    "weight": Decimal(100), "zero_at": Decimal(50), "full_at": Decimal(95)}],
    values={"name": "组织生活考核", "period": "quarter", "level": 1, "kind": ""})
index = Assessment.objects.exclude(pk=draft_index.pk).order_by("pk")[0]
exports = {state: make_list_export(User.objects.get(username="officer"), written=state == "written")
    for state in ("written", "waiting", "failed")}
tomorrow = timezone.now() + dt.timedelta(days=1)
Job.objects.filter(pk=exports["waiting"].job_id).update(sent_at=tomorrow, heartbeat_at=tomorrow, state="running", progress=2000,
    total=6000, step="写入文件")
Job.objects.filter(pk=exports["failed"].job_id).update(state="failed", error="您已没有导出这份名单的权限，请联系上级党组织的系统管理员。")
print(json.dumps({
    **{f"{state}_export": export.pk for state, export in exports.items()},
    "index": index.pk,
    "draft_index": draft_index.pk,
    "assessed": first(Organisation.objects.filter(kind="area_committee")),
    "reported_commitment": first(Commitment.objects.filter(state="reported")),
    "open_commitment": first(Commitment.objects.filter(state="open")),
    "policy": first(Policy.objects.filter(state="open")),
    "draft_policy": first(Policy.objects.filter(state="draft")),
    "own_delivery": first(PolicyDelivery.objects.filter(enterprise=held(role="contact").enterprise, read_at=None)),
    "secondment_need": asked[0].pk,
    "secondment": asked[1].pk,
    "draft_bid": draft_bid.pk,
    "open_bid": open_bid.pk,
    "bid_at_work": bid_at_work.pk,
    "need": need.pk,
    "firm_need": firm_need.pk,
    "webhook": hook.pk,
    "robot": robot.pk,
    "resource": resource.pk,
    "draft_resource": draft_resource.pk,
    "project": project.pk,
    "done_project": alone.pk,
    "fair": fair.pk,
    "agreement": agreement.pk,
    # Made here: what the invented park left open goes up the tree as the hours pass.
    "open_order": raise_order(
        kind=OrderKind.objects.filter(group="enterprise", is_private=False).first(),
        text="样机要做高低温测试",
        by=held(role="contact").user,
        enterprise=held(role="contact").enterprise,
    ).pk,
    "rated_order": Order.objects.filter(state="rated").first().pk,
    "order_top": stays.organisation.get_root().pk,
    "order_kind": OrderKind.objects.first().pk,
    "own_order": Order.objects.filter(state__in=FINISHED, enterprise=held(role="contact").enterprise).first().pk,
    "draft_agreement": draft.pk,
    "partner": liaison.partner_id,
    "alliance": alliance.pk,
    "conference": conference.pk,
    "coming_conference": coming_conference.pk,
    "partner_agreement": first(Agreement.objects.filter(parties__partner=liaison.partner, signed_on__isnull=False)),
    "leading": post.pk,
    "study": study.pk,
    "service_record": served.pk,
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
    "visit": first(Visit.objects.exclude(needs="")),
    "open_visit": first(VisitTask.objects.filter(state="open")),
    "visit_team": first(VisitTeam.objects.all()),
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
    "venue": station.pk,
    "shift": shift.pk,
    "booking": booking.pk,
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
        for role in ("officer", "secretary", "contact", "member", "leader", "auditor", "admin", "partner")
    ),
    at("officer", "portal:dashboard"),
    at("secretary", "portal:dashboard"),
    at("officer", "portal:dashboard", query="on=2001-01-01"),
    at("officer", "portal:dashboard", query="period=month"),
    at("officer", "portal:work-figures"),
    at("officer", "portal:leaderboards"),
    at("officer", "portal:leaderboards", query="board=duty_rate&level=2"),
    at("officer", "portal:leaderboards", query="level=9"),
    at("officer", "portal:leaderboard-export", query="board=duty_rate"),
    at("secretary", "portal:leaderboards"),
    at("officer", "portal:assessment-list"),
    at("officer", "portal:assessment-new"),
    at("secretary", "portal:assessment-list"),
    at("officer", "portal:assessment", "index"),
    at("officer", "portal:assessment", "draft_index"),
    at("officer", "portal:assessment-edit", "draft_index"),
    at("officer", "portal:assessment-result", "index", "assessed"),
    at("officer", "portal:assessment-export", "index"),
    *(
        at("officer", "portal:dashboard-part", name)
        for name in ("trend", "orders", "duties", "network", "map")
    ),
    at("secretary", "portal:dashboard-part", "duties"),
    at("officer", "portal:dashboard-part", "network", query="on=2001-01-01"),
    at("officer", "portal:dashboard-export"),
    at("screen", "portal:wall"),
    at("screen", "portal:wall", query="board=2"),
    at("secretary", "portal:wall"),
    at("screen", "portal:home"),
    at("officer", "portal:measure-list"),
    at("officer", "portal:report-list"),
    at("officer", "portal:report-coverage"),
    at("officer", "portal:report-coverage", query="by=park&month=2026-13"),
    at("secretary", "portal:report-yearly"),
    at("officer", "portal:my-account"),
    at("officer", "portal:todo-list"),
    at("member", "portal:todo-list", query="tone=urgent"),
    at("officer", "portal:reminders"),
    at("secretary", "portal:reminders"),
    at("officer", "portal:search", query="q=科技"),
    at("officer", "portal:search", query="q=没有这样的名称"),
    at("officer", "portal:search", query="number=1"),
    at("secretary", "portal:search", query="q=党"),
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
    at("officer", "orgs:visit-task-list"),
    at("officer", "orgs:visit-task-export"),
    at("officer", "orgs:visit-task", "open_visit"),
    at("officer", "orgs:visit-task-create", "enterprise"),
    at("officer", "orgs:visit-plan"),
    at("officer", "orgs:own-visits"),
    at("officer", "orgs:visit-list"),
    at("officer", "orgs:visit-export"),
    at("officer", "orgs:visit", "visit"),
    at("officer", "orgs:visit-figures"),
    at("officer", "orgs:visit-team-list"),
    at("officer", "orgs:visit-team-export"),
    at("officer", "orgs:visit-team-new"),
    at("officer", "orgs:visit-team-edit", "visit_team"),
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
    at("officer", "members:dues-charges", query="state=unpaid"),
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
    *(at(role, "linkages:order-list") for role in ("officer", "secretary", "partner")),
    at("officer", "linkages:order-list", query="q=没有这样的诉求"),
    at("officer", "linkages:order-export"),
    at("officer", "linkages:order-new"),
    at("officer", "linkages:order", "open_order"),
    at("officer", "linkages:order", "rated_order"),
    at("officer", "linkages:whistle-list"),
    *(
        at(role, name)
        for role in ("contact", "member")
        for name in ("linkages:own-orders", "linkages:own-order-new")
    ),
    at("contact", "linkages:order", "own_order"),
    at("admin", "linkages:order-kind-list"),
    at("admin", "linkages:order-kind-new", "order_top"),
    at("admin", "linkages:order-kind-edit", "order_kind"),
    *(at(role, "linkages:agreement-list") for role in ("officer", "secretary", "partner")),
    at("officer", "linkages:agreement-list", query="q=没有这样的名称"),
    at("officer", "linkages:agreement-list", query="quiet_months=6&behind=1&unrenewed=1&mine=1"),
    at("officer", "linkages:agreement-export"),
    at("officer", "linkages:network"),
    at("secretary", "linkages:network", query="term=signed&partner_kind=academic"),
    at("officer", "linkages:agreement-new"),
    at("officer", "linkages:agreement", "agreement"),
    at("officer", "linkages:agreement", "draft_agreement"),
    at("partner", "linkages:agreement", "partner_agreement"),
    at("officer", "linkages:agreement-edit", "draft_agreement"),
    at("officer", "linkages:agreement-renew", "agreement"),
    *(at(role, "linkages:challenge-list") for role in ("officer", "secretary", "partner")),
    at("officer", "linkages:challenge-list", query="q=没有这样的名称"),
    at("officer", "linkages:challenge-export"),
    at("officer", "linkages:challenge-new"),
    *(at("secretary", f"linkages:{name}", "draft_bid") for name in ("challenge", "challenge-edit")),
    *(at("secretary", f"linkages:{name}", "open_bid") for name in ("challenge", "challenge-claim")),
    *(at("partner", f"linkages:{name}", "open_bid") for name in ("challenge", "challenge-claim")),
    *(at(role, "linkages:challenge", "bid_at_work") for role in ("officer", "secretary", "partner")),
    *(
        at("officer", f"linkages:commitment-{name}")
        for name in ("list", "export", "missing-list", "missing-export", "new", "copy")
    ),
    at("officer", "linkages:commitment", "reported_commitment"),
    *(at("officer", f"linkages:{name}", "open_commitment") for name in ("commitment", "commitment-edit")),
    *(at("officer", f"linkages:policy-{name}") for name in ("list", "export", "new")),
    *(
        at("officer", f"linkages:{name}", "policy")
        for name in ("policy", "policy-delivery-list", "policy-delivery-export")
    ),
    *(
        at("officer", f"linkages:{name}", "draft_policy")
        for name in ("policy", "policy-edit", "policy-matches")
    ),
    at("contact", "linkages:own-policies"),
    *(at(role, "linkages:policy-delivery", "own_delivery") for role in ("officer", "contact")),
    *(at(role, "linkages:secondment-list") for role in ("officer", "contact")),
    at("officer", "linkages:secondment-list", query="q=没有这样的名称"),
    *(
        at("officer", f"linkages:secondment-{name}")
        for name in ("partners", "enterprises", "outcomes", "new")
    ),
    *(
        at("officer", f"linkages:secondment-{name}export")
        for name in ("", "partners-", "enterprises-", "outcomes-")
    ),
    *(at("secretary", f"linkages:{name}", "secondment_need") for name in ("secondment", "secondment-edit")),
    *(at(role, "linkages:secondment", "secondment") for role in ("secretary", "contact", "partner")),
    *(at(role, "linkages:alliance-list") for role in ("officer", "secretary", "partner")),
    at("officer", "linkages:alliance-list", query="q=没有这样的名称"),
    at("officer", "linkages:alliance-export"),
    at("officer", "linkages:alliance-new"),
    at("officer", "linkages:alliance-edit", "alliance"),
    at("officer", "linkages:alliance", "alliance"),
    at("partner", "linkages:alliance", "alliance"),
    at("officer", "linkages:conference-new", "alliance"),
    at("officer", "linkages:conference", "conference"),
    at("partner", "linkages:conference", "conference"),
    at("officer", "linkages:conference", "coming_conference"),
    at("officer", "linkages:conference-edit", "coming_conference"),
    at("officer", "linkages:resolution-list"),
    at("officer", "linkages:resolution-list", query="q=没有这样的事项"),
    *(at("officer", f"linkages:{which}-list") for which in ("resource", "need", "project")),
    *(at(role, "linkages:resource-list") for role in ("secretary", "partner")),
    at("officer", "linkages:need-list", query="q=没有这样的名称"),
    *(at("officer", f"linkages:{which}-export") for which in ("resource", "need", "project")),
    *(at("officer", f"linkages:{which}-new") for which in ("resource", "need", "project")),
    at("partner", "linkages:resource-new"),
    at("officer", "linkages:need", "need"),
    at("officer", "linkages:resource", "resource"),
    at("officer", "linkages:resource", "draft_resource"),
    at("officer", "linkages:need-edit", "need"),
    at("officer", "linkages:need-order", "firm_need"),
    at("officer", "linkages:resource-edit", "resource"),
    at("officer", "linkages:project", "project"),
    at("officer", "linkages:project", "done_project"),
    at("officer", "linkages:project-edit", "project"),
    at("officer", "activities:activity", "fair"),
    at("officer", "linkages:partner-list"),
    at("officer", "linkages:partner", "partner"),
    at("secretary", "linkages:partner", "partner"),
    at("officer", "linkages:partner-new"),
    at("officer", "linkages:partner-edit", "partner"),
    at("officer", "linkages:partner-merge", "partner"),
    at("secretary", "activities:record"),
    at("secretary", "activities:record", query="kind=training"),
    at("officer", "activities:record"),
    at("secretary", "activities:activity-plan"),
    *(at("secretary", f"activities:{name}", "meeting") for name in ("activity", "activity-edit")),
    *(
        at("secretary", f"activities:{name}", "planned")
        for name in ("activity", "activity-edit", "activity-hold")
    ),
    *(at("secretary", f"activities:{name}", "meeting") for name in ("minutes", "sign-in-sheet", "roll-list")),
    *(
        at("secretary", f"activities:{name}", "coming")
        for name in ("activity", "sign-in-desk", "signup-list", "signup-offer")
    ),
    at("secretary", "activities:sign-in-desk", "planned"),
    *(at("secretary", f"activities:{name}", "branch") for name in ("organisation-feed", "record-book")),
    at("officer", "activities:training-list"),
    at("officer", "activities:participation-list"),
    at("secretary", "activities:participation-list", query="attended=none"),
    at("officer", "activities:study-list"),
    at("secretary", "activities:study-list", query="state=past"),
    *(at("secretary", f"activities:{name}", "study") for name in ("study", "study-edit")),
    at("secretary", "activities:study-branch", "study", "branch"),
    at("secretary", "activities:study-mark", "study", "branch"),
    at("secretary", "activities:study-new"),
    at("member", "activities:own-studies"),
    at("officer", "activities:service-list"),
    at("secretary", "activities:service-list", query="q=没有这样的事项"),
    at("officer", "activities:service-new"),
    at("officer", "activities:service-export"),
    at("secretary", "activities:service-new"),
    *(at("secretary", f"activities:{name}", "service_record") for name in ("service", "service-edit")),
    at("secretary", "activities:training-list", query="reached=no"),
    at("secretary", "activities:member-training", "stays"),
    at("secretary", "activities:training-credit-new", "branch"),
    *(at(role, "activities:venue-list") for role in ("officer", "secretary")),
    at("officer", "activities:venue-list", query="q=没有这样的名称"),
    at("officer", "activities:venue-new"),
    at("secretary", "activities:venue", "venue"),
    *(
        at("officer", f"activities:venue-{page}", "venue")
        for page in ("edit", "hours", "days", "close", "rota")
    ),
    at("officer", "activities:venue", "venue"),
    at("officer", "activities:shift-new", "venue"),
    *(at(role, "activities:venue-calendar", "venue") for role in ("officer", "secretary")),
    at("officer", "activities:venue-use"),
    at("officer", "activities:venue-use", query="unit=year"),
    at("officer", "activities:venue-use", query="unit=month&day=2012-01-01"),
    at("officer", "activities:venue-months", "venue"),
    *(at(role, "activities:venue-walking") for role in ("officer", "secretary")),
    *(
        at("officer", "activities:venue-walking-list", query=f"circle={circle}")
        for circle in ("10", "unknown", "beyond")
    ),
    at("secretary", "activities:booking-new", "venue", query="day=2026-12-01&from=540&to=720"),
    *(at(role, "activities:booking-list") for role in ("officer", "secretary")),
    at("officer", "activities:booking-list", query="state=declined"),
    *(at(role, "activities:booking", "booking") for role in ("officer", "secretary")),
    at("secretary", "activities:booking-edit", "booking"),
    at("secretary", "activities:activity-venues", "planned"),
    at("officer", "activities:shift-edit", "shift"),
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
    at("officer", "orgs:export-list"),
    *(at("officer", "orgs:export", f"{state}_export") for state in ("written", "waiting", "failed")),
    at("officer", "orgs:token-list"),
    at("secretary", "orgs:notice-list"),
    at("secretary", "orgs:notice-list", query="unread=1"),
    at("contact", "orgs:notice-list"),
    at("officer", "account_change_password"),
    at("officer", "account_email"),
    at("officer", "account_logout"),
    at("officer", "account_reauthenticate"),
    at("officer", "usersessions_list"),
    at("officer", "mfa_index"),
    at("officer", "mfa_activate_totp"),
    at("admin", "orgs:account-list"),
    at("admin", "orgs:account-create"),
    at("admin", "orgs:account", "user"),
    at("admin", "orgs:account-email", "user"),
    at("admin", "orgs:appointment-create", "user"),
    at("admin", "orgs:appointment-end", "appointment"),
    at("admin", "orgs:setting-list"),
    at("admin", "orgs:webhook-list"),
    at("admin", "orgs:webhook-new"),
    at("admin", "orgs:webhook", "webhook"),
    at("admin", "orgs:webhook-edit", "webhook"),
    at("admin", "portal:robot-list"),
    at("admin", "portal:robot-new"),
    at("admin", "portal:robot", "robot"),
    at("admin", "portal:robot-edit", "robot"),
    at("admin", "orgs:setting", "coverage_statuses"),
    at("admin", "orgs:setting", "term_notice_days"),
    at("admin", "orgs:calendar"),
    at("auditor", "orgs:audit-list"),
]
# Shown in tests of their own below.
SHOWN_BELOW = {"mfa_authenticate", "activities:sign-in", "activities:sign-in-code"}
# Answers to forms, parts of pages, files and plain text.
NO_PAGES = {
    *(f"portal:assessment-{act}" for act in ("publish", "revise", "delete", "freeze")),
    "portal:saved-filter-save", "portal:saved-filter-delete", "portal:livez", "portal:readyz", "portal:robots",
    "orgs:organisation-tree", "orgs:organisation-children", "orgs:organisation-reveal", "orgs:park-alias-add",
    "orgs:park-alias-remove", "orgs:enterprise-flag", "orgs:enterprise-reveal", "orgs:enterprise-founding",
    "orgs:enterprise-not-founded", "orgs:survey-task-create", "orgs:coverage-assign", "orgs:survey-complete",
    "orgs:visit-task-act", "orgs:visit-task-assign", "orgs:visit-task-drop", "orgs:visit-team-disband",
    "orgs:survey-task-reopen", "orgs:survey-task-cancel", "orgs:survey-task-reassign", "orgs:account-set-active",
    "account_confirm_email", "orgs:account-invite", "orgs:account-end-sessions", "orgs:account-reset-second-factor", "orgs:delegation-end",
    "orgs:export-progress", "orgs:export-file", "orgs:export-remove", "orgs:notice-open", "orgs:notice-read", "orgs:notice-read-all",
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
    "activities:activity-reopen", "activities:activity-cancel", "activities:vote-add", "activities:vote-withdraw",
    "activities:resolution-add", "activities:resolution-close", "activities:sign-in-panel",
    "activities:sign-in-image", "activities:sign-in-open", "activities:sign-in-close", "activities:own-signup",
    "activities:own-withdraw", "activities:feed", "activities:minutes-file", "activities:sign-in-sheet-file",
    "activities:training-credit-withdraw", "activities:study-item-new", "activities:study-item-withdraw",
    "activities:study-publish", "activities:study-withdraw", "activities:own-study-mark",
    "activities:own-study-take-back", "activities:study-unmark", "activities:service-withdraw",
    "activities:venue-day-remove", "activities:venue-keep", "activities:shift-end",
    "activities:roll-list-save", "activities:roll-list-sample",
    "activities:booking-confirm", "activities:booking-decline", "activities:booking-cancel",
    "activities:file-add", "activities:file", "activities:file-withdraw",
    *(f"linkages:order-{act}" for act in RULES),
    "linkages:order-kind-open", "linkages:order-kind-close",
    *(f"portal:robot-{act}" for act in ("test", "close", "open", "delete", "resend")),
    *(f"orgs:webhook-{act}" for act in ("secret", "test", "close", "open", "resend")),
    "linkages:agreement-sign", "linkages:agreement-amend", "linkages:agreement-end", "linkages:agreement-evaluate",
    "linkages:agreement-book", "linkages:agreement-result", "linkages:booking-withdraw", "linkages:result-withdraw",
    "linkages:file-add", "linkages:file", "linkages:file-withdraw", "linkages:partner-options",
    "linkages:activity-book", "linkages:agreement-liaison", "linkages:liaison-appoint", "linkages:liaison-end",
    *(f"linkages:challenge-{act}" for act in (
        "publish", "repost", "withdraw", "confirm", "unclaim", "choose", "release", "sign", "milestone", "achieve",
        "note", "inspect", "resume", "review", "book",
    )),
    *(f"linkages:commitment-{act}" for act in ("report", "confirm", "send_back", "note", "reopen", "withdraw")),
    "linkages:commitment-file-add", "linkages:commitment-file", "linkages:commitment-file-withdraw",
    "linkages:policy-preview", "linkages:policy-draft-preview", "linkages:policy-publish", "linkages:policy-prolong",
    "linkages:policy-close", "linkages:policy-withdraw", "linkages:policy-file-add", "linkages:policy-file",
    "linkages:policy-file-withdraw", "linkages:policy-delivery-read", "linkages:policy-delivery-answer",
    "linkages:policy-delivery-result",
    *(f"linkages:secondment-{act}" for act in (
        "nominate", "drop", "select", "release", "sign", "outcome", "undo", "renew", "exit", "withdraw",
        "file-add", "file", "file-withdraw",
    )),
    "linkages:liaison-invite", "linkages:alliance-admit", "linkages:alliance-terms", "linkages:alliance-end",
    "linkages:member-release", "linkages:term-handover", "linkages:term-drop", "linkages:conference-hold",
    "linkages:conference-cancel", "linkages:conference-resolve", "linkages:resolution-note",
    "linkages:resolution-close",
    "linkages:need-publish", "linkages:need-withdraw", "linkages:resource-publish", "linkages:resource-withdraw",
    "linkages:project-note", "linkages:project-finish", "linkages:project-give-up", "linkages:match-take",
    "linkages:match-dismiss", "linkages:match-restore", "linkages:take-down",
    "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_view_recovery_codes",
    "members:member-reveal", "members:member-verify", "members:composition-file",
    "portal:report-coverage-file", "portal:report-yearly-file", "portal:report-coverage-subscribe",
    "portal:report-yearly-subscribe", "portal:report-unsubscribe", "portal:report-saved-file",
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
    var_dir = tmp_path_factory.mktemp("pages") / "var"
    with own_servers(var_dir) as servers:
        portal = Portal(var_dir, **servers)
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


@pytest.fixture(scope="module")
def windows(people, portal):
    """Role → a page of that person and what went wrong in it. One page for many addresses: opening one takes longer."""
    opened = {}

    def of(role):
        if role not in opened:
            page, faults = people(role).new_page(), []
            page.set_default_timeout(30_000)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console", lambda message: faults.append(message.text) if message.type == "error" else None
            )
            opened[role] = (page, faults, *watch(page, portal.address))
        return opened[role]

    return of


@pytest.fixture
def open_page(windows, portal):
    """Opens an address as somebody; what went wrong meanwhile must be nothing."""
    used = set()

    def open_as(role, path, status=200):
        page, *wrong = windows(role)
        used.add(role)
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))
        assert page.goto(portal.address + path).status == status
        if status != 200:
            wrong[0].clear()  # the browser notes the status itself
        return page

    yield open_as
    for role in used:
        page, *wrong = windows(role)
        # Whatever the page still does ends here. The page goes by itself: a browser that is told starts a new process.
        page.evaluate("location.replace('about:blank')")
        page.wait_for_url("about:blank")
        found = [list(one) for one in wrong]
        for one in wrong:
            one.clear()
        assert found == [[], [], []]


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


# Contrast takes two thirds of the time. Rows of one list that differ in nothing but words and addresses have the same
# colours (striped lists: every second row), so it is looked at in the first of them; all other rules look everywhere.
AXE_RUN = """async () => {
    const seen = new Map(), alike = [];
    for (const row of document.querySelectorAll("tr, li")) {
        const frame = row.outerHTML.replace(/>[^<]+/g, ">").replace(/ (href|id|value|for|title|hx-get|hx-post)="[^"]*"/g, "");
        const looks = [...row.parentNode.children].indexOf(row) % 2 + frame;
        const known = seen.get(row.parentNode) ?? seen.set(row.parentNode, new Set()).get(row.parentNode);
        known.has(looks) ? alike.push(row) : known.add(looks);
    }
    const contrast = "color-contrast", resultTypes = ["violations"];
    const found = [
        await axe.run({exclude: alike}, {resultTypes, runOnly: [contrast]}),
        await axe.run({resultTypes, rules: {[contrast]: {enabled: false}}}),
    ];
    return found.flatMap((one) => one.violations);
}"""


def barriers(page):
    """What axe calls serious or critical, with the first place of each."""
    for violation in page.evaluate(AXE_RUN):
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
