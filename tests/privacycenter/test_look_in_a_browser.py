"""The pages that need no account, in a browser: nothing for axe to find, nothing too wide, focus where it belongs."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from privacycenter.servers import chromium
from tests.stack import Stack

pytestmark = pytest.mark.browser

ADDRESSES = [
    "/",
    "/policies/",
    "/cookies/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/none/",
]
# WCAG 1.4.10: a page of 1280 pixels at 400 %.
NARROWEST = 320


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser says on its console, such as that a policy forbade a style."""
    return []


@pytest.fixture
def page(browser: Browser, stack: Stack, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=stack.base_url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing(address: str, scheme: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_cut_off_on_the_narrowest_screen(address: str, page: Page) -> None:
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST


@pytest.mark.parametrize("address", ADDRESSES[:-1])
def test_the_browser_has_nothing_to_complain_about(address: str, page: Page, complaints: list[str]) -> None:
    page.goto(address)
    assert complaints == []


def test_the_keyboard_meets_the_skip_link_first_and_sees_where_it_is(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_errors_take_the_focus_and_lead_to_their_field(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.fill("[name=email]", "new@example.org")
    page.fill("[name=password1]", "short")
    page.click("main button[type=submit]")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.click(".error-summary a")
    assert page.evaluate("document.activeElement.name") == "password1"


def test_controls_are_large_enough_for_a_finger(page: Page) -> None:
    page.goto("/accounts/login/")
    for control in page.locator("main button, main input:visible").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= (24 if control.get_attribute("type") == "checkbox" else 44) - 2


def test_a_page_turns_for_a_script_that_is_read_from_the_right(page: Page) -> None:
    page.goto("/")
    before = page.locator(".brand").bounding_box()
    page.evaluate("document.documentElement.dir = 'rtl'")
    after = page.locator(".brand").bounding_box()
    assert before
    assert after
    assert before["x"] < 640 < after["x"] + after["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
