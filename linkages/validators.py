"""Rules of agreements and of the three lists; raise ValidationError with a sentence at its field."""

import datetime as dt

from django.core.exceptions import ValidationError

from orgs.guards import refuse_personal_numbers
from orgs.models import Organisation
from orgs.regulations import value_on
from orgs.terms import add_years
from orgs.tree import STEP


def validate_term(starts_on: dt.date, ends_on: dt.date, *, long_term_confirmed: bool) -> None:
    """Source: practice, 1–3 years; a longer one is possible and asks to be confirmed."""
    if ends_on <= starts_on:
        raise ValidationError({"ends_on": "期限止须晚于期限起。"})
    years = value_on("agreement_years", starts_on)
    if ends_on > add_years(starts_on, years) and not long_term_confirmed:
        raise ValidationError({"long_term_confirmed": f"期限超过{years}年，确需如此的请勾选确认。"})


def validate_parties(organisation, parties: list[dict]) -> None:
    """Two or more, each once, in or below one top organisation; the one that draws it up among them."""
    if len(parties) < 2:
        raise ValidationError({"parties": "协议至少有两方。"})
    units = [party.get("organisation") or party.get("partner") for party in parties]
    if any(bool(party.get("organisation")) == bool(party.get("partner")) for party in parties):
        raise ValidationError({"parties": "每一方须是一个党组织或一个共建单位。"})
    if len({(type(unit), unit.pk) for unit in units}) < len(units):
        raise ValidationError({"parties": "同一单位只能填写一次。"})
    if organisation not in [party.get("organisation") for party in parties]:
        raise ValidationError({"parties": f"起草的{organisation}须是协议一方。"})
    top = organisation.path[:STEP]
    for unit in units:
        validate_unit(unit, top, "parties")


def validate_unit(unit, top: str, field: str) -> None:
    """An organisation in use below the path `top`, or a partner unit that stands in the register kept there."""
    if isinstance(unit, Organisation):
        if unit.dissolved_on:
            raise ValidationError({field: f"{unit}已撤销。"})
        if not unit.path.startswith(top):
            raise ValidationError({field: f"{unit}不在同一顶层组织下，请登记为共建单位。"})
        return
    if unit.merged_into_id:
        raise ValidationError({field: f"{unit}已并入{unit.merged_into}，请改选。"})
    if unit.organisation.path != top:
        raise ValidationError({field: f"{unit}不在本顶层组织的共建单位名录中。"})


def validate_in_term(agreement, on: dt.date, field: str = "on") -> None:
    if not agreement.starts_on <= on <= agreement.last_day:
        raise ValidationError({field: f"日期须在协议期限内（{agreement.starts_on}至{agreement.last_day}）。"})


def validate_listed(item) -> None:
    """A row of any of the three lists: what its home may enter. Parties and partners are those of its own top."""
    if not item.title:
        raise ValidationError({"title": "请填写名称。"})
    top = item.organisation.path[:STEP]
    for name in ("title", "description", "contact_office", "result"):
        refuse_personal_numbers(getattr(item, name, ""), name)
    partner = getattr(item, "partner", None)
    if partner:
        validate_unit(partner, top, "partner")
    if partner and getattr(item, "enterprise", None):
        raise ValidationError({"partner": "企业和共建单位只填一项。"})
    if item.agreement_id:
        _validate_agreement(item, partner)


def _validate_agreement(item, partner):
    agreement = item.agreement
    if agreement.signed_on is None:
        raise ValidationError({"agreement": "协议尚未登记签署，签署后再填写。"})
    parties = agreement.parties.select_related("organisation")
    above = [p for p in parties if p.organisation and item.organisation.path.startswith(p.organisation.path)]
    if not above and not (partner and any(party.partner_id == partner.pk for party in parties)):
        raise ValidationError({"agreement": "本单位或其上级不是该协议的一方，请改选。"})
