"""What migrations that add search words share. Not a migration itself: the loader passes over names that begin so."""

from collections.abc import Callable

from django.db import migrations

from imports import sql

INDEX = "CREATE INDEX {name} ON {table} USING gin (string_to_array(search_pairs, ' '))"


def fill(rows, make: Callable[[object], str]) -> None:
    """`make` of each of `rows`, by chunks: one statement each to read and to write."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[: sql.CHUNK]):
        sql.update_rows(rows.model, ["search_pairs"], [(row.pk, make(row)) for row in chunk])
        last = chunk[-1].pk


def index(app: str, *models: str) -> migrations.RunPython:
    """The index over the pairs, which only PostgreSQL can have."""

    def create(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for model in models:
                table = apps.get_model(app, model)._meta.db_table
                schema_editor.execute(INDEX.format(name=f"{table}_pairs", table=table))

    def drop(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for model in models:
                schema_editor.execute(f"DROP INDEX {apps.get_model(app, model)._meta.db_table}_pairs")

    return migrations.RunPython(create, drop)
