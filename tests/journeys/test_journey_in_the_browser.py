"""The main job as a person and an editor live it; web, worker, beat, PostgreSQL, Valkey, SMTP and browser are real."""

import io
import re
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from playwright.sync_api import Locator, Page, expect
from psycopg import sql

from privacycenter.demo.people import PASSWORD as DEMO_PASSWORD
from privacycenter.demo.shop import ShopPerson, make_shop
from tests.journeys.app import PATIENCE, accounts
from tests.privacycenter.waiting import until
from tests.stack import Stack

pytestmark = pytest.mark.browser

ADDRESS = "jo.journey@example.org"
NAME = "Jo Journey"
PASSWORD = "a long and quiet river"
REAL_POLICY = Path(settings.BASE_DIR).parent / "shared" / "data" / "hotsales-privacy-policy.txt"


def test_a_person_joins_chooses_gets_a_copy_hears_of_a_change_and_leaves(
    stack: Stack, new_page: Callable[..., Page]
) -> None:
    make_shop(stack.env["SHOP_DATABASE_URL"], [ShopPerson(ADDRESS, NAME)])
    # Without scripts: every page must do its work as plain HTML.
    page = new_page(accept_downloads=True, java_script_enabled=False)
    sign_up(stack, page)
    choose(page)
    get_a_copy(stack, page)
    publish(stack, new_page())
    acknowledge(stack, page)
    change_their_mind(stack, page)
    leave(stack, page)
    sign_up(stack, new_page())
    nobody_is_named_in_logs_and_keys(stack)


def sign_up(stack: Stack, page: Page) -> None:
    before = len(stack.mails_to(ADDRESS))
    page.goto("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/confirm-email/")
    page.goto(link(mail_after(stack, before), "/accounts/confirm-email/"))
    page.get_by_role("main").get_by_role("button").click()
    sign_in(page)
    for question in ("What we know about you", "What you agreed to", "What we are doing for you", "What we promise"):
        expect(page.get_by_role("heading", name=question)).to_be_visible()


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "login" not in address)


def choose(page: Page) -> None:
    row = choice(page, "News and offers by e-mail")
    row.get_by_label("Allow").check()
    save(page)
    expect(choice(page, "News and offers by e-mail").get_by_label("Allow")).to_be_checked()
    choice(page, "News and offers by e-mail").get_by_label("Refuse").check()
    choice(page, "Let partners contact you").get_by_label("Refuse").check()
    save(page)
    page.goto("/choices/history/")
    history = page.get_by_role("main")
    expect(history).to_contain_text("Withdrawn")
    expect(history).to_contain_text("Allowed")
    expect(history).to_contain_text("1.0")


def choice(page: Page, name: str) -> Locator:
    if not page.url.endswith("/choices/"):
        page.goto("/choices/")
    return page.get_by_role("group", name=name)


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Save my choices").click()


def get_a_copy(stack: Stack, page: Page) -> None:
    before = len(stack.mails_to(ADDRESS))
    page.goto("/requests/")
    page.get_by_role("link", name="Get a copy of my data").click()
    page.get_by_role("button", name="Get a copy of my data").click()
    confirm_that_it_is_me(page)
    expect(page.get_by_role("heading", name="Copy of your data")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Online shop")
    ready = mail_after(stack, before, "ready")
    page.goto(link(ready, "/archives/"))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download my data").click()
        confirm_that_it_is_me(page)
    content = downloading.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names).decode("utf-8", "replace")
    assert any("shop/orders" in name for name in names), names
    assert ADDRESS in everything
    assert "alice@people.example" not in everything
    page.goto(link(ready, "/archives/"))
    expect(page.get_by_role("heading", name="This file is no longer here")).to_be_visible()


def confirm_that_it_is_me(page: Page) -> None:
    """Only where the sign-in is not fresh any more; in this journey it still may be."""
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()


def publish(stack: Stack, page: Page) -> None:
    """The editor reads 2.0 beside version 1.0, approves and publishes it; the real policy becomes another draft."""
    if REAL_POLICY.exists():
        where = ["--document", "as-it-came", "--language", "en", "--title", "As it came"]
        assert "Draft As it came 1.0" in stack.manage("import_policy", str(REAL_POLICY), *where)
    page.goto("/staff/")
    page.get_by_label("E-mail address").fill("editor@staff.example")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.goto("/staff/policies/version/")
    page.locator("#result_list tr", has_text="2.0").get_by_role("link").first.click()
    for deed in ("Approve", "Publish"):
        page.get_by_role("link", name="Review and publish").click()
        expect(page.get_by_role("main").or_(page.locator("#content")).first).to_contain_text("people")
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile(deed)).click()


def acknowledge(stack: Stack, page: Page) -> None:
    everybody = accounts(stack)
    assert until(lambda: set(told(stack)) == everybody, PATIENCE)
    assert len(told(stack)) == len(everybody)
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text("Privacy Policy has changed")
    page.goto("/requests/")
    notice = page.get_by_role("complementary", name="Important")
    expect(notice).to_contain_text("has changed")
    notice.get_by_role("link", name="See what changed").click()
    page.get_by_role("button", name="I know what changed").click()
    page.goto("/requests/")
    expect(page.get_by_role("complementary", name="Important")).to_have_count(0)


def told(stack: Stack) -> list[str]:
    return [str(mail["X-RcptTo"]) for mail in stack.mails() if "Privacy Policy" in str(mail["Subject"])]


def change_their_mind(stack: Stack, page: Page) -> None:
    ask_for_deletion(page)
    sign_in(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Stop the deletion").click()
    page.goto("/choices/")
    expect(page.get_by_role("heading", name="My choices")).to_be_visible()


def ask_for_deletion(page: Page) -> None:
    page.goto("/requests/new/erasure/")
    body = page.get_by_role("main")
    expect(body).to_contain_text("Your messages with our support")
    expect(body).to_contain_text("Directive 2006/112/EC")
    body.get_by_role("checkbox").check()
    body.get_by_role("button", name="Delete my account").click()
    confirm_that_it_is_me(page)
    expect(body).to_contain_text("You are signed out everywhere")


def leave(stack: Stack, page: Page) -> None:
    before = len(stack.mails_to(ADDRESS))
    ask_for_deletion(page)
    certificate = mail_after(stack, before, "was deleted")
    page.goto(link(certificate, "/requests/certificates/"))
    expect(page.get_by_role("heading", name="Certificate of erasure")).to_be_visible()
    assert ADDRESS not in page.content()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main")).to_contain_text("not correct")
    assert rows_with_the_address(stack) == 0


def rows_with_the_address(stack: Stack) -> int:
    """In any column of any table of either database, as text."""
    found = 0
    for url in (stack.env["DATABASE_URL"], stack.env["SHOP_DATABASE_URL"]):
        with psycopg.connect(url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                query = sql.SQL("SELECT count(*) FROM {} AS row WHERE row::text ILIKE %s")
                counted = connection.execute(query.format(sql.Identifier(table)), [f"%{ADDRESS}%"]).fetchone()
                found += counted[0] if counted else 0
    return found


def nobody_is_named_in_logs_and_keys(stack: Stack) -> None:
    logs = {log.name: log.read_text() for log in (stack.folder / "log").glob("*.log")}
    keys = redis.Redis.from_url(stack.env["CACHE_URL"]).keys("*")
    assert logs
    assert keys
    for written in (ADDRESS, NAME, "jo.journey"):
        assert not [name for name, text in logs.items() if written in text]
        assert not [key for key in keys if written.encode() in key]


def mail_after(stack: Stack, before: int, subject: str = "") -> EmailMessage:
    """The next mail to the person whose subject holds the word."""

    def found() -> list[EmailMessage]:
        return [mail for mail in stack.mails_to(ADDRESS)[before:] if subject in str(mail["Subject"]).lower()]

    assert until(lambda: bool(found()), PATIENCE)
    return found()[-1]


def link(mail: EmailMessage, path: str) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return re.findall(rf"https?://\S*{re.escape(path)}\S+", body.get_content())[0]
