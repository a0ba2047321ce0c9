"""Every address as every role, against planted rows of another area.

What is demanded of each route stands in `tests/access_table.py`; a route that is not there fails here. A row of
another area is not found, nothing that is read tells of it, and requests that read or are refused change nothing.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from functools import partial

import pytest
from celery import current_app
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.client import Client, ClientHandler
from django.urls import URLResolver, get_resolver, reverse

from orgs import middleware
from orgs.api.base import ActThrottle
from portal import urls
from tests import access_world
from tests.access_routes import Route
from tests.access_table import ROUTES, TASKS

pytestmark = pytest.mark.django_db
REFUSED = (401, 403, 404, 405)
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
# Views of Django and allauth answer an unknown method with their form.
LENIENT = ("account_", "mfa_", "usersessions_", "orgs:invitation", "api:nothing")
# Written by looking: who is signed in where, and that somebody was refused.
BOOKKEEPING = {"Session", "UserSession", "AuditEvent"}


# --- The world, once -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Built once and rolled back at the end; nothing is ever committed, so nothing reaches a queue."""
    limits = pytest.MonkeyPatch()
    limits.setattr(ActThrottle, "THROTTLE_RATES", dict.fromkeys(ActThrottle.THROTTLE_RATES))
    # Thousands of refusals: none is logged with its traceback or laid out as a page; tests/e2e/test_pages.py looks at those.
    limits.setattr(logging.getLogger("django.request"), "disabled", True)
    limits.setattr(urls, "handler403", partial(refusal, 403), raising=False)
    limits.setattr(middleware, "page_not_found", partial(refusal, 404))
    with django_db_blocker.unblock(), transaction.atomic():
        yield access_world.build()
        transaction.set_rollback(True)
    limits.undo()


def refusal(status, request, exception):
    return HttpResponse(str(exception), status=status)


class Browser:
    """Asks as one person. Without the test client's copies of every template context: there are thousands of pages."""

    handler = ClientHandler(enforce_csrf_checks=False)
    factory = RequestFactory()

    def __init__(self, user=None):
        self.cookies = {}
        if user is not None:
            client = Client()
            client.force_login(user)
            client.get(reverse("portal:my-account"))
            self.cookies = {key: morsel.value for key, morsel in client.cookies.items()}

    def ask(self, method, url, data=None, **extra):
        if url.startswith("/api/") and method != "GET":
            extra["content_type"] = "application/json"
        environ = self.factory.generic(method, url, data or "", **extra).environ
        environ["HTTP_COOKIE"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        response = self.handler(environ)
        response.text_of_it = text_of(response)
        return response


def text_of(response) -> str:
    """What a person could read in the answer; workbooks are unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(body))
        body = b"".join(archive.read(name) for name in archive.namelist())
    return body.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def browsers(world) -> dict[str, Browser]:
    """By letter; "-" is nobody."""
    return {"-": Browser()} | {letter: Browser(user) for letter, user in world.users.items()}


def contents() -> dict[str, list]:
    """Every row of every table that a request could change."""
    return {
        model.__name__: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__name__ not in BOOKKEEPING
    }


# --- The demands ---------------------------------------------------------------------------------------


def demanded(route: Route, right: str, letter: str) -> int:
    """200 stands for any answer that is no refusal."""
    if letter == "-":
        return 200 if route.open else 401
    if right == "?":
        return 404
    letter = {"B": "O"}.get(letter, letter)  # the officer of the other area, about rows of their own
    may, _, sees = right.rstrip("!").partition("/")
    if letter in may:
        return 200
    return 403 if letter in sees or right.endswith("!") or not route.has_row else 404


def demanded_of_foreign(route: Route, right: str, letter: str) -> int:
    """Not found, unless the right to the whole page is missing anyway."""
    if letter == "-" or route.shared or (right.endswith("!") and demanded(route, right, letter) == 403):
        return demanded(route, right, letter)
    return 404


def fits(response, wanted: int) -> bool:
    status = response.status_code
    if wanted == 200:
        return status < 500 and status not in REFUSED
    if wanted == 401:
        return status == 401 or (status == 302 and "/login/" in response.headers["Location"])
    return status == wanted


WALK = [
    (name, route, method, right) for name, route in ROUTES.items() for method, right in route.methods.items()
]


# --- The walk ------------------------------------------------------------------------------------------


# What the officer does not see: the trail is the auditor's, what is sent to other systems and the account of a screen the
# administrator's.
OF_OTHERS = {"U": {"甲东审计对象"}, "A": {"甲东推送", "甲东机器人", "甲东账号screen"}}
# Whose rows are found is asked of each engine for the roles that see most; the others are refused before any query.
ON_EVERY_ENGINE = "OSBT"


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(letter, marks=() if letter in ON_EVERY_ENGINE else pytest.mark.once)
        for letter in ("-", *access_world.ROLES)
    ],
)
def test_walk(world, browsers, letter):
    """All routes as one role: first whatever must not change anything, then the acts, each taken back.

    Of a foreign row whose like is refused at home already, the first method is asked, not every one.
    """
    browser, side = browsers[letter], world.side_of(letter)
    other = world.ours if side is world.theirs else world.theirs
    hidden = set() if letter in "TP" else other.marks
    # One look through a page for all that it must not tell takes half as long as one for each.
    forbidden = hidden | secrets(world)
    leak = re.compile("|".join(map(re.escape, sorted(forbidden))))
    before, faults, acts, shown = contents(), [], [], set()

    def look(name, route, method, keys, wanted, whose):
        response = browser.ask(method, route.address(name, keys))
        if not fits(response, wanted):
            faults.append(f"{method} {name} ({whose}): {response.status_code}, demanded {wanted}")
        shown.update(mark for mark in side.marks - shown if mark in response.text_of_it)
        if leak.search(response.text_of_it):
            told = sorted(mark for mark in forbidden if mark in response.text_of_it)
            faults.append(f"{method} {name} ({whose}) tells of {told}")

    for name, route, method, right in WALK:
        wanted = demanded(route, right, letter)
        if method == "GET" or wanted != 200:
            look(name, route, method, side.keys, wanted, "own")
        else:
            acts.append((name, route, method))
        if route.has_row and letter not in "TP" and (wanted == 200 or method == next(iter(route.methods))):
            look(name, route, method, other.keys, demanded_of_foreign(route, right, letter), "foreign")
    assert contents() == before
    for name, route, method in acts:
        with transaction.atomic():
            look(name, route, method, side.keys, 200, "own")
            transaction.set_rollback(True)
    assert faults == []
    if letter == "O":
        # What must not leak does show where it may: a text that nobody ever sees would prove nothing.
        assert side.marks - secrets(world) - shown == set().union(*OF_OTHERS.values())
    if letter in OF_OTHERS:
        assert OF_OTHERS[letter] <= shown


def secrets(world):
    """Whole telephone and identity numbers: masked for everybody until somebody states a purpose."""
    marks = world.ours.marks | world.theirs.marks
    return {mark for mark in marks if mark.startswith(("1990000", "9999"))}


# --- Nothing is left out -------------------------------------------------------------------------------


def routes(patterns, namespaces=()) -> Iterator[tuple[str, object]]:
    """(name, view) of every address but the admin's."""
    for pattern in patterns:
        if not isinstance(pattern, URLResolver):
            yield ":".join([*namespaces, pattern.name or str(pattern.pattern)]), pattern.callback
        elif pattern.namespace != "admin":
            yield from routes(pattern.url_patterns, (*namespaces, *filter(None, [pattern.namespace])))


VIEWS = dict(routes(get_resolver().url_patterns))


def test_every_route_is_in_the_table():
    missing, gone = sorted(set(VIEWS) - set(ROUTES)), sorted(set(ROUTES) - set(VIEWS))
    assert not missing, f"Add to tests/access_table.py who may do what at: {missing}"
    assert not gone, f"Take out of tests/access_table.py: {gone}"


def test_every_action_of_the_api_is_in_the_table():
    for name, view in VIEWS.items():
        if actions := getattr(view, "actions", None):
            said = {method.lower() for method in ROUTES[name].methods}
            assert set(actions) - {"head"} == said, f"Correct the methods of {name} in tests/access_table.py"


def test_methods_not_in_the_table_are_not_allowed(world, browsers):
    """Asked by whoever may most at the place, so that 405 cannot hide behind 403."""
    faults = []
    for name, route in ROUTES.items():
        if name.startswith(LENIENT):
            continue
        first = next(iter(route.methods.values()))[0]
        for method in METHODS:
            if method in route.methods:
                continue
            with transaction.atomic():
                response = browsers[first].ask(method, route.address(name, world.ours.keys))
                transaction.set_rollback(True)
            if response.status_code != 405:
                faults.append(f"{method} {name}: {response.status_code}")
    assert faults == []


def test_every_task_is_in_the_table():
    current_app.loader.import_default_modules()
    own = {name for name in current_app.tasks if not name.startswith("celery.")}

    assert own == set(TASKS), "Say in tests/access_table.py on whose behalf each task works"


def test_the_admin_is_for_staff(world, browsers):
    pages = [reverse("admin:index")]
    pages += [
        reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry
    ]

    answers = {
        (letter, page, browser.ask("GET", page).status_code)
        for letter, browser in browsers.items()
        for page in pages
    }

    assert {status for _, _, status in answers} == {302}


# --- What leaves as a file -----------------------------------------------------------------------------

EXPORTS = {
    "orgs:enterprise-export": "file_format=csv&purpose=月度核对",
    "orgs:coverage-export": "file_format=csv&purpose=月度核对",
    "orgs:visit-export": "file_format=csv&purpose=月度核对",
    "orgs:visit-task-export": "file_format=csv&purpose=月度核对",
    "members:member-export": "file_format=csv&purpose=月度核对",
    "members:recruiting-export": "file_format=csv&purpose=月度核对",
    "members:dues-export": "file_format=csv&purpose=月度核对",
    "members:leading-export": "file_format=csv&purpose=月度核对",
    "members:role-export": "file_format=csv&purpose=月度核对",
}


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("letter", "OB")
def test_an_export_holds_the_own_area_only(world, browsers, name, letter):
    side = world.side_of(letter)
    other = world.ours if side is world.theirs else world.theirs

    response = browsers[letter].ask(
        "POST", reverse(name), EXPORTS[name], content_type="application/x-www-form-urlencoded"
    )

    assert response.headers["Content-Disposition"].startswith("attachment")
    assert any(mark in response.text_of_it for mark in side.marks)
    assert not [mark for mark in other.marks | secrets(world) if mark in response.text_of_it]


def test_the_error_workbook_holds_the_own_rows_only(world, browsers):
    response = browsers["O"].ask("GET", reverse("imports:run-errors", args=[world.ours.keys["run"]]))

    assert "甲东名单中的企业" in response.text_of_it
    assert not [mark for mark in world.theirs.marks if mark in response.text_of_it]
