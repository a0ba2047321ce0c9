import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_links"),
        ("orgs", "0006_partner_role"),
    ]

    operations = [
        migrations.CreateModel(
            name="VisitTeam",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "founded_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="成立日期"),
                ),
                ("disbanded_on", models.DateField(blank=True, null=True, verbose_name="解散日期")),
                ("disbanded_reason", models.CharField(blank=True, max_length=200, verbose_name="解散原因")),
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
                        related_name="visit_teams",
                        to="orgs.area",
                        verbose_name="服务片区",
                    ),
                ),
                (
                    "chain",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_teams",
                        to="orgs.chain",
                        verbose_name="服务产业链",
                    ),
                ),
                (
                    "cluster",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_teams",
                        to="orgs.cluster",
                        verbose_name="服务产业集群",
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_teams",
                        to="orgs.organisation",
                        verbose_name="组建党组织",
                    ),
                ),
                (
                    "park",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_teams",
                        to="orgs.park",
                        verbose_name="服务园区",
                    ),
                ),
            ],
            options={
                "verbose_name": "企业服务队",
                "verbose_name_plural": "企业服务队",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("disbanded_on__isnull", True)),
                        fields=("organisation", "name"),
                        name="visit_team_named_once",
                        violation_error_message="该党组织已有同名的服务队，请换一个名称。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("area__isnull", True), ("chain__isnull", True), ("cluster__isnull", True)
                            ),
                            models.Q(
                                ("chain__isnull", True), ("cluster__isnull", True), ("park__isnull", True)
                            ),
                            models.Q(("area__isnull", True), ("chain__isnull", True), ("park__isnull", True)),
                            models.Q(
                                ("area__isnull", True), ("cluster__isnull", True), ("park__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="visit_team_one_place",
                        violation_error_message="产业链、产业集群、片区、园区只选一项作为服务范围。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("disbanded_on__isnull", True), ("disbanded_reason", "")),
                            models.Q(
                                ("disbanded_on__gte", models.F("founded_on")),
                                ("disbanded_on__isnull", False),
                                models.Q(("disbanded_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_team_disbanded_with_reason",
                        violation_error_message="解散日期不能早于成立日期，且须填写解散原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitTeamMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="orgs.visitteam",
                        verbose_name="服务队",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("unit", models.CharField(blank=True, max_length=80, verbose_name="单位")),
                ("leads", models.BooleanField(default=False, verbose_name="队长")),
                ("since", models.DateField(default=django.utils.timezone.localdate, verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
            ],
            options={
                "verbose_name": "服务队队员",
                "verbose_name_plural": "服务队队员",
                "ordering": ["-leads", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("team", "name", "unit"),
                        name="visit_team_member_once",
                        violation_error_message="同一单位的同一人只登记一次。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("leads", True), ("until__isnull", True)),
                        fields=("team",),
                        name="visit_team_one_leader",
                        violation_error_message="一支服务队只有一名队长。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitTask",
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
                        default="service",
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("new", "新登记"),
                            ("moved_in", "新迁入"),
                            ("periodic", "定期走访"),
                            ("asked", "企业提出"),
                            ("manual", "人工安排"),
                        ],
                        max_length=10,
                        verbose_name="原因",
                    ),
                ),
                ("arrived_on", models.DateField(blank=True, null=True, verbose_name="登记或迁入日期")),
                ("instructor_name", models.CharField(blank=True, max_length=50, verbose_name="指导员")),
                (
                    "opened_on",
                    models.DateField(default=django.utils.timezone.localdate, verbose_name="发起日期"),
                ),
                ("due_on", models.DateField(verbose_name="期限")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待走访"), ("done", "已走访"), ("dropped", "已撤销")],
                        default="open",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("dropped_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="更新时间"),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visit_tasks",
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
                        related_name="visit_tasks",
                        to="orgs.organisation",
                        verbose_name="责任党组织",
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
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="orgs.visit",
                        verbose_name="走访",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="orgs.visitteam",
                        verbose_name="服务队",
                    ),
                ),
            ],
            options={
                "verbose_name": "走访任务",
                "verbose_name_plural": "走访任务",
                "indexes": [
                    models.Index(fields=["due_on", "id"], name="visit_task_due"),
                    models.Index(fields=["state", "due_on"], name="visit_task_state"),
                    models.Index(fields=["organisation", "state"], name="visit_task_owner"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("enterprise", "kind"),
                        name="visit_task_one_open",
                        violation_error_message="该企业已有同类别的待走访任务。",
                    ),
                    models.UniqueConstraint(
                        fields=("enterprise", "arrived_on"), name="visit_task_once_per_arrival"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("team__isnull", True), ("instructor_name", ""), _connector="OR"),
                        name="visit_task_one_goer",
                        violation_error_message="服务队和指导员只选其一。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dropped_reason", ""), ("state", "open"), ("visit__isnull", True)),
                            models.Q(("dropped_reason", ""), ("state", "done"), ("visit__isnull", False)),
                            models.Q(
                                ("state", "dropped"),
                                ("visit__isnull", True),
                                models.Q(("dropped_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_task_closed_by_something",
                        violation_error_message="已走访的任务须有走访记录，撤销的任务须有原因。",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="visit",
            name="needs",
            field=models.TextField(blank=True, max_length=1000, verbose_name="企业诉求"),
        ),
        migrations.AddField(
            model_name="visit",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="visits",
                to="orgs.visitteam",
                verbose_name="服务队",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["visited_on", "id"], name="visit_day"),
        ),
    ]
