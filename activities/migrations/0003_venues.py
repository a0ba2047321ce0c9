import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0002_reasons_and_votes"),
        ("orgs", "0003_calendar_sources"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Venue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("centre", "党群服务中心"),
                            ("station", "党群服务站"),
                            ("room", "会议室、活动室"),
                            ("hall", "讲堂"),
                            ("exhibition", "展厅"),
                            ("other", "其他"),
                        ],
                        default="station",
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-90),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="纬度",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=6,
                        max_digits=9,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-180),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="经度",
                    ),
                ),
                ("capacity", models.PositiveIntegerField(blank=True, null=True, verbose_name="可容纳人数")),
                ("equipment", models.CharField(blank=True, max_length=300, verbose_name="设施设备")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="办公电话")),
                ("since", models.DateField(default=django.utils.timezone.localdate, verbose_name="启用日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                ("closed_reason", models.CharField(blank=True, max_length=200, verbose_name="停用原因")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "created_by",
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
                        related_name="venues",
                        to="orgs.organisation",
                        verbose_name="管理党组织",
                    ),
                ),
                (
                    "park",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venues",
                        to="orgs.park",
                        verbose_name="所在园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "阵地",
                "verbose_name_plural": "阵地",
                "indexes": [models.Index(fields=["organisation", "name"], name="venue_organisation")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("root_id", "name"),
                        name="venue_name_once",
                        violation_error_message="已有同名的阵地。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__isnull", False),
                                ("latitude__range", (-90, 90)),
                                ("longitude__isnull", False),
                                ("longitude__range", (-180, 180)),
                            ),
                            _connector="OR",
                        ),
                        name="venue_place_whole",
                        violation_error_message="经度和纬度须同时填写，且在有效范围内。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="venue_until_later",
                        violation_error_message="停用日期不能早于启用日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Timetable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="自何日起")),
                ("week", models.JSONField(default=list, verbose_name="每周开放时间")),
                (
                    "rest_days",
                    models.CharField(
                        choices=[
                            ("closed", "休息日、节假日不开放"),
                            ("weekends", "双休日开放，法定节假日不开放"),
                            ("open", "休息日、节假日照常开放"),
                        ],
                        default="closed",
                        max_length=10,
                        verbose_name="休息日、节假日",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timetables",
                        to="activities.venue",
                        verbose_name="阵地",
                    ),
                ),
            ],
            options={
                "verbose_name": "开放时间",
                "verbose_name_plural": "开放时间",
                "ordering": ["venue", "since"],
                "constraints": [models.UniqueConstraint(fields=("venue", "since"), name="timetable_once")],
            },
        ),
        migrations.CreateModel(
            name="ServiceShift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="服务事项")),
                ("unit", models.CharField(max_length=80, verbose_name="提供单位")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (1, "周一"),
                            (2, "周二"),
                            (3, "周三"),
                            (4, "周四"),
                            (5, "周五"),
                            (6, "周六"),
                            (7, "周日"),
                        ],
                        null=True,
                        verbose_name="每周",
                    ),
                ),
                ("day", models.DateField(blank=True, null=True, verbose_name="日期")),
                ("opens", models.PositiveSmallIntegerField(verbose_name="开始")),
                ("closes", models.PositiveSmallIntegerField(verbose_name="结束")),
                ("person_name", models.CharField(blank=True, max_length=50, verbose_name="值班人员")),
                ("since", models.DateField(blank=True, null=True, verbose_name="自何日起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="至何日止")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shifts",
                        to="activities.venue",
                        verbose_name="阵地",
                    ),
                ),
            ],
            options={
                "verbose_name": "驻点服务",
                "verbose_name_plural": "驻点服务",
                "indexes": [models.Index(fields=["venue", "weekday"], name="service_of_venue")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("day__isnull", False),
                                ("since__isnull", True),
                                ("until__isnull", True),
                                ("weekday__isnull", True),
                            ),
                            models.Q(
                                ("day__isnull", True), ("since__isnull", False), ("weekday__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="service_weekly_or_once",
                        violation_error_message="请填写每周几或具体日期中的一项。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes__gt", models.F("opens")), ("closes__lte", 1440)),
                        name="service_ends_later",
                        violation_error_message="结束时间须晚于开始时间。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VenueDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("ranges", models.JSONField(blank=True, default=list, verbose_name="开放时间")),
                ("note", models.CharField(blank=True, max_length=60, verbose_name="说明")),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="special_days",
                        to="activities.venue",
                        verbose_name="阵地",
                    ),
                ),
            ],
            options={
                "verbose_name": "特殊日期",
                "verbose_name_plural": "特殊日期",
                "ordering": ["venue", "day"],
                "constraints": [models.UniqueConstraint(fields=("venue", "day"), name="venue_day_once")],
            },
        ),
    ]
