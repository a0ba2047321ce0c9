"""Recruiting under random hands: lawful and unlawful steps, outcomes and corrections in any order."""

import datetime as dt
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from members.actions import recruiting, register
from members.choices import Closing, Membership, Opening
from members.demo import cases
from members.models import CaseStage, Member, RecruitmentCase, StepOutcome, StepRecord
from members.recruiting.state import computed, state_of
from members.recruiting.steps import STEPS
from orgs.models import AuditEvent, User
from orgs.terms import add_months
from tests import builders

pick = st.integers(0, 99)
DONE = Counter()


class Course(RuleBasedStateMachine):
    """Days lie far enough back that none is ahead of today."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize()
    def found(self):
        self.by = User.objects.system()
        self.committee = builders.make_organisation()
        self.branches = [builders.make_organisation(self.committee) for _ in range(2)]
        self.full = [builders.make_member(self.branches[0]).pk for _ in range(3)]
        builders.make_member(self.branches[1])
        self.cases = [builders.make_case(self.branches[0], upto=upto).pk for upto in (1, 14, 20, 22)]

    def case(self, number):
        rows = RecruitmentCase.objects.select_related("organisation", "member")
        return rows.get(pk=self.cases[number % len(self.cases)])

    def act(self, what, action, *, never=False, **values):
        """A refusal writes nothing; an act leaves an entry in the trail."""
        before = StepRecord.objects.count(), Member.objects.count(), AuditEvent.objects.count()
        try:
            with transaction.atomic():
                action(by=self.by, **values)
        except ValidationError:
            assert before == (StepRecord.objects.count(), Member.objects.count(), AuditEvent.objects.count())
            DONE[f"{what}: refused"] += 1
            return
        assert not never, what
        assert AuditEvent.objects.count() > before[2]
        DONE[what] += 1

    # --- What people do ---------------------------------------------------------------------------------

    @rule(
        who=pick,
        jump=st.sampled_from((0, 0, 0, 0, 1, -1, 3)),
        outcome=pick,
        early=st.sampled_from((0, 0, 0, 400)),
    )
    def take(self, who, jump, outcome, early):
        case = self.case(who)
        now = state_of(case)
        number = (now.next_step or 25) + jump
        if number not in STEPS or number == 1:
            return
        step = STEPS[number]
        on = max(now.last_on, cases.days(case.applied_on)[number]) - dt.timedelta(days=early)
        values = cases.values_of(case, number, on, full=self.full, approver=self.committee)
        if step.outcomes:
            values["outcome"] = step.outcomes[outcome % len(step.outcomes)]
        if values.get("outcome") == StepOutcome.EXTENDED:
            values["extended_until"] = add_months(now.probation_ends_on or on, 6)
        never = not case.is_open or number not in now.allowed() or on < now.last_on
        self.act("step", recruiting.take_step, never=never, case=case, number=number, on=on, **values)

    @rule(who=pick, steps=st.integers(2, 9))
    def walk_on(self, who, steps):
        """The lawful next steps, as far as they go."""
        case = self.case(who)
        for _ in range(steps):
            self.take(self.cases.index(case.pk), 0, 0, 0)

    @rule(who=pick, right=st.sampled_from((True, True, False)))
    def reverse(self, who, right):
        case = self.case(who)
        organisation = self.committee if right else case.organisation
        self.act(
            "reverse",
            recruiting.reverse_step,
            never=not right,
            case=case,
            reason="更正",
            organisation=organisation,
        )

    @rule(who=pick)
    def stop(self, who):
        case = self.case(who)
        never = not case.is_open or case.member_id is not None
        on = state_of(case).last_on
        self.act("stop", recruiting.stop_case, never=never, case=case, on=on, reason="本人撤回")

    @rule(who=pick)
    def move(self, who):
        case = self.case(who)
        other = next(branch for branch in self.branches if branch != case.organisation)
        never = not case.is_open or case.member_id is not None
        self.act("move", recruiting.move_case, never=never, case=case, organisation=other)

    @rule(who=pick)
    def apply_again(self, who):
        """Whoever was stopped may come back; whoever is under way or a member may not."""
        case = self.case(who)
        open_ = RecruitmentCase.objects.open().with_identity(case.identity_number).exists()
        found = Member.objects.with_identity(case.identity_number).first()
        last = found and found.postings.order_by("-until", "-pk").first()
        member = found is not None and (
            found.is_counted or (found.membership != Membership.ENDED and last.closed_how != Closing.MISTAKE)
        )
        values = {name: getattr(case, name) for name in recruiting.PERSON}
        before = set(RecruitmentCase.objects.values_list("pk", flat=True))
        self.act(
            "apply", recruiting.open_case, never=open_ or member, organisation=self.branches[0], values=values,
            on=case.applied_on,
        )  # fmt: skip
        self.cases += set(RecruitmentCase.objects.values_list("pk", flat=True)) - before

    @rule(who=pick, unlikely=st.sampled_from((False, False, True)))
    def member_leaves_or_returns(self, who, unlikely):
        member = self.case(who).member
        if member is None:
            return
        out = member.is_counted is not unlikely
        on = member.postings.order_by("-pk").first()
        day = max(filter(None, (on.since, on.until)))
        if out:
            self.act(
                "leave", register.leave_register, never=not member.is_counted, member=member,
                how=Closing.TRANSFERRED_OUT, on=day,
            )  # fmt: skip
        else:
            self.act(
                "return", register.return_to_register, never=member.is_counted, member=member,
                organisation=self.branches[0], how=Opening.TRANSFERRED_IN, on=day,
            )  # fmt: skip

    # --- What always holds ------------------------------------------------------------------------------

    @invariant()
    def every_case_is_what_its_records_say(self):
        for case in RecruitmentCase.objects.select_related("member"):
            now = state_of(case)
            expected = computed(case, now)
            assert {name: getattr(case, name) for name in expected} == expected
            assert (case.member is not None) == (now.position >= 17 or now.cancelled)
            if case.member is None:
                continue
            standing = {
                CaseStage.PROBATIONARY: (Membership.PROBATIONARY, True),
                CaseStage.EXTENDED: (Membership.PROBATIONARY, True),
            }.get(case.stage)
            if standing:
                assert (case.member.membership, case.member.is_counted) == standing
                assert case.member.probation_ends_on == case.probation_ends_on
                assert case.organisation_id == case.member.organisation_id
            if case.stage == CaseStage.FULL:
                assert case.member.membership == Membership.FULL
                assert case.member.confirmed_on == case.converted_on

    @invariant()
    def nobody_stands_twice(self):
        hashes = list(RecruitmentCase.objects.open().values_list("identity_hash", flat=True))
        assert len(hashes) == len(set(hashes))
        for member in Member.objects.in_register():
            assert member.postings.filter(until__isnull=True).count() == 1


@pytest.mark.django_db
def test_no_case_is_ever_in_an_impossible_state():
    DONE.clear()
    run_state_machine_as_test(
        Course,
        settings=settings(
            max_examples=5,
            stateful_step_count=45,
            derandomize=True,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(DONE.values()) >= 200
    assert {"step", "reverse", "stop", "apply", "leave", "return"} <= set(DONE)
