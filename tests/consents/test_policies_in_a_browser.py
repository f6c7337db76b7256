"""Policies in a browser: axe, the narrowest screen, paper; a text that was rewritten and put in another order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from privacycenter.demo.people import PASSWORD
from tests.stack import Stack

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

DEMO = Path(settings.BASE_DIR) / "privacycenter/demo"
# The demo's policy as a document of its own, so that its version 2.0 stays a draft for other tests.
PUBLISH = """
from datetime import timedelta
from django.utils import timezone
from accounts.users.models import User
from consents.policies.draft import draft
from consents.policies.models import Document, Version
from consents.policies.publish import publish
from consents.policies.review import approve, submit
from privacycenter.demo.load import _text
from privacycenter.demo.people import ADMINISTRATOR
one, two = _text("policy-1.0.en.md"), _text("policy-2.0.en.md")
parts = two.split("\\n## ")
parts.insert(2, parts.pop(4))
three = "\\n## ".join(parts)
for number, body, since in (("1.0", one, 400), ("2.0", two, 0), ("3.0", three, 0)):
    made = draft("reading", language="en", title="Reading policy", body=body, number=number, summary="We **say** more.")
    if since:
        draft("reading", language="de", title="Leserichtlinie", body="## Eins\\n\\nText.", number=number)
        Version.objects.filter(pk=made.version.pk).update(effective_at=timezone.now() - timedelta(days=since))
    Document.objects.filter(slug="reading").update(position=9)
    version = Version.objects.get(pk=made.version.pk)
    version.reason = "To be read."
    version.save()
    author, officer = (User.objects.get(email=email) for email in (ADMINISTRATOR, "officer@staff.example"))
    publish(approve(submit(version, actor=author), actor=officer), actor=author)
"""
HERE = "/policies/reading/"
PAGES = [
    *(HERE, f"{HERE}1.0/?language=de", f"{HERE}2.0/?links=paragraphs&language=fr", f"{HERE}versions/", f"{HERE}since/"),
    *(f"{HERE}compare/{pair}/{view}" for pair in ("1.0/2.0", "2.0/3.0") for view in ("", "?view=side")),
]
# WCAG 1.4.10: a page of 1280 pixels at 400 %.
NARROWEST = 320
CUT_OFF = """width => [...document.querySelectorAll("main *")]
    .filter(each => each.getBoundingClientRect().right > width).map(each => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def published(stack: Stack) -> str:
    stack.manage("shell", "--verbosity", "0", "--command", PUBLISH)
    return HERE


@pytest.fixture
def reader(new_page: Open, published: str) -> Open:
    def sign_in(**options: object) -> Page:
        page = new_page(**options)
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill("alice@people.example")
        page.get_by_label("Password").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("main").get_by_role("button", name="Sign in").click()
        return page

    return sign_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(reader: Open, scheme: str) -> None:
    page = reader(color_scheme=scheme)
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(folded => folded.open = true)")
        results = Axe().run(page)
        assert results.violations_count == 0, f"{path}: {results.generate_report()}"


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_cut_off_on_the_narrowest_screen(reader: Open, language: str) -> None:
    page = reader(viewport={"width": NARROWEST, "height": 800})
    page.context.set_extra_http_headers({"Accept-Language": language})
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(folded => folded.open = true)")
        assert page.evaluate(CUT_OFF, NARROWEST) == [], path


def test_one_text_and_side_by_side_are_one_click_apart_without_scripts(new_page: Open, published: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{published}compare/1.0/2.0/")
    page.get_by_role("link", name="Side by side").click()
    expect(page.get_by_role("table", name="Both texts side by side")).to_be_visible()
    page.get_by_role("link", name="In one text").click()
    expect(page.get_by_role("table")).to_have_count(0)
    assert page.url.endswith("/compare/1.0/2.0/#comparison") or page.url.endswith("/compare/1.0/2.0/?#comparison")


def test_a_heading_gives_its_permanent_address(new_page: Open, published: str) -> None:
    page = new_page()
    page.goto(published)
    page.get_by_role("article").get_by_role("link", name="8. Your rights").click()
    page.wait_for_url(f"**{published}3.0/#your-rights")
    expect(page.get_by_role("heading", name="8. Your rights")).to_be_in_viewport()


def test_paper_shows_what_was_folded_and_no_buttons(new_page: Open, published: str) -> None:
    page = new_page()
    page.goto(f"{published}compare/1.0/2.0/")
    page.emulate_media(media="print")
    expect(page.get_by_text("Side by side")).to_be_hidden()
    expect(page.locator("details.folded p").first).to_be_visible()
