from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0006_studies"),
        ("members", "0002_materials_and_leaders"),
        ("orgs", "0005_park_coordinates"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ServiceMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_parts",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "参加服务的党员",
                "verbose_name_plural": "参加服务的党员",
            },
        ),
        migrations.CreateModel(
            name="ServiceRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("on", models.DateField(verbose_name="服务日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("volunteering", "志愿服务"),
                            ("science", "科技服务"),
                            ("matching", "项目撮合（科技红娘）"),
                            ("policy", "政策服务"),
                            ("legal_finance", "法律金融服务"),
                            ("other", "其他服务"),
                        ],
                        max_length=16,
                        verbose_name="服务类型",
                    ),
                ),
                (
                    "beneficiary_name",
                    models.CharField(blank=True, max_length=100, verbose_name="其他服务对象"),
                ),
                ("title", models.CharField(max_length=120, verbose_name="服务事项")),
                ("detail", models.TextField(blank=True, max_length=2000, verbose_name="服务内容")),
                ("result", models.TextField(blank=True, max_length=2000, verbose_name="服务成效")),
                ("feedback", models.TextField(blank=True, max_length=2000, verbose_name="服务对象反馈")),
                (
                    "problems_solved",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100000)],
                        verbose_name="解决问题（个）",
                    ),
                ),
                (
                    "projects_matched",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100000)],
                        verbose_name="撮合项目（个）",
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="涉及金额（万元）",
                    ),
                ),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=1,
                        default=0,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("1000")),
                        ],
                        verbose_name="服务时长（小时）",
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_records",
                        to="activities.activity",
                        verbose_name="关联活动",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_records",
                        to="orgs.enterprise",
                        verbose_name="服务企业",
                    ),
                ),
                (
                    "members",
                    models.ManyToManyField(
                        related_name="service_records",
                        through="activities.ServiceMember",
                        to="members.member",
                        verbose_name="参加党员",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="service_records",
                        to="orgs.organisation",
                        verbose_name="服务党组织",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "服务记录",
                "verbose_name_plural": "服务记录",
                "indexes": [
                    models.Index(fields=["organisation", "on"], name="service_organisation"),
                    models.Index(fields=["root_id", "on", "id"], name="service_root"),
                    models.Index(fields=["on", "id"], name="service_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("beneficiary_name", ""), ("enterprise__isnull", False)),
                            models.Q(
                                ("enterprise__isnull", True),
                                models.Q(("beneficiary_name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="service_for_one",
                        violation_error_message="服务企业和其他服务对象须填且只填一项。",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="servicemember",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="activities.servicerecord",
                verbose_name="服务记录",
            ),
        ),
        migrations.AddConstraint(
            model_name="servicemember",
            constraint=models.UniqueConstraint(fields=("service", "member"), name="service_member_once"),
        ),
    ]
