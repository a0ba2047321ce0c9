"""People who lead in the invented park: posts, zones, teams, experts, delegates and observers."""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field

from members.choices import Membership, Relation
from members.demo import sizes
from members.demo.moves import shown_branch
from members.demo.shapes import Person
from members.models import LeadingKind, RoleKind, RoleLevel
from orgs.demo.dates import any_day, days
from orgs.demo.shapes import City, Org, Unit
from orgs.terms import add_years

K, R, L = LeadingKind, RoleKind, RoleLevel
WORK = ("研发", "产线", "质检", "技术支持", "安全生产", "客户服务", "项目管理", "供应链")
# Kind → what it is called after the place, its task, its commitment.
WORDS = {
    K.POST: ("党员示范岗", "带头完成岗位任务，做好传帮带", "业务精、作风实、服务好，接受党员和群众监督"),
    K.ZONE: ("党员责任区", "联系区域内职工，掌握思想动态，协调解决困难", "问题不出区、服务不断档"),
    K.VANGUARD: ("党员先锋队", "攻关重点项目，按节点完成", "急难险重任务冲在前"),
    K.SHOCK: ("党员突击队", "承担抢险保供和紧急交付", "一声令下，随时集合"),
    K.VOLUNTEER: ("志愿服务队", "每月为园区企业和职工服务一次", "奉献、友爱、互助、进步"),
    K.CHIEF: ("党员总师", "牵头关键技术攻关", "技术上负总责，成果上交实账"),
    K.ENGINEER: ("党员工程师", "解决生产一线技术难题", "带一个徒弟，攻一项难题"),
}
# Kind → what is achieved, with the measure of the figure.
RESULTS = {
    K.POST: (("完成客户急件", "件"), ("改进工艺", "项"), ("节约成本", "万元")),
    K.ZONE: (("走访职工", "人次"), ("协调解决困难", "件")),
    K.VANGUARD: (("突破技术节点", "项"), ("提前交付", "天")),
    K.SHOCK: (("完成抢修", "次"), ("保障供货", "批")),
    K.VOLUNTEER: (("志愿服务时长", "小时"), ("服务企业", "家"), ("服务职工", "人次")),
    K.CHIEF: (("授权发明专利", "项"), ("新增产值", "万元")),
    K.ENGINEER: (("解决技术难题", "项"), ("培养技术骨干", "名")),
}
TEAMS = {K.VANGUARD: 6, K.SHOCK: 8, K.VOLUNTEER: 7, K.CHIEF: 3}  # members beside the leader
VACANT, WITHOUT_COMMITMENT, SILENT = 2, 5, 10  # of the posts
TERM_YEARS = {K.CHIEF: 2, K.ENGINEER: 2}
BODIES = {
    R.PARTY_DELEGATE: ("中国共产党{}代表大会", (L.CITY, L.DISTRICT)),
    R.PEOPLE_DELEGATE: ("{}人民代表大会", (L.CITY, L.DISTRICT, L.DISTRICT)),
    R.CONSULTATIVE: ("政协{}委员会", (L.CITY, L.DISTRICT)),
    R.SEAT: ("{}党工委委员会", (L.TOWN, L.PARK)),
    R.OBSERVER: ("{}营商环境观察员", (L.DISTRICT, L.PARK)),
}
PLACES = {L.CITY: "市", L.DISTRICT: "区", L.TOWN: "街道", L.PARK: "科学城"}


@dataclass(slots=True, eq=False)
class Team:
    """What `LeadingUnit` holds; `people` are its members, the leader first unless it is vacant."""

    kind: str
    name: str
    org: Org
    since: dt.date
    unit: Unit | None
    task: str
    commitment: str
    term_ends_on: dt.date | None = None
    people: list[Person] = field(default_factory=list)
    vacant: bool = False
    results: list[tuple[dt.date, str, int, str]] = field(default_factory=list)
    pk: int = 0


@dataclass(slots=True, eq=False)
class Seat:
    """What `PublicRole` holds."""

    person: Person
    kind: str
    level: str
    body: str
    since: dt.date
    term_ends_on: dt.date


@dataclass
class Leading:
    teams: list[Team]
    seats: list[Seat]


def invent_leading(city: City, people: list[Person], rng: random.Random, day: dt.date) -> Leading:
    """Nobody leads two things; members of teams may serve in several."""
    able = [person for person in people if _is_able(person, day)]
    by_parent = defaultdict(list)
    for person in able:
        by_parent[person.org.parent].append(person)
    shown = shown_branch(city)
    free = rng.sample(able, min(len(able), 1_500))
    # The branch of the demonstration accounts has some of each.
    own = [person for person in able if person.org is shown][:3]
    free = [person for person in free if person not in own]
    first = dict(zip((K.POST, K.ZONE, K.CHIEF), own, strict=False))
    teams, used = [], set()
    for kind, count in sizes.LEADING.items():
        for number in range(count):
            leader = first.pop(K(kind), None) or _draw(free)
            if leader is None:
                break
            teams.append(_team(K(kind), leader, number, by_parent, used, rng, day))
    return Leading(teams, list(_seats(free, rng, day)))


def _is_able(person, day):
    """A full member in the register, here for some time."""
    return (
        person.membership == Membership.FULL
        and person.relation == Relation.REGISTERED
        and person.confirmed_on is not None
        and _earliest(person, day) < day - days(90)
    )


def _earliest(person, day):
    """The first day on which the person may have begun to lead."""
    known = (person.confirmed_on, person.org.founded_on, person.stays[-1].since)
    return max(day - days(720), *filter(None, known))


def _draw(free):
    return free.pop() if free else None


def _team(kind, leader, number, by_parent, used, rng, day) -> Team:
    crosses = kind in (K.VANGUARD, K.SHOCK, K.VOLUNTEER)
    org = leader.org.parent if crosses and leader.org.parent else leader.org
    label, task, commitment = WORDS[kind]
    begins = _earliest(leader, day)
    since = any_day(rng, max(begins, org.founded_on or begins), day - days(60))
    team = Team(kind, _name(org, leader, label, used, rng), org, since, leader.employer, task, commitment)
    if kind in TERM_YEARS:
        team.term_ends_on = add_years(since, TERM_YEARS[kind])
        if team.term_ends_on < day - days(10):
            team.term_ends_on = add_years(team.term_ends_on, 1)
    team.people = [leader]
    if size := TEAMS.get(kind):
        others = [p for p in by_parent[leader.org.parent] if p is not leader and _earliest(p, day) <= since]
        if not crosses:
            others = [person for person in others if person.org is leader.org]
        team.people += rng.sample(others, min(size, len(others)))
    team.vacant = kind == K.POST and number in range(10, 10 + VACANT)
    if kind == K.POST and number in range(20, 20 + WITHOUT_COMMITMENT):
        team.commitment = ""
    if kind != K.POST or number not in range(30, 30 + SILENT):
        for _ in range(rng.randint(1, 4)):
            what, measure = rng.choice(RESULTS[kind])
            team.results.append((any_day(rng, since, day), what, rng.randint(1, 40), measure))
    return team


def _name(org, leader, label, used, rng):
    """Not twice at one organisation."""
    place = leader.employer.short if leader.employer else org.name.removesuffix("党支部").removesuffix("联合")
    for attempt in range(len(WORK)):
        name = f"{place}{WORK[(rng.randrange(len(WORK)) + attempt) % len(WORK)]}{label}"
        if (org, name) not in used:
            used.add((org, name))
            return name
    name = f"{place}{label}{len(used)}"
    used.add((org, name))
    return name


def _seats(free, rng, day):
    for kind, count in sizes.ROLES.items():
        body, levels = BODIES[R(kind)]
        years = 2 if kind == R.OBSERVER else 5
        for number in range(count):
            person = _draw(free)
            if person is None:
                return
            level = levels[number % len(levels)]
            since = any_day(rng, _earliest(person, day), day - days(60))
            ends = add_years(since, years)
            if number == 0:
                # One of each kind presses.
                ends = day + days(30)
            yield Seat(person, kind, str(level), body.format(PLACES[level]), since, ends)
