"""The browser of a walk, and its visitors: each new, with nothing kept, as a person is who comes for the first time."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.async_api import Browser, BrowserContext, async_playwright
from playwright.async_api import Error as BrowserError

from consents.cookies.scan_models import Fault
from consents.cookies.scanning.robots import NAME

ARGUMENTS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync", "--mute-audio"]
# The pages of strangers run in the browser: of our environment, which holds secrets, it gets what it needs to start.
ENVIRONMENT = ("HOME", "LANG", "PATH", "TMPDIR", "http_proxy", "https_proxy", "no_proxy")
# Some builds, such as Debian's, block what other companies set. Most people's browsers do not, so nor does this one.
PREFERENCES = {"profile": {"cookie_controls_mode": 0}}


# One that does not end by itself ends with the program that drives it.
CLOSING = 10.0


class BrokenOff(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.value)


@asynccontextmanager
async def started() -> AsyncIterator[Browser]:
    """On a profile that is thrown away, as only a profile takes preferences: visitors have them as well."""
    # The browser may still write there when it is told to end.
    with tempfile.TemporaryDirectory(prefix="pc-scan-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder, "Default")
        profile.mkdir()
        (profile / "Preferences").write_text(json.dumps(PREFERENCES))
        async with async_playwright() as playwright:
            try:
                first = await playwright.chromium.launch_persistent_context(folder, **_how())
            except BrowserError as error:
                raise BrokenOff(Fault.NO_BROWSER) from error
            assert first.browser is not None  # only where none was launched
            try:
                yield first.browser
            finally:
                async with asyncio.timeout(CLOSING):
                    await first.close()


@asynccontextmanager
async def visitor(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody who was never there: nothing that the browser keeps is kept for two of them."""
    # Dialogs are dismissed as long as nobody listens to them.
    context = await browser.new_context(
        user_agent=_agent(browser.version), accept_downloads=False, service_workers="block"
    )
    try:
        yield context
    finally:
        async with asyncio.timeout(CLOSING):
            await context.close()


def _agent(version: str) -> str:
    """A site shows us what it shows to such a browser; that it is us stands at the end."""
    engine = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36"
    return f"Mozilla/5.0 (X11; Linux x86_64) {engine} {NAME}/1.0"


def _how() -> dict[str, Any]:
    return {
        "executable_path": settings.SCANNER["CHROMIUM"],
        "args": ARGUMENTS,
        # A page opens no windows by itself, as it can not for a person.
        "ignore_default_args": ["--disable-popup-blocking"],
        "chromium_sandbox": settings.SCANNER["SANDBOX"],
        "env": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
    }
