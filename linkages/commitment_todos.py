"""What responsibility lists ask of a person, in one query: of the own unit what is late or near its day, of the units
below what waits to be confirmed and how much is late."""

from django.db.models import Case, CharField, Q, Value, When
from django.urls import reverse

from linkages import access
from linkages.models import Commitment, CommitmentState
from linkages.models.commitments import judged_by, late, led_by, near
from orgs.todos import ToDo, first_of_each

LIST = "linkages:commitment-list"
# Situation → (title, button, the query of the list, what the summing line says).
OWN = {
    "late": ("领办项目已逾期：{}", "去报完成", "mine=led&due=late", "个领办项目已逾期"),
    "near": ("领办项目将到期：{}", "去报完成", "mine=led&due=near", "个领办项目将到期"),
    "reported": ("领办项目待确认：{}", "去确认", "mine=judged&state=reported", "个领办项目待确认"),
}


def commitments(user, today):
    if not access.can_change_agreements(user):
        return
    own, below = led_by(user), judged_by(user)
    rows = Commitment.objects.permitted_to(user, "linkages.change").annotate(
        waiting=Case(
            When(own & late(today), then=Value("late")),
            When(own & near(today), then=Value("near")),
            When(below & late(today), then=Value("below")),
            When(below & Q(state=CommitmentState.REPORTED), then=Value("reported")),
            output_field=CharField(null=True),
        )
    )
    rows = rows.filter(waiting__isnull=False).select_related("organisation")
    found = first_of_each(rows, "waiting", ("due_on", "pk"))
    for name, (title, button, query, rest_words) in OWN.items():
        shown, rest, more = found.get(name, ([], None, 0))
        for row in shown:
            yield ToDo(
                title.format(row.title),
                f"{row.organisation}，期限{row.due_on}",
                reverse("linkages:commitment", args=[row.pk]),
                button,
                (row.due_on - today).days,
            )
        if rest:
            days = (rest.due_on - today).days
            yield ToDo(
                f"另有 {more:,} {rest_words}",
                f"其中最早的期限 {rest.due_on}",
                _list(query),
                "全部",
                days,
                count=more,
            )
    if "below" in found:
        shown, _, more = found["below"]
        yield ToDo(
            f"下级单位 {len(shown) + more:,} 个领办项目已逾期",
            f"其中最早的期限 {shown[0].due_on}；请督促报完成或调整期限",
            _list("mine=judged&due=late"),
            "看名单",
            (shown[0].due_on - today).days,
            count=len(shown) + more,
            late=len(shown) + more,
        )


def _list(query):
    """Of every year."""
    return f"{reverse(LIST)}?year=&{query}"


SOURCES = [commitments]
