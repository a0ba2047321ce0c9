"""The tabs that all pages of “先锋与人才” begin with."""

from django import template

from members.people_tabs import TABS

register = template.Library()


@register.inclusion_tag("members/_people_tabs.html")
def people_tabs(current):
    """`current` is the third word of one of `TABS`."""
    return {"tabs": TABS, "current": current}
