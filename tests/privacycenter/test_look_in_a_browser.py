"""The pages that need no account, in a browser: nothing for axe to find, nothing too wide, focus where it belongs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, Route, expect

from tests.stack import Stack

pytestmark = pytest.mark.browser

ADDRESSES = [
    "/",
    "/policies/",
    "/cookies/",
    "/verify/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/none/",
]
# WCAG 1.4.10: a page of 1280 pixels at 400 %.
NARROWEST = 320


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


def test_the_keyboard_meets_the_banner_first_and_then_the_skip_link(page: Page) -> None:
    page.goto("/")
    for met in ("accept-all", "reject-all", "choose"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.dataset.pcAction") == met
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_the_keyboard_meets_the_skip_link_first_and_sees_where_it_is(page: Page) -> None:
    page.goto("/")
    with page.expect_navigation():
        page.get_by_role("button", name="Refuse all").click()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    assert page.locator(".skip").bounding_box()["y"] >= 0
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


def progress_page(every: str, sentence: str) -> str:
    return f"""<!doctype html><html lang="en"><title>Work</title><main><div data-progress {every}>
        <p role="status" data-part="sentence">{sentence}</p>
        <p data-part="again"><a href="#">Check again</a></p></div></main>
        <script type="module" src="/static/js/progress.js"></script>"""


def serve_progress(page: Page, answers: list[str]) -> list[str]:
    """One answer after the other at /busy/, the last one for ever; what was asked for comes back."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=answers[min(len(asked), len(answers)) - 1], content_type="text/html")

    page.route("**/busy/", answer)
    # The real file, past the manifest that gives it another name.
    script = (Path(settings.BASE_DIR) / "static/js/progress.js").read_text(encoding="utf-8")
    page.route("**/progress.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    return asked


def test_running_work_is_followed_until_it_is_done_without_moving_focus(page: Page) -> None:
    running, done = 'data-every="4"', ""
    pages = [progress_page(running, "0 of 2"), progress_page(running, "1 of 2"), progress_page(done, "2 of 2")]
    asked = serve_progress(page, pages)
    page.clock.install()
    page.goto("/busy/")
    page.focus("text=Check again")
    for sentence in ("1 of 2", "2 of 2"):
        page.clock.run_for(4_000)
        expect(page.get_by_role("status")).to_have_text(sentence)
    assert page.evaluate("document.activeElement.textContent") == "Check again"
    page.clock.run_for(60_000)
    assert len(asked) == len(pages)


def test_work_is_not_followed_while_nobody_looks(page: Page) -> None:
    asked = serve_progress(page, [progress_page('data-every="4"', "0 of 2"), progress_page("", "2 of 2")])
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => window.away ?? true})")
    page.clock.install()
    page.goto("/busy/")
    page.clock.run_for(60_000)
    assert len(asked) == 1
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("status")).to_have_text("2 of 2")
