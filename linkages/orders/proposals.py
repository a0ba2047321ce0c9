"""Which units might answer an order, the best first, each with the reason in words."""

from dataclasses import dataclass

from linkages.matching import proposals_for
from linkages.models import Agreement, Partner
from linkages.orders.transitions import reads_words
from linkages.people import keepers_at
from orgs.models import Organisation
from orgs.readers import answers_for
from orgs.tree import STEP, ancestor_paths, next_path

MOST = 8


@dataclass(frozen=True)
class Proposed:
    """`agreement` is the live one that binds the unit, if any."""

    unit: Organisation | Partner
    agreement: Agreement | None
    reasons: list[str]

    @property
    def value(self) -> str:
        """As the form sends it back."""
        inside = isinstance(self.unit, Organisation)
        return f"{'organisation' if inside else 'partner'}-{self.unit.pk}"


def proposed(order, user) -> list[Proposed]:
    """What is private stays with organisations where somebody may read it (`actions.orders`)."""
    own = [Proposed(unit, None, [reason]) for unit, reason in _near(order)]
    if order.is_private:
        keeping = keepers_at([one.unit for one in own])
        return [one for one in own if one.unit.pk in keeping][:MOST]
    words = order.words if reads_words(user, order) else ""
    ranked = proposals_for(
        text=words,
        kind=order.kind.topic or order.kind.name,
        enterprise=order.enterprise,
        user=user,
        most=MOST,
    )
    found = {}
    for one in ranked:
        if not isinstance(one.unit, Organisation) or one.unit.path.startswith(order.organisation.path[:STEP]):
            found[one.unit] = Proposed(one.unit, one.agreement, one.reasons)
    for one in own:
        found.setdefault(one.unit, one)
    return list(found.values())[:MOST]


def _near(order):
    """(organisation, why) of those who look after the requester, the nearest first."""
    rows = Organisation.objects.active()
    if order.enterprise is not None:
        words = "负责或覆盖该企业"
        top = order.organisation.path[:STEP]
        rows = rows.filter(answers_for(order.enterprise), path__gte=top, path__lt=next_path(top))
    else:
        words = "诉求人所在或上级党组织"
        path = order.organisation.path
        rows = rows.filter(path__in=[path, *ancestor_paths(path)])
    return [(row, words) for row in rows.order_by("-depth", "path")[:MOST]]
