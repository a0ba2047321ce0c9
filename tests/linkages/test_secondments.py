"""Deputies and professors: the whole way, the conditions, who sees what, two at once, and only lawful steps."""

import datetime as dt
import itertools
import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from linkages import todos
from linkages.actions import secondments as actions
from linkages.models import (
    OUTCOMES,
    Candidate,
    Secondment,
    SecondmentAct,
    SecondmentOutcome,
    SecondmentState,
)
from linkages.secondments import conditions, figures, notices, transitions
from orgs.models import AuditEvent, DatedSetting, Enterprise, Notice, User
from orgs.terms import add_years
from tests import builders

pytestmark = pytest.mark.django_db
Act, State = SecondmentAct, SecondmentState
TODAY = timezone.localdate
STATED = {"running": True, "independent": True, "contract": True}


def days(number):
    return TODAY() + dt.timedelta(days=number)


def fresh(user):
    return User.objects.get(pk=user.pk)


def again(secondment):
    return Secondment.objects.with_candidates().get(pk=secondment.pk)


def take(secondment, act, by, **values):
    return actions.ACTIONS[act](secondment=secondment, by=fresh(by), **values)


@pytest.fixture
def place():
    return builders.make_secondment_place()


def test_the_whole_way_of_a_deputy(place):
    secondment = builders.make_secondment(place.home, place.firm)
    candidate = builders.make_candidate(secondment, place.institute)
    take(secondment, Act.SELECT, place.contact, candidate=candidate, words="方向对口", **STATED)
    take(secondment, Act.SIGN, place.secretary, on=days(-10), starts_on=days(-10), ends_on=days(700))
    for by, kind, count in ((place.contact, "problem", 1), (place.liaison, "project", 2)):
        take(secondment, Act.OUTCOME, by, outcome_kind=kind, on=TODAY(), count=count, what="封装散热")
    take(secondment, Act.RENEW, place.secretary, on=TODAY(), ends_on=days(900))
    take(secondment, Act.EXIT, place.secretary, on=TODAY(), exit_kind="person", reason="调离")
    stored = again(secondment)
    assert (stored.state, stored.renewals, stored.ends_on) == (State.ENDED, 1, days(900))
    assert "3年" in stored.conditions
    assert figures.people_and_units(Secondment.objects.all()) == {
        "people": 1, "serving": 0, "partners": 1, "enterprises": 1,
    }  # fmt: skip
    assert {kind: many for kind, _, many in figures.outcomes_by_kind(Secondment.objects.all())} == {
        "problem": 1, "product": 0, "project": 2, "textbook": 0, "course": 0, "student": 0,
    }  # fmt: skip
    acts = list(stored.entries.values_list("act", flat=True))
    assert acts == ["draft", "nominate", "select", "sign", "outcome", "outcome", "renew", "exit"]
    with pytest.raises(TypeError):
        stored.entries.update(note="")


def test_a_professor_comes_from_a_firm_and_counts_other_things(place):
    secondment = builders.make_secondment(place.home, place.institute)
    with pytest.raises(ValidationError, match="产业教授由企业派出"):
        builders.make_candidate(secondment, place.rival)
    candidate = builders.make_candidate(secondment, place.firm)
    take(secondment, Act.SELECT, place.liaison, candidate=candidate)  # nothing is to be stated
    assert again(secondment).conditions == ""
    take(secondment, Act.SIGN, place.secretary, on=TODAY(), starts_on=TODAY(), ends_on=days(300))
    with pytest.raises(ValidationError, match="产业教授不登记这类成果"):
        take(secondment, Act.OUTCOME, place.contact, outcome_kind="problem", on=TODAY(), count=1, what="难题")
    outcome = take(
        secondment, Act.OUTCOME, place.contact, outcome_kind="student", on=TODAY(), count=30, what="专业课"
    )
    take(secondment, Act.UNDO, place.secretary, outcome=outcome, reason="重复登记")
    with pytest.raises(ValidationError, match="已撤回"):
        take(secondment, Act.UNDO, place.secretary, outcome=outcome, reason="重复登记")
    assert figures.outcome_sums(SecondmentOutcome.objects.all())["student"] == 0


def test_who_withdraws_one_of_two_candidates_leaves_the_other_open_to_choice(place):
    secondment = builders.make_secondment(place.home, place.firm)
    first, second = (builders.make_candidate(secondment, unit) for unit in (place.institute, place.rival))
    take(secondment, Act.DROP, place.liaison, candidate=first, reason="谢绝")
    assert again(secondment).state == State.MATCHING
    take(secondment, Act.DROP, place.rival_liaison, candidate=second, reason="谢绝")
    assert again(secondment).state == State.NEED


# --- Conditions, days and words --------------------------------------------------------------------------


@pytest.mark.parametrize("missing_days", [0, 1])
def test_a_firm_must_have_run_for_a_year(place, missing_days):
    place.firm.founded_on = add_years(TODAY(), -1) + dt.timedelta(days=missing_days)
    place.firm.save()
    secondment = builders.make_secondment(place.home, place.firm)
    candidate = builders.make_candidate(secondment, place.institute)
    if missing_days:
        with pytest.raises(ValidationError, match="运营未满12个月"):
            take(secondment, Act.SELECT, place.secretary, candidate=candidate, **STATED)
    else:
        take(secondment, Act.SELECT, place.secretary, candidate=candidate, independent=True, contract=True)
        assert again(secondment).chosen == candidate


@pytest.mark.once
@pytest.mark.parametrize(
    ("founded_on", "precision", "since"),
    [
        (dt.date(2025, 11, 1), "day", dt.date(2026, 11, 1)),
        (dt.date(2025, 11, 1), "month", dt.date(2026, 11, 30)),
        (None, "day", None),
    ],
)
def test_the_last_day_counts_of_a_month_of_founding(founded_on, precision, since):
    firm = Enterprise(founded_on=founded_on, founded_precision=precision)
    assert conditions.running_from(firm, 12) == since


def test_what_the_register_cannot_know_is_stated_and_settings_ask_for_less(place):
    place.firm.founded_on = None
    place.firm.save()
    secondment = builders.make_secondment(place.home, place.firm)
    candidate = builders.make_candidate(secondment, place.institute)
    with pytest.raises(ValidationError) as caught:
        take(secondment, Act.SELECT, place.secretary, candidate=candidate)
    assert set(caught.value.error_dict) == {"running", "independent", "contract"}
    for code, value in (
        ("secondment_firm_months", 0), ("secondment_independent", False), ("secondment_contract_years", 0),
    ):  # fmt: skip
        DatedSetting.objects.create(code=code, effective_on=TODAY(), value=value)
    take(secondment, Act.SELECT, place.secretary, candidate=candidate)
    assert again(secondment).state == State.CHOSEN


def test_days_and_terms(place):
    secondment = builders.make_secondment(place.home, place.firm)
    candidate = builders.make_candidate(secondment, place.institute)
    take(secondment, Act.SELECT, place.secretary, candidate=candidate, **STATED)
    start = days(-30)

    def sign(on=start, starts_on=start, ends_on=None):
        take(secondment, Act.SIGN, place.secretary, on=on, starts_on=starts_on, ends_on=ends_on or days(60))

    for match, values in (
        ("晚于今天", {"on": days(1)}),
        ("任期止须晚于", {"ends_on": start}),
        ("最长3年", {"ends_on": add_years(start, 3) + dt.timedelta(days=1)}),
        ("早于签约日期", {"starts_on": days(-90), "ends_on": days(-60)}),
    ):
        with pytest.raises(ValidationError, match=match):
            sign(**values)
    sign(ends_on=add_years(start, 3))
    end = add_years(start, 3)
    for on in (start - dt.timedelta(days=1), days(1)):
        with pytest.raises(ValidationError, match="任职期间"):
            take(
                secondment, Act.OUTCOME, place.secretary, outcome_kind="product", on=on, count=1, what="样机"
            )
    take(secondment, Act.OUTCOME, place.secretary, outcome_kind="product", on=days(-1), count=1, what="样机")
    with pytest.raises(ValidationError, match="任期止须晚于"):
        take(secondment, Act.RENEW, place.secretary, on=TODAY(), ends_on=end)
    with pytest.raises(ValidationError, match="届满"):
        take(secondment, Act.EXIT, place.secretary, on=TODAY(), exit_kind="expired", reason="期满")
    with pytest.raises(ValidationError, match="成果晚于退出日期"):
        take(secondment, Act.EXIT, place.secretary, on=days(-2), exit_kind="unit", reason="转产")
    take(secondment, Act.EXIT, place.secretary, on=days(-1), exit_kind="unit", reason="转产")
    # What came of it is entered late, too, but not for later days.
    take(secondment, Act.OUTCOME, place.secretary, outcome_kind="product", on=days(-1), count=1, what="量产")
    with pytest.raises(ValidationError, match="任职期间"):
        take(
            secondment, Act.OUTCOME, place.secretary, outcome_kind="product", on=TODAY(), count=1, what="量产"
        )


def test_needs_and_candidates_are_asked_of_the_right_units(place):
    with pytest.raises(ValidationError, match="由企业提出"):
        actions.draft_secondment(
            organisation=place.home, kind="deputy", unit=place.institute, values={}, by=place.secretary
        )
    foreign = builders.make_partner(builders.make_organisation())
    with pytest.raises(ValidationError, match="共建单位名录"):
        builders.make_secondment(place.home, foreign)
    gone = builders.make_enterprise(status="deregistered")
    with pytest.raises(ValidationError, match="不在经营"):
        builders.make_secondment(place.home, gone)
    secondment = builders.make_secondment(place.home, place.firm)
    with pytest.raises(ValidationError, match="不要填写手机号码"):
        builders.make_candidate(secondment, place.institute, title="教授 19900001234")
    builders.make_candidate(secondment, place.institute, name="何为")
    with pytest.raises(ValidationError, match="已推荐"):
        builders.make_candidate(secondment, place.institute, name="何为")
    builders.make_candidate(secondment, place.rival, name="何为")  # a namesake elsewhere


def test_a_change_that_somebody_else_overtook_is_refused(place):
    secondment = builders.make_secondment(place.home, place.firm)
    seen_at = secondment.updated_at
    values = {"post": "技术副总", "field": "热管理", "tasks": "散热", "months": 12}
    actions.change_secondment(secondment=secondment, values=values, by=place.secretary, seen_at=seen_at)
    with pytest.raises(ValidationError, match="已被他人修改"):
        actions.change_secondment(secondment=secondment, values=values, by=place.officer, seen_at=seen_at)


# --- Who sees what ---------------------------------------------------------------------------------------


def sees(user, secondment):
    return Secondment.objects.visible_to(fresh(user)).filter(pk=secondment.pk).exists()


def test_who_sees_it_at_each_stage(place):
    stranger = builders.make_user("contact", place.home, enterprise=builders.make_enterprise())
    people = (
        place.secretary, place.officer, place.contact, place.liaison, place.rival_liaison, place.sibling, stranger,
    )  # fmt: skip

    def seen():
        return "".join("+" if sees(user, secondment) else "-" for user in people)

    secondment = builders.make_secondment(place.home, place.firm)
    assert seen() == "+++----"
    own = builders.make_candidate(secondment, place.institute)
    other = builders.make_candidate(secondment, place.rival)
    assert seen() == "+++++--"
    take(secondment, Act.SELECT, place.secretary, candidate=own, **STATED)
    assert seen() == "++++---"
    take(secondment, Act.RELEASE, place.secretary, reason="本人谢绝")
    assert seen() == "+++++--"
    take(secondment, Act.DROP, place.liaison, candidate=own, reason="本人谢绝")
    assert seen() == "+++-+--"
    assert list(Candidate.objects.visible_to(fresh(place.rival_liaison))) == [other]


def test_candidates_are_hidden_from_competitors(place, client_for):
    secondment = builders.make_secondment(place.home, place.firm)
    builders.make_candidate(secondment, place.institute, name="何为")
    builders.make_candidate(secondment, place.rival, name="于知")
    page = reverse("linkages:secondment", args=[secondment.pk])
    api = reverse("api:secondment-detail", args=[secondment.pk])
    for address in (page, api):
        for user, names in (
            (place.secretary, "何为于知"), (place.contact, "何为于知"), (place.liaison, "何为"), (place.rival_liaison, "于知"),
        ):  # fmt: skip
            text = client_for(fresh(user)).get(address).text
            assert [name in text for name in ("何为", "于知")] == [name in names for name in ("何为", "于知")]
    found = reverse("linkages:secondment-list") + "?q=于知"
    assert len(client_for(fresh(place.rival_liaison)).get(found).context["page"]) == 1
    assert len(client_for(fresh(place.liaison)).get(found).context["page"]) == 0
    assert client_for(fresh(place.sibling)).get(page).status_code == 404


def test_the_trail_names_nobody(place):
    secondment = builders.make_secondment(place.home, place.firm, by=place.secretary)
    candidate = builders.make_candidate(secondment, place.institute, name="何为", by=place.secretary)
    take(secondment, Act.DROP, place.secretary, candidate=candidate, reason="何为谢绝")
    events = list(AuditEvent.objects.values_list("object_label", "detail"))
    assert len(events) >= 3
    assert "何为" not in str(events)


# --- Telling ---------------------------------------------------------------------------------------------


def told(user):
    return [
        title.split("：")[0] for title in Notice.objects.filter(user=user).values_list("title", flat=True)
    ]


def test_each_side_is_told_once(place):
    secondment = builders.make_secondment(place.home, place.firm)
    own = builders.make_candidate(secondment, place.institute, name="何为")
    builders.make_candidate(secondment, place.rival)
    take(secondment, Act.SELECT, place.contact, candidate=own, **STATED)
    notices.tell_recent()
    assert notices.tell_recent() == 0
    assert told(place.rival_liaison) == ["已推荐人选", notices.NOT_CHOSEN]
    assert told(place.liaison) == ["已推荐人选", "已选定人选，请签约"]
    assert told(place.secretary)[-1] == "已选定人选，请签约"
    assert told(place.sibling) == []
    assert not Notice.objects.filter(title__contains="何为").exists()


def test_the_end_is_told_at_sixty_and_at_thirty_days_and_again_after_a_renewal(place):
    secondment = builders.make_appointment(place.home, place.firm, place.institute, ends_on=days(60))
    Notice.objects.all().delete()
    people = 3  # the secretary, the contact, the liaison
    sent = [notices.tell_ends(days(passed)) for passed in (-1, 0, 1, 29, 30, 31, 60, 61)]
    assert sent == [0, people, 0, 0, people, 0, 0, 0]
    take(secondment, Act.RENEW, place.secretary, on=TODAY(), ends_on=days(90))
    assert [notices.tell_ends(days(passed)) for passed in (29, 30, 60)] == [0, people, people]


def test_what_waits_stands_on_the_home_page(place):
    def lines(user):
        return [line.title.split("：")[0] for line in todos.to_dos(fresh(user), TODAY())]

    need = builders.make_secondment(place.home, place.firm)
    builders.make_appointment(place.home, place.firm, place.institute, ends_on=days(61))
    assert lines(place.secretary) == ["请推荐人选"]
    candidate = builders.make_candidate(need, place.institute)
    assert lines(place.secretary) == lines(place.contact) == ["请选定人选"]
    assert lines(place.liaison) == lines(place.sibling) == []
    take(need, Act.SELECT, place.secretary, candidate=candidate, **STATED)
    builders.make_appointment(place.home, place.firm, place.institute, ends_on=days(60))
    builders.make_appointment(place.home, place.firm, place.institute, ends_on=days(-1))
    assert lines(place.secretary) == [f"聘期{days(-1)}届满", f"聘期{days(60)}届满", "请登记签约"]
    assert lines(place.contact) == []


# --- Two at once, and whatever people try ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once(place):
    secondment = builders.make_secondment(place.home, place.firm)
    candidates = [builders.make_candidate(secondment, unit) for unit in (place.institute, place.rival)]
    outcomes, gate = [], threading.Barrier(2)

    def choose(candidate, by):
        try:
            gate.wait()
            take(secondment, Act.SELECT, by, candidate=candidate, **STATED)
            outcomes.append("chosen")
        except ValidationError as error:
            outcomes.append("".join(error.messages))
        finally:
            connection.close()

    pairs = zip(candidates, (place.secretary, place.contact), strict=True)
    threads = [threading.Thread(target=choose, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("chosen") == 1
    assert any("刚办理了“选定人选”" in outcome for outcome in outcomes)
    assert again(secondment).entries.filter(act=Act.SELECT).count() == 1


PEOPLE = ("secretary", "officer", "sibling", "contact", "liaison", "rival_liaison")
DAYS = (-40, -1, 0, 1, 40, 400)
# What neither the state nor the side decides.
REASONS = (
    "已推荐", "已撤回", "另选", "只能撤回", "任职期间", "任期", "晚于今天", "早于", "届满", "不登记这类", "最长", "晚于退出",
)  # fmt: skip


class Steps(RuleBasedStateMachine):
    """Anybody tries anything, lawful or not, with any row and any day: the table alone decides, and all rows agree."""

    place = None

    @initialize(is_deputy=st.booleans())
    def begin(self, is_deputy):
        unit = self.place.firm if is_deputy else self.place.institute
        self.sender = self.place.institute if is_deputy else self.place.firm
        self.pk = builders.make_secondment(self.place.home, unit).pk

    @rule(
        act=st.sampled_from(sorted(actions.ACTIONS)),
        who=st.sampled_from(("secretary", "secretary", *PEOPLE)),  # else few walks come far
        pick=st.integers(0, 3),
        day=st.sampled_from(DAYS),
        other=st.sampled_from(DAYS),
        kind=st.sampled_from(list(itertools.chain(*OUTCOMES.values()))),
    )
    def take(self, act, who, pick, day, other, kind):
        before = again(SimpleNamespace(pk=self.pk))
        person = fresh(getattr(self.place, who))
        lawful, lines = act in transitions.acts_open_to(person, before), before.entries.count()
        assert not lawful or sees(person, before)
        values = self.guess(act, before, pick, days(day), days(other), kind)
        if None in values.values():
            return
        try:
            with transaction.atomic():
                actions.ACTIONS[act](secondment=before, by=person, **values)
        except ValidationError as error:
            said = "".join(error.messages)
            assert not lawful or any(reason in said for reason in REASONS), said
            assert before.entries.count() == lines
        else:
            assert lawful
            assert before.entries.count() == lines + 1

    def guess(self, act, secondment, pick, day, other, kind):
        """Values of a step, as anybody could post them."""

        def any_of(rows):
            rows = list(rows)
            return rows[pick % len(rows)] if rows else None

        return {
            Act.NOMINATE: {
                "unit": self.sender, "name": f"人选{pick}", "title": "教授", "field": "热管理",
            },
            Act.DROP: {"candidate": any_of(secondment.candidates.all()), "reason": "谢绝"},
            Act.SELECT: {"candidate": any_of(secondment.candidates.all()), **STATED},
            Act.SIGN: {"on": day, "starts_on": day, "ends_on": other},
            Act.OUTCOME: {"outcome_kind": kind, "on": day, "count": 1 + pick, "what": "内容"},
            Act.UNDO: {"outcome": any_of(secondment.outcomes.all()), "reason": "重复"},
            Act.RENEW: {"on": day, "ends_on": other},
            Act.EXIT: {"on": day, "exit_kind": "unit" if pick else "expired", "reason": "说明"},
        }.get(act, {"reason": "原因"})  # fmt: skip

    @invariant()
    def everything_agrees(self):
        one = again(SimpleNamespace(pk=self.pk))
        entries = list(one.entries.all())
        assert entries[-1].state == one.state
        for before, after in itertools.pairwise(entries):
            step = transitions.RULES[after.act]
            assert before.state in step.sources
            empty = after.act == Act.DROP and after.state == State.NEED
            assert empty or after.state == (step.target or before.state)
        if one.state in (State.NEED, State.MATCHING):
            assert bool(one.standing_candidates) == (one.state == State.MATCHING)
        if one.chosen_id:
            assert one.chosen.withdrawn_at is None
        assert (one.signed_on is not None) == (one.state in (State.SERVING, State.ENDED))
        for outcome in one.outcomes.standing():
            assert outcome.kind in one.outcome_kinds
            assert one.starts_on <= outcome.on <= (one.exited_on or TODAY())
        sees = {
            who: Secondment.objects.visible_to(fresh(getattr(self.place, who))).exists() for who in PEOPLE
        }
        assert sees["secretary"]
        assert sees["officer"]
        assert not sees["sibling"]


class TestAnySteps(TestCase):
    def test_the_table_alone_decides(self):
        """Many steps, all in one world; each walk is taken back."""

        class InOneTransaction(Steps):
            place = builders.make_secondment_place()

            def __init__(self):
                super().__init__()
                self._atomic = transaction.atomic()
                self._atomic.__enter__()

            def teardown(self):
                transaction.set_rollback(True)
                self._atomic.__exit__(None, None, None)

        run_state_machine_as_test(
            InOneTransaction,
            settings=settings(
                max_examples=10,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
