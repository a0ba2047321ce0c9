"""Three hundred people sign in at one door within a minute: `python -m bench.signing [--people 300] [--seconds 60]`.

The web server of production with two workers, over loopback, on a throw-away PostgreSQL (`--engines sqlite` for the
embedded one). Each person scans the code of that moment and sends name and digits: two requests. Afterwards everybody
must have signed in once; how long the answers took is printed, never judged.
"""

import argparse
import json
import re
import statistics
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from activities import codes
from bench import databases
from bench.serving import Portal

PLANT = """
import datetime as dt, json
from django.utils import timezone
from activities.actions import activities, signing
from orgs.models import User
from tests import builders
branch = builders.make_organisation(builders.make_organisation())
people = [builders.make_member(branch) for _ in range({people})]
by = User.objects.system()
activity = activities.plan_activity(organisation=branch, kinds=("theme_day",), by=by,
    values=dict(title="签到测试", starts_at=timezone.now() + dt.timedelta(minutes=30)))
desk = signing.open_desk(activity=activity, by=by)
print(json.dumps([str(desk.public_id), desk.secret, [[m.name, m.mobile[-4:]] for m in people]]))
"""
COUNT = """
from activities.models import Attendance
rows = Attendance.objects.filter(how="code", state="present")
print(rows.count(), rows.values("member").distinct().count())
"""


def sign_in(portal, desk, secret, person, took) -> None:
    """One telephone: scan, type, send."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"{portal.address}/activities/s/{desk}/"
    started = time.perf_counter()
    page = browser.open(f"{address}{codes.code_at(secret)}/", timeout=30).read().decode()
    took.append(time.perf_counter() - started)
    fields = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]
        for name in ("csrfmiddlewaretoken", "ticket")
    }
    data = urllib.parse.urlencode(fields | {"name": person[0], "digits": person[1]}).encode()
    started = time.perf_counter()
    answer = browser.open(address, data, timeout=30).read().decode()
    took.append(time.perf_counter() - started)
    assert "签到成功" in answer, answer


def measure(people: int, seconds: int, engine: str) -> None:
    with tempfile.TemporaryDirectory(prefix="portal-signing-") as name:
        folder = Path(name)
        with databases.engines(folder, {engine}) as found:
            database = found[0].new()
            portal = Portal(found[0].url(database), folder)
            portal.manage("migrate", "--verbosity=0")
            portal.manage("createcachetable")
            with portal.serving():
                desk, secret, persons = json.loads(portal.python(PLANT.format(people=people)))
                took = run(portal, desk, secret, persons, seconds)
                rows, distinct = map(int, portal.python(COUNT).split())
            found[0].drop(database)
    p95 = statistics.quantiles(took, n=20)[-1]
    print(
        f"{found[0].name}: {people} people in {seconds} s, {len(took)} answers: median {statistics.median(took):.3f} s, "
        f"p95 {p95:.3f} s, longest {max(took):.3f} s; signed in: {rows}, persons: {distinct}"
    )
    if (rows, distinct) != (people, people):
        raise SystemExit("Somebody was lost or counted twice.")


def run(portal, desk, secret, persons, seconds) -> list[float]:
    """Evenly over the time; each in a thread of its own, so that nobody waits for the one before."""
    took: list[float] = []
    threads = []
    for number, person in enumerate(persons):
        delay = seconds * number / len(persons)
        threads.append(threading.Timer(delay, sign_in, (portal, desk, secret, person, took)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.signing", description=__doc__)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--engines", choices=("sqlite", "postgresql"), default="postgresql")
    chosen = parser.parse_args()
    measure(chosen.people, chosen.seconds, chosen.engines)
