import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("linkages", "0009_policies"),
        ("orgs", "0006_partner_role"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Secondment",
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
                        choices=[("deputy", "科技副总"), ("professor", "产业教授")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("post", models.CharField(max_length=60, verbose_name="岗位")),
                ("field", models.CharField(max_length=80, verbose_name="专业领域")),
                ("tasks", models.CharField(max_length=500, verbose_name="任务")),
                (
                    "months",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(120),
                        ],
                        verbose_name="拟任期（月）",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("need", "征集人选"),
                            ("matching", "匹配中"),
                            ("chosen", "待签约"),
                            ("serving", "任职中"),
                            ("ended", "已退出"),
                            ("withdrawn", "已撤销"),
                        ],
                        default="need",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("conditions", models.CharField(blank=True, max_length=300, verbose_name="选定时确认的条件")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="签约日期")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="任期起")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="任期止")),
                ("renewals", models.PositiveSmallIntegerField(default=0, verbose_name="续聘次数")),
                ("exited_on", models.DateField(blank=True, null=True, verbose_name="退出日期")),
                (
                    "exit_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("expired", "任期届满"),
                            ("person", "本人提出"),
                            ("unit", "单位提出"),
                            ("other", "其他原因"),
                        ],
                        max_length=8,
                        verbose_name="退出方式",
                    ),
                ),
                ("exit_reason", models.CharField(blank=True, max_length=300, verbose_name="退出说明")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300, verbose_name="撤销原因")),
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
                        related_name="secondments",
                        to="orgs.enterprise",
                        verbose_name="需求企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secondments",
                        to="orgs.organisation",
                        verbose_name="统筹党组织",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secondments",
                        to="linkages.partner",
                        verbose_name="需求院校",
                    ),
                ),
            ],
            options={
                "verbose_name": "科技副总和产业教授",
                "verbose_name_plural": "科技副总和产业教授",
                "indexes": [
                    models.Index(fields=["root_id", "created_at", "id"], name="secondment_root_created"),
                    models.Index(fields=["organisation", "state", "ends_on"], name="secondment_home"),
                    models.Index(fields=["created_at", "id"], name="secondment_newest"),
                    models.Index(
                        condition=models.Q(("state", "serving")), fields=["ends_on"], name="secondment_ending"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("enterprise__isnull", False), ("kind", "deputy"), ("partner__isnull", True)
                            ),
                            models.Q(
                                ("enterprise__isnull", True),
                                ("kind", "professor"),
                                ("partner__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="secondment_needed_by",
                        violation_error_message="科技副总由企业提出需求，产业教授由院校提出需求。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ends_on__gt", models.F("starts_on")),
                                ("signed_on__isnull", False),
                                ("state__in", ("serving", "ended")),
                            ),
                            models.Q(
                                models.Q(("state__in", ("serving", "ended")), _negated=True),
                                ("ends_on__isnull", True),
                                ("signed_on__isnull", True),
                                ("starts_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="secondment_term_when_signed",
                        violation_error_message="任期止须晚于任期起。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("exited_on__gte", models.F("signed_on")),
                                ("state", "ended"),
                                models.Q(("exit_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "ended"), _negated=True),
                                ("exit_reason", ""),
                                ("exited_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="secondment_exit_with_reason",
                        violation_error_message="退出不能早于签约，且须说明。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "withdrawn"), models.Q(("withdrawn_reason", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="secondment_withdrawn_with_reason",
                        violation_error_message="撤销须说明原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "secondment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="candidates",
                        to="linkages.secondment",
                        verbose_name="需求",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("title", models.CharField(max_length=60, verbose_name="职称或职务")),
                ("field", models.CharField(max_length=80, verbose_name="专业领域")),
                (
                    "put_forward_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="推荐时间"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300, verbose_name="撤回原因")),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.enterprise",
                        verbose_name="派出企业",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="linkages.partner",
                        verbose_name="派出院校",
                    ),
                ),
                (
                    "put_forward_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="推荐人",
                    ),
                ),
            ],
            options={
                "verbose_name": "人选",
                "verbose_name_plural": "人选",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enterprise__isnull", False), ("partner__isnull", True)),
                            models.Q(("enterprise__isnull", True), ("partner__isnull", False)),
                            _connector="OR",
                        ),
                        name="candidate_unit_is_one",
                        violation_error_message="请填写派出单位。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("enterprise__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("secondment", "enterprise", "name"),
                        name="candidate_once_of_enterprise",
                        violation_error_message="该人选已推荐。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("partner__isnull", False), ("withdrawn_at__isnull", True)),
                        fields=("secondment", "partner", "name"),
                        name="candidate_once_of_partner",
                        violation_error_message="该人选已推荐。",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="secondment",
            name="chosen",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="won",
                to="linkages.candidate",
                verbose_name="选定的人选",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chosen__isnull", True), ("state__in", ("need", "matching"))),
                    models.Q(("chosen__isnull", False), ("state__in", ("chosen", "serving", "ended"))),
                    ("state", "withdrawn"),
                    _connector="OR",
                ),
                name="secondment_chosen_when_due",
                violation_error_message="选定一名人选后才能签约。",
            ),
        ),
        migrations.CreateModel(
            name="SecondmentOutcome",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("problem", "解决难题"),
                            ("product", "开发产品"),
                            ("project", "合作项目"),
                            ("textbook", "编写教材"),
                            ("course", "开设课程"),
                            ("student", "培养学生"),
                        ],
                        max_length=10,
                        verbose_name="成果",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "count",
                    models.PositiveIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="数量",
                    ),
                ),
                ("what", models.CharField(max_length=200, verbose_name="内容")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
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
                    "secondment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outcomes",
                        to="linkages.secondment",
                        verbose_name="聘任",
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
                "verbose_name": "聘任成果",
                "verbose_name_plural": "聘任成果",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["on", "id"], name="secondment_outcome_day")],
            },
        ),
        migrations.CreateModel(
            name="SecondmentFile",
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
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                (
                    "secondment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="linkages.secondment",
                        verbose_name="聘任",
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
                "verbose_name": "聘任协议附件",
                "verbose_name_plural": "聘任协议附件",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("secondment", "sha256"),
                        name="secondment_file_once",
                        violation_error_message="已有相同的文件。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondmentEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("draft", "登记需求"),
                            ("change", "修改需求"),
                            ("nominate", "推荐人选"),
                            ("drop", "撤回人选"),
                            ("select", "选定人选"),
                            ("release", "取消选定"),
                            ("sign", "登记签约"),
                            ("outcome", "登记成果"),
                            ("undo", "撤回成果"),
                            ("renew", "续聘"),
                            ("exit", "办理退出"),
                            ("withdraw", "撤销需求"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("need", "征集人选"),
                            ("matching", "匹配中"),
                            ("chosen", "待签约"),
                            ("serving", "任职中"),
                            ("ended", "已退出"),
                            ("withdrawn", "已撤销"),
                        ],
                        max_length=10,
                        verbose_name="办理后状态",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办",
                    ),
                ),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="linkages.candidate",
                        verbose_name="人选",
                    ),
                ),
                (
                    "secondment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="linkages.secondment",
                        verbose_name="聘任",
                    ),
                ),
            ],
            options={
                "verbose_name": "聘任办理记录",
                "verbose_name_plural": "聘任办理记录",
                "ordering": ["pk"],
            },
        ),
    ]
