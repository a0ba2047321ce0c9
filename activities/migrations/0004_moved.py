from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0003_venues"),
    ]

    operations = [
        migrations.AlterField(
            model_name="activityentry",
            name="act",
            field=models.CharField(
                choices=[
                    ("planned", "制定计划"),
                    ("notified", "发出通知"),
                    ("held", "登记召开"),
                    ("changed", "修改记录"),
                    ("moved", "改期"),
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
    ]
