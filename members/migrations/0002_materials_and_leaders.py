import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        ("orgs", "0003_calendar_sources"),
        ("orgs", "__first__"),
    ]

    operations = [
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
                "indexes": [
                    models.Index(fields=["root_id", "kind", "pinyin", "id"], name="leading_unit_root"),
                    models.Index(fields=["organisation", "kind"], name="leading_unit_home"),
                    models.Index(fields=["term_ends_on"], name="leading_unit_term"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)),
                        fields=("organisation", "kind", "name"),
                        name="leading_unit_named_once",
                        violation_error_message="该党组织已有同类别、同名称的岗位或队伍，请核对或换一个名称。",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on__isnull", True), ("ended_reason", "")),
                            models.Q(
                                ("ended_on__isnull", False), models.Q(("ended_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="leading_unit_ended_with_reason",
                        violation_error_message="请填写撤销原因。",
                    ),
                ],
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
                "indexes": [models.Index(fields=["unit", "on"], name="leading_result_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("figure__isnull", True), ("measure", "")),
                            models.Q(("figure__isnull", False), models.Q(("measure", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="leading_result_measured",
                        violation_error_message="数值和单位请同时填写，如 3 项、20 万元。",
                    )
                ],
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
                "indexes": [models.Index(fields=["member", "until"], name="leading_service_member")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("unit", "member"),
                        name="leading_service_once",
                        violation_error_message="该党员已在其中，无须重复登记。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("leads", True), ("until__isnull", True)),
                        fields=("unit",),
                        name="leading_one_leader",
                        violation_error_message="已有负责人，请办理更换。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("how", ""), ("until__isnull", True)),
                            models.Q(("until__gte", models.F("since")), models.Q(("how", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="leading_service_ended",
                        violation_error_message="结束日期不能早于开始日期，且须填写原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutsidePerson",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consent_on", models.DateField(blank=True, null=True, verbose_name="同意日期")),
                (
                    "consent_how",
                    models.CharField(
                        blank=True,
                        choices=[("written", "书面"), ("electronic", "电子")],
                        max_length=10,
                        verbose_name="同意方式",
                    ),
                ),
                ("consent_scope", models.CharField(blank=True, max_length=200, verbose_name="同意范围")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("name", models.CharField(blank=True, max_length=50, verbose_name="姓名")),
                ("pinyin", models.CharField(editable=False, max_length=120, verbose_name="姓名拼音")),
                ("born_on", models.DateField(blank=True, null=True, verbose_name="出生日期")),
                (
                    "education",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("doctor", "博士研究生"),
                            ("master", "硕士研究生"),
                            ("bachelor", "大学本科"),
                            ("college", "大学专科"),
                            ("secondary", "中专"),
                            ("high_school", "高中"),
                            ("lower", "初中及以下"),
                        ],
                        max_length=12,
                        verbose_name="学历",
                    ),
                ),
                ("is_research", models.BooleanField(blank=True, null=True, verbose_name="研发人员")),
                ("unit_code", models.CharField(blank=True, max_length=18, verbose_name="工作单位信用代码")),
                ("unit_name", models.CharField(blank=True, max_length=200, verbose_name="工作单位")),
                ("field", models.CharField(blank=True, max_length=60, verbose_name="从事领域")),
                ("mobile", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="手机号码")),
                ("withdrawn_on", models.DateField(blank=True, null=True, verbose_name="撤回同意日期")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
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
                        related_name="outside_people",
                        to="orgs.organisation",
                        verbose_name="登记党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "册外人员",
                "verbose_name_plural": "册外人员",
                "indexes": [models.Index(fields=["root_id", "pinyin", "id"], name="outside_root_pinyin")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("consent_on__isnull", False), models.Q(("consent_how", ""), _negated=True)
                        ),
                        name="outside_consented",
                        violation_error_message="请填写本人同意的日期和方式。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_on__isnull", True), models.Q(("name", ""), _negated=True)),
                            models.Q(
                                ("born_on__isnull", True),
                                ("field", ""),
                                ("name", ""),
                                ("unit_name", ""),
                                ("withdrawn_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="outside_named_until_withdrawn",
                        violation_error_message="请填写姓名；撤回同意后不得保留个人信息。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pairing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("to_member", "三培养：把骨干培养成党员"),
                            ("to_expert", "三培养：把党员培养成骨干"),
                            ("to_manager", "三培养：把党员骨干培养成管理骨干"),
                            ("mentor", "导师带徒"),
                            ("expert", "委员联系专家"),
                            ("talent", "支委联系青年人才"),
                        ],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("aim", models.CharField(blank=True, max_length=200, verbose_name="目标")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="计划至")),
                ("last_contact_on", models.DateField(blank=True, null=True, verbose_name="最近联系")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="应联系日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[("achieved", "达成"), ("missed", "未达成"), ("stopped", "中止")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "result_note",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="结果说明"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.recruitmentcase",
                        verbose_name="对象（发展党员）",
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
                    "leader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings_led",
                        to="members.member",
                        verbose_name="带教（联系）人",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.member",
                        verbose_name="对象（党员）",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairings",
                        to="members.outsideperson",
                        verbose_name="对象（册外人员）",
                    ),
                ),
            ],
            options={
                "verbose_name": "结对带教",
                "verbose_name_plural": "结对带教",
                "indexes": [
                    models.Index(fields=["organisation", "due_on"], name="pairing_organisation"),
                    models.Index(fields=["root_id", "due_on", "id"], name="pairing_root_due"),
                    models.Index(fields=["due_on", "id"], name="pairing_due"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("case__isnull", True), ("member__isnull", False), ("person__isnull", True)
                            ),
                            models.Q(
                                ("case__isnull", False), ("member__isnull", True), ("person__isnull", True)
                            ),
                            models.Q(
                                ("case__isnull", True), ("member__isnull", True), ("person__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="pairing_leads_one",
                        violation_error_message="请选择一名对象。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member__isnull", True),
                            models.Q(("member", models.F("leader")), _negated=True),
                            _connector="OR",
                        ),
                        name="pairing_not_oneself",
                        violation_error_message="带教人和对象不能是同一人。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="pairing_until_later",
                        violation_error_message="计划结束日期不能早于开始日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on__isnull", True), ("result", "")),
                            models.Q(
                                ("ended_on__gte", models.F("since")), models.Q(("result", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="pairing_ended_with_result",
                        violation_error_message="结束日期不能早于开始日期，且须填写结果。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True), ("member__isnull", False)),
                        fields=("kind", "leader", "member"),
                        name="pairing_once_member",
                        violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True), ("case__isnull", False)),
                        fields=("kind", "leader", "case"),
                        name="pairing_once_case",
                        violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True), ("person__isnull", False)),
                        fields=("kind", "leader", "person"),
                        name="pairing_once_person",
                        violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PairingContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "how",
                    models.CharField(
                        choices=[("talk", "面谈"), ("phone", "电话"), ("visit", "走访"), ("online", "线上")],
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                ("gist", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="主要内容")),
                ("asked", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="诉求")),
                ("answered", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="办理情况")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "pairing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="members.pairing",
                        verbose_name="结对",
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
                    "withdraws",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawal",
                        to="members.pairingcontact",
                        verbose_name="撤销的记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "结对联系记录",
                "verbose_name_plural": "结对联系记录",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["pairing", "on"], name="pairing_contact_day")],
            },
        ),
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
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_criteria",
                        to="orgs.organisation",
                        verbose_name="适用党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "积分指标",
                "verbose_name_plural": "积分指标",
                "indexes": [models.Index(fields=["root_id", "until"], name="criterion_root")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("organisation", "group", "name"),
                        name="criterion_name_once",
                        violation_error_message="该类别下已有同名指标。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__gte", 1), ("points_max__gte", models.F("points"))),
                        name="criterion_points_fit",
                        violation_error_message="分值至少为1，最高分不能低于每项分值。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="criterion_ends_later",
                        violation_error_message="停用日期不能早于启用日期。",
                    ),
                ],
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
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_entries",
                        to="members.recruitmentcase",
                        verbose_name="发展党员",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="members.pointcriterion",
                        verbose_name="积分指标",
                    ),
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
                "verbose_name": "积分记录",
                "verbose_name_plural": "积分记录",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_on__isnull", True), ("withdrawn_reason", "")),
                            models.Q(
                                ("withdrawn_on__isnull", False),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="point_entry_withdrawn_why",
                        violation_error_message="请说明撤回的原因。",
                    )
                ],
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
                "indexes": [
                    models.Index(fields=["since", "id"], name="public_role_since"),
                    models.Index(fields=["term_ends_on"], name="public_role_term"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)),
                        fields=("member", "kind", "level", "body"),
                        name="public_role_once",
                        violation_error_message="该党员的这项任职已登记，请核对；连任的请先登记终止。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("term_ends_on__isnull", True),
                            ("term_ends_on__gte", models.F("since")),
                            _connector="OR",
                        ),
                        name="public_role_days",
                        violation_error_message="届满日期不能早于任职日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_on__isnull", True), ("how", "")),
                            models.Q(
                                ("ended_on__gte", models.F("since")), models.Q(("how", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="public_role_ended",
                        violation_error_message="终止日期不能早于任职日期，且须填写原因。",
                    ),
                ],
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
        migrations.CreateModel(
            name="TalentEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consent_on", models.DateField(blank=True, null=True, verbose_name="同意日期")),
                (
                    "consent_how",
                    models.CharField(
                        blank=True,
                        choices=[("written", "书面"), ("electronic", "电子")],
                        max_length=10,
                        verbose_name="同意方式",
                    ),
                ),
                ("consent_scope", models.CharField(blank=True, max_length=200, verbose_name="同意范围")),
                (
                    "stance",
                    models.CharField(
                        choices=[("in", "手工列入"), ("out", "移出")], max_length=3, verbose_name="登记"
                    ),
                ),
                ("since", models.DateField(verbose_name="起")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="理由")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                (
                    "ended_how",
                    models.CharField(
                        blank=True,
                        choices=[("withdrawn", "本人撤回同意"), ("removed", "移出"), ("restored", "恢复")],
                        max_length=10,
                        verbose_name="结束方式",
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="结束原因")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="talent_entries",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="talent_entries",
                        to="members.outsideperson",
                        verbose_name="册外人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "人才库登记",
                "verbose_name_plural": "人才库登记",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("member__isnull", False), ("person__isnull", True)),
                            models.Q(("member__isnull", True), ("person__isnull", False), ("stance", "in")),
                            _connector="OR",
                        ),
                        name="talent_member_or_person",
                        violation_error_message="请选择党员或册外人员。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member__isnull", True),
                            models.Q(("stance", "out"), models.Q(("reason", ""), _negated=True)),
                            models.Q(
                                ("consent_on__isnull", False),
                                ("stance", "in"),
                                models.Q(("consent_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="talent_member_consented",
                        violation_error_message="手工列入须有本人同意，移出须说明理由。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_how", ""), ("ended_on__isnull", True)),
                            models.Q(
                                ("ended_on__gte", models.F("since")),
                                models.Q(("ended_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="talent_ended_with_reason",
                        violation_error_message="结束日期不能早于开始日期，且须填写结束方式。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True), ("member__isnull", False)),
                        fields=("member",),
                        name="talent_one_open_of_member",
                        violation_error_message="该党员已有有效的人才库登记。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True), ("person__isnull", False)),
                        fields=("person",),
                        name="talent_one_open_of_person",
                        violation_error_message="该人员已在人才库中。",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="memberevent",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="退回更正时间"),
        ),
        migrations.AddField(
            model_name="memberevent",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="退回更正人",
            ),
        ),
        migrations.AddField(
            model_name="memberevent",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="退回更正原因"),
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
    ]
