"""The staff area around choices in a browser: what needs somebody now, systems, the record of looks, and nonsense."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from privacycenter.demo.people import PASSWORD
from tests.stack import Stack

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

# Paused, and for a purpose that no other test decides on: so it costs those nothing.
FAILING = """
from datetime import timedelta
from django.utils import timezone
from consents.catalogue.models import Purpose
from consents.webhooks.models import Endpoint
since = timezone.now() - timedelta(hours=5)
made = Endpoint.objects.create(name="Broken shop", url="https://shop.example/hook", state="paused", failing_since=since)
made.purposes.set(Purpose.objects.filter(slug="other-with-consent"))
print(made.pk)
"""
END = "from consents.webhooks.models import Endpoint; Endpoint.objects.filter(name='Broken shop').update(state='ended')"
# Column heads without words, and a search box whose label is a picture.
DJANGOS = [[".inline-group"], ["#changelist-search"]]
WARNING = "Broken shop does not hear what people choose"


@pytest.fixture(scope="module")
def failing(stack: Stack) -> Iterator[str]:
    yield stack.manage("shell", "--verbosity", "0", "--command", FAILING).strip()
    stack.manage("shell", "--verbosity", "0", "--command", END)


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(officer: Open, failing: str, scheme: str) -> None:
    page = officer(color_scheme=scheme)
    systems = "/staff/webhooks/endpoint/"
    page.goto("/staff/choices/event/?q=alice@people.example")
    choice = page.locator("#result_list a").first.get_attribute("href")
    for path in ("/staff/", f"{systems}{failing}/change/", "/staff/staff/look/", choice):
        assert path is not None
        page.goto(path)
        results = Axe().run(page, {"exclude": DJANGOS})
        assert results.violations_count == 0, f"{path}: {results.generate_report()}"


def test_the_front_page_names_the_system_and_leads_to_it(officer: Open, failing: str) -> None:
    page = officer(viewport={"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_navigation():
        page.get_by_role("link", name=WARNING).click()
    assert page.url.endswith(f"/staff/webhooks/endpoint/{failing}/change/")


def test_looking_at_somebody_shows_up_in_the_record(officer: Open) -> None:
    page = officer()
    page.goto("/staff/choices/event/?q=bob@people.example")
    page.goto("/staff/staff/look/?q=bob@people.example")
    expect(page.locator("#result_list tbody tr").first).to_contain_text("officer@staff.example")


def test_nonsense_is_answered_in_words_and_nothing_is_recorded(officer: Open) -> None:
    page = officer()
    page.goto("/staff/desk/paper/add/")
    page.get_by_label("Who signed, or for whom").fill("zzz \"'<b>")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("main")).to_contain_text("Nobody is known by this.")
    page.goto("/staff/webhooks/endpoint/add/")
    page.get_by_label("Name").fill("Cloud")
    page.get_by_label("Address").fill("http://169.254.169.254/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("This address is not on the public internet.")


def test_the_last_crumb_is_where_one_is(officer: Open) -> None:
    page = officer()
    for path in ("/staff/desk/tally/", "/staff/desk/tally/ads/", "/staff/desk/paper/add/"):
        page.goto(path)
        crumbs = page.locator("ol.breadcrumbs li")
        expect(crumbs.last).to_have_attribute("aria-current", "page")
        expect(crumbs.locator("a")).to_have_count(crumbs.count() - 1)
