"""沿革: the dated facts about an organisation as one list, newest first."""

import datetime as dt
from dataclasses import dataclass

from orgs.models import Affiliation, AffiliationLine

MOST = 200


@dataclass(frozen=True)
class Event:
    on: dt.date | None
    text: str
    evidence: str = ""


def history_of(organisation) -> list[Event]:
    """Founding, elections, affiliations, posts and the end; undated facts come last. Two queries."""
    events = [*_own(organisation), *_affiliations(organisation), *_posts(organisation)]
    # Sorted upwards and turned round: on one day the later fact stands first, the founding last.
    return sorted(events, key=lambda event: event.on or dt.date.min)[::-1]


def _own(organisation):
    facts = (
        (organisation.founded_on, "成立", organisation.approval_no),
        (organisation.elected_on, "换届选举", ""),
        (organisation.task_ended_on, "任务或项目结束", ""),
        (organisation.dissolved_on, "撤销", ""),
    )
    return [Event(*fact) for fact in facts if fact[0]]


def _affiliations(organisation):
    links = Affiliation.objects.filter(organisation=organisation).select_related("superior").order_by("-pk")
    for link in reversed(links[:MOST]):
        formal = link.line == AffiliationLine.FORMAL
        text = f"隶属于{link.superior}" if formal else f"与{link.superior}建立功能关系"
        yield Event(link.since, text, link.evidence)
        if link.until:
            end = f"不再隶属于{link.superior}" if formal else f"结束与{link.superior}的功能关系"
            yield Event(link.until, end)


def _posts(organisation):
    for post in reversed(organisation.posts.order_by("-pk")[:MOST]):
        yield Event(post.since, f"{post.person_name}任{post.get_title_display()}", post.approval_no)
        if post.until:
            yield Event(post.until, f"{post.person_name}不再任{post.get_title_display()}")
