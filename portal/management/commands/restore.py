from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from portal.backups import Refused, restore


class Command(BaseCommand):
    help = (
        "从备份恢复数据库和上传的文件，逐表核对行数和校验值，再校验审计链。只恢复到空数据库；--replace 整个替换现有数据。"
        "有任何出入时退出码为 1。请先停止门户。"
    )
    # The database may be empty, and behind or ahead of this program.
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="文件", type=Path)
        parser.add_argument("--replace", action="store_true", help="删除现有的全部数据和文件，换成备份中的")

    def handle(self, *, file, replace, **options):
        try:
            report = restore(file, replace=replace)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=1) from refusal
        except DatabaseError as error:
            raise CommandError(f"数据库不可用：{' '.join(str(error).split())}", returncode=1) from error
        except OSError as error:
            raise CommandError(f"读写失败：{error.strerror}（{error.filename}）。", returncode=1) from error
        if report.faults:
            raise CommandError(
                "\n".join(["恢复后的数据与备份不一致：", *report.faults, "请不要启用，换用另一份备份。"]),
                returncode=1,
            )
        tables = report.about["tables"]
        rows = sum(count for count, _ in tables.values())
        self.stdout.write(
            f"已恢复 {report.about['taken_at']} 的备份：{len(tables)} 张表、{rows} 行，{report.files} 个文件，逐项核对一致。"
        )
        if report.chain:
            self.stdout.write(
                f"审计链完整：{report.chain.sealed} 条已校验，{report.chain.unsealed} 条待封存。"
            )
        if report.behind:
            again = "" if report.chain else "、manage.py verify_audit"
            self.stdout.write(f"备份来自较早的版本：请运行 manage.py migrate{again}。")
        self.stdout.write("所有人须重新登录。")
