import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        ("orgs", "0002_registered_members"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecruitmentQuota",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("places", models.PositiveIntegerField(blank=True, null=True, verbose_name="计划名额")),
                (
                    "high_tech_places",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="其中高新技术企业"),
                ),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recruitment_quotas",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "发展党员计划",
                "verbose_name_plural": "发展党员计划",
                "indexes": [models.Index(fields=["root_id", "year"], name="quota_root_year")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "year"),
                        name="quota_one_a_year",
                        violation_error_message="该党组织已有本年度计划。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("high_tech_places__isnull", True), ("places__isnull", True)),
                            ("high_tech_places__lte", models.F("places")),
                            _connector="OR",
                        ),
                        name="quota_high_tech_fits",
                        violation_error_message="高新技术企业名额不能多于计划名额。",
                    ),
                ],
            },
        ),
    ]
