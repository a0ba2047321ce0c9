from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0002_registered_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="calendarday",
            name="source",
            field=models.CharField(blank=True, max_length=200, verbose_name="依据文件"),
        ),
        migrations.AlterField(
            model_name="calendarday",
            name="note",
            field=models.CharField(blank=True, max_length=60, verbose_name="名称"),
        ),
    ]
