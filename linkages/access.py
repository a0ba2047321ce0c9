"""Predicates about agreements and the three lists: “may this person do that?”. Which ones one sees is `visible_to`."""

from linkages.models import partner_ids
from members.access import can_open_own_record
from orgs.access import has, has_at, has_at_top, has_for_enterprise
from orgs.models import Enterprise


def can_view_agreements(user) -> bool:
    """Some; liaisons of partner units open the same pages."""
    return can_view_partners(user) or bool(partner_ids(user))


def can_view_partners(user) -> bool:
    """The register of partner units, which is for those inside."""
    return has(user, "linkages.view")


def can_change_agreements(user) -> bool:
    """Somewhere; for the buttons that begin something, and for the shared register of partner units."""
    return has(user, "linkages.change")


def can_change_agreements_at(user, organisation) -> bool:
    return has_at(user, "linkages.change", organisation)


def can_change_agreement(user, agreement) -> bool:
    """The officers of every party in the tree; an agreement fetched `with_parties` is asked without a query."""
    return any(has_at(user, "linkages.change", organisation) for organisation in agreement.inside)


def can_export_agreements(user) -> bool:
    return has(user, "export") and has(user, "linkages.view")


def can_merge_partners(user, partner) -> bool:
    """Touches agreements of everybody below the top: decided there."""
    return has_at(user, "linkages.change", partner.organisation)


def can_appoint_liaisons(user, partner) -> bool:
    """Whoever holds the link to an account reads all that the unit is party to: decided where all of that may be read."""
    return has_at(user, "linkages.change", partner.organisation)


def can_change_alliance(user, alliance) -> bool:
    """Founding, members and turns are the home's."""
    return has_at(user, "linkages.change", alliance.organisation)


def acts_for(user, member) -> bool:
    """Works for a member unit of an alliance or a unit of a claim: its officers, the liaison of a partner unit."""
    if member.organisation_id:
        return has_at(user, "linkages.change", member.organisation)
    return member.partner_id in partner_ids(user)


def can_hold_conferences(user, alliance, chair) -> bool:
    """The home, and whoever's turn it is (`chair` is a member or None)."""
    return can_change_alliance(user, alliance) or (chair is not None and acts_for(user, chair))


def can_follow_up(user, resolution) -> bool:
    """Whoever carries it out, and the home."""
    return acts_for(user, resolution.owner) or can_change_alliance(user, resolution.conference.alliance)


def menu(user) -> dict[str, bool]:
    """Entries of the side bar that concern agreements."""
    return {
        "agreements": can_view_agreements(user),
        "partners": can_view_partners(user),
        "challenges": can_view_challenges(user),
        "secondments": can_view_secondments(user),
        "policies": can_view_policies(user),
        "commitments": can_view_commitments(user),
        "own_policies": can_view_own_policies(user),
        "partner": bool(partner_ids(user)),
        "orders": can_view_orders(user),
        "own_orders": can_raise_own_orders(user),
        "order_kinds": can_change_order_kinds(user),
    }


# --- The three lists -----------------------------------------------------------------------------------


def can_add_item(user, which: str) -> bool:
    """To the list of that name; a liaison enters what the own unit offers."""
    return can_change_agreements(user) or (which == "resource" and bool(partner_ids(user)))


def can_change_item(user, item) -> bool:
    """A resource, a need or a project: whoever keeps agreements at its home; a liaison what is of the own unit."""
    return has_at(user, "linkages.change", item.organisation) or (
        getattr(item, "partner_id", None) in partner_ids(user)
    )


def can_order_need(user, need) -> bool:
    """A need of an enterprise, by whoever keeps it and may speak for the enterprise (`can_raise_on_behalf`)."""
    if not (need.enterprise_id and can_change_item(user, need)):
        return False
    spoken_for = Enterprise.objects.permitted_to(user, "linkages.change")
    return spoken_for.filter(pk=need.enterprise_id).exists()


def can_note_project(user, project) -> bool:
    """Both sides say how far they have come."""
    return any(can_change_item(user, row) for row in (project, *project.sides))


def can_match(user, *sides) -> bool:
    """Either side takes or dismisses a match of a need and a resource that the person sees."""
    return any(can_change_item(user, side) for side in sides)


# --- Orders --------------------------------------------------------------------------------------------


def can_view_orders(user) -> bool:
    """The list of those who oversee and answer, liaisons among them; requesters have their own page."""
    return can_view_agreements(user)


def can_raise_own_orders(user) -> bool:
    """For the own enterprise, or about oneself."""
    return bool(user.contact_enterprise_ids) or can_open_own_record(user)


def can_open_orders(user) -> bool:
    return can_view_orders(user) or can_raise_own_orders(user)


def can_raise_on_behalf(user) -> bool:
    """Somewhere; for which enterprises is `Enterprise.objects.permitted_to`."""
    return has(user, "linkages.change")


def can_export_orders(user) -> bool:
    return has(user, "export") and has(user, "linkages.view")


def can_change_order_kinds(user) -> bool:
    """What may be asked for, and within which time, is set at the top."""
    return has_at_top(user, "settings.change")


# --- Open bidding --------------------------------------------------------------------------------------


def can_view_challenges(user) -> bool:
    """The board; contacts find what their own enterprise put out. The steps: `challenges.transitions`."""
    return can_view_agreements(user) or bool(user.is_authenticated and user.contact_enterprise_ids)


# --- Sci-tech deputies and industry professors --------------------------------------------------------------


def can_view_secondments(user) -> bool:
    """The list; contacts and liaisons find what concerns their own unit. The steps: `secondments.transitions`."""
    return can_view_challenges(user)


def speaks_for(user, row) -> bool:
    """Is contact of the enterprise or liaison of the partner unit that stands in the row."""
    if row.partner_id:
        return row.partner_id in partner_ids(user)
    return row.enterprise_id in user.contact_enterprise_ids


# --- Policies to enterprises ---------------------------------------------------------------------------


def can_view_policies(user) -> bool:
    """The list of those who answer for enterprises; contacts have their own page."""
    return has(user, "linkages.view")


def can_view_own_policies(user) -> bool:
    return bool(user.is_authenticated and user.contact_enterprise_ids)


def can_keep_policy(user, policy) -> bool:
    return has_at(user, "linkages.change", policy.organisation)


def can_answer_policy(user, delivery) -> bool:
    """Contacts of the enterprise, and on its behalf whoever answers for it."""
    return reads_as_contact(user, delivery) or has_for_enterprise(
        user, "linkages.change", delivery.enterprise
    )


def reads_as_contact(user, delivery) -> bool:
    """Whose opening it is the enterprise's reading."""
    return delivery.enterprise_id in user.contact_enterprise_ids


# --- Responsibility lists ------------------------------------------------------------------------------


def can_view_commitments(user) -> bool:
    """Those of the person's scope. The steps: `commitments.transitions`."""
    return has(user, "linkages.view")
