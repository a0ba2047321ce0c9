import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0004_moved"),
        ("orgs", "0004_notices"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Booking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="用途")),
                ("persons", models.PositiveIntegerField(verbose_name="人数")),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                ("ends_at", models.DateTimeField(verbose_name="结束时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "待确认"),
                            ("confirmed", "已确认"),
                            ("declined", "未同意"),
                            ("cancelled", "已取消"),
                        ],
                        default="confirmed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                (
                    "booked_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="预订时间"),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="办理时间")),
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
                        related_name="bookings",
                        to="activities.activity",
                        verbose_name="活动",
                    ),
                ),
                (
                    "booked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="预订人",
                    ),
                ),
                (
                    "decided_by",
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="venue_bookings",
                        to="orgs.organisation",
                        verbose_name="使用党组织",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="activities.venue",
                        verbose_name="阵地",
                    ),
                ),
            ],
            options={
                "verbose_name": "场地预订",
                "verbose_name_plural": "场地预订",
                "indexes": [
                    models.Index(fields=["venue", "starts_at"], name="booking_of_venue"),
                    models.Index(fields=["organisation", "starts_at"], name="booking_organisation"),
                    models.Index(fields=["state", "starts_at"], name="booking_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="booking_ends_later",
                        violation_error_message="结束时间须晚于开始时间。",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BookedSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="开始时间")),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="activities.venue",
                        verbose_name="阵地",
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="slots",
                        to="activities.booking",
                        verbose_name="预订",
                    ),
                ),
            ],
            options={
                "verbose_name": "占用时段",
                "verbose_name_plural": "占用时段",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("venue", "starts_at"),
                        name="booked_slot_once",
                        violation_error_message="该时段已被预订。",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="venue",
            name="needs_approval",
            field=models.BooleanField(default=False, verbose_name="预订须经确认"),
        ),
    ]
