"""The guard behind the `page` fixture sees what it is there to see."""

from .conftest import watch


def test_watch_notes_a_request_to_another_host(context, live_server):
    page = context.new_page()
    foreign, _ = watch(page, live_server.url)

    page.set_content('<img src="http://localhost:1/logo.png">')

    assert foreign == ["http://localhost:1/logo.png"]


def test_watch_notes_a_breach_of_the_content_policy(context, live_server):
    page = context.new_page()
    _, breaches = watch(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/login/")

    with page.expect_console_message():
        page.evaluate("document.body.setAttribute('onclick', 'alert(1)')")

    assert len(breaches) == 1
    assert "script-src" in breaches[0]
