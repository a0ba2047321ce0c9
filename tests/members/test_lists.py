"""Every list about members asks the database as often for one row as for three, on its page and in the interface."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.actions import absences, disposal, dues, leading, own, pairings, plans, points, talent, transfers
from members.dues.scales import this_month
from members.models import PointCriterion, RecruitmentQuota
from orgs.models import Organisation, User
from tests import builders

pytestmark = pytest.mark.django_db
PAGES = (
    "member-list", "transfer-list", "absence-list", "correction-list", "recruiting", "recruiting-list", "dues",
    "dues-summary", "dues-arrears", "dues-charges", "composition", "pioneers", "leading-posts", "leading-all", "role-list",
    "pairing-list", "talent-list", "talent-figures", "talent-outside-list",
    "recruiting-roster", "recruitment-plan", "points-ranking", "point-criteria",
)  # fmt: skip
INTERFACE = (
    "member-list", "transfer-list", "absence-list", "disposal-list", "correction-list", "recruitment-case-list",
    "dues-charge-list", "dues-payment-list", "dues-basis-list", "leading-unit-list", "public-role-list",
    "recruitment-quota-list", "point-criterion-list", "point-entry-list",
    "pairing-list", "talent-list", "outside-person-list",
)  # fmt: skip
LISTS = [f"members:{name}" for name in PAGES] + [f"api:{name}" for name in INTERFACE]


def plant(branch, receiver):
    """One row more of everything that a list shows."""
    by, month = User.objects.system(), this_month()
    leaving, away, wrong, paying = (builders.make_member(branch) for _ in range(4))
    transfers.start_transfer(
        member=leaving, to_organisation=receiver, reason="工作调动", dues_paid_until=month, by=by
    )
    absences.start_absence(member=away, kind="lost", since=dt.date(2026, 1, 5), by=by)
    disposal.open_disposal(member=away, kind="removal", ground="失去联系", by=by)
    own.report_mistake(member=wrong, field="mobile", claim="19900001234", by=by)
    dues.fix_basis(
        member=paying, effective_from=month, category="salaried", base=Decimal(8000), reason="核定", by=by
    )
    dues.write_month(month=month, organisation=branch)
    charge = paying.dues_charges.get()
    dues.take_payments(charges=[charge.pk], organisation=branch, paid_on=month, method="cash", by=by)
    case = builders.make_case(branch, upto=3)
    made = PointCriterion.objects.count()
    values = {"group": "科技贡献", "name": f"指标{made}", "points": 1, "points_max": 3}
    above = Organisation.objects.get(path=branch.parent_path)
    criterion = points.create_criterion(organisation=above, values=values, by=by)
    points.enter_points(case=case, criterion=criterion, on=case.applied_on, evidence="证书", by=by)
    year, planned = timezone.localdate().year, RecruitmentQuota.objects.filter(organisation=branch).count()
    plans.give_places(year=year - planned, plans=[plans.Plan(branch, 1)], by=by)
    look_after(branch, case, by)
    first, second = (builders.make_member(branch) for _ in range(2))
    day = dt.date(2026, 1, 5)
    unit = leading.establish(
        organisation=branch, kind="post", name=f"{first}岗", established_on=day, leader=first, by=by
    )
    leading.join(unit=unit, member=second, since=day, by=by)
    leading.add_result(unit=unit, on=day, what="按期投产", by=by)
    leading.take_role(member=first, kind="people", level="town", body="镇人大", since=day, by=by)


def look_after(branch, case, by):
    """Somebody in the talent pool by the rule, somebody outside; a pairing with each and with a case."""
    talented = builders.make_member(branch, education="master", born_on=dt.date(2000, 1, 1))
    consent = {"consent_on": dt.date(2026, 1, 5), "consent_how": "written", "consent_scope": "人才库"}
    entry = talent.enter_person(organisation=branch, values={"name": "测试人才", **consent}, by=by)
    for led in ({"case": case}, {"person": entry.person}, {"member": builders.make_member(branch)}):
        pairing = pairings.start_pairing(
            kind="mentor",
            organisation=branch,
            leader=talented,
            aim="成长",
            since=dt.date(2026, 1, 5),
            by=by,
            **led,
        )
        pairings.add_contact(pairing=pairing, on=dt.date(2026, 2, 5), how="talk", gist="谈话", by=by)


def asked(client, name) -> tuple[int, int]:
    """(how many queries, how many rows the interface shows; 0 for pages)."""
    client.get(reverse(name))  # what is asked once for a session
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reverse(name))
    assert response.status_code == 200, name
    return len(queries), len(response.json()["results"]) if name.startswith("api:") else 0


@pytest.mark.parametrize("role", ["officer", "secretary"])
def test_no_list_asks_more_often_for_more_rows(client_for, role):
    committee = builders.make_organisation()
    branch, receiver = (builders.make_organisation(committee) for _ in range(2))
    client = client_for(builders.make_user(role, committee if role == "officer" else branch))
    # Above branches the ledger leads to the summary.
    names = [name for name in LISTS if role == "secretary" or name != "members:dues"]
    plant(branch, receiver)
    one = {name: asked(client, name) for name in names}
    for _ in range(2):
        plant(branch, receiver)
    three = {name: asked(client, name) for name in names}
    assert {name: queries for name, (queries, _) in three.items()} == {
        name: queries for name, (queries, _) in one.items()
    }
    assert all(three[name][1] >= one[name][1] + 2 for name in names if name.startswith("api:"))
