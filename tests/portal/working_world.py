"""Something of everything that an organisation does in a year, for the tests of figures."""

import datetime as dt

from django.utils import timezone

from activities.actions import activities
from linkages.actions import orders
from linkages.models import Order
from orgs.models import User
from tests import builders

ROLL = ("present", "absent")


class World:
    """A top, an area committee with a park and two branches below it, one more branch; something of everything."""

    def __init__(self):
        self.today, self.system = timezone.localdate(), User.objects.system()
        park = builders.make_park()
        self.top = builders.make_organisation()
        self.area = builders.make_organisation(self.top, "area_committee", area=park.area)
        self.branches = [builders.make_organisation(self.area) for _ in range(2)]
        self.elsewhere = builders.make_organisation(self.top)
        self.members = {
            branch: [
                builders.make_member(branch),
                builders.make_member(branch),
                builders.make_member(
                    branch, membership="probationary", joined_on=self.today, confirmed_on=None,
                    probation_ends_on=self.today.replace(year=self.today.year + 1),
                ),
            ]
            for branch in (*self.branches, self.elsewhere)
        }  # fmt: skip
        one, other = self.branches
        self.hold(one)
        self.hold(one, joint_hosts=(other, self.elsewhere))
        self.hold(other, day=dt.date(self.today.year - 1, 12, 31))
        self.hold(
            self.elsewhere, counts={"expected": 30, "present": 20, "on_leave": 5, "absent": 5, "guests": 3}
        )
        partner = builders.make_partner(self.top)
        soon = self.today + dt.timedelta(days=40)
        builders.make_agreement(one, partner, signed_on=self.today, starts_on=self.today, ends_on=soon)
        builders.make_agreement(other, self.elsewhere, signed_on=self.today)
        self.enterprise = builders.make_enterprise(park=park)
        self.contact = builders.make_user("contact", self.area, enterprise=self.enterprise)
        self.officer = builders.make_user("officer", self.top)
        self.overseer = builders.make_user("officer", self.area)
        self.secretary = builders.make_user("secretary", one)
        for hours, rating in ((5, 5), (50, 2), (70, None)):
            self.order(one, hours, rating)
        self.raised()
        orders.cancel_order(order=self.raised(), words="不需要了", by=self.contact)

    def hold(self, branch, *, day=None, joint_hosts=(), counts=None):
        day = day or dt.date(self.today.year, 1, 1)
        roll = {member.pk: (state, "") for member, state in zip(self.members[branch], ROLL, strict=False)}
        roll[self.members[branch][2].pk] = ("leave", "出差")
        return activities.record_activity(
            organisation=branch, kinds=("theme_day",), by=self.system, joint_hosts=joint_hosts,
            values={"title": "主题党日", "starts_at": timezone.make_aware(dt.datetime.combine(day, dt.time(9)))},
            counts=counts, roll=None if counts else roll,
        )  # fmt: skip

    def raised(self):
        return builders.make_order(self.enterprise, by=self.contact)

    def order(self, branch, hours, rating):
        order = self.raised()
        orders.dispatch_order(order=order, unit=branch, by=self.overseer)
        orders.accept_order(order=order, by=self.secretary)
        orders.finish_order(order=order, result="已对接", by=self.secretary)
        if rating:
            orders.rate_order(order=order, rating=rating, by=self.contact)
        raised_at = Order.objects.get(pk=order.pk).finished_at - dt.timedelta(hours=hours)
        Order.objects.filter(pk=order.pk).update(raised_at=raised_at)


def counted(client, url) -> int:
    """How many rows the page itself says there are."""
    response = client.get(url)
    assert response.status_code == 200, url
    context = response.context
    if "filterset" in context:
        assert context["filterset"].faults == [], url
    if "figures" in context:
        return context["figures"]["all"]
    if "totals" in context:
        return context["totals"]["count"]
    return context["matching"] if "matching" in context else context["count"]
