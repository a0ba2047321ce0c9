from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from portal.backups import Refused, backup


class Command(BaseCommand):
    help = (
        "备份数据库和上传的文件到一个文件；给出文件夹时按时间命名。门户可以同时使用。"
        "备份不含密钥：FIELD_KEYS、INDEX_KEYS、AUDIT_KEY 须另行保存，与备份分开。"
    )

    def add_arguments(self, parser):
        parser.add_argument("target", metavar="文件或文件夹", type=Path)
        parser.add_argument("--keep", metavar="份数", type=int, help="文件夹中只保留最新的几份")

    def handle(self, *, target, keep, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep 须为 1 或更大的整数。", returncode=2)
        try:
            made = backup(target, keep=keep)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        except DatabaseError as error:
            raise CommandError(f"数据库不可用：{' '.join(str(error).split())}", returncode=1) from error
        except OSError as error:
            raise CommandError(
                f"无法写入 {target}（{error.strerror}），没有留下备份文件。请检查磁盘空间和写入权限。",
                returncode=1,
            ) from error
        self._report(made)

    def _report(self, made):
        self.stdout.write(
            f"已备份到 {made.path}（{made.size / 1e6:.1f} MB）：{made.tables} 张表、{made.rows} 行，{made.files} 个文件。"
        )
        if made.removed:
            self.stdout.write(f"已删除旧备份 {len(made.removed)} 份。")
        if not made.sealed:
            self.stdout.write("备份没有加密：设置 BACKUP_KEYS 后会加密。")
        self.stdout.write("备份不含密钥。恢复时需要（名称：指纹）：")
        for setting, keys in made.keys.items():
            for key, mark in keys.items():
                self.stdout.write(f"  {setting} {key}：{mark}" if key else f"  {setting}：{mark}")
