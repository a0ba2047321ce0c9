"""Agreements: who may draw one up, what signing freezes, what the page shows to both parties, at the boundaries."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from linkages.actions import agreements as actions
from linkages.actions import partners
from linkages.models import Agreement, AgreementEntry, Party
from orgs.models import AuditEvent, User
from tests import builders

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def top():
    return builders.make_organisation()


@pytest.fixture
def branch(top):
    return builders.make_organisation(top)


@pytest.fixture
def by():
    return User.objects.system()


def refused(call, **values):
    with pytest.raises(ValidationError) as error:
        call(**values)
    return error.value


def sides(agreement):
    return [
        {
            "organisation": party.organisation,
            "partner": party.partner,
            "leader_name": party.leader_name,
            "liaison_name": party.liaison_name,
        }
        for party in agreement.parties.all()
    ]


# --- Parties and term ----------------------------------------------------------------------------------


def test_one_party_alone_is_no_agreement(branch):
    with pytest.raises(ValidationError, match="至少有两方"):
        actions.draft_agreement(
            organisation=branch,
            values={"title": "共建", "starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 1, 1)},
            parties=[{"organisation": branch}],
            contents=["activities"],
            by=User.objects.system(),
        )


def test_each_party_once_and_the_drafter_among_them(branch, top):
    partner = builders.make_partner(top)
    with pytest.raises(ValidationError, match="只能填写一次"):
        builders.make_agreement(branch, partner, partner)
    other = builders.make_organisation(top)
    agreement = builders.make_agreement(branch, partner)
    with pytest.raises(ValidationError, match="须是协议一方"):
        actions.draft_agreement(
            organisation=other, values={"title": "x"}, parties=sides(agreement), contents=["talent"],
            by=User.objects.system(),
        )  # fmt: skip


def test_a_foreign_register_offers_no_parties(branch):
    stranger = builders.make_organisation()
    with pytest.raises(ValidationError, match="不在同一顶层组织"):
        builders.make_agreement(branch, stranger)
    with pytest.raises(ValidationError, match="名录"):
        builders.make_agreement(branch, builders.make_partner(stranger))


def test_the_database_refuses_a_party_that_is_both_or_nothing(branch):
    agreement = builders.make_agreement(branch)
    partner = builders.make_partner(branch)
    for values in ({}, {"organisation": builders.make_organisation(), "partner": partner}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Party.objects.create(agreement=agreement, **values)


@pytest.mark.parametrize(
    ("ends_on", "fits"),
    [
        (dt.date(2026, 1, 1), False),
        (dt.date(2026, 1, 2), True),
        (dt.date(2029, 1, 1), True),
        (dt.date(2029, 1, 2), False),
    ],
)
def test_the_term_is_positive_and_beyond_three_years_confirmed(branch, ends_on, fits):
    if fits:
        assert builders.make_agreement(branch, ends_on=ends_on).ends_on == ends_on
        return
    with pytest.raises(ValidationError):
        builders.make_agreement(branch, ends_on=ends_on)


def test_a_long_term_passes_once_it_is_confirmed(branch, by):
    agreement = builders.make_agreement(branch)
    values = {
        "agreement": agreement,
        "values": {"ends_on": dt.date(2031, 1, 1)},
        "parties": sides(agreement),
        "contents": ["talent"],
        "by": by,
    }
    assert "long_term_confirmed" in refused(actions.change_agreement, **values).message_dict
    actions.change_agreement(**values, long_term_confirmed=True)
    assert agreement.ends_on == dt.date(2031, 1, 1)


# --- Signing, amending, ending -------------------------------------------------------------------------


def test_signing_freezes_and_amendments_are_lines(branch, by):
    agreement = builders.make_agreement(branch)
    today = timezone.localdate()
    assert "on" in refused(actions.sign_agreement, agreement=agreement, on=today + DAY, by=by).message_dict
    actions.sign_agreement(agreement=agreement, on=today, by=by)
    error = refused(
        actions.change_agreement,
        agreement=agreement,
        values={"ends_on": dt.date(2026, 6, 1)},
        parties=sides(agreement),
        contents=["talent"],
        by=by,
    )
    assert "补充约定" in error.messages[0]
    actions.amend_agreement(agreement=agreement, on=today, text="增加一次联合招聘", by=by)
    entry = agreement.entries.latest("pk")
    assert (entry.act, entry.note) == ("amended", f"{today}：增加一次联合招聘")
    with pytest.raises(TypeError):
        AgreementEntry.objects.filter(pk=entry.pk).update(note="")
    assert not AuditEvent.objects.filter(detail__icontains="联合招聘").exists()


def test_who_leads_is_known_before_signing(branch, by):
    agreement = builders.make_agreement(branch, leader_name="")
    error = refused(actions.sign_agreement, agreement=agreement, on=timezone.localdate(), by=by)
    assert "负责人和联络员" in error.messages[0]


def test_it_ends_once_within_its_term_and_for_a_reason(branch, by):
    signed = dt.date(2026, 1, 5)
    agreement = builders.make_agreement(branch, signed_on=signed)
    end = actions.end_agreement
    assert "reason" in refused(end, agreement=agreement, on=signed, reason=" ", by=by).message_dict
    assert "on" in refused(end, agreement=agreement, on=signed - DAY, reason="搬迁", by=by).message_dict
    end(agreement=agreement, on=signed, reason="搬迁", by=by)
    assert "终止" in refused(end, agreement=agreement, on=signed, reason="搬迁", by=by).messages[0]
    assert (
        "终止"
        in refused(actions.amend_agreement, agreement=agreement, on=signed, text="x", by=by).messages[0]
    )


def test_an_agreement_is_renewed_once(branch, by):
    agreement = builders.make_agreement(branch)
    values = {
        "organisation": branch,
        "values": {"title": "续签", "starts_on": dt.date(2028, 1, 1), "ends_on": dt.date(2029, 1, 1)},
        "parties": sides(agreement),
        "contents": ["talent"],
        "predecessor": agreement,
        "by": by,
    }
    assert "草拟" in refused(actions.draft_agreement, **values).messages[0]
    actions.sign_agreement(agreement=agreement, on=timezone.localdate(), by=by)
    renewed = actions.draft_agreement(**values)
    assert (renewed.predecessor, agreement.entries.latest("pk").act) == (agreement, "renewed")
    assert "已有续签" in refused(actions.draft_agreement, **values).messages[0]


def test_a_year_is_evaluated_once_and_only_if_it_ran(branch, by):
    agreement = builders.make_agreement(branch, signed_on=dt.date(2026, 1, 5))
    values = {"agreement": agreement, "grade": "good", "words": "按期联席", "by": by}
    assert "year" in refused(actions.evaluate_agreement, year=2025, **values).message_dict
    assert (
        "year"
        in refused(actions.evaluate_agreement, year=timezone.localdate().year + 1, **values).message_dict
    )
    actions.evaluate_agreement(year=2026, **values)
    assert "year" in refused(actions.evaluate_agreement, year=2026, **values).message_dict


def test_what_somebody_else_changed_is_not_overwritten(branch, by):
    agreement = builders.make_agreement(branch)
    seen = agreement.updated_at
    values = {"parties": sides(agreement), "contents": ["talent"], "by": by}
    actions.change_agreement(agreement=agreement, values={"title": "甲"}, seen_at=seen, **values)
    error = refused(
        actions.change_agreement, agreement=agreement, values={"title": "乙"}, seen_at=seen, **values
    )
    assert "已被他人修改" in error.messages[0]


# --- Partner units -------------------------------------------------------------------------------------


def test_a_unit_is_entered_once_renamed_and_merged(branch, top, by):
    partner = builders.make_partner(top, name="East Hospital")
    with pytest.raises(ValidationError, match="已有共建单位"):
        builders.make_partner(branch, name="EAST hospital ")
    twin = builders.make_partner(top, name="东方医院")
    agreement = builders.make_agreement(branch, twin)
    partners.merge_partner(partner=twin, into=partner, by=by)
    assert agreement.parties.get(organisation=None).partner == partner
    assert "并入" in refused(partners.change_partner, partner=twin, values={"name": "x"}, by=by).messages[0]
    with pytest.raises(ValidationError, match="已并入"):
        builders.make_agreement(branch, twin)
    partners.change_partner(partner=partner, values={"name": "东方医院"}, by=by)


def test_both_sides_of_one_agreement_are_not_the_same_unit(branch, top, by):
    one, two = builders.make_partner(top), builders.make_partner(top)
    builders.make_agreement(branch, one, two)
    assert "into" in refused(partners.merge_partner, partner=one, into=two, by=by).message_dict


def test_a_wrong_credit_code_is_refused(top):
    with pytest.raises(ValidationError, match="信用代码不正确"):
        builders.make_partner(top, credit_code=builders.credit_code()[:-1] + "-")


# --- Pages ---------------------------------------------------------------------------------------------


def test_both_parties_see_the_same_page_and_others_nothing(client_for, top):
    one, two, third = (builders.make_organisation(top) for _ in range(3))
    agreement = builders.make_agreement(one, two, signed_on=dt.date(2026, 1, 5), title="两支部共建")
    address = reverse("linkages:agreement", args=[agreement.pk])
    for branch, status in ((one, 200), (two, 200), (third, 404)):
        client = client_for(builders.make_user("secretary", branch))
        response = client.get(address)
        assert response.status_code == status
        listed = "两支部共建" in client.get(reverse("linkages:agreement-list")).content.decode()
        assert listed == (status == 200)
        ended = client.post(
            reverse("linkages:agreement-amend", args=[agreement.pk]), {"on": "2026-02-01", "text": "补充"}
        )
        assert ended.status_code == (302 if status == 200 else 404)
    leader = client_for(builders.make_user("leader", two))
    assert leader.get(address).status_code == 200
    assert leader.post(reverse("linkages:agreement-sign", args=[agreement.pk])).status_code == 403


def posted(branch, partner, **more):
    return {
        "organisation": branch.code,
        "title": "新协议",
        "contents": ["talent", "activities"],
        "starts_on": "2026-01-01",
        "ends_on": "2027-01-01",
        "activities_per_year": "4",
        "party-0-inside": branch.name,
        "party-0-leader_name": "甲",
        "party-0-liaison_name": "乙",
        "party-1-partner": partner.name,
        "party-1-leader_name": "丙",
        "party-1-liaison_name": "丁",
        "party-1-items_per_year": "1",
        **more,
    }


def test_a_secretary_drafts_edits_signs_and_renews_in_the_browser(client_for, branch, top):
    client = client_for(builders.make_user("secretary", branch))
    partner = builders.make_partner(top)
    bad = client.post(reverse("linkages:agreement-new"), posted(branch, partner, **{"party-1-partner": ""}))
    assert "请填写这一方的单位" in bad.content.decode()
    client.post(reverse("linkages:agreement-new"), posted(branch, partner))
    agreement = Agreement.objects.get()
    assert [str(party) for party in agreement.parties.all()] == [branch.name, partner.name]
    edit = reverse("linkages:agreement-edit", args=[agreement.pk])
    page = client.get(edit).content.decode()
    assert partner.name in page
    client.post(edit, posted(branch, partner, title="改名", seen_at=agreement.updated_at.isoformat()))
    agreement.refresh_from_db()
    assert agreement.title == "改名"
    client.post(reverse("linkages:agreement-sign", args=[agreement.pk]), {"on": "2026-01-04"})
    assert client.get(edit).status_code == 302
    renew = reverse("linkages:agreement-renew", args=[agreement.pk])
    assert "2027-01-01" in client.get(renew).content.decode()
    client.post(renew, posted(branch, partner, starts_on="2027-01-02", ends_on="2028-01-01"))
    assert Agreement.objects.get(predecessor=agreement).title == "新协议"


def test_a_secretary_drafts_only_for_their_own(client_for, branch, top):
    other = builders.make_organisation(top)
    client = client_for(builders.make_user("secretary", branch))
    data = posted(other, builders.make_partner(top))
    assert "找不到党组织" in client.post(reverse("linkages:agreement-new"), data).content.decode()
    assert not Agreement.objects.exists()
