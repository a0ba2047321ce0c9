import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        ("orgs", "0002_registered_members"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PointCriterion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("series", models.BigIntegerField(db_index=True, editable=False, verbose_name="系列")),
                ("group", models.CharField(max_length=20, verbose_name="类别")),
                ("name", models.CharField(max_length=60, verbose_name="指标")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "counting",
                    models.CharField(
                        choices=[("per_item", "按项计分"), ("once", "一次计分")],
                        default="per_item",
                        max_length=10,
                        verbose_name="计分方式",
                    ),
                ),
                ("points", models.PositiveSmallIntegerField(verbose_name="每项分值")),
                ("points_max", models.PositiveSmallIntegerField(verbose_name="最高分")),
                ("since", models.DateField(default=django.utils.timezone.localdate, verbose_name="启用日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="停用日期")),
            ],
            options={
                "verbose_name": "积分指标",
                "verbose_name_plural": "积分指标",
            },
        ),
        migrations.CreateModel(
            name="PointEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("count", models.PositiveSmallIntegerField(default=1, verbose_name="项数")),
                ("points", models.PositiveIntegerField(verbose_name="得分")),
                ("evidence", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="依据")),
                (
                    "entered_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                ("withdrawn_on", models.DateField(blank=True, null=True, verbose_name="撤回日期")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
            ],
            options={
                "verbose_name": "积分记录",
                "verbose_name_plural": "积分记录",
            },
        ),
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
            ],
            options={
                "verbose_name": "发展党员计划",
                "verbose_name_plural": "发展党员计划",
            },
        ),
        migrations.AddField(
            model_name="recruitmentcase",
            name="points",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="量化积分"),
        ),
        migrations.AddIndex(
            model_name="recruitmentcase",
            index=models.Index(fields=["points", "id"], name="case_points"),
        ),
        migrations.AddField(
            model_name="pointcriterion",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="point_criteria",
                to="orgs.organisation",
                verbose_name="适用党组织",
            ),
        ),
        migrations.AddField(
            model_name="pointentry",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="point_entries",
                to="members.recruitmentcase",
                verbose_name="发展党员",
            ),
        ),
        migrations.AddField(
            model_name="pointentry",
            name="criterion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="members.pointcriterion",
                verbose_name="积分指标",
            ),
        ),
        migrations.AddField(
            model_name="pointentry",
            name="entered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="pointentry",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="撤回人",
            ),
        ),
        migrations.AddField(
            model_name="recruitmentquota",
            name="entered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="recruitmentquota",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recruitment_quotas",
                to="orgs.organisation",
                verbose_name="党组织",
            ),
        ),
        migrations.AddIndex(
            model_name="pointcriterion",
            index=models.Index(fields=["root_id", "until"], name="criterion_root"),
        ),
        migrations.AddConstraint(
            model_name="pointcriterion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("organisation", "group", "name"),
                name="criterion_name_once",
                violation_error_message="该类别下已有同名指标。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 1), ("points_max__gte", models.F("points"))),
                name="criterion_points_fit",
                violation_error_message="分值至少为1，最高分不能低于每项分值。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointcriterion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="criterion_ends_later",
                violation_error_message="停用日期不能早于启用日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pointentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_on__isnull", True), ("withdrawn_reason", "")),
                    models.Q(
                        ("withdrawn_on__isnull", False), models.Q(("withdrawn_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="point_entry_withdrawn_why",
                violation_error_message="请说明撤回的原因。",
            ),
        ),
        migrations.AddIndex(
            model_name="recruitmentquota",
            index=models.Index(fields=["root_id", "year"], name="quota_root_year"),
        ),
        migrations.AddConstraint(
            model_name="recruitmentquota",
            constraint=models.UniqueConstraint(
                fields=("organisation", "year"),
                name="quota_one_a_year",
                violation_error_message="该党组织已有本年度计划。",
            ),
        ),
        migrations.AddConstraint(
            model_name="recruitmentquota",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("high_tech_places__isnull", True), ("places__isnull", True)),
                    ("high_tech_places__lte", models.F("places")),
                    _connector="OR",
                ),
                name="quota_high_tech_fits",
                violation_error_message="高新技术企业名额不能多于计划名额。",
            ),
        ),
    ]
