import pytest
from django.test import Client


@pytest.fixture
def client_for(db):
    """A browser in which `user` is signed in: `client_for(user).get(…)`."""

    def sign_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
