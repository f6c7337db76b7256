"""One window of one visitor: what it meets, where it may go, what is pressed in it."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from playwright.async_api import BrowserContext, Download, Page, Request, WebSocket
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as TooSlow

from consents.cookies.scan_models import Kind, Phase
from consents.cookies.scanning.addresses import host_of, is_ours, origin_of, path_of
from consents.cookies.scanning.robots import Robots
from consents.cookies.scanning.sights import LONGEST_PAGE, MOST, Sight, Sights, as_duration, plain

# A page is at rest when it has loaded and asked for nothing for so long.
QUIET = 0.5
# How long it may take to come to that; many never do.
REST = 4.0
# A banner is drawn by a script, which may come last.
BANNER = 4.0
# For a page or a frame to say what is on it: one that is caught in a loop never does.
ANSWER = 2.0
LINKS = "links => links.slice(0, 500).map(link => String(link.href))"
# A frame without an origin has no storage: to ask for it is an error there.
KEYS = """([most, longest]) => {
  const keys = name => {
    try { return Object.keys(self[name]).slice(0, most).map(key => key.slice(0, longest)); } catch { return []; }
  };
  return [self.origin, keys("localStorage"), keys("sessionStorage")];
}"""


class Traffic:
    """What a page has asked for and not got yet."""

    def __init__(self) -> None:
        self._open: set[Request] = set()
        self._moved = asyncio.Event()

    def watch(self, page: Page) -> None:
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def forget(self) -> None:
        """Of what the page before this one asked for, no end may be told."""
        self._open.clear()

    async def quiet(self) -> None:
        while True:
            self._moved.clear()
            try:
                async with asyncio.timeout(None if self._open else QUIET):
                    await self._moved.wait()
            except TimeoutError:
                return

    def _began(self, request: Request) -> None:
        self._open.add(request)
        self._moved.set()

    def _ended(self, request: Request) -> None:
        self._open.discard(request)
        self._moved.set()


class Tab:
    def __init__(self, context: BrowserContext, origin: str, robots: Robots, ours: set[str], sights: Sights) -> None:
        self.phase = Phase.BEFORE
        # Where it was led and did not go.
        self.left_for = ""
        self._context, self._origin, self._robots, self._ours, self._sights = context, origin, robots, ours, sights
        self._page: Page | None = None
        self._traffic = Traffic()
        self._here = "/"
        self._is_file = False

    async def visit(self, url: str, patience: float) -> list[str] | None:
        """The links of the page. None: it is no page, or did not answer. After `patience` it counts as it is."""
        page = self._page = self._page or await self._opened()
        self._here, self.left_for, self._is_file = plain(path_of(url), LONGEST_PAGE), "", False
        began, links = time.monotonic(), None
        self._traffic.forget()
        try:
            async with asyncio.timeout(patience + ANSWER):
                answer = await page.goto(url, wait_until="commit", timeout=patience * 1000)
                if answer is not None and answer.status < 400:
                    links = []
                    await self._rest(patience - (time.monotonic() - began))
                    links = await page.eval_on_selector_all(":is(a, area)[href]:not([download])", LINKS)
        except (BrowserError, TimeoutError):
            # What was set on the way counts all the same; the next page gets a window that is not caught in this one.
            self._page = None
        await self._collect(page, ask_frames=self._page is not None)
        if self._page is None:
            await page.close()
        if links is None and not self._is_file and not self.left_for:
            self._sights.unanswered.add(self._here)
        return links

    async def press(self, phase: Phase, action: str) -> bool:
        """Whether there was such a button. What comes from now on counts as of the phase."""
        if self._page is None:
            return False
        button = self._page.locator(f'[data-pc-action="{action}"]').filter(visible=True).first
        try:
            await button.wait_for(timeout=BANNER * 1000)
            await self._collect(self._page)
            self.phase = phase
            await button.click(timeout=BANNER * 1000)
        except TooSlow:
            return False
        await self._rest(REST)
        await self._collect(self._page)
        return True

    async def _opened(self) -> Page:
        page = await self._context.new_page()
        self._traffic.watch(page)
        page.on("request", self._requested)
        page.on("websocket", self._connected)
        page.on("download", self._offered)
        await self._fence(page)
        return page

    async def _fence(self, page: Page) -> None:
        """Keeps the window on this origin and off what robots.txt forbids, also where a redirect or a script leads."""
        session = await self._context.new_cdp_session(page)
        main = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]

        async def judge(paused: dict[str, Any]) -> None:
            url = paused["request"]["url"]
            command, more = "Fetch.continueRequest", {}
            if paused["frameId"] == main and not self._may_go(url):
                # Not "Aborted": the page that led away would stay, and never come to the end of its loading. What it
                # kept is met on the next one.
                command, more = "Fetch.failRequest", {"errorReason": "BlockedByClient"}
            # The window may have been closed meanwhile; then nothing waits any more.
            with suppress(BrowserError):
                await session.send(command, {"requestId": paused["requestId"], **more})

        session.on("Fetch.requestPaused", judge)
        await session.send("Fetch.enable", {"patterns": [{"resourceType": "Document"}]})

    def _may_go(self, url: str) -> bool:
        if origin_of(url) != self._origin:
            self.left_for = url
            return False
        if not self._robots.allows(url):
            self._sights.kept_out.add(path_of(url))
            self.left_for = url
            return False
        return True

    def _requested(self, request: Request) -> None:
        """The window's own way is judged by the fence; what it does not let through was never asked for."""
        if not (request.is_navigation_request() and request.frame.parent_frame is None):
            self._asked_for(request.url)

    def _connected(self, socket: WebSocket) -> None:
        self._asked_for(socket.url)

    def _offered(self, _download: Download) -> None:
        """No files are fetched: the browser was told so."""
        self._is_file = True

    def _asked_for(self, url: str) -> None:
        host = host_of(url)
        if url.startswith(("http", "ws")) and host and not is_ours(host, self._ours):
            self._note(Kind.REQUEST, path_of(url), host)

    async def _rest(self, patience: float) -> None:
        """A page that does not come to rest is looked at as it is."""
        assert self._page is not None
        with suppress(TooSlow, TimeoutError):
            await self._page.wait_for_load_state("load", timeout=max(patience, 0.001) * 1000)
            async with asyncio.timeout(min(patience, REST)):
                await self._traffic.quiet()

    async def _collect(self, page: Page, *, ask_frames: bool = True) -> None:
        for cookie in await self._context.cookies():
            expires = cookie.get("expires", -1)
            lifetime = as_duration(expires - time.time()) if expires > 0 else ""
            self._note(Kind.COOKIE, cookie.get("name", ""), cookie.get("domain", "").lstrip("."), lifetime)
        for frame in page.frames if ask_frames else []:
            # A frame may have gone meanwhile, or be caught.
            with suppress(BrowserError, TimeoutError):
                async with asyncio.timeout(ANSWER):
                    origin, local, session = await frame.evaluate(KEYS, [MOST + 1, 250])
                for kind, names in ((Kind.LOCAL, local), (Kind.SESSION, session)):
                    for name in names:
                        self._note(kind, name, host_of(origin))

    def _note(self, kind: Kind, name: str, host: str, lifetime: str = "") -> None:
        if host:
            self._sights.add(kind, name, host, Sight(self.phase, self._here, lifetime))
