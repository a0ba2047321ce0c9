"""A prefix search that an index serves on both databases. Loaded by `OrgsConfig.ready`."""

from django.db.models import CharField, Lookup

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
