"""The preference centre, its history and the staff's pages in a browser: axe, the narrowest screen, the keyboard."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from privacycenter.demo.people import PASSWORD

pytestmark = pytest.mark.browser

PERSON, OFFICER = "alice@people.example", "officer@staff.example"
PORTAL = ["/choices/", "/choices/history/", "/choices/history/?purpose=marketing-mail"]
STAFF = ["/staff/desk/tally/", "/staff/desk/tally/ads/", "/staff/desk/paper/add/"]
PAGES = [*((PERSON, path) for path in PORTAL), *((OFFICER, path) for path in STAFF)]
# WCAG 1.4.10: a page of 1280 pixels at 400 %.
NARROWEST = 320
# Whether what has the focus lies under the bar of buttons.
HIDDEN = """() => {
    const bar = document.querySelector(".choice-actions"), focused = document.activeElement;
    if (bar.contains(focused) || !focused.closest("form.form")) return false;
    const shown = (focused.closest("label") ?? focused).getBoundingClientRect(), edge = bar.getBoundingClientRect();
    return shown.top < edge.bottom && shown.bottom > edge.top;
}"""

CUT_OFF = """width => [...document.querySelectorAll("main *")]
    .filter(each => each.getBoundingClientRect().right > width).map(each => each.outerHTML.slice(0, 200))"""

Open = Callable[..., Page]


@pytest.fixture
def signed_in(new_page: Open) -> Open:
    def sign_in(who: str, **options: object) -> Page:
        page = new_page(**options)
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("main").get_by_role("button", name="Sign in").click()
        return page

    return sign_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(signed_in: Open, scheme: str) -> None:
    for who in (PERSON, OFFICER):
        page = signed_in(who, color_scheme=scheme)
        for path in (path for owner, path in PAGES if owner == who):
            page.goto(path)
            results = Axe().run(page)
            assert results.violations_count == 0, f"{path}: {results.generate_report()}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_cut_off_on_the_narrowest_screen(signed_in: Open, language: str) -> None:
    page = signed_in(PERSON, viewport={"width": NARROWEST, "height": 800})
    page.context.set_extra_http_headers({"Accept-Language": language})
    for path in PORTAL:
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(folded => folded.open = true)")
        assert page.evaluate(CUT_OFF, NARROWEST) == [], path


def test_the_browser_has_nothing_to_complain_about(signed_in: Open) -> None:
    complaints: list[str] = []
    for who in (PERSON, OFFICER):
        page = signed_in(who)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        for path in (path for owner, path in PAGES if owner == who):
            page.goto(path)
    assert complaints == []


def test_the_bar_of_buttons_never_hides_what_has_the_focus(signed_in: Open) -> None:
    page = signed_in(PERSON, viewport={"width": 1280, "height": 700}, reduced_motion="reduce")
    page.goto("/choices/")
    for _press in range(60):
        page.keyboard.press("Tab")
        assert not page.evaluate(HIDDEN), page.evaluate("document.activeElement.outerHTML")


def test_allow_and_refuse_are_of_one_size_and_so_are_the_two_buttons(signed_in: Open) -> None:
    for width in (360, 1280):
        page = signed_in(PERSON, viewport={"width": width, "height": 800})
        page.goto("/choices/")
        allow, refuse = (page.locator("#choice-marketing-mail label").nth(number).bounding_box() for number in (0, 1))
        assert allow
        assert refuse
        assert (allow["width"], allow["height"], allow["y"]) == (refuse["width"], refuse["height"], refuse["y"])
        buttons = page.locator(".choice-actions button")
        colours = [button.evaluate("e => getComputedStyle(e).backgroundColor") for button in buttons.all()]
        assert len(colours) == 2
        assert len(set(colours)) == 1
        expect(buttons.nth(1)).to_be_visible()
