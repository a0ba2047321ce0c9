"""The search box: what a text finds in each register, as far as the person sees it, with the place of the match.

Each register is searched by its own QuerySet, as its list does; the list is where “all results” leads. Identity numbers
and mobiles are not searched: they must not stand in addresses.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from activities.access import can_view_activities, can_view_venues
from activities.models import Activity, Venue
from linkages.access import can_view_agreements, can_view_orders
from linkages.models import Agreement, Order
from members.access import can_view_members
from members.filters import looks_like_number
from members.models import Member
from members.names import syllables
from orgs.access import can_view_enterprises, can_view_organisations
from orgs.models import Enterprise, Organisation, Park
from orgs.search_words import LEFT_OUT, READINGS, WORD, normalise_search, syllable

LONGEST = 60
SHOWN = 8
SHOWN_TYPING = 4
COUNTED = 200  # more are “200以上”: counting all of them would take longer than finding them

# A mobile, or an identity number with a birthday in it, also with blanks and full-width digits. Credit codes, which may be
# digits too, have no birthday there. The browser knows the same pattern, so that such a number is never sent at all.
_BETWEEN = r"[\s\-]?"
_MOBILE = _BETWEEN.join(["[1１]", "[3-9３-９]", *["[0-9０-９]"] * 9])
_BIRTHDAY = (
    "[12１２]",
    "[089０８９]",
    "[0-9０-９]",
    "[0-9０-９]",
    "[01０１]",
    "[0-9０-９]",
    "[0-3０-３]",
    "[0-9０-９]",
)
_IDENTITY = _BETWEEN.join([*["[0-9０-９]"] * 6, *_BIRTHDAY, *["[0-9０-９]"] * 3, "[0-9０-９XxＸｘ]"])
_PERSONAL = rf"(?<![0-9０-９A-Za-z])(?:{_MOBILE}|{_IDENTITY})(?![0-9０-９A-Za-z])"
PERSONAL = re.compile(_PERSONAL)
PATTERN = rf"(?!.*{_PERSONAL}).*"


def is_personal(text: str) -> bool:
    """Whether an identity number or a mobile was typed, however it is spaced."""
    return PERSONAL.search(text) is not None


@dataclass(frozen=True)
class Part:
    text: str
    is_match: bool


@dataclass(frozen=True)
class Hit:
    url: str
    name: list[Part]
    note: list[Part]


@dataclass(frozen=True)
class Group:
    """A register: how it is searched, what a hit shows (title, note), and the list of all hits."""

    title: str
    unit: str
    page: str
    list_page: str
    may_list: Callable[[object], bool]
    rows: Callable[[object, str], QuerySet]
    words: Callable[[object], tuple[str, str]]
    extra: str = ""


@dataclass(frozen=True)
class Found:
    group: Group
    hits: list[Hit]
    count: int | None
    more_url: str

    @property
    def is_capped(self) -> bool:
        return self.count is not None and self.count > COUNTED

    @property
    def count_words(self) -> str:
        return f"{COUNTED:,}{self.group.unit}以上" if self.is_capped else f"{self.count:,}{self.group.unit}"


# What stands beside a hit is fetched afterwards: with a join PostgreSQL thinks that the few rows of a rare text are found
# soonest by walking the whole register in the order of the list (2.6 s instead of 1 ms among 540,000 activities).


def _organisations(user, text):
    return Organisation.objects.visible_to(user).active().search(text)


def _enterprises(user, text):
    rows = Enterprise.objects.visible_to(user).search(text)
    return rows.prefetch_related("park").defer("search_pairs", "contact_phone").order_by("name", "pk")


def _members(user, text):
    if looks_like_number(text):
        return Member.objects.none()
    rows = Member.objects.visible_to(user).in_register().find(text)
    return rows.select_related("organisation").defer("identity_number", "mobile").order_by("pinyin", "pk")


def _activities(user, text):
    rows = Activity.objects.visible_to(user).search(text)
    return rows.prefetch_related("organisation").defer("search_pairs", "gist").order_by("-held_on", "-pk")


def _agreements(user, text):
    return Agreement.objects.visible_to(user).search(text).select_related("organisation").order_by("-pk")


def _orders(user, text):
    return Order.objects.visible_to(user).search(text).select_related("kind").order_by("-raised_at", "-pk")


def _parks(user, text):
    return Park.objects.visible_to(user).search(text).select_related("area").order_by("name", "pk")


def _venues(user, text):
    return Venue.objects.visible_to(user).search(text).select_related("organisation").order_by("name", "pk")


def _note(*parts) -> str:
    return " · ".join(str(part) for part in parts if part)


GROUPS = (
    Group(
        "党组织", "个", "orgs:organisation", "orgs:organisation-list", can_view_organisations, _organisations,
        lambda row: (row.name, _note(row.get_kind_display(), row.code, row.approval_no)),
    ),
    Group(
        "企业", "家", "orgs:enterprise", "orgs:enterprise-list", can_view_enterprises, _enterprises,
        lambda row: (row.name, _note(row.credit_code or "无信用代码", row.park, row.get_status_display())),
    ),
    Group(
        "党员", "名", "members:member", "members:member-list", can_view_members, _members,
        lambda row: (row.name, _note(row.organisation.name, row.get_membership_display())),
    ),
    Group(
        "活动", "场", "activities:activity", "activities:activity-list", can_view_activities, _activities,
        lambda row: (row.title, _note(row.held_on, row.organisation.name, row.place, row.number)),
    ),
    Group(
        "共建协议", "份", "linkages:agreement", "linkages:agreement-list", can_view_agreements, _agreements,
        lambda row: (row.title, _note(row.number, row.organisation.name)),
    ),
    Group(
        "订单", "单", "linkages:order", "linkages:order-list", can_view_orders, _orders,
        lambda row: (row.subject if row.is_private else row.text[:60], _note(row.number, row.subject)),
    ),
    Group(
        "园区", "个", "orgs:park", "orgs:park-list", can_view_organisations, _parks,
        lambda row: (row.name, _note(row.area, row.address)),
    ),
    Group(
        "阵地", "处", "activities:venue", "activities:venue-list", can_view_venues, _venues,
        lambda row: (row.name, _note(row.organisation.name, row.address)), extra="&use=",
    ),
)  # fmt: skip


def find(user, text: str, *, shown: int, counted: bool) -> list[Found]:
    """What `text` finds in each register, registers without a hit left out; a fixed number of queries."""
    return [found for group in GROUPS if (found := _find(group, user, text, shown, counted)).hits]


def _find(group, user, text, shown, counted):
    rows = group.rows(user, text)
    hits = [_hit(group, row, text) for row in rows[:shown]]
    count = rows.order_by()[: COUNTED + 1].count() if counted else None
    may_list = group.may_list(user)
    url = f"{reverse(group.list_page)}?{urlencode({'q': text})}{group.extra}" if may_list else ""
    return Found(group, hits, count, url)


def _hit(group, row, text):
    name, note = group.words(row)
    readings = syllables(name) if group.page == "members:member" else []
    # Dots between the parts of a name are not read: there the readings do not stand beside the characters.
    readings = readings if len(readings) == len(name) else []
    return Hit(reverse(group.page, args=[row.pk]), mark(name, text, readings), mark(note, text))


def mark(shown: str, text: str, readings: Sequence[str] = ()) -> list[Part]:
    """`shown` in parts, those marked that `text` spells: as written, by initials, or by `readings`, one for each character."""
    at = _spelt(shown, normalise_search(text), readings)
    runs = groupby(enumerate(shown), key=lambda pair: pair[0] in at)
    return [Part("".join(character for _, character in run), is_match) for is_match, run in runs]


def _spelt(shown, wanted, readings) -> range:
    if not wanted:
        return range(0)
    if "".join(readings).startswith(wanted):
        return range(_length(readings, wanted))
    plain = [(letter, index) for index, letter in enumerate(shown) for letter in normalise_search(letter)]
    read = [reading[0] for reading in readings] or WORD.sub(lambda word: READINGS[word[0]], shown)
    letters = [(syllable(letter)[0].lower(), index) for index, letter in enumerate(read) if letter.isalnum()]
    silent = {match.start() for match in LEFT_OUT.finditer(shown)}
    for spelling in (plain, letters):
        for one in (spelling, [pair for pair in spelling if pair[1] not in silent]):
            start = "".join(letter for letter, _ in one).find(wanted)
            if start >= 0:
                return range(one[start][1], one[start + len(wanted) - 1][1] + 1)
    return range(0)


def _length(readings, wanted) -> int:
    """How many characters `wanted`, the beginning of their readings, covers."""
    covered = count = 0
    while covered < len(wanted):
        covered += len(readings[count])
        count += 1
    return count
