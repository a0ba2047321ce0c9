import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import orgs.fields


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseDocument",
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
                ("number", models.PositiveSmallIntegerField(verbose_name="步骤")),
                ("kind", models.CharField(max_length=30, verbose_name="材料")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回时间")),
                (
                    "withdrawn_reason",
                    orgs.fields.EncryptedTextField(blank=True, default="", verbose_name="撤回原因"),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="members.recruitmentcase",
                        verbose_name="发展党员",
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
                "verbose_name": "发展党员材料",
                "verbose_name_plural": "发展党员材料",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("case", "number", "sha256"),
                        name="case_document_once",
                        violation_error_message="这一步已有相同的文件。",
                    )
                ],
            },
        ),
    ]
