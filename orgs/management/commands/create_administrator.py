"""manage.py create_administrator USERNAME NAME [--code CODE --name NAME [--kind KIND]] [--address URL] [--force]"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from orgs.actions import accounts
from orgs.actions.organisations import found_organisation
from orgs.kinds import RULES, OrganisationKind
from orgs.models import Appointment, Organisation, Role, User

TOP_KINDS = [kind.value for kind, rule in RULES.items() if rule.may_be_root]
DEVELOPMENT_ADDRESS = "http://127.0.0.1:8000"


class Command(BaseCommand):
    help = (
        "建立最上级党组织的系统管理员账号，并给出设置密码的邀请链接。空数据库须用 --code 和 --name "
        "同时建立最上级党组织；以后导入党组织名册时按代码对应。"
    )

    def add_arguments(self, parser):
        parser.add_argument("username", help="登录用户名")
        parser.add_argument("display_name", help="姓名")
        parser.add_argument("--code", default="", help="最上级党组织代码")
        parser.add_argument("--name", default="", help="最上级党组织名称（数据库为空时必填）")
        parser.add_argument("--kind", choices=TOP_KINDS, default=OrganisationKind.COMPOSITE_COMMITTEE.value)
        parser.add_argument(
            "--address", default=default_address(), help="邀请链接用的门户网址，默认 %(default)s"
        )
        parser.add_argument(
            "--force", action="store_true", help="已有系统管理员时也建立（例如原管理员无法登录）"
        )

    def handle(self, *, username, display_name, address, force, **top):
        try:
            organisation, link = create(username, display_name, force=force, **chosen(top))
        except ValidationError as error:
            raise CommandError(f"未建立账号：{''.join(error.messages)}", returncode=2) from error
        self.stdout.write(
            f"已建立系统管理员账号 {username}（{organisation}）。请在 {settings.INVITATION_DAYS} 天内打开下面的链接设置密码，"
            f"链接只能使用一次：\n{address.rstrip('/')}{link}"
        )


def default_address() -> str:
    """The address people use, as far as the settings know it."""
    return next(iter(settings.CSRF_TRUSTED_ORIGINS), DEVELOPMENT_ADDRESS)


def chosen(options) -> dict[str, str]:
    return {name: options[name].strip() for name in ("code", "name", "kind")}


@transaction.atomic
def create(username, display_name, *, force, **top) -> tuple[Organisation, str]:
    if not force and (administrator := existing_administrator()):
        raise ValidationError(
            f"已有系统管理员“{administrator}”，请由其在网页上建立其他账号；原管理员无法登录时加 --force。"
        )
    system = User.objects.system()
    organisation = top_organisation(by=system, **top)
    user = accounts.create_account(
        username=username,
        display_name=display_name,
        role=Role.ADMINISTRATOR,
        organisation=organisation,
        by=system,
    )
    return organisation, accounts.invite(user=user, by=system)


def existing_administrator() -> User | None:
    """Somebody who can let others in."""
    tops = Appointment.objects.not_ended().filter(
        role=Role.ADMINISTRATOR, organisation__depth=1, delegated_by__isnull=True
    )
    active = User.objects.filter(is_active=True)
    return active.filter(pk__in=tops.values("user")).first() or active.filter(is_superuser=True).first()


def top_organisation(*, code, name, kind, by) -> Organisation:
    """The one there is, the one with `code` of several, or a new one in an empty database."""
    tops = list(Organisation.objects.filter(depth=1).order_by("path"))
    if not tops:
        if not (code and name):
            raise ValidationError(
                "数据库中还没有党组织，请用 --code 和 --name 写明最上级党组织的代码和名称。"
            )
        return found_organisation(parent=None, code=code, name=name, kind=kind, by=by)
    found = [top for top in tops if top.code == code] if code else tops
    if len(found) != 1:
        known = "、".join(f"{top.code} {top}" for top in tops)
        raise ValidationError(f"请用 --code 写明最上级党组织的代码，现有：{known}。")
    return found[0]
