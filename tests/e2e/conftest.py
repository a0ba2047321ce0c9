"""A real Chromium for everything in this folder; every test here carries the mark `e2e`."""

import os
from pathlib import Path

import pytest

from tests.services import chromium

# Playwright's synchronous interface runs inside an event loop, which Django would refuse to query from.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    # The sandbox of Chromium needs an ordinary user; containers and CI run as root.
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return browser_type_launch_args | {"executable_path": chromium(), "args": [*sandbox, "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
    }


def watch(page, home):
    """Two lists that fill while `page` is used: addresses asked on other hosts, breaches of the content policy."""
    foreign, breaches = [], []

    def note_request(request):
        if not request.url.startswith((home, "about:", "data:", "blob:")):
            foreign.append(request.url)

    def note_message(message):
        if "Content Security Policy" in message.text:
            breaches.append(message.text)

    page.on("request", note_request)
    page.on("console", note_message)
    return foreign, breaches


@pytest.fixture
def page(page, live_server):
    """A page that fails the test when it asked another host for anything or broke the content policy."""
    foreign, breaches = watch(page, live_server.url)
    yield page
    assert foreign == []
    assert breaches == []
