"""The browsers of a walk: each new, with nothing in it, as a person's is who comes for the first time."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.async_api import BrowserContext, Playwright
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


async def agent(playwright: Playwright) -> str:
    """A site shows us what it shows to such a browser; that it is us stands at the end. Raises BrokenOff."""
    try:
        browser = await playwright.chromium.launch(**_how())
    except BrowserError as error:
        raise BrokenOff(Fault.NO_BROWSER) from error
    engine = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{browser.version} Safari/537.36"
    await browser.close()
    return f"Mozilla/5.0 (X11; Linux x86_64) {engine} {NAME}/1.0"


@asynccontextmanager
async def visitor(playwright: Playwright, user_agent: str) -> AsyncIterator[BrowserContext]:
    """A profile of its own and not only a window: a private window has other rules for what companies may set."""
    # The browser may still write there when it is told to end.
    with tempfile.TemporaryDirectory(prefix="pc-scan-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder, "Default")
        profile.mkdir()
        (profile / "Preferences").write_text(json.dumps(PREFERENCES))
        # Dialogs are dismissed as long as nobody listens to them.
        context = await playwright.chromium.launch_persistent_context(
            folder,
            user_agent=user_agent,
            accept_downloads=False,
            service_workers="block",
            # A page opens no windows by itself, as it can not for a person.
            ignore_default_args=["--disable-popup-blocking"],
            **_how(),
        )
        try:
            yield context
        finally:
            async with asyncio.timeout(CLOSING):
                await context.close()


def _how() -> dict[str, Any]:
    return {
        "executable_path": settings.SCANNER["CHROMIUM"],
        "args": ARGUMENTS,
        "chromium_sandbox": settings.SCANNER["SANDBOX"],
        "env": {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
    }
