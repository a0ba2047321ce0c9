"""`make bench [SCALE="1 32"]`: one table of this portal against its alternatives, measured in this very run."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bench import databases, workbooks
from bench.child import MARK
from bench.table import Line, show

ROOT = Path(__file__).resolve().parent.parent
LONG_LIST = 100_000
MANY_NEEDS = 10_000
ROUNDS = 3
PAGES = ("members", "home", "organisations", "organisation", "enterprise", "coverage")


@dataclass
class Bench:
    """Runs pieces of work on copies of prepared databases of one engine and collects the lines of the table."""

    engine: databases.Sqlite | databases.Postgresql
    folder: Path
    rows: int | None = None  # of the workbooks; None: all
    lines: list[Line] = field(default_factory=list)

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
        results = [self.on_copy(database, work, **arguments) for _ in range(1 if self.rows else ROUNDS)]
        return min(results, key=lambda result: result["seconds"])

    def after(self, database: str, work: str, **arguments) -> str:
        """A new database: a copy of `database` with one more piece of work done."""
        copy = self.engine.copy(database)
        self.run(copy, work, **arguments)
        return copy

    def add(self, what: str, ours: dict, alternative: dict | None = None, floor: dict | None = None) -> None:
        line = Line(self.engine.name, what, ours, alternative, floor)
        self.lines.append(line)
        print(f"  {line.brief}", flush=True)


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
    empty = bench.engine.new()
    bench.run(empty, "empty")
    bench.add(f"demonstration park, scale {scale}", bench.run(empty, "demo_park", scale=scale))
    ours = bench.on_copy(empty, "page", name="enterprises")
    stock = bench.on_copy(empty, "stock_page", stock=True)
    bench.add(f"page: enterprise list, scale {scale}", ours, stock)
    for name in PAGES:
        if name == "members":
            member_pages(bench, empty, scale)
            continue
        bench.add(f"page: {name}, scale {scale}", bench.on_copy(empty, "page", name=name))
    if scale == 1:
        usual = bench.on_copy(empty, "stock_export", stock=True)
        better = bench.on_copy(empty, "stock_export", stock=True, select_related="1")
        export = bench.on_copy(empty, "export")
        bench.add(f"export of {export['rows']} units, against the usual way", export, usual)
        bench.add(f"export of {export['rows']} units, against select_related", export, better)
    bench.engine.drop(empty)


def member_pages(bench: Bench, database: str, scale: int) -> None:
    ours = bench.on_copy(database, "member_pages")
    stock = bench.on_copy(database, "stock_member_pages", stock=True)
    for what, cost in ours.items():
        bench.add(f"members, scale {scale}: {what}", cost, stock[what])


def duties(bench: Bench) -> None:
    """A year of duties of every organisation of the demonstration park."""
    empty = bench.engine.new()
    bench.run(empty, "empty")
    bench.run(empty, "demo_park", scale=1)
    ours = bench.often(empty, "duties", way="one_pass")
    for way in ("organisation", "period"):
        usual = bench.on_copy(empty, "duties", way=way)
        same(ours, usual)
        asked, scaled = usual["rows"], for_all(usual, ours["rows"])
        words = f"duties of a year, {ours['rows']} cells, against one {way} at a time"
        bench.add(words + (f" (from {asked} of them)" if asked < ours["rows"] else ""), ours, scaled)
    bench.engine.drop(empty)


def matching(bench: Bench) -> None:
    """The best five of as many resources for each of 10,000 needs."""
    park = bench.engine.new()
    bench.run(park, "empty")
    bench.run(park, "demo_park", scale=1)
    bench.run(park, "plant_lists", rows=bench.rows or MANY_NEEDS)
    usual = bench.on_copy(park, "matching", way="each_with_each")
    for words, options in (("in memory", {}), ("with fetching them", {"with_fetching": 1})):
        ours = bench.often(park, "matching", way="ranked", **options)
        same(ours, usual)
        what = f"{ours['rows']} needs × resources, best five, {words}, against each with each"
        bench.add(what, ours, for_all(usual, ours["rows"]))
    bench.engine.drop(park)


def search(bench: Bench, scale: int) -> None:
    """What the search box asks of each register; everything is compared that either way finds."""
    if scale > 1 and bench.engine.name == "SQLite":
        return  # not meant for so many rows
    park = bench.engine.new()
    bench.run(park, "empty")
    bench.run(park, "demo_park", scale=1)
    bench.run(park, "multiply", times=scale)
    bench.run(park, "settle")
    ours, usual = bench.run(park, "search", way="ours"), bench.run(park, "search", way="icontains")
    for words, cost in ours.items():
        if words in usual:
            same(cost, usual[words])
        bench.add(f"search, scale {scale}, {words}", cost, usual.get(words))
    bench.engine.drop(park)


def figures(bench: Bench, scale: int) -> None:
    """All measures of all organisations of the demonstration park, kept from day to day."""
    park = bench.engine.new()
    bench.run(park, "empty")
    bench.run(park, "demo_park", scale=scale)
    bench.run(park, "settle")
    ours = bench.often(park, "figures", way="rebuilt")
    usual = bench.on_copy(park, "figures", way="per_organisation")
    same(ours, usual)
    words = f"all measures of {ours['rows']} organisations, scale {scale}, against one at a time"
    bench.add(f"{words} (from {usual['rows']} of them)", ours, for_all(usual, ours["rows"]))
    one = bench.often(park, "figures", way="one_more")
    bench.add(f"the same after one more attendance, scale {scale}", one)
    bench.add(f"page: dashboard, scale {scale}", bench.on_copy(park, "page", name="dashboard"))
    bench.engine.drop(park)


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
        with databases.engines(folder, set(chosen.engines.split())) as engines:
            for engine in engines:
                print(f"{engine.name}:", flush=True)
                bench = Bench(engine, folder, chosen.rows, lines)
                if chosen.only == "members":
                    members_alone(bench)
                if chosen.only in (None, "duties"):
                    duties(bench)
                if chosen.only in (None, "matching"):
                    matching(bench)
                if chosen.only in (None, "search"):
                    for scale in scales:
                        search(bench, scale)
                if chosen.only in (None, "figures"):
                    for scale in scales:
                        figures(bench, scale)
                if chosen.only in (None, "imports"):
                    imports(bench, long_list=max(scales) > 1 and not chosen.rows)
                if chosen.only in (None, "pages"):
                    for scale in scales:
                        pages(bench, scale)
    return lines


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
        "--only",
        choices=("imports", "members", "pages", "duties", "matching", "search", "figures"),
        help="a part of the table",
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    show(measure(arguments_of()))
