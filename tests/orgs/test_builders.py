import pytest

from orgs.identifiers import credit_code_fault
from orgs.models import Affiliation, Enterprise, Organisation
from tests import builders

pytestmark = pytest.mark.django_db


def test_tree_and_formal_line_agree():
    top = builders.make_organisation()
    committee = builders.make_organisation(top, kind="committee")
    branches = [builders.make_organisation(committee) for _ in range(3)]
    assert Organisation.objects.find_problems() == ([], [], [], [], [])
    superiors = Affiliation.objects.current().values_list("organisation", "superior")
    assert dict(superiors) == {committee.pk: top.pk, **{b.pk: committee.pk for b in branches}}


def test_enterprise_is_seen_by_those_who_cover_it():
    top = builders.make_organisation()
    branch, other = builders.make_organisation(top), builders.make_organisation(top)
    enterprise = builders.make_enterprise()
    builders.cover(enterprise, branch)
    assert credit_code_fault(enterprise.credit_code) == ""
    seen = Enterprise.objects.visible_to(builders.make_user("secretary", branch))
    unseen = Enterprise.objects.visible_to(builders.make_user("secretary", other))
    assert (list(seen), list(unseen)) == ([enterprise], [])
