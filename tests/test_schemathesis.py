"""The API against its own OpenAPI document: generated requests, right and wrong, with an officer's token."""

import logging
import re

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
from tests.access_table import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# Read from the generator: over HTTP the document is for signed-in people, and nobody can be at collection.
schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = get_wsgi_application()


class Caller:
    """An officer with a token, and the rows that the access walk asks each address about."""

    def __init__(self, user, keys):
        self.headers = {"Authorization": f"Token {AuthToken.objects.create(user)[1]}"}
        self.ended: set[str] = set()
        self.addresses = [
            route.address(name, keys)
            for name, route in ROUTES.items()
            if name.startswith("api:") and route.names
        ]

    def words_of(self, path) -> dict[str, str]:
        """What the address names at each of the places that `path` has for it."""
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)
        found = (re.fullmatch(pattern, address) for address in self.addresses)
        return next(match.groupdict() for match in found if match)


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
    case.path_parameters = caller.words_of(case.path)

    response = case.call_and_validate(
        headers=caller.headers, excluded_checks=[*BEYOND_A_SCHEMA, negative_data_rejection]
    )

    if response.status_code == 204:  # what a sign-up withdrawn leaves is not found again
        caller.ended.add(case.path)
    assert response.status_code != 404 or case.path in caller.ended
