"""Whoever writes a policy sees it as people will, and is told which links lead nowhere."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.users.models import User
from consents.policies.links import bad_links
from privacycenter.demo.people import PASSWORD as DEMO_PASSWORD
from tests.consents.policies import write

PREVIEW = "/staff/policies/version/preview/"


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("#what-we-keep", ""),
        ("#deeper", ""),
        ("#nowhere", "no such heading"),
        ("/choices/", ""),
        ("/policies/privacy/", ""),
        ("/nowhere/", "no such page"),
        ("choices/", "begin it with"),
        ("https://authority.example/complaints", ""),
        ("http://authority.example/", "use https"),
        ("https://authority", "names no site"),
        ("https://host:port/", "no address"),
        ("mailto:privacy@hotsales.example", ""),
        ("mailto:nobody", "no address of a mailbox"),
    ],
)
def test_links_that_lead_nowhere_are_named(link: str, why: str) -> None:
    found = bad_links(f"[Read it]({link}) or [again]({link}).\n\n## What we keep\n\n#### Deeper\n")
    assert [each.address for each in found] == ([link] if why else [])
    assert all(why in str(each.why) for each in found)


def test_the_page_before_publication_tells_them(dana: User, client_for: Callable[[User], Client]) -> None:
    draft = write("1.0", "[Choose](/chioces/)")
    page = client_for(dana).get(f"/staff/policies/version/{draft.pk}/life/").content.decode()
    assert "<code>/chioces/</code> There is no such page here." in page


def test_the_preview_lets_no_markup_through_and_nobody_else_in(
    dana: User, alice: User, client_for: Callable[[User], Client]
) -> None:
    staff = client_for(dana)
    shown = staff.post(PREVIEW, {"body": "## Hello\n\n<script>alert(1)</script> **you**"}).content.decode()
    assert '<h2 id="hello">Hello</h2>' in shown
    assert "<strong>you</strong>" in shown
    assert "<script" not in shown
    assert staff.get(PREVIEW).status_code == 405
    assert staff.post(PREVIEW, {"body": "x" * 5_000_000}).status_code == 400
    assert client_for(alice).post(PREVIEW, {"body": "x"}).status_code == 302


@pytest.mark.browser
def test_the_preview_follows_what_is_typed(new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto("/staff/login/?next=/staff/policies/version/add/")
    page.locator("[name=username]").fill("editor@staff.example")
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.locator("[type=submit]").click()
    page.locator("#id_texts-0-body").fill("## One\n\n*Two*")
    shown = page.get_by_role("region", name="Preview").last
    expect(shown.get_by_role("heading", name="One")).to_be_visible()
    page.locator("#id_texts-0-body").fill("## Three")
    expect(shown.get_by_role("heading", name="Three")).to_be_visible()
    expect(shown.get_by_role("heading", name="One")).to_have_count(0)
