"""Headless Chromium for the tests that use pages as a person does.

Playwright keeps an event loop in the thread of the tests, in which Django opens no connection. So Chromium closes as
soon as a test follows that has no use for it; of one that has, the fixtures may use the database of a stack only.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
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


RUNNING = pytest.StashKey[Browser]()
CLOSING = pytest.StashKey[ExitStack]()


@pytest.fixture
def browser(pytestconfig: pytest.Config) -> Browser:
    """One for all tests that follow each other."""
    stash = pytestconfig.stash
    if CLOSING not in stash:
        closing = stash[CLOSING] = ExitStack()
        playwright = closing.enter_context(sync_playwright())
        launched = playwright.chromium.launch(executable_path=chromium.find(), args=ARGUMENTS)
        stash[RUNNING] = launched
        closing.callback(launched.close)
    return stash[RUNNING]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    yield
    if CLOSING in item.config.stash and not (nextitem and _has_use(nextitem)):
        closing = item.config.stash[CLOSING]
        del item.config.stash[CLOSING]
        closing.close()


def _has_use(item: pytest.Item) -> bool:
    """Or has none, but does not mind: between pages there are tests that only talk to the stack."""
    fixtures = getattr(item, "fixturenames", ())
    return "browser" in fixtures or ("stack" in fixtures and item.get_closest_marker("django_db") is None)


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
