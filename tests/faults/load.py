"""People at work: they record, ask, import, sign in, tick and read, and send again what was not answered, with the same key.

Each writes into the ledger what they were told. Nobody looks at the database.
"""

import collections
import http.client
import itertools
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass, field

import requests

from tests import builders
from tests.faults.world import Person, Place, World, an_hour_ago
from tests.imports.helpers import workbook

PAUSE = 0.4
ANSWER_SECONDS = 40  # longer than a page may take
SENTENCE = re.compile("[\u4e00-\u9fff]{4}")
TRACES = ("Traceback (most recent", "django.db.utils", "psycopg2", "redis.exceptions", 'File "/')
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
TO_READ = re.compile(r"/me/notices/(\d+)/read/")
PAGES = (
    "/",
    "/todos/",
    "/dashboard/",
    "/enterprises/",
    "/activities/",
    "/agreements/orders/",
    "/members/",
    "/imports/",
)
HEADERS = ("企业名称", "统一社会信用代码", "登记状态", "所属园区")
ROWS = (5, 40, 400)
STEPS = ("dispatch", "accept", "finish", "rate")


@dataclass
class Ledger:
    """What people asked for and what they were told. `dishonest` are answers that no person should get."""

    activities: dict[str, int | None] = field(
        default_factory=dict
    )  # entry key → number, None while unanswered
    rolls: dict[str, dict[int, str]] = field(default_factory=dict)
    orders: dict[str, int | None] = field(default_factory=dict)  # ticket → number
    steps: dict[int, set[str]] = field(default_factory=lambda: collections.defaultdict(set))  # answered ones
    imports: dict[int, list[tuple[str, str]]] = field(default_factory=dict)  # run → (code, name) of each row
    sign_ins: dict[int, list[bool]] = field(default_factory=lambda: collections.defaultdict(list))
    ticked: set[int] = field(default_factory=set)
    answers: collections.Counter = field(default_factory=collections.Counter)
    dishonest: list[str] = field(default_factory=list)
    sentences: collections.Counter = field(default_factory=collections.Counter)

    def judge(self, what: str, answer: requests.Response) -> None:
        status, body = answer.status_code, answer.text
        self.answers[status] += 1
        if any(trace in body for trace in TRACES):
            self.dishonest.append(f"{what}: {status} with a trace: {body[:300]}")
        elif status >= 500 and status != 503:
            self.dishonest.append(f"{what}: {status}: {body[:300]}")
        elif status == 503 and not SENTENCE.search(_said(answer)):
            self.dishonest.append(f"{what}: 503 without a sentence: {body[:300]}")


def _said(answer) -> str:
    """JSON writes Chinese in escapes or not; what it says is the same."""
    if "json" in answer.headers.get("Content-Type", ""):
        return str(answer.json())
    return answer.text


class Stopped(Exception):
    """The day is over, and this was not answered any more."""


class Client:
    """A browser or a program of one person. `send` waits for an answer as long as the day lasts."""

    def __init__(self, address: str, ledger: Ledger, day: "Day", person: Person | None = None):
        self.address, self.ledger, self.day = address, ledger, day
        self.session = requests.Session()
        self.session.trust_env = False
        if person:
            self.session.headers["Authorization"] = f"Token {person.token}"

    def once(self, method: str, path: str, **options) -> requests.Response | None:
        """The answer; None where the connection broke or the service is away, so that nobody knows what came of it."""
        try:
            answer = self.session.request(
                method, self.address + path, timeout=ANSWER_SECONDS, allow_redirects=False, **options
            )
            answer.text  # noqa: B018 - all of it has to arrive
        except (requests.RequestException, http.client.HTTPException, OSError):
            self.ledger.answers["none"] += 1
            return None
        self.ledger.judge(f"{method} {path}", answer)
        return None if answer.status_code in (429, 503) or answer.status_code >= 500 else answer

    def send(self, method: str, path: str, **options) -> requests.Response:
        while (answer := self.once(method, path, **options)) is None:
            if self.day.is_over():
                raise Stopped
            time.sleep(PAUSE)
        return answer

    def page(self, path: str, **form) -> requests.Response | None:
        """A form of a page, sent once as a person does."""
        token = CSRF.search(self.send("GET", path).text)
        headers = {"Referer": self.address + path}
        action = form.pop("action", path)
        if token is None:
            return None
        return self.once("POST", action, data={"csrfmiddlewaretoken": token[1], **form}, headers=headers)


class Day:
    """Work goes on until `end`; then everybody finishes what they have in hand, for so many seconds."""

    def __init__(self, grace: float):
        self.grace, self.ended_at = grace, None

    def end(self) -> None:
        self.ended_at = time.monotonic()

    def goes_on(self) -> bool:
        return self.ended_at is None

    def is_over(self) -> bool:
        return self.ended_at is not None and time.monotonic() > self.ended_at + self.grace


class Work:
    """Everybody's threads of one day."""

    def __init__(self, address: str, world: World, ledger: Ledger, seed: int, grace: float):
        self.address, self.world, self.ledger = address, world, ledger
        self.day = Day(grace)
        self.failures: list[str] = []
        jobs = [(self.record, place) for place in world.places]
        jobs += [(self.order, place) for place in world.places]
        jobs += [(self.import_lists, person) for person in world.importers]
        jobs += [
            (self.sign_in, world.signers[0]),
            (self.tick, world.places[0]),
            (self.read, world.signers[1]),
        ]
        self.threads = [
            threading.Thread(target=self._work, args=(job, who, random.Random(f"{seed} {n}")), daemon=True)  # noqa: S311
            for n, (job, who) in enumerate(jobs)
        ]

    def begin(self) -> None:
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        self.day.end()
        for thread in self.threads:
            thread.join(self.day.grace + 2 * ANSWER_SECONDS)
        self.failures += [f"{thread.name} does not end" for thread in self.threads if thread.is_alive()]

    def _work(self, job, who, chance) -> None:
        try:
            while self.day.goes_on():
                job(who, chance)
                time.sleep(chance.uniform(0, 2 * PAUSE))
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must not pass
            self.failures.append(f"{job.__name__}: {error!r}")

    def client(self, person: Person | None = None) -> Client:
        return Client(self.address, self.ledger, self.day, person)

    # --- What people do ----------------------------------------------------------------------------------

    def record(self, place: Place, chance) -> None:
        """A meeting with its roll, sometimes sent a second time though it was answered."""
        key = str(uuid.uuid4())
        roll = {pk: chance.choice(("present", "absent")) for pk in place.members}
        data = {
            "organisation": place.branch, "kinds": ["theme_day"], "title": f"主题党日 {key}",
            "starts_at": an_hour_ago(), "entry_key": key,
            "roll": [{"member": pk, "state": state} for pk, state in roll.items()],
        }  # fmt: skip
        self.ledger.activities[key], self.ledger.rolls[key] = None, roll
        client = self.client(place.secretary)
        for _ in range(1 + (chance.random() < 0.2)):
            answer = client.send("POST", "/api/activities/", json=data)
            expect(answer, 201)
            self.ledger.activities[key] = answer.json()["id"]

    def order(self, place: Place, chance) -> None:
        """From the asking to the rating. What was not answered is looked up before it is tried again."""
        ticket = str(uuid.uuid4())
        data = {
            "kind": self.world.kind,
            "enterprise": place.enterprise,
            "text": f"需要对接 {ticket}",
            "ticket": ticket,
        }
        self.ledger.orders[ticket] = None
        contact = self.client(place.contact)
        answer = contact.send("POST", "/api/orders/", json=data)
        expect(answer, 201)
        pk = self.ledger.orders[ticket] = answer.json()["id"]
        self.ledger.steps[pk].add("raise")
        overseer, handler = self.client(self.world.overseer), self.client(place.secretary)
        doers = dict(zip(STEPS, (overseer, handler, handler, contact), strict=True))
        asked = {
            "dispatch": {"organisation": place.branch},
            "finish": {"result": "已办"},
            "rate": {"rating": 5},
        }
        for step, doer in doers.items():
            self._step(doer, pk, step, asked.get(step, {}))

    def _step(self, doer, pk, step, data) -> None:
        while True:
            seen = doer.send("GET", f"/api/orders/{pk}/").json()
            if any(entry["act"] == step for entry in seen["entries"]):
                return
            answer = doer.once("POST", f"/api/orders/{pk}/{step}/", json=data | {"stage": seen["stage"]})
            if answer is not None:
                expect(answer, 200)
                self.ledger.steps[pk].add(step)
                return
            if self.day.is_over():
                raise Stopped
            time.sleep(PAUSE)

    def import_lists(self, person: Person, chance) -> None:
        """A list of enterprises nobody has yet, to the end. What a broken connection leaves behind stays as it is."""
        client = self.client(person)
        size = chance.choice(ROWS)
        rows = [(builders.credit_code(next(NUMBERS)), "") for _ in range(size)]
        rows = [(code, f"测试企业{code}") for code, _ in rows]
        content = workbook(HEADERS, *((name, code, "存续", self.world.park) for code, name in rows))
        answer = client.once(
            "POST", "/api/import-runs/", data={"kind": "enterprises"}, files={"file": ("名单.xlsx", content)}
        )
        if answer is None:
            time.sleep(5 * PAUSE)
            return
        expect(answer, 202)
        pk = answer.json()["id"]
        self.ledger.imports[pk] = rows
        if self._rests(client, pk) == "staged":
            answer = client.once("POST", f"/api/import-runs/{pk}/apply/", json={})
            self._rests(client, pk)
            if answer is not None:
                expect(answer, 202)
        time.sleep(chance.uniform(0, 30))  # 30 lists in an hour are all that one person may bring

    def _rests(self, client, pk) -> str:
        """The state in which nobody works on the run any more; the day may end before."""
        while self.day.goes_on():
            run = client.send("GET", f"/api/import-runs/{pk}/").json()
            if run["state"] not in ("staging", "applying"):
                return run["state"]
            if run["job"]["state"] == "failed":
                self.ledger.sentences[run["job"]["error"]] += 1
                return run["state"]
            time.sleep(2 * PAUSE)
        return ""

    def sign_in(self, person: Person, chance) -> None:
        browser = self.client()
        form = {"login": person.username, "password": builders.PASSWORD}
        answer = browser.page("/accounts/login/", **form)
        self.ledger.sign_ins[person.pk].append(answer is not None and answer.status_code == 302)
        if answer is not None:
            expect(answer, 302)
            expect(browser.send("GET", "/"), 200)
        time.sleep(2)

    def _browser(self, person: Person) -> Client:
        """Signed in."""
        while True:
            browser = self.client()
            form = {"login": person.username, "password": builders.PASSWORD}
            answer = browser.page("/accounts/login/", **form)
            self.ledger.sign_ins[person.pk].append(answer is not None)
            if answer is not None:
                expect(answer, 302)
                return browser
            time.sleep(PAUSE)

    def tick(self, place: Place, chance) -> None:
        """Reads what the orders told the secretary, one message after the other."""
        browser = self._browser(place.secretary)
        while self.day.goes_on():
            page = browser.send("GET", "/me/notices/?unread=1")
            expect(page, 200)
            if found := TO_READ.search(page.text):
                token = CSRF.search(page.text)[1]
                answer = browser.once("POST", found[0], data={"csrfmiddlewaretoken": token})
                if answer is not None:
                    expect(answer, 302)
                    self.ledger.ticked.add(int(found[1]))
            time.sleep(chance.uniform(0, 2 * PAUSE))

    def read(self, person: Person, chance) -> None:
        """Turns pages; the session outlives whatever is killed."""
        browser = self._browser(person)
        while self.day.goes_on():
            answer = browser.send("GET", chance.choice(PAGES))
            if answer.status_code not in (200, 403):
                raise Unexpected(f"{answer.url}: {answer.status_code} {answer.headers.get('Location')}")
            time.sleep(chance.uniform(0, 2 * PAUSE))


NUMBERS = itertools.count(1_000_000)


class Unexpected(Exception):
    """An answer that the rules of the product do not explain."""


def expect(answer: requests.Response, status: int) -> None:
    if answer.status_code != status:
        raise Unexpected(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:300]}")
