"""The page of a notice to many in a browser: on a screen, on a phone, in the dark, and while it is being sent."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from privacycenter.demo.people import PASSWORD
from tests.stack import Stack

pytestmark = pytest.mark.browser

Open = Callable[..., Page]

# Paused from its first moment, so that nobody of the demo gets a mail that other tests would count.
MADE = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.models import Delivery
from consents.notices.pause import pause
from consents.notices.write import NoticeDraft
editor, officer = (User.objects.get(email=f"{duty}@staff.example") for duty in ("editor", "officer"))
drafts = {"en": NoticeDraft("We move", "From **May** on."), "de": NoticeDraft("Wir ziehen um", "Ab **Mai**.")}
with transaction.atomic():
    notice = announce("policy-change", drafts, "/policies/", ACCOUNTS, actor=editor)
    pause(notice, actor=officer)
    ways = [
        {"state": "sent", "sent_at": timezone.now(), "read_at": timezone.now()},
        {"state": "failed", "error": "smtp-550"},
        {"state": "skipped", "error": "erasure-asked"},
    ]
    for way, delivery in zip(ways, notice.deliveries.order_by("-pk"), strict=False):
        Delivery.objects.filter(pk=delivery.pk).update(due_at=None, **way)
print(notice.pk)
"""
CANCEL = """
from accounts.users.models import User
from consents.notices.cancel import cancel
from consents.notices.models import Notice
for notice in Notice.objects.filter(pk="{pk}").exclude(state="cancelled"):
    cancel(notice, actor=User.objects.get(email="officer@staff.example"))
"""


@pytest.fixture(scope="module")
def paused(stack: Stack) -> Iterator[str]:
    pk = stack.manage("shell", "--verbosity", "0", "--command", MADE).strip()
    yield f"/staff/notices/notice/{pk}/change/"
    stack.manage("shell", "--verbosity", "0", "--command", CANCEL.format(pk=pk))


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
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_is_cut_off(officer: Open, paused: str, scheme: str, width: int) -> None:
    page = officer(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.goto(paused)
    expect(page.get_by_role("progressbar")).to_be_visible()
    results = Axe().run(page, {"exclude": [[".inline-group"]]})
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Cancel…").click()
    expect(page.get_by_role("heading", name="Cancel it?")).to_be_visible()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_it_says_how_it_stands_and_who_did_what(officer: Open, paused: str) -> None:
    page = officer()
    page.goto(paused)
    expect(page.get_by_role("status").first).to_contain_text("Paused")
    expect(page.locator("[data-part=reasons]")).to_contain_text("The mail server refused it for good (550)")
    expect(page.locator(".events")).to_contain_text("Paused, officer@staff.example")


def test_the_file_is_saved_by_one_click(officer: Open, paused: str) -> None:
    page = officer()
    page.goto(paused)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    text = download.value.path().read_text()
    assert text.startswith("subject,language,state,reason,")
    assert "@" not in text
