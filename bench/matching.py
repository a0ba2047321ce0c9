"""Needs and resources by the ten thousand: the best five of each need, ranked by index and by comparing each with each."""

import random
from itertools import accumulate

from django.utils import timezone

from imports import sql
from linkages import matching, words
from linkages.models import (
    Dismissal,
    ItemKind,
    Need,
    NeedTerm,
    Partner,
    Project,
    ProjectNote,
    Resource,
    ResourceTerm,
)
from linkages.ranking import Pacts, Pool
from orgs.models import Enterprise, Organisation
from orgs.terms import add_months
from tests.linkages.reference_matching import common_terms, naive

ROWS, SAMPLE = 10_000, 100
WORDS = 3000


def plant(rows: int = ROWS) -> None:
    """Into the demonstration park, in place of its own rows: texts of eight words that are as unequal as real ones."""
    rng = random.Random(7)  # noqa: S311
    characters = [chr(0x4E00 + number * 7) for number in range(2200)]
    vocabulary = ["".join(rng.choices(characters, k=2)) for _ in range(WORDS)]
    weights = list(accumulate(1 / (number + 5) for number in range(WORDS)))

    def text():
        return "，".join("".join(rng.choices(vocabulary, cum_weights=weights, k=2)) for _ in range(4))

    homes = list(Organisation.objects.filter(depth__gt=1).order_by("path").values_list("pk", flat=True))
    partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
    firms = list(Enterprise.objects.order_by("pk").values_list("pk", flat=True))
    root = Organisation.objects.get(depth=1).pk
    for model in (Dismissal, ProjectNote, Project, ResourceTerm, NeedTerm, Resource, Need):
        model._base_manager.all()._raw_delete("default")
    now, today = timezone.now(), timezone.localdate()
    fixed = {
        "root_id": root, "description": "", "contact_office": "", "valid_from": today,
        "valid_until": add_months(today, 12), "published_at": now, "created_at": now, "updated_at": now,
        "withdrawn_reason": "",
    }  # fmt: skip
    for model, terms, unit, chosen, share in (
        (Resource, ResourceTerm, "partner_id", partners, 0.6),
        (Need, NeedTerm, "enterprise_id", firms, 0.8),
    ):
        written, held = [], []
        for pk in sql.allocate_ids(model, rows):
            title = text()
            other = rng.choice(chosen) if rng.random() < share else None
            written.append(
                (pk, rng.choice(homes), rng.choice(ItemKind.values), title, other, *fixed.values())
            )
            held += ((pk, term) for term in sorted(words.terms_of(title)))
        sql.insert_rows(model, ("id", "organisation_id", "kind", "title", unit, *fixed), written)
        sql.insert_rows(terms, (f"{model._meta.model_name}_id", "term"), held)


def fetch():
    """(needs, resources, agreements) as they are compared; six statements."""
    needs, resources = (
        matching.entries_of(matching.open_rows(model), matching.terms_by_row(model))
        for model in (Need, Resource)
    )
    root = Organisation.objects.get(depth=1).pk
    return needs, resources, matching.all_pacts(root, timezone.localdate())


def ranked(needs, resources, pacts) -> dict:
    pool = Pool(resources, Pacts(pacts))
    return {need.pk: [(row.pk, row.score) for row in pool.best(need)] for need in needs}


def each_with_each(needs, resources, pacts) -> dict:
    """For the sample only; all of them take minutes."""
    common = common_terms(resources)
    return {need.pk: naive(need, resources, pacts, common)[:5] for need in sample(needs)}


def sample(needs) -> list:
    return sorted(needs, key=lambda need: need.pk)[:: max(len(needs) // SAMPLE, 1)][:SAMPLE]
