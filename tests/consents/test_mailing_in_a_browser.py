"""The pages behind the links of mails, as anybody's browser shows them: axe, a phone, dark, and no JavaScript."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.stack import Stack

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

# Guests with links of every kind; what is asked is sent by nobody here, so that no worker is waited for.
MAKE = """
import json
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4
from django.utils import timezone
from accounts.subjects.addresses import guest
from accounts.subjects.life import entomb, open_subject
from consents.catalogue.models import Purpose
from consents.choices.record import as_published
from consents.mailing.ask import ask_address
from consents.mailing.confirm import confirm
from consents.mailing.models import Confirmation
from consents.mailing.unsubscribe import link

def question(*slugs):
    address = f"browser-{uuid4()}@people.example"
    asked = ask_address(address, as_published(dict.fromkeys(slugs, True), "en"), language="en",
        evidence={"source": "https://shop.example/newsletter"})
    marks = {"state": "sent", "due_at": None, "sent_at": timezone.now(), "message_id": "<x@x>", "body_sha256": "0" * 64}
    Confirmation.objects.filter(pk=asked.pk).update(**marks)
    return asked

person, gone = guest(f"browser-{uuid4()}@people.example"), open_subject("guest")
entomb(gone, evidence_until=timezone.localdate() + timedelta(days=9))
over = question("surveys")
Confirmation.objects.filter(pk=over.pk).update(asked_at=timezone.now() - timedelta(days=20))
confirmed = question("marketing-mail", "surveys")
confirm(confirmed.token, evidence={})
print(json.dumps({
    "topic": link(person.pk, "marketing-mail"),
    "no_channel": link(person.pk, "ads"),
    "erased": link(gone.pk, "marketing-mail"),
    "asked": question("marketing-mail", "surveys").address,
    "declined": question("marketing-mail").address,
    "accepted": question("surveys").address,
    "confirmed": confirmed.address,
    "over": over.address,
}))
"""
STILL_COMES = "We still write to you where the law makes us"
OVERFLOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll("main button, main a.button")]
    .filter(each => each.getBoundingClientRect().height < 44).map(each => each.outerHTML)"""
LOOKS = [
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 360, "height": 800}, "color_scheme": "light"},
    {"viewport": {"width": 360, "height": 800}, "color_scheme": "dark"},
]


@dataclass(frozen=True)
class Links:
    topic: str
    no_channel: str
    erased: str
    asked: str
    declined: str
    accepted: str
    confirmed: str
    over: str

    @property
    def cut_off(self) -> str:
        return self.topic[:-9] + "/"

    @property
    def altered(self) -> str:
        return self.asked[:-9] + "/"


@pytest.fixture(scope="module")
def links(stack: Stack) -> Links:
    return Links(**json.loads(stack.manage("shell", "--verbosity", "0", "--command", MAKE)))


def pages(page: Page, links: Links) -> Iterator[str]:
    """Opens each page in turn. Whatever is pressed may be pressed again, so each look sees all of them."""
    for name in ("topic", "no_channel", "erased", "cut_off", "asked", "confirmed", "over", "altered"):
        page.goto(getattr(links, name))
        yield name
    for name in ("topic", "all"):
        page.goto(links.topic)
        with page.expect_navigation():
            page.locator(f"button[value={name}]").click()
        yield f"ended {name}"
    page.goto(links.erased)
    with page.expect_navigation():
        page.get_by_role("button", name="Stop it", exact=True).click()
    yield "ended for an erased person"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}")
def test_axe_finds_nothing_and_nothing_is_cut_off(new_page: Open, links: Links, look: dict[str, object]) -> None:
    page = new_page(**look)
    for name in pages(page, links):
        results = Axe().run(page)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert not page.evaluate(OVERFLOW), name
        assert page.evaluate(SMALL) == [], name


def test_the_browser_has_nothing_to_complain_about(new_page: Open, links: Links) -> None:
    page = new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for name in pages(page, links):
        # Chromium notes each page that is not found.
        assert [each for each in complaints if "404" not in each] == [], name


def test_all_of_it_works_without_javascript(new_page: Open, links: Links) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(links.topic)
    page.get_by_role("button", name="Stop all of it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Done. It is stopped.")
    expect(page.get_by_role("main")).to_contain_text(STILL_COMES)
    page.goto(links.accepted)
    page.get_by_role("button", name="Yes, I want this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. You have confirmed it.")
    page.get_by_role("link", name="End this").click()
    page.get_by_role("button", name="Stop it", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Done. It is stopped.")
    page.goto(links.declined)
    page.get_by_role("button", name="No, forget it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing starts.")


def test_a_look_ends_nothing_and_the_page_says_what_still_comes(new_page: Open, links: Links) -> None:
    page = new_page()
    for path in (links.topic, links.erased):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Stop “")
        expect(page.get_by_role("main")).to_contain_text(STILL_COMES)
    page.goto(links.asked)
    expect(page.get_by_role("button", name="Yes, I want this")).to_be_visible()


def test_an_erased_person_sees_the_same_page_as_anybody(new_page: Open, links: Links) -> None:
    page = new_page()
    seen = []
    for path in (links.topic, links.erased):
        page.goto(path)
        before = page.get_by_role("main").inner_text()
        page.get_by_role("button", name="Stop it", exact=True).click()
        seen.append((before, page.get_by_role("main").inner_text()))
    assert seen[0] == seen[1]


def test_yes_and_no_are_of_one_size_and_colour(new_page: Open, links: Links) -> None:
    for width in (360, 1280):
        page = new_page(viewport={"width": width, "height": 800})
        page.goto(links.asked)
        yes, no = (page.get_by_role("button", name=name) for name in ("Yes, I want this", "No, forget it"))
        boxes = [button.bounding_box() for button in (yes, no)]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert boxes[0]["height"] == boxes[1]["height"]
        assert boxes[0]["width"] == boxes[1]["width"]
        colours = {button.evaluate("e => getComputedStyle(e).backgroundColor") for button in (yes, no)}
        assert len(colours) == 1


def test_it_is_done_by_keyboard_alone_and_the_result_is_read_out(new_page: Open, links: Links) -> None:
    page = new_page()
    page.goto(links.topic)
    page.get_by_role("button", name="Stop it", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done. It is stopped.")
    assert page.evaluate("document.activeElement.textContent.includes('Done. It is stopped.')")
