"""From the button on a site's page to the report and the form, as an officer does it; the worker scans for real."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from privacycenter.demo.people import PASSWORD
from tests.consents.scanned import Answer, Web, banner
from tests.privacycenter.waiting import until
from tests.stack import Stack
from tests.websites import register

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

LONG = "a_name_that_is_longer_than_any_telephone_is_wide_" * 2


@pytest.fixture(scope="module")
def site(stack: Stack) -> Iterator[str]:
    """Its number; a page with a tracker that nobody declared."""
    web = Web("127.0.0.1")
    web.pages["/"] = Answer(banner(), headers={"Set-Cookie": f"{LONG}=1;Max-Age=34560000"})
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        question = "SELECT id::text FROM cookies_site WHERE slug = %s"
        (number,) = connection.execute(question, [register(stack, web.origin)]).fetchone()
    yield number
    web.stop()


@pytest.fixture
def officer(new_page: Open) -> Open:
    def sign_in(**options: object) -> Page:
        page = new_page(**options)
        page.goto("/staff/login/?next=/staff/")
        page.locator("[name=username]").fill("officer@staff.example")
        page.locator("[name=password]").fill(PASSWORD)
        with page.expect_navigation():
            page.locator("[type=submit]").click()
        return page

    return sign_in


def is_over(connection: psycopg.Connection, site: str) -> bool:
    """Asked here and not of the page: to draw it again and again would hold up the scan."""
    question = "SELECT 1 FROM cookies_scan WHERE site_id = %s AND state IN ('done', 'failed')"
    return connection.execute(question, [site]).fetchone() is not None


def test_an_officer_scans_a_site_reads_the_report_on_a_phone_and_declares_what_was_found(
    officer: Open, site: str, stack: Stack
) -> None:
    page = officer(viewport={"width": 360, "height": 800}, color_scheme="dark")
    page.goto(f"/staff/cookies/site/{site}/change/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_navigation():
        page.get_by_role("button", name="Scan http").click()
    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as connection:
        assert until(lambda: is_over(connection, site), 90)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("status")).to_contain_text("not declared, or do")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        # Colours change over a moment where they stand already.
        page.reload()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    with page.expect_navigation():
        page.get_by_role("link", name=f"Declare {LONG}").click()
    expect(page.locator("[name=name]")).to_have_value(LONG)
    expect(page.locator("[name=lifetime]")).to_have_value("P400D")
