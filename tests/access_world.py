"""Two areas built alike, with a row of everything in each: what people of one must never learn of the other."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils import timezone
from knox.models import AuthToken

from activities.actions import (
    activities,
    appraisals,
    bookings,
    decisions,
    rota,
    series,
    services,
    signing,
    signup,
    studies,
    training,
    venues,
)
from activities.actions import files as activity_files
from activities.models import Activity, CalendarFeed
from imports import actions as imports
from imports.models import Job
from linkages.actions import (
    alliances,
    booking,
    commitments,
    conferences,
    liaisons,
    orders,
    policies,
    projects,
    secondment_files,
    secondments,
)
from linkages.actions import files as agreement_files
from linkages.models import Partner
from members.actions import (
    absences,
    disposal,
    dues,
    leading,
    own,
    pairings,
    plans,
    points,
    recruiting,
    talent,
    transfers,
)
from orgs import clock
from orgs.actions import accounts
from orgs.kinds import OrganisationKind
from orgs.models import (
    Affiliation,
    AffiliationLine,
    AuditAction,
    AuditEvent,
    Chain,
    CoverageMethod,
    DatedSetting,
    EnterpriseName,
    FoundingStep,
    Notice,
    ParkAlias,
    Post,
    PostTitle,
    Robot,
    Role,
    SavedFilter,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    Visit,
    VisitReason,
    VisitTask,
    VisitTeam,
    VisitTeamMember,
    WebhookSubscription,
)
from orgs.webhooks.signing import new_secret
from portal import assessment_actions
from portal.reports import subscriptions
from tests import builders
from tests.imports.helpers import workbook

# Letters as the table writes them. All but T and P act in the first area or, B, in the second; K is liaison of a unit
# that is party to agreements of the first, W the account of a screen on the wall.
ROLES = {
    "A": "administrator",
    "U": "auditor",
    "O": "officer",
    "S": "secretary",
    "L": "leader",
    "C": "contact",
    "M": "member",
    "D": "delegate",
    "B": "officer of the other area",
    "T": "officer of the top",
    "P": "administrator of the top",
    "K": "partner",
    "W": "screen",
}
OF_BRANCH = ("secretary", "contact", "member")


@dataclass
class Side:
    """One area. `keys` name its rows in addresses; `marks` are the texts that give it away."""

    name: str
    people: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)
    marks: set = field(default_factory=set)

    def mark(self, text: str) -> str:
        self.marks.add(text)
        return text


@dataclass
class World:
    ours: Side
    theirs: Side
    users: dict

    def side_of(self, letter) -> Side:
        return self.theirs if letter == "B" else self.ours


class _Builder:
    def __init__(self, top, name, number, survey):
        self.top, self.number, self.survey = top, number, survey
        self.side = Side(name)

    def text(self, what):
        """A text nobody else uses, remembered as one that gives this side away."""
        return self.side.mark(f"{self.side.name}{what}")

    def build(self) -> Side:
        self.places()
        self.organisations()
        self.accounts()
        self.enterprise()
        self.work()
        self.members()
        self.recruiting()
        self.transfers()
        self.dues()
        self.corrections()
        self.duties()
        self.leading()
        self.activities()
        self.venues()
        self.pairings()
        self.agreements()
        self.lists()
        self.orders()
        self.challenge()
        self.secondment()
        self.policies()
        self.commitment()
        self.assessment()
        self.webhook()
        self.import_run()
        self.trail()
        return self.side

    def trail(self):
        """The newest entry, on the first page whatever came before."""
        AuditEvent.objects.create(
            at=timezone.now(),
            actor=self.side.people["officer"],
            actor_name=str(self.side.people["officer"]),
            action=AuditAction.UPDATE,
            object_label=self.text("审计对象"),
            root_id=self.top.pk,
            organisation_id=self.committee.pk,
        )

    def places(self):
        self.area = builders.make_area(name=self.text("片区"))
        self.park = builders.make_park(area=self.area, name=self.text("园区"))
        alias = ParkAlias.objects.create(park=self.park, name=self.text("别名"))
        self.side.keys |= {"area": self.area.pk, "park": self.park.pk, "alias": alias.pk}

    def organisations(self):
        kinds = OrganisationKind
        self.committee = builders.make_organisation(
            self.top,
            kinds.AREA_COMMITTEE,
            area=self.area,
            name=self.text("党委"),
            code=self.side.mark(f"CODE-{self.side.name}-1"),
        )
        self.branch = builders.make_organisation(
            self.committee,
            area=self.area,
            park=self.park,
            name=self.text("支部"),
            code=self.side.mark(f"CODE-{self.side.name}-2"),
            contact_phone=self.side.mark(f"1990000{self.number}001"),
            elected_on=dt.date(2020, 1, 1),
            term_ends_on=dt.date(2023, 1, 1),
        )
        self.temporary = builders.make_organisation(
            self.committee, kinds.TEMP_BRANCH, name=self.text("临时支部")
        )
        post = Post.objects.create(
            organisation=self.branch, title=PostTitle.SECRETARY, person_name=self.text("书记")
        )
        link = Affiliation.objects.create(
            organisation=self.branch, superior=self.top, line=AffiliationLine.FUNCTIONAL
        )
        self.side.keys |= {
            "organisation": self.branch.pk,
            "committee": self.committee.pk,
            "temporary": self.temporary.pk,
            "post": post.pk,
            "link": link.pk,
            "code": self.branch.code,
        }

    def accounts(self):
        self.company = builders.make_enterprise(
            name=self.text("企业"),
            credit_code=self.side.mark(builders.credit_code()),
            park=self.park,
            contact_name=self.text("联系人"),
            contact_phone=self.side.mark(f"1990000{self.number}002"),
            employees=80,
            reported_members=5,
        )
        for role in Role:
            if role == Role.PARTNER:
                continue  # with their agreements
            where = self.branch if role in OF_BRANCH else self.committee
            extra = {"enterprise": self.company} if role == "contact" else {}
            self.side.people[role] = builders.make_user(
                role, where, display_name=self.text(f"账号{role}"), **extra
            )
        helper = builders.make_user("member", self.branch, display_name=self.text("受托人"))
        officer = self.side.people["officer"]
        lent = accounts.delegate(
            appointment=officer.appointments.get(),
            to=helper,
            organisation=self.committee,
            ends_on=timezone.localdate() + dt.timedelta(days=30),
            by=officer,
        )
        self.side.people["delegate"] = helper
        token, _ = AuthToken.objects.create(officer)
        saved = SavedFilter.objects.create(
            user=officer, page="orgs:enterprise-list", name=self.text("筛选"), query="q=1"
        )
        notice = Notice.objects.create(user=officer, key="x", title=self.text("消息"), url="/")
        self.side.keys |= {
            "account": self.side.people["member"].pk,
            "appointment": self.side.people["leader"].appointments.get().pk,
            "lent": lent.pk,
            "token": token.token_key,
            "saved_filter": saved.pk,
            **self._report(officer),
            "list_export": builders.make_list_export(officer, name=self.text("名单")).pk,
            "notice": notice.pk,
        }

    def _report(self, officer):
        """A report that the officer wants each month, and the workbook of the last."""
        committee = officer.appointments.get().organisation
        subscription = subscriptions.subscribe(
            report="coverage", organisation=committee, lines="park", by=officer
        )
        month = subscription.covered_until.replace(day=1)
        subscription.covered_until = month - dt.timedelta(days=1)
        subscription.save()
        subscriptions.write_due(subscription.pk)
        return {"report_subscription": subscription.pk, "report_file": officer.report_files.get().pk}

    def enterprise(self):
        since = dt.date(2021, 1, 1)
        coverage = builders.cover(self.company, self.branch, CoverageMethod.OWN, evidence=self.text("依据"))
        builders.cover(
            self.company,
            None,
            CoverageMethod.INSTRUCTOR,
            instructor_name=self.text("指导员"),
            term_ends_on=dt.date(2024, 1, 1),
        )
        # A second enterprise without an organisation of its own, for the should-found and uncovered lists.
        builders.make_enterprise(
            name=self.text("未覆盖企业"), park=self.park, employees=9, reported_members=4
        )
        EnterpriseName.objects.create(enterprise=self.company, name=self.text("曾用名"), until=since)
        FoundingStep.objects.create(enterprise=self.company, stage="planned", note=self.text("组建说明"))
        visit = Visit.objects.create(
            enterprise=self.company,
            visited_on=since,
            visitor_name=self.text("走访人"),
            gist=self.text("走访情况"),
            needs=self.text("企业诉求"),
            recorded_by=self.side.people["officer"],
        )
        self.side.keys |= {"enterprise": self.company.pk, "coverage": coverage.pk, "visit": visit.pk}

    def assessment(self):
        """The committee assesses its branches."""
        item = {
            "measure": "duty_rate",
            "weight": Decimal(100),
            "zero_at": Decimal(0),
            "full_at": Decimal(100),
        }
        values = {"name": self.text("指数"), "period": "year", "level": 1, "kind": ""}
        by = self.side.people["officer"]
        found = assessment_actions.add_assessment(
            organisation=self.committee, values=values, items=[item], by=by
        )
        assessment_actions.publish_assessment(assessment=found, by=by)
        self.side.keys |= {"assessment": found.pk}

    def webhook(self):
        """Of the committee whose settings the administrator of the area keeps, and its robot; given up, hence to be sent again."""
        subscription = WebhookSubscription.objects.create(
            organisation=self.committee, name=self.text("推送"), address="https://hooks.invalid/", events=["order.rate"],
            secret=new_secret(),
        )  # fmt: skip
        delivery = subscription.deliveries.create(
            event="order.rate", key="walk", payload={}, state="given_up", due_at=None
        )
        self.side.keys |= {"webhook": subscription.pk, "webhook_delivery": delivery.pk}
        robot = Robot.objects.create(
            organisation=self.committee, name=self.text("机器人"), kind="wecom", address="https://robots.invalid/",
            topics=["terms"], frequency="workdays",
        )  # fmt: skip
        day = timezone.localdate()
        message = robot.messages.create(period=day, last_day=day, state="given_up", due_at=None)
        self.side.keys |= {"robot": robot.pk, "robot_message": message.pk}

    def work(self):
        values = {"round": self.survey, "enterprise": self.company, "owner": self.branch}
        task = SurveyTask.objects.create(**values, reason=SurveyReason.MISSING, note=self.text("任务说明"))
        officer = self.side.people["officer"]
        job = Job.objects.create(
            kind="imports.stage",
            idempotency_key=f"walk-{self.side.name}",
            owner=officer,
            error=self.text("任务报错"),
        )
        team = VisitTeam.objects.create(organisation=self.branch, name=self.text("服务队"))
        VisitTeamMember.objects.create(
            team=team, name=self.text("队长"), unit=self.text("队员单位"), leads=True
        )
        visit_task = VisitTask.objects.create(
            enterprise=self.company,
            organisation=self.branch,
            reason=VisitReason.ASKED,
            team=team,
            due_on=timezone.localdate(),
            note=self.text("走访说明"),
        )
        self.side.keys |= {"task": task.pk, "job": job.pk}
        self.side.keys |= {"visit_team": team.pk, "visit_task": visit_task.pk}

    def members(self):
        """Of the branch: a full and a probationary member, and the record of the account M."""
        texts = [self.text(f"党员{letter}") for letter in "甲乙丙"]
        numbers = [self.side.mark(builders.identity_number(2000 + self.number * 10 + n)) for n in range(3)]
        mobiles = [self.side.mark(f"1990000{self.number}01{n}") for n in range(3)]
        self.full, self.probationary, self.own = (
            builders.make_member(self.branch, name=name, identity_number=number, mobile=mobile, **more)
            for name, number, mobile, more in zip(
                texts,
                numbers,
                mobiles,
                (
                    {"employer_code": self.company.credit_code},
                    {"membership": "probationary", "joined_on": dt.date(2026, 3, 1)},
                    {"account": self.side.people["member"]},
                ),
                strict=True,
            )
        )
        self.side.keys |= {"member": self.full.pk, "probationary": self.probationary.pk}

    def recruiting(self):
        """Somebody has applied to the branch."""
        officer = self.side.people["officer"]
        case = recruiting.open_case(
            organisation=self.branch,
            values={
                "name": self.text("申请人"),
                "identity_number": self.side.mark(builders.identity_number(2100 + self.number)),
                "mobile": self.side.mark(f"1990000{self.number}021"),
                "sex": "male",
                "born_on": dt.date(1990, 5, 17),
                "employer_name": self.text("申请人单位"),
            },
            on=timezone.localdate() - dt.timedelta(days=3),
            note=self.text("申请说明"),
            by=officer,
        )
        document = builders.add_document(case, name=f"{self.text('申请书')}.png", by=officer)
        plan = plans.Plan(self.branch, 2, note=self.text("计划说明"), document_no=self.text("计划文号"))
        (quota,) = plans.give_places(year=timezone.localdate().year, plans=[plan], by=officer)
        criterion = points.create_criterion(
            organisation=self.committee,
            values={"group": self.text("类别"), "name": self.text("指标"), "points": 2, "points_max": 4},
            by=officer,
        )
        entry = points.enter_points(
            case=case, criterion=criterion, on=case.applied_on, evidence=self.text("积分依据"), by=officer
        )
        self.side.keys |= {
            "case": case.pk,
            "document": str(document.public_id),
            "quota": quota.pk,
            "criterion": criterion.pk,
            "point_entry": entry.pk,
        }

    def dues(self):
        """This month's ledger: the probationary member has paid, the full one has not."""
        officer, month = self.side.people["officer"], timezone.localdate().replace(day=1)
        for member in (self.full, self.probationary):
            dues.fix_basis(
                member=member,
                effective_from=month,
                category="student",
                reason=self.text("核定说明"),
                by=officer,
            )
        dues.write_month(month=month, organisation=self.branch)
        charge = self.probationary.dues_charges.get()
        (payment,) = dues.take_payments(
            charges=[charge.pk],
            organisation=self.branch,
            paid_on=month,
            method="cash",
            proxy_name=self.text("代交人"),
            reason=self.text("交纳说明"),
            by=officer,
        )
        self.side.keys |= {"dues_charge": charge.pk, "dues_payment": payment.pk}

    def corrections(self):
        """M says what is wrong in the own record."""
        person = self.side.people["member"]
        asked = own.report_mistake(member=self.own, field="position", claim=self.text("正确职务"), by=person)
        self.side.keys |= {"correction": asked.pk}

    def leading(self):
        """A post at the branch that the full member keeps, with a result; the full member is a delegate too."""
        officer, since = self.side.people["officer"], dt.date(2025, 3, 1)
        unit = leading.establish(
            organisation=self.branch,
            kind="post",
            name=self.text("示范岗"),
            task=self.text("岗位任务"),
            commitment=self.text("岗位承诺"),
            place=self.text("岗位地点"),
            established_on=since,
            leader=self.full,
            by=officer,
        )
        values = {"what": self.text("岗位业绩"), "evidence": self.text("业绩佐证"), "by": officer}
        result = leading.add_result(unit=unit, on=dt.date(2026, 1, 5), **values)
        role = leading.take_role(
            member=self.full, kind="people", level="district", body=self.text("人大"), since=since, by=officer
        )
        self.side.keys |= {
            "leading_unit": unit.pk,
            "leading_service": unit.services.get().pk,
            "leading_result": result.pk,
            "public_role": role.pk,
        }

    def pairings(self):
        """The full member looks after somebody outside the register, who is in the talent pool."""
        officer, day = self.side.people["officer"], timezone.localdate() - dt.timedelta(days=200)
        entry = talent.enter_person(
            organisation=self.branch,
            values={
                "name": self.text("册外人才"),
                "unit_name": self.text("册外单位"),
                "field": self.text("领域"),
                "mobile": self.side.mark(f"1990000{self.number}031"),
                "consent_on": day,
                "consent_how": "written",
                "consent_scope": self.text("同意范围"),
            },
            by=officer,
        )
        pairing = pairings.start_pairing(
            kind="talent",
            organisation=self.branch,
            leader=self.full,
            person=entry.person,
            aim=self.text("培养目标"),
            since=day,
            by=officer,
        )
        contact = pairings.add_contact(
            pairing=pairing, on=day, how="talk", gist=self.text("谈话内容"), by=officer
        )
        self.side.keys |= {
            "pairing": pairing.pk,
            "pairing_contact": contact.pk,
            "outside_person": entry.person_id,
        }

    def transfers(self):
        """The full member asks to leave, the probationary one is on the way; M is away as a guest of the receiver."""
        officer = self.side.people["officer"]
        receiver = builders.make_organisation(self.committee, name=self.text("接收支部"))
        values = {"to_organisation": receiver, "dues_paid_until": dt.date(2026, 1, 1), "by": officer}
        start = transfers.start_transfer
        started = start(member=self.full, reason=self.text("转接事由"), **values)
        sent = start(member=self.probationary, reason=self.text("调动事由"), **values)
        transfers.issue_letter(transfer=sent, by=officer)
        absence = absences.start_absence(
            member=self.own,
            kind="floating_out",
            since=dt.date(2025, 1, 1),
            place=self.text("外出地点"),
            host=receiver,
            by=officer,
        )
        absences.add_contact(
            absence=absence,
            on=dt.date(2025, 6, 1),
            means="phone",
            person=self.text("联系同志"),
            result=self.text("联系情况"),
            by=officer,
        )
        case = disposal.open_disposal(
            member=self.full, kind="correction", ground=self.text("处置事由"), by=officer
        )
        self.side.keys |= {
            "transfer": started.pk,
            "letter": sent.pk,
            "absence": absence.pk,
            "disposal": case.pk,
        }

    def duties(self):
        """The branch was appraised and has something to put right; its members' names are on the page."""
        officer, today = self.side.people["officer"], timezone.localdate()
        meeting = activities.record_activity(
            organisation=self.branch,
            kinds=("org_life_meeting", "appraisal"),
            values={
                "title": self.text("组织生活会"),
                "starts_at": timezone.now() - dt.timedelta(days=3),
            },
            by=officer,
        )
        decisions.add_resolution(
            activity=meeting, text=self.text("整改事项"), owner_name=self.text("整改责任人"), by=officer
        )
        held_on = today - dt.timedelta(days=3)
        appraisal = appraisals.record_appraisal(
            organisation=self.branch,
            year=held_on.year,
            held_on=held_on,
            activity=meeting,
            grades={self.full.pk: {"exempt_reason": self.text("不评定原因")}},
            by=officer,
        )
        self.side.keys |= {"appraisal": appraisal.pk, "year": held_on.year}

    def activities(self):
        """A members' meeting of the branch under a brand of the committee: who came, what was put to the vote."""
        officer = self.side.people["officer"]
        brand = series.add_series(
            organisation=self.committee,
            values={"name": self.text("品牌"), "about": self.text("品牌简介")},
            by=officer,
        )
        meeting = activities.record_activity(
            organisation=self.branch,
            kinds=("members_meeting",),
            values={
                "title": self.text("党员大会"),
                "starts_at": timezone.now() - dt.timedelta(days=2),
                "place": self.text("会场"),
                "gist": self.text("会议内容"),
                "series": brand,
            },
            roll={self.full.pk: ("present", ""), self.own.pk: ("leave", self.text("请假原因"))},
            guests=[(self.text("列席人"), self.text("列席单位"))],
            by=officer,
        )
        vote = decisions.add_vote(
            activity=meeting,
            matter=self.text("表决事项"),
            expected=2,
            present=1,
            yes=1,
            passed=False,
            by=officer,
        )
        resolution = decisions.add_resolution(
            activity=meeting, text=self.text("决议"), owner_name=self.text("责任人"), by=officer
        )
        photo = activity_files.add_file(
            activity=meeting, upload=ContentFile(builders.png(), f"{self.text('签到表')}.png"), by=officer
        )
        self.side.keys |= {
            "activity": meeting.pk,
            "activity_file": str(photo.public_id),
            "vote": vote.pk,
            "resolution": resolution.pk,
            "series": brand.pk,
        }
        self.coming(officer)

    def venues(self):
        """A station of the committee, closed today; others see only those in use."""
        officer, today = self.side.people["officer"], timezone.localdate()
        venue = venues.add_venue(
            organisation=self.committee,
            values={
                "name": self.text("服务站"),
                "park": self.park,
                "address": self.text("站址"),
                "equipment": self.text("设备"),
                "since": today - dt.timedelta(days=100),
            },
            week=[[[0, 1440]]] * 7,
            rest_days="open",
            by=officer,
        )
        (special,) = venues.set_special_days(venue=venue, first=today, note=self.text("站务"), by=officer)
        shift = rota.add_shift(
            venue=venue,
            values={
                "name": self.text("驻点"),
                "unit": self.text("驻点单位"),
                "weekday": today.isoweekday(),
                "opens": 540,
                "closes": 600,
                "person_name": self.text("值班人"),
            },
            by=officer,
        )
        tomorrow = clock.moment(today + dt.timedelta(days=1), 600)
        booking = bookings.book(
            venue=venue,
            organisation=self.branch,
            starts_at=tomorrow,
            ends_at=tomorrow + dt.timedelta(hours=1),
            title=self.text("预订用途"),
            persons=5,
            by=officer,
        )
        bookings.cancel_booking(booking=booking, reason=self.text("取消原因"), by=officer)
        venues.close_venue(venue=venue, until=today, reason=self.text("停用原因"), by=officer)
        self.side.keys |= {
            "venue": venue.pk,
            "venue_day": special.pk,
            "shift": shift.pk,
            "booking": booking.pk,
        }

    def coming(self, officer):
        """In half an hour, with its door open; the member M of the world has signed up."""
        starts = timezone.now() + dt.timedelta(minutes=30)
        activity = activities.plan_activity(
            organisation=self.branch,
            kinds=("theme_day",),
            values={"title": self.text("主题党日"), "starts_at": starts, "place": self.text("站点")},
            by=officer,
        )
        until = starts - dt.timedelta(minutes=1)
        signup.offer_signup(activity=activity, until=until, places=self.number, by=officer)
        sign_up = signup.sign_up(activity=activity, member=self.own, by=officer)
        desk = signing.open_desk(activity=activity, by=officer)
        (credit,) = training.add_credits(
            members=[self.full],
            title=self.text("培训班"),
            on=timezone.localdate(),
            hours=Decimal(8),
            by=officer,
        )
        today = timezone.localdate()
        days = {"starts_on": today, "ends_on": today + dt.timedelta(days=7)}
        study = studies.add_list(
            organisation=self.branch, values={"title": self.text("学习清单")} | days, by=officer
        )
        item = studies.add_item(study_list=study, title=self.text("篇目"), by=officer)
        studies.publish_list(study_list=study, by=officer)
        studies.mark_read(items=[item], members=[self.full, self.own], on=today, how="self", by=officer)
        self.side.keys |= {"study": study.pk, "study_item": item.pk}
        served = services.add_service(
            organisation=self.branch,
            values={
                "on": today,
                "kind": "science",
                "enterprise": self.company,
                **{name: self.text(f"服务{name}") for name in ("title", "detail", "result", "feedback")},
            },
            members=[self.full],
            by=officer,
        )
        self.side.keys |= {"service_record": served.pk}
        self.side.keys |= {
            "coming": activity.pk,
            "desk": desk.public_id,
            "credit": credit.pk,
            "sign_up": sign_up.pk,
        }

    def agreements(self):
        """Of the branch with a partner unit, which the whole register shares; with everything booked."""
        officer, today = self.side.people["officer"], timezone.localdate()
        partner = builders.make_partner(self.top)
        spare = builders.make_partner(self.top)
        values = {
            "starts_on": today - dt.timedelta(days=30),
            "ends_on": today + dt.timedelta(days=300),
            "leader_name": self.text("协议负责人"),
            "liaison_name": self.text("协议联络员"),
        }
        liaison = builders.make_liaison(partner, display_name=self.text("联络员账号"))
        self.side.people["partner"] = liaison.user
        draft = builders.make_agreement(self.branch, partner, title=self.text("草拟协议"), **values)
        agreement = builders.make_agreement(
            self.branch, partner, title=self.text("协议"), aim=self.text("目标"), signed_on=today, **values
        )
        liaisons.name_liaison(agreement=agreement, liaison=liaison, by=officer)
        booking.book_activity(
            agreement=agreement, activity=Activity.objects.get(pk=self.side.keys["activity"]), by=officer
        )
        result = booking.add_result(
            agreement=agreement, kind="problem", on=today, what=self.text("成效"), by=officer
        )
        paper = agreement_files.add_file(
            agreement=agreement,
            upload=ContentFile(builders.png(self.text("协议")), f"{self.text('协议文本')}.png"),
            by=officer,
        )
        self.side.keys |= {
            "draft_agreement": draft.pk,
            "agreement": agreement.pk,
            "agreement_booking": agreement.bookings.get().pk,
            "agreement_result": result.pk,
            "agreement_file": str(paper.public_id),
            "partner": spare.pk,
            "liaison": liaison.pk,
        }
        self.alliance(partner)

    def alliance(self, partner):
        """Kept by the branch, whose turn it is, with a partner unit; a conference held and one to come."""
        officer, today = self.side.people["officer"], timezone.localdate()
        alliance = builders.make_alliance(self.branch, partner, name=self.text("联盟"), aim=self.text("宗旨"))
        home, member = alliance.members.all()
        (term,) = alliances.plan_terms(
            alliance=alliance, members=[home], months=6, starts_on=today, by=officer
        )
        values = {"kind": "joint", "on": today, "place": self.text("会场"), "agenda": self.text("议程")}
        held, coming = (
            conferences.call_conference(
                alliance=alliance, values=values | {"title": self.text(title)}, by=officer
            )
            for title in ("联席会议", "下次会议")
        )
        held = conferences.hold_conference(
            conference=held, on=today, attending=[home, member], gist=self.text("会议纪要"), by=officer
        )
        resolution = conferences.add_resolution(
            conference=held, text=self.text("议定事项"), owner=home, due_on=today, by=officer
        )
        conferences.add_note(resolution=resolution, text=self.text("落实进展"), by=officer)
        self.side.keys |= {
            "alliance": alliance.pk,
            "alliance_member": member.pk,
            "chair_term": term.pk,
            "conference": held.pk,
            "open_conference": coming.pk,
            "conference_resolution": resolution.pk,
        }

    def lists(self):
        """Of the branch: a need and a resource as drafts, a pair set aside, a project."""
        officer, today = self.side.people["officer"], timezone.localdate()
        texts = {name: self.text(f"清单{name}") for name in ("description", "contact_office")}
        need = builders.make_need(self.branch, publish=False, title=self.text("需求"), **texts)
        resource = builders.make_resource(self.branch, publish=False, title=self.text("可供资源"), **texts)
        aside = projects.dismiss_match(need=need, resource=resource, reason=self.text("不合适"), by=officer)
        project = projects.start_project(
            organisation=self.branch,
            values={
                "kind": "testing",
                "title": self.text("对接项目"),
                "description": texts["description"],
                "deadline": today + dt.timedelta(days=60),
            },
            by=officer,
        )
        projects.add_note(project=project, text=self.text("进展"), by=officer)
        self.side.keys |= {
            "draft_need": need.pk,
            "draft_resource": resource.pk,
            "draft_project": project.pk,
            "dismissal": aside.pk,
        }

    def orders(self):
        """Of the contact's enterprise, whistled for: the branch works on it, and the liaison's unit is called too."""
        officer = self.side.people["officer"]
        order = builders.make_order(self.company, by=self.side.people["contact"], text=self.text("订单诉求"))
        orders.whistle(
            order=order,
            ground="joint",
            called=[self.branch, Partner.objects.get(liaisons=self.side.keys["liaison"])],
            lead=self.branch,
            words=self.text("吹哨说明"),
            by=officer,
        )
        self.side.keys |= {"order": order.pk, "order_kind": order.kind_id, "order_top": self.top.pk}

    def challenge(self):
        """Of the branch, as a draft, which stays at home."""
        texts = {name: self.text(f"榜单{name}") for name in ("title", "problem", "goal", "secrecy_notice")}
        draft = builders.make_challenge(self.branch, publish=False, by=self.side.people["officer"], **texts)
        self.side.keys |= {"draft_challenge": draft.pk}

    def secondment(self):
        """Of the contact's enterprise, kept by the branch; who serves is of the liaison's unit."""
        officer, partner = (
            self.side.people["officer"],
            Partner.objects.get(liaisons=self.side.keys["liaison"]),
        )
        texts = {name: self.text(f"聘任{name}") for name in ("post", "field", "tasks")}
        secondment = builders.make_secondment(self.branch, self.company, by=officer, **texts)
        candidate = builders.make_candidate(
            secondment, partner, name=self.text("科技副总"), title=self.text("教授"), field=self.text("方向")
        )
        who = {"secondment": secondment, "by": officer}
        secondments.select_candidate(
            candidate=candidate, running=True, independent=True, contract=True, **who
        )
        today = timezone.localdate()
        secondments.sign_secondment(on=today, starts_on=today, ends_on=today + dt.timedelta(days=300), **who)
        secondments.add_outcome(outcome_kind="project", on=today, count=1, what=self.text("合作项目"), **who)
        paper = ContentFile(builders.png(self.side.name), self.text("聘任协议.png"))
        file = secondment_files.add_file(upload=paper, **who)
        self.side.keys |= {"secondment": secondment.pk, "secondment_file": file.public_id}

    def policies(self):
        """Of the branch, which covers the company: one that reached it, and a draft, which stays at home."""
        officer = self.side.people["officer"]
        texts = {name: self.text(f"政策{name}") for name in ("title", "issuer", "gist")}
        policy = builders.make_policy(self.branch, by=officer, **texts)
        draft = builders.make_policy(self.branch, publish=False, by=officer, **texts)
        upload = ContentFile(builders.png(self.text("政策")), f"{self.text('政策文件')}.png")
        paper = policies.add_file(policy=policy, upload=upload, by=officer)
        self.side.keys |= {
            "policy": policy.pk,
            "draft_policy": draft.pk,
            "policy_delivery": policy.deliveries.get(enterprise=self.company).pk,
            "policy_file": str(paper.public_id),
        }

    def commitment(self):
        """The branch's, reported and waiting for the area to confirm it."""
        officer = self.side.people["officer"]
        texts = {name: self.text(f"领办{name}") for name in ("title", "leader_name", "aim", "measure")}
        found = builders.make_commitment(self.branch, evidence=True, by=officer, **texts)
        commitments.report_commitment(commitment=found, report=self.text("领办完成情况"), by=officer)
        self.side.keys |= {
            "commitment": found.pk,
            "commitment_file": str(found.files.get().public_id),
        }

    def import_run(self):
        """A coverage list staged by the officer: one row that fits and one that is refused."""
        headers = ("统一社会信用代码", "企业名称", "覆盖方式", "覆盖党组织代码")
        rows = [
            (self.company.credit_code, self.company.name, "区域统建", self.branch.code),
            (builders.credit_code(), self.text("名单中的企业"), "联合组建", self.branch.code),
        ]
        upload = ContentFile(workbook(headers, *rows), name=self.text("名单.xlsx"))
        officer = self.side.people["officer"]
        run = imports.create_run(kind="coverage", upload=upload, by=officer, in_background=False)
        run = imports.stage_run(run.pk)
        self.side.keys |= {"run": run.pk, "row": run.staged.get(outcome="rejected").pk}


def build() -> World:
    top = builders.make_organisation(name="市科学城综合党委", code="CODE-TOP")
    today = timezone.localdate()
    survey = SurveyRound.objects.create(name="十一月摸排", as_of=today, due_on=today)
    setting = DatedSetting.objects.create(code="survey_days", effective_on=dt.date(2030, 1, 1), value=20)
    ours, theirs = (
        _Builder(top, name, number, survey).build() for name, number in (("甲东", 1), ("乙西", 2))
    )
    cluster, chain = builders.make_cluster(), Chain.objects.create(name="测试产业链")
    for side in (ours, theirs):
        side.keys |= {"round": survey.pk, "setting_row": setting.pk, "cluster": cluster.pk, "chain": chain.pk}
    users = {letter: ours.people[name] for letter, name in ROLES.items() if name in ours.people}
    users["B"] = theirs.people["officer"]
    users["T"] = builders.make_user("officer", top, display_name="市级党务")
    users["P"] = builders.make_user("administrator", top, display_name="市级管理员")
    # Of neither area, and claimed by neither; found by both.
    claimed = builders.make_challenge(builders.make_organisation(top), secrecy_notice="不得外传")
    builders.make_claim(claimed, builders.make_organisation(top), by=users["T"])
    for side in (ours, theirs):
        side.keys |= {"claimed_challenge": claimed.pk}
    # A calendar of a branch of neither area, whose secret is “x”.
    CalendarFeed.objects.create(
        user=users["T"], organisation=builders.make_organisation(top), token_hash=CalendarFeed.hash_of("x")
    )
    return World(ours, theirs, users)
