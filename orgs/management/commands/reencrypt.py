from django.core.management.base import BaseCommand, CommandError

from orgs import uploads
from orgs.audit import record
from orgs.keys import models_with_keys, renew, renew_files
from orgs.models import AuditAction


class Command(BaseCommand):
    help = (
        "轮换密钥后，把全部加密字段、上传的文件和检索用的校验值改用 FIELD_KEYS、INDEX_KEYS 中的第一个密钥。"
        "可随时中断和重复运行；门户可以同时使用。全部完成时退出码为 0，否则为 1。"
    )

    def handle(self, **options):
        record(actor=None, action=AuditAction.SETTING, detail={"list": "轮换密钥"})
        reports = [renew(model, parts) for model, parts in models_with_keys()]
        reports += map(renew_files, uploads.models_of_uploads())
        for report in reports:
            if report.changed:
                self.stdout.write(
                    f"{report.model._meta.verbose_name}：已改用新密钥 {report.changed} {report.unit}。"
                )
        if faults := [fault for report in reports for fault in self.faults(report)]:
            raise CommandError("\n".join([*faults, "旧密钥仍须保留。"]), returncode=1)
        if not any(report.changed for report in reports):
            self.stdout.write("没有需要改动的数据。")
        self.stdout.write("全部数据都使用第一个密钥，其余密钥可以停用。")

    def faults(self, report):
        name = report.model._meta.verbose_name
        if report.busy:
            yield f"{name}：{report.busy} 行正被他人修改，请再次运行。"
        if report.unreadable:
            yield f"{name}：{report.unreadable} {report.unit}无法用现有密钥解密。"
        if report.doubles:
            keys = "、".join(map(str, report.doubles[:20]))
            yield f"{name}：{len(report.doubles)} 行的号码与其他行重复，请核对编号为 {keys} 的记录。"
