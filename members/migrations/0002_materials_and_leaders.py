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
            },
        ),
        migrations.AddIndex(
            model_name="outsideperson",
            index=models.Index(fields=["root_id", "pinyin", "id"], name="outside_root_pinyin"),
        ),
        migrations.AddConstraint(
            model_name="outsideperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consent_on__isnull", False), models.Q(("consent_how", ""), _negated=True)
                ),
                name="outside_consented",
                violation_error_message="请填写本人同意的日期和方式。",
            ),
        ),
        migrations.AddConstraint(
            model_name="outsideperson",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddIndex(
            model_name="pairing",
            index=models.Index(fields=["organisation", "due_on"], name="pairing_organisation"),
        ),
        migrations.AddIndex(
            model_name="pairing",
            index=models.Index(fields=["root_id", "due_on", "id"], name="pairing_root_due"),
        ),
        migrations.AddIndex(
            model_name="pairing",
            index=models.Index(fields=["due_on", "id"], name="pairing_due"),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case__isnull", True), ("member__isnull", False), ("person__isnull", True)),
                    models.Q(("case__isnull", False), ("member__isnull", True), ("person__isnull", True)),
                    models.Q(("case__isnull", True), ("member__isnull", True), ("person__isnull", False)),
                    _connector="OR",
                ),
                name="pairing_leads_one",
                violation_error_message="请选择一名对象。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("member__isnull", True),
                    models.Q(("member", models.F("leader")), _negated=True),
                    _connector="OR",
                ),
                name="pairing_not_oneself",
                violation_error_message="带教人和对象不能是同一人。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                ),
                name="pairing_until_later",
                violation_error_message="计划结束日期不能早于开始日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", True), ("result", "")),
                    models.Q(("ended_on__gte", models.F("since")), models.Q(("result", ""), _negated=True)),
                    _connector="OR",
                ),
                name="pairing_ended_with_result",
                violation_error_message="结束日期不能早于开始日期，且须填写结果。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True), ("member__isnull", False)),
                fields=("kind", "leader", "member"),
                name="pairing_once_member",
                violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True), ("case__isnull", False)),
                fields=("kind", "leader", "case"),
                name="pairing_once_case",
                violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="pairing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True), ("person__isnull", False)),
                fields=("kind", "leader", "person"),
                name="pairing_once_person",
                violation_error_message="两人之间已有同类的结对，请在原结对上登记。",
            ),
        ),
        migrations.AddIndex(
            model_name="pairingcontact",
            index=models.Index(fields=["pairing", "on"], name="pairing_contact_day"),
        ),
        migrations.AddConstraint(
            model_name="talententry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("member__isnull", False), ("person__isnull", True)),
                    models.Q(("member__isnull", True), ("person__isnull", False), ("stance", "in")),
                    _connector="OR",
                ),
                name="talent_member_or_person",
                violation_error_message="请选择党员或册外人员。",
            ),
        ),
        migrations.AddConstraint(
            model_name="talententry",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="talententry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_how", ""), ("ended_on__isnull", True)),
                    models.Q(
                        ("ended_on__gte", models.F("since")), models.Q(("ended_how", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="talent_ended_with_reason",
                violation_error_message="结束日期不能早于开始日期，且须填写结束方式。",
            ),
        ),
        migrations.AddConstraint(
            model_name="talententry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True), ("member__isnull", False)),
                fields=("member",),
                name="talent_one_open_of_member",
                violation_error_message="该党员已有有效的人才库登记。",
            ),
        ),
        migrations.AddConstraint(
            model_name="talententry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_on__isnull", True), ("person__isnull", False)),
                fields=("person",),
                name="talent_one_open_of_person",
                violation_error_message="该人员已在人才库中。",
            ),
        ),
    ]
