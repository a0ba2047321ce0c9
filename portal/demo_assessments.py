"""An invented assessment index for the demonstration park, with the last quarter frozen."""

from decimal import Decimal

from orgs.models import Organisation, Role, User
from portal import assessment_actions as actions
from portal.assessments import periods

NAME = "党建赋能创新指数"
# Measure, weight, and the values without points and with all of them.
ITEMS = (
    ("organisation_coverage", 25, 30, 80),
    ("work_coverage", 20, 50, 95),
    ("duty_rate", 30, 50, 95),
    ("participation_rate", 25, 60, 95),
)


def load_assessment() -> None:
    """Of the first top organisation for those directly below it; by its officer where accounts were made."""
    top = Organisation.objects.filter(depth=1).first()
    officers = User.objects.filter(appointments__role=Role.OFFICER, appointments__organisation=top)
    by = officers.first()
    values = {"name": NAME, "period": "quarter", "level": 1, "kind": ""}
    items = [
        {"measure": code, "weight": Decimal(weight), "zero_at": Decimal(zero), "full_at": Decimal(full)}
        for code, weight, zero, full in ITEMS
    ]
    index = actions.add_assessment(organisation=top, values=values, items=items, by=by)
    actions.publish_assessment(assessment=index, by=by)
    _running, *ended = periods(index)
    for ends_on in ended[:1]:
        actions.freeze_period(assessment=index, ends_on=ends_on, by=by)
