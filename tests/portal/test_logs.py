"""What the log says of a request and of a failure, and what it must never say."""

import io
import json
import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from redis.exceptions import ConnectionError as RedisConnectionError

from portal import errors
from portal.logs import HIDDEN, JsonFormatter, LineFormatter, masked
from tests import builders

pytestmark = pytest.mark.django_db
NUMBER = builders.identity_number(31)
MOBILE = "19900007777"


def fail(request):
    """As a view that puts what was typed into its exception, and into one behind it."""
    try:
        raise KeyError(request.POST["identity"])
    except KeyError as error:
        raise ValueError(f"no such person: {request.POST['mobile']}") from error


def refuse(request, number):
    raise ValidationError(f"unexpected: {number}")


def lose_database(request, *args, **kwargs):
    raise OperationalError("connection refused: secret-host")


def lose_redis(request):
    raise RedisConnectionError("secret-host")


def note(request):
    request.session["noted"] = True
    return HttpResponse()


def sign_out_elsewhere(request):
    Session.objects.all().delete()
    return note(request)


def dawdle(request):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(1)")
    return HttpResponse()


urlpatterns = [
    path("fail/", fail, name="fail"),
    path("refuse/<str:number>/", refuse, name="refuse"),
    path("lose-database/", lose_database),
    path("lose-redis/", lose_redis),
    path("api/lose-database/", lose_database),
    path("dawdle/", dawdle),
    path("note/", note),
    path("sign-out-elsewhere/", sign_out_elsewhere),
    path("", include("portal.urls")),
]
handler400 = "portal.errors.bad_request"
handler500 = "portal.errors.server_error"


@pytest.fixture(params=[LineFormatter, JsonFormatter])
def log(request):
    """All that is logged, as the handler of the settings would write it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(request.param())
    requests, root = logging.getLogger("portal.request"), logging.getLogger()
    before = requests.level
    requests.setLevel(logging.INFO)
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)
    requests.setLevel(before)


@pytest.fixture
def visitor(settings):
    settings.ROOT_URLCONF = __name__
    visitor = Client(raise_request_exception=False)
    visitor.force_login(builders.make_user("officer", builders.make_organisation()))
    return visitor


def test_numbers_that_were_typed_never_reach_the_log(log, visitor):
    failed = visitor.post("/fail/", {"identity": NUMBER, "mobile": MOBILE})
    visitor.get(f"/refuse/{NUMBER}/")
    visitor.get(f"/no-such-page/{MOBILE}/")
    visitor.post(reverse("members:member-lookup"), {"number": NUMBER})
    logging.getLogger("any").warning("%s and %s", NUMBER, {"mobile": MOBILE})

    assert failed.status_code == 500
    text = log.getvalue()
    assert "ValueError: no such person: " in text
    assert text.count(HIDDEN) >= 6
    for number in (NUMBER, NUMBER[:17], MOBILE):
        assert number not in text
        assert number not in failed.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f"x{NUMBER}y",
        f"身份证{NUMBER[:17]}x。",
        "１９９０００１２３４５",
        MOBILE,
        "199-0000-7777",
        "199 0000 7777",
        f"tel:{MOBILE},",
    ],
)
def test_masked_wherever_it_stands(text):
    assert HIDDEN in masked(text)
    assert not re.search(r"\d{5}", masked(text))


@pytest.mark.parametrize(
    "text", ["91310000MA1FL0000X", "1764230400123", "20261127161600123456", "a1f0990000", "1234567890"]
)
def test_other_numbers_stay(text):
    assert masked(text) == text


def test_a_message_cannot_pass_for_another_line():
    record = logging.makeLogRecord({"msg": "%s", "args": ("a\n2026-01-01 INFO root forged\r\x1b[2J",)})

    assert len(LineFormatter().format(record).splitlines()) == 1
    assert "\\n2026-01-01 INFO root forged\\r\\x1b[2J" in LineFormatter().format(record)
    assert json.loads(JsonFormatter().format(record))["message"].endswith("\x1b[2J")
    assert len(JsonFormatter().format(record).splitlines()) == 1


@pytest.mark.parametrize("log", [JsonFormatter], indirect=True)
def test_each_request_has_a_line_with_route_and_account_but_without_its_address(log, visitor):
    enterprise = builders.make_enterprise()
    user = visitor.session["_auth_user_id"]
    answer = visitor.get(reverse("orgs:enterprise", args=[enterprise.pk]), {"q": "王某某"})
    Client().get("/livez")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    first, second = (line for line in lines if line["logger"] == "portal.request")
    assert {name: first[name] for name in ("method", "route", "status", "user")} == {
        "method": "GET", "route": "orgs:enterprise", "status": answer.status_code, "user": int(user)
    }  # fmt: skip
    assert first["request"] == answer["X-Request-ID"]
    assert first["ms"] >= 0
    assert (second["route"], second["user"], second["status"]) == ("portal:livez", None, 200)
    assert "王某某" not in log.getvalue()


@pytest.mark.parametrize("log", [JsonFormatter], indirect=True)
def test_the_number_on_the_error_page_leads_to_the_line(log, visitor):
    page = visitor.post("/fail/", {"identity": NUMBER, "mobile": MOBILE})

    number = re.search(r"编号 ([0-9a-f]{16})", page.content.decode())[1]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {"django.request", "portal.request"} <= {
        line["logger"] for line in lines if line["request"] == number
    }
    assert "exception" in next(line for line in lines if line["logger"] == "django.request")


@pytest.mark.parametrize("address", ["/lose-database/", "/lose-redis/", "/api/lose-database/"])
def test_a_part_that_is_away_is_said_honestly(visitor, address):
    answer = visitor.get(address)

    text = answer.content.decode()
    assert answer.status_code == 503
    assert answer["Retry-After"] == str(errors.RETRY_SECONDS)
    assert (answer.json()["detail"] if address.startswith("/api/") else text).count(errors.UNAVAILABLE) == 1
    assert "secret-host" not in text


def test_a_session_that_could_not_be_written_is_no_bad_request(visitor, monkeypatch):
    monkeypatch.setattr(Session, "save", lose_database)

    answer = visitor.get("/note/")

    assert answer.status_code == 503
    assert errors.UNAVAILABLE in answer.content.decode()


def test_a_session_that_ended_elsewhere_is_one(visitor):
    answer = visitor.get("/sign-out-elsewhere/")

    assert answer.status_code == 400
    assert "请求有误" in answer.content.decode()


def test_a_statement_that_takes_too_long_is_given_up(visitor):
    if connection.vendor != "postgresql":
        return  # SQLite has no such limit
    answer = visitor.get("/dawdle/")
    assert answer.status_code == 503
    assert errors.TOO_LONG in answer.content.decode()
