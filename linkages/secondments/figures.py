"""How many people were appointed, of how many units, and what came of it (S30). Each figure counts rows of a list."""

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from linkages.models import OUTCOMES, OutcomeKind, SecondmentKind, SecondmentOutcome, SecondmentState


def people_and_units(secondments) -> dict[str, int]:
    """Of those whose contract was signed: `people`, `serving` of them, and the different units on both sides.

    A person is an appointment: of people only the name is kept, which does not tell two of them apart.
    """
    return secondments.appointed().aggregate(
        people=Count("pk"),
        serving=Count("pk", filter=Q(state=SecondmentState.SERVING)),
        partners=Count(Coalesce("partner", "chosen__partner"), distinct=True),
        enterprises=Count(Coalesce("enterprise", "chosen__enterprise"), distinct=True),
    )


def outcome_sums(outcomes) -> dict[str, int]:
    """Kind → how many, of rows of `SecondmentOutcome`; withdrawn ones do not count."""
    rows = outcomes.standing().order_by().values_list("kind").annotate(Sum("count"))
    return {kind.value: 0 for kind in OutcomeKind} | dict(rows)


def outcomes_by_kind(secondments, kind: str = "") -> list[tuple[str, str, int]]:
    """(kind, label, how many) of what came of `secondments`; with `kind`, of what that one counts."""
    rows = SecondmentOutcome.objects.filter(secondment__in=secondments.order_by().values("pk"))
    sums = outcome_sums(rows)
    kinds = OUTCOMES[kind] if kind else [one for each in SecondmentKind for one in OUTCOMES[each]]
    return [(one.value, one.label, sums[one]) for one in kinds]


def with_outcomes(rows: list) -> list:
    """Each with `brought`, the (label, how many) of its own outcomes that are not none; one query for all."""
    found: dict[int, dict[str, int]] = {}
    outcomes = SecondmentOutcome.objects.standing().filter(secondment__in=[row.pk for row in rows])
    for key, kind, count in outcomes.order_by().values_list("secondment", "kind").annotate(Sum("count")):
        found.setdefault(key, {})[kind] = count
    for row in rows:
        sums = found.get(row.pk, {})
        row.brought = [(kind.label, sums[kind]) for kind in row.outcome_kinds if kind in sums]
    return rows
