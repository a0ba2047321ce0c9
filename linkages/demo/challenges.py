"""Writes invented challenges of open bidding, in every state; a dozen per city, so row by row is quick enough."""

import datetime as dt

from linkages.models import (
    Challenge,
    ChallengeAct,
    ChallengeEntry,
    ChallengeMilestone,
    ChallengeState,
    Claim,
    ClaimUnit,
)
from orgs.demo.write import key, moment
from orgs.kinds import BRANCHES
from orgs.models import UnitKind

A, S = ChallengeAct, ChallengeState
LOADED = (Challenge, Claim, ClaimUnit, ChallengeMilestone, ChallengeEntry)
# (title, kind, problem, goal, reward in 万元, state, days since it was published, claims, whether a member leads)
CHALLENGES = (
    ("高纯石英坩埚气泡控制", "choke", "拉晶后段气泡长大，良率不稳。", "气泡密度降到每立方厘米10个以下。", 300, S.OPEN, 12, 2, True),
    ("车规级碳化硅模块封装散热", "choke", "结温波动大，焊层早期失效。", "功率循环寿命达到10万次。", 500, S.OPEN, 20, 1, True),
    ("手术机器人力反馈延时", "choke", "主从端延时影响精细操作。", "端到端延时小于20毫秒。", 260, S.OPEN, 5, 0, False),
    ("生物反应器在线溶氧检测", "common", "离线取样滞后，批间差异大。", "在线检测误差小于2%。", 80, S.OPEN, 52, 0, False),
    ("园区余热梯级利用", "common", "各家余热分散，品位低。", "综合能耗下降8%。", 60, S.OPEN, 48, 2, True),
    ("国产数据库迁移工具链", "common", "存储过程改写靠人工。", "自动转换率达到90%。", 120, S.CHOSEN, 50, 3, True),
    ("光刻胶缺陷快速筛查", "choke", "缺陷检出依赖进口设备。", "单片检测小于90秒，检出率98%。", 420, S.WORKING, 160, 2, True),
    ("中试放大过程安全评估", "common", "放大后放热失控风险不清。", "形成三类反应的评估方法。", 90, S.WORKING, 210, 1, True),
    ("工业视觉小样本训练", "common", "缺陷样本少，模型换线重训。", "50张样本达到95%检出率。", 70, S.WORKING, 300, 2, False),
    ("高端轴承钢夹杂物控制", "choke", "夹杂物尺寸波动。", "接触疲劳寿命提高一倍。", 350, S.PASSED, 320, 2, True),
    ("低温电机润滑脂", "other", "零下40度启动力矩过大。", "启动力矩下降30%。", 50, S.FAILED, 330, 1, False),
    ("医用导管亲水涂层", "choke", "涂层脱落，依赖进口。", "摩擦系数小于0.05，通过生物相容评价。", 180, S.CLOSED, 420, 2, True),
    ("楼宇能耗预测模型", "other", "用能计划靠经验。", "日前预测误差小于6%。", 30, S.CLOSED, 460, 1, True),
    ("共享实验室试剂调度", "other", "试剂过期多，调剂难。", "过期率下降一半。", 0, S.WITHDRAWN, 200, 0, False),
    ("量子点显示蓝光寿命", "choke", "蓝光器件衰减快。", "半衰期达到1万小时。", 280, S.DRAFT, 0, 0, False),
)  # fmt: skip
NOTICE = "技术资料只用于本次攻关，不得复制、外传或用于其他项目。"
LEADERS = ("周明远", "吴思齐", "郑文博", "王若水", "冯嘉言", "陈以宁")
PLAN = "先复现问题，再做样件验证，最后在发榜单位产线试用，按节点提交报告。"
CLAIM_DAYS, WORK_DAYS, CHOICE, SIGNING, INSPECTED, REVIEWED = 40, 365, 42, 48, 300, 315
MILESTONES = (("完成方案评审", 30), ("样件下线", 120), ("产线试用", 240))


def load(city, units, rng, day: dt.date) -> None:
    """Organisations and partner units have their keys."""
    top = city.orgs[0]
    root_id = (top.parent or top).pk
    homes = [org for org in city.orgs if org.kind not in BRANCHES and org.task_ended_on is None]
    branches = [org for org in city.orgs if org.kind in BRANCHES and org.task_ended_on is None]
    enterprises = [unit for unit in city.units if unit.kind == UnitKind.ENTERPRISE and unit.is_active]
    for row in CHALLENGES:
        behind = rng.choice(enterprises) if row[1] == "choke" else None
        _write(
            row, behind, rng.choice(homes), rng.sample(branches, 3), rng.sample(units, 2), root_id, rng, day
        )


def _write(row, behind, home, branches, partners, root_id, rng, day):
    title, kind, problem, goal, reward, state, since, count, led = row
    posted = day - dt.timedelta(days=since)

    def at(days):
        return moment(min(posted + dt.timedelta(days=days), day))

    challenge = Challenge.objects.create(
        organisation_id=home.pk, root_id=root_id, enterprise_id=key(behind), kind=kind,
        title=title, problem=problem, goal=goal, reward=reward,
        secrecy_notice=NOTICE if kind == "choke" else "",
        secret_detail=f"{title}的现行工艺参数见随附清单，攻关单位到现场查阅。" if kind == "choke" else "",
        claims_until=posted + dt.timedelta(days=CLAIM_DAYS), work_until=posted + dt.timedelta(days=WORK_DAYS),
        state=S.DRAFT, created_at=at(0), updated_at=at(0),
    )  # fmt: skip
    lines = [(A.DRAFT, S.DRAFT, None, 0, "")]
    if state != S.DRAFT:
        challenge.published_at = at(0)
        lines.append((A.PUBLISH, S.OPEN, None, 0, ""))
    claims = [
        _claim(challenge, branches[place], partners[place % 2], place, led, rng, at(5 + place))
        for place in range(count)
    ]
    lines += [(A.CLAIM, S.OPEN, claim, 5 + place, claim.unit_names) for place, claim in enumerate(claims)]
    lines += _further(challenge, state, claims, posted, day)
    challenge.state = state
    challenge.save()
    for act, after, claim, days, note in lines:
        ChallengeEntry.objects.create(
            challenge=challenge, act=act, state=after, claim=claim, note=note, at=at(days)
        )


def _claim(challenge, branch, partner, place, led, rng, at) -> Claim:
    """Every other one of a branch together with a partner unit."""
    claim = Claim.objects.create(
        challenge=challenge, leader_name=rng.choice(LEADERS), is_member_led=led and place == 0, plan=PLAN, claimed_at=at
    )  # fmt: skip
    own = {"challenge": challenge, "claim": claim}
    ClaimUnit.objects.create(**own, organisation_id=branch.pk, is_lead=True)
    if place == 0:
        ClaimUnit.objects.create(**own, partner_id=partner.pk)
    return claim


def _further(challenge, state, claims, posted, day) -> list:
    """Sets what the state means, and returns the lines of its history."""
    if state == S.WITHDRAWN:
        challenge.withdrawn_reason = "已由园区统一采购解决"
        return [(A.WITHDRAW, state, None, CLAIM_DAYS + 10, challenge.withdrawn_reason)]
    if state in (S.DRAFT, S.OPEN):
        return []
    won = challenge.chosen = claims[0]
    lines = [(A.CHOOSE, S.CHOSEN, won, CHOICE, "方案可行，队伍稳定")]
    if state == S.CHOSEN:
        return lines
    challenge.signed_on = posted + dt.timedelta(days=SIGNING)
    lines.append((A.SIGN, S.WORKING, won, SIGNING, f"{challenge.signed_on}签订"))
    for title, after in MILESTONES:
        due_on = challenge.signed_on + dt.timedelta(days=after)
        done = due_on < day - dt.timedelta(days=20) or state != S.WORKING
        ChallengeMilestone.objects.create(
            claim=won, title=title, due_on=due_on, done_on=due_on if done else None, done_note="按计划完成" if done else ""
        )  # fmt: skip
        if done:
            lines.append((A.ACHIEVE, S.WORKING, won, SIGNING + after, f"{title}：按计划完成"))
    if state == S.WORKING:
        return lines
    challenge.passed = state != S.FAILED
    challenge.inspected_on = posted + dt.timedelta(days=INSPECTED)
    challenge.opinion = "指标达到要求，同意通过。" if challenge.passed else "低温力矩未达到指标。"
    after = S.PASSED if challenge.passed else S.FAILED
    words = "通过" if challenge.passed else "未通过"
    lines.append((A.INSPECT, after, won, INSPECTED, f"{words}：{challenge.opinion}"))
    if state == S.CLOSED:
        challenge.score, challenge.review = 5, "解决了产线的实际问题。"
        lines.append((A.REVIEW, S.CLOSED, won, REVIEWED, f"5分：{challenge.review}"))
    return lines
