"""Dated periods of enterprises, and who answers for an enterprise."""

import datetime as dt

import pytest

from orgs.kinds import Jurisdiction, OrganisationKind
from orgs.models import Enterprise, EnterprisePeriod, EnterpriseStatus
from orgs.ownership import owner_paths, owners_for
from orgs.periods import refresh_periods
from tests.builders import make_area, make_cluster, make_enterprise, make_organisation, make_park

pytestmark = pytest.mark.django_db
K = OrganisationKind
OCTOBER, NOVEMBER = dt.date(2026, 10, 31), dt.date(2026, 11, 15)


def periods_of(enterprise):
    rows = EnterprisePeriod.objects.filter(enterprise=enterprise).order_by("pk")
    return list(rows.values_list("status", "since", "until"))


def test_refresh_opens_the_first_period():
    enterprise = Enterprise.objects.create(name="甲")

    assert refresh_periods([enterprise.pk], on=OCTOBER) == 1

    assert periods_of(enterprise) == [("existing", OCTOBER, None)]


def test_refresh_closes_and_opens_only_what_differs():
    changed, same = make_enterprise(), make_enterprise()
    Enterprise.objects.filter(pk=changed.pk).update(status=EnterpriseStatus.MOVED_OUT, cluster=make_cluster())

    assert refresh_periods([changed.pk, same.pk], on=NOVEMBER) == 1
    assert refresh_periods([changed.pk, same.pk], on=NOVEMBER) == 0

    assert periods_of(changed) == [
        ("existing", dt.date(2020, 1, 1), NOVEMBER),
        ("moved_out", NOVEMBER, None),
    ]
    assert len(periods_of(same)) == 1


def test_refresh_never_begins_before_the_period_it_ends():
    enterprise = make_enterprise(since=NOVEMBER)
    Enterprise.objects.filter(pk=enterprise.pk).update(is_dormant=True)

    refresh_periods([enterprise.pk], on=OCTOBER)

    assert periods_of(enterprise) == [("existing", NOVEMBER, NOVEMBER), ("existing", NOVEMBER, None)]
    current = EnterprisePeriod.objects.current(NOVEMBER).get(enterprise=enterprise)
    assert current.is_dormant


def test_refresh_query_count_does_not_grow(django_assert_num_queries):
    enterprises = [make_enterprise() for _ in range(40)]
    Enterprise.objects.update(is_dormant=True)

    with django_assert_num_queries(6):  # savepoint, periods, enterprises, close, open, release
        assert refresh_periods([e.pk for e in enterprises], on=NOVEMBER) == 40


def test_owner_is_the_nearest_answering_organisation():
    top = make_organisation()
    area, cluster = make_area(), make_cluster()
    outer = make_park(area=area)
    inner, other = make_park(parent=outer), make_park()
    area_committee = make_organisation(top, K.AREA_COMMITTEE, area=area)
    cluster_committee = make_organisation(top, K.CLUSTER_COMMITTEE, cluster=cluster)
    park_branch = make_organisation(area_committee, K.GENERAL_BRANCH, park=outer)
    assert park_branch.jurisdiction == Jurisdiction.PARK
    cases = {
        make_enterprise(park=outer).pk: park_branch,
        make_enterprise(park=inner, cluster=cluster).pk: park_branch,
        make_enterprise(park=make_park(area=area), cluster=cluster).pk: area_committee,
        make_enterprise(park=other, cluster=cluster).pk: cluster_committee,
        make_enterprise(park=other).pk: top,
        make_enterprise().pk: top,
    }

    assert owners_for(cases) == {pk: organisation.pk for pk, organisation in cases.items()}
    assert owner_paths(cases) == {pk: organisation.path for pk, organisation in cases.items()}


def test_owner_is_nobody_without_organisations():
    enterprise = make_enterprise(park=make_park())

    assert owners_for([enterprise.pk]) == {enterprise.pk: None}
    assert owner_paths([enterprise.pk]) == {enterprise.pk: ""}


def test_dissolved_organisations_own_nothing():
    top = make_organisation()
    park = make_park()
    area_committee = make_organisation(top, K.AREA_COMMITTEE, area=park.area, dissolved_on=NOVEMBER)
    enterprise = make_enterprise(park=park)

    assert area_committee.jurisdiction == Jurisdiction.AREA
    assert owners_for([enterprise.pk]) == {enterprise.pk: top.pk}


def test_owner_query_count_does_not_grow(django_assert_num_queries):
    make_organisation()
    ids = [make_enterprise(park=make_park()).pk for _ in range(10)]

    with django_assert_num_queries(2):  # organisations, enterprises
        owners_for(ids)
