"""How an agreement stands: the function about one and the annotation about many say the same on every day."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.actions import activities
from linkages.actions import booking
from linkages.models import Agreement, AgreementResult
from linkages.states import AgreementState, state_of, with_state
from orgs.models import DatedSetting, User
from tests import builders

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 6, 15)


def days(number):
    return TODAY + dt.timedelta(days=number)


def judged(agreement, *, last_on, dormant=90, today=TODAY):
    return state_of(agreement, today, last_on=last_on, dormant=dormant)


@pytest.mark.parametrize(
    ("left", "quiet", "state"),
    [
        (-1, 0, AgreementState.EXPIRED),
        (0, 0, AgreementState.NEAR),
        (30, 0, AgreementState.NEAR),
        (31, 0, AgreementState.SOON),
        (60, 200, AgreementState.SOON),
        (61, 89, AgreementState.ACTIVE),
        (61, 90, AgreementState.DORMANT),
    ],
)
def test_boundaries(left, quiet, state):
    agreement = Agreement(starts_on=days(-400), ends_on=days(left), signed_on=days(-400))
    assert judged(agreement, last_on=days(-quiet)) == state


def test_nothing_booked_counts_from_the_first_day():
    agreement = Agreement(starts_on=days(-89), ends_on=days(300), signed_on=days(-300))
    assert judged(agreement, last_on=None) == AgreementState.ACTIVE
    assert judged(agreement, last_on=None, today=days(1)) == AgreementState.DORMANT
    assert judged(agreement, last_on=None, today=days(1), dormant=0) == AgreementState.ACTIVE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left=st.sampled_from([-1, 0, 29, 30, 31, 59, 60, 61, 300]),
    term=st.integers(1, 1000),
    signed=st.booleans(),
    ended=st.booleans(),
    quiet=st.one_of(st.none(), st.sampled_from([0, 88, 89, 90, 91, 400])),
    withdrawn=st.booleans(),
    setting=st.sampled_from([0, 1, 90]),
)
def test_the_annotation_agrees_with_the_function(left, term, signed, ended, quiet, withdrawn, setting):
    DatedSetting.objects.update_or_create(
        code="agreement_dormant_days", effective_on=dt.date(2020, 1, 1), defaults={"value": setting}
    )
    branch = builders.make_organisation()
    starts_on = days(left - term)
    agreement = Agreement.objects.create(
        organisation=branch,
        title="x",
        starts_on=starts_on,
        ends_on=days(left),
        signed_on=starts_on if signed or ended else None,
        ended_on=starts_on if ended else None,
        end_reason="x" if ended else "",
    )
    if quiet is not None:
        AgreementResult.objects.create(
            agreement=agreement,
            kind="problem",
            what="x",
            on=days(-quiet),
            withdrawn_at=timezone.now() if withdrawn else None,
        )
    row = with_state(Agreement.objects.filter(pk=agreement.pk), TODAY).get()
    last_on = None if quiet is None or withdrawn else days(-quiet)
    assert row.last_on == last_on
    assert row.state == judged(agreement, last_on=last_on, dormant=setting)


def test_activities_wake_an_agreement_until_they_are_cancelled(client_for):
    by, today = User.objects.system(), timezone.localdate()
    branch = builders.make_organisation(builders.make_organisation())
    started = today - dt.timedelta(days=200)
    agreement = builders.make_agreement(
        branch, starts_on=started, ends_on=today + dt.timedelta(days=200), signed_on=started
    )

    def state():
        return with_state(Agreement.objects.all()).get().state

    assert state() == AgreementState.DORMANT
    activity = activities.record_activity(
        organisation=branch, kinds=("theme_day",), by=by,
        values={"title": "联建", "starts_at": timezone.now() - dt.timedelta(days=3)},
    )  # fmt: skip
    booking.book_activity(agreement=agreement, activity=activity, by=by)
    assert state() == AgreementState.ACTIVE
    activities.cancel_activity(activity=activity, reason="误登", by=by)
    assert state() == AgreementState.DORMANT


def test_each_count_opens_exactly_its_rows(client_for):
    today = timezone.localdate()
    top = builders.make_organisation()
    branch = builders.make_organisation(top)
    started = today - dt.timedelta(days=40)
    for left in (10, 20, 45, 100):
        builders.make_agreement(
            branch, starts_on=started, ends_on=today + dt.timedelta(days=left), signed_on=started
        )
    builders.make_agreement(branch)
    client = client_for(builders.make_user("secretary", branch))
    address = reverse("linkages:agreement-list")
    page = client.get(address, {"content": "activities"})
    found = {label: count for label, count, *_ in page.context["states"]}
    assert found == {
        "草拟": 1, "履行中": 1, "60日内到期": 1, "30日内到期": 2, "沉睡": 0, "已到期": 0, "已终止": 0,
    }  # fmt: skip
    for _, count, query, _ in page.context["states"]:
        assert client.get(f"{address}?{query}").context["matching"] == count
    assert client.get(address, {"idle": "1"}).context["matching"] == 4
    assert client.get(address, {"ends_within": "20"}).context["matching"] == 2
    assert client.get(address, {"partner_kind": "bank"}).context["matching"] == 0
    assert client.get(address, {"partner_kind": "hospital"}).context["matching"] == 5
