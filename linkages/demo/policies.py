"""Invented policies and what enterprises said to them: a dozen per city, deliveries and answers set-based."""

import datetime as dt

from django.db.models import F, Value
from django.db.models.functions import Mod

from linkages.models import (
    Policy,
    PolicyAct,
    PolicyAnswer,
    PolicyDelivery,
    PolicyEntry,
    PolicyKind,
    PolicyResult,
    PolicyState,
)
from linkages.policies.target import reach
from orgs.demo.write import moment
from orgs.kinds import Jurisdiction
from orgs.models import Appointment, Chain, Organisation, Role

LOADED = (Policy, PolicyDelivery, PolicyEntry)
K, S = PolicyKind, PolicyState
# (title, kind, issuer, number, gist, days since it was published, days until applications end (None: never), target,
#  state, of a hundred enterprises how many read it, applied, need it not); target "chains" takes three of them.
POLICIES = (
    ("绿色电力交易服务费补贴", K.GREEN_POWER, "东湾区发展改革委", "东发改〔2026〕18号",
     "年用绿电100万千瓦时以上，按每千瓦时2分补贴，单家最高50万元。",
     40, 20, {"min_employees": 100}, S.OPEN, 64, 12, 20),
    ("“红链贷”信用贷款", K.RED_CREDIT, "海川银行东湾支行", "",
     "党组织推荐、信用放款，最高500万元，利率优惠，三个工作日内答复。",
     25, None, {"is_high_tech": True}, S.OPEN, 58, 14, 18),
    ("首台（套）重大技术装备奖励", K.FUNDS, "东湾区科技和经济委员会", "东科经〔2026〕7号",
     "经认定的首台（套）产品，按售价30%奖励，最高300万元。",
     12, 6, {"chains": 3}, S.OPEN, 47, 6, 15),
    ("研发费用加计扣除辅导", K.TAX, "东湾区税务局第五税务所", "",
     "汇算清缴前免费上门辅导，预约即办。",
     3, 45, {}, S.OPEN, 21, 2, 4),
    ("青年人才租房补贴", K.TALENT, "东湾区人才服务中心", "东人才〔2026〕3号",
     "硕士以上、35岁以下，每人每月1000元，补三年，由单位统一申请。",
     60, 30, {"is_high_tech": True, "min_employees": 20}, S.OPEN, 71, 22, 16),
    ("重点企业党群阵地建设补助", K.OTHER, "东湾科学城综合党委", "",
     "新建或改造党群服务站，按投入的一半补助，最高10万元。",
     90, 60, {"is_key": True}, S.OPEN, 82, 28, 12),
    ("中小企业数字化改造补贴", K.FUNDS, "东湾区科技和经济委员会", "东科经〔2025〕31号",
     "购买云服务和工业软件，补贴实际支出的20%。",
     240, -60, {"max_employees": 200, "chains": 3}, S.CLOSED, 76, 18, 22),
    ("高校毕业生见习补贴", K.TALENT, "东湾区人力资源和社会保障局", "东人社〔2025〕12号",
     "吸纳毕业生见习，每人每月补贴1500元。",
     200, -20, {"min_employees": 50}, S.CLOSED, 69, 15, 25),
    ("用能预算管理试点申报", K.GREEN_POWER, "东湾区发展改革委", "",
     "试点已由市级统一部署。",
     100, 40, {"is_key": True}, S.WITHDRAWN, 30, 0, 0),
    ("知识产权质押贴息", K.RED_CREDIT, "东湾区知识产权局", "",
     "质押贷款利息补贴一半，最高30万元。",
     0, 50, {"is_high_tech": True}, S.DRAFT, 0, 0, 0),
)  # fmt: skip
GRANTED = 2  # of three who applied to a policy that has ended
AMOUNT = 12  # in 万元


def load(city, rng, day: dt.date) -> None:
    """Organisations and enterprises have been written."""
    top = city.orgs[0]
    root_id = (top.parent or top).pk
    areas = [org.pk for org in city.orgs if org.jurisdiction == Jurisdiction.AREA]
    homes = Organisation.objects.in_bulk([top.pk, *areas])
    chains = list(Chain.objects.order_by("pk"))
    for index, row in enumerate(POLICIES):
        home = homes[areas[index % len(areas)] if areas and row[1] == K.OTHER else top.pk]
        _write(row, home, root_id, chains, rng, day)


def _write(row, home, root_id, chains, rng, day):
    title, kind, issuer, number, gist, since, left, target, state, read, applied, not_needed = row
    posted = day - dt.timedelta(days=since)
    facts = {name: value for name, value in target.items() if name != "chains"}
    policy = Policy.objects.create(
        organisation=home, root_id=root_id, kind=kind, title=title, issuer=issuer, number=number, gist=gist,
        applies_from=posted, apply_by=None if left is None else day + dt.timedelta(days=left), state=state,
        published_at=None if state == S.DRAFT else moment(posted), created_at=moment(posted),
        updated_at=moment(posted), ended_reason=ENDED.get(state, ""), **facts,
    )  # fmt: skip
    if count := target.get("chains"):
        policy.chains.set(rng.sample(chains, min(count, len(chains))))
    lines = [(PolicyAct.DRAFT, "", None)]
    if state != S.DRAFT:
        lines.append((PolicyAct.PUBLISH, "", reach(policy, moment(posted))))
        _answer(policy, min(posted + dt.timedelta(days=2), day), read, applied, not_needed)
    if state in ENDED:
        act = PolicyAct.CLOSE if state == S.CLOSED else PolicyAct.WITHDRAW
        lines.append((act, ENDED[state], None))
    for act, note, reached in lines:
        PolicyEntry.objects.create(policy=policy, act=act, note=note, reached=reached, at=moment(posted))


ENDED = {S.CLOSED: "本年度名额已满", S.WITHDRAWN: "已由市级统一部署"}


def _answer(policy, on, read, applied, not_needed):
    """A lot decides for each enterprise, and all with the same lot are written at once."""
    rows = PolicyDelivery.objects.filter(policy=policy).alias(
        lot=Mod(F("enterprise_id") * 37 + policy.pk * 11, Value(100))
    )
    rows.filter(lot__lt=read).update(read_at=moment(on))
    said = {"answered_at": moment(on)}
    rows.filter(lot__lt=applied).update(answer=PolicyAnswer.APPLIED, **said)
    rows.filter(lot__gte=applied, lot__lt=applied + not_needed).update(answer=PolicyAnswer.NOT_NEEDED, **said)
    if policy.state == S.CLOSED:
        rows.filter(lot__lt=applied * GRANTED // 3).update(
            result=PolicyResult.GRANTED, amount=AMOUNT, result_at=moment(on)
        )


def leave_one_to_read() -> None:
    """The newest one for the demonstration account of an enterprise."""
    contact = Appointment.objects.filter(role=Role.CONTACT, enterprise__isnull=False).order_by("pk").first()
    if contact is None:
        return
    rows = PolicyDelivery.objects.filter(enterprise=contact.enterprise, policy__state=S.OPEN)
    newest = rows.order_by("-delivered_at", "pk").values_list("pk", flat=True).first()
    PolicyDelivery.objects.filter(pk=newest).update(read_at=None, answer="", answered_at=None)
