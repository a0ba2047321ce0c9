"""Set-based writing, the only place with SQL of its own: COPY on PostgreSQL, executemany elsewhere.

Both ways bypass `save()` and signals; callers write the audit entry themselves.
"""

import functools
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence

from django.db import InterfaceError, OperationalError, connection, models, transaction

CHUNK = 5000
# The database went away, or another stood in the way. Trying again may well succeed; what came of a commit, nobody knows.
AWAY = (OperationalError, InterfaceError)


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def lock(name: str) -> None:
    """Wait until nobody else holds `name`; held until the transaction ends.

    SQLite needs none: its transactions here are IMMEDIATE, hence one writer at a time.
    """
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_number(name)])


def try_lock(name: str) -> bool:
    """As `lock`, but returns at once: whether nobody else holds it."""
    if not is_postgresql():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_number(name)])
        return cursor.fetchone()[0]


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def allocate_ids(model: type[models.Model], count: int) -> list[int]:
    """Fresh primary keys for `count` rows that `insert_rows` will write in this transaction."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, model._meta.pk.column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        cursor.execute(f"SELECT MAX({connection.ops.quote_name(model._meta.pk.column)}) FROM {_name(table)}")  # noqa: S608
        largest = cursor.fetchone()[0] or 0
    start = max(row[0] if row else 0, largest) + 1
    return list(range(start, start + count))


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Insert `rows` (sequences in the order of `fields`, attribute names); returns how many.

    Fields left out get their database default or NULL, so name every field without one.
    """
    columns = [model._meta.get_field(name) for name in fields]
    with connection.cursor() as cursor:
        if is_postgresql():
            return _copy(cursor, model._meta.db_table, columns, rows)
        names = ", ".join(_name(field.column) for field in columns)
        marks = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {_name(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
        return _many(cursor, statement, columns, rows)


def insert_selected(model: type[models.Model], fields: Sequence[str], rows: models.QuerySet) -> int:
    """Insert what `rows`, a `values_list` in the order of `fields`, selects; returns how many were new.

    The rows never leave the database. Those that a unique constraint of the table already holds are passed over, so
    it may run twice and at the same time. `rows` must have a condition.
    """
    names = ", ".join(_name(model._meta.get_field(name).column) for name in fields)
    selected, parameters = rows.query.get_compiler(connection=connection).as_sql()
    statement = f"INSERT INTO {_name(model._meta.db_table)} ({names}) {selected} ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def update_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Update by primary key: each row is (pk, *values in the order of `fields`); returns how many were given."""
    if not fields:
        return 0
    columns = [model._meta.get_field(name) for name in fields]
    table, key = _name(model._meta.db_table), _name(model._meta.pk.column)
    with connection.cursor() as cursor:
        if not is_postgresql():
            pairs = ", ".join(f"{_name(field.column)} = %s" for field in columns)
            statement = f"UPDATE {table} SET {pairs} WHERE {key} = %s"  # noqa: S608
            return _many(
                cursor, statement, [*columns, model._meta.pk], ((*values, pk) for pk, *values in rows)
            )
        names = ", ".join(_name(field.column) for field in columns)
        cursor.execute(
            f"CREATE TEMP TABLE portal_update ON COMMIT DROP AS SELECT {key}, {names} FROM {table} LIMIT 0"  # noqa: S608
        )
        count = _copy(cursor, "portal_update", [model._meta.pk, *columns], rows)
        pairs = ", ".join(f"{_name(field.column)} = new.{_name(field.column)}" for field in columns)
        cursor.execute(
            f"UPDATE {table} AS old SET {pairs} FROM portal_update AS new WHERE old.{key} = new.{key}"  # noqa: S608
        )
        cursor.execute("DROP TABLE portal_update")
        return count


def delete_rows(model: type[models.Model], field: str, values: Sequence) -> int:
    """Delete the rows whose `field` is one of `values`, without cascades or signals; returns how many."""
    count = 0
    for start in range(0, len(values), CHUNK):
        rows = model._base_manager.filter(**{f"{field}__in": values[start : start + CHUNK]}).order_by()
        count += rows._raw_delete(rows.db)
    return count


class HasProblem(models.Func):
    """Whether the problems of a staged row hold this reason code."""

    output_field = models.BooleanField()
    template = "(%(expressions)s::text)))"
    arg_joiner = " @> jsonb_build_array(jsonb_build_object('code', "

    def __init__(self, code: str):
        super().__init__(models.F("problems"), models.Value(code))

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(
            compiler,
            connection,
            template="EXISTS(SELECT 1 FROM json_each(%(expressions)s)",
            arg_joiner=") AS problem WHERE json_extract(problem.value, '$.code') = ",
            **context,
        )


def rows_by_reason(run_id: int) -> dict[str, int]:
    """How many staged rows of a run have each reason code; a row may have several."""
    if is_postgresql():
        parts, code = "jsonb_array_elements(staged.problems) AS part", "part->>'code'"
    else:
        parts, code = "json_each(staged.problems) AS part", "json_extract(part.value, '$.code')"
    return _count_parts(run_id, parts, code, "rejected")


def rows_by_column(run_id: int) -> dict[str, int]:
    """How many changed rows of a run differ in each attribute."""
    if is_postgresql():
        parts, name = "jsonb_object_keys(staged.before) AS part(key)", "part.key"
    else:
        parts, name = "json_each(staged.before) AS part", "part.key"
    return _count_parts(run_id, parts, name, "changed")


def _count_parts(run_id, parts, value, outcome):
    statement = (
        f"SELECT {value}, COUNT(DISTINCT staged.id) FROM imports_stagedrow AS staged, {parts} "  # noqa: S608
        "WHERE staged.run_id = %s AND staged.outcome = %s GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [run_id, outcome])
        return dict(cursor.fetchall())


def analyse(models_: Iterable[type[models.Model]]) -> None:
    """Let the planner know how full the tables are now; after writing much at once."""
    with connection.cursor() as cursor:
        for model in models_:
            cursor.execute(f"ANALYZE {_name(model._meta.db_table)}")


def _name(name: str) -> str:
    return connection.ops.quote_name(name)


def _converter(field: models.Field) -> Callable | None:
    """Value → what the driver takes for this column; None where the driver takes it as it is.

    The plain kinds of field go round `get_db_prep_save`, which would cost more than the rest of a bulk write.
    """
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(
        field,
        models.ForeignKey | models.IntegerField | models.AutoField | models.BooleanField | models.FloatField,
    ):
        return None
    if field.__class__ in (models.CharField, models.TextField):
        return None
    if field.__class__ is models.DateField:
        return _date
    prepare = functools.partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, models.DateTimeField):
        return functools.lru_cache(prepare)  # a bulk write knows few moments
    return prepare


def _json(value):
    if not value and value is not None:
        return EMPTY_JSON.get(value.__class__) or json.dumps(value)
    return None if value is None else TO_JSON(value)


EMPTY_JSON = {dict: "{}", list: "[]"}
TO_JSON = json.JSONEncoder(ensure_ascii=False).encode


def _date(value):
    return None if value is None else str(value)


def _prepare(columns: Sequence[models.Field], rows: Sequence[Sequence]) -> list[list]:
    """The rows as the driver takes them."""
    converters = [(index, _converter(field)) for index, field in enumerate(columns)]
    converters = [(index, convert) for index, convert in converters if convert]
    prepared = []
    for row in rows:
        row = list(row)
        for index, convert in converters:
            row[index] = convert(row[index])
        prepared.append(row)
    return prepared


def _many(cursor, statement, columns, rows):
    count = 0
    # Outside a transaction SQLite would commit every single row.
    with transaction.atomic(savepoint=False):
        for chunk in _chunks(rows):
            cursor.executemany(statement, _prepare(columns, chunk))
            count += len(chunk)
    return count


SPECIAL = re.compile("[\\\\\t\n\r\0]")
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": None})


def _text(value) -> str:
    if isinstance(value, str):
        return value.translate(ESCAPES) if SPECIAL.search(value) else value
    if value is None:
        return r"\N"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value)


def _copy(cursor, table, columns, rows):
    names = ", ".join(_name(field.column) for field in columns)
    count = 0
    for chunk in _chunks(rows):
        lines = ("\t".join(map(_text, row)) for row in _prepare(columns, chunk))
        with connection.wrap_database_errors:  # Django does so for its own methods only
            cursor.copy_expert(
                f"COPY {_name(table)} ({names}) FROM STDIN", io.StringIO("\n".join(lines) + "\n")
            )
        count += len(chunk)
    return count


def _chunks(rows):
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
