"""Matching of needs and resources: what to compare is fetched here, `linkages.ranking` compares.

Only rows that share the kind or a few telling words are fetched, by index; a page does not read the whole list.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Value
from django.utils import timezone

from linkages.list_states import AVAILABLE, WANTED, with_item_state
from linkages.models import (
    Agreement,
    Dismissal,
    ItemKind,
    Need,
    NeedTerm,
    Offered,
    Partner,
    PartnerKind,
    Party,
    Resource,
    ResourceTerm,
)
from linkages.ranking import BEST, FEW_WORDS, RARE, RARE_SHARE, Entry, Pact, Pacts, Pool, paths_above
from linkages.words import shared_words, terms_of
from orgs.access import has_at
from orgs.joins import InOneText
from orgs.models import Chain, Cluster, Organisation, Park
from orgs.readers import answers_for

OTHER_SIDE = {Need: Resource, Resource: Need}
TERMS = {Need: NeedTerm, Resource: ResourceTerm}
MOST_WORDS_SHOWN = 3
MOST_PROPOSED = 20
# Without a resource on the list: a partner by agreement, before it one whose kind of unit does such things.
FITS, BOUND = 500, 100
FITTING = {
    ItemKind.TESTING: (PartnerKind.ACADEMIC,),
    ItemKind.RESEARCH: (PartnerKind.ACADEMIC, PartnerKind.INCUBATOR),
    ItemKind.INTELLECTUAL_PROPERTY: (PartnerKind.GOVERNMENT, PartnerKind.JUSTICE),
    ItemKind.FINANCE: (PartnerKind.BANK,),
    ItemKind.LEGAL: (PartnerKind.JUSTICE,),
    ItemKind.POLICY: (PartnerKind.GOVERNMENT, PartnerKind.REGULATOR),
    ItemKind.HIRING: (PartnerKind.ACADEMIC, PartnerKind.GOVERNMENT),
    ItemKind.TRAINING: (PartnerKind.ACADEMIC,),
    ItemKind.HEALTH: (PartnerKind.HOSPITAL,),
    ItemKind.SCHOOLING: (PartnerKind.GOVERNMENT, PartnerKind.COMMUNITY),
    ItemKind.HOUSING: (PartnerKind.GOVERNMENT, PartnerKind.COMMUNITY),
    ItemKind.VENUE: (PartnerKind.INCUBATOR, PartnerKind.COMMUNITY),
}


@dataclass(frozen=True)
class Suggestion:
    """`other` is the row of the other list; `agreement` the live one that binds both units, or None."""

    other: Offered
    agreement: Pact | None
    reasons: list[str]
    score: int


@dataclass(frozen=True)
class Proposal:
    """A unit that may do what an order asks for, with what it offers and the agreement that binds it, if any."""

    unit: Organisation | Partner
    resource: Resource | None
    agreement: Agreement | None
    reasons: list[str]
    score: int


# --- What is compared ----------------------------------------------------------------------------------

PLACES = ("park", "cluster")


def entries_of(rows, terms: dict[int, frozenset[str]]) -> list[Entry]:
    """Of needs or resources; `terms` by key. A partner lies in no park; an organisation where its host unit lies."""
    of_needs = rows.model is Need
    home = [f"organisation__{name}" for name in PLACES]
    host = [f"organisation__host_unit__{name}" for name in (*PLACES, "chain")]
    firm = [*(f"enterprise__{name}" for name in (*PLACES, "chain")), "enterprise_id"] if of_needs else []
    columns = rows.order_by().values_list(
        "pk", "kind", "organisation__path", "partner_id", *home, *host, *firm
    )
    found = []
    for pk, kind, path, partner, *places in columns:
        park, cluster, host_park, host_cluster, chain, *rest = places
        park, cluster, unit = park or host_park, cluster or host_cluster, path
        if of_needs and rest[-1]:
            (park, cluster, chain), unit = rest[:3], None
        if partner:
            found.append(Entry(pk, kind, terms.get(pk, frozenset()), partner=partner, unit=partner))
        else:
            found.append(
                Entry(pk, kind, terms.get(pk, frozenset()), (path,), None, unit, park, cluster, chain)
            )
    return found


def terms_by_row(model, condition: Q | None = None) -> dict[int, frozenset[str]]:
    """Key → its terms, of the rows of `TERMS[model]` that fulfil `condition`.

    In one text for each key: a row for each term takes three times as long to fetch.
    """
    rows = (
        TERMS[model].objects.filter(condition or Q()).order_by().values_list(f"{model._meta.model_name}_id")
    )
    return {
        pk: frozenset(terms.split("\n")) for pk, terms in rows.annotate(terms=InOneText("term", Value("\n")))
    }


def live_agreements(today: dt.date):
    return Agreement.objects.filter(
        signed_on__isnull=False, ended_on__isnull=True, starts_on__lte=today, ends_on__gte=today
    )


def pacts_of(paths, partner, today: dt.date) -> list[Pact]:
    """The live agreements of a partner, or of the organisations at `paths` and of those above them; two queries."""
    above = {up for path in paths for up in paths_above(path)}
    own = Q(partner=partner) if partner else Q(organisation__path__in=above)
    rows = live_agreements(today).filter(Exists(Party.objects.filter(own, agreement=OuterRef("pk"))))
    return _pacts(rows.order_by("-signed_on", "-pk"))


def all_pacts(root_id: int, today: dt.date) -> list[Pact]:
    return _pacts(live_agreements(today).filter(root_id=root_id).order_by("-signed_on", "-pk"))


def _pacts(agreements) -> list[Pact]:
    parties = Party.objects.select_related("organisation").only(
        "agreement_id", "partner_id", "organisation__path"
    )
    rows = agreements.only("title").prefetch_related(Prefetch("parties", parties))
    return [
        Pact(row.pk, row.title, tuple(p.partner_id or p.organisation.path for p in row.parties.all()))
        for row in rows
    ]


def open_rows(model):
    """What may still be matched: needs without a project, resources whatever they serve."""
    return with_item_state(model.objects.published()).filter(state__in=WANTED if model is Need else AVAILABLE)


def _pool(model, rows, entry: Entry, pacts: list[Pact]) -> Pool:
    """Those of `rows` that can be proposed for `entry` at all."""
    name, terms = model._meta.model_name, TERMS[model].objects.filter(term__in=entry.terms)
    keys = rows.order_by().values("pk")
    held = terms.filter(**{f"{name}__in": keys}).order_by()
    counts = dict(held.values("term").annotate(rows=Count("pk")).values_list("term", "rows"))
    most = max(RARE, RARE_SHARE * rows.count()) if any(count > RARE for count in counts.values()) else RARE
    telling = {term for term, count in counts.items() if count <= most}
    shared = held.filter(term__in=telling).values(name).annotate(rows=Count("pk"))
    condition = Q(pk__in=shared.filter(rows__gte=FEW_WORDS).values(name))
    if entry.kind != ItemKind.OTHER:
        condition |= Q(kind=entry.kind)
    wanted = rows.filter(condition)
    in_common = Q(term__in=telling, **{f"{name}__in": wanted.order_by().values("pk")})
    found = entries_of(wanted, terms_by_row(model, in_common))
    return Pool(found, Pacts(pacts), common=frozenset())


# --- For a row of the lists ----------------------------------------------------------------------------


def suggestions(item: Offered, user, most: int = BEST) -> list[Suggestion]:
    """The best of the other list, with reasons. For a row kept elsewhere: what the person's own side has for it."""
    model, other, today = type(item), OTHER_SIDE[type(item)], timezone.localdate()
    at_home = has_at(user, "linkages.view", item.organisation)
    seen = other.objects.visible_to(user) if at_home else other.objects.kept_by(user)
    dismissed = Dismissal.objects.standing().filter(**{model._meta.model_name: item})
    rows = open_rows(other).filter(pk__in=seen.order_by().values("pk"), root_id=item.root_id)
    rows = rows.exclude(pk__in=dismissed.values(other._meta.model_name))
    terms = {item.pk: terms_of(item.title, item.description)}
    (entry,) = entries_of(model.objects.filter(pk=item.pk), terms)
    pacts = pacts_of(entry.paths, entry.partner, today)
    pool = _pool(other, rows, entry, pacts)
    found = pool.best(entry, most)
    shown = with_item_state(other.objects).with_unit().in_bulk([row.pk for row in found])
    reasons = Reasons(entry, f"{item.title} {item.description}", user, pacts)
    return [
        Suggestion(shown[row.pk], row.pact, reasons.of(pool.entry(row.pk), row.pact), row.score)
        for row in found
    ]


def agreement_for(need: Need, resource: Resource, organisation) -> Agreement | None:
    """The live agreement that binds both sides and covers `organisation`, which is to own the project."""
    one, other = (entries_of(type(row).objects.filter(pk=row.pk), {})[0] for row in (need, resource))
    pacts = pacts_of(one.paths, one.partner, timezone.localdate())
    bound = Pool([other], Pacts(pacts)).bound_to(one).get(0)
    if bound is None or not any(
        isinstance(side, str) and organisation.path.startswith(side) for side in bound.sides
    ):
        return None
    return Agreement.objects.get(pk=bound.pk)


class Reasons:
    """Why a row fits `entry`, in words. Agreements are named to those who may read them."""

    def __init__(self, entry: Entry, text: str, user, pacts: list[Pact]):
        self.entry, self.text = entry, text
        keys = [pact.pk for pact in pacts]
        self.readable = set(
            Agreement.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True)
        )
        places = ((Park, entry.park), (Cluster, entry.cluster), (Chain, entry.chain))
        self.park, self.cluster, self.chain = (
            model.objects.filter(pk=key).values_list("name", flat=True).first() if key else None
            for model, key in places
        )

    def of(self, other: Entry, pact: Pact | None) -> list[str]:
        entry, found = self.entry, []
        if pact is not None:
            found.append(self.agreement(pact))
        if entry.park and entry.park == other.park:
            found.append(f"同在{self.park}")
        if entry.cluster and entry.cluster == other.cluster:
            found.append(f"同属{self.cluster}集群")
        if entry.chain and entry.chain == other.chain:
            found.append(f"同属{self.chain}产业链")
        if entry.kind == other.kind != ItemKind.OTHER:
            found.append(f"类别相同：{ItemKind(entry.kind).label}")
        if words := shared_words(self.text, entry.terms & other.terms):
            found.append(f"都提到：{'、'.join(words[:MOST_WORDS_SHOWN])}")
        return found

    def agreement(self, pact: Pact) -> str:
        return f"有共建协议：{pact.title}" if pact.pk in self.readable else "双方单位有共建协议"


# --- For an order, or any other text -------------------------------------------------------------------


def proposals_for(*, text: str, kind: str, enterprise, user, most: int = MOST_PROPOSED) -> list[Proposal]:
    """Units that may do what `text` asks for, the best first, each once; for a text that is in no list.

    `kind`: a value or label of `ItemKind`; any other word counts as part of the text. `enterprise` None: for the
    organisations where the person keeps agreements. What the person may not see is not proposed.
    """
    known = {label: value for value, label in ItemKind.choices} | {value: value for value in ItemKind.values}
    kind, text = known.get(kind, ""), text if kind in known else f"{kind} {text}"
    today, entry = timezone.localdate(), _entry_of(text, kind, enterprise, user)
    pacts = pacts_of(entry.paths, None, today)
    rows = open_rows(Resource).filter(pk__in=Resource.objects.visible_to(user).order_by().values("pk"))
    pool = _pool(Resource, rows, entry, pacts)
    ranked = pool.best(entry, most)
    resources = Resource.objects.with_unit().in_bulk([row.pk for row in ranked])
    agreements = live_agreements(today).in_bulk([pact.pk for pact in pacts])
    reasons = Reasons(entry, text, user, pacts)
    found: dict[object, Proposal] = {}
    for row in ranked:
        resource = resources[row.pk]
        why = reasons.of(pool.entry(row.pk), row.pact)
        agreement = agreements.get(row.pact.pk) if row.pact else None
        found.setdefault(resource.unit, Proposal(resource.unit, resource, agreement, why, row.score))
    for unit, pact in _bound_units(entry, pacts):
        if unit not in found:
            why, score = _without_resource(unit, kind, reasons.agreement(pact))
            found[unit] = Proposal(unit, None, agreements[pact.pk], why, score)
    return sorted(found.values(), key=lambda proposal: -proposal.score)[:most]


def _entry_of(text, kind, enterprise, user) -> Entry:
    terms = terms_of(text)
    if enterprise is None:
        return Entry(0, kind, terms, tuple(user.permission_paths.get("linkages.change", ())))
    paths = Organisation.objects.active().filter(answers_for(enterprise)).order_by("-depth", "path")
    return Entry(
        0, kind, terms, tuple(paths.values_list("path", flat=True)), None, None, enterprise.park_id,
        enterprise.cluster_id, enterprise.chain_id,
    )  # fmt: skip


def _bound_units(entry, pacts):
    """(unit, agreement) of the other parties; two queries."""
    others = {side: pact for (side, _), pact in Pacts(pacts).others(entry.paths, None).items()}
    for partner in Partner.objects.current().filter(
        pk__in=[side for side in others if isinstance(side, int)]
    ):
        yield partner, others[partner.pk]
    paths = [side for side in others if isinstance(side, str) and side not in entry.paths]
    for organisation in Organisation.objects.active().filter(path__in=paths):
        yield organisation, others[organisation.path]


def _without_resource(unit, kind, agreement: str) -> tuple[list[str], int]:
    if isinstance(unit, Partner) and unit.kind in FITTING.get(kind, ()):
        return [agreement, f"单位类别对口：{unit.get_kind_display()}"], FITS
    return [agreement], BOUND
