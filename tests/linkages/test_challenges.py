"""Open bidding: the whole way, who sees what, two at once, and that nothing unlawful is ever taken."""

import datetime as dt
import random
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from linkages import todos
from linkages.actions import challenges as actions
from linkages.challenges import notices, transitions
from linkages.forms.challenges import act_form
from linkages.models import Challenge, ChallengeAct, ChallengeState, Claim
from linkages.views.challenges import member_led_share
from orgs.models import Notice, User
from tests import builders

pytestmark = pytest.mark.django_db
State = ChallengeState
TODAY = timezone.localdate


def days(number):
    return TODAY() + dt.timedelta(days=number)


def fresh(user):
    return User.objects.get(pk=user.pk)


def again(challenge):
    return Challenge.objects.with_claims().get(pk=challenge.pk)


@pytest.fixture
def place():
    return builders.make_challenge_place()


def take(challenge, act, by, **values):
    return actions.ACTIONS[act](challenge=challenge, by=fresh(by), **values)


def test_the_whole_way(place):
    challenge = builders.make_challenge(place.home, secrecy_notice="不得外传", secret_detail="配方三号")
    own = builders.make_claim(challenge, place.rival, by=place.rival_secretary, member=place.member)
    other = builders.make_claim(challenge, place.unit, by=place.liaison.user)
    take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=own)
    take(challenge, ChallengeAct.SIGN, place.secretary, on=TODAY())
    take(challenge, ChallengeAct.MILESTONE, place.secretary, title="样机", due_on=days(20))
    with pytest.raises(ValidationError, match="未完成的攻关节点"):
        take(challenge, ChallengeAct.INSPECT, place.secretary, passed=True, opinion="达标")
    step = own.milestones.get()
    take(challenge, ChallengeAct.ACHIEVE, place.rival_secretary, milestone=step, note="样机下线")
    take(challenge, ChallengeAct.INSPECT, place.secretary, passed=False, opinion="精度不足")
    take(challenge, ChallengeAct.RESUME, place.secretary, work_until=days(90), reason="提高精度")
    take(challenge, ChallengeAct.INSPECT, place.secretary, passed=True, opinion="达标")
    take(challenge, ChallengeAct.REVIEW, place.secretary, score=5, words="很好")
    stored = again(challenge)
    assert (stored.state, stored.score, stored.passed) == (State.CLOSED, 5, True)
    acts = list(stored.entries.values_list("act", flat=True))
    assert acts[:2] == ["draft", "publish"]
    assert acts[-1] == "review"
    with pytest.raises(TypeError):
        stored.entries.update(note="")
    assert own.is_member_led
    assert own.leader_name == place.member.name
    assert other.units.get().unit == place.unit
    assert member_led_share(Challenge.objects.all()) == {"all": 1, "led": 1, "share": 100}


def test_one_claim_per_unit_also_in_a_consortium(place):
    challenge = builders.make_challenge(place.home)
    builders.make_claim(challenge, place.rival, place.unit, by=place.rival_secretary)
    with pytest.raises(ValidationError, match="只能揭榜一次"):
        builders.make_claim(challenge, place.unit, by=place.liaison.user)
    with pytest.raises(ValidationError, match="自己的榜"):
        builders.make_claim(challenge, place.home, by=place.secretary)
    claim = Claim.objects.get()
    take(challenge, ChallengeAct.UNCLAIM, place.liaison.user, claim=claim, reason="人手不足")
    builders.make_claim(challenge, place.unit, by=place.liaison.user)
    assert len(again(challenge).standing_claims) == 1


def test_the_days_decide(place):
    challenge = builders.make_challenge(place.home)
    with pytest.raises(ValidationError, match="现在不能"):
        take(challenge, ChallengeAct.REPOST, place.secretary, claims_until=days(9), work_until=days(99))
    Challenge.objects.filter(pk=challenge.pk).update(claims_until=days(-1))
    with pytest.raises(ValidationError, match="截止"):
        builders.make_claim(challenge, place.rival, by=place.rival_secretary)
    take(challenge, ChallengeAct.REPOST, place.secretary, claims_until=days(9), work_until=days(99))
    assert again(challenge).reposts == 1
    builders.make_claim(challenge, place.rival, by=place.rival_secretary)
    take(challenge, ChallengeAct.WITHDRAW, place.secretary, reason="已自行解决")
    assert again(challenge).state == State.WITHDRAWN


# --- Who sees what ---------------------------------------------------------------------------------------


def sees(user, challenge):
    return Challenge.objects.visible_to(fresh(user)).filter(pk=challenge.pk).exists()


def test_drafts_stay_at_home_and_what_is_published_stays_below_the_top(place):
    challenge = builders.make_challenge(place.home, publish=False)
    stranger = builders.make_user("officer", builders.make_organisation())
    assert [sees(user, challenge) for user in (place.secretary, place.officer)] == [True, True]
    others = (place.rival_secretary, place.liaison.user, stranger)
    assert not any(sees(user, challenge) for user in others)
    take(challenge, ChallengeAct.PUBLISH, place.secretary)
    assert [sees(user, challenge) for user in others] == [True, True, False]


def test_claims_are_hidden_from_competitors(place, client_for):
    challenge = builders.make_challenge(place.home)
    builders.make_claim(challenge, place.rival, by=place.rival_secretary, plan="我们的独门方案")
    builders.make_claim(challenge, place.unit, by=place.liaison.user, plan="外单位的方案")
    url = reverse("linkages:challenge", args=[challenge.pk])
    api = reverse("api:challenge-detail", args=[challenge.pk])
    for address in (url, api):
        at_home = client_for(fresh(place.secretary)).get(address).text
        assert "我们的独门方案" in at_home
        assert "外单位的方案" in at_home
        rival = client_for(fresh(place.rival_secretary)).get(address).text
        assert "我们的独门方案" in rival
        assert "外单位的方案" not in rival
        assert place.unit.name not in rival
        liaison = client_for(fresh(place.liaison.user)).get(address).text
        assert "外单位的方案" in liaison
        assert "我们的独门方案" not in liaison
        assert place.rival.name not in liaison


def test_the_confidential_part_is_for_the_home_and_for_claimants_who_confirmed(place, client_for):
    challenge = builders.make_challenge(place.home, secrecy_notice="不得外传", secret_detail="配方三号")
    url = reverse("linkages:challenge", args=[challenge.pk])

    def read(user):
        return "配方三号" in client_for(fresh(user)).get(url).text

    assert read(place.secretary)
    assert not any(read(user) for user in (place.officer, place.rival_secretary, place.liaison.user))
    with pytest.raises(ValidationError, match="保密须知"):
        builders.make_claim(challenge, place.unit, by=place.liaison.user, secrecy_confirmed=False)
    builders.make_claim(challenge, place.rival, by=place.rival_secretary)
    claim = builders.make_claim(challenge, place.unit, by=place.liaison.user)
    colleague = builders.make_user("secretary", place.rival)
    assert read(place.rival_secretary)
    assert not read(colleague)
    take(challenge, ChallengeAct.CONFIRM, colleague)
    assert read(colleague)
    with pytest.raises(ValidationError, match="已确认"):
        take(challenge, ChallengeAct.CONFIRM, colleague)
    above = builders.make_user("officer", place.top)
    with pytest.raises(ValidationError, match="现在不能"):
        take(challenge, ChallengeAct.CONFIRM, above)
    # Who was not chosen needs it no more.
    take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=claim)
    assert [read(user) for user in (place.liaison.user, place.rival_secretary)] == [True, False]
    assert challenge.confirmations.count() == 3


def test_the_confidential_part_is_stored_encrypted(place):
    challenge = builders.make_challenge(place.home, secrecy_notice="不得外传", secret_detail="配方三号")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_detail FROM linkages_challenge WHERE id = %s", [challenge.pk])
        assert "配方" not in cursor.fetchone()[0]


def test_the_others_are_told_once_that_they_were_not_chosen(place):
    challenge = builders.make_challenge(place.home)
    own = builders.make_claim(challenge, place.rival, by=place.rival_secretary)
    builders.make_claim(challenge, place.unit, by=place.liaison.user)
    take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=own)
    notices.tell_recent()
    assert notices.tell_recent() == 0

    def told(user):
        return [
            title.split("：")[0] for title in Notice.objects.filter(user=user).values_list("title", flat=True)
        ]

    assert notices.NOT_CHOSEN in told(place.liaison.user)
    assert notices.NOT_CHOSEN not in told(place.rival_secretary)
    assert told(place.rival_secretary) == ["已选定本单位揭榜，请签订责任书"]


# --- Two at once, and whatever people try ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once(place):
    challenge = builders.make_challenge(place.home)
    claims = [
        builders.make_claim(challenge, place.rival, by=place.rival_secretary),
        builders.make_claim(challenge, place.unit, by=place.liaison.user),
    ]
    outcomes, gate = [], threading.Barrier(2)

    def choose(claim):
        try:
            gate.wait()
            take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=claim)
            outcomes.append("chosen")
        except ValidationError as error:
            outcomes.append("".join(error.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=[claim]) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("chosen") == 1
    assert any("刚办理了“选定揭榜单位”" in outcome for outcome in outcomes)
    assert again(challenge).entries.filter(act=ChallengeAct.CHOOSE).count() == 1


VALUES = {
    "words": "说明", "reason": "原因", "note": "进展", "opinion": "意见", "title": "节点", "score": 4, "on": TODAY,
    "due_on": lambda: days(10), "claims_until": lambda: days(9), "work_until": lambda: days(99),
}  # fmt: skip


def guess(act, challenge, user, rng):
    """Values for the form of a step, as anybody could post them."""
    found = {}
    for name in transitions.RULES[act].asks:
        if name in ("claim", "own_claim"):
            found["claim"] = rng.choice(list(challenge.claims.all()) or [None])
        elif name == "milestone":
            found[name] = rng.choice(
                [row for claim in challenge.claims.all() for row in claim.milestones.all()] or [None]
            )
        elif name == "passed":
            found[name] = rng.random() < 0.5
        elif name != "agreement":
            value = VALUES[name]
            found[name] = value() if callable(value) else value
    return found


@pytest.mark.parametrize("seed", range(6))
def test_whatever_people_try_only_lawful_steps_are_taken(place, seed):
    rng = random.Random(seed)  # noqa: S311
    challenge = builders.make_challenge(place.home, publish=False, secrecy_notice="不得外传")
    people = [
        place.secretary, place.officer, place.rival_secretary, place.liaison.user,
        builders.make_user("leader", place.home), builders.make_user("officer", builders.make_organisation()),
    ]  # fmt: skip
    taken = 0
    for _ in range(80):
        stored, user = again(challenge), fresh(rng.choice(people))
        act = rng.choice([*actions.ACTIONS, ChallengeAct.CLAIM])
        if act == ChallengeAct.WITHDRAW and rng.random() < 0.9:
            act = ChallengeAct.PUBLISH  # what is withdrawn early shows nothing
        lawful = act in transitions.acts_open_to(user, stored)
        before = stored.entries.count()
        try:
            if act == ChallengeAct.CLAIM:
                unit = rng.choice([place.rival, place.unit])
                builders.make_claim(stored, unit, by=user)
            elif act != ChallengeAct.BOOK:
                values = guess(act, stored, user, rng)
                if None in values.values():
                    continue
                actions.ACTIONS[act](challenge=stored, by=user, **values)
            else:
                continue
        except ValidationError:
            assert again(challenge).entries.count() == before
            continue
        taken += 1
        assert lawful, (act, stored.state, user)
        after = again(challenge)
        assert after.entries.last().state == after.state
        assert after.entries.count() == before + 1
        assert (after.score is not None) == (after.state == State.CLOSED)
        if after.chosen_id:
            assert after.chosen.withdrawn_at is None
    assert taken


# --- Pages -----------------------------------------------------------------------------------------------


def test_the_page_shows_only_lawful_steps_and_a_liaison_claims_on_it(place, client_for):
    challenge = builders.make_challenge(place.home)
    client = client_for(fresh(place.liaison.user))
    page = client.get(reverse("linkages:challenge", args=[challenge.pk]))
    assert page.context["main_steps"] == page.context["steps"] == []
    url = reverse("linkages:challenge-claim", args=[challenge.pk])
    values = {"organisation": place.unit.pk, "leader_name": "何为", "is_member_led": "on", "plan": "三步走"}
    assert client.post(url, values).status_code == 302
    assert "只能揭榜一次" in client.post(url, values).text
    page = client.get(reverse("linkages:challenge", args=[challenge.pk])).text
    assert "三步走" in page
    assert "撤回揭榜" in page
    home = client_for(fresh(place.secretary))
    page = home.get(reverse("linkages:challenge", args=[challenge.pk])).text
    assert "选定哪一家" in page
    claim = Claim.objects.get()
    home.post(reverse("linkages:challenge-choose", args=[challenge.pk]), {"claim": claim.pk})
    assert again(challenge).chosen == claim
    wrong = home.post(reverse("linkages:challenge-choose", args=[challenge.pk]), {"claim": claim.pk})
    assert wrong.status_code == 200
    assert again(challenge).entries.filter(act=ChallengeAct.CHOOSE).count() == 1


def test_a_step_before_its_time_is_refused_in_words(place, client_for):
    challenge = builders.make_challenge(place.home, publish=False)
    client = client_for(fresh(place.secretary))
    for act in actions.ACTIONS:
        answer = client.post(reverse(f"linkages:challenge-{act}", args=[challenge.pk]), {})
        assert answer.status_code in (200, 302, 403), act
        if act == ChallengeAct.PUBLISH:
            challenge = builders.make_challenge(place.home, publish=False)
    assert challenge.entries.count() == 1


def test_a_draft_is_written_on_the_page(place, client_for):
    client = client_for(fresh(place.secretary))
    values = {
        "organisation": place.home.pk, "kind": "choke", "title": "精密轴承", "problem": "寿命不足", "goal": "一万小时",
        "reward": "50", "claims_until": days(20), "work_until": days(200), "secrecy_notice": "", "secret_detail": "图纸",
    }  # fmt: skip
    assert "请填写保密须知" in client.post(reverse("linkages:challenge-new"), values).text
    client.post(reverse("linkages:challenge-new"), values | {"secrecy_notice": "不得外传"})
    found = Challenge.objects.get()
    assert (found.state, found.secret_detail) == (State.DRAFT, "图纸")
    edit = reverse("linkages:challenge-edit", args=[found.pk])
    assert (
        client_for(fresh(place.officer)).get(edit).status_code == 302
    )  # would overwrite what they may not read
    assert "图纸" in client.get(edit).text


def test_what_was_solved_is_booked_on_an_agreement_of_both_sides(place):
    challenge = builders.make_challenge(place.home)
    claim = builders.make_claim(challenge, place.unit, by=place.liaison.user)
    take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=claim)
    take(challenge, ChallengeAct.SIGN, place.secretary, on=TODAY())
    take(challenge, ChallengeAct.INSPECT, place.secretary, passed=True, opinion="达标")
    foreign = builders.make_agreement(place.home, signed_on=TODAY())
    with pytest.raises(ValidationError, match="同时有"):
        take(challenge, ChallengeAct.BOOK, place.secretary, agreement=foreign)
    agreement = builders.make_agreement(place.home, place.unit, signed_on=TODAY())
    user = fresh(place.secretary)
    offered = act_form(ChallengeAct.BOOK, again(challenge), user).fields["agreement"].queryset
    assert list(offered) == [agreement]
    take(challenge, ChallengeAct.BOOK, place.secretary, agreement=agreement)
    assert agreement.results.get().kind == "problem"
    with pytest.raises(ValidationError, match="现在不能"):
        take(challenge, ChallengeAct.BOOK, place.secretary, agreement=agreement)


def test_what_waits_stands_on_the_home_page(place):
    def lines(user):
        return {line.title.split("：")[0] for line in todos.to_dos(fresh(user), TODAY())}

    unclaimed, waiting, working = (builders.make_challenge(place.home) for _ in range(3))
    claim = builders.make_claim(working, place.unit, by=place.liaison.user)
    builders.make_claim(waiting, place.rival, by=place.rival_secretary)
    take(working, ChallengeAct.CHOOSE, place.secretary, claim=claim)
    assert lines(place.secretary) == {"请签订责任书"}
    take(working, ChallengeAct.SIGN, place.secretary, on=TODAY())
    take(working, ChallengeAct.MILESTONE, place.secretary, title="样机", due_on=days(-1))
    Challenge.objects.filter(pk__in=[unclaimed.pk, waiting.pk]).update(claims_until=days(-1))
    assert lines(place.secretary) == {"无人揭榜", "请选定揭榜单位", "攻关节点已逾期"}
    assert lines(place.liaison.user) == {"攻关节点已逾期"}
    assert lines(place.rival_secretary) == set()


def test_contacts_follow_the_problem_of_their_enterprise(place, client_for):
    enterprise = builders.make_enterprise()
    contact = builders.make_user("contact", place.home, enterprise=enterprise)
    other = builders.make_user("contact", place.home, enterprise=builders.make_enterprise())
    challenge = builders.make_challenge(
        place.home, enterprise=enterprise, secrecy_notice="不得外传", secret_detail="配方三号"
    )
    url = reverse("linkages:challenge", args=[challenge.pk])
    assert "配方三号" in client_for(fresh(contact)).get(url).text
    assert client_for(fresh(other)).get(url).status_code == 404
    claim = builders.make_claim(challenge, place.unit, by=place.liaison.user)
    take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=claim)
    take(challenge, ChallengeAct.SIGN, place.secretary, on=TODAY())
    take(challenge, ChallengeAct.INSPECT, contact, passed=True, opinion="达标")
    take(challenge, ChallengeAct.REVIEW, contact, score=5, words="很好")
    assert again(challenge).state == State.CLOSED


def test_the_interface_takes_the_same_steps(place, client_for):
    client = client_for(fresh(place.secretary))
    values = {
        "organisation": place.home.code, "kind": "common", "title": "余热利用", "problem": "品位低", "goal": "降8%",
        "claims_until": str(days(20)), "work_until": str(days(200)),
    }  # fmt: skip
    made = client.post(reverse("api:challenge-list"), values, content_type="application/json")
    assert made.status_code == 201, made.text

    def step(who, act, **data):
        url = reverse("api:challenge-take", args=[made.json()["id"], act])
        return client_for(fresh(who)).post(url, data, content_type="application/json")

    assert step(place.secretary, "publish").json()["state"] == "open"
    claim = reverse("api:challenge-claim", args=[made.json()["id"]])
    data = {"partners": [place.unit.pk], "leader_name": "何为", "plan": "三步走"}
    foreign = client_for(fresh(place.rival_secretary)).post(claim, data, content_type="application/json")
    assert foreign.status_code == 400
    given = client_for(fresh(place.liaison.user)).post(claim, data, content_type="application/json")
    assert given.status_code == 201, given.text
    chosen = step(place.secretary, "choose", claim=given.json()["claims"][0]["id"])
    assert chosen.json()["chosen"]["units"][0]["partner"] == place.unit.name
    assert step(place.rival_secretary, "sign").status_code == 403
    assert step(place.secretary, "sign", on=str(TODAY())).json()["state"] == "working"
    assert step(place.secretary, "inspect", passed=False, opinion="不足").json()["state"] == "failed"


@pytest.mark.parametrize("name", ["linkages:challenge-list", "api:challenge-list"])
def test_the_board_asks_as_often_for_more_rows(place, client_for, name):
    client = client_for(fresh(place.officer))

    def asked():
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    def plant():
        challenge = builders.make_challenge(place.home)
        claim = builders.make_claim(challenge, place.rival, place.unit, by=place.rival_secretary)
        take(challenge, ChallengeAct.CHOOSE, place.secretary, claim=claim)

    plant()
    one = asked()
    for _ in range(2):
        plant()
    assert asked() == one
