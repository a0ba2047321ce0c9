"""The search box: what `portal.search` asks of each register, against `icontains` over the same columns."""

import hashlib
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q

from activities.models import Activity
from members.models import Member
from members.models.register import NameKey
from orgs.models import Enterprise, EnterpriseName, Organisation
from orgs.tree import STEP, step_text
from portal.search import COUNTED, GROUPS, SHOWN

OURS = {group.title: group.rows for group in GROUPS}


def _organisations(user, text):
    named = Q(name__icontains=text) | Q(code__icontains=text) | Q(approval_no__icontains=text)
    return Organisation.objects.visible_to(user).active().filter(named)


def _enterprises(user, text):
    old = EnterpriseName.objects.filter(enterprise=OuterRef("pk"), name__icontains=text)
    named = Q(name__icontains=text) | Q(credit_code__icontains=text) | Q(Exists(old))
    rows = Enterprise.objects.visible_to(user).filter(named).select_related("park")
    return rows.defer("search_pairs", "contact_phone").order_by("name", "pk")


def _members(user, text):
    rows = Member.objects.visible_to(user).in_register().filter(name__icontains=text)
    return rows.select_related("organisation").defer("identity_number", "mobile").order_by("pinyin", "pk")


def _activities(user, text):
    named = Q(title__icontains=text) | Q(number__icontains=text) | Q(place__icontains=text)
    rows = Activity.objects.visible_to(user).filter(named).select_related("organisation")
    return rows.defer("search_pairs", "gist").order_by("-held_on", "-pk")


USUAL: dict[str, Callable] = {
    "党组织": _organisations,
    "企业": _enterprises,
    "党员": _members,
    "活动": _activities,
}
WAYS = {"ours": OURS, "icontains": USUAL}


def questions() -> Iterator[tuple[str, str, str, bool]]:
    """What is asked of which register; whether `icontains` can answer it, which knows no initials."""
    enterprise = Enterprise.objects.exclude(credit_code=None).order_by("pk")[100]
    for words, register, text in (
        ("two characters, many", "党组织", "联合"),
        ("two characters, few", "党组织", "星河"),
        ("two characters, nothing", "党组织", "鲲鹏"),
        ("two characters, many", "企业", "科技"),
        ("two characters, few", "企业", enterprise.name[2:4]),
        ("two characters, nothing", "企业", "鲲鹏"),
        ("four characters", "企业", enterprise.name[2:6]),
        ("the end of a credit code", "企业", enterprise.credit_code[-6:]),
        ("two characters, many", "党员", "王立"),
        ("two characters, nothing", "党员", "鲲鹏"),
        ("two characters, many", "活动", "创新"),
        ("two characters, nothing", "活动", "鲲鹏"),
    ):
        yield words, register, text, True
    yield "initials", "党组织", "lhzb", False
    yield "initials", "企业", "kjyx", False


def ask(rows) -> None:
    """As the page does: the first hits, and how many there are."""
    list(rows[:SHOWN])
    rows.order_by()[: COUNTED + 1].count()


def content(rows) -> str:
    """All that is found, in order."""
    return hashlib.sha256(repr(list(rows.values_list("pk", flat=True))).encode()).hexdigest()[:16]


def multiply(times: int) -> None:
    """So many copies of what the box searches, by INSERT … SELECT: cities alike, each with a tree of its own.

    Names repeat, so that a text finds the same share of the rows at every size.
    """
    organisations, enterprises, members, activities, keys = (
        Copied(model) for model in (Organisation, Enterprise, Member, Activity, NameKey)
    )
    for number in range(1, times):
        homes = {name: organisations.moved(name, number) for name in ("organisation_id", "root_id")}
        # A path begins with the step of the top organisation; the demonstration has less than nine of these.
        organisations.add(
            number,
            path=f"'{step_text(number * 36)}' || substr(path, {STEP + 1})",
            code=f"code || '-{number}'",
            host_unit_id="NULL",
        )
        # The credit code, which is nobody else's, is the last of the search words.
        enterprises.add(
            number, credit_code="NULL", search_pairs=r"regexp_replace(search_pairs, '  9\S \S\S .*$', '')"
        )
        members.add(number, **homes, identity_hash=f"'{number:x}-' || identity_hash", account_id="NULL")
        keys.add(number, member_id=members.moved("member_id", number))
        activities.add(number, **homes, entry_key="NULL", series_id="NULL")


class Copied:
    """A table and how far the keys of its copies lie apart."""

    def __init__(self, model):
        self.table, self.names = model._meta.db_table, [f.column for f in model._meta.concrete_fields]
        self.last = model._base_manager.aggregate(last=Max("pk"))["last"]

    def moved(self, name: str, number: int) -> str:
        return f"{name} + {self.last * number}"

    def add(self, number: int, **changed: str) -> None:
        """One more copy; `changed`: column → expression."""
        changed["id"] = self.moved("id", number)
        columns = ", ".join(self.names)
        values = ", ".join(changed.get(name, name) for name in self.names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.table} ({columns}) SELECT {values} FROM {self.table} WHERE id <= {self.last}"  # noqa: S608
            )
