"""People at work at the same time: `python -m bench.load [--people 16] [--seconds 120] [--park postgres://…]`.

The web server of production with two processes, two workers and beat, PostgreSQL and Redis, over loopback. Everybody signs
in, then opens pages, searches and records meetings with pauses between, while somebody imports lists and takes them back. It ends
by itself. Any answer that is not as it should be is an error and ends the command with 1; how long the answers took is
printed, never judged. Without `--park` a demonstration park of scale 1 is made; a given one is written to.
"""

import argparse
import datetime as dt
import html
import json
import random
import re
import statistics
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import defaultdict
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path

from bench import databases, workbooks
from bench.serving import Portal
from tests import services

PAUSE = (1.0, 3.0)  # seconds between two clicks
ROWS = 500  # of the workbook
PATIENCE = 60  # seconds for an answer
PLANT = """
import json, secrets
from django.db.models import Count
from members.models import Member
from orgs.kinds import BRANCHES
from orgs.models import Enterprise, Organisation, Role, User

def person(number, role, organisation):
    name, password = f"load-{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    user = User.objects.create_user(name, password=password, display_name=f"压测{number}")
    user.appointments.create(role=role, organisation=organisation)
    members = Member.objects.in_register().filter(organisation=organisation).order_by("pk")
    return {"name": name, "password": password, "role": role, "organisation": organisation.pk, "code": organisation.code,
            "members": list(members.values_list("pk", flat=True)[:60])}

top = Organisation.objects.order_by("depth", "path")[0]
offices = list(Organisation.objects.filter(kind__endswith="committee", depth__gt=1).order_by("path")[:40])
sizes = Member.objects.in_register().values("organisation").annotate(n=Count("pk")).filter(n__range=(8, 60))
branches = list(Organisation.objects.filter(kind__in=BRANCHES, pk__in=sizes.values("organisation")).order_by("?")[:200])
people = [person(n, *((Role.OFFICER, top) if n == 0 else (Role.OFFICER, offices[n % len(offices)]) if n % 3 == 0
          else (Role.SECRETARY, branches[n % len(branches)]))) for n in range({people})]
names = list(Member.objects.in_register().order_by("pk").values_list("name", flat=True)[:200])
units = list(Enterprise.objects.order_by("pk").values_list("name", flat=True)[:200])
print(json.dumps({"people": people, "words": [n[:2] for n in names] + [u[2:4] for u in units]}))
"""
COUNT = """
from activities.models import Activity
print(Activity.objects.filter(title="压测主题党日").count())
"""


class Figures:
    """How long each kind of answer took, and what went wrong; filled by many threads."""

    def __init__(self):
        self.took: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.recorded = 0

    def show(self, seconds: float) -> None:
        print(f"{'answer':<34} {'n':>5} {'median':>8} {'p95':>8} {'longest':>8}   (milliseconds)")
        for what, took in sorted(self.took.items(), key=lambda item: -percentile(item[1], 95)):
            figures = (statistics.median(took), percentile(took, 95), max(took))
            print(f"{what:<34} {len(took):>5} " + " ".join(f"{1000 * value:>8.0f}" for value in figures))
        count = sum(map(len, self.took.values()))
        print(f"{count} answers in {seconds:.0f} s, {len(self.errors)} errors")
        for error in self.errors[:20]:
            print(f"  {error}")


def percentile(values: list[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


class Browser:
    """Cookies and forms of one person; every answer is timed."""

    def __init__(self, portal: Portal, figures: Figures):
        self.address, self.figures = portal.address, figures
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, what: str, path: str, **query) -> str:
        address = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        return self._open(what, urllib.request.Request(self.address + address))  # noqa: S310

    def post(self, what: str, path: str, fields: dict) -> str:
        return self._open(what, self._request(path, urllib.parse.urlencode(fields, doseq=True).encode()))

    def upload(self, what: str, path: str, fields: dict, file: Path) -> str:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="list.xlsx"\r\n\r\n'
        body = b"".join([*parts, head.encode(), file.read_bytes(), f"\r\n--{boundary}--\r\n".encode()])
        request = self._request(path, body)
        request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        return self._open(what, request)

    def _request(self, path: str, body: bytes) -> urllib.request.Request:
        request = urllib.request.Request(self.address + path, body)  # noqa: S310 - this machine
        token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "")
        request.add_header("X-CSRFToken", token)
        return request

    def _open(self, what: str, request) -> str:
        started = time.perf_counter()
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                self.path, text = urllib.parse.urlparse(answer.url).path, answer.read().decode()
        except (OSError, urllib.error.HTTPError) as error:
            self.figures.errors.append(f"{what}: {request.selector}: {error}")
            return ""
        finally:
            self.figures.took[what].append(time.perf_counter() - started)
        return text


class Person:
    """Chooses what to do by how often people do it."""

    def __init__(self, portal: Portal, figures: Figures, told: dict, words: list[str]):
        self.browser, self.figures, self.told, self.words = Browser(portal, figures), figures, told, words
        self.chance = random.Random(told["name"])  # noqa: S311 - not a secret
        self.pages = {"home": "/", "dashboard": "/dashboard/", "to-dos": "/todos/", "activities": "/activities/",
                      "members": "/members/", "organisations": "/organisations/"}  # fmt: skip
        if told["role"] == "officer":
            self.pages |= {"enterprises": "/enterprises/", "coverage": "/coverage/", "duties": "/activities/duties/",
                           "agreements": "/agreements/", "leaderboards": "/leaderboards/"}  # fmt: skip

    def work(self, until: float) -> None:
        self.sign_in()
        acts = [self.open] * 8 + [self.search] * 4 + [self.open_a_row] * 4
        if self.told["role"] == "secretary":
            acts += [self.record] * 2
        while time.monotonic() < until:
            self.chance.choice(acts)()
            time.sleep(self.chance.uniform(*PAUSE))
        self.browser.post("sign out", "/accounts/logout/", {})

    def sign_in(self) -> None:
        self.browser.get("sign-in page", "/accounts/login/")
        fields = {"login": self.told["name"], "password": self.told["password"]}
        self.browser.post("sign in", "/accounts/login/", fields)
        if self.browser.path.startswith("/accounts/login"):
            self.figures.errors.append(f"{self.told['name']} could not sign in")

    def open(self) -> None:
        what = self.chance.choice(list(self.pages))
        self.browser.get(f"page: {what}", self.pages[what])

    def open_a_row(self) -> None:
        what = self.chance.choice(["activities", "members", "organisations"])
        text = self.browser.get(f"page: {what}", self.pages[what])
        rows = re.findall(rf'href="({self.pages[what]}(?:\d+|[A-Z0-9-]+)/)"', text)
        if rows:
            self.browser.get(f"one of {what}", self.chance.choice(rows))

    def search(self) -> None:
        self.browser.get("search", "/search/", q=self.chance.choice(self.words))

    def record(self) -> None:
        organisation, keys = self.told["organisation"], self.told["members"]
        form = self.browser.get("form: record", "/activities/record/", organisation=self.told["code"])
        key = re.search(r'name="entry_key"[^>]*value="([^"]+)"', form)
        yesterday = dt.date.today() - dt.timedelta(days=1)  # noqa: DTZ011 - any day that is over
        fields = {
            "organisation": organisation, "way": "roll", "circle": "members", "kinds": ["theme_day"],
            "title": "压测主题党日", "day": yesterday, "starts_at": "15:00", "ends_at": "16:30", "shown": keys,
            "here": keys, "entry_key": key[1] if key else uuid.uuid4(),
        }  # fmt: skip
        text = self.browser.post("save a record", "/activities/record/", fields)
        if re.fullmatch(r"/activities/\d+/", self.browser.path):
            self.figures.recorded += 1
        elif text:
            found = re.findall(r'class="[^"]*(?:invalid-feedback|alert)[^"]*"[^>]*>\s*([^<]+)', text)
            self.figures.errors.append(f"record refused: {html.unescape(' '.join(found))[:200]}")


class Importer(Person):
    """Uploads a list, waits for its preview, applies it, takes it back."""

    workbook: Path

    def work(self, until: float) -> None:
        self.sign_in()
        while time.monotonic() < until - 10:
            self.upload_and_undo(until)
            time.sleep(5)

    def upload_and_undo(self, until: float) -> None:
        browser = self.browser
        browser.get("form: import", "/imports/new/", kind="enterprises")
        browser.upload("upload of a list", "/imports/new/?kind=enterprises", {}, self.workbook)
        run = browser.path
        if not re.fullmatch(r"/imports/\d+/", run):
            self.figures.errors.append(f"upload refused: {run}")
            return
        self.wait("preview of a list, whole wait", run, "apply/", until)
        browser.post("apply a list", f"{run}apply/", {"mode": "valid"})
        self.wait("list applied, whole wait", run, "undo/", until)
        browser.post("take a list back", f"{run}undo/", {})

    def wait(self, what: str, run: str, step: str, until: float) -> None:
        """Until the page offers the next step."""
        started = time.perf_counter()
        while f'="{run}{step}"' not in self.browser.get("page: import", run):
            if time.monotonic() > until + PATIENCE:
                self.figures.errors.append(f"{what}: not done")
                return
            time.sleep(1)
        self.figures.took[what].append(time.perf_counter() - started)


def load(portal: Portal, folder: Path, people: int, seconds: int) -> Figures:
    told = json.loads(portal.python(PLANT.replace("{people}", str(people))))
    Importer.workbook, _ = workbooks.cut("enterprises-2026-11", folder, ROWS)
    figures, until = Figures(), time.monotonic() + seconds
    kinds = [Importer] + [Person] * (people - 1)
    threads = [
        threading.Thread(target=kind(portal, figures, one, told["words"]).work, args=[until])
        for kind, one in zip(kinds, told["people"], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures


def measure(chosen: argparse.Namespace) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="portal-load-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        redis = stack.enter_context(services.redis_server(folder, 1)).env
        queue = f"{redis['REDIS_URL'].rpartition('/')[0]}/{redis['TEST_REDIS_DATABASES']}"
        (engine,) = stack.enter_context(databases.engines(folder, {"postgresql"}, chosen.park))
        url = chosen.park or engine.url(engine.new())
        portal = Portal(url, folder / "var", REDIS_URL=queue)
        portal.manage("migrate", "--verbosity=0")
        portal.manage("createcachetable")
        if not chosen.park:
            portal.manage("demo_park")
        before = recorded(portal)
        with portal.serving(workers=2):
            started = time.monotonic()
            figures = load(portal, folder, chosen.people, chosen.seconds)
            figures.show(time.monotonic() - started)
        stored = recorded(portal) - before
        print(f"records saved: {figures.recorded}, found afterwards: {stored}")
        if figures.errors or stored != figures.recorded:
            raise SystemExit(1)


def recorded(portal: Portal) -> int:
    return int(portal.python(COUNT))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument(
        "--park", help="a demonstration park that is there already, made with the keys of bench/settings.py"
    )
    measure(parser.parse_args())
