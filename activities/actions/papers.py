"""Taking a print of organisation life: each names the people who were there, so each is an entry of the trail."""

from django.core.exceptions import ValidationError
from django.db import transaction

from activities import papers
from activities.actions.activities import expected_at
from activities.actions.signup import signed_up
from activities.models import Activity
from activities.roll_call import hidden_reasons
from orgs import audit
from orgs.exports import record_export, watermark
from orgs.models import AuditAction
from orgs.paper import paper_document


@transaction.atomic
def take_minutes(*, activity, by, file_format: str, request=None):
    stored = papers.with_contents(Activity.objects.filter(pk=activity.pk)).get()
    _record(stored, stored.organisation, by, "会议记录", file_format, request)
    return papers.minutes(stored, hidden=hidden_reasons(by, [stored]))


@transaction.atomic
def take_sheet(*, activity, by, file_format: str, request=None):
    """With those who signed up where people sign up, else with everybody expected."""
    people = signed_up(activity) if activity.signup_until else expected_at(activity)
    _record(activity, activity.organisation, by, "签到表", file_format, request)
    return papers.sign_in_sheet(activity, people)


@transaction.atomic
def take_book(*, organisation, year: int, purpose: str, request) -> bytes:
    """What the organisation held in the year, alone or with others, as a Word document.

    It names whoever was there the whole year long, so it counts like a list that is exported. Refuses more activities
    than one file can hold.
    """
    rows = Activity.objects.held().hosted_by(organisation).filter(held_on__year=year)
    if (count := rows.count()) > papers.MOST_IN_BOOK:
        raise ValidationError(
            f"{year}年共有{count}次活动，一个记录本最多{papers.MOST_IN_BOOK}次，请按活动分别打印。"
        )
    event = record_export(
        request=request,
        name="组织生活记录本",
        count=count,
        file_format="docx",
        purpose=purpose,
        detail={"organisation": organisation.pk, "year": year},
    )
    found = list(papers.with_contents(rows).order_by("held_on", "starts_at", "pk"))
    book = papers.record_book(
        organisation,
        year,
        found,
        hidden=hidden_reasons(request.user, found),
        watermark=watermark(event, purpose),
    )
    return paper_document(book, author=str(organisation))


def _record(obj, organisation, by, name, file_format, request):
    audit.record(
        actor=by,
        action=AuditAction.EXPORT,
        obj=obj,
        path=organisation.path,
        detail={"print": name, "format": file_format},
        request=request,
    )
