import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("activities", "0005_bookings"),
        ("orgs", "0004_notices"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="协议编号")),
                ("title", models.CharField(max_length=120, verbose_name="协议名称")),
                ("aim", models.CharField(blank=True, max_length=500, verbose_name="共建目标")),
                ("starts_on", models.DateField(verbose_name="期限起")),
                ("ends_on", models.DateField(verbose_name="期限止")),
                (
                    "meetings_per_year",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每年联席会议次数"),
                ),
                (
                    "activities_per_year",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每年联合活动次数"),
                ),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="签署日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                ("end_reason", models.CharField(blank=True, max_length=300, verbose_name="终止原因")),
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
                        related_name="agreements",
                        to="orgs.organisation",
                        verbose_name="起草党组织",
                    ),
                ),
                (
                    "predecessor",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewal",
                        to="linkages.agreement",
                        verbose_name="续签自",
                    ),
                ),
            ],
            options={
                "verbose_name": "共建协议",
                "verbose_name_plural": "共建协议",
                "indexes": [
                    models.Index(fields=["root_id", "ends_on", "id"], name="agreement_root_end"),
                    models.Index(fields=["ends_on", "id"], name="agreement_end"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("root_id", "number"),
                        name="agreement_number_once",
                        violation_error_message="已有相同编号的协议。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gt", models.F("starts_on"))),
                        name="agreement_ends_later",
                        violation_error_message="期限止须晚于期限起。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_on__isnull", True)),
                            models.Q(
                                ("ended_on__gte", models.F("signed_on")),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_ended_signed",
                        violation_error_message="终止日期不能早于签署日期，且须说明原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementActivity",
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
                    "booked_as",
                    models.CharField(
                        choices=[("activity", "联合活动"), ("meeting", "联席会议")],
                        default="activity",
                        max_length=10,
                        verbose_name="计为",
                    ),
                ),
                (
                    "booked_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement_bookings",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="linkages.agreement",
                        verbose_name="协议",
                    ),
                ),
                (
                    "booked_by",
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
                "verbose_name": "共建活动",
                "verbose_name_plural": "共建活动",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("agreement", "activity"),
                        name="agreement_activity_once",
                        violation_error_message="该活动已登记到本协议。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementContent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "content",
                    models.CharField(
                        choices=[
                            ("organisation", "组织联建"),
                            ("activities", "活动联办"),
                            ("resources", "资源联享"),
                            ("talent", "人才联育"),
                            ("problems", "难题联解"),
                            ("service", "服务联动"),
                            ("industry", "产业联促"),
                        ],
                        max_length=12,
                        verbose_name="共建内容",
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contents",
                        to="linkages.agreement",
                        verbose_name="协议",
                    ),
                ),
            ],
            options={
                "verbose_name": "共建内容",
                "verbose_name_plural": "共建内容",
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["content", "agreement"], name="agreement_by_content")],
                "constraints": [
                    models.UniqueConstraint(fields=("agreement", "content"), name="agreement_content_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementEntry",
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
                            ("drafted", "起草"),
                            ("changed", "修改草稿"),
                            ("signed", "登记签署"),
                            ("amended", "补充约定"),
                            ("booked", "登记活动"),
                            ("unbooked", "撤回活动"),
                            ("result", "登记成效"),
                            ("withdrawn", "撤回成效"),
                            ("evaluated", "年度评价"),
                            ("renewed", "续签"),
                            ("ended", "提前终止"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="linkages.agreement",
                        verbose_name="协议",
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
                "verbose_name": "协议办理记录",
                "verbose_name_plural": "协议办理记录",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AgreementFile",
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
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="linkages.agreement",
                        verbose_name="协议",
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
                "verbose_name": "协议附件",
                "verbose_name_plural": "协议附件",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("agreement", "sha256"),
                        name="agreement_file_once",
                        violation_error_message="该协议已有相同的文件。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "grade",
                    models.CharField(
                        choices=[("excellent", "好"), ("good", "较好"), ("fair", "一般"), ("poor", "差")],
                        max_length=10,
                        verbose_name="评价",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="评语")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间")),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="linkages.agreement",
                        verbose_name="协议",
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
            ],
            options={
                "verbose_name": "年度评价",
                "verbose_name_plural": "年度评价",
                "ordering": ["-year"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "year"),
                        name="evaluation_once",
                        violation_error_message="该年度已评价。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="单位名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("government", "机关"),
                            ("academic", "高校院所"),
                            ("hospital", "医院"),
                            ("bank", "银行"),
                            ("justice", "法院检察院"),
                            ("regulator", "税务市监"),
                            ("community", "街道社区"),
                            ("incubator", "孵化器"),
                            ("elsewhere", "外地园区党组织"),
                            ("company", "企业"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("contact_office", models.CharField(blank=True, max_length=80, verbose_name="联系部门")),
                ("credit_code", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
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
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="linkages.partner",
                        verbose_name="并入",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="partners",
                        to="orgs.organisation",
                        verbose_name="顶层组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "共建单位",
                "verbose_name_plural": "共建单位",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("merged_into__isnull", True)),
                        name="partner_name_once",
                        violation_error_message="已有同名的共建单位。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True), models.Q(("credit_code", ""), _negated=True)
                        ),
                        fields=("organisation", "credit_code"),
                        name="partner_code_once",
                        violation_error_message="已有相同信用代码的共建单位。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("leader_name", models.CharField(blank=True, max_length=50, verbose_name="负责人")),
                ("liaison_name", models.CharField(blank=True, max_length=50, verbose_name="联络员")),
                (
                    "items_per_year",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每年办实事件数"),
                ),
                (
                    "resources_per_year",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每年提供资源项数"),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parties",
                        to="linkages.agreement",
                        verbose_name="协议",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement_parties",
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
                        related_name="parties",
                        to="linkages.partner",
                        verbose_name="共建单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "协议各方",
                "verbose_name_plural": "协议各方",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("partner__isnull", True)),
                            models.Q(("organisation__isnull", True), ("partner__isnull", False)),
                            _connector="OR",
                        ),
                        name="party_is_one",
                        violation_error_message="每一方须是一个党组织或一个共建单位。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("organisation__isnull", False)),
                        fields=("agreement", "organisation"),
                        name="party_organisation_once",
                        violation_error_message="同一党组织只能填写一次。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("partner__isnull", False)),
                        fields=("agreement", "partner"),
                        name="party_partner_once",
                        violation_error_message="同一共建单位只能填写一次。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementResult",
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
                            ("item", "办实事"),
                            ("resource", "提供资源"),
                            ("people", "引才"),
                            ("amount", "资金和订单"),
                            ("problem", "解决难题"),
                        ],
                        max_length=10,
                        verbose_name="成效类别",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("what", models.CharField(max_length=200, verbose_name="内容")),
                ("beneficiary", models.CharField(blank=True, max_length=120, verbose_name="受益对象")),
                ("people", models.PositiveIntegerField(default=0, verbose_name="引进人数")),
                ("hired", models.PositiveIntegerField(default=0, verbose_name="其中录用")),
                ("members", models.PositiveIntegerField(default=0, verbose_name="其中党员")),
                (
                    "amount",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="金额（万元）"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="linkages.agreement",
                        verbose_name="协议",
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
                        verbose_name="撤回人",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="linkages.party",
                        verbose_name="由哪一方提供",
                    ),
                ),
            ],
            options={
                "verbose_name": "共建成效",
                "verbose_name_plural": "共建成效",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["agreement", "on"], name="agreement_result_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hired__lte", models.F("people")), ("members__lte", models.F("people"))
                        ),
                        name="agreement_result_people",
                        violation_error_message="录用人数、党员人数都不能多于引进人数。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__isnull", True), ("amount__gt", 0), _connector="OR"),
                        name="agreement_result_amount",
                        violation_error_message="金额须大于0。",
                    ),
                ],
            },
        ),
    ]
