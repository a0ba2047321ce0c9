import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0007_services"),
        ("linkages", "0004_three_lists"),
        ("orgs", "0006_partner_role"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alliance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("root_id", models.BigIntegerField(editable=False, verbose_name="顶层组织")),
                ("name", models.CharField(max_length=120, verbose_name="联盟名称")),
                ("aim", models.CharField(blank=True, max_length=500, verbose_name="宗旨")),
                ("founded_on", models.DateField(verbose_name="成立日期")),
                (
                    "conferences_per_year",
                    models.PositiveSmallIntegerField(default=0, verbose_name="每年联席会议次数"),
                ),
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
                        related_name="alliances",
                        to="orgs.organisation",
                        verbose_name="牵头党组织",
                    ),
                ),
            ],
            options={
                "verbose_name": "党建联盟",
                "verbose_name_plural": "党建联盟",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("root_id", "name"),
                        name="alliance_name_once",
                        violation_error_message="已有同名的党建联盟。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_on__isnull", True)),
                            models.Q(
                                ("ended_on__gte", models.F("founded_on")),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="alliance_ended",
                        violation_error_message="终止日期不能早于成立日期，且须说明原因。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AllianceEntry",
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
                            ("founded", "成立"),
                            ("changed", "修改"),
                            ("joined", "成员加入"),
                            ("left", "成员退出"),
                            ("terms", "安排轮值"),
                            ("handover", "调整交接日"),
                            ("dropped", "取消轮值安排"),
                            ("called", "安排会议"),
                            ("held", "召开会议"),
                            ("cancelled", "取消会议"),
                            ("resolved", "议定事项"),
                            ("done", "议定事项办结"),
                            ("ended", "终止"),
                        ],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "alliance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="linkages.alliance",
                        verbose_name="联盟",
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
                "verbose_name": "联盟办理记录",
                "verbose_name_plural": "联盟办理记录",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AllianceMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_on", models.DateField(verbose_name="加入日期")),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="退出日期")),
                (
                    "alliance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="linkages.alliance",
                        verbose_name="联盟",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alliance_memberships",
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
                        related_name="alliance_memberships",
                        to="linkages.partner",
                        verbose_name="共建单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "联盟成员单位",
                "verbose_name_plural": "联盟成员单位",
                "ordering": ["joined_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", False), ("partner__isnull", True)),
                            models.Q(("organisation__isnull", True), ("partner__isnull", False)),
                            _connector="OR",
                        ),
                        name="alliance_member_is_one",
                        violation_error_message="成员须是一个党组织或一个共建单位。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_on__isnull", True),
                            ("left_on__gte", models.F("joined_on")),
                            _connector="OR",
                        ),
                        name="alliance_member_leaves_later",
                        violation_error_message="退出日期不能早于加入日期。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("left_on__isnull", True), ("organisation__isnull", False)),
                        fields=("alliance", "organisation"),
                        name="alliance_organisation_once",
                        violation_error_message="该党组织已是成员。",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("left_on__isnull", True), ("partner__isnull", False)),
                        fields=("alliance", "partner"),
                        name="alliance_partner_once",
                        violation_error_message="该共建单位已是成员。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChairTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="开始日期")),
                ("ends_on", models.DateField(verbose_name="结束日期")),
                (
                    "alliance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chair_terms",
                        to="linkages.alliance",
                        verbose_name="联盟",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chair_terms",
                        to="linkages.alliancemember",
                        verbose_name="轮值主席单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "轮值主席任期",
                "verbose_name_plural": "轮值主席任期",
                "ordering": ["starts_on"],
                "indexes": [models.Index(fields=["ends_on"], name="chair_term_end")],
                "constraints": [
                    models.UniqueConstraint(fields=("alliance", "starts_on"), name="chair_term_begins_once"),
                    models.UniqueConstraint(fields=("alliance", "ends_on"), name="chair_term_ends_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="chair_term_ends_later",
                        violation_error_message="结束日期不能早于开始日期。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conference",
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
                        choices=[("joint", "党建联席会议"), ("council", "园事会"), ("salon", "书记沙龙")],
                        default="joint",
                        max_length=10,
                        verbose_name="会议类别",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="会议主题")),
                ("on", models.DateField(verbose_name="日期")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="地点")),
                ("agenda", models.TextField(blank=True, max_length=2000, verbose_name="议程")),
                ("gist", models.TextField(blank=True, max_length=5000, verbose_name="会议纪要")),
                ("held_at", models.DateTimeField(blank=True, null=True, verbose_name="登记召开的时间")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="取消时间")),
                ("cancel_reason", models.CharField(blank=True, max_length=200, verbose_name="取消原因")),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conferences",
                        to="activities.activity",
                        verbose_name="活动记录",
                    ),
                ),
                (
                    "alliance",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conferences",
                        to="linkages.alliance",
                        verbose_name="联盟",
                    ),
                ),
                (
                    "attending",
                    models.ManyToManyField(
                        blank=True,
                        related_name="conferences",
                        to="linkages.alliancemember",
                        verbose_name="到会成员单位",
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
            ],
            options={
                "verbose_name": "联盟会议",
                "verbose_name_plural": "联盟会议",
                "ordering": ["-on", "-pk"],
                "indexes": [models.Index(fields=["alliance", "on"], name="conference_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_at__isnull", True), ("cancelled_at__isnull", True), _connector="OR"
                        ),
                        name="conference_held_or_cancelled",
                        violation_error_message="已取消的会议不能登记召开。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConferenceResolution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="议定事项")),
                ("due_on", models.DateField(verbose_name="完成期限")),
                ("done_on", models.DateField(blank=True, null=True, verbose_name="完成日期")),
                ("result", models.CharField(blank=True, max_length=300, verbose_name="落实情况")),
                (
                    "conference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="linkages.conference",
                        verbose_name="会议",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="linkages.alliancemember",
                        verbose_name="责任单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "联盟议定事项",
                "verbose_name_plural": "联盟议定事项",
                "ordering": ["due_on", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_on__isnull", True)),
                        fields=["due_on"],
                        name="conference_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_on__isnull", True), ("result", "")),
                            models.Q(("done_on__isnull", False), models.Q(("result", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="conference_resolution_done",
                        violation_error_message="办结须填写落实情况。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResolutionNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="进展")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
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
                (
                    "resolution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="linkages.conferenceresolution",
                        verbose_name="议定事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "议定事项进展",
                "verbose_name_plural": "议定事项进展",
                "ordering": ["pk"],
            },
        ),
    ]
