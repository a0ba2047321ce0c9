"""manage.py import_workbook KIND FILE [--apply] [--full-list] [--json]"""

import json
import time
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from imports import actions
from imports.models import ImportRun, RunState
from imports.resources import KINDS

COUNTS = ("rows", "new", "changed", "unchanged", "missing", "skipped", "rejected")


class Command(BaseCommand):
    help = "读取名单，与登记册比对，并可写入。以系统账号执行。"

    def add_arguments(self, parser):
        parser.add_argument("kind", metavar="KIND", help="、".join(sorted(KINDS)))
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--apply", action="store_true", help="写入正确的行")
        parser.add_argument("--full-list", action="store_true", help="文件是全量名单：报告其中没有的")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *, kind, file, apply, full_list, **options):
        if kind not in KINDS:
            raise CommandError(
                f"没有名为“{kind}”的导入类型，可用：{'、'.join(sorted(KINDS))}。", returncode=2
            )
        started = time.monotonic()
        run = self._stage(kind, Path(file), full_list)
        if apply:
            run = self._apply(run)
        summary = {
            "run": run.pk,
            **{name: run.counts[name] for name in COUNTS},
            "errors": _errors(run),
            "seconds": round(time.monotonic() - started, 2),
        }
        self.stdout.write(
            json.dumps(summary, ensure_ascii=False) if options["json"] else _sentence(summary, run)
        )

    @staticmethod
    def _stage(kind, path, full_list) -> ImportRun:
        system = get_user_model().objects.system()
        try:
            with path.open("rb") as stream:
                run = actions.create_run(
                    kind=kind,
                    upload=File(stream, name=path.name),
                    by=system,
                    full_list=full_list,
                    in_background=False,
                )
        except OSError as error:
            raise CommandError(f"不能读取文件“{path}”：{error.strerror}。", returncode=2) from error
        except ValidationError as error:
            raise CommandError(error.messages[0], returncode=2) from error
        run = actions.stage_run(run.pk)
        if run.state != RunState.STAGED:
            raise CommandError(run.error, returncode=2)
        return run

    @staticmethod
    def _apply(run) -> ImportRun:
        """In the foreground. A preview that went stale between the two steps is compared once more."""
        for _ in range(3):
            actions.mark_applying(run=run, by=run.created_by)
            try:
                return actions.apply_run(run.pk)
            except actions.StalePreview as stale:
                run = actions.compare_again(run.pk, stale.count)
        raise CommandError("登记册正在变动，未写入任何数据，请稍后再试。", returncode=2)


def _errors(run) -> dict[str, list[str]]:
    rows = run.staged.filter(outcome="rejected").order_by("row_number").values_list("row_number", "problems")
    return {str(number): [problem["code"] for problem in problems] for number, problems in rows}


def _sentence(summary, run) -> str:
    verb = "已写入" if run.state == RunState.APPLIED else "已比对，未写入"
    return (
        f"批次 {summary['run']} {verb}：共{summary['rows']}行，新增{summary['new']}，变更{summary['changed']}，"
        f"未变{summary['unchanged']}，缺失{summary['missing']}，跳过{summary['skipped']}，错误{summary['rejected']}。"
    )
