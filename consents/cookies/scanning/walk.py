"""A walk through a site, three times over: saying nothing, refusing, accepting. Each as somebody new."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from django.conf import settings
from playwright.async_api import Browser, BrowserContext
from playwright.async_api import Error as BrowserError

from consents.cookies.scan_models import SPARE, Fault, Phase
from consents.cookies.scanning import robots
from consents.cookies.scanning.addresses import host_of, origin_of, page_of, path_of
from consents.cookies.scanning.browser import BrokenOff, started, visitor
from consents.cookies.scanning.robots import Robots
from consents.cookies.scanning.sights import Sights
from consents.cookies.scanning.tab import Tab

# What the banner calls its buttons.
ACTIONS = {Phase.REFUSED: "reject-all", Phase.ACCEPTED: "accept-all"}


@dataclass(frozen=True)
class Route:
    start: str
    # Hosts of the organisation, beside the one of the address: what they are asked for is no matter of others.
    ours: frozenset[str] = frozenset()
    depth: int = 2
    pages: int = 10
    seconds: float = field(default_factory=lambda: settings.SCANNER["TIME"].total_seconds())
    page_seconds: float = field(default_factory=lambda: settings.SCANNER["PAGE_TIME"].total_seconds())
    # As whom to walk; those who say something need the first page to have a banner.
    phases: Sequence[Phase] = tuple(Phase)


def walk(route: Route) -> Sights:
    """In a thread of its own, as long as it takes. Raises BrokenOff."""
    with ThreadPoolExecutor(1, thread_name_prefix="scan") as pool:
        return pool.submit(lambda: asyncio.run(walk_in(route))).result()


async def walk_in(route: Route, browser: Callable[[], AbstractAsyncContextManager[Browser]] = started) -> Sights:
    """One browser for all who walk; none is started for a site that lets no robot in. Raises BrokenOff."""
    deadline = time.monotonic() + route.seconds
    rules = robots.fetch(origin_of(route.start))
    if not rules.allows(route.start):
        raise BrokenOff(Fault.KEPT_OUT)
    walker = Walker(route, rules, deadline)
    try:
        # Nothing waits for longer than a page may take; should the browser hang all the same, it is left.
        async with asyncio.timeout(route.seconds + SPARE.total_seconds() / 2), browser() as running:
            for phase in route.phases:
                async with visitor(running) as context:
                    await walker.go(context, phase)
    except TimeoutError:
        walker.sights.out_of_time = True
    except BrowserError as error:
        raise BrokenOff(Fault.BROKE_OFF) from error
    if not walker.sights.pages:
        raise BrokenOff(Fault.UNREACHABLE)
    return walker.sights


class Walker:
    def __init__(self, route: Route, rules: Robots, deadline: float) -> None:
        self.sights = Sights()
        self._route, self._rules, self._deadline = route, rules, deadline

    async def go(self, context: BrowserContext, phase: Phase) -> None:
        tab = Tab(context, origin_of(self._route.start), self._rules, self._ours(), self.sights)
        if phase is Phase.BEFORE or await self._press(tab, phase):
            await self._crawl(tab)

    async def _press(self, tab: Tab, phase: Phase) -> bool:
        if await self._visit_first(tab) is None:
            return False
        self.sights.pressed[phase] = await tab.press(phase, ACTIONS[phase])
        return self.sights.pressed[phase]

    async def _crawl(self, tab: Tab) -> None:
        """Breadth first. Also of the first page once more: what was accepted may come with the next page only."""
        known = {self._route.start}
        waiting = deque((link, 1) for link in await self._visit_first(tab) or [])
        visits = 1
        while waiting and visits < self._route.pages:
            url, depth = waiting.popleft()
            if depth > self._route.depth or url in known or not self._may_visit(url):
                continue
            if not (left := self._left()):
                return
            known.add(url)
            visits += 1
            links = await tab.visit(url, left)
            if links is not None:
                self.sights.pages.add(url)
                waiting.extend((page_of(link), depth + 1) for link in links)

    async def _visit_first(self, tab: Tab) -> list[str] | None:
        """Without it there is nothing to tell. None: there was no time left for it."""
        if not (left := self._left()):
            return None
        links = await tab.visit(self._route.start, left)
        if links is not None:
            self.sights.pages.add(self._route.start)
            return [page_of(link) for link in links]
        if not self._left():
            return None
        raise BrokenOff(self._why(tab.left_for))

    def _why(self, led_to: str) -> Fault:
        if not led_to:
            return Fault.UNREACHABLE
        return Fault.KEPT_OUT if origin_of(led_to) == origin_of(self._route.start) else Fault.ELSEWHERE

    def _may_visit(self, url: str) -> bool:
        if origin_of(url) != origin_of(self._route.start):
            return False
        if not self._rules.allows(url):
            self.sights.kept_out.add(path_of(url))
            return False
        return True

    def _left(self) -> float:
        """Seconds for the next page; none is left when the time is over."""
        left = min(self._deadline - time.monotonic(), self._route.page_seconds)
        self.sights.out_of_time |= left <= 0
        return max(left, 0)

    def _ours(self) -> set[str]:
        return {host_of(self._route.start), *self._route.ours}
