"""The search box: what `portal.search` asks of each register, against `icontains` over the same columns."""

import hashlib
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef, Q

from activities.models import Activity
from members.models import Member
from orgs.models import Enterprise, EnterpriseName, Organisation
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
