import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from portal.doctor import State, examine


class Command(BaseCommand):
    help = "逐项检查门户的设置、数据库、队列、后台任务、密钥、审计链、磁盘和备份；有异常时退出码为 1，并说明处理办法。"
    # What is wrong with the settings is one of its lines, not an end.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *, json: bool, **options):
        findings = []
        for finding in examine():
            findings.append(finding)
            if not json:
                self._show(finding)
        if json:
            self._print_json(findings)
        if any(finding.state == State.ILL for finding in findings):
            sys.exit(1)

    def _show(self, finding):
        # Each Chinese character takes two columns.
        name = finding.name + "  " * (6 - len(finding.name))
        self.stdout.write(f"{finding.state}  {name}  {finding.detail}")
        if finding.cure:
            self.stdout.write(f"                    办法：{finding.cure}")
        self.stdout.flush()

    def _print_json(self, findings):
        self.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
