"""The banner and the settings on a website as everybody meets them: axe, keyboard, narrow, dark, large."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.consents.shops import Open, Shop, press

pytestmark = pytest.mark.browser

# WCAG 1.4.10: a page of 1280 pixels at 400 %.
NARROWEST = 320
LOOKS = [
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": NARROWEST, "height": 700}, "color_scheme": "light"},
]
LAYOUTS = ["bottom", "top", "start", "end"]
COLOURS = {"ground": "#102030", "ink": "#ffffff", "button": "#ffd54f", "button_ink": "#000000"}
SMALL = """() => [...document.querySelectorAll(".pc button, .pc summary, .pc label, .pc a")]
    .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 24)
    .map(each => each.outerHTML)"""
SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => { for (const each of list.getEntries()) window.shifts += each.value; })
    .observe({type: "layout-shift", buffered: true});
"""

SHIFTED = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(window.shifts))))"
IN_DIALOG = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"


def fine(page: Page, state: str) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, f"{state}: {results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), state
    assert page.evaluate(SMALL) == [], state


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}")
def test_axe_finds_nothing_in_any_state(webshop: Shop, new_page: Open, look: dict[str, object]) -> None:
    page = new_page(**look)
    webshop.meets(page)
    fine(page, "banner")
    page.locator("[data-pc-action=choose]").click()
    page.locator("dialog summary").first.click()
    fine(page, "settings")
    press(page, "save")
    expect(page.locator(".pc-control")).to_be_visible()
    fine(page, "held back")
    page.locator(".pc-control").click()
    press(page, "accept-all")
    expect(page.frame_locator("iframe").get_by_text("A film")).to_be_visible()
    fine(page, "allowed")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_fits_and_nothing_on_the_page_moves(webshop: Shop, new_page: Open, layout: str) -> None:
    webshop.look(layout=layout, **COLOURS)
    for width in (1280, NARROWEST):
        page = new_page(viewport={"width": width, "height": 700})
        page.add_init_script(SHIFTS)
        page.goto(webshop.own.origin)
        banner = page.locator(".pc-banner")
        expect(banner).to_be_visible()
        assert banner.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(16, 32, 48)"
        box = banner.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 700
        page.locator("[data-pc-action=reject-all]").click()
        expect(page.locator(".pc-embed")).to_be_visible()
        assert page.evaluate(SHIFTED) == 0


def test_to_refuse_is_as_easy_as_to_accept(webshop: Shop, new_page: Open) -> None:
    for width in (NARROWEST, 1280):
        page = new_page(viewport={"width": width, "height": 700})
        page.goto(webshop.own.origin)
        buttons = [page.locator(f".pc-banner [data-pc-action={action}]") for action in ("accept-all", "reject-all")]
        boxes = [button.bounding_box() for button in buttons]
        assert boxes[0]
        assert boxes[1]
        assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
        style = "e => [...getComputedStyle(e)].map(name => getComputedStyle(e)[name]).join()"
        assert buttons[0].evaluate(style) == buttons[1].evaluate(style)


def test_the_keyboard_meets_the_banner_first_and_comes_back_to_where_it_was(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    webshop.meets(page)
    actions = []
    for _press in range(4):
        page.keyboard.press("Tab")
        actions.append(page.evaluate("document.activeElement.dataset.pcAction"))
    assert actions == ["close", "accept-all", "reject-all", "choose"]
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    for _press in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(IN_DIALOG)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    assert page.evaluate("document.activeElement.dataset.pcAction") == "choose"
    page.keyboard.press("Escape")
    expect(page.locator(".pc-control")).to_be_focused()


def test_names_and_roles_are_those_that_a_screen_reader_says(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    banner = page.get_by_role("dialog", name="You choose what is kept in your browser")
    expect(banner).to_have_accessible_description(re.compile("What the site needs works without asking"))
    banner.get_by_role("button", name="Choose", exact=True).click()
    dialog = page.get_by_role("dialog", name="Cookie settings")
    expect(dialog.get_by_role("checkbox")).to_have_count(3)
    press(page, "save")
    expect(page.get_by_role("status")).to_have_text("Your choice is saved.")
    expect(page.get_by_role("group").filter(has_text="another company")).to_be_visible()


def test_it_turns_for_a_script_that_is_read_from_the_right(webshop: Shop, new_page: Open) -> None:
    page = new_page()
    page.goto(webshop.own.origin)
    close = page.locator(".pc-banner [data-pc-action=close]")
    before = close.bounding_box()
    page.locator(".pc-banner").evaluate("e => { e.dir = 'rtl'; }")
    after = close.bounding_box()
    assert before
    assert after
    assert after["x"] < 200 < before["x"]


def test_at_twice_the_size_everything_can_be_read_and_pressed(webshop: Shop, new_page: Open) -> None:
    page = new_page(viewport={"width": 640, "height": 400})
    page.goto(webshop.own.origin)
    page.locator("html").evaluate("e => { e.style.fontSize = '200%'; }")
    press(page, "reject-all")
    page.locator(".pc-control").click()
    press(page, "accept-all")


def test_what_has_the_focus_is_not_hidden_by_the_banner(webshop: Shop, new_page: Open) -> None:
    webshop.write(
        "<!doctype html><html lang=en><head><title>Long</title>"
        '<script src="{center}/consent.js" data-site="{slug}" defer></script></head><body><main><h1>Long</h1>'
        + "<p>Words.</p>" * 60
        + '<p><a href="#x" id="last">The last</a></p>'
        + "<p>Words.</p>" * 60
        + "</main></body></html>"
    )
    page = new_page(viewport={"width": 1280, "height": 700})
    webshop.meets(page)
    page.locator("#last").focus()
    shown = page.locator("#last").bounding_box()
    banner = page.locator(".pc-banner").bounding_box()
    assert shown
    assert banner
    assert shown["y"] + shown["height"] <= banner["y"]
