"""Search words of activities; on PostgreSQL with an index over the pairs."""

from django.db import migrations, models

from orgs.migrations import _pairs
from orgs.search_words import search_pairs


def fill(apps, schema_editor):
    activities = apps.get_model("activities", "Activity").objects.only("title", "number", "place")
    _pairs.fill(activities, lambda row: search_pairs([row.title], [row.number, row.place]))


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0007_services"),
        ("orgs", "0009_search_pairs"),
    ]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="search_pairs",
            field=models.TextField(default="", editable=False, verbose_name="检索词"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        _pairs.index("activities", "Activity"),
    ]
