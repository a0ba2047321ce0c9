import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0005_bookings"),
        ("members", "0002_materials_and_leaders"),
        ("orgs", "0004_notices"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="StudyList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("title", models.CharField(max_length=80, verbose_name="名称")),
                ("about", models.CharField(blank=True, max_length=500, verbose_name="学习要求")),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="完成期限")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="拟定时间"),
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
                        verbose_name="拟定人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="study_lists",
                        to="orgs.organisation",
                        verbose_name="发布党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "学习清单",
                "verbose_name_plural": "学习清单",
                "indexes": [models.Index(fields=["root_id", "ends_on", "id"], name="study_list_root")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="study_list_days",
                        violation_error_message="完成期限不能早于开始日期。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("organisation", "title"),
                        name="study_list_once",
                        violation_error_message="本党组织已有同名的学习清单。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StudyItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="篇目")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("document", "文件"),
                            ("article", "文章"),
                            ("video", "视频"),
                            ("book", "书目"),
                        ],
                        default="document",
                        max_length=10,
                        verbose_name="类型",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=100, verbose_name="来源")),
                (
                    "link",
                    models.URLField(
                        blank=True,
                        max_length=500,
                        validators=[
                            django.core.validators.URLValidator(
                                message="链接须以 https:// 开头。", schemes=["https"]
                            )
                        ],
                        verbose_name="链接",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="参考时长（分钟）"),
                ),
                ("is_required", models.BooleanField(default=True, verbose_name="必学")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤下原因")),
                (
                    "study_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="activities.studylist",
                        verbose_name="学习清单",
                    ),
                ),
            ],
            options={
                "verbose_name": "学习篇目",
                "verbose_name_plural": "学习篇目",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("study_list", "title"),
                        name="study_item_once",
                        violation_error_message="清单中已有这一篇目。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StudyMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("read_on", models.DateField(verbose_name="学习日期")),
                (
                    "how",
                    models.CharField(
                        choices=[("self", "本人标记"), ("together", "集体学习")],
                        max_length=8,
                        verbose_name="登记方式",
                    ),
                ),
                (
                    "reflection",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="学习心得"),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="activities.activity",
                        verbose_name="集体学习的活动",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="activities.studyitem",
                        verbose_name="篇目",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="study_marks",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "学习标记",
                "verbose_name_plural": "学习标记",
                "constraints": [models.UniqueConstraint(fields=("item", "member"), name="study_mark_once")],
            },
        ),
    ]
