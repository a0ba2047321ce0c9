import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("linkages", "0002_orders"),
        ("orgs", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerLiaison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(default=django.utils.timezone.localdate, verbose_name="任用日期")),
                ("ended_on", models.DateField(blank=True, null=True, verbose_name="结束日期")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="结束原因")),
                (
                    "appointed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="任用人",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="结束人",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="liaisons",
                        to="linkages.partner",
                        verbose_name="共建单位",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="partner_liaisons",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "共建单位联络员",
                "verbose_name_plural": "共建单位联络员",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_on__isnull", True)),
                        fields=("partner", "user"),
                        name="partner_liaison_once",
                        violation_error_message="该账号已是本单位的联络员。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_on__isnull", True)),
                            models.Q(
                                ("ended_on__gte", models.F("since")),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="partner_liaison_ended",
                        violation_error_message="结束日期不能早于任用日期，且须说明原因。",
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="agreemententry",
            name="act",
            field=models.CharField(
                choices=[
                    ("drafted", "起草"),
                    ("changed", "修改草稿"),
                    ("signed", "登记签署"),
                    ("amended", "补充约定"),
                    ("liaison", "指定联络员账号"),
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
        migrations.AddField(
            model_name="party",
            name="liaison",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parties",
                to="linkages.partnerliaison",
                verbose_name="联络员账号",
            ),
        ),
    ]
