import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from orgs.audit import verify_chain
from orgs.models import AuditEvent


class Command(BaseCommand):
    help = "校验审计记录链：逐条重算校验值，指出第一条对不上的记录。链完整时退出码为 0，否则为 1。"

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="只输出一行 JSON")
        parser.add_argument(
            "--contains", metavar="校验值", help="同时检查以前记下的链尾校验值仍在链中（防止末尾被整段删除）"
        )

    def handle(self, *, json: bool, contains: str | None, **options):
        report = asdict(verify_chain())
        if contains and not report["broken_id"] and not AuditEvent.objects.filter(seal=contains).exists():
            report["reason"] = "记下的链尾校验值已不在链中，末尾的记录被删除。"
        if json:
            self._print_json(report)
        elif not report["reason"]:
            self.stdout.write(
                f"审计链完整：{report['sealed']} 条已校验，{report['unsealed']} 条待封存。链尾 {report['head']}"
            )
        if report["reason"]:
            place = f"第 {report['broken_id']} 号记录：" if report["broken_id"] else ""
            raise CommandError(f"审计链已断：{place}{report['reason']}", returncode=1)

    def _print_json(self, report):
        self.stdout.write(json.dumps(report, ensure_ascii=False))
