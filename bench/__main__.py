"""`make bench [SCALE="1 32"]`: one table of this portal against its alternatives, measured in this very run."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import databases, workbooks
from bench.child import MARK
from bench.table import Line, show

ROOT = Path(__file__).resolve().parent.parent
LONG_LIST = 100_000
MANY_NEEDS = 10_000
ROUNDS = 3
PAGES = (
    "home",
    "dashboard",
    "organisations",
    "organisation",
    "enterprise",
    "coverage",
    "activities",
    "agreements",
)
CHANGES = {
    "one_more": "one more attendance",
    "one_uncovered": "one unit covered no more",
    "one_agreement": "one agreement ended",
}


@dataclass
class Bench:
    """Runs pieces of work on copies of prepared databases of one engine and collects the lines of the table."""

    engine: databases.Sqlite | databases.Postgresql
    folder: Path
    rows: int | None = None  # of the workbooks; None: all
    lines: list[Line] = field(default_factory=list)
    parks: dict[int, "Park"] = field(default_factory=dict)  # by scale

    def run(
        self, database: str, work: str, *, stock: bool = False, change_log: bool = False, **arguments
    ) -> dict:
        """One piece of work in a process of its own, which changes `database`."""
        var = self.folder / "var"
        env = os.environ | {
            "DATABASE_URL": self.engine.url(database),
            "VAR_DIR": str(var),
            "PYTHONPATH": str(ROOT),
        }
        env.pop("REDIS_URL", None)
        if stock:
            env["BENCH_STOCK"] = "1"
        if change_log:
            env["BENCH_CHANGE_LOG"] = "1"
        command = [sys.executable, "-m", "bench.child", work, *(f"{k}={v}" for k, v in arguments.items())]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(
                f"{work} on {self.engine.name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            )
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
        return json.loads(line.removeprefix(MARK))

    def on_copy(self, database: str, work: str, **arguments) -> dict:
        copy = self.engine.copy(database)
        try:
            return self.run(copy, work, **arguments)
        finally:
            self.engine.drop(copy)

    def often(self, database: str, work: str, **arguments) -> dict:
        """The quickest of several runs, each on a fresh copy: other programs can only make one slower."""
        return self.quickest(lambda: self.on_copy(database, work, **arguments))

    def quickest(self, run: Callable[[], dict]) -> dict:
        results = [run() for _ in range(1 if self.rows else ROUNDS)]
        return min(results, key=lambda result: result["seconds"])

    def after(self, database: str, work: str, **arguments) -> str:
        """A new database: a copy of `database` with one more piece of work done."""
        copy = self.engine.copy(database)
        self.run(copy, work, **arguments)
        return copy

    def park(self, scale: int) -> "Park":
        """The demonstration park of that scale, made when first asked for."""
        if scale not in self.parks:
            database = self.engine.new()
            self.run(database, "empty")
            made = self.run(database, "demo_park", scale=scale)
            self.run(database, "settle")
            self.parks[scale] = Park(self, scale, database, made)
        return self.parks[scale]

    def drop_parks(self) -> None:
        for park in self.parks.values():
            if park.made:
                self.engine.drop(park.database)

    def add(self, what: str, ours: dict, alternative: dict | None = None, floor: dict | None = None) -> None:
        line = Line(self.engine.name, what, ours, alternative, floor)
        self.lines.append(line)
        print(f"  {line.brief}", flush=True)


@dataclass
class Park:
    """A demonstration park. A large one is used as it is, for copying it would take longer than the work."""

    bench: Bench
    scale: int
    database: str
    made: dict | None  # what making it cost; None: it was there before

    def on(self, work: str, **arguments) -> dict:
        run = self.bench.on_copy if self.scale == 1 else self.bench.run
        return run(self.database, work, **arguments)

    def often(self, work: str, **arguments) -> dict:
        """As `Bench.often`; work that changes a park must find it ready for the next time."""
        return self.bench.quickest(lambda: self.on(work, **arguments))


def imports(bench: Bench, long_list: bool) -> None:
    files = Files.of(bench)
    empty, parks, register, october = foundation(bench, files)
    november = bench.after(october, "ours", kind="enterprises", workbook=files.november, full_list="1")
    covered = bench.after(october, "ours", kind="coverage", workbook=files.coverage)
    first_import(bench, files, register, october)
    second_import(bench, files, october, november)
    coverage_import(bench, files, october, covered)
    bench.add("undo of the November list", bench.often(november, "undo"))
    again = bench.often(november, "ours", kind="enterprises", workbook=files.november, full_list="1")
    bench.add("the November list again, nothing new", again)
    sizes(bench, files, register, long_list)
    members(bench, october)
    for database in (empty, parks, register, october, november, covered):
        bench.engine.drop(database)


def foundation(bench: Bench, files: "Files") -> tuple[str, str, str, str]:
    """Databases, each with one more list: nothing, parks, organisations, enterprises."""
    empty = bench.engine.new()
    bench.run(empty, "empty")
    parks = bench.after(empty, "ours", kind="parks", workbook=workbooks.sample("parks"))
    register = bench.after(parks, "ours", kind="organisations", workbook=workbooks.sample("organisations"))
    october = bench.after(register, "ours", kind="enterprises", workbook=files.october)
    return empty, parks, register, october


def members_alone(bench: Bench) -> None:
    """Without the rest of the imports."""
    databases = foundation(bench, Files.of(bench))
    members(bench, databases[-1])
    for database in databases:
        bench.engine.drop(database)


def members(bench: Bench, database: str) -> None:
    """The roll of all members, every identity and mobile number encrypted and hashed, by both."""
    whole = bench.rows is None
    workbook = workbooks.sample("members")
    if not whole:
        workbook, _ = workbooks.cut("members", bench.folder, bench.rows)
    full = bench.after(database, "ours", kind="members", workbook=workbook)
    clean, rows = bench.folder / "clean-members.xlsx", bench.folder / "members.rows"
    bench.run(full, "clean", kind="members", workbook=clean)
    ours = bench.often(database, "ours", kind="members", workbook=workbook)
    stock = bench.on_copy(database, "stock", stock=True, kind="members", workbook=clean)
    same(ours, stock)
    floor = None
    if whole:
        bench.run(full, "raw_rows", kind="members", rows=rows)
        floor = bench.often(database, "floor", kind="members", workbook=workbook, rows=rows)
        same(ours, floor)
    bench.add(f"roll of {ours['rows']} members", ours, stock, floor)
    if whole:
        bench.add(
            "the same roll again, nothing new", bench.often(full, "ours", kind="members", workbook=workbook)
        )
        bench.add("undo of the roll", bench.often(full, "undo"))
    bench.engine.drop(full)


@dataclass
class Files:
    october: Path
    november: Path
    coverage: Path
    folder: Path

    @classmethod
    def of(cls, bench):
        names = ("enterprises-2026-10", "enterprises-2026-11", "coverage-2026-10")
        if bench.rows is None:
            return cls(*map(workbooks.sample, names), bench.folder)
        october, codes = workbooks.cut(names[0], bench.folder, bench.rows)
        november, _ = workbooks.cut(names[1], bench.folder, bench.rows)
        coverage, _ = workbooks.cut(names[2], bench.folder, bench.rows, codes)
        return cls(october, november, coverage, bench.folder)

    def clean(self, name):
        return self.folder / f"clean-{name}.xlsx"


def first_import(bench, files, register, october):
    clean, rows = files.clean("october"), files.folder / "october.rows"
    bench.run(october, "clean", kind="enterprises", workbook=clean)
    bench.run(october, "raw_rows", kind="enterprises", rows=rows)
    ours = bench.often(register, "ours", kind="enterprises", workbook=files.october)
    stock = bench.on_copy(register, "stock", stock=True, kind="enterprises", workbook=clean)
    logged = bench.on_copy(register, "stock", stock=True, change_log=True, kind="enterprises", workbook=clean)
    floor = bench.often(register, "floor", kind="enterprises", workbook=files.october, rows=rows)
    same(ours, stock, logged, floor)
    bench.add(f"first import, {ours['rows']} enterprises", ours, stock, floor)
    bench.add("the same, against stock with a change log", ours, logged, floor)


def second_import(bench, files, october, november):
    clean = files.clean("november")
    bench.run(november, "clean", kind="enterprises", workbook=clean)
    arguments = {"kind": "enterprises", "workbook": files.november, "full_list": "1"}
    ours = bench.often(october, "ours", **arguments)
    stock = bench.on_copy(october, "stock", stock=True, kind="enterprises", workbook=clean)
    same(ours, stock)
    bench.add(f"the next month's list, {ours['rows']} enterprises", ours, stock)


def coverage_import(bench, files, october, covered):
    clean, rows = files.clean("coverage"), files.folder / "coverage.rows"
    bench.run(covered, "clean", kind="coverage", workbook=clean)
    bench.run(covered, "raw_rows", kind="coverage", rows=rows)
    ours = bench.often(october, "ours", kind="coverage", workbook=files.coverage)
    stock = bench.on_copy(october, "stock", stock=True, kind="coverage", workbook=clean)
    floor = bench.often(october, "floor", kind="coverage", workbook=files.coverage, rows=rows)
    same(ours, stock, floor)
    bench.add(f"coverage ledger, {ours['rows']} rows", ours, stock, floor)


def same(*results: dict) -> None:
    """Times mean nothing unless everybody left the same register behind."""
    contents = {result["content"] for result in results}
    if len(contents) != 1:
        raise SystemExit(f"The registers differ: {[result['content'] for result in results]}")


def sizes(bench, files, register, long_list):
    """Statements and seconds for other row counts."""
    whole = bench.rows or 9130
    counts = [whole // 4] + ([LONG_LIST] if long_list else [])
    for count in counts:
        if count < whole:
            workbook, _ = workbooks.cut("enterprises-2026-10", files.folder, count)
        else:
            workbook = workbooks.lengthen("enterprises-2026-10", files.folder, count)
        ours = bench.often(register, "ours", kind="enterprises", workbook=workbook)
        bench.add(f"first import, {ours['rows']} enterprises", ours)


def pages(bench: Bench, scale: int) -> None:
    park = bench.park(scale)
    if park.made:
        bench.add(f"demonstration park, scale {scale}", park.made)
    ours, stock = park.on("page", name="enterprises"), park.on("stock_page", stock=True)
    bench.add(f"page: enterprise list, scale {scale}", ours, stock)
    for name in PAGES:
        bench.add(f"page: {name}, scale {scale}", park.on("page", name=name))
    ours, stock = park.on("member_pages"), park.on("stock_member_pages", stock=True)
    for what, cost in ours.items():
        bench.add(f"members, scale {scale}: {what}", cost, stock[what])
    if scale == 1:
        usual = park.on("stock_export", stock=True)
        better = park.on("stock_export", stock=True, select_related="1")
        export = park.on("export")
        bench.add(f"export of {export['rows']} units, against the usual way", export, usual)
        bench.add(f"export of {export['rows']} units, against select_related", export, better)


def exports(bench: Bench, scale: int) -> None:
    """The register of members as a file. Beyond scale 1 the same rows over and over: what matters there is memory."""
    park, file = bench.park(1), bench.folder / "members.file"
    several = park.often if scale == 1 else park.on
    for kind in ("xlsx", "csv"):
        ours = several("member_export", way=kind, file=file, times=scale)
        what = f"export of {ours['rows']} members × 20 columns, {kind}"
        bench.add(f"{what}, {ours['megabytes']:.1f} MB", ours)
        if (kind, scale) == ("xlsx", 1):
            for way in ("select_related", "usual"):
                other = park.on("member_export", stock=True, way=way, file=file)
                same(ours, other)
                bench.add(f"{what}, against import-export, {way}", ours, other)


def duties(bench: Bench) -> None:
    """A year of duties of every organisation of the demonstration park."""
    park = bench.park(1)
    ours = park.often("duties", way="one_pass")
    for way in ("organisation", "period"):
        usual = park.on("duties", way=way)
        same(ours, usual)
        asked, scaled = usual["rows"], for_all(usual, ours["rows"])
        words = f"duties of a year, {ours['rows']} cells, against one {way} at a time"
        bench.add(words + (f" (from {asked} of them)" if asked < ours["rows"] else ""), ours, scaled)


def matching(bench: Bench) -> None:
    """The best five of as many resources for each of 10,000 needs."""
    lists = bench.after(bench.park(1).database, "plant_lists", rows=bench.rows or MANY_NEEDS)
    usual = bench.on_copy(lists, "matching", way="each_with_each")
    for words, options in (("in memory", {}), ("with fetching them", {"with_fetching": 1})):
        ours = bench.often(lists, "matching", way="ranked", **options)
        same(ours, usual)
        what = f"{ours['rows']} needs × resources, best five, {words}, against each with each"
        bench.add(what, ours, for_all(usual, ours["rows"]))
    bench.engine.drop(lists)


def search(bench: Bench, scale: int) -> None:
    """What the search box asks of each register; everything is compared that either way finds."""
    park = bench.park(scale)
    ours, usual = park.on("search", way="ours"), park.on("search", way="icontains")
    for words, cost in ours.items():
        if words in usual:
            same(cost, usual[words])
        bench.add(f"search, scale {scale}, {words}", cost, usual.get(words))


def figures(bench: Bench, scale: int) -> None:
    """All measures of all organisations of the demonstration park, kept from day to day."""
    park = bench.park(scale)
    ours = park.often("figures", way="rebuilt")
    usual = park.on("figures", way="per_organisation")
    same(ours, usual)
    words = f"all measures of {ours['rows']} organisations, scale {scale}, against one at a time"
    bench.add(f"{words} (from {usual['rows']} of them)", ours, for_all(usual, ours["rows"]))
    for what, words in CHANGES.items():
        bench.add(f"the same after {words}, scale {scale}", park.often("figures", way=what))
    bench.add(f"page: dashboard, scale {scale}", park.on("page", name="dashboard"))


def for_all(cost: dict, rows: int) -> dict:
    """What a way would cost that did only some of the rows: its cost grows with them."""
    share = rows / cost["rows"]
    return (
        cost
        | {name: cost[name] * share for name in ("seconds", "cpu")}
        | {"queries": round(cost["queries"] * share)}
    )


def measure(chosen: argparse.Namespace) -> list[Line]:
    scales = [int(scale) for scale in chosen.scale.split()]
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="portal-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with databases.engines(folder, set(chosen.engines.split()), chosen.park) as engines:
            for engine in engines:
                print(f"{engine.name}:", flush=True)
                bench = Bench(engine, folder, chosen.rows, lines)
                if chosen.park and engine.name == "PostgreSQL":
                    bench.parks[max(scales)] = Park(bench, max(scales), chosen.park.rpartition("/")[2], None)
                run_parts(bench, scales, chosen.only)
                bench.drop_parks()
    return lines


def run_parts(bench: Bench, scales: list[int], only: str | None) -> None:
    if only == "members":
        members_alone(bench)
    if only in (None, "imports"):
        imports(bench, long_list=max(scales) > 1 and not bench.rows)
    for part, run in {"duties": duties, "matching": matching}.items():
        if only in (None, part) and 1 in scales:
            run(bench)
    for scale in scales:
        if scale > 1 and bench.engine.name == "SQLite":
            continue  # not meant for so many rows
        parts = {"search": search, "figures": figures, "pages": pages, "exports": exports}
        for part, run in parts.items():
            if only in (None, part):
                run(bench, scale)


def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scale", default=os.environ.get("SCALE") or "1", help='of the demonstration park: "1 32"'
    )
    parser.add_argument(
        "--rows", type=int, help="cut the workbooks to so many rows (a quick look, not a result)"
    )
    parser.add_argument("--engines", default=os.environ.get("ENGINES") or "sqlite postgresql")
    parser.add_argument(
        "--park",
        help="postgres://… of a demonstration park of the largest scale that is there already, made with the keys of "
        "bench/settings.py; it is used as it is",
    )
    parser.add_argument(
        "--only",
        choices=("imports", "members", "pages", "duties", "matching", "search", "figures", "exports"),
        help="a part of the table",
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    show(measure(arguments_of()))
