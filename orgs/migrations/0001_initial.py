import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields
import orgs.models.accounts


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("imports", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="片区名称")),
            ],
            options={
                "verbose_name": "片区",
                "verbose_name_plural": "片区",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Cluster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="产业集群")),
            ],
            options={
                "verbose_name": "产业集群",
                "verbose_name_plural": "产业集群",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                ),
                ("display_name", models.CharField(max_length=50, verbose_name="姓名")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="下次登录须改密码")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
            },
            managers=[
                ("objects", orgs.models.accounts.PortalUserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Chain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="产业链")),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chains",
                        to="orgs.cluster",
                        verbose_name="产业集群",
                    ),
                ),
            ],
            options={
                "verbose_name": "产业链",
                "verbose_name_plural": "产业链",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="DatedSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60, verbose_name="项目")),
                ("effective_on", models.DateField(verbose_name="生效日期")),
                ("value", models.JSONField(verbose_name="值")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据")),
            ],
            options={
                "verbose_name": "口径与阈值",
                "verbose_name_plural": "口径与阈值",
                "ordering": ["code", "-effective_on"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "effective_on"),
                        name="dated_setting_once",
                        violation_error_message="该项目在这一天已有设定。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Park",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="园区名称")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parks",
                        to="orgs.area",
                        verbose_name="所属片区",
                    ),
                ),
                (
                    "main_cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parks",
                        to="orgs.cluster",
                        verbose_name="主导产业集群",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="orgs.park",
                        verbose_name="上级园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "园区",
                "verbose_name_plural": "园区",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Enterprise",
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
                            ("enterprise", "企业"),
                            ("institute", "科研院所"),
                            ("laboratory", "实验室"),
                            ("platform", "科技平台"),
                            ("social_organisation", "社会组织"),
                        ],
                        default="enterprise",
                        max_length=20,
                        verbose_name="单位类别",
                    ),
                ),
                (
                    "credit_code",
                    models.CharField(
                        blank=True, max_length=18, null=True, unique=True, verbose_name="统一社会信用代码"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="企业名称")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("existing", "存续"),
                            ("operating", "在业"),
                            ("open", "开业"),
                            ("registered", "确立"),
                            ("moved_in", "迁入"),
                            ("suspended", "停业"),
                            ("liquidating", "清算"),
                            ("revoked", "吊销"),
                            ("deregistered", "注销"),
                            ("moved_out", "迁出"),
                        ],
                        default="existing",
                        max_length=14,
                        verbose_name="登记状态",
                    ),
                ),
                ("is_dormant", models.BooleanField(default=False, verbose_name="空壳或僵尸企业")),
                (
                    "legal_representative",
                    models.CharField(blank=True, max_length=50, verbose_name="法定代表人"),
                ),
                (
                    "capital",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=16,
                        null=True,
                        verbose_name="注册资本（万元）",
                    ),
                ),
                ("capital_text", models.CharField(blank=True, max_length=60, verbose_name="注册资本原文")),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="成立日期")),
                (
                    "founded_precision",
                    models.CharField(
                        choices=[("day", "日"), ("month", "月")],
                        default="day",
                        max_length=5,
                        verbose_name="成立日期精度",
                    ),
                ),
                ("industry", models.CharField(blank=True, max_length=60, verbose_name="所属行业")),
                ("is_chain_lead", models.BooleanField(default=False, verbose_name="链主企业")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="经营地址")),
                ("registered_address", models.CharField(blank=True, max_length=200, verbose_name="注册地址")),
                ("employees", models.PositiveIntegerField(blank=True, null=True, verbose_name="从业人数")),
                (
                    "reported_members",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="党员人数"),
                ),
                ("contact_name", models.CharField(blank=True, max_length=50, verbose_name="联系人")),
                (
                    "contact_phone",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="联系电话"),
                ),
                ("is_high_tech", models.BooleanField(blank=True, null=True, verbose_name="高新技术企业")),
                ("is_key", models.BooleanField(default=False, verbose_name="重点企业")),
                (
                    "building_stage",
                    models.CharField(
                        choices=[
                            ("unsurveyed", "未排查"),
                            ("no_members", "已排查（无党员）"),
                            ("few_members", "已排查（党员不足3名）"),
                            ("enough_members", "已排查（党员3名及以上）"),
                            ("planned", "拟建"),
                            ("applied", "已申请"),
                            ("approved", "已批复"),
                            ("elected", "已选举"),
                            ("founded", "已建"),
                        ],
                        default="unsurveyed",
                        max_length=16,
                        verbose_name="组建进度",
                    ),
                ),
                (
                    "not_founded_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_members", "没有党员"),
                            ("relations_elsewhere", "党员组织关系在外"),
                            ("owner_unwilling", "企业出资人暂无意愿"),
                            ("short_lived", "经营不稳定"),
                            ("head_office", "已计入总部"),
                            ("other", "其他"),
                        ],
                        max_length=20,
                        verbose_name="未建原因",
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
                    "chain",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enterprises",
                        to="orgs.chain",
                        verbose_name="产业链",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enterprises",
                        to="orgs.cluster",
                        verbose_name="产业集群",
                    ),
                ),
                (
                    "parent_unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sub_units",
                        to="orgs.enterprise",
                        verbose_name="所属单位",
                    ),
                ),
                (
                    "park",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enterprises",
                        to="orgs.park",
                        verbose_name="所属园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业",
                "verbose_name_plural": "企业",
                "indexes": [
                    models.Index(fields=["park", "status"], name="enterprise_park_status"),
                    models.Index(fields=["cluster", "status"], name="enterprise_cluster_status"),
                    models.Index(fields=["status", "is_dormant"], name="enterprise_status"),
                    models.Index(fields=["name", "id"], name="enterprise_name_id"),
                    models.Index(fields=["updated_at", "id"], name="enterprise_updated_id"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reported_members__isnull", True),
                            ("employees__isnull", True),
                            ("reported_members__lte", models.F("employees")),
                            _connector="OR",
                        ),
                        name="enterprise_members_fit",
                        violation_error_message="党员人数不能多于从业人数。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EnterpriseName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_index=True, max_length=200, verbose_name="曾用名")),
                ("until", models.DateField(verbose_name="使用至")),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="old_names",
                        to="orgs.enterprise",
                        verbose_name="企业",
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
                "verbose_name": "曾用名",
                "verbose_name_plural": "曾用名",
            },
        ),
        migrations.CreateModel(
            name="FoundingStep",
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
                            ("unsurveyed", "未排查"),
                            ("no_members", "已排查（无党员）"),
                            ("few_members", "已排查（党员不足3名）"),
                            ("enough_members", "已排查（党员3名及以上）"),
                            ("planned", "拟建"),
                            ("applied", "已申请"),
                            ("approved", "已批复"),
                            ("elected", "已选举"),
                            ("founded", "已建"),
                        ],
                        max_length=16,
                        verbose_name="进度",
                    ),
                ),
                (
                    "entered_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="日期"),
                ),
                ("document_no", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="founding_steps",
                        to="orgs.enterprise",
                        verbose_name="企业",
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
                "verbose_name": "组建进度记录",
                "verbose_name_plural": "组建进度记录",
                "ordering": ["entered_on", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=255, unique=True)),
                ("depth", models.PositiveIntegerField()),
                ("numchild", models.PositiveIntegerField(default=0)),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="党组织代码")),
                ("name", models.CharField(db_index=True, max_length=120, verbose_name="党组织名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("composite_committee", "综合党委"),
                            ("working_committee", "党工委"),
                            ("cluster_committee", "产业集群党委"),
                            ("area_committee", "片区党委"),
                            ("platform_committee", "科技平台党委"),
                            ("committee", "党委"),
                            ("general_branch", "党总支"),
                            ("branch", "党支部"),
                            ("joint_branch", "联合党支部"),
                            ("temp_branch", "临时党支部"),
                            ("project_branch", "项目党支部"),
                            ("floating_branch", "流动党员党支部"),
                            ("functional_org", "功能型党组织"),
                            ("party_group", "党小组"),
                        ],
                        max_length=24,
                        verbose_name="党组织类别",
                    ),
                ),
                (
                    "jurisdiction",
                    models.CharField(
                        choices=[
                            ("none", "仅覆盖的企业"),
                            ("all", "全部企业"),
                            ("area", "本片区企业"),
                            ("cluster", "本产业集群企业"),
                            ("park", "本园区企业（含园中园）"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="负责企业范围",
                    ),
                ),
                ("carrier", models.CharField(blank=True, max_length=40, verbose_name="依托载体")),
                ("founded_on", models.DateField(blank=True, null=True, verbose_name="成立日期")),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                ("elected_on", models.DateField(blank=True, null=True, verbose_name="选举日期")),
                ("term_ends_on", models.DateField(blank=True, null=True, verbose_name="届满日期")),
                ("extended_to", models.DateField(blank=True, null=True, verbose_name="批准延期至")),
                ("extension_no", models.CharField(blank=True, max_length=60, verbose_name="延期批复文号")),
                ("task_ended_on", models.DateField(blank=True, null=True, verbose_name="任务或项目结束日期")),
                ("dissolved_on", models.DateField(blank=True, null=True, verbose_name="撤销日期")),
                (
                    "contact_phone",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="联系电话"),
                ),
                ("elected", models.BooleanField(default=True, verbose_name="选举产生")),
                ("keeps_membership", models.BooleanField(default=True, verbose_name="接转组织关系")),
                ("can_recruit", models.BooleanField(default=True, verbose_name="可发展党员")),
                ("can_collect_dues", models.BooleanField(default=True, verbose_name="可收缴党费")),
                ("can_approve_members", models.BooleanField(default=False, verbose_name="可审批预备党员")),
                ("counts_in_statistics", models.BooleanField(default=True, verbose_name="纳入统计")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisations",
                        to="orgs.area",
                        verbose_name="所属片区",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisations",
                        to="orgs.cluster",
                        verbose_name="产业集群",
                    ),
                ),
                (
                    "host_unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="hosted_organisations",
                        to="orgs.enterprise",
                        verbose_name="所在单位",
                    ),
                ),
                (
                    "park",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisations",
                        to="orgs.park",
                        verbose_name="所在园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "党组织",
                "verbose_name_plural": "党组织",
                "indexes": [
                    models.Index(fields=["jurisdiction", "area", "cluster", "park"], name="org_jurisdiction"),
                    models.Index(fields=["kind"], name="org_kind"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dissolved_on__isnull", True),
                            ("founded_on__isnull", True),
                            ("dissolved_on__gte", models.F("founded_on")),
                            _connector="OR",
                        ),
                        name="organisation_dissolved_later",
                        violation_error_message="撤销日期不能早于成立日期。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("own", "单独组建"),
                            ("joint", "联合组建"),
                            ("area", "区域统建"),
                            ("trade", "行业统建"),
                            ("attached", "挂靠"),
                            ("instructor", "派驻指导员"),
                        ],
                        max_length=12,
                        verbose_name="覆盖方式",
                    ),
                ),
                (
                    "line",
                    models.CharField(
                        choices=[("organisation", "组织覆盖"), ("instructor", "指导员")],
                        editable=False,
                        max_length=14,
                        verbose_name="覆盖类别",
                    ),
                ),
                (
                    "instructor_name",
                    models.CharField(blank=True, max_length=50, verbose_name="党建工作指导员"),
                ),
                ("since", models.DateField(verbose_name="起始日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                ("term_ends_on", models.DateField(blank=True, null=True, verbose_name="派驻期满日期")),
                (
                    "evidence",
                    models.CharField(
                        blank=True, help_text="批复文号、承诺书编号等。", max_length=200, verbose_name="依据"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
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
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="coverages",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coverages",
                        to="orgs.organisation",
                        verbose_name="覆盖党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "覆盖关系",
                "verbose_name_plural": "覆盖关系",
                "indexes": [
                    models.Index(fields=["organisation", "until"], name="coverage_organisation"),
                    models.Index(fields=["line", "until", "method"], name="coverage_line_until"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("enterprise", "line"),
                        name="coverage_one_open_per_line",
                        violation_error_message="该企业已有同类覆盖关系，请先终止原关系。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="coverage_until_later",
                        violation_error_message="截止日期不能早于起始日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("line", "organisation"), ("organisation__isnull", False)),
                            models.Q(
                                ("line", "instructor"), models.Q(("instructor_name", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="coverage_names_someone",
                        violation_error_message="组织覆盖须填写覆盖党组织，派驻指导员须填写指导员姓名。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "系统管理员"),
                            ("auditor", "审计员"),
                            ("officer", "党务工作者"),
                            ("secretary", "党支部书记"),
                            ("leader", "领导"),
                            ("contact", "企业联系人"),
                            ("member", "党员"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                (
                    "starts_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="开始日期"),
                ),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                (
                    "delegated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="delegations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="授权人",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        blank=True,
                        help_text="仅企业联系人填写。",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_appointments",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="appointments",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "任用",
                "verbose_name_plural": "任用",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="appointment_ends_after_start",
                        violation_error_message="结束日期不能早于开始日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("delegated_by__isnull", True), ("ends_on__isnull", False), _connector="OR"
                        ),
                        name="appointment_delegation_ends",
                        violation_error_message="授权必须填写结束日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Affiliation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "line",
                    models.CharField(
                        choices=[("formal", "隶属"), ("functional", "功能")],
                        max_length=10,
                        verbose_name="关系",
                    ),
                ),
                ("since", models.DateField(blank=True, null=True, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                ("evidence", models.CharField(blank=True, max_length=120, verbose_name="依据")),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="affiliations",
                        to="orgs.organisation",
                        verbose_name="党组织",
                    ),
                ),
                (
                    "superior",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subordinates",
                        to="orgs.organisation",
                        verbose_name="上级党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "隶属与功能关系",
                "verbose_name_plural": "隶属与功能关系",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("line", "formal"), ("until__isnull", True)),
                        fields=("organisation",),
                        name="affiliation_one_formal",
                        violation_error_message="该党组织已有隶属关系。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("line", "functional"), ("until__isnull", True)),
                        fields=("organisation", "superior"),
                        name="affiliation_functional_once",
                        violation_error_message="该功能关系已经存在。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True),
                            ("since__isnull", True),
                            ("until__gte", models.F("since")),
                            _connector="OR",
                        ),
                        name="affiliation_until_later",
                        violation_error_message="截止日期不能早于开始日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EnterprisePeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("existing", "存续"),
                            ("operating", "在业"),
                            ("open", "开业"),
                            ("registered", "确立"),
                            ("moved_in", "迁入"),
                            ("suspended", "停业"),
                            ("liquidating", "清算"),
                            ("revoked", "吊销"),
                            ("deregistered", "注销"),
                            ("moved_out", "迁出"),
                        ],
                        max_length=14,
                        verbose_name="登记状态",
                    ),
                ),
                ("is_dormant", models.BooleanField(default=False, verbose_name="空壳或僵尸企业")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(null=True, verbose_name="止")),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="imports.importrun",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.cluster",
                        verbose_name="产业集群",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="periods",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="imports.importrun",
                    ),
                ),
                (
                    "park",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orgs.park",
                        verbose_name="园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业归属沿革",
                "verbose_name_plural": "企业归属沿革",
                "indexes": [models.Index(fields=["enterprise", "since"], name="period_enterprise_since")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("enterprise",),
                        name="period_one_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ParkAlias",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="别名")),
                (
                    "park",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="orgs.park",
                        verbose_name="园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "园区别名",
                "verbose_name_plural": "园区别名",
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        choices=[
                            ("secretary", "书记"),
                            ("deputy_secretary", "副书记"),
                            ("organisation_member", "组织委员"),
                            ("publicity_member", "宣传委员"),
                            ("discipline_member", "纪检委员"),
                            ("committee_member", "委员"),
                            ("group_leader", "组长"),
                        ],
                        max_length=24,
                        verbose_name="职务",
                    ),
                ),
                ("person_name", models.CharField(max_length=50, verbose_name="姓名")),
                ("since", models.DateField(blank=True, null=True, verbose_name="任职日期")),
                ("until", models.DateField(blank=True, null=True, verbose_name="免职日期")),
                ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posts",
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
                "verbose_name": "任职",
                "verbose_name_plural": "任职",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("title", "secretary"), ("until__isnull", True)),
                        fields=("organisation",),
                        name="post_one_secretary",
                        violation_error_message="该党组织已有现任书记，请先填写其免职日期。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True),
                            ("since__isnull", True),
                            ("until__gte", models.F("since")),
                            _connector="OR",
                        ),
                        name="post_until_later",
                        violation_error_message="免职日期不能早于任职日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=60, verbose_name="页面")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("query", models.CharField(max_length=1000, verbose_name="条件")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "保存的筛选",
                "verbose_name_plural": "保存的筛选",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "page", "name"),
                        name="saved_filter_name_once",
                        violation_error_message="已有同名筛选。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SurveyRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="轮次")),
                ("as_of", models.DateField(verbose_name="数据日期")),
                ("due_on", models.DateField(verbose_name="摸排期限")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="建立时间")),
                (
                    "run",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_round",
                        to="imports.importrun",
                        verbose_name="导入",
                    ),
                ),
            ],
            options={
                "verbose_name": "摸排轮次",
                "verbose_name_plural": "摸排轮次",
                "ordering": ["-as_of", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SurveyTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("new", "新增企业"),
                            ("missing", "名单中缺失"),
                            ("closed", "企业状态异常"),
                            ("manual", "人工发起"),
                        ],
                        max_length=10,
                        verbose_name="原因",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待摸排"), ("done", "已摸排"), ("cancelled", "已取消")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("result", models.CharField(blank=True, max_length=20, verbose_name="摸排结果")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="摸排日期")),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="摸排人",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_tasks",
                        to="orgs.enterprise",
                        verbose_name="企业",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="survey_tasks",
                        to="orgs.organisation",
                        verbose_name="责任党组织",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="orgs.surveyround",
                        verbose_name="轮次",
                    ),
                ),
            ],
            options={
                "verbose_name": "摸排任务",
                "verbose_name_plural": "摸排任务",
                "indexes": [models.Index(fields=["state", "owner"], name="survey_task_state_owner")],
                "constraints": [
                    models.UniqueConstraint(fields=("round", "enterprise"), name="survey_task_once_per_round")
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
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
                            ("instructor", "指导员走访"),
                            ("policy", "政策走访"),
                            ("service", "服务走访"),
                            ("culture", "文化走访"),
                            ("survey", "摸排走访"),
                        ],
                        default="instructor",
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("visited_on", models.DateField(verbose_name="走访日期")),
                ("visitor_name", models.CharField(max_length=50, verbose_name="走访人")),
                ("gist", models.TextField(blank=True, max_length=2000, verbose_name="情况")),
                (
                    "recorded_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="记录时间"),
                ),
                (
                    "coverage",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to="orgs.coverage",
                        verbose_name="指导员派驻",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="orgs.enterprise",
                        verbose_name="企业",
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
                "verbose_name": "走访",
                "verbose_name_plural": "走访",
                "ordering": ["-visited_on", "-pk"],
                "indexes": [models.Index(fields=["enterprise", "visited_on"], name="visit_enterprise_day")],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                ("actor_name", models.CharField(blank=True, max_length=50, verbose_name="操作人姓名")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="地址")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("login", "登录"),
                            ("login_failed", "登录失败"),
                            ("logout", "退出"),
                            ("create", "新建"),
                            ("update", "修改"),
                            ("delete", "删除"),
                            ("import", "导入"),
                            ("undo", "撤销导入"),
                            ("export", "导出"),
                            ("reveal", "查看完整信息"),
                            ("grant", "授权变更"),
                            ("setting", "设置变更"),
                            ("denied", "拒绝访问"),
                        ],
                        max_length=20,
                        verbose_name="动作",
                    ),
                ),
                ("object_type", models.CharField(blank=True, max_length=40, verbose_name="对象类型")),
                ("object_id", models.CharField(blank=True, max_length=40, verbose_name="对象编号")),
                ("object_label", models.CharField(blank=True, max_length=200, verbose_name="对象")),
                (
                    "organisation_id",
                    models.BigIntegerField(blank=True, db_index=True, null=True, verbose_name="党组织"),
                ),
                ("root_id", models.BigIntegerField(blank=True, null=True, verbose_name="顶层组织")),
                ("detail", models.JSONField(blank=True, default=dict, verbose_name="内容")),
                ("seal", models.CharField(blank=True, db_index=True, max_length=64, verbose_name="校验链")),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["object_type", "object_id"], name="audit_object")],
            },
        ),
    ]
