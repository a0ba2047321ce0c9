"""manage.py demo_park [--scale N] [--seed S] [--accounts]"""

import functools
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from activities.demo import load as activities
from activities.models import Activity
from linkages.demo import load as linkages
from linkages.models import Agreement
from members.demo import load as members
from members.models import Member
from orgs.demo import accounts
from orgs.demo.load import load_park
from orgs.models import Enterprise, Organisation, User
from portal import snapshots
from portal.demo_assessments import load_assessment
from portal.reminders import demo as reminders
from portal.reports import demo as reports


def load_city(city, number, *, seed, day):
    """What stands upon the organisations of a city that was written."""
    people = members.load_city(city, number, seed=seed, day=day)
    activities.load_city(city, people, number, seed=seed, day=day)
    linkages.load_city(city, number, seed=seed, day=day)


class Command(BaseCommand):
    help = "在空数据库中载入虚构的演示园区。"

    def add_arguments(self, parser):
        parser.add_argument("--scale", type=int, default=1, help="多少个科学城；大于 1 时上设党工委")
        parser.add_argument("--seed", type=int, default=1, help="相同的种子生成相同的园区")
        parser.add_argument("--day", type=parse_date, help="数据截至哪一天（YYYY-MM-DD），默认今天")
        parser.add_argument("--accounts", action="store_true", help="只列出演示账号，不载入数据")

    def handle(self, *, scale, seed, day, **options):
        if options["accounts"]:
            self._show_accounts()
            return
        if scale < 1:
            raise CommandError("规模须为 1 或更大的整数。", returncode=2)
        if day and day > timezone.localdate():
            raise CommandError("截至日期不能晚于今天。", returncode=2)
        if Organisation.objects.exists() or Enterprise.objects.exists():
            raise CommandError(
                "数据库中已有党组织或企业，演示园区只能载入空数据库，未做任何改动。", returncode=2
            )
        self._load(scale, seed, day)

    def _load(self, scale, seed, day):
        started = time.monotonic()
        day = day or timezone.localdate()
        taken = User.objects.filter(username__in=[account.username for account in accounts.ACCOUNTS]).exists()
        with transaction.atomic():
            load_park(
                scale=scale,
                seed=seed,
                day=day,
                with_accounts=settings.DEBUG and not taken,
                each_city=functools.partial(load_city, seed=seed, day=day),
            )
            members.finish()
            activities.finish()
            linkages.finish(day)
            reports.load()
            snapshots.rebuild()
            snapshots.backfill()
            load_assessment()
            reminders.load(day)
        seconds = time.monotonic() - started
        self.stdout.write(
            f"已载入虚构的演示园区：党组织{Organisation.objects.count()}个，"
            f"企业和其他单位{Enterprise.objects.count()}家，党员{Member.objects.in_register().count()}名，"
            f"活动{Activity.objects.count()}场，共建协议{Agreement.objects.count()}份，用时{seconds:.1f}秒。"
        )
        self._show_accounts()

    def _show_accounts(self):
        if not settings.DEBUG:
            self.stdout.write("生产环境（DEBUG=0）没有演示账号，请用 create_administrator 建立第一个账号。")
            return
        found = accounts.still_open()
        if not found:
            self.stdout.write("数据库中没有可用的演示账号。")
            return
        self.stdout.write("园区党建演示账号（仅供开发试用，密码相同）")
        for account in found:
            self.stdout.write(
                f"  {account.username:<10} {accounts.PASSWORD}  {account.role.label}（{account.where}）"
            )
