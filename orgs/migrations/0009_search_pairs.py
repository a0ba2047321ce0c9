"""Search words of organisations and enterprises; on PostgreSQL with an index over the pairs."""

from django.db import migrations, models

from orgs.migrations import _pairs
from orgs.search_words import called, search_pairs


def fill(apps, schema_editor):
    organisations = apps.get_model("orgs", "Organisation").objects.all()
    _pairs.fill(organisations, lambda row: search_pairs(called(row.name), [row.code, row.approval_no]))
    enterprises = apps.get_model("orgs", "Enterprise").objects.prefetch_related("old_names")
    _pairs.fill(enterprises, lambda row: search_pairs(_names(row), [row.credit_code]))


def _names(enterprise):
    old = sorted(enterprise.old_names.all(), key=lambda old: old.pk)
    return [enterprise.name, *(row.name for row in old)]


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0008_webhooks"),
    ]

    operations = [
        migrations.AddField(
            model_name="enterprise",
            name="search_pairs",
            field=models.TextField(default="", editable=False, verbose_name="检索词"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="search_pairs",
            field=models.TextField(default="", editable=False, verbose_name="检索词"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        _pairs.index("orgs", "Organisation", "Enterprise"),
    ]
