"""The API against its own OpenAPI document: generated requests, right and wrong, with an officer's token."""

import logging

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from knox.models import AuthToken
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from orgs.api.base import ActThrottle
from tests import access_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Read from the generator: over HTTP the document is for signed-in people, and nobody can be at collection.
schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = get_wsgi_application()


ROWS = {
    "recruitment-cases": "case",
    "absences": "absence",
    "activities": "activity",
    "activity-series": "series",
    "areas": "area",
    "chains": "chain",
    "clusters": "cluster",
    "coverage": "coverage",
    "disposals": "disposal",
    "dues-charges": "dues_charge",
    "dues-payments": "dues_payment",
    "enterprises": "enterprise",
    "import-runs": "run",
    "jobs": "job",
    "leading-units": "leading_unit",
    "members": "member",
    "organisations": "organisation",
    "parks": "park",
    "resolutions": "resolution",
    "public-roles": "public_role",
    "survey-rounds": "round",
    "survey-tasks": "task",
    "transfers": "transfer",
    "visits": "visit",
}


# What other words of an address name: the print that every case has.
WORDS = {"slug": "course"}


class Caller:
    """An officer with a token; `row` is the number of a row that an address can name."""

    def __init__(self, user, keys):
        self.headers = {"Authorization": f"Token {AuthToken.objects.create(user)[1]}"}
        self.keys = keys

    def row(self, path, name) -> str:
        if name in WORDS:
            return WORDS[name]
        return str(self.keys["document" if name == "public_id" else ROWS[path.split("/")[2]]])


@pytest.fixture(scope="module")
def caller(django_db_setup, django_db_blocker):
    """The officer of an area, about rows of that area. Built once; each test takes back what it wrote."""
    signals = (request_started, request_finished)
    for signal in signals:  # requests share the connection, as with Django's own client
        signal.disconnect(close_old_connections)
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(ActThrottle, "THROTTLE_RATES", dict.fromkeys(ActThrottle.THROTTLE_RATES))
        patch.setattr(logging.getLogger("django.request"), "disabled", True)
        world = access_world.build()
        yield Caller(world.users["O"], world.ours.keys)
        transaction.set_rollback(True)
    for signal in signals:
        signal.connect(close_old_connections)


# No document can say whether the row exists that a number names, nor what the register's rules refuse.
BEYOND_A_SCHEMA = [positive_data_acceptance]
FEW = settings(
    max_examples=5, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def loses_a_part(case) -> bool:
    """The client leaves an empty part of a form out, so that what was meant to be wrong goes out right."""
    parts = (
        case.body.values() if case.media_type == "multipart/form-data" and isinstance(case.body, dict) else ()
    )
    return any(part in ("", None, [], {}) for part in parts)


@schema.exclude(path_regex="{").parametrize()
@FEW
def test_the_api_keeps_its_word(case, caller):
    if loses_a_part(case):
        return
    case.call_and_validate(headers=caller.headers, excluded_checks=BEYOND_A_SCHEMA)


@schema.include(path_regex="{").parametrize()
@FEW
def test_the_api_keeps_its_word_about_rows_that_exist(case, caller):
    """Generated numbers rarely hit a row; these do."""
    case.path_parameters = {name: caller.row(case.path, name) for name in case.path_parameters}

    response = case.call_and_validate(
        headers=caller.headers, excluded_checks=[*BEYOND_A_SCHEMA, negative_data_rejection]
    )

    assert response.status_code != 404
