"""Rounds of faults under load, each followed by rest and judgement. Needs Django, set up on the estate's database."""

import collections
import random
import time

from django.db import Error, connections

from tests.faults import world as worlds
from tests.faults.estate import PARTS, Estate, wait_for
from tests.faults.load import Ledger, Work
from tests.faults.verify import Verdict, at_work, is_pausing, verify

GRACE = 60  # seconds for what people have in hand when a round ends
MOST_SHOWN = 20


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def run(estate: Estate, receiver, arguments) -> bool:
    """Whether everything held."""
    say("preparing the database and a small park")
    worlds.prepare()
    world = worlds.build(f"https://127.0.0.1:{receiver.server_port}/in")
    connections.close_all()
    estate.start()
    wait_for(estate.is_ready, "the portal")
    chance, ledger = random.Random(arguments.seed), Ledger()  # noqa: S311 - must repeat
    broken: collections.Counter = collections.Counter()
    kills, verdict, failures, rests = 0, Verdict(), [], []
    while kills < arguments.kills and not verdict.violations and not failures:
        work = Work(f"http://127.0.0.1:{estate.web_port}", world, ledger, arguments.seed + kills, GRACE)
        work.begin()
        kills += _break(estate, min(arguments.round, arguments.kills - kills), arguments, chance, broken)
        say(f"{kills} kills; {sum(ledger.answers.values())} answers; people finish what they have in hand")
        work.end()
        seconds, left = _rest(estate, arguments.stall)
        rests.append(seconds)
        failures += work.failures + ([f"no progress for {arguments.stall:.0f} s: {left}"] if left else [])
        verdict = verify(ledger, receiver)
        connections.close_all()
        say(f"verified: {sum(verdict.looked_at.values())} demands, {len(verdict.violations)} violations")
    _report(estate, kills, broken, ledger, verdict, failures, rests)
    return not (verdict.violations or failures or ledger.dishonest)


def _break(estate, wanted, arguments, chance, broken) -> int:
    kills = 0
    while kills < wanted:
        time.sleep(chance.expovariate(1 / arguments.pause))
        (part,) = chance.choices(arguments.only, [PARTS[part] for part in arguments.only])
        done = estate.break_one(part, chance)
        if done is None:  # it is just being started again
            continue
        what, is_kill = done
        broken[what] += 1
        kills += is_kill
        if is_kill and kills % 10 == 0:
            say(f"  {kills} of {wanted} kills of this round")
    return kills


def _rest(estate: Estate, stall: float) -> tuple[float, dict]:
    """Waits until everything is back and all work is done. Returns how long that took and what stood still, if it did."""
    started = moved = time.monotonic()
    before: object = None
    while True:
        pausing = False
        try:
            left = at_work() if estate.is_ready() else {"services": [p.starts for p in estate.everything()]}
            pausing = is_pausing(left)
        except Error as error:
            left = {"database": str(error)}
        now = time.monotonic()
        if not left:
            return now - started, {}
        if left != before:
            before, moved = left, now
            say(f"  at rest soon: {left}")
        if pausing:
            moved = now
        if now - moved > stall:
            return now - started, left
        time.sleep(2)


def _report(estate, kills, broken, ledger, verdict: Verdict, failures, rests) -> None:
    print("\n| broken | times |\n|---|---|")
    for what, times in sorted(broken.items()):
        print(f"| {what} | {times} |")
    print(f"| **kills** | **{kills}** |")
    print("\n| answers | |\n|---|---|")
    for status, times in sorted(ledger.answers.items(), key=str):
        print(f"| {status} | {times} |")
    print(f"| dishonest | {len(ledger.dishonest)} |")
    print("\n| demanded | times | violated |\n|---|---|---|")
    for what, times in verdict.looked_at.items():
        print(f"| {what} | {times} | {verdict.violated[what]} |")
    print(f"| **all** | **{sum(verdict.looked_at.values())}** | **{len(verdict.violations)}** |")
    print(f"\nrest after each round: {', '.join(f'{seconds:.0f}' for seconds in rests)} s")
    starts = ", ".join(f"{program.name} {program.starts}" for program in estate.everything())
    print(f"starts: {starts}")
    for sentence, times in ledger.sentences.items():
        print(f"lists that ended with a sentence: {times} × {sentence}")
    for text in (*failures, *ledger.dishonest[:MOST_SHOWN], *verdict.violations[:MOST_SHOWN]):
        print(f"WRONG: {text}")
