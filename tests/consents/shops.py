"""A shop that carries consent.js: with tags, an embedded film and a pixel of somebody else, all held back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from tests.stack import Stack
from tests.websites import Answer, Web, recorded, register

Open = Callable[..., BrowserPage]

HTML = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title><meta name="viewport" content="width=device-width">
<script src="{center}/consent.js" data-site="{slug}" defer></script>
<script type="text/plain" data-purpose="cookies-analytics" data-src="/first.js"></script>
<script type="text/plain" data-purpose="cookies-analytics" data-src="/second.js"></script>
<script type="text/plain" data-purpose="cookies-analytics" data-type="module" data-src="/module.js"></script>
<script type="text/plain" data-purpose="recommendations" data-src="/recommend.js"></script>
<script type="text/plain" data-purpose="cookies-marketing" data-src="{others}/ads.js"></script>
</head><body><main><h1>A shop</h1><p><a href="/">All offers</a></p>
<iframe data-purpose="cookies-marketing" data-src="{others}/film" width="300" height="200" title="A film"></iframe>
<img data-purpose="cookies-marketing" data-src="{others}/pixel" width="1" height="1" alt="">
<p>The end of the page.</p></main></body></html>"""


@dataclass
class Shop:
    stack: Stack
    own: Web
    others: Web
    slug: str

    def write(self, html: str = HTML, *, path: str = "/", lang: str = "en", **headers: str) -> None:
        words = {"center": self.stack.base_url, "slug": self.slug, "others": self.others.origin, "lang": lang}
        self.own.pages[path] = Answer(html.format(**words), headers=headers)

    def meets(self, page: BrowserPage) -> None:
        """Somebody whom it asks."""
        page.goto(self.own.origin)
        expect(page.locator(".pc-banner")).to_be_visible()

    def look(self, **look: str) -> None:
        """From now on it is this site of the organisation."""
        self.slug = register(self.stack, self.own.origin, **look)
        self.write()

    def recorded(self, page: BrowserPage) -> list[dict[str, Any]]:
        """Without the parts that are refused with their wholes, of which no words were shown."""
        return [event for event in recorded(self.stack, self.device(page)) if event["language"]]

    def device(self, page: BrowserPage) -> str:
        return self.cookie(page).split(".")[1]

    def cookie(self, page: BrowserPage) -> str:
        mine = [each for each in page.context.cookies(self.own.origin) if each["name"] == "pc_choices"]
        return mine[0]["value"] if mine else ""

    def names(self, page: BrowserPage) -> set[str]:
        """Of all cookies of the browser."""
        return {each["name"] for each in page.context.cookies()}


def script(code: str) -> Answer:
    return Answer(code, headers={"Content-Type": "text/javascript"})


@pytest.fixture
def webshop(stack: Stack, website: Callable[[str], Web]) -> Shop:
    own, others = website("127.0.0.2"), website("127.0.0.4")
    shop = Shop(stack, own, others, register(stack, own.origin))
    shop.write()
    own.pages["/first.js"] = script(
        "document.cookie = '_pk_id.1=abc; Path=/'; window.ran = [...(window.ran ?? []), 'first'];"
    )
    own.pages["/second.js"] = script("window.ran.push('second');")
    own.pages["/module.js"] = script("export const here = 1; window.module = true;")
    own.pages["/recommend.js"] = script("localStorage.setItem('recently_viewed', '1');")
    sets = {"Set-Cookie": "IDE=1; Path=/; SameSite=None; Secure"}
    others.pages["/film"] = Answer("<!doctype html><title>A film</title><p>A film</p>", headers=sets)
    others.pages["/pixel"] = Answer(headers={"Content-Type": "image/gif", **sets})
    others.pages["/ads.js"] = script("document.cookie = '_gcl_au=1; Path=/';")
    return shop


def press(page: BrowserPage, action: str) -> None:
    """And wait until it is recorded, and the page has heard so."""
    with page.expect_response("**/api/v1/cookies/decisions/") as answer:
        page.locator(f"[data-pc-action={action}]").last.click()
    assert answer.value.ok, answer.value.text()
    # As a function: under a strict policy an expression could be looked at once only.
    page.wait_for_function("() => localStorage.pc_unsent === undefined")
