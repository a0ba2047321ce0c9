import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("linkages", "0005_alliances"),
        ("members", "0002_materials_and_leaders"),
        ("orgs", "0006_partner_role"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Challenge",
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
                        choices=[("choke", "卡脖子技术"), ("common", "共性技术"), ("other", "其他")],
                        max_length=8,
                        verbose_name="榜单类别",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="难题名称")),
                ("problem", models.CharField(max_length=1000, verbose_name="难题描述")),
                ("goal", models.CharField(max_length=500, verbose_name="攻关目标")),
                ("secrecy_notice", models.CharField(blank=True, max_length=500, verbose_name="保密须知")),
                (
                    "secret_detail",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="保密内容"),
                ),
                (
                    "reward",
                    models.DecimalField(
                        decimal_places=2,
                        default=0,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="榜金（万元）",
                    ),
                ),
                ("claims_until", models.DateField(verbose_name="揭榜截止")),
                ("work_until", models.DateField(verbose_name="攻关期限")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("open", "揭榜中"),
                            ("chosen", "待签责任书"),
                            ("working", "攻关中"),
                            ("passed", "待评榜"),
                            ("failed", "验榜未通过"),
                            ("closed", "已结榜"),
                            ("withdrawn", "已撤榜"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发榜时间")),
                ("reposts", models.PositiveSmallIntegerField(default=0, verbose_name="重新发榜次数")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="责任书签订日期")),
                ("passed", models.BooleanField(blank=True, null=True, verbose_name="验榜通过")),
                ("inspected_on", models.DateField(blank=True, null=True, verbose_name="验榜日期")),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="验榜意见")),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(5)],
                        verbose_name="评分",
                    ),
                ),
                ("review", models.CharField(blank=True, max_length=300, verbose_name="评语")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300, verbose_name="撤榜原因")),
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
                        related_name="challenges",
                        to="orgs.enterprise",
                        verbose_name="出题企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="challenges",
                        to="orgs.organisation",
                        verbose_name="发榜党组织",
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="challenge",
                        to="linkages.agreementresult",
                        verbose_name="协议成效",
                    ),
                ),
            ],
            options={
                "verbose_name": "榜单",
                "verbose_name_plural": "榜单",
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leader_name", models.CharField(max_length=50, verbose_name="领衔人")),
                ("is_member_led", models.BooleanField(default=False, verbose_name="领衔人是党员")),
                ("plan", models.CharField(max_length=1000, verbose_name="攻关方案")),
                (
                    "claimed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="揭榜时间"),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=300, verbose_name="撤回原因")),
                (
                    "challenge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="linkages.challenge",
                        verbose_name="榜单",
                    ),
                ),
                (
                    "claimed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="揭榜人",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "揭榜",
                "verbose_name_plural": "揭榜",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member__isnull", True), ("is_member_led", True), _connector="OR"
                        ),
                        name="claim_member_leads",
                        violation_error_message="选择了党员的，领衔人就是党员。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChallengeMilestone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="节点")),
                ("due_on", models.DateField(verbose_name="期限")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="完成日期")),
                ("done_note", models.CharField(blank=True, max_length=300, verbose_name="完成情况")),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="linkages.claim",
                        verbose_name="揭榜",
                    ),
                ),
            ],
            options={
                "verbose_name": "攻关节点",
                "verbose_name_plural": "攻关节点",
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_on__isnull", True)),
                        fields=["due_on"],
                        name="milestone_open_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChallengeEntry",
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
                            ("draft", "建榜"),
                            ("change", "修改"),
                            ("publish", "发榜"),
                            ("repost", "重新发榜"),
                            ("claim", "揭榜"),
                            ("confirm", "确认保密须知"),
                            ("unclaim", "撤回揭榜"),
                            ("choose", "选定揭榜单位"),
                            ("release", "取消选定"),
                            ("sign", "签订责任书"),
                            ("milestone", "增加节点"),
                            ("achieve", "完成节点"),
                            ("note", "登记进展"),
                            ("inspect", "验榜"),
                            ("resume", "限期整改"),
                            ("review", "评榜"),
                            ("book", "登记到协议"),
                            ("withdraw", "撤榜"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("open", "揭榜中"),
                            ("chosen", "待签责任书"),
                            ("working", "攻关中"),
                            ("passed", "待评榜"),
                            ("failed", "验榜未通过"),
                            ("closed", "已结榜"),
                            ("withdrawn", "已撤榜"),
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
                    "challenge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="linkages.challenge",
                        verbose_name="榜单",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="linkages.claim",
                        verbose_name="揭榜",
                    ),
                ),
            ],
            options={
                "verbose_name": "榜单办理记录",
                "verbose_name_plural": "榜单办理记录",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ClaimUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_lead", models.BooleanField(default=False, verbose_name="牵头")),
                ("is_standing", models.BooleanField(default=True, verbose_name="有效")),
                (
                    "challenge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claim_units",
                        to="linkages.challenge",
                        verbose_name="榜单",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="linkages.claim",
                        verbose_name="揭榜",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claim_units",
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
                        related_name="claim_units",
                        to="linkages.partner",
                        verbose_name="共建单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "揭榜单位",
                "verbose_name_plural": "揭榜单位",
                "ordering": ["-is_lead", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("partner__isnull", True)),
                            models.Q(("organisation__isnull", True), ("partner__isnull", False)),
                            _connector="OR",
                        ),
                        name="claim_unit_is_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_standing", True), ("organisation__isnull", False)),
                        fields=("challenge", "organisation"),
                        name="claim_organisation_once",
                        violation_error_message="该党组织已揭本榜。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_standing", True), ("partner__isnull", False)),
                        fields=("challenge", "partner"),
                        name="claim_partner_once",
                        violation_error_message="该共建单位已揭本榜。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecrecyConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("notice", models.CharField(max_length=500, verbose_name="所确认的须知")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="确认时间")),
                (
                    "challenge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="linkages.challenge",
                        verbose_name="榜单",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="secrecy_confirmations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
            ],
            options={
                "verbose_name": "保密须知确认",
                "verbose_name_plural": "保密须知确认",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("challenge", "user"), name="secrecy_confirmed_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="challenge",
            name="chosen",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="won",
                to="linkages.claim",
                verbose_name="选定的揭榜",
            ),
        ),
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(fields=["root_id", "created_at", "id"], name="challenge_root_created"),
        ),
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(fields=["organisation", "state", "claims_until"], name="challenge_home"),
        ),
        migrations.AddIndex(
            model_name="challenge",
            index=models.Index(fields=["created_at", "id"], name="challenge_newest"),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("work_until__gt", models.F("claims_until"))),
                name="challenge_days_order",
                violation_error_message="攻关期限须晚于揭榜截止。",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("draft", "withdrawn")), ("published_at__isnull", False), _connector="OR"
                ),
                name="challenge_published",
                violation_error_message="发榜后才能办理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("chosen__isnull", False),
                        ("state__in", ("chosen", "working", "passed", "failed", "closed")),
                    ),
                    models.Q(("chosen__isnull", True), ("state__in", ("draft", "open"))),
                    ("state", "withdrawn"),
                    _connector="OR",
                ),
                name="challenge_chosen_when_awarded",
                violation_error_message="选定一家揭榜单位后才能攻关。",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("score__gte", 1), ("score__lte", 5), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("score__isnull", True)),
                    _connector="OR",
                ),
                name="challenge_score_when_closed",
                violation_error_message="评分为1至5分，评榜后结榜。",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), models.Q(("withdrawn_reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_reason", "")),
                    _connector="OR",
                ),
                name="challenge_withdrawn_with_reason",
                violation_error_message="撤榜须说明原因。",
            ),
        ),
    ]
