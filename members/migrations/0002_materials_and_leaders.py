import uuid

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
            name="LeadingUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("post", "党员示范岗"),
                            ("zone", "党员责任区"),
                            ("vanguard", "党员先锋队"),
                            ("shock", "党员突击队"),
                            ("volunteer", "志愿服务队"),
                            ("chief", "党员总师"),
                            ("engineer", "党员工程师"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("pinyin", models.CharField(editable=False, max_length=200, verbose_name="名称拼音")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="地点或范围")),
                ("task", models.CharField(blank=True, max_length=300, verbose_name="任务")),
                ("commitment", models.CharField(blank=True, max_length=500, verbose_name="承诺")),
                ("established_on", models.DateField(verbose_name="设立日期")),
                ("term_ends_on", models.DateField(blank=True, null=True, verbose_name="任期届满日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                ("ended_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
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
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leading_units",
                        to="orgs.enterprise",
                        verbose_name="所在企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leading_units",
                        to="orgs.organisation",
                        verbose_name="设立党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "先锋岗位与队伍",
                "verbose_name_plural": "先锋岗位与队伍",
            },
        ),
        migrations.CreateModel(
            name="LeadingService",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leads", models.BooleanField(default=False, verbose_name="负责人")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("rotated", "轮换"),
                            ("resigned", "本人申请"),
                            ("replaced", "更换负责人"),
                            ("promoted", "改任负责人"),
                            ("unit_ended", "岗位或队伍撤销"),
                            ("moved", "组织关系转到范围之外"),
                            ("left", "已离册"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="结束原因",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leading_services",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="记录人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="services",
                        to="members.leadingunit",
                        verbose_name="岗位或队伍",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位与队伍成员",
                "verbose_name_plural": "岗位与队伍成员",
                "ordering": ["-leads", "since", "pk"],
            },
        ),
        migrations.CreateModel(
            name="LeadingResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("what", models.CharField(max_length=300, verbose_name="业绩")),
                (
                    "figure",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="数值"
                    ),
                ),
                ("measure", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                ("evidence", models.CharField(blank=True, max_length=200, verbose_name="佐证")),
                ("void_on", models.DateField(blank=True, null=True, verbose_name="作废日期")),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="记录人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="members.leadingunit",
                        verbose_name="岗位或队伍",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位与队伍业绩",
                "verbose_name_plural": "岗位与队伍业绩",
                "ordering": ["-on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PublicRole",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("party", "党代表"),
                            ("people", "人大代表"),
                            ("cppcc", "政协委员"),
                            ("seat", "委员会委员"),
                            ("observer", "营商环境观察员"),
                            ("assessor", "人民陪审员"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("nation", "国家"),
                            ("city", "省市"),
                            ("district", "区县"),
                            ("town", "街镇"),
                            ("park", "园区"),
                        ],
                        max_length=10,
                        verbose_name="层级",
                    ),
                ),
                ("body", models.CharField(max_length=80, verbose_name="机构名称")),
                ("since", models.DateField(verbose_name="任职日期")),
                ("term_ends_on", models.DateField(blank=True, null=True, verbose_name="任期届满日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("term", "任期届满"),
                            ("resigned", "辞去"),
                            ("transferred", "工作调动"),
                            ("recalled", "罢免或撤销"),
                            ("left", "已离册"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="终止原因",
                    ),
                ),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="public_roles",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "代表与观察员",
                "verbose_name_plural": "代表与观察员",
            },
        ),
        migrations.CreateModel(
            name="CaseDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="公开编号"
                    ),
                ),
                ("stored_name", models.CharField(editable=False, max_length=100, verbose_name="存储位置")),
                ("file_name", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="文件名")),
                ("content_type", models.CharField(editable=False, max_length=100, verbose_name="类型")),
                ("size", models.PositiveIntegerField(editable=False, verbose_name="大小")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="上传时间"),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="步骤")),
                ("kind", models.CharField(max_length=30, verbose_name="材料")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                (
                    "withdrawn_reason",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="撤回原因"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="members.recruitmentcase",
                        verbose_name="发展党员",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
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
                "verbose_name": "发展党员材料",
                "verbose_name_plural": "发展党员材料",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("case", "number", "sha256"),
                        name="case_document_once",
                        violation_error_message="这一步已有相同的文件。",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="leadingunit",
            index=models.Index(fields=["root_id", "kind", "pinyin", "id"], name="leading_unit_root"),
        ),
        migrations.AddIndex(
            model_name="leadingunit",
            index=models.Index(fields=["organisation", "kind"], name="leading_unit_home"),
        ),
        migrations.AddIndex(
            model_name="leadingunit",
            index=models.Index(fields=["term_ends_on"], name="leading_unit_term"),
        ),
        migrations.AddConstraint(
            model_name="leadingunit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True)),
                fields=("organisation", "kind", "name"),
                name="leading_unit_named_once",
                violation_error_message="该党组织已有同类别、同名称的岗位或队伍，请核对或换一个名称。",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadingunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_on__isnull", True),
                        ("ended_on__gte", models.F("established_on")),
                        _connector="OR",
                    ),
                    models.Q(
                        ("term_ends_on__isnull", True),
                        ("term_ends_on__gte", models.F("established_on")),
                        _connector="OR",
                    ),
                ),
                name="leading_unit_days",
                violation_error_message="届满、撤销日期不能早于设立日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadingunit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", True), ("ended_reason", "")),
                    models.Q(("ended_on__isnull", False), models.Q(("ended_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="leading_unit_ended_with_reason",
                violation_error_message="请填写撤销原因。",
            ),
        ),
        migrations.AddIndex(
            model_name="leadingservice",
            index=models.Index(fields=["member", "until"], name="leading_service_member"),
        ),
        migrations.AddConstraint(
            model_name="leadingservice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("unit", "member"),
                name="leading_service_once",
                violation_error_message="该党员已在其中，无须重复登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadingservice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("leads", True), ("until__isnull", True)),
                fields=("unit",),
                name="leading_one_leader",
                violation_error_message="已有负责人，请办理更换。",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadingservice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("how", ""), ("until__isnull", True)),
                    models.Q(("until__gte", models.F("since")), models.Q(("how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="leading_service_ended",
                violation_error_message="结束日期不能早于开始日期，且须填写原因。",
            ),
        ),
        migrations.AddIndex(
            model_name="leadingresult",
            index=models.Index(fields=["unit", "on"], name="leading_result_day"),
        ),
        migrations.AddConstraint(
            model_name="leadingresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("figure__isnull", True), ("measure", "")),
                    models.Q(("figure__isnull", False), models.Q(("measure", ""), _negated=True)),
                    _connector="OR",
                ),
                name="leading_result_measured",
                violation_error_message="数值和单位请同时填写，如 3 项、20 万元。",
            ),
        ),
        migrations.AddIndex(
            model_name="publicrole",
            index=models.Index(fields=["since", "id"], name="public_role_since"),
        ),
        migrations.AddIndex(
            model_name="publicrole",
            index=models.Index(fields=["term_ends_on"], name="public_role_term"),
        ),
        migrations.AddConstraint(
            model_name="publicrole",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True)),
                fields=("member", "kind", "level", "body"),
                name="public_role_once",
                violation_error_message="该党员的这项任职已登记，请核对；连任的请先登记终止。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("term_ends_on__isnull", True), ("term_ends_on__gte", models.F("since")), _connector="OR"
                ),
                name="public_role_days",
                violation_error_message="届满日期不能早于任职日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", True), ("how", "")),
                    models.Q(("ended_on__gte", models.F("since")), models.Q(("how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="public_role_ended",
                violation_error_message="终止日期不能早于任职日期，且须填写原因。",
            ),
        ),
    ]
