"""What happened to a member, newest first: one list out of postings, dated facts, posts and public roles."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Prefetch
from django.utils import timezone

from members.choices import DISCIPLINE, DISPOSAL, Closing, EventKind, Opening
from members.models import LeadingService, MemberEvent, Posting
from orgs.timeline import Happening

LONG_AGO = dt.date.min
ICONS = (
    dict.fromkeys(DISCIPLINE, "alert-triangle")
    | dict.fromkeys(DISPOSAL, "flag")
    | {EventKind.CONFIRMED: "circle-check", EventKind.COMMENDED: "award"}
)


def with_history(members):
    """The rows with what `timeline` reads, in four more queries however many there are."""
    postings = Posting.objects.select_related("organisation", "run").order_by("-since", "-pk")
    events = MemberEvent.objects.select_related("recorded_by", "withdrawn_by")
    services = LeadingService.objects.select_related("unit")
    return members.prefetch_related(
        Prefetch("postings", postings),
        Prefetch("events", events),
        Prefetch("leading_services", services),
        "public_roles",
    )


def timeline(member) -> list[Happening]:
    """For a member `with_history`. Whoever reads the member reads all of it."""
    found = [*_postings(member), *_events(member), *_services(member), *_roles(member)]
    if member.joined_on and not any(p.opened_how == Opening.ADMITTED for p in member.postings.all()):
        found.append(Happening(member.joined_on, "star", "入党", _month(member.joined_precision)))
    told = any(e.kind == EventKind.CONFIRMED and not e.withdrawn_at for e in member.events.all())
    if member.confirmed_on and not told:
        found.append(
            Happening(member.confirmed_on, "circle-check", "转为正式党员", _month(member.confirmed_precision))
        )
    return sorted(found, key=lambda happening: happening.order, reverse=True)


def _month(precision) -> str:
    return "只知道年月" if precision == "month" else ""


def _postings(member) -> Iterable[Happening]:
    for posting in member.postings.all():
        opened = Opening(posting.opened_how)
        who = f"导入“{posting.run.file_name}”" if posting.run else ""
        since = posting.since or LONG_AGO
        yield Happening(since, "sitemap", f"{opened.label}：{posting.organisation}", "", who)
        if posting.until and posting.closed_how != Closing.MOVED:
            title = f"{Closing(posting.closed_how).label}：{posting.organisation}"
            yield Happening(posting.until, "logout", title)


def _events(member) -> Iterable[Happening]:
    for event in member.events.all():
        until = f"至 {event.until_on}" if event.until_on else ""
        text = "，".join(word for word in (event.document_no, until, event.note) if word)
        who = str(event.recorded_by) if event.recorded_by else ""
        if event.withdrawn_at:
            day = timezone.localdate(event.withdrawn_at)
            words = (f"{day} 退回更正", str(event.withdrawn_by or ""), event.withdrawn_reason)
            text = "，".join(word for word in words if word)
        icon, title = ICONS.get(event.kind, "edit"), event.get_kind_display()
        yield Happening(event.on, icon, title, text, who, is_struck=event.withdrawn_at is not None)


def _services(member) -> Iterable[Happening]:
    for service in member.leading_services.all():
        what = f"{service.unit.get_kind_display()}“{service.unit}”"
        part = "负责" if service.leads else "参加"
        yield Happening(service.since, "flag", f"{part}{what}")
        if service.until:
            yield Happening(service.until, "flag", f"不再{part}{what}", service.get_how_display())


def _roles(member) -> Iterable[Happening]:
    for role in member.public_roles.all():
        what = f"{role.get_level_display()}{role.get_kind_display()}"
        yield Happening(role.since, "award", f"任{what}", role.body)
        if role.ended_on:
            yield Happening(role.ended_on, "award", f"不再任{what}", role.get_how_display())
