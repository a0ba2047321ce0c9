"""The loop of orders: who takes which step when, what is private, and that of two at once one wins."""

import datetime as dt
import itertools
import threading
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from linkages.actions import orders as actions
from linkages.models import (
    FINISHED,
    OPEN,
    Order,
    OrderAct,
    OrderCall,
    OrderEntry,
    OrderKind,
    OrderState,
)
from linkages.orders.kinds import USUAL, ensure_kinds
from linkages.orders.transitions import RULES, acts_open_to, reads_words
from orgs.kinds import Jurisdiction
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db


class World:
    """A top with an area committee that answers for a park, two branches, an enterprise there with a contact."""

    def __init__(self):
        self.top = builders.make_organisation()
        park = builders.make_park()
        self.area = builders.make_organisation(self.top, "area_committee", area=park.area)
        self.branch, self.other = (builders.make_organisation(self.top) for _ in range(2))
        self.enterprise = builders.make_enterprise(park=park)
        self.people = {
            "officer": builders.make_user("officer", self.top),
            "overseer": builders.make_user("officer", self.area),
            "handler": builders.make_user("secretary", self.branch),
            "stranger": builders.make_user("secretary", self.other),
            "leader": builders.make_user("leader", self.top),
            "contact": builders.make_user("contact", self.area, enterprise=self.enterprise),
            "other_contact": builders.make_user(
                "contact", self.area, enterprise=builders.make_enterprise(park=park)
            ),
            "auditor": builders.make_user("auditor", self.top),
        }
        self.partner = builders.make_partner(self.top)

    def __getattr__(self, name):
        return self.__dict__["people"][name]

    def order(self, **kw):
        return builders.make_order(self.enterprise, **{"by": self.contact} | kw)


@pytest.fixture
def world():
    return World()


def refused(action, /, **values):
    with pytest.raises(ValidationError) as error:
        action(**values)
    return "".join(error.value.messages)


def working(world, **kw):
    order = world.order(**kw)
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    return actions.accept_order(order=order, by=world.handler)


def done(world, **kw):
    return actions.finish_order(order=working(world, **kw), result="已对接两家银行", by=world.handler)


# --- Raising -------------------------------------------------------------------------------------------


def test_an_order_belongs_to_whoever_answers_for_the_enterprise(world):
    order = world.order()
    assert (order.organisation, order.state, order.stage) == (world.area, "raised", 1)
    assert order.root_id == world.top.pk
    assert order.due_at == order.escalate_at > order.raised_at
    assert not order.on_behalf
    assert [entry.act for entry in order.entries.all()] == ["raise"]
    assert AuditEvent.objects.get(object_type="order").detail["act"] == "点单"


def test_staff_raise_on_behalf_and_do_not_rate(world):
    order = world.order(by=world.overseer)
    assert order.on_behalf
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    actions.accept_order(order=order, by=world.handler)
    actions.finish_order(order=order, result="办好", by=world.handler)
    for person in ("overseer", "officer", "handler", "other_contact"):
        assert "不由您" in refused(actions.rate_order, order=order, rating=5, by=world.people[person])
    assert actions.rate_order(order=order, rating=4, by=world.contact).rating == 4


def test_the_same_form_sent_twice_is_one_order(world):
    ticket = uuid.uuid4()
    assert world.order(ticket=ticket).pk == world.order(ticket=ticket).pk
    assert Order.objects.count() == 1


def test_what_cannot_be_raised(world):
    assert "一句话" in refused(world.order, text="  ")
    assert "200字" in refused(world.order, text="字" * 201)
    kind = world.order().kind
    foreign = builders.make_organisation()
    ensure_kinds(foreign.pk)
    assert "不适用" in refused(world.order, kind=OrderKind.objects.filter(organisation=foreign).first())
    assert "不适用" in refused(
        world.order, kind=OrderKind.objects.filter(organisation=world.top, group="talent").first()
    )
    kind.closed_at = timezone.now()
    kind.save()
    assert "停用" in refused(world.order, kind=kind)


def test_an_enterprise_nobody_answers_for_is_its_contacts_organisation_s(world):
    world.top.jurisdiction = Jurisdiction.NONE
    world.top.save()
    homeless = builders.make_enterprise()
    assert "暂无党组织" in refused(builders.make_order, enterprise=homeless, by=world.contact)
    by = builders.make_user("contact", world.other, enterprise=homeless)
    assert builders.make_order(homeless, by=by).organisation == world.other


def test_the_usual_kinds_are_written_once(world):
    for _ in range(2):
        ensure_kinds(world.top.pk)
    assert OrderKind.objects.filter(organisation=world.top).count() == len(USUAL)
    with pytest.raises(TypeError):
        OrderKind.objects.first().delete()


# --- The way round -------------------------------------------------------------------------------------


def test_from_the_first_word_to_the_rating(world):
    order = world.order()
    actions.admit_order(order=order, by=world.overseer)
    agreement = builders.make_agreement(world.area, world.branch, signed_on=dt.date(2026, 1, 1))
    actions.dispatch_order(
        order=order, unit=world.branch, agreement=agreement, words="请本周联系", by=world.overseer
    )
    actions.accept_order(order=order, by=world.handler)
    actions.note_order(order=order, note="已上门", by=world.handler)
    stored = actions.finish_order(
        order=order, result="签约授信", amount_yuan=Decimal("2000000"), persons=3, patents=1, contracts=2,
        by=world.handler,
    )  # fmt: skip
    assert (stored.state, stored.amount_yuan, stored.contracts) == ("done", 2_000_000, 2)
    stored = actions.rate_order(order=order, rating=5, words="很快", by=world.contact)
    assert (stored.state, stored.rating, stored.rating_words) == ("rated", 5, "很快")
    assert stored.due_at is None
    entries = list(stored.entries.values_list("act", "state"))
    assert entries == [
        ("raise", "raised"), ("admit", "admitted"), ("dispatch", "dispatched"), ("accept", "working"),
        ("note", "working"), ("finish", "done"), ("rate", "rated"),
    ]  # fmt: skip


def test_admitting_does_not_give_more_time_and_every_hand_over_does(world):
    order = world.order()
    due = order.due_at
    assert actions.admit_order(order=order, by=world.overseer).due_at == due
    stored = actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    assert (stored.stage, stored.due_at == stored.escalate_at) == (2, True)
    stored = actions.decline_order(order=order, reason="不在职责内", by=world.handler)
    assert (stored.state, stored.stage, stored.unit) == ("admitted", 3, None)


def test_an_urgent_order_has_less_time(world):
    assert world.order(is_urgent=True).due_at < world.order().due_at


def test_not_satisfied_the_order_goes_back_to_the_unit(world):
    order = done(world)
    stored = actions.reopen_order(order=order, reason="银行没有回音", by=world.contact)
    assert (stored.state, stored.handler, stored.result, stored.finished_at) == (
        "working", world.branch, "", None,
    )  # fmt: skip
    assert actions.finish_order(order=order, result="已放款", by=world.handler).state == "done"


def test_cancelled_until_a_unit_has_accepted(world):
    order = world.order()
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    stored = actions.cancel_order(order=order, by=world.contact)
    assert (stored.state, stored.due_at, stored.escalate_at) == ("cancelled", None, None)
    assert "现为“办理中”" in refused(actions.cancel_order, order=working(world), by=world.contact)


def test_recalled_by_the_overseer_it_is_dispatched_anew(world):
    order = working(world)
    stored = actions.recall_order(order=order, reason="改派", by=world.overseer)
    assert (stored.state, stored.unit) == ("admitted", None)
    assert stored.entries.last().organisation == world.branch
    stored = actions.dispatch_order(order=order, unit=world.other, by=world.officer)
    assert stored.handler == world.other
    assert "不由您" in refused(actions.accept_order, order=order, by=world.handler)


def test_a_partner_unit_s_answer_is_written_down_by_the_overseer(world):
    order = world.order()
    actions.dispatch_order(order=order, unit=world.partner, by=world.overseer)
    assert "不由您" in refused(actions.accept_order, order=order, by=world.handler)
    assert actions.accept_order(order=order, by=world.overseer).handler_partner == world.partner


def test_units_that_cannot_be_dispatched_to(world):
    order = world.order()
    gone = builders.make_organisation(world.top, dissolved_on=dt.date(2026, 1, 1))
    for unit, words in (
        (None, "请选择"),
        (gone, "已撤销"),
        (builders.make_organisation(), "同一顶层"),
        (builders.make_partner(builders.make_organisation()), "名录"),
    ):
        assert words in refused(actions.dispatch_order, order=order, unit=unit, by=world.overseer)
    draft = builders.make_agreement(world.area, world.branch)
    strange = builders.make_agreement(world.area, world.other, signed_on=dt.date(2026, 1, 1))
    for agreement, words in ((draft, "履行期"), (strange, "不是该协议的一方")):
        assert words in refused(
            actions.dispatch_order, order=order, unit=world.branch, agreement=agreement, by=world.overseer
        )


def test_a_page_that_is_out_of_date_is_told_so(world):
    order = world.order()
    seen = order.stage
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer, stage=seen)
    actions.decline_order(order=order, reason="转单", by=world.handler)
    said = refused(actions.dispatch_order, order=order, unit=world.branch, by=world.officer, stage=seen)
    assert said.startswith("该订单刚办理了“退单”，现为“待派单”，不能再派单")


def test_the_timeline_and_the_order_are_never_deleted(world):
    order = world.order()
    for call in (order.delete, order.entries.first().delete, order.entries.all().delete):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize(
    "values",
    [
        {"state": "rated"}, {"rating": 5}, {"state": "working"}, {"is_private": True}, {"due_at": None},
        {"enterprise": None},
    ],
)  # fmt: skip
def test_the_database_refuses_what_no_order_is(world, values):
    order = world.order()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(**values)


# --- Whistling -----------------------------------------------------------------------------------------


def test_a_whistle_calls_units_and_all_must_report_before_it_is_done(world):
    order = world.order()
    stored = actions.whistle(
        order=order,
        ground="emergency",
        called=[world.branch, world.partner],
        lead=world.area,
        by=world.overseer,
    )
    assert (stored.state, stored.handler) == ("working", world.area)
    first, second = OrderCall.objects.all()
    assert first.due_at - first.called_at == dt.timedelta(minutes=30)
    assert "尚未报到" in refused(actions.finish_order, order=order, result="完", by=world.overseer)
    assert "只能为本单位" in refused(actions.arrive, order=order, call=second, by=world.handler)
    assert "不由您" in refused(actions.arrive, order=order, call=first, by=world.stranger)
    actions.arrive(order=order, call=first, by=world.handler)
    assert "已报到" in refused(actions.arrive, order=order, call=first, by=world.overseer)
    actions.release(order=order, call=second, reason="电话已解决", by=world.overseer)
    assert "不由您" in refused(actions.release, order=order, call=second, reason="x", by=world.overseer)
    assert actions.finish_order(order=order, result="通电", by=world.overseer).state == "done"
    assert {one.act for one in order.entries.all()} >= {"whistle", "arrive", "release", "finish"}


def test_whistled_twice_each_unit_stands_once_and_the_last_resort_leads(world):
    order = world.order()
    for called in ([world.branch], [world.branch, world.other]):
        stored = actions.whistle(order=order, ground="joint", called=called, by=world.overseer)
    assert [call.organisation for call in order.calls.all()] == [world.branch, world.other]
    assert stored.handler == world.top
    actions.recall_order(order=order, reason="不必", by=world.overseer)
    assert not any(call.waits for call in order.calls.all())
    assert "应报到" in refused(actions.whistle, order=order, ground="joint", called=[], by=world.overseer)
    assert "事由" in refused(
        actions.whistle, order=order, ground="", called=[world.branch], by=world.overseer
    )


# --- Who sees and reads --------------------------------------------------------------------------------


def test_who_sees_an_order(world):
    order = working(world)
    seen = {
        name: Order.objects.visible_to(user).filter(pk=order.pk).exists()
        for name, user in world.people.items()
    }
    assert {name for name, sees in seen.items() if sees} == {
        "officer", "overseer", "handler", "leader", "contact",
    }  # fmt: skip
    actions.recall_order(order=order, reason="改派", by=world.overseer)
    actions.whistle(order=order, ground="joint", called=[world.other], by=world.overseer)
    assert Order.objects.visible_to(world.stranger).get() == order
    assert not Order.objects.visible_to(world.handler).exists()


def test_what_is_private_is_read_by_few_and_stored_encrypted(world):
    member = builders.make_member(world.other, account=builders.make_user("member", world.other))
    order = builders.make_order(member=member, private=True, text="需要心理咨询")
    assert (order.organisation, order.text, order.words) == (world.other, "", "需要心理咨询")
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_text FROM linkages_order")
        assert "心理" not in cursor.fetchone()[0]

    def readers():
        stored = Order.objects.with_units().get()
        people = {**world.people, "member": member.account}
        return {name for name, user in people.items() if reads_words(user, stored)}

    assert readers() == {
        "officer",
        "stranger",
        "member",
    }  # the home branch and those above it decide where it goes
    silent = builders.make_organisation(world.top)
    assert "没有办理人员账号" in refused(actions.dispatch_order, order=order, unit=silent, by=world.stranger)
    assert "不公开" in refused(actions.dispatch_order, order=order, unit=world.partner, by=world.stranger)
    actions.dispatch_order(order=order, unit=world.branch, words="请保密", by=world.stranger)
    assert readers() == {"handler", "member"}
    assert "不由您" in refused(actions.accept_order, order=order, by=world.officer)
    actions.accept_order(order=order, by=world.handler)
    actions.finish_order(order=order, result="已咨询三次", by=world.handler)
    actions.rate_order(order=order, rating=5, words="谢谢", by=member.account)
    stored = Order.objects.with_units().get()
    assert (stored.result, stored.rating_words, stored.result_words) == ("", "", "已咨询三次")
    assert not OrderEntry.objects.exclude(note="").exists()
    assert "咨询三次" not in str(list(AuditEvent.objects.values()))


# --- Two at once ---------------------------------------------------------------------------------------


def _race(*calls):
    start, said = threading.Barrier(len(calls)), []

    def run(call):
        try:
            start.wait()
            call()
            said.append("")
        except ValidationError as error:
            said.append("".join(error.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_dispatch_at_once_one_wins_and_the_other_is_told():
    world = World()
    order = world.order()
    won, lost = _race(
        lambda: actions.dispatch_order(order=order, unit=world.branch, by=world.overseer),
        lambda: actions.dispatch_order(order=order, unit=world.other, by=world.officer),
    )
    assert (won, lost) == ("", "该订单刚办理了“派单”，现为“待接单”，不能再派单，请核对最新情况。")
    assert order.entries.filter(act="dispatch").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_accepting_and_cancelling_at_once_one_wins():
    world = World()
    order = world.order()
    actions.dispatch_order(order=order, unit=world.branch, by=world.overseer)
    won, lost = _race(
        lambda: actions.accept_order(order=order, by=world.handler),
        lambda: actions.cancel_order(order=order, by=world.contact),
    )
    assert won == ""
    assert "该订单刚办理了" in lost
    assert order.entries.filter(act__in=["accept", "cancel"]).count() == 1


# --- Any steps by anybody ------------------------------------------------------------------------------

PEOPLE = ("officer", "overseer", "handler", "stranger", "leader", "contact", "other_contact", "auditor")


def values_for(act, world, draw_unit):
    order = world.current
    call = next((one for one in order.calls.all() if one.waits), OrderCall(pk=0))
    return {
        OrderAct.REJECT: {"reason": "不属于服务范围"},
        OrderAct.DISPATCH: {"unit": draw_unit},
        OrderAct.DECLINE: {"reason": "不在职责内"},
        OrderAct.NOTE: {"note": "进展"},
        OrderAct.FINISH: {"result": "办好"},
        OrderAct.RATE: {"rating": 3},
        OrderAct.REOPEN: {"reason": "没有办好"},
        OrderAct.RECALL: {"reason": "改派"},
        OrderAct.WHISTLE: {"ground": "joint", "called": [draw_unit]},
        OrderAct.ARRIVE: {"call": call},
        OrderAct.RELEASE: {"call": call, "reason": "不必"},
    }.get(act, {})


class OrderLoop(RuleBasedStateMachine):
    """Anybody tries anything: the table alone decides, and the order, its timeline and its units agree."""

    @initialize()
    def begin(self):
        self.world = World()
        self.world.current = self.world.order()

    @rule(act=st.sampled_from(sorted(RULES)), who=st.sampled_from(PEOPLE), unit=st.sampled_from([0, 1, 2]))
    def take(self, act, who, unit):
        world = self.world
        person = User.objects.get(pk=world.people[who].pk)
        before = Order.objects.with_units().get()
        lawful = act in acts_open_to(person, before)
        chosen = (world.branch, world.other, world.partner)[unit]
        world.current = before
        said = None
        try:
            actions.ACTIONS[act](order=before, by=person, **values_for(act, world, chosen))
        except ValidationError as error:
            said = "".join(error.messages)
        if said is None:
            assert lawful
            return
        # What the table cannot know: whose call it is, that a unit which was called has not come, that nothing changes.
        assert not lawful or any(why in said for why in ("尚未报到", "只能为本单位", "没有变化")), said
        assert Order.objects.get().stage == before.stage

    @precondition(lambda self: self.world.current.state in ("done", "rated"))
    @rule(who=st.sampled_from([name for name in PEOPLE if name != "contact"]))
    def nobody_else_rates(self, who):
        with pytest.raises(ValidationError):
            actions.rate_order(order=self.world.current, rating=5, by=self.world.people[who])

    @invariant()
    def order_timeline_and_units_agree(self):
        order = Order.objects.with_units().get()
        self.world.current = order
        entries = list(order.entries.all())
        assert order.organisation_id
        assert entries[-1].state == order.state
        for before, after in itertools.pairwise(entries):
            rule_ = RULES[after.act]
            assert before.state in rule_.sources
            assert after.state == (rule_.target or before.state)
        assert (order.rating is None) == (order.state != OrderState.RATED)
        assert {one.by_id for one in entries if one.act == "rate"} <= {self.world.contact.pk}
        assert (order.unit is not None) or order.state not in ("dispatched", "working", *FINISHED)
        assert (order.due_at is not None) == (order.state in (*OPEN, "done"))
        assert (order.escalate_at is not None) == (order.state in OPEN)
        if order.state in FINISHED:
            assert not any(call.waits for call in order.calls.all())


class TestAnySteps(TestCase):
    def test_the_table_alone_decides(self):
        """Many steps in few worlds: each world is a dozen rows."""

        class InOneTransaction(OrderLoop):
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
                max_examples=12,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
