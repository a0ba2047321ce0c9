import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Cast

import orgs.fields

CHUNK = 500


def seal_reasons(apps, schema_editor):
    """Reads past the field, which would try to decrypt what was stored in clear until now."""
    rows = apps.get_model("activities", "Attendance").objects.all()
    clear = rows.annotate(clear=Cast("reason", models.TextField())).exclude(clear="")
    found = list(clear.values_list("pk", "clear"))
    for start in range(0, len(found), CHUNK):
        part = [rows.model(pk=pk, reason=reason) for pk, reason in found[start : start + CHUNK]]
        rows.bulk_update(part, ["reason"])


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0001_initial"),
        ("members", "0002_materials_and_leaders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="attendance",
            name="attendance_leave_reason",
        ),
        migrations.AddField(
            model_name="vote",
            name="note",
            field=models.CharField(blank=True, max_length=200, verbose_name="应到人数说明"),
        ),
        migrations.AddField(
            model_name="vote",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="撤销时间"),
        ),
        migrations.AddField(
            model_name="vote",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="撤销人",
            ),
        ),
        migrations.AddField(
            model_name="vote",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="撤销原因"),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="reason",
            field=orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="原因"),
        ),
        migrations.RunPython(seal_reasons),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "leave"), _negated=True),
                    django.db.models.lookups.GreaterThan(django.db.models.functions.text.Length("reason"), 0),
                    _connector="OR",
                ),
                name="attendance_leave_reason",
                violation_error_message="请填写请假原因。",
            ),
        ),
    ]
