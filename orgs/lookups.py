"""Searches that an index serves. Loaded by `OrgsConfig.ready`."""

from django.core.exceptions import EmptyResultSet
from django.db.models import CharField, Lookup, TextField

from orgs.search_words import normalise_search, pairs

LAST = "\U0010ffff"


@CharField.register_lookup
class HasPrefix(Lookup):
    """`key__has_prefix="张"`: LIKE on PostgreSQL (index with `varchar_pattern_ops`), a range elsewhere.

    Django's own `startswith` is LIKE … ESCAPE on SQLite, which scans the table.
    """

    lookup_name = "has_prefix"

    def as_postgresql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} LIKE %s", [*params, connection.ops.prep_for_like_query(self.rhs) + "%"]

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"({lhs} >= %s AND {lhs} < %s)", [*params, self.rhs, *params, self.rhs + LAST]


@TextField.register_lookup
class Spells(Lookup):
    """`search_pairs__spells="高新"`: what `orgs.search_words` keeps of the row contains the text.

    On PostgreSQL the index over the pairs (migration orgs.0009) finds texts of two characters and more.
    """

    lookup_name = "spells"

    def get_prep_lookup(self):
        return normalise_search(self.rhs)

    def as_postgresql(self, compiler, connection):
        if len(self.rhs) < 2:
            return self.as_sql(compiler, connection)
        lhs, params = self.process_lhs(compiler, connection)
        found, params = f"string_to_array({lhs}, ' ') @> %s::text[]", [*params, pairs(self.rhs).split(" ")]
        if len(self.rhs) == 2:
            return found, params
        in_a_row, more = self.as_sql(compiler, connection)
        return f"({found} AND {in_a_row})", [*params, *more]

    def as_sql(self, compiler, connection):
        if not self.rhs:
            raise EmptyResultSet
        lhs, params = self.process_lhs(compiler, connection)
        wanted = connection.ops.prep_for_like_query(pairs(self.rhs))
        return rf"{lhs} LIKE %s ESCAPE '\'", [*params, f"%{wanted}%"]
