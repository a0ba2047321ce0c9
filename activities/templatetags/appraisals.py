"""The results of yearly appraisals on the page of a member."""

from django import template

from activities import access
from activities.models import AppraisalGrade

register = template.Library()
YEARS_SHOWN = 10


@register.inclusion_tag("activities/_appraisal_results.html", takes_context=True)
def appraisal_results(context, member):
    """For those who see the appraisals of the branch in which the grade was given; one query."""
    user = context["request"].user
    if not access.can_view_appraisals(user):
        return {}
    rows = AppraisalGrade.objects.filter(member=member).select_related("appraisal__organisation")
    rows = rows.order_by("-appraisal__year")[:YEARS_SHOWN]
    return {"rows": [row for row in rows if access.can_view_appraisals_at(user, row.appraisal.organisation)]}
