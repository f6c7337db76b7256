"""Before anybody chose, our pages ask nobody else for anything and keep nothing but what they need. Behaviour 33."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES = ["/", "/cookies/", "/policies/", "/verify/", "/accounts/login/", "/accounts/signup/"]
NEEDED = {"sessionid", "csrftoken"}


def test_no_page_asks_a_third_party_or_keeps_anything_that_is_not_needed(new_page: Callable[..., Page]) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        assert page.goto(path, wait_until="networkidle").ok
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert len(asked) > len(PAGES)
    ours = urlsplit(page.url).netloc
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {ours}
    assert {cookie["name"] for cookie in page.context.cookies()} <= NEEDED
