"""manage.py undo_import RUN [--json]"""

import json

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from imports import actions
from imports.models import ImportRun


class Command(BaseCommand):
    help = "撤销一个已写入的批次。以系统账号执行。"

    def add_arguments(self, parser):
        parser.add_argument("run", type=int, metavar="RUN")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *, run, **options):
        found = ImportRun.objects.filter(pk=run).first()
        if found is None:
            raise CommandError(f"没有编号为 {run} 的批次。", returncode=2)
        try:
            actions.mark_undoing(run=found, by=get_user_model().objects.system())
        except ValidationError as error:
            raise CommandError(error.messages[0], returncode=2) from error
        report = actions.undo_run(run).undo_report
        summary = {"run": run, **report["counts"], "kept_rows": report["kept"]}
        if options["json"]:
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
            return
        self.stdout.write(
            f"批次 {run} 已撤销：恢复{summary['restored']}行，移除{summary['removed']}行，保留{summary['kept']}行。"
        )
