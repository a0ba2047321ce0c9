"""A month of the register: people of all roles do, in any order, what they may and what they may not.

After every step the register still adds up: who is counted, where, since when, and what became of every case.
"""

import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from members import access
from members.actions import absences, disposal, exits, register, transfers
from members.choices import COUNTED, Closing, EventKind, Membership, Opening, Relation
from members.employers import full_members_by_employer
from members.models import (
    Absence,
    AbsenceEnd,
    AbsenceKind,
    ContactMeans,
    Disposal,
    DisposalKind,
    DisposalStage,
    DisposalState,
    Member,
    NameKey,
    Posting,
    Transfer,
    TransferDirection,
    TransferState,
)
from members.models.disposal import ORDER
from members.models.transfers import OPEN_STATES, UNDER_WAY
from orgs.kinds import OrganisationKind
from orgs.models import AuditEvent, Enterprise, Role
from orgs.terms import add_years
from tests import builders
from tests.imports.helpers import apply, stage
from tests.members.test_import import HEADERS, line

FIRST = dt.datetime(2026, 10, 5, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MAY_CHANGE = (Role.OFFICER, Role.SECRETARY)
MAY_VIEW = (*MAY_CHANGE, Role.LEADER)
STEPS = 60
EXAMPLES = 8

pick = st.integers(0, 999)
# Of `people`: those at the top do most, so that most of what is tried may be tried.
whoever = st.sampled_from((0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8))
back = st.sampled_from((0, 0, 1, 3, -1))  # days before today; -1 is tomorrow


class Life(RuleBasedStateMachine):
    """`homes` is what the machine believes: member → branch of everybody who is counted."""

    def __init__(self):
        super().__init__()
        self.now = FIRST
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(timezone, "now", lambda: self.now)
        self.block = transaction.atomic()
        self.block.__enter__()
        self.done = Counter()
        self.turn = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        self.patch.undo()
        DONE.update(self.done)

    @initialize()
    def found(self):
        self.top = builders.make_organisation()
        committees = [
            builders.make_organisation(self.top, OrganisationKind.AREA_COMMITTEE, code=f"L-{n}")
            for n in range(2)
        ]
        self.branches = [builders.make_organisation(committees[n // 2], code=f"L-{n}-1") for n in range(4)]
        self.temporary = builders.make_organisation(committees[0], OrganisationKind.TEMP_BRANCH)
        self.places = [*self.branches, self.temporary, committees[1]]
        self.people = [
            builders.make_user(role, organisation)
            for role, organisation in (
                (Role.OFFICER, self.top), (Role.OFFICER, committees[0]),
                (Role.OFFICER, committees[1]), (Role.SECRETARY, self.branches[0]),
                (Role.SECRETARY, self.branches[2]), (Role.LEADER, self.top), (Role.ADMINISTRATOR, self.top),
                (Role.AUDITOR, self.top), (Role.MEMBER, self.branches[1]),
            )
        ]  # fmt: skip
        for user in self.people:
            (user.seat,) = user.current_appointments
        self.employers = [builders.make_enterprise() for _ in range(2)]
        self.homes, self.members = {}, []
        for number, branch in enumerate(self.branches[:3] * 2):
            more = {"account": self.people[-1]} if number == 1 else {}
            self.enter(builders.make_member(branch, since=dt.date(2026, 1, 1), **more))
        self.count = len(self.homes)

    # --- Who does it ------------------------------------------------------------------------------------

    @property
    def today(self):
        return timezone.localdate()

    def day(self, days_ago):
        return self.today - dt.timedelta(days=days_ago)

    def enter(self, member):
        self.homes[member.pk] = member.organisation
        self.members.append(member.pk)

    def member(self, number):
        return Member.objects.select_related("organisation").get(pk=self.members[number % len(self.members)])

    def someone(self, number):
        return self.people[number]

    def is_below(self, user, organisation):
        return organisation.path.startswith(user.seat.organisation.path)

    def may_change(self, user, organisation):
        return user.seat.role in MAY_CHANGE and self.is_below(user, organisation)

    def may_view(self, user, organisation):
        return user.seat.role in MAY_VIEW and self.is_below(user, organisation)

    def act(self, what, allowed, action, *, never=False, **values):
        """Does it if the person may; True when it was done. `never`: the rules must refuse it.

        A refusal changes nothing and leaves no entry; an act leaves one at least.
        """
        if not allowed:
            self.done[f"{what}: not allowed"] += 1
            return False
        before = AuditEvent.objects.count(), self.figures()
        try:
            action(**values)
        except ValidationError:
            assert (AuditEvent.objects.count(), self.figures()) == before, what
            self.done[f"{what}: refused"] += 1
            return False
        assert not never, what
        assert AuditEvent.objects.count() > before[0], what
        self.done[what] += 1
        return True

    def figures(self):
        return (
            Member.objects.count(),
            Posting.objects.count(),
            Transfer.objects.count(),
            NameKey.objects.count(),
        )

    # --- The register -----------------------------------------------------------------------------------

    @rule(who=whoever, where=pick, kind=st.sampled_from(("full", "probationary")), fault=st.sampled_from(
        ("", "", "", "double", "number", "future", "young")), days=back, works=pick)  # fmt: skip
    def add(self, who, where, kind, fault, days, works):
        user, place = self.someone(who), self.places[where % len(self.places)]
        values = {
            "name": "测试新人", "identity_number": builders.identity_number(), "sex": "male", "mobile": "19900001111",
            "joined_on": dt.date(2026, 3, 1) if kind == "probationary" else dt.date(2015, 7, 1),
            "confirmed_on": None if kind == "probationary" else dt.date(2016, 7, 1),
            "employer_code": self.employers[works % 2].credit_code,
        }  # fmt: skip
        if fault == "double":
            values["identity_number"] = self.member(works).identity_number
        elif fault == "number":
            values["identity_number"] = values["identity_number"][:17] + "?"
        elif fault == "future":
            values["joined_on"] = self.day(-5)
        elif fault == "young":
            values |= {"born_on": dt.date(1990, 5, 17), "joined_on": dt.date(2007, 1, 1)}
        never = bool(fault) or place not in self.branches or days < 0
        self.checked(user, place)
        done = self.act(
            "add", self.may_change(user, place), register.add_member, never=never,
            organisation=place, values=values, membership=kind, since=self.day(days), by=user,
        )  # fmt: skip
        if done:
            self.enter(Member.objects.latest("pk"))

    @rule(who=whoever, whom=pick, works=pick, name=st.sampled_from(("测试改名", "单立新")))
    def update(self, who, whom, works, name):
        user, member = self.someone(who), self.member(whom)
        codes = ("", *(each.credit_code for each in self.employers))
        self.act(
            "update", self.may_change(user, member.organisation) and self.differs(member, name, codes[works % 3]),
            register.update_member, member=member, by=user,
            values={"name": name, "employer_code": codes[works % 3]},
        )  # fmt: skip

    def differs(self, member, name, code):
        return (member.name, member.employer_code) != (name, code)

    @rule(who=whoever, whom=pick, where=pick, days=back)
    def move(self, who, whom, where, days):
        user, member, place = self.someone(who), self.member(whom), self.places[where % len(self.places)]
        never = (
            days < 0
            or place not in self.branches
            or member.pk not in self.homes
            or place == member.organisation
        )
        if self.act(
            "move", self.may_change(user, member.organisation), register.move_member, never=never,
            member=member, organisation=place, on=self.day(days), by=user,
        ):  # fmt: skip
            self.homes[member.pk] = place

    @rule(who=whoever, whom=pick, how=st.sampled_from(Closing.values), days=back, document=st.booleans())
    def leave(self, who, whom, how, days, document):
        user, member = self.someone(who), self.member(whom)
        never = (
            member.pk not in self.homes
            or days < 0
            or how not in exits.OFFERED
            or (how == Closing.CANCELLED and member.membership == Membership.FULL)
            or (how in exits.NEEDS_DOCUMENT and not document)
        )
        if self.act(
            "leave", self.may_change(user, member.organisation), exits.leave, never=never, member=member, how=how,
            on=self.day(days), by=user, document_no="组〔2026〕1号" if document else "", note="说明",
        ):  # fmt: skip
            del self.homes[member.pk]

    @rule(who=whoever, whom=pick, where=pick, days=back)
    def come_back(self, who, whom, where, days):
        user, member, place = self.someone(who), self.member(whom), self.places[where % len(self.places)]
        never = member.pk in self.homes or place not in self.branches or days < 0
        if self.act(
            "come back", self.may_change(user, member.organisation), exits.come_back, never=never, member=member,
            organisation=place, on=self.day(days), by=user, document_no="组〔2026〕2号",
        ):  # fmt: skip
            self.homes[member.pk] = place

    @rule(who=whoever, whom=pick, relation=st.sampled_from(Relation.values))
    def set_relation(self, who, whom, relation):
        user, member = self.someone(who), self.member(whom)
        busy = member.relation == relation or Transfer.objects.open().filter(member=member).exists()
        self.act(
            "relation", self.may_change(user, member.organisation) and not busy, register.set_relation,
            never=member.pk not in self.homes or relation == Relation.LEFT,
            member=member, relation=relation, by=user,
        )  # fmt: skip

    @rule(who=whoever, whom=pick)
    def confirm(self, who, whom):
        user, member = self.someone(who), self.member(whom)
        never = member.pk not in self.homes or member.membership != Membership.PROBATIONARY
        on = add_years(member.joined_on, 1)
        self.act(
            "confirm", self.may_change(user, member.organisation) and on <= self.today,
            register.confirm_full_member, never=never, member=member, on=on, by=user,
        )  # fmt: skip

    @rule(who=whoever, whom=pick, kind=st.sampled_from((EventKind.WARNING, EventKind.COMMENDED, EventKind.ON_TRIAL)),
          days=back)  # fmt: skip
    def note(self, who, whom, kind, days):
        user, member = self.someone(who), self.member(whom)
        until = None if kind == EventKind.COMMENDED else self.day(-200)
        self.act(
            "event", self.may_change(user, member.organisation), exits.note_event, never=days < 0, member=member,
            kind=kind, on=self.day(days), until_on=until, by=user, document_no="纪〔2026〕3号",
        )  # fmt: skip

    @rule(who=whoever, whom=pick, where=pick, new=st.booleans())
    def import_a_row(self, who, whom, where, new):
        """Somebody new, or a row about somebody who is there or was."""
        user, place = self.someone(who), self.places[where % len(self.places)]
        member = self.member(whom)
        row = line(
            **{"所在党支部代码": place.code, "姓名": "测试导入" if new else member.name, "职务": f"职务{who}"}
            | ({} if new else {"公民身份号码": member.identity_number})
        )
        may = user.seat.role == Role.OFFICER and self.is_below(user, place)
        self.act("import", may, self._import, row=row, by=user)

    @transaction.atomic
    def _import(self, row, by):
        content = f"{','.join(HEADERS)}\n{','.join(str(row[name]) for name in HEADERS)}\n"
        run = stage("members", content.encode("utf-8-sig"), by=by, name="名册.csv")
        assert run.counts["rows"] == 1, run.error
        if not run.counts["new"] + run.counts["changed"]:
            raise ValidationError("没有可写入的行。")
        run = apply(run)
        for member in Member.objects.in_register().select_related("organisation"):
            if member.pk not in self.members:
                self.enter(member)
            self.homes[member.pk] = member.organisation

    # --- Transfers ----------------------------------------------------------------------------------------

    @rule(who=whoever, whom=pick, where=pick, outside=st.booleans())
    def start_transfer(self, who, whom, where, outside):
        user, member, place = self.someone(who), self.member(whom), self.places[where % len(self.places)]
        to = {"to_name": "外市党支部"} if outside else {"to_organisation": place}
        never = (
            member.pk not in self.homes
            or Transfer.objects.open().filter(member=member).exists()
            or (not outside and (place not in self.branches or place == member.organisation))
        )
        self.act(
            "transfer", self.may_change(user, member.organisation), transfers.start_transfer, never=never,
            member=member, reason="工作调动", dues_paid_until=self.today, by=user, **to,
        )  # fmt: skip

    @rule(who=whoever, whom=pick, where=pick, former=st.booleans())
    def register_incoming(self, who, whom, where, former):
        user, place, member = self.someone(who), self.places[where % len(self.places)], self.member(whom)
        values = {
            "name": member.name if former else "测试转入", "sex": "male", "joined_on": dt.date(2015, 7, 1),
            "identity_number": member.identity_number if former else builders.identity_number(),
            "confirmed_on": dt.date(2016, 7, 1),
        }  # fmt: skip
        never = place not in self.branches or (former and member.pk in self.homes)
        self.act(
            "incoming", self.may_change(user, place), transfers.register_incoming, never=never, organisation=place,
            from_name="外省党支部", letter_no="9", issued_on=self.today, valid_days=30, dues_paid_until=self.today,
            membership="full", values=values, by=user,
        )  # fmt: skip

    @rule(who=whoever, which=pick, step=st.sampled_from(
        ("submit", "send-back", "issue", "issue", "reissue", "receive", "accept", "accept", "return", "withdraw",
         "receipt", "receipt")))  # fmt: skip
    def act_on_transfer(self, who, which, step):
        cases = list(Transfer.objects.order_by("state" if step != "submit" else "pk"))
        open_cases = [case for case in cases if case.is_open] or cases
        if not open_cases:
            return
        user, case = self.someone(who), open_cases[which % len(open_cases)]
        may = access.can_act_on_transfer(user, case, step)
        place = access.acting_organisation(case, step)
        assert may == (place is not None and self.may_change(user, place))
        actions, more = transfers, {"reason": "情况有变"}
        action, values = {
            "submit": (actions.submit_transfer, more),
            "send-back": (actions.send_back, more),
            "issue": (actions.issue_letter, {}),
            "reissue": (actions.reissue_letter, {"statement": "信件遗失"}),
            "receive": (actions.receive_transfer, {}),
            "accept": (actions.accept_transfer, {}),
            "return": (actions.return_transfer, more),
            "withdraw": (actions.withdraw_transfer, more),
            "receipt": (actions.enter_receipt, {"on": self.today, "receipt_no": "R1"}),
        }[step]
        self.step(case, step, may, action, user, values)

    def step(self, case, step, may, action, user, values) -> bool:
        never = not case.is_open
        if not self.act(f"transfer {step}", may, action, never=never, transfer=case, by=user, **values):
            return False
        case.refresh_from_db()
        if case.state == TransferState.ACCEPTED:
            if case.direction == TransferDirection.OUT:
                del self.homes[case.member_id]
            else:
                self.homes[case.member_id] = case.to_organisation
                if case.member_id not in self.members:
                    self.members.append(case.member_id)
        return True

    @rule(which=pick, steps=st.integers(1, 3))
    def pursue_transfer(self, which, steps):
        """The natural next steps, by somebody who may take them."""
        cases = list(Transfer.objects.open())
        if not cases:
            return
        case, user = cases[which % len(cases)], self.people[0]
        for _ in range(steps):
            if case.state in (TransferState.INITIATED, TransferState.SENDING_REVIEW):
                done = self.step(case, "issue", True, transfers.issue_letter, user, {})
            elif case.direction == TransferDirection.OUT:
                receipt = {"on": self.today, "receipt_no": "R2"}
                done = self.step(case, "receipt", True, transfers.enter_receipt, user, receipt)
            else:
                done = self.step(case, "accept", True, transfers.accept_transfer, user, {})
            if not done or not case.is_open:
                return

    # --- Away, and out by disposal ------------------------------------------------------------------------

    @rule(who=whoever, whom=pick, days=st.sampled_from((0, 40, 250)), kind=st.sampled_from(
        (AbsenceKind.AWAY, AbsenceKind.FLOATING_OUT, AbsenceKind.ABROAD, AbsenceKind.LOST)))  # fmt: skip
    def go_away(self, who, whom, days, kind):
        user, member = self.someone(who), self.member(whom)
        self.act(
            "absence", self.may_change(user, member.organisation), absences.start_absence,
            never=member.pk not in self.homes, member=member, kind=kind, since=self.day(days), by=user,
        )  # fmt: skip

    @rule(who=whoever, which=pick, search=st.booleans(), days=back)
    def follow_up(self, who, which, search, days):
        found = list(Absence.objects.order_by("-pk"))
        if not found:
            return
        user, absence = self.someone(who), found[which % len(found)]
        may, never = access.can_change_absence(user, absence), absence.closed_on is not None or days < 0
        values = {"absence": absence, "on": self.day(days), "by": user}
        if search:
            values |= {"means": ContactMeans.PHONE, "person": "支部书记", "result": "无人接听"}
            self.act("contact", may, absences.add_contact, never=never, **values)
        else:
            self.act(
                "absence ends", may, absences.end_absence, never=never, how=AbsenceEnd.RETURNED, **values
            )

    @rule(who=whoever, whom=pick, kind=st.sampled_from(DisposalKind.values))
    def open_disposal(self, who, whom, kind):
        user, member = self.someone(who), self.member(whom)
        self.act(
            "disposal", self.may_change(user, member.organisation), disposal.open_disposal,
            never=member.pk not in self.homes, member=member, kind=kind, ground="长期不参加组织生活", by=user,
        )  # fmt: skip

    @rule(who=whoever, which=pick, right=st.sampled_from((True, True, True, False)), steps=st.integers(1, 4))
    def pursue_disposal(self, who, which, right, steps):
        cases = list(Disposal.objects.select_related("member__organisation").order_by("-state", "pk"))
        if not cases:
            return
        case, user = cases[which % len(cases)], self.someone(who)
        for _ in range(steps):
            stage_now = disposal.next_stage(case)
            wanted = stage_now if right and stage_now else DisposalStage.APPROVED
            never = stage_now is None or wanted != stage_now
            if not self.act(
                "disposal step", access.can_take_step(user, case, wanted), disposal.record_step, never=never,
                disposal=case, stage=wanted, on=self.today, by=user, document_no="组〔2026〕4号",
                expected_votes=9, present_votes=7, yes_votes=6,
            ):  # fmt: skip
                return
            case = Disposal.objects.select_related("member__organisation").get(pk=case.pk)
            if case.state == DisposalState.APPROVED and case.kind in disposal.ENDS:
                del self.homes[case.member_id]

    @rule(days=st.integers(1, 9))
    def time_passes(self, days):
        self.now += dt.timedelta(days=days)

    # --- What always holds --------------------------------------------------------------------------------

    def checked(self, user, place):
        """The predicates say what the table of roles says."""
        assert access.can_change_members_at(user, place) == self.may_change(user, place)
        assert access.can_view_members_at(user, place) == self.may_view(user, place)

    @invariant()
    def those_counted_have_one_open_posting_and_nobody_else(self):
        counted = dict(Member.objects.in_register().values_list("pk", "organisation"))
        opened = Posting.objects.filter(until__isnull=True).values_list("member", "organisation")

        assert counted == {pk: home.pk for pk, home in self.homes.items()}
        assert sorted(opened) == sorted(counted.items())
        assert set(Member.objects.former().values_list("pk", flat=True)).isdisjoint(counted)
        left = Member.objects.filter(relation=Relation.LEFT)
        assert not left.filter(left_on__isnull=True).exists()
        assert not Member.objects.in_register().filter(left_on__isnull=False).exists()

    @invariant()
    def the_number_of_members_changes_by_who_comes_and_goes(self):
        opened = Counter(Posting.objects.values_list("opened_how", flat=True))
        closed = Counter(Posting.objects.exclude(until=None).values_list("closed_how", flat=True))
        came = sum(opened.values()) - opened[Opening.MOVED]
        went = sum(closed.values()) - closed[Closing.MOVED]

        assert came - went == len(self.homes)
        assert opened[Opening.MOVED] == closed[Closing.MOVED]

    @invariant()
    def enterprises_know_their_members(self):
        counts = dict(full_members_by_employer().values_list("employer_code", "count"))
        for code, stored in Enterprise.objects.values_list("credit_code", "registered_members"):
            assert stored == counts.get(code, 0)

    @invariant()
    def no_case_is_in_an_impossible_state(self):
        cases = Transfer.objects.select_related("member").prefetch_related("entries", "letters")
        for case in cases:
            entries = list(case.entries.all())
            assert entries[-1].state == case.state
            assert (case.state == TransferState.ACCEPTED) == (case.accepted_on is not None)
            if case.state in UNDER_WAY:
                assert case.letter_no
                assert case.direction == TransferDirection.IN or case.letters.all()
            if case.state in OPEN_STATES and case.member and case.direction != TransferDirection.IN:
                assert case.member.pk in self.homes
                if case.state in UNDER_WAY and case.member.organisation_id == case.from_organisation_id:
                    assert case.member.relation == Relation.MOVING_OUT
            if case.state not in OPEN_STATES:
                assert not case.person
        for case in Disposal.objects.annotate(done=Count("steps")):
            assert (case.done == len(ORDER)) == (case.state == DisposalState.APPROVED)
            assert case.state != DisposalState.OPEN or case.member_id in self.homes
        for absence in Absence.objects.open().exclude(member=None):
            assert absence.member_id in self.homes

    @invariant()
    def everybody_sees_their_own_part(self):
        """Two people after each step, in turns."""
        self.turn += 2
        rows = list(Member.objects.values_list("pk", "organisation__path", "account", "membership"))
        for user in (self.people[self.turn % 8], self.people[self.turn % 8 + 1]):
            seen = set(Member.objects.visible_to(user).values_list("pk", flat=True))
            path = user.seat.organisation.path
            assert seen == {
                pk
                for pk, home, account, _ in rows
                if account == user.pk or (user.seat.role in MAY_VIEW and home.startswith(path))
            }
        assert {membership for *_, membership in rows} <= {*COUNTED, Membership.STOPPED, Membership.ENDED}


DONE = Counter()


@pytest.mark.django_db
def test_a_month_of_life_leaves_the_register_sound():
    DONE.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(DONE.values()) >= 200
