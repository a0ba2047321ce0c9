import uuid
from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("imports", "0002_links"),
        ("members", "0002_materials_and_leaders"),
        ("orgs", "0003_calendar_sources"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("name", models.CharField(max_length=60, verbose_name="品牌名称")),
                ("about", models.CharField(blank=True, max_length=300, verbose_name="简介")),
                ("started_on", models.DateField(blank=True, null=True, verbose_name="开始日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="series",
                        to="orgs.organisation",
                        verbose_name="主办党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "活动品牌",
                "verbose_name_plural": "活动品牌",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("root_id", "name"),
                        name="series_name_once",
                        violation_error_message="已有同名的活动品牌。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="活动编号")),
                ("title", models.CharField(max_length=120, verbose_name="活动名称")),
                ("held_on", models.DateField(editable=False, verbose_name="日期")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="地点")),
                ("is_online", models.BooleanField(default=False, verbose_name="线上")),
                ("chair_name", models.CharField(blank=True, max_length=50, verbose_name="主持人")),
                ("recorder_name", models.CharField(blank=True, max_length=50, verbose_name="记录人")),
                ("lecturer_name", models.CharField(blank=True, max_length=50, verbose_name="主讲人")),
                ("agenda", models.TextField(blank=True, max_length=2000, verbose_name="议程")),
                ("gist", models.TextField(blank=True, max_length=20000, verbose_name="主要内容")),
                (
                    "belongs_to_year",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="所属年度"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "已计划"),
                            ("notified", "已通知"),
                            ("held", "已召开"),
                            ("review", "待审核"),
                            ("archived", "已归档"),
                            ("cancelled", "已取消"),
                        ],
                        db_index=True,
                        default="planned",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=1, default=0, editable=False, max_digits=5, verbose_name="学时"
                    ),
                ),
                ("has_roster", models.BooleanField(default=False, verbose_name="逐人登记到会")),
                ("expected", models.PositiveIntegerField(default=0, verbose_name="应到")),
                ("present", models.PositiveIntegerField(default=0, verbose_name="实到")),
                ("on_leave", models.PositiveIntegerField(default=0, verbose_name="请假")),
                ("absent", models.PositiveIntegerField(default=0, verbose_name="缺席")),
                ("guests", models.PositiveIntegerField(default=0, verbose_name="列席和群众")),
                (
                    "signup_places",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="报名名额"),
                ),
                ("signup_until", models.DateTimeField(blank=True, null=True, verbose_name="报名截止")),
                (
                    "entry_key",
                    models.UUIDField(
                        blank=True, editable=False, null=True, unique=True, verbose_name="提交标识"
                    ),
                ),
                ("recorded_at", models.DateTimeField(blank=True, null=True, verbose_name="登记召开的时间")),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="归档时间")),
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
                        related_name="activities",
                        to="orgs.organisation",
                        verbose_name="主办党组织",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="imports.importrun",
                        verbose_name="导入",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="activities",
                        to="activities.series",
                        verbose_name="活动品牌",
                    ),
                ),
            ],
            options={
                "verbose_name": "活动",
                "verbose_name_plural": "活动",
                "indexes": [
                    models.Index(fields=["organisation", "held_on"], name="activity_organisation"),
                    models.Index(fields=["root_id", "held_on", "id"], name="activity_root"),
                    models.Index(fields=["held_on", "id"], name="activity_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("root_id", "number"),
                        name="activity_number_once",
                        violation_error_message="已有相同编号的活动。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="activity_ends_later",
                        violation_error_message="结束时间须晚于开始时间。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "expected",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("present"), "+", models.F("on_leave")
                                    ),
                                    "+",
                                    models.F("absent"),
                                ),
                            )
                        ),
                        name="activity_sum",
                        violation_error_message="应到、实到、请假、缺席人数不一致，请核对。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityEntry",
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
                            ("planned", "制定计划"),
                            ("notified", "发出通知"),
                            ("held", "登记召开"),
                            ("changed", "修改记录"),
                            ("submitted", "提交审核"),
                            ("returned", "退回修改"),
                            ("archived", "审核归档"),
                            ("reopened", "退回更正"),
                            ("cancelled", "取消"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
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
            ],
            options={
                "verbose_name": "活动办理记录",
                "verbose_name_plural": "活动办理记录",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("held_on", models.DateField(verbose_name="评议日期")),
                (
                    "excess_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="优秀超过三分之一的原因"),
                ),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="activities.activity",
                        verbose_name="会议记录",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="orgs.organisation",
                        verbose_name="党支部",
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
            ],
            options={
                "verbose_name": "民主评议党员",
                "verbose_name_plural": "民主评议党员",
                "indexes": [models.Index(fields=["root_id", "year", "id"], name="appraisal_root")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "year"),
                        name="appraisal_once_a_year",
                        violation_error_message="该党支部这一年度的民主评议已登记。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AppraisalGrade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "self_grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("competent", "合格"),
                            ("basic", "基本合格"),
                            ("failed", "不合格"),
                        ],
                        max_length=10,
                        verbose_name="自评",
                    ),
                ),
                (
                    "ballots_excellent",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="测评优秀票"),
                ),
                (
                    "ballots_competent",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="测评合格票"),
                ),
                (
                    "ballots_basic",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="测评基本合格票"),
                ),
                (
                    "ballots_failed",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="测评不合格票"),
                ),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("excellent", "优秀"),
                            ("competent", "合格"),
                            ("basic", "基本合格"),
                            ("failed", "不合格"),
                        ],
                        max_length=10,
                        verbose_name="等次",
                    ),
                ),
                (
                    "exempt_reason",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="不评定等次的原因"),
                ),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="activities.appraisal",
                        verbose_name="民主评议",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisal_grades",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "民主评议等次",
                "verbose_name_plural": "民主评议等次",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("appraisal", "member"), name="appraisal_grade_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("present", "到会"),
                            ("leave", "请假"),
                            ("absent", "缺席"),
                            ("observer", "列席"),
                        ],
                        max_length=8,
                        verbose_name="到会情况",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="原因")),
                (
                    "how",
                    models.CharField(
                        choices=[("hand", "点名"), ("code", "扫码"), ("list", "名单导入")],
                        default="hand",
                        max_length=4,
                        verbose_name="登记方式",
                    ),
                ),
                ("signed_at", models.DateTimeField(blank=True, null=True, verbose_name="签到时间")),
                (
                    "ticket",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=32,
                        null=True,
                        unique=True,
                        verbose_name="签到凭据",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "到会登记",
                "verbose_name_plural": "到会登记",
                "indexes": [
                    models.Index(fields=["member", "state", "activity"], name="attendance_of_member")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("activity", "member"),
                        name="attendance_once",
                        violation_error_message="该党员在本次活动中已登记。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "leave"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="attendance_leave_reason",
                        violation_error_message="请填写请假原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(editable=False, max_length=64, unique=True, verbose_name="地址"),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="建立时间"),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feeds",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "日历订阅",
                "verbose_name_plural": "日历订阅",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("organisation__isnull", False), ("revoked_at__isnull", True)),
                        fields=("user", "organisation"),
                        name="feed_one_of_organisation",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("organisation__isnull", True), ("revoked_at__isnull", True)),
                        fields=("user",),
                        name="feed_one_of_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("unit", models.CharField(blank=True, max_length=120, verbose_name="单位、职务")),
                (
                    "added_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guest_list",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
            ],
            options={
                "verbose_name": "列席人员",
                "verbose_name_plural": "列席人员",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="JointHost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="joint_hosts",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joint_activities",
                        to="orgs.organisation",
                        verbose_name="联合主办党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "联合主办",
                "verbose_name_plural": "联合主办",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "organisation"), name="joint_host_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Resolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="决议事项")),
                ("owner_name", models.CharField(blank=True, max_length=50, verbose_name="责任人")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="完成期限")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="完成日期")),
                ("result", models.CharField(blank=True, max_length=300, verbose_name="落实情况")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resolutions",
                        to="activities.activity",
                        verbose_name="活动",
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
            ],
            options={
                "verbose_name": "决议",
                "verbose_name_plural": "决议",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_on__isnull", True)),
                        fields=["due_on"],
                        name="resolution_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInDesk",
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
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="签到标识"
                    ),
                ),
                ("secret", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="签到密钥")),
                (
                    "opened_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="开始签到"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="结束签到")),
                (
                    "activity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="desk",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
            ],
            options={
                "verbose_name": "扫码签到",
                "verbose_name_plural": "扫码签到",
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("going", "已报名"), ("waiting", "候补"), ("withdrawn", "已取消")],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="报名时间")),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signups",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
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
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signups",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "报名",
                "verbose_name_plural": "报名",
                "indexes": [models.Index(fields=["activity", "state", "since", "id"], name="signup_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("activity", "member"),
                        name="signup_once",
                        violation_error_message="该党员已报名。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TrainingCredit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=100, verbose_name="培训名称")),
                ("organiser", models.CharField(blank=True, max_length=100, verbose_name="举办单位")),
                ("on", models.DateField(verbose_name="结束日期")),
                (
                    "hours",
                    models.DecimalField(
                        decimal_places=1,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.5")),
                            django.core.validators.MaxValueValidator(Decimal("400")),
                        ],
                        verbose_name="学时",
                    ),
                ),
                ("certificate_no", models.CharField(blank=True, max_length=60, verbose_name="证书编号")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="training_credits",
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
                "verbose_name": "培训学时",
                "verbose_name_plural": "培训学时",
                "indexes": [models.Index(fields=["member", "on"], name="training_credit_of_member")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("member", "title", "on"),
                        name="training_credit_once",
                        violation_error_message="该党员的这次培训已登记。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("matter", models.CharField(max_length=120, verbose_name="表决事项")),
                ("expected", models.PositiveIntegerField(verbose_name="应到会有表决权人数")),
                ("present", models.PositiveIntegerField(verbose_name="实到会有表决权人数")),
                ("yes", models.PositiveIntegerField(verbose_name="赞成")),
                ("no", models.PositiveIntegerField(default=0, verbose_name="反对")),
                ("abstained", models.PositiveIntegerField(default=0, verbose_name="弃权")),
                ("written", models.PositiveIntegerField(default=0, verbose_name="其中书面意见")),
                ("passed", models.BooleanField(verbose_name="通过")),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
            ],
            options={
                "verbose_name": "表决",
                "verbose_name_plural": "表决",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "present",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("yes"), "+", models.F("no")
                                        ),
                                        "+",
                                        models.F("abstained"),
                                    ),
                                    "-",
                                    models.F("written"),
                                ),
                            )
                        ),
                        name="vote_sum",
                        violation_error_message="赞成、反对、弃权人数之和应等于实到会人数加书面意见人数。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityFile",
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
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="activities.activity",
                        verbose_name="活动",
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
                "verbose_name": "活动附件",
                "verbose_name_plural": "活动附件",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("activity", "sha256"),
                        name="activity_file_once",
                        violation_error_message="该活动已有相同的文件。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityKind",
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
                            ("members_meeting", "支部党员大会"),
                            ("branch_committee", "支委会"),
                            ("group_meeting", "党小组会"),
                            ("party_lecture", "党课"),
                            ("theme_day", "主题党日"),
                            ("org_life_meeting", "组织生活会"),
                            ("appraisal", "民主评议党员"),
                            ("training", "教育培训"),
                            ("volunteering", "志愿服务"),
                            ("linkage", "联建活动"),
                            ("culture", "文化活动"),
                            ("forum", "科创大讲堂"),
                            ("other", "其他活动"),
                        ],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kinds",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
            ],
            options={
                "verbose_name": "活动类型",
                "verbose_name_plural": "活动类型",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["kind", "activity"], name="activity_by_kind")],
                "constraints": [
                    models.UniqueConstraint(fields=("activity", "kind"), name="activity_kind_once")
                ],
            },
        ),
    ]
