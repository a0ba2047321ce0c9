"""Pairings with their contacts, and people in the talent pool by hand."""

import datetime as dt
import random

from members.choices import Education, Membership, Relation
from members.demo.shapes import Course, Outsider, Pair, Person
from members.models import PairingContactMeans, PairingKind, PairingResult
from orgs.demo.dates import any_day, days
from orgs.demo.names import CLUSTERS, SUFFIXES, Vocabulary
from orgs.demo.shapes import Org
from orgs.terms import add_years

PAIRINGS, OUTSIDERS, BY_HAND = 200, 30, 10
AIMS = {
    PairingKind.TO_MEMBER: "提高政治觉悟，争取年内列为发展对象",
    PairingKind.TO_EXPERT: "独立承担一项关键技术攻关",
    PairingKind.TO_MANAGER: "参加项目管理轮训，承担团队负责工作",
    PairingKind.MENTOR: "掌握岗位核心技能，完成一项成果",
    PairingKind.EXPERT: "了解科研困难，做好服务保障",
    PairingKind.TALENT: "关心成长，引导向党组织靠拢",
}
GISTS = ("交流近期工作和思想情况", "讨论课题进展，提出改进意见", "了解家庭和生活情况", "学习有关文件并谈体会")
ASKED = (("希望参加专业培训", "已列入培训计划"), ("反映人才公寓申请较慢", "已转园区服务窗口，正在办理"))


def invent_outsiders(homes: list[Org], rng: random.Random, words: Vocabulary, day: dt.date) -> list[Outsider]:
    found = []
    for _ in range(OUTSIDERS):
        field, trades = rng.choice([(name, rows[0]) for name, rows in CLUSTERS.items()])
        found.append(
            Outsider(
                words.person(),
                rng.choice(homes),
                any_day(rng, add_years(day, -34), add_years(day, -24)),
                str(rng.choice((Education.MASTER, Education.DOCTOR))),
                f"上海{words.brand()}{rng.choice(trades)}{rng.choice(SUFFIXES)}",
                field,
                words.mobile(),
                day - days(rng.randint(20, 500)),
            )
        )
    return found


def invent_hand_picked(people: list[Person], rng: random.Random) -> list[Person]:
    """Members without the degree."""
    rows = [p for p in people if p.relation == Relation.REGISTERED and p.education == Education.BACHELOR]
    return rng.sample(rows, BY_HAND)


def invent_pairings(
    people: list[Person],
    courses: list[Course],
    outsiders: list[Outsider],
    shown: Org,
    rng: random.Random,
    day: dt.date,
) -> list[Pair]:
    """Within branches; the branch of the demonstration accounts begins."""
    full: dict[Org, list[Person]] = {}
    for person in people:
        if person.membership == Membership.FULL and person.relation == Relation.REGISTERED:
            full.setdefault(person.org, []).append(person)
    homes = [org for org, members in full.items() if len(members) > 5]
    is_shown = len(full.get(shown, ())) > 1
    open_courses = [course for course in courses if not course.is_member and course.org in full]
    found = []
    for number in range(PAIRINGS):
        kind = list(PairingKind)[number % len(PairingKind)]
        org = shown if number < 6 and is_shown else rng.choice(homes)
        led = None
        if kind == PairingKind.TO_MEMBER:
            led = open_courses.pop(rng.randrange(len(open_courses)))
            org = led.org
        elif kind in (PairingKind.EXPERT, PairingKind.TALENT) and outsiders and number % 3:
            led = outsiders[number // 3 % len(outsiders)]
            org = led.org
        leader, *others = rng.sample(full[org], min(2, len(full[org])))  # some have one full member only
        found.append(_pair(kind, org, leader, led or others[0], rng, day))
    return list({(pair.kind, pair.leader, pair.led): pair for pair in found}.values())


def _pair(kind, org, leader, led, rng, day) -> Pair:
    pair = Pair(str(kind), org, leader, led, AIMS[kind], day - days(rng.randint(40, 500)))
    on, last = pair.since, day - days(rng.choice((5, 20, 60, 85, 130)))
    while (on := on + days(rng.randint(25, 85))) <= last:
        asked, answered = rng.choice(ASKED) if rng.random() < 0.3 else ("", "")
        pair.contacts.append(
            (on, str(rng.choice(list(PairingContactMeans))), rng.choice(GISTS), asked, answered)
        )
    if rng.random() < 0.12:
        pair.ended_on, pair.result = day - days(rng.randint(0, 4)), str(PairingResult.ACHIEVED)
    elif rng.random() < 0.5:
        pair.until = day + days(rng.randint(5, 400))
    return pair
