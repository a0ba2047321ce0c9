"""Two areas built alike, with a row of everything in each: what people of one must never learn of the other."""

import datetime as dt
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.utils import timezone
from knox.models import AuthToken

from activities.actions import activities, appraisals, decisions, series, signing, signup
from activities.actions import files as activity_files
from activities.models import CalendarFeed
from imports import actions as imports
from imports.models import Job
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
    ParkAlias,
    Post,
    PostTitle,
    Role,
    SavedFilter,
    SurveyReason,
    SurveyRound,
    SurveyTask,
    Visit,
)
from tests import builders
from tests.imports.helpers import workbook

# Letters as the table writes them. All but T and P act in the first area or, B, in the second.
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
        self.pairings()
        self.import_run()
        return self.side

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
        for role in Role.values:
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
        self.side.keys |= {
            "account": self.side.people["member"].pk,
            "appointment": self.side.people["leader"].appointments.get().pk,
            "lent": lent.pk,
            "token": token.token_key,
            "saved_filter": saved.pk,
        }

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
            recorded_by=self.side.people["officer"],
        )
        self.side.keys |= {"enterprise": self.company.pk, "coverage": coverage.pk, "visit": visit.pk}

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
        AuditEvent.objects.create(
            at=timezone.now(),
            actor=officer,
            actor_name=str(officer),
            action=AuditAction.UPDATE,
            object_label=self.text("审计对象"),
            root_id=self.top.pk,
            organisation_id=self.committee.pk,
        )
        self.side.keys |= {"task": task.pk, "job": job.pk}

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
        signup.sign_up(activity=activity, member=self.own, by=officer)
        desk = signing.open_desk(activity=activity, by=officer)
        self.side.keys |= {"coming": activity.pk, "desk": desk.public_id}

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
    # A calendar of a branch of neither area, whose secret is “x”.
    CalendarFeed.objects.create(
        user=users["T"], organisation=builders.make_organisation(top), token_hash=CalendarFeed.hash_of("x")
    )
    return World(ours, theirs, users)
