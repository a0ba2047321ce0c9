"""What the ORM has no words for: querysets joined to each other and counted in groups, many texts in one."""

from collections.abc import Iterable

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Aggregate, QuerySet, TextField


def joined(columns: str, parts: Iterable[tuple[str, QuerySet]], group_by: str) -> list[tuple]:
    """SELECT `columns` from querysets, each put in the place of the braces of its text; nothing where one of them is empty.

    What is said in `columns`, the texts and `group_by` becomes SQL: only names written in code and numbers may be in it.
    """
    parts = list(parts)
    database = parts[0][1].db
    sql, parameters = [f"SELECT {columns}"], []
    try:
        for text, queryset in parts:
            inner, inner_parameters = queryset.query.get_compiler(database).as_sql()
            sql.append(text.format(inner))
            parameters += inner_parameters
    except EmptyResultSet:
        return []
    if group_by:
        sql.append(f"GROUP BY {group_by}")
    with connections[database].cursor() as cursor:
        cursor.execute(" ".join(sql), parameters)
        return cursor.fetchall()


class InOneText(Aggregate):
    """The texts of a group one after the other, in no order, with the second expression between them."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)
