"""The frame every page stands in: strict content policy, side bar by permission, saved filters, errors."""

import base64
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.csrf import csrf_failure
from django.views.defaults import page_not_found, permission_denied

from orgs import access
from orgs.models import Enterprise, SavedFilter
from orgs.paging import KeysetPage, keyset_page
from portal.errors import bad_request, server_error
from portal.templatetags.portal_ui import device_name, menu_entries, number, percent, sort_header
from tests.builders import make_enterprise, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SCRIPTS = sorted((settings.BASE_DIR / "static" / "js").glob("*.js"))
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "style attribute": re.compile(r"\sstyle\s*=", re.I),
    "event handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "javascript: address": re.compile(r"javascript:", re.I),
    "foreign host": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.I),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape off", re.I),
}


@pytest.fixture
def top():
    return make_organisation(name="科学城综合党委")


@pytest.fixture
def officer(top):
    return make_user("officer", top, display_name="江枫")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_template_keeps_to_the_content_policy(path):
    text = path.read_text(encoding="utf-8")
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_builds_no_code_from_text(path):
    assert not re.search(r"\beval\(|new Function|insertAdjacentHTML|\.innerHTML\s*=", path.read_text("utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_script_keeps_nothing_in_the_browser(path):
    assert not re.search(r"localStorage|sessionStorage|indexedDB|caches\.open", path.read_text())


def test_every_page_has_a_document_title():
    pages = [path for path in TEMPLATES if '{% extends "base.html" %}' in path.read_text("utf-8")]
    assert pages
    untitled = [path.name for path in pages if "{% block title %}" not in path.read_text("utf-8")]
    assert untitled == []


def test_every_icon_named_in_a_template_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', Path(settings.BASE_DIR, "static/icons.svg").read_text()))
    used = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text("utf-8"))}
    assert used - sprite == set()


@pytest.mark.parametrize("name", ["portal:home", "portal:my-account", "portal:search", "mfa_index"])
def test_pages_carry_the_strict_content_policy(client, officer, name):
    client.force_login(officer)
    response = client.get(reverse(name))
    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == 200
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-store, private"


def test_sign_in_page_carries_the_strict_content_policy(client):
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("auditor", {"工作台", "审计"}),
        ("member", {"工作台"}),
        (
            "leader",
            {
                "工作台", "驾驶舱", "榜单", "考核指数", "报表", "组织", "园区", "企业与覆盖", "覆盖台账", "应建未建", "摸排",
                "走访",
            },
        ),
    ],
)  # fmt: skip
def test_side_bar_shows_what_the_person_may_open(rf, top, role, labels):
    user = make_user(role, top)
    request = rf.get("/")
    entries = menu_entries({"request": request, "section": "home", "may": access.menu(user)})
    assert {entry["label"] for entry in entries} == labels
    assert [entry["label"] for entry in entries if entry["current"]] == ["工作台"]


def test_current_entry_is_marked(client, officer):
    client.force_login(officer)
    assert client.get(reverse("portal:home")).content.decode().count('aria-current="page"') == 1


def test_top_bar_names_organisation_and_role(client, officer):
    client.force_login(officer)
    assert "科学城综合党委 · 党务工作者" in client.get(reverse("portal:home")).content.decode()


# --- Saved filters -------------------------------------------------------------------------------


def save(client, **values):
    data = {"page": "orgs:enterprise-list", "name": "重点", "query": "park=3", "next": "/enterprises/"}
    return client.post(reverse("portal:saved-filter-save"), data | values)


def test_saved_filter_is_kept_and_replaced_by_its_name(client, officer):
    client.force_login(officer)
    response = save(client)
    save(client, query="park=4")
    assert (response.status_code, response.url) == (302, "/enterprises/?park=3")
    assert list(SavedFilter.objects.values_list("user", "page", "name", "query")) == [
        (officer.pk, "orgs:enterprise-list", "重点", "park=4")
    ]


@pytest.mark.parametrize("values", [{"name": " "}, {"query": ""}, {"name": "长" * 41}, {"query": "a" * 1001}])
def test_saved_filter_refuses_what_does_not_fit(client, officer, values):
    client.force_login(officer)
    save(client, **values)
    assert not SavedFilter.objects.exists()


def test_saved_filter_survives_odd_text(client, officer):
    client.force_login(officer)
    assert save(client, name="a\x00b", query="q=\x00").status_code == 302
    assert SavedFilter.objects.get().name == "ab"


def test_saved_filter_never_leaves_the_host(client, officer):
    client.force_login(officer)
    assert save(client, next="https://example.com/").url == reverse("portal:home")


def test_saved_filter_of_somebody_else_cannot_be_deleted(client, officer, top):
    theirs = SavedFilter.objects.create(user=make_user("officer", top), page="p", name="n", query="q=1")
    client.force_login(officer)
    assert client.post(reverse("portal:saved-filter-delete", args=[theirs.pk])).status_code == 404
    assert SavedFilter.objects.filter(pk=theirs.pk).exists()


def test_saved_filter_can_be_deleted_by_its_owner_and_not_by_get(client, officer):
    own = SavedFilter.objects.create(user=officer, page="p", name="n", query="q=1")
    client.force_login(officer)
    url = reverse("portal:saved-filter-delete", args=[own.pk])
    assert client.get(url).status_code == 405
    assert client.post(url, {"next": "/search/"}).url == "/search/"
    assert not SavedFilter.objects.exists()


# --- Places in lists --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["a\x00b", "not a date", 10**30, "甲", True])
@pytest.mark.parametrize("sort", ["name", "employees", "founded"])
def test_forged_place_in_a_list_means_some_page_and_never_an_error(officer, value, sort):
    make_enterprise(employees=3)
    token = base64.urlsafe_b64encode(json.dumps([value, 1]).encode()).decode()
    sorts = {"name": "name", "employees": "employees", "founded": "founded_on"}
    query = QueryDict(f"after={token}&sort={sort}")
    page = keyset_page(Enterprise.objects.visible_to(officer), query, sorts=sorts, default="name")
    assert len(page) <= 1


# --- Tags ----------------------------------------------------------------------------------------


def test_figures_are_written_for_people():
    assert [percent(0.6257), percent(1), percent(0), percent(None)] == ["62.6%", "100.0%", "0.0%", "—"]
    assert [number(9130), number(0), number(None)] == ["9,130", "0", "—"]


@pytest.mark.parametrize(
    ("sort", "expected"), [("name", "-name"), ("-name", "name"), ("code", "name"), ("-code", "name")]
)
def test_sort_header_turns_round_and_keeps_the_filters(rf, sort, expected):
    request = rf.get("/", {"park": "3", "after": "abc", "sort": sort})
    result = sort_header({"request": request}, KeysetPage([], "", "", sort), "name", "企业名称")
    assert result["query"] == f"park=3&sort={expected}"


def test_device_name_is_short():
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    assert device_name(edge) == "Edge · Windows"
    assert device_name("curl/8") == "其他设备"


# --- Errors --------------------------------------------------------------------------------------


def test_missing_page_is_explained_to_both(client, officer):
    assert "没有找到这个页面" in client.get("/nowhere/").content.decode()
    client.force_login(officer)
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "工作台" in response.content.decode()


@pytest.mark.parametrize("address", ["/nowhere/", "/enterprises/999999999/"])
def test_missing_page_is_explained_in_development_too(client, officer, settings, address):
    settings.DEBUG = True
    client.force_login(officer)
    response = client.get(address)
    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def error_request(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_refusal_shows_its_own_sentence(officer):
    request = error_request(officer)
    response = permission_denied(request, PermissionDenied("只有综合党委可以导入园区名单。"))
    assert response.status_code == 403
    assert "只有综合党委可以导入园区名单。" in response.content.decode()
    assert "没有办理此事的权限" in permission_denied(request, PermissionDenied()).content.decode()


def test_other_errors_are_calm_pages(officer):
    request = error_request(officer)
    pages = {
        400: bad_request(request, ValueError("secret detail")),
        404: page_not_found(request, ValueError("secret detail")),
        500: server_error(request),
    }
    for status, response in pages.items():
        assert response.status_code == status
        assert "返回工作台" in response.content.decode()
        assert "secret detail" not in response.content.decode()


def test_expired_form_is_explained(officer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer)
    response = strict.post(reverse("portal:saved-filter-save"))
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()
    assert csrf_failure(error_request(officer)).status_code == 403


def test_token_in_the_header_is_accepted(officer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer)
    page = strict.get(reverse("portal:home")).content.decode()
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)
    response = strict.post(
        reverse("portal:saved-filter-save"),
        {"page": "p", "name": "n", "query": "q=1", "next": "/"},
        headers={"X-CSRFToken": token},
    )
    assert response.status_code == 302
