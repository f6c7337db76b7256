"""Headless Chromium for the tests that use pages as a person does.

Playwright keeps an event loop in the thread of the tests, in which Django opens no connection any more. pytest-django
runs tests that use the database itself first; one that asks for it only at run time must be marked with `django_db`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from privacycenter.servers import chromium
from tests.stack import Stack

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """A page in a browser of its own: no cookies of anybody else."""
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=stack.base_url, **options)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
