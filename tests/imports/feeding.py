"""Puts damaged workbooks through the import and says what is wrong with its answers. Needs Django set up; see `fuzz`."""

import contextlib
import hashlib
import html
import http.cookiejar
import itertools
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from python_calamine import CalamineWorkbook

from imports import actions
from imports.models import ImportRun, Job, JobState, Outcome, RunState
from imports.resources import KINDS
from members.models.append_only import AppendOnly
from orgs.models import Role, User
from tests import builders
from tests.imports.damages import Book, Case, damaged
from tests.imports.helpers import apply, contents, stage
from tests.processes import Portal

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ROWS = 12
# What a process may have held at most, in MB. The reader asks for 112 MB and twelve times what is unpacked, at most 1 GB.
BOUNDS = {"web": 400, "worker": 800, "reader": 1200}
AT_ONCE = 8  # uploads that wait for the worker together
SECONDS = 120  # for one job to end


# --- The lists, small and sound ------------------------------------------------------------------------


@dataclass(frozen=True)
class List:
    kind: str
    grid: list[list]
    header: int


def _sample(name: str) -> list[list]:
    return CalamineWorkbook.from_path(SAMPLES / f"{name}.xlsx").get_sheet_by_index(0).to_python()


def lists(rows: int = ROWS) -> list[List]:
    """The first rows of the samples that fit each other, so that every one of them could be imported."""
    parks, organisations, enterprises = (
        _sample("parks"),
        _sample("organisations"),
        _sample("enterprises-2026-10"),
    )
    members = _sample("members")[: 3 + rows]
    superiors = {row[0]: row[3] for row in organisations[3:]}
    wanted = {row[0] for row in organisations[3 : 3 + rows]}
    for code in (row[9] for row in members[3:]):
        while code:
            wanted.add(code)
            code = superiors[code]
    organisations = organisations[:3] + [row for row in organisations[3:] if row[0] in wanted]
    activities = [row for row in _sample("activities-2026")[3:] if row[3] in wanted]
    covered = [row for row in _sample("coverage-2026-10")[3:] if row[3] in wanted][:rows]
    named = {row[0] for row in covered} | {row[10] for row in members[3:]}
    enterprises = enterprises[: 3 + rows] + [row for row in enterprises[3 + rows :] if row[2] in named]
    codes = itertools.cycle(sorted(wanted))
    offers = [
        [next(codes), "", "检验检测", f"检测平台{n}", "电镜对外", "院办公室", "2026-01-01", "2027-06-30"]
        for n in range(rows)
    ]
    needs = [
        [next(codes), row[0], "", "融资", f"信用贷款{n}", "", "2027-06-30"] for n, row in enumerate(covered)
    ]
    return [
        List("parks", parks, _header(parks)),
        List("organisations", organisations, 2),
        List("enterprises", enterprises, 2),
        List("coverage", [*_sample("coverage-2026-10")[:3], *covered], 2),
        List("members", members, 2),
        List("activities", [*_sample("activities-2026")[:3], *activities[:rows]], 2),
        List("resources", [["登记党组织代码", "提供单位", "类别", "名称", "说明", "联系部门", "有效期起", "有效期止"], *offers], 0),
        List("needs", [["登记党组织代码", "需求企业统一社会信用代码", "需求单位", "类别", "名称", "说明", "有效期止"], *needs], 0),
    ]  # fmt: skip


def _header(grid) -> int:
    return next(index for index, row in enumerate(grid) if "园区名称" in row)


def found_register(found: list[List]) -> User:
    """Half of each list is in the register before anything else happens; the rest is what comes new."""
    top = builders.make_organisation(code="ZJ-0001", name="科学城综合党委")
    officer = builders.make_user(Role.OFFICER, top)
    for item in found:
        above, rows = item.grid[: item.header + 1], item.grid[item.header + 1 :]
        # A superior stands above what hangs on it: of these two all rows are needed.
        kept = rows if item.kind in ("parks", "organisations") else rows[::2]
        run = stage(item.kind, Book([*above, *kept], item.header).content(), by=officer)
        assert run.state == RunState.STAGED, run.error
        apply(run)
    return officer


def cut(item: List, rows: int = ROWS) -> List:
    return List(item.kind, item.grid[: item.header + 1 + rows], item.header)


def cases(seed: int, first: int, count: int) -> Iterable[tuple[str, Case]]:
    """The kinds take turns."""
    found = [cut(item) for item in lists()]
    for number in range(first, first + count):
        item = found[number % len(found)]
        yield item.kind, damaged(seed, number, item.grid, item.header)


def registers() -> dict[str, tuple[int, str]]:
    """The number of rows and a fingerprint of everything that an import may write, by model; the history of a row, which
    tells of the undo too, is none of it."""
    models = {KINDS[kind]._meta.model for kind in KINDS} | {m for kind in KINDS for m in KINDS[kind].derived}
    models = {model for model in models if not issubclass(model, AppendOnly)}
    return {
        model._meta.label: (
            len(rows),
            hashlib.sha256(repr(rows).encode("utf-8", "backslashreplace")).hexdigest(),
        )
        for model, rows in contents(*models).items()
    }


def changes(before: dict, now: dict) -> str:
    return ", ".join(
        f"{label} {before[label][0]} → {now[label][0]}" for label in now if now[label] != before[label]
    )


# --- What is wrong with an answer ----------------------------------------------------------------------

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Words of libraries, which say nothing to a clerk.
FOREIGN = re.compile(
    r"\w*(?:Error|Exception)\b|Traceback|\b(?:panick?|invalid|unexpected|expected|failed|cannot|None|NoneType|nan|object)\b",
    re.IGNORECASE,
)
CURE = re.compile(r"请|是否|改为|应|须|核对|已跳过")
QUOTED = re.compile(r"“[^”]*”", re.DOTALL)


def complaints(run: ImportRun) -> list[str]:
    """What a person who reads the outcome of a staged, refused or waiting run would have to complain of."""
    wrong = []
    if run.state in (RunState.FAILED, RunState.UPLOADED):
        wrong += sentence_complaints(run.error)
    elif run.state == RunState.STAGED:
        for note in run.notes:
            wrong += sentence_complaints(note, cure=False)
        for row in run.staged.filter(outcome=Outcome.REJECTED):
            for problem in row.problems:
                wrong += problem_complaints(row.row_number, problem)
        shown = sum(run.counts[outcome] for outcome in Outcome.values) - run.counts["missing"]
        if shown != run.counts["rows"] or shown + run.counts["missing"] != run.staged.count():
            wrong.append(f"counts do not add up: {run.counts}")
    else:
        wrong.append(f"ended as {run.state}")
    return wrong


def problem_complaints(row_number: int, problem: dict) -> list[str]:
    wrong = sentence_complaints(problem["text"])
    if not problem["text"].startswith(f"第{row_number}行“{problem['label']}”"):
        wrong.append(f"names no row and column: {problem['text']}")
    return wrong


def sentence_complaints(text: str, *, cure: bool = True) -> list[str]:
    own = QUOTED.sub("", text)  # what stands in the file is quoted
    wrong = []
    if not CHINESE.search(own) or not own.endswith(("。", "？")):
        wrong.append(f"no Chinese sentence: {text!r}")
    if found := FOREIGN.search(own):
        wrong.append(f"{found[0]!r} in: {text!r}")
    if cure and not CURE.search(own):
        wrong.append(f"no cure: {text!r}")
    return wrong


@dataclass
class Tally:
    """What happened to the cases, and what was wrong."""

    outcomes: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    say: Callable[[str], None] = print

    def fault(self, what: str) -> None:
        self.faults.append(what)
        self.say(f"FAULT {what}")


# --- In this process -----------------------------------------------------------------------------------


def through_reader(tally: Tally, by: User, chosen: Iterable[tuple[str, Case]]) -> None:
    """Upload, read in the child, stage, look at the outcome, forget it."""
    before = registers()
    for kind, case in chosen:
        started = time.monotonic()
        try:
            outcome, wrong = _read(kind, case, by)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
            outcome, wrong = "crashed", [f"{type(error).__name__}: {error}"[:500]]
        if time.monotonic() - started > settings.JOB_STALE_SECONDS:
            wrong.append(f"took {time.monotonic() - started:.0f} s")
        tally.outcomes[outcome] += 1
        for what in wrong:
            tally.fault(f"{kind} {case}: {what}")
    if changed := changes(before, registers()):
        tally.fault(f"nothing was written, and yet {changed}")


def _read(kind: str, case: Case, by: User) -> tuple[str, list[str]]:
    try:
        upload = ContentFile(case.content, name=case.name)
        run = actions.create_run(kind=kind, upload=upload, by=by, in_background=False)
    except ValidationError as refusal:
        return "refused", [wrong for text in refusal.messages for wrong in sentence_complaints(text)]
    run = actions.stage_run(run.pk)
    wrong = complaints(run)
    run.file.delete(save=False)
    run.delete()
    return run.state, wrong


# --- Through the running portal ------------------------------------------------------------------------


class Browser:
    """Signed in by the form, as a person is; follows redirects and remembers the way."""

    def __init__(self, address: str):
        self.address, self.jar = address, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def sign_in(self, username: str) -> None:
        self.get("/accounts/login/")
        self.post("/accounts/login/", {"login": username, "password": builders.PASSWORD})
        assert any(cookie.name.endswith("sessionid") for cookie in self.jar), "not signed in"

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, the path one ended at, text."""
        return self._open(path)

    def post(self, path: str, data: dict) -> tuple[int, str, str]:
        token = next(cookie.value for cookie in self.jar if cookie.name.endswith("csrftoken"))
        body = encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": token} | data)
        headers = {"Content-Type": MULTIPART_CONTENT, "Referer": self.address + path}
        return self._open(path, body, headers)

    def _open(self, path: str, *body_and_headers) -> tuple[int, str, str]:
        request = urllib.request.Request(self.address + path, *body_and_headers)  # noqa: S310 - our own portal
        try:
            answer = self.opener.open(request, timeout=SECONDS)
        except urllib.error.HTTPError as error:
            answer = error
        with contextlib.closing(answer):
            return (
                answer.status,
                urllib.parse.urlsplit(answer.url).path,
                answer.read().decode("utf-8", "replace"),
            )


class Memory(threading.Thread):
    """The most that each of the portal's programs held, in MB. A reader lives for a moment, so it looks often."""

    def __init__(self, portal: Portal):
        super().__init__(daemon=True)
        self.portal, self.peaks, self.stopped = portal, Counter(), threading.Event()

    def run(self):
        for turn in itertools.count():
            if turn % 100 == 0:
                web, workers = self.portal.processes("gunicorn"), self.portal.processes("celery")
            for pid in web if turn % 100 == 0 else ():
                self._note("web", pid)
            for pid in workers:
                self._note("worker", pid)
                for child in _children(pid):
                    if b"parse_child" in _proc(child, "cmdline"):
                        self._note("reader", child)
            if self.stopped.wait(0.02):
                return

    def _note(self, role: str, pid: int) -> None:
        if found := re.search(rb"VmHWM:\s+(\d+)", _proc(pid, "status")):
            self.peaks[role] = max(self.peaks[role], int(found[1]) // 1024)


def _proc(pid: int, name: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""


def _parent(pid: int) -> int:
    found = re.search(rb"PPid:\s+(\d+)", _proc(pid, "status"))
    return int(found[1]) if found else 0


def _children(pid: int) -> list[int]:
    return [int(child) for child in _proc(pid, f"task/{pid}/children").split()]


class Feeding:
    """Feeds a running portal in groups and looks at each answer, at its processes and at what they leave behind."""

    def __init__(self, tally: Tally, portal: Portal, browser: Browser, scratch: Path):
        self.tally, self.portal, self.browser, self.scratch = tally, portal, browser, scratch
        self.pids = self._pids()
        self.register = registers()
        self.memory = Memory(portal)
        self.memory.start()

    def _pids(self) -> list[int]:
        """The web server with its processes, and the worker; its pool is renewed now and then, as it should be."""
        worker = self.portal.processes("celery")
        own = [pid for pid in worker if _parent(pid) not in worker]
        return sorted([*self.portal.processes("gunicorn"), *own])

    def feed(self, chosen: Iterable[tuple[str, Case]]) -> None:
        chosen = iter(chosen)
        while group := list(itertools.islice(chosen, AT_ONCE)):
            sent = [(kind, case, self.upload(kind, case)) for kind, case in group]
            waiting = [(kind, case, run) for kind, case, run in sent if run]
            for kind, case, run in waiting:
                self.wait(run)
                for what in self.look(run, case):
                    self.tally.fault(f"{kind} {case}: {what}")
            self.look_around(group)
        self.finish()

    def upload(self, kind: str, case: Case) -> ImportRun | None:
        """The run that came of it, or None where the upload itself was refused."""
        file = ContentFile(case.content, name=case.name)
        data = {"file": file} | ({"full_list": "on"} if case.number % 3 == 0 else {})
        status, path, text = self.browser.post(f"/imports/new/?kind={kind}", data)
        if found := re.match(r"/imports/(\d+)/", path):
            return ImportRun.objects.get(pk=found[1])
        self.tally.outcomes["refused"] += 1
        said = re.findall(r"invalid-feedback[^>]*>([^<]*)<", text)
        if status != 422 or not said:
            self.tally.fault(f"{kind} {case}: upload answered {status} at {path}")
        return None

    def wait(self, run: ImportRun) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            run.refresh_from_db()
            if run.job is None or Job.objects.get(pk=run.job_id).is_finished:
                run.refresh_from_db()
                return
            time.sleep(0.1)

    def look(self, run: ImportRun, case: Case) -> list[str]:
        self.tally.outcomes[run.state] += 1
        wrong = complaints(run) + self._job_complaints(run)
        wrong += self._page_complaints(
            f"/imports/{run.pk}/", says=run.error if run.state == RunState.FAILED else ""
        )
        if run.state == RunState.UPLOADED:
            wrong += self._page_complaints(f"/imports/{run.pk}/columns/", says=run.error)
        if run.state == RunState.STAGED:
            wrong += self._decide(run, case)
        now = registers()
        if changed := changes(self.register, now):
            wrong.append(f"not as before: {changed}")
            self.register = now
        return wrong

    def _job_complaints(self, run: ImportRun) -> list[str]:
        job = Job.objects.get(pk=run.job_id)
        return [] if job.state == JobState.DONE else [f"job {job.state}: {job.error}"]

    def _page_complaints(self, path: str, says: str = "") -> list[str]:
        status, ended, text = self.browser.get(path)
        text = html.unescape(text)
        if status != 200:
            return [f"{ended} answered {status}"]
        return [f"{ended} does not say: {says}"] if says and says not in text else []

    def _decide(self, run: ImportRun, case: Case) -> list[str]:
        wrong = []
        rejected = run.staged.filter(outcome=Outcome.REJECTED).first()
        if rejected:
            wrong += self._page_complaints(f"/imports/{run.pk}/rows/{rejected.pk}/")
            if case.number % 5 == 0:
                wrong += self._page_complaints(f"/imports/{run.pk}/errors/")
        if case.number % 7 < 2 and run.counts["new"] + run.counts["changed"]:
            wrong += self._apply_and_undo(run)
        return wrong

    def _apply_and_undo(self, run: ImportRun) -> list[str]:
        wrong = []
        for step, state in (("apply", RunState.APPLIED), ("undo", RunState.UNDONE)):
            self.browser.post(f"/imports/{run.pk}/{step}/", {})
            self.wait(run)
            self.tally.outcomes[run.state] += 1
            wrong += self._page_complaints(f"/imports/{run.pk}/")
            if run.state != state:
                # Of one step the others are told: a register that moved meanwhile is compared again.
                return [*wrong, f"{step}: {run.state}, {run.error or self._job_complaints(run)}"]
        if kept := run.undo_report["kept"]:  # nobody has touched anything meanwhile
            wrong.append(f"undo kept {kept[:3]}")
        return wrong

    def look_around(self, group) -> None:
        """After each group: alive, and the same processes."""
        where = f"after {group[0][1].number}–{group[-1][1].number}"
        status, _ = self.portal.get("/livez")
        if status != 200:
            self.tally.fault(f"{where}: /livez {status}")
        if self._pids() != self.pids:
            self.tally.fault(f"{where}: processes {self.pids} became {self._pids()}")
            self.pids = self._pids()

    def finish(self) -> None:
        """What must be true when all is over."""
        self.memory.stopped.set()
        self.memory.join()
        for role, peak in sorted(self.memory.peaks.items()):
            self.tally.say(f"{role}: at most {peak} MB, allowed {BOUNDS[role]} MB")
            if peak > BOUNDS[role]:
                self.tally.fault(f"{role} held {peak} MB")
        if unfinished := Job.objects.exclude(state__in=(JobState.DONE, JobState.FAILED)).count():
            self.tally.fault(f"{unfinished} jobs have not ended")
        if zombies := [pid for pid in self._family() if b"State:\tZ" in _proc(pid, "status")]:
            self.tally.fault(f"{len(zombies)} dead children were not collected")
        self.portal.process.terminate()
        self.portal.process.wait(30)
        if left := list(self.scratch.iterdir()):
            self.tally.fault(f"temporary files are left: {left[:5]}")
        self._compare_files()
        self._read_log()

    def _family(self) -> set[int]:
        found, todo = set(), [self.portal.process.pid]
        while todo:
            pid = todo.pop()
            found.add(pid)
            todo += _children(pid)
        return found

    def _compare_files(self) -> None:
        kept = {Path(name) for name in ImportRun.objects.exclude(file="").values_list("file", flat=True)}
        stored = {
            path.relative_to(settings.MEDIA_ROOT)
            for path in Path(settings.MEDIA_ROOT).rglob("imports/**/*")
            if path.is_file()
        }
        if kept != stored:
            self.tally.fault(
                f"files without a run {len(stored - kept)}, runs without their file {len(kept - stored)}"
            )

    def _read_log(self) -> None:
        log = self.portal.log.read_text()
        for what, pattern in (
            ("a stack trace", r"Traceback"),
            ("a personal number", r"9999\d{2}(?:19|20)\d{9}[\dX]|1990000\d{4}"),
        ):
            if found := re.search(pattern, log):
                self.tally.fault(
                    f"{what} in the log: {log[max(found.start() - 300, 0) : found.end() + 1500]}"
                )
