"""Attendance and audit as one table each against partitions by year: the statements of the product, on generated rows.

`python -m bench.partitions` (13 million attendances of five years, 2 million audit entries; ten minutes, 8 GB), or fewer rows.
Both shapes hold the same rows and answer alike, which is compared before a time is printed.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from bench import databases

YEARS = (2022, 2023, 2024, 2025, 2026)
ACTIVITY_SIZE = 20  # attendances of one activity
ORGANISATION_SIZE = 18  # members of one branch
ROUNDS = 15

SHAPES = ("plain", "parts")

ACTIVITIES = """
CREATE TABLE activity AS
SELECT n AS id, 1 + n %% %(branches)s AS organisation_id,
       make_date(2022 + (n * 5 / %(activities)s)::int, 1, 1)
         + ((n * 5 %% %(activities)s) * 364 / %(activities)s)::int AS held_on
FROM generate_series(0, %(activities)s::bigint - 1) AS n;
ALTER TABLE activity ADD PRIMARY KEY (id);
CREATE INDEX ON activity (organisation_id, held_on);
CREATE INDEX ON activity (held_on, id);
"""
# The members of the branch that held it, as a rule; `year` is what a partitioned table would have to repeat.
ATTENDANCES = """
CREATE TABLE attendance_{shape} (
    id bigint NOT NULL, activity_id bigint NOT NULL, member_id bigint NOT NULL, year smallint NOT NULL,
    state varchar(8) NOT NULL, how varchar(4) NOT NULL, reason text NOT NULL, ticket varchar(32)
) {partition};
{parts}
INSERT INTO attendance_{shape}
SELECT activity.id * {size} + k, activity.id, activity.organisation_id * {branch} + (k + activity.id / 7) % {size},
       extract(year FROM held_on), CASE WHEN k % 10 = 0 THEN 'absent' ELSE 'present' END, 'list', '', NULL
FROM activity, generate_series(0, {size} - 1) AS k ORDER BY activity.held_on, activity.id;
ALTER TABLE attendance_{shape} ADD PRIMARY KEY (id{key});
ALTER TABLE attendance_{shape} ADD UNIQUE (activity_id, member_id{key});
ALTER TABLE attendance_{shape} ADD UNIQUE (ticket{key});
CREATE INDEX ON attendance_{shape} (member_id, state, activity_id);
"""
AUDIT = """
CREATE TABLE audit_{shape} (
    id bigint NOT NULL, at timestamptz NOT NULL, actor_id bigint, organisation_id bigint, action varchar(20) NOT NULL,
    object_type varchar(40) NOT NULL, object_id varchar(40) NOT NULL, detail jsonb NOT NULL, seal varchar(64) NOT NULL
) {partition};
{parts}
INSERT INTO audit_{shape}
SELECT n, timestamptz '2022-01-01 00:00+08' + n * (interval '1826 days' / {entries}), n % 3000, n % {branches}, 'update',
       'member', (n % {members})::text, '{{"changed": ["position", "organisation"]}}', md5(n::text) || md5((n + 1)::text)
FROM generate_series(0, {entries} - 1) AS n;
ALTER TABLE audit_{shape} ADD PRIMARY KEY (id{key});
CREATE INDEX ON audit_{shape} (at);
CREATE INDEX ON audit_{shape} (object_type, object_id);
CREATE INDEX ON audit_{shape} (organisation_id);
CREATE INDEX ON audit_{shape} (seal);
"""

# What → (statement, whether a partitioned table is told the year, too). `%(…)s` varies from round to round.
QUERIES = {
    "attendance: roll of an activity": (
        "SELECT count(*), min(id) FROM attendance_{shape} WHERE activity_id = %(activity)s",
        "year = %(year)s",
    ),
    "attendance: a member's year": (
        "SELECT count(*), min(a.id) FROM attendance_{shape} a JOIN activity ON activity.id = activity_id "
        "WHERE member_id = %(member)s AND state = 'present' AND held_on >= make_date(%(year)s, 1, 1) "
        "AND held_on < make_date(%(year)s + 1, 1, 1)",
        "a.year = %(year)s",
    ),
    "attendance: a member, all years": (
        "SELECT count(*), min(id) FROM attendance_{shape} WHERE member_id = %(member)s AND state = 'present'",
        "",
    ),
    "attendance: a branch's year (duties, figures)": (
        "SELECT count(*), count(DISTINCT member_id) FROM attendance_{shape} a "
        "JOIN activity ON activity.id = activity_id WHERE organisation_id = %(branch)s "
        "AND held_on >= make_date(%(year)s, 1, 1) AND held_on < make_date(%(year)s + 1, 1, 1)",
        "a.year = %(year)s",
    ),
    "attendance: a year of all branches (nightly)": (
        "SELECT count(*), sum(n) FROM (SELECT organisation_id, member_id, count(*) AS n FROM attendance_{shape} a "
        "JOIN activity ON activity.id = activity_id WHERE state = 'present' "
        "AND held_on >= make_date(2026, 1, 1) GROUP BY 1, 2) AS pairs",
        "a.year = 2026",
    ),
    "audit: the newest 100 of a day": (
        "SELECT count(*), min(id) FROM (SELECT id FROM audit_{shape} WHERE at >= make_date(%(year)s, 6, 15) "
        "AND at < make_date(%(year)s, 6, 16) ORDER BY id DESC LIMIT 100) AS page",
        "",
    ),
    "audit: newest 100 of all": (
        "SELECT count(*), min(id) FROM (SELECT id FROM audit_{shape} ORDER BY id DESC LIMIT 100) AS page",
        "",
    ),
    "audit: history of an object": (
        "SELECT count(*), min(id) FROM audit_{shape} WHERE object_type = 'member' AND object_id = %(member)s::text",
        "",
    ),
    "audit: what is not sealed yet (every minute)": (
        "SELECT count(*), min(id) FROM (SELECT id FROM audit_{shape} WHERE seal = '' ORDER BY id LIMIT 2000) AS page",
        "",
    ),
    "audit: verify, all in order": (
        "SELECT count(*), max(id) FROM (SELECT id, seal FROM audit_{shape} ORDER BY id OFFSET 0) AS chain",
        "",
    ),
}
SLOW = ("nightly", "verify")

WRITES = {
    "attendance: a meeting of 20 is entered": "INSERT INTO attendance_{shape} SELECT 10000000000 + %(round)s * 20 + k, "
    "10000000000 + %(round)s, k, 2026, 'present', 'hand', '', NULL FROM generate_series(1, 20) AS k",
    "audit: one entry": "INSERT INTO audit_{shape} VALUES (10000000000 + %(round)s, '2026-12-30 12:00+08', 1, 1, "
    "'update', 'member', '1', '{{}}', '')",
}
# The oldest year goes. Partitions: a name less in the catalogue; the plain table: every row and its index entries.
RETENTION = {
    "attendance: a year is deleted and vacuumed": {
        "plain": ("DELETE FROM attendance_plain WHERE year = 2022", "VACUUM attendance_plain"),
        "parts": ("DROP TABLE attendance_parts_2022",),
    },
    "attendance: VACUUM ANALYZE after that": {
        "plain": ("VACUUM ANALYZE attendance_plain",),
        "parts": ("VACUUM ANALYZE attendance_parts",),
    },
    "audit: a year is deleted and vacuumed": {
        "plain": ("DELETE FROM audit_plain WHERE at < '2023-01-01 00:00+08'", "VACUUM audit_plain"),
        "parts": ("DROP TABLE audit_parts_2022",),
    },
}


def build(cursor, attendances: int, entries: int) -> None:
    activities = attendances // ACTIVITY_SIZE
    branches = max(1, activities // 60)  # twelve a year
    cursor.execute(ACTIVITIES, {"activities": activities, "branches": branches})
    for shape in SHAPES:
        for statement, table, column, limit in (
            (ATTENDANCES, "attendance", "year", "{0}"),
            (AUDIT, "audit", "at", "'{0}-01-01 00:00+08'"),
        ):
            divided = shape == "parts"
            parts = "".join(
                f"CREATE TABLE {table}_parts_{year} PARTITION OF {table}_parts "
                f"FOR VALUES FROM ({limit.format(year)}) TO ({limit.format(year + 1)});"
                for year in YEARS
            )
            cursor.execute(
                statement.format(
                    shape=shape,
                    partition=f"PARTITION BY RANGE ({column})" if divided else "",
                    parts=parts if divided else "",
                    key=f", {column}" if divided else "",
                    size=ACTIVITY_SIZE,
                    branch=ORGANISATION_SIZE,
                    branches=branches,
                    entries=entries,
                    members=branches * ORGANISATION_SIZE,
                )
            )
    cursor.execute("VACUUM ANALYZE")


def choices(attendances: int, round_: int) -> dict[str, int]:
    """Different rows in every round, the same for both shapes. Deterministic."""
    activities = attendances // ACTIVITY_SIZE
    branches = max(1, activities // 60)
    activity = (round_ * 7919 + 13) * 104729 % activities
    branch = 1 + activity % branches
    return {
        "activity": activity,
        "year": YEARS[activity * 5 // activities],
        "branch": branch,
        "member": branch * ORGANISATION_SIZE + round_ % ACTIVITY_SIZE,
        "round": round_,
    }


def timed(cursor, statement: str, values: dict) -> tuple[float, object]:
    """Milliseconds and the answer."""
    begun = time.perf_counter()
    cursor.execute(statement, values)
    found = cursor.fetchall() if cursor.description else None
    return (time.perf_counter() - begun) * 1000, found


def measure(cursor, attendances: int):
    """Yields what, and the milliseconds (median) of the plain table, of partitions, and of these told the year."""
    for what, (statement, year) in QUERIES.items():
        times: dict[str, list[float]] = {"plain": [], "parts": [], "year": []}
        for round_ in range(3 if any(word in what for word in SLOW) else ROUNDS):
            values, answers = choices(attendances, round_), set()
            for way in times:
                if way == "year" and not year:
                    continue
                shape = "parts" if way == "year" else way
                told = statement.replace("WHERE ", f"WHERE {year} AND ", 1) if way == "year" else statement
                # Whoever comes first fetches the pages for all.
                timed(cursor, told.format(shape=shape), values)
                spent, found = timed(cursor, told.format(shape=shape), values)
                times[way].append(spent)
                answers.add(str(found))
            if len(answers) > 1:
                sys.exit(f"{what}: the shapes differ: {answers}")
        yield what, {way: statistics.median(spent) for way, spent in times.items() if spent}
    for what, statement in WRITES.items():
        yield (
            what,
            {
                shape: statistics.median(
                    timed(cursor, statement.format(shape=shape), {"round": round_})[0]
                    for round_ in range(ROUNDS)
                )
                for shape in SHAPES
            },
        )
    for what, ways in RETENTION.items():
        yield (
            what,
            {
                shape: sum(timed(cursor, statement, {})[0] for statement in statements)
                for shape, statements in ways.items()
            },
        )


def sizes(cursor):
    for table in ("attendance", "audit"):
        for shape in SHAPES:
            cursor.execute(
                "SELECT sum(pg_table_size(oid)), sum(pg_indexes_size(oid)) FROM pg_class "
                "WHERE relkind = 'r' AND relname LIKE %s",
                [f"{table}_{shape}%"],
            )
            data, indexes = (int(size) >> 20 for size in cursor.fetchone())
            yield f"{table}, {shape}: {data} MB of rows, {indexes} MB of indexes"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.partitions", description=__doc__)
    parser.add_argument("--attendances", type=int, default=13_000_000)
    parser.add_argument("--entries", type=int, default=2_000_000)
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        databases.engines(Path(folder), {"postgresql"}) as (engine, *_),
    ):
        database = engine.new()
        try:
            with contextlib.closing(psycopg2.connect(engine.url(database))) as connection:
                connection.autocommit = True
                report(connection.cursor(), options)
        finally:
            engine.drop(database)


def report(cursor, options) -> None:
    cursor.execute("SET jit = off")
    begun = time.perf_counter()
    build(cursor, options.attendances, options.entries)
    print(
        f"{options.attendances} attendances, {options.entries} entries built in {time.perf_counter() - begun:.0f} s"
    )
    for line in sizes(cursor):
        print(line)
    print("\n| work | one table, ms | partitions, ms | told the year, ms |\n|---|---|---|---|", flush=True)
    for what, found in measure(cursor, options.attendances):
        cells = (f"{found[way]:.2f}" if way in found else "–" for way in ("plain", "parts", "year"))
        print(f"| {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
