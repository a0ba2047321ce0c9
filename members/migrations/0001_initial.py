import datetime

import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("imports", "0002_links"),
        ("orgs", "0002_registered_members"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("pinyin", models.CharField(editable=False, max_length=120, verbose_name="姓名拼音")),
                (
                    "identity_type",
                    models.CharField(
                        choices=[
                            ("resident", "居民身份证"),
                            ("passport", "护照"),
                            ("hk_macao", "港澳居民通行证"),
                            ("taiwan", "台湾居民通行证"),
                        ],
                        default="resident",
                        max_length=10,
                        verbose_name="证件类型",
                    ),
                ),
                (
                    "identity_number",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="证件号码"),
                ),
                ("mobile", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="手机号码")),
                (
                    "sex",
                    models.CharField(
                        choices=[("male", "男"), ("female", "女")], max_length=6, verbose_name="性别"
                    ),
                ),
                ("ethnicity", models.CharField(blank=True, max_length=20, verbose_name="民族")),
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
                (
                    "title",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("senior", "正高级"),
                            ("associate", "副高级"),
                            ("intermediate", "中级"),
                            ("junior", "初级"),
                        ],
                        max_length=12,
                        verbose_name="专业技术职称",
                    ),
                ),
                (
                    "occupation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("worker", "工人（工勤技能人员）"),
                            ("farmer", "农牧渔民"),
                            ("specialist", "企事业单位、社会组织专业技术人员"),
                            ("manager", "企事业单位、社会组织管理人员"),
                            ("official", "党政机关工作人员"),
                            ("student", "学生"),
                            ("other", "其他职业人员"),
                            ("retired", "离退休人员"),
                        ],
                        max_length=12,
                        verbose_name="职业",
                    ),
                ),
                ("position", models.CharField(blank=True, max_length=50, verbose_name="职务")),
                ("is_research", models.BooleanField(blank=True, null=True, verbose_name="研发人员")),
                (
                    "employer_code",
                    models.CharField(
                        blank=True, db_index=True, max_length=18, verbose_name="工作单位信用代码"
                    ),
                ),
                ("employer_name", models.CharField(blank=True, max_length=200, verbose_name="工作单位")),
                (
                    "identity_hash",
                    orgs.fields.BlindIndexField(
                        blank=True,
                        default="",
                        editable=False,
                        max_length=50,
                        of="identity_number",
                        unique=True,
                        verbose_name="证件号码索引",
                    ),
                ),
                (
                    "mobile_hash",
                    orgs.fields.BlindIndexField(
                        blank=True,
                        db_index=True,
                        default="",
                        editable=False,
                        max_length=50,
                        of="mobile",
                        verbose_name="手机号码索引",
                    ),
                ),
                ("born_on", models.DateField(blank=True, null=True, verbose_name="出生日期")),
                ("root_id", models.BigIntegerField(db_index=True, editable=False, verbose_name="顶层组织")),
                (
                    "membership",
                    models.CharField(
                        choices=[
                            ("probationary", "预备党员"),
                            ("full", "正式党员"),
                            ("stopped", "停止党籍"),
                            ("ended", "已出党"),
                        ],
                        max_length=12,
                        verbose_name="党员类别",
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("registered", "在册"),
                            ("moving_out", "转出在途"),
                            ("floating_out", "流出"),
                            ("reserved", "保留（出国、毕业生）"),
                            ("left", "已离册"),
                        ],
                        default="registered",
                        max_length=12,
                        verbose_name="组织关系",
                    ),
                ),
                ("joined_on", models.DateField(blank=True, null=True, verbose_name="入党日期")),
                (
                    "joined_precision",
                    models.CharField(
                        choices=[("day", "日"), ("month", "月")],
                        default="day",
                        max_length=5,
                        verbose_name="入党日期精度",
                    ),
                ),
                ("probation_ends_on", models.DateField(blank=True, null=True, verbose_name="预备期满日期")),
                ("confirmed_on", models.DateField(blank=True, null=True, verbose_name="转正日期")),
                (
                    "confirmed_precision",
                    models.CharField(
                        choices=[("day", "日"), ("month", "月")],
                        default="day",
                        max_length=5,
                        verbose_name="转正日期精度",
                    ),
                ),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="离册日期")),
                ("legacy_unverified", models.BooleanField(default=False, verbose_name="历史数据待核")),
                ("legacy_reason", models.CharField(blank=True, max_length=200, verbose_name="待核原因")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "account",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="member",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="本人账号",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="orgs.organisation",
                        verbose_name="所在党支部",
                    ),
                ),
            ],
            options={
                "verbose_name": "党员",
                "verbose_name_plural": "党员",
                "indexes": [
                    models.Index(fields=["pinyin", "id"], name="member_pinyin"),
                    models.Index(fields=["organisation", "pinyin", "id"], name="member_organisation_pinyin"),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "joined_on",
                            models.Value(datetime.date(1900, 1, 1), output_field=models.DateField()),
                        ),
                        models.F("id"),
                        name="member_joined",
                    ),
                    models.Index(
                        django.db.models.functions.comparison.Coalesce(
                            "born_on",
                            models.Value(datetime.date(1900, 1, 1), output_field=models.DateField()),
                        ),
                        models.F("id"),
                        name="member_born",
                    ),
                    models.Index(fields=["updated_at", "id"], name="member_updated"),
                    models.Index(
                        condition=models.Q(("legacy_unverified", True)),
                        fields=["root_id"],
                        name="member_legacy",
                    ),
                    models.Index(fields=["membership", "relation", "pinyin"], name="member_standing"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_on__isnull", True),
                            ("joined_on__isnull", True),
                            ("confirmed_on__gte", models.F("joined_on")),
                            _connector="OR",
                        ),
                        name="member_confirmed_later",
                        violation_error_message="转正日期不能早于入党日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("identity_hash", ""), _negated=True),
                        name="member_identity_known",
                        violation_error_message="证件号码不能为空。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuesPayment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("year", models.PositiveSmallIntegerField(verbose_name="收据年度")),
                ("number", models.PositiveIntegerField(verbose_name="收据号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("dues", "党费"), ("gift", "自愿多交")],
                        default="dues",
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("payer_name", models.CharField(max_length=50, verbose_name="交款人")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="金额")),
                ("paid_on", models.DateField(verbose_name="交纳日期")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "现金"),
                            ("transfer", "银行转账"),
                            ("online", "线上支付"),
                            ("withheld", "代扣"),
                        ],
                        max_length=10,
                        verbose_name="交纳方式",
                    ),
                ),
                ("passed_whole", models.BooleanField(default=False, verbose_name="全部上缴中央")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dues_payments",
                        to="orgs.organisation",
                        verbose_name="收款党组织",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="members.duespayment",
                        verbose_name="冲正的收据",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dues_payments",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "党费收据",
                "verbose_name_plural": "党费收据",
                "indexes": [models.Index(fields=["organisation", "paid_on"], name="dues_payment_book")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("root_id", "year", "number"),
                        name="dues_payment_number",
                        violation_error_message="收据号重复。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("reverses__isnull", True)),
                            models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="dues_payment_sign",
                        violation_error_message="只有冲正的金额是负数。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuesCharge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("month", models.DateField(verbose_name="月份")),
                ("amount_due", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="应交")),
                (
                    "amount_paid",
                    models.DecimalField(decimal_places=2, default=0, max_digits=10, verbose_name="已交"),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dues_charges",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dues_charges",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "应交党费",
                "verbose_name_plural": "应交党费",
                "indexes": [
                    models.Index(fields=["organisation", "month"], name="dues_charge_ledger"),
                    models.Index(fields=["root_id", "month"], name="dues_charge_month"),
                    models.Index(
                        condition=models.Q(("amount_paid__lt", models.F("amount_due"))),
                        fields=["month", "member"],
                        name="dues_charge_unpaid",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "month"),
                        name="dues_charge_once_a_month",
                        violation_error_message="该党员这个月的党费已经列账。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_due__gte", 0),
                            models.Q(
                                ("amount_paid", 0), ("amount_paid", models.F("amount_due")), _connector="OR"
                            ),
                        ),
                        name="dues_charge_paid_whole",
                        violation_error_message="一个月的党费应一次交清。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DuesBasis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_from", models.DateField(verbose_name="起始月份")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("salaried", "按月领取工资"),
                            ("irregular", "个体经营、收入不固定"),
                            ("retired", "离退休"),
                            ("farmer", "农民"),
                            ("student", "学生"),
                            ("laid_off", "下岗失业"),
                            ("relief", "领取救济金、低保"),
                        ],
                        max_length=12,
                        verbose_name="交纳类别",
                    ),
                ),
                ("base", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="计算基数")),
                (
                    "standard_amount",
                    models.DecimalField(decimal_places=2, max_digits=10, verbose_name="应核定月额"),
                ),
                (
                    "monthly_amount",
                    models.DecimalField(decimal_places=2, max_digits=10, verbose_name="每月交纳"),
                ),
                ("reduced_until", models.DateField(blank=True, null=True, verbose_name="减免截止月份")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                (
                    "fixed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="核定时间"),
                ),
                (
                    "fixed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核定人",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dues_bases",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "党费核定",
                "verbose_name_plural": "党费核定",
                "ordering": ["-effective_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "effective_from"),
                        name="dues_basis_once_a_month",
                        violation_error_message="该党员从这个月起已有核定。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("monthly_amount__gte", 0), ("monthly_amount__lte", models.F("standard_amount"))
                        ),
                        name="dues_basis_not_above_standard",
                        violation_error_message="减免后的月额应在0元和应核定月额之间。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Disposal",
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
                        choices=[("correction", "限期改正"), ("dismissal", "劝其退党"), ("removal", "除名")],
                        max_length=10,
                        verbose_name="处置方式",
                    ),
                ),
                ("ground", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="事由")),
                ("is_other_fact", models.BooleanField(default=False, verbose_name="与现有处分不是同一事实")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "办理中"), ("approved", "已批准"), ("dropped", "不予处置")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "opened_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="立案日期"),
                ),
                ("decided_on", models.DateField(blank=True, null=True, verbose_name="决定日期")),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                ("correct_until", models.DateField(blank=True, null=True, verbose_name="改正期限至")),
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
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="批准党组织",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disposals",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "组织处置",
                "verbose_name_plural": "组织处置",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("member",),
                        name="disposal_one_open",
                        violation_error_message="该党员已有正在办理的组织处置。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CorrectionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("name", "姓名"),
                            ("identity_number", "证件号码"),
                            ("mobile", "手机号码"),
                            ("sex", "性别"),
                            ("ethnicity", "民族"),
                            ("born_on", "出生日期"),
                            ("education", "学历"),
                            ("title", "专业技术职称"),
                            ("occupation", "职业"),
                            ("employer", "工作单位"),
                            ("position", "职务"),
                            ("joined_on", "入党日期"),
                            ("confirmed_on", "转正日期"),
                            ("other", "其他"),
                        ],
                        max_length=16,
                        verbose_name="有误的项目",
                    ),
                ),
                ("claim", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="正确内容")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待处理"), ("accepted", "已采纳"), ("declined", "未采纳")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reply", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="答复")),
                (
                    "asked_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="提出时间"),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="答复人",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "更正申请",
                "verbose_name_plural": "更正申请",
                "indexes": [models.Index(fields=["state", "asked_at", "id"], name="correction_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("member", "field"),
                        name="correction_one_open",
                        violation_error_message="这一项已提出更正申请，请等待党支部答复。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True), ("answered_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="correction_answered",
                        violation_error_message="更正申请的状态与答复时间不一致。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("guest_name", models.CharField(blank=True, max_length=50, verbose_name="姓名")),
                (
                    "guest_mobile",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="手机号码"),
                ),
                (
                    "home_name",
                    models.CharField(blank=True, max_length=120, verbose_name="组织关系所在党组织"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("away", "短期外出（持证明信）"),
                            ("floating_out", "流出"),
                            ("floating_in", "流入"),
                            ("abroad", "出国（境）"),
                            ("graduate", "毕业生保留"),
                            ("lost", "失联"),
                        ],
                        max_length=14,
                        verbose_name="类别",
                    ),
                ),
                ("since", models.DateField(verbose_name="起")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="去向（地点、单位）")),
                (
                    "host_root_id",
                    models.BigIntegerField(editable=False, null=True, verbose_name="流入地顶层组织"),
                ),
                ("host_name", models.CharField(blank=True, max_length=120, verbose_name="流入地党组织")),
                ("contact_person", models.CharField(blank=True, max_length=50, verbose_name="联系人")),
                ("expected_return_on", models.DateField(blank=True, null=True, verbose_name="预计返回日期")),
                ("reported_on", models.DateField(blank=True, null=True, verbose_name="流入地报到日期")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                (
                    "closed_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("returned", "返回参加组织生活"),
                            ("transferred", "已转接组织关系"),
                            ("lost", "转为失联"),
                            ("floating", "登记为流动党员"),
                            ("left", "已离册"),
                            ("other", "其他"),
                        ],
                        max_length=12,
                        verbose_name="结束方式",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guests",
                        to="orgs.organisation",
                        verbose_name="参加组织生活的党组织",
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
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "流动与外出",
                "verbose_name_plural": "流动与外出",
                "indexes": [
                    models.Index(fields=["host_root_id", "since", "id"], name="absence_host_root"),
                    models.Index(fields=["closed_on", "kind", "since"], name="absence_open_kind"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True), ("member__isnull", False)),
                        fields=("member",),
                        name="absence_one_open",
                        violation_error_message="该党员已有未结束的外出登记。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("host__isnull", False),
                                ("kind", "floating_in"),
                                ("member__isnull", True),
                                models.Q(("guest_name", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("kind", "floating_in"), _negated=True),
                                ("guest_name", ""),
                                ("member__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="absence_guest_or_member",
                        violation_error_message="流入党员填写姓名和参加组织生活的党组织，其他类别选择本组织党员。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_how", ""), ("closed_on__isnull", True)),
                            models.Q(
                                ("closed_on__gte", models.F("since")),
                                models.Q(("closed_how", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="absence_closed_later",
                        violation_error_message="结束日期不能早于开始日期，且须填写结束方式。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberEvent",
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
                            ("confirmed", "转为正式党员"),
                            ("extended", "延长预备期"),
                            ("warning", "警告"),
                            ("serious_warning", "严重警告"),
                            ("posts_revoked", "撤销党内职务"),
                            ("on_trial", "留党察看"),
                            ("rights_restored", "恢复党员权利"),
                            ("correction", "限期改正"),
                            ("corrected", "改正期满合格"),
                            ("removed", "停止党籍后除名"),
                            ("commended", "表彰"),
                            ("note", "其他"),
                        ],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("until_on", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
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
            ],
            options={
                "verbose_name": "党员事项",
                "verbose_name_plural": "党员事项",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["member", "on"], name="member_event_day")],
            },
        ),
        migrations.CreateModel(
            name="NameKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=60, verbose_name="检索键")),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="name_keys",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
            ],
            options={
                "verbose_name": "姓名检索键",
                "verbose_name_plural": "姓名检索键",
                "indexes": [
                    models.Index(
                        fields=["key", "member"],
                        name="name_key",
                        opclasses=["varchar_pattern_ops", "int8_ops"],
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(blank=True, null=True, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                (
                    "opened_how",
                    models.CharField(
                        choices=[
                            ("register", "建账登记"),
                            ("admitted", "接收预备党员"),
                            ("transferred_in", "组织关系转入"),
                            ("restored", "恢复党籍"),
                            ("moved", "内部转接"),
                        ],
                        max_length=16,
                        verbose_name="来源",
                    ),
                ),
                (
                    "closed_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("moved", "内部转接"),
                            ("transferred_out", "组织关系转出"),
                            ("died", "去世"),
                            ("cancelled", "取消预备党员资格"),
                            ("stopped", "停止党籍"),
                            ("withdrew", "退党"),
                            ("dismissed", "劝退"),
                            ("removed", "除名"),
                            ("expelled", "开除党籍"),
                            ("mistake", "登记有误"),
                        ],
                        max_length=16,
                        verbose_name="去向",
                    ),
                ),
                (
                    "closed_by_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="imports.importrun",
                        verbose_name="终止于导入",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postings",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="orgs.organisation",
                        verbose_name="党组织",
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
            ],
            options={
                "verbose_name": "组织关系沿革",
                "verbose_name_plural": "组织关系沿革",
                "indexes": [
                    models.Index(fields=["organisation", "until", "since"], name="posting_organisation")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("member",),
                        name="posting_one_open",
                        violation_error_message="该党员已有在册的党组织，不能重复入册。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True),
                            ("since__isnull", True),
                            ("until__gte", models.F("since")),
                            _connector="OR",
                        ),
                        name="posting_until_later",
                        violation_error_message="截止日期不能早于开始日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_how", ""), ("until__isnull", True)),
                            models.Q(("until__isnull", False), models.Q(("closed_how", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="posting_closed_with_reason",
                        violation_error_message="请填写去向。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecruitmentCase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("pinyin", models.CharField(editable=False, max_length=120, verbose_name="姓名拼音")),
                (
                    "identity_type",
                    models.CharField(
                        choices=[
                            ("resident", "居民身份证"),
                            ("passport", "护照"),
                            ("hk_macao", "港澳居民通行证"),
                            ("taiwan", "台湾居民通行证"),
                        ],
                        default="resident",
                        max_length=10,
                        verbose_name="证件类型",
                    ),
                ),
                (
                    "identity_number",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="证件号码"),
                ),
                ("mobile", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="手机号码")),
                (
                    "sex",
                    models.CharField(
                        choices=[("male", "男"), ("female", "女")], max_length=6, verbose_name="性别"
                    ),
                ),
                ("ethnicity", models.CharField(blank=True, max_length=20, verbose_name="民族")),
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
                (
                    "title",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("senior", "正高级"),
                            ("associate", "副高级"),
                            ("intermediate", "中级"),
                            ("junior", "初级"),
                        ],
                        max_length=12,
                        verbose_name="专业技术职称",
                    ),
                ),
                (
                    "occupation",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("worker", "工人（工勤技能人员）"),
                            ("farmer", "农牧渔民"),
                            ("specialist", "企事业单位、社会组织专业技术人员"),
                            ("manager", "企事业单位、社会组织管理人员"),
                            ("official", "党政机关工作人员"),
                            ("student", "学生"),
                            ("other", "其他职业人员"),
                            ("retired", "离退休人员"),
                        ],
                        max_length=12,
                        verbose_name="职业",
                    ),
                ),
                ("position", models.CharField(blank=True, max_length=50, verbose_name="职务")),
                ("is_research", models.BooleanField(blank=True, null=True, verbose_name="研发人员")),
                (
                    "employer_code",
                    models.CharField(
                        blank=True, db_index=True, max_length=18, verbose_name="工作单位信用代码"
                    ),
                ),
                ("employer_name", models.CharField(blank=True, max_length=200, verbose_name="工作单位")),
                (
                    "identity_hash",
                    orgs.fields.BlindIndexField(
                        blank=True,
                        default="",
                        editable=False,
                        max_length=50,
                        of="identity_number",
                        verbose_name="证件号码索引",
                    ),
                ),
                ("born_on", models.DateField(verbose_name="出生日期")),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("applicant", "入党申请人"),
                            ("activist", "入党积极分子"),
                            ("candidate", "发展对象"),
                            ("probationary", "预备党员"),
                            ("extended", "延长预备期"),
                            ("full", "正式党员"),
                            ("stopped", "终止"),
                        ],
                        default="applicant",
                        max_length=12,
                        verbose_name="阶段",
                    ),
                ),
                ("next_step", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="下一步")),
                ("opens_on", models.DateField(blank=True, null=True, verbose_name="最早可办日期")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="应办日期")),
                ("applied_on", models.DateField(blank=True, null=True, verbose_name="申请日期")),
                ("activist_on", models.DateField(blank=True, null=True, verbose_name="列为积极分子日期")),
                ("candidate_on", models.DateField(blank=True, null=True, verbose_name="列为发展对象日期")),
                ("meeting_on", models.DateField(blank=True, null=True, verbose_name="支部大会通过日期")),
                ("approved_on", models.DateField(blank=True, null=True, verbose_name="批准日期")),
                ("probation_ends_on", models.DateField(blank=True, null=True, verbose_name="预备期满日期")),
                ("converted_on", models.DateField(blank=True, null=True, verbose_name="转正日期")),
                ("stopped_on", models.DateField(blank=True, null=True, verbose_name="终止日期")),
                ("stopped_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="办结日期")),
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
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recruitment_case",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recruitment_cases",
                        to="orgs.organisation",
                        verbose_name="所在党支部",
                    ),
                ),
            ],
            options={
                "verbose_name": "发展党员",
                "verbose_name_plural": "发展党员",
                "indexes": [
                    models.Index(fields=["root_id", "stage", "due_on"], name="case_stage"),
                    models.Index(fields=["organisation", "stage"], name="case_organisation"),
                    models.Index(fields=["due_on", "id"], name="case_due"),
                    models.Index(fields=["approved_on"], name="case_approved"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("identity_hash",),
                        name="case_one_open",
                        violation_error_message="该人员已有正在办理的发展党员记录。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StepRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="步骤")),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("done", "已办理"),
                            ("passed", "通过"),
                            ("failed", "未通过"),
                            ("on_time", "按期转正"),
                            ("extended", "延长预备期"),
                            ("cancelled", "取消预备党员资格"),
                            ("reversed", "退回更正"),
                            ("taken_over", "此前的步骤在系统外办理"),
                        ],
                        default="done",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("data", models.JSONField(blank=True, default=dict, verbose_name="内容")),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("note", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="情况")),
                ("late", models.BooleanField(default=False, verbose_name="逾期办理")),
                (
                    "confirm_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="确需办理的原因"),
                ),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批准文号")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="members.recruitmentcase",
                        verbose_name="发展党员",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="办理党组织",
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
                    "reverses",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="members.steprecord",
                        verbose_name="更正的记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "发展党员步骤",
                "verbose_name_plural": "发展党员步骤",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["organisation", "number", "on"], name="step_of_organisation")
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_name", models.CharField(max_length=50, verbose_name="姓名")),
                (
                    "identity_type",
                    models.CharField(
                        choices=[
                            ("resident", "居民身份证"),
                            ("passport", "护照"),
                            ("hk_macao", "港澳居民通行证"),
                            ("taiwan", "台湾居民通行证"),
                        ],
                        default="resident",
                        max_length=10,
                        verbose_name="证件类型",
                    ),
                ),
                (
                    "identity_number",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="证件号码"),
                ),
                (
                    "identity_hash",
                    orgs.fields.BlindIndexField(
                        blank=True,
                        db_index=True,
                        default="",
                        editable=False,
                        max_length=50,
                        of="identity_number",
                        verbose_name="证件号码索引",
                    ),
                ),
                (
                    "person",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="转入人员信息"),
                ),
                (
                    "membership",
                    models.CharField(
                        choices=[
                            ("probationary", "预备党员"),
                            ("full", "正式党员"),
                            ("stopped", "停止党籍"),
                            ("ended", "已出党"),
                        ],
                        max_length=12,
                        verbose_name="党员类别",
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("out", "转出本系统"), ("in", "从外部转入"), ("inside", "内部转接")],
                        max_length=6,
                        verbose_name="方向",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("initiated", "发起"),
                            ("sending_review", "转出审核"),
                            ("in_transit", "在途"),
                            ("receiving_review", "接收审核"),
                            ("accepted", "已接收"),
                            ("returned", "退回"),
                            ("withdrawn", "撤回"),
                        ],
                        default="initiated",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "state_since",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="状态起"),
                ),
                ("from_name", models.CharField(blank=True, max_length=120, verbose_name="外部转出党组织")),
                (
                    "from_root_id",
                    models.BigIntegerField(editable=False, null=True, verbose_name="转出方顶层组织"),
                ),
                ("to_name", models.CharField(blank=True, max_length=120, verbose_name="外部接收党组织")),
                (
                    "to_root_id",
                    models.BigIntegerField(editable=False, null=True, verbose_name="接收方顶层组织"),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="转接事由")),
                ("dues_paid_until", models.DateField(help_text="该月1日。", verbose_name="党费交至")),
                ("letter_no", models.CharField(blank=True, max_length=40, verbose_name="介绍信编号")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="介绍信开具日期")),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="有效期（天）"),
                ),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="有效期至")),
                ("accepted_on", models.DateField(blank=True, null=True, verbose_name="接收日期")),
                ("receipt_on", models.DateField(blank=True, null=True, verbose_name="回执日期")),
                ("receipt_no", models.CharField(blank=True, max_length=40, verbose_name="回执编号")),
                ("close_reason", models.CharField(blank=True, max_length=200, verbose_name="退回或撤回原因")),
                (
                    "relation_before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("registered", "在册"),
                            ("moving_out", "转出在途"),
                            ("floating_out", "流出"),
                            ("reserved", "保留（出国、毕业生）"),
                            ("left", "已离册"),
                        ],
                        max_length=12,
                        verbose_name="原组织关系状态",
                    ),
                ),
                ("needs_check", models.BooleanField(default=False, verbose_name="突击发展核查")),
                (
                    "started_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="发起日期"),
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
                        verbose_name="发起人",
                    ),
                ),
                (
                    "from_organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_out",
                        to="orgs.organisation",
                        verbose_name="转出党组织",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="members.member",
                        verbose_name="党员",
                    ),
                ),
                (
                    "to_organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers_in",
                        to="orgs.organisation",
                        verbose_name="接收党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "组织关系转接",
                "verbose_name_plural": "组织关系转接",
                "indexes": [
                    models.Index(fields=["from_root_id", "started_on", "id"], name="transfer_from_root"),
                    models.Index(fields=["to_root_id", "started_on", "id"], name="transfer_to_root"),
                    models.Index(fields=["state", "expires_on"], name="transfer_state_expiry"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("member__isnull", False),
                            ("state__in", ("initiated", "sending_review", "in_transit", "receiving_review")),
                        ),
                        fields=("member",),
                        name="transfer_one_open",
                        violation_error_message="该党员已有正在办理的转接。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("initiated", "sending_review", "in_transit", "receiving_review")),
                            models.Q(("identity_hash", ""), _negated=True),
                        ),
                        fields=("identity_hash",),
                        name="transfer_one_open_person",
                        violation_error_message="该人员已有正在办理的转入。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("direction", "out"),
                                ("from_organisation__isnull", False),
                                ("to_organisation__isnull", True),
                            ),
                            models.Q(
                                ("direction", "in"),
                                ("from_organisation__isnull", True),
                                ("to_organisation__isnull", False),
                            ),
                            models.Q(
                                ("direction", "inside"),
                                ("from_organisation__isnull", False),
                                ("to_organisation__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_sides",
                        violation_error_message="转出、接收党组织与转接方向不符。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member__isnull", False),
                            models.Q(("direction", "in"), models.Q(("state", "accepted"), _negated=True)),
                            _connector="OR",
                        ),
                        name="transfer_has_member",
                        violation_error_message="请选择党员。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "accepted"), _negated=True),
                            ("accepted_on__isnull", False),
                            _connector="OR",
                        ),
                        name="transfer_dated_acceptance",
                        violation_error_message="请填写接收日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferEntry",
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
                            ("initiated", "发起"),
                            ("sending_review", "转出审核"),
                            ("in_transit", "在途"),
                            ("receiving_review", "接收审核"),
                            ("accepted", "已接收"),
                            ("returned", "退回"),
                            ("withdrawn", "撤回"),
                        ],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("what", models.CharField(max_length=30, verbose_name="办理事项")),
                ("on", models.DateField(verbose_name="日期")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
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
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="members.transfer",
                        verbose_name="转接",
                    ),
                ),
            ],
            options={
                "verbose_name": "转接过程",
                "verbose_name_plural": "转接过程",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="TransferLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("issued_on", models.DateField(verbose_name="开具日期")),
                ("valid_days", models.PositiveSmallIntegerField(verbose_name="有效期（天）")),
                ("expires_on", models.DateField(verbose_name="有效期至")),
                ("dues_paid_until", models.DateField(verbose_name="党费交至")),
                ("statement", models.CharField(blank=True, max_length=300, verbose_name="重开说明")),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开具人",
                    ),
                ),
                (
                    "issuer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="orgs.organisation",
                        verbose_name="开具党组织",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="members.transfer",
                        verbose_name="转接",
                    ),
                ),
            ],
            options={
                "verbose_name": "组织关系介绍信",
                "verbose_name_plural": "组织关系介绍信",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("root_id", "year", "number"), name="letter_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("phone", "电话"),
                            ("message", "短信、微信"),
                            ("mail", "信函、邮件"),
                            ("visit", "上门走访"),
                            ("family", "联系家属、亲友"),
                            ("employer", "联系工作单位"),
                            ("authority", "公安、社区核查"),
                            ("other", "其他"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("person", models.CharField(max_length=50, verbose_name="联系人")),
                ("reached", models.BooleanField(default=False, verbose_name="已联系上")),
                ("result", models.CharField(max_length=200, verbose_name="情况")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "absence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="members.absence",
                        verbose_name="外出登记",
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
            ],
            options={
                "verbose_name": "联系记录",
                "verbose_name_plural": "联系记录",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["absence", "on"], name="contact_entry_day")],
            },
        ),
        migrations.CreateModel(
            name="DisposalStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("filed", "报备"),
                            ("investigated", "调查核实"),
                            ("talked", "谈话"),
                            ("reviewed", "上级审核"),
                            ("meeting", "支部大会表决"),
                            ("approved", "上级批准"),
                        ],
                        max_length=14,
                        verbose_name="步骤",
                    ),
                ),
                ("on", models.DateField(verbose_name="日期")),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                (
                    "expected_votes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="应到会有表决权党员"),
                ),
                (
                    "present_votes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="实到会有表决权党员"),
                ),
                ("yes_votes", models.PositiveIntegerField(blank=True, null=True, verbose_name="赞成")),
                ("note", orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="情况")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "disposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="members.disposal",
                        verbose_name="组织处置",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.organisation",
                        verbose_name="办理党组织",
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
            ],
            options={
                "verbose_name": "处置步骤",
                "verbose_name_plural": "处置步骤",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("disposal", "stage"),
                        name="disposal_step_once",
                        violation_error_message="该步骤已经登记。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DuesAllocation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="金额")),
                (
                    "charge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="members.duescharge",
                        verbose_name="应交党费",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allocations",
                        to="members.duespayment",
                        verbose_name="收据",
                    ),
                ),
            ],
            options={
                "verbose_name": "党费所属月份",
                "verbose_name_plural": "党费所属月份",
                "constraints": [
                    models.UniqueConstraint(fields=("payment", "charge"), name="dues_allocation_once")
                ],
            },
        ),
    ]
