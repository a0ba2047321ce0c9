"""A Redis that takes connections and never answers: whoever waits for it is told so. Without a limit the test would not end.

Collected with Redis alone (conftest.py).
"""

import socket

import pytest
from django.test import Client
from knox.models import AuthToken

from portal.errors import UNAVAILABLE
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanging_cache(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": address}}
        yield


def test_a_cache_that_hangs_is_given_up_and_said_honestly(hanging_cache):
    _, token = AuthToken.objects.create(builders.make_user("secretary", builders.make_organisation()))
    client = Client(raise_request_exception=False, headers={"Authorization": f"Token {token}"})

    answer = client.post("/api/activities/", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["detail"]) == (503, UNAVAILABLE)
