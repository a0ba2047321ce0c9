import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("linkages", "0001_agreements"),
        ("members", "0002_materials_and_leaders"),
        ("orgs", "0005_park_coordinates"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[("enterprise", "企业服务"), ("talent", "人才服务")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="事项名称")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="顺序")),
                (
                    "triage_hours",
                    models.PositiveSmallIntegerField(
                        default=8,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(400),
                        ],
                        verbose_name="受理派单时限（工作小时）",
                    ),
                ),
                (
                    "accept_hours",
                    models.PositiveSmallIntegerField(
                        default=8,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(400),
                        ],
                        verbose_name="接单时限（工作小时）",
                    ),
                ),
                (
                    "finish_hours",
                    models.PositiveSmallIntegerField(
                        default=75,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(400),
                        ],
                        verbose_name="办结时限（工作小时）",
                    ),
                ),
                (
                    "is_private",
                    models.BooleanField(
                        default=False, help_text="内容只给诉求人和办理人员看。", verbose_name="不公开"
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "last_resort",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="兜底单位",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_kinds",
                        to="orgs.organisation",
                        verbose_name="顶层组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "订单事项",
                "verbose_name_plural": "订单事项",
                "ordering": ["group", "position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "name"),
                        name="order_kind_once",
                        violation_error_message="已有同名事项。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("is_private", models.BooleanField(default=False, editable=False, verbose_name="不公开")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="诉求")),
                (
                    "private_text",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="诉求（不公开）"),
                ),
                ("is_urgent", models.BooleanField(default=False, verbose_name="紧急")),
                ("on_behalf", models.BooleanField(default=False, verbose_name="代为点单")),
                (
                    "raised_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="点单时间"),
                ),
                (
                    "ticket",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="点单凭据"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "待受理"),
                            ("admitted", "待派单"),
                            ("dispatched", "待接单"),
                            ("working", "办理中"),
                            ("done", "待评价"),
                            ("rated", "已评价"),
                            ("unrated", "未评价"),
                            ("rejected", "不予受理"),
                            ("cancelled", "已取消"),
                        ],
                        default="raised",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("stage", models.PositiveIntegerField(default=1, editable=False, verbose_name="环节序号")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="本环节期限")),
                (
                    "escalate_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="上报时间"),
                ),
                (
                    "ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("demand", "诉求强烈"),
                            ("joint", "需要联合处置"),
                            ("emergency", "突发情况"),
                        ],
                        max_length=10,
                        verbose_name="吹哨事由",
                    ),
                ),
                ("whistled_at", models.DateTimeField(blank=True, null=True, verbose_name="吹哨时间")),
                ("result", models.CharField(blank=True, max_length=200, verbose_name="办理结果")),
                (
                    "private_result",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="办理结果（不公开）"),
                ),
                (
                    "amount_yuan",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="涉及金额（元）",
                    ),
                ),
                (
                    "persons",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="受益人数",
                    ),
                ),
                (
                    "patents",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="专利（项）",
                    ),
                ),
                (
                    "contracts",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                        verbose_name="签约（项）",
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                ("rating", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="评分")),
                ("rating_words", models.CharField(blank=True, max_length=200, verbose_name="评语")),
                (
                    "private_rating_words",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="评语（不公开）"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="结束时间")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="linkages.agreement",
                        verbose_name="所依协议",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handled_orders",
                        to="orgs.organisation",
                        verbose_name="办理党组织",
                    ),
                ),
                (
                    "handler_partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handled_orders",
                        to="linkages.partner",
                        verbose_name="办理共建单位",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="orgs.organisation",
                        verbose_name="统筹党组织",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="点单人",
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="linkages.orderkind",
                        verbose_name="事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "订单",
                "verbose_name_plural": "订单",
                "indexes": [
                    models.Index(fields=["root_id", "raised_at", "id"], name="order_root_raised"),
                    models.Index(fields=["organisation", "state", "due_at"], name="order_overseer"),
                    models.Index(fields=["handler", "state", "due_at"], name="order_handler"),
                    models.Index(fields=["state", "due_at"], name="order_due"),
                    models.Index(
                        condition=models.Q(("escalate_at__isnull", False)),
                        fields=["escalate_at"],
                        name="order_escalate",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enterprise__isnull", False), ("member__isnull", True)),
                            models.Q(("enterprise__isnull", True), ("member__isnull", False)),
                            _connector="OR",
                        ),
                        name="order_one_requester",
                        violation_error_message="订单须由一家企业或一名党员提出。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("handler__isnull", True), ("handler_partner__isnull", True), _connector="OR"
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", ("dispatched", "working", "done", "rated", "unrated")),
                                    _negated=True,
                                ),
                                ("handler__isnull", False),
                                ("handler_partner__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        name="order_one_handler",
                        violation_error_message="派单后须有一个办理单位。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("rating__gte", 1), ("rating__lte", 5), ("state", "rated")),
                            models.Q(models.Q(("state", "rated"), _negated=True), ("rating__isnull", True)),
                            _connector="OR",
                        ),
                        name="order_rated_by_rating",
                        violation_error_message="评分为1至5分，且只有已评价的订单才有评分。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_private", False),
                            models.Q(("rating_words", ""), ("result", ""), ("text", "")),
                            _connector="OR",
                        ),
                        name="order_private_words",
                        violation_error_message="不公开的内容须加密保存。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ("raised", "admitted", "dispatched", "working", "done")),
                                _negated=True,
                            ),
                            ("due_at__isnull", False),
                            _connector="OR",
                        ),
                        name="order_open_has_deadline",
                        violation_error_message="未结束的订单须有期限。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("called_at", models.DateTimeField(verbose_name="吹哨时间")),
                ("due_at", models.DateTimeField(verbose_name="报到期限")),
                ("arrived_at", models.DateTimeField(blank=True, null=True, verbose_name="报到时间")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="免予报到时间")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="linkages.order",
                        verbose_name="订单",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_calls",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_calls",
                        to="linkages.partner",
                        verbose_name="共建单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "吹哨报到",
                "verbose_name_plural": "吹哨报到",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("partner__isnull", True)),
                            models.Q(("organisation__isnull", True), ("partner__isnull", False)),
                            _connector="OR",
                        ),
                        name="order_call_one_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arrived_at__isnull", True),
                            models.Q(
                                ("arrived_at__gte", models.F("called_at")), ("released_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="order_call_arrives_later",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("organisation__isnull", False), ("released_at__isnull", True)),
                        fields=("order", "organisation"),
                        name="order_call_organisation_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("partner__isnull", False), ("released_at__isnull", True)),
                        fields=("order", "partner"),
                        name="order_call_partner_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderEntry",
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
                            ("raise", "点单"),
                            ("admit", "受理"),
                            ("reject", "不予受理"),
                            ("dispatch", "派单"),
                            ("accept", "接单"),
                            ("decline", "退单"),
                            ("note", "登记进展"),
                            ("finish", "办结"),
                            ("rate", "评价"),
                            ("reopen", "退回重办"),
                            ("cancel", "取消"),
                            ("recall", "收回"),
                            ("whistle", "吹哨"),
                            ("arrive", "报到"),
                            ("release", "免予报到"),
                            ("escalate", "逾期上报"),
                            ("fall_back", "转兜底单位"),
                            ("close", "未评价结束"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "待受理"),
                            ("admitted", "待派单"),
                            ("dispatched", "待接单"),
                            ("working", "办理中"),
                            ("done", "待评价"),
                            ("rated", "已评价"),
                            ("unrated", "未评价"),
                            ("rejected", "不予受理"),
                            ("cancelled", "已取消"),
                        ],
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("stage", models.PositiveIntegerField(verbose_name="环节序号")),
                ("rung", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="上报次序")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "private_note",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="说明（不公开）"),
                ),
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
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="linkages.order",
                        verbose_name="订单",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="党组织",
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
                        verbose_name="共建单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "订单办理记录",
                "verbose_name_plural": "订单办理记录",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["at"], name="order_entry_at")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("rung__isnull", False)),
                        fields=("order", "stage", "rung"),
                        name="order_rung_once",
                    )
                ],
            },
        ),
    ]
