import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0007_services"),
        ("linkages", "0003_partner_liaisons"),
        ("orgs", "0006_partner_role"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Resource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("venue", "场地设施"),
                            ("testing", "检验检测"),
                            ("research", "技术研发"),
                            ("intellectual_property", "知识产权"),
                            ("finance", "融资"),
                            ("legal", "法律"),
                            ("policy", "政策"),
                            ("hiring", "人才招聘"),
                            ("training", "培训"),
                            ("health", "医疗健康"),
                            ("market", "市场渠道"),
                            ("labour", "用工"),
                            ("schooling", "子女教育"),
                            ("housing", "住房"),
                            ("other", "其他"),
                        ],
                        max_length=24,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("description", models.CharField(blank=True, max_length=1000, verbose_name="说明")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                ("contact_office", models.CharField(blank=True, max_length=80, verbose_name="联系部门")),
                ("valid_from", models.DateField(verbose_name="有效期起")),
                ("valid_until", models.DateField(verbose_name="有效期止")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="activities.activity",
                        verbose_name="登记时的活动",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="linkages.agreement",
                        verbose_name="共建协议",
                    ),
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
                        related_name="%(class)ss",
                        to="orgs.organisation",
                        verbose_name="登记党组织",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="linkages.partner",
                        verbose_name="共建单位",
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
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "资源",
                "verbose_name_plural": "资源",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["root_id", "kind", "valid_until"], name="resource_root_kind"),
                    models.Index(fields=["organisation", "created_at"], name="resource_home"),
                    models.Index(fields=["created_at", "id"], name="resource_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                        name="resource_valid_order",
                        violation_error_message="有效期止不能早于有效期起。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResourceTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=20, verbose_name="词")),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="linkages.resource",
                        verbose_name="资源",
                    ),
                ),
            ],
            options={
                "verbose_name": "资源词",
                "verbose_name_plural": "资源词",
                "indexes": [models.Index(fields=["term", "resource"], name="resource_term")],
            },
        ),
        migrations.CreateModel(
            name="Need",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("venue", "场地设施"),
                            ("testing", "检验检测"),
                            ("research", "技术研发"),
                            ("intellectual_property", "知识产权"),
                            ("finance", "融资"),
                            ("legal", "法律"),
                            ("policy", "政策"),
                            ("hiring", "人才招聘"),
                            ("training", "培训"),
                            ("health", "医疗健康"),
                            ("market", "市场渠道"),
                            ("labour", "用工"),
                            ("schooling", "子女教育"),
                            ("housing", "住房"),
                            ("other", "其他"),
                        ],
                        max_length=24,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("description", models.CharField(blank=True, max_length=1000, verbose_name="说明")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                ("contact_office", models.CharField(blank=True, max_length=80, verbose_name="联系部门")),
                ("valid_from", models.DateField(verbose_name="有效期起")),
                ("valid_until", models.DateField(verbose_name="有效期止")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="activities.activity",
                        verbose_name="登记时的活动",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="linkages.agreement",
                        verbose_name="共建协议",
                    ),
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
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="needs",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="orgs.organisation",
                        verbose_name="登记党组织",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="linkages.partner",
                        verbose_name="共建单位",
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
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "需求",
                "verbose_name_plural": "需求",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["root_id", "kind", "valid_until"], name="need_root_kind"),
                    models.Index(fields=["organisation", "created_at"], name="need_home"),
                    models.Index(fields=["created_at", "id"], name="need_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                        name="need_valid_order",
                        violation_error_message="有效期止不能早于有效期起。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("partner__isnull", True), ("enterprise__isnull", True), _connector="OR"
                        ),
                        name="need_of_one_unit",
                        violation_error_message="企业和共建单位只填一项。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NeedTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("term", models.CharField(max_length=20, verbose_name="词")),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="linkages.need",
                        verbose_name="需求",
                    ),
                ),
            ],
            options={
                "verbose_name": "需求词",
                "verbose_name_plural": "需求词",
                "indexes": [models.Index(fields=["term", "need"], name="need_term")],
            },
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("venue", "场地设施"),
                            ("testing", "检验检测"),
                            ("research", "技术研发"),
                            ("intellectual_property", "知识产权"),
                            ("finance", "融资"),
                            ("legal", "法律"),
                            ("policy", "政策"),
                            ("hiring", "人才招聘"),
                            ("training", "培训"),
                            ("health", "医疗健康"),
                            ("market", "市场渠道"),
                            ("labour", "用工"),
                            ("schooling", "子女教育"),
                            ("housing", "住房"),
                            ("other", "其他"),
                        ],
                        max_length=24,
                        verbose_name="类别",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("description", models.CharField(blank=True, max_length=1000, verbose_name="说明")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                ("deadline", models.DateField(verbose_name="办结期限")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="办结日期")),
                ("result", models.CharField(blank=True, max_length=500, verbose_name="办结情况")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="activities.activity",
                        verbose_name="登记时的活动",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="linkages.agreement",
                        verbose_name="共建协议",
                    ),
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
                    "need",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="linkages.need",
                        verbose_name="需求",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="orgs.organisation",
                        verbose_name="登记党组织",
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
                        verbose_name="撤回人",
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="projects",
                        to="linkages.resource",
                        verbose_name="资源",
                    ),
                ),
            ],
            options={
                "verbose_name": "项目",
                "verbose_name_plural": "项目",
                "indexes": [
                    models.Index(fields=["organisation", "deadline"], name="project_home"),
                    models.Index(fields=["root_id", "deadline"], name="project_root"),
                    models.Index(fields=["created_at", "id"], name="project_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("need",),
                        name="project_need_once",
                        violation_error_message="该需求已有对接项目。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_on__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                        ),
                        name="project_one_end",
                        violation_error_message="已办结的项目不能再终止。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=500, verbose_name="进展")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
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
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="linkages.project",
                        verbose_name="项目",
                    ),
                ),
            ],
            options={
                "verbose_name": "项目进展",
                "verbose_name_plural": "项目进展",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Dismissal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                ("reason", models.CharField(max_length=200, verbose_name="不合适的原因")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办",
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
                        verbose_name="撤回人",
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dismissals",
                        to="linkages.need",
                        verbose_name="需求",
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dismissals",
                        to="linkages.resource",
                        verbose_name="资源",
                    ),
                ),
            ],
            options={
                "verbose_name": "不合适的推荐",
                "verbose_name_plural": "不合适的推荐",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("need", "resource"),
                        name="dismissal_once",
                        violation_error_message="该推荐已标为不合适。",
                    )
                ],
            },
        ),
    ]
