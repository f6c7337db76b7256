"""Real sites on this machine, for a real browser to scan: the shop at 127.0.0.1, another company at 127.0.0.2."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, nullcontext
from typing import Any, cast

import pytest

from consents.catalogue.models import Purpose
from consents.cookies.models import Finding, Scan, Site, SiteOrigin, Tracker
from consents.cookies.scan_models import Phase
from consents.cookies.scanning import run as acts
from consents.cookies.scanning import tab
from consents.cookies.scanning.ask import ask
from consents.cookies.scanning.browser import started
from consents.cookies.scanning.sights import Sights
from consents.cookies.scanning.walk import Route, walk_in
from tests.consents.purposes import make_purpose
from tests.websites import Answer, Web

__all__ = ["Answer", "Web"]

# As the banner has them: whatever is chosen is done by a script, and known on the next page by a cookie.
BANNER = """
<div id="banner" hidden>
  <button data-pc-action="reject-all">No</button> <button data-pc-action="accept-all">Yes</button>
</div>
<script>
  const banner = document.getElementById("banner");
  const said = document.cookie.includes("consent=yes");
  banner.hidden = document.cookie.includes("consent=");
  function accepted() { %(accepted)s }
  function refused() { %(refused)s }
  banner.querySelector("[data-pc-action=accept-all]").onclick = () => {
    document.cookie = "consent=yes;max-age=31536000"; banner.hidden = true; accepted();
  };
  banner.querySelector("[data-pc-action=reject-all]").onclick = () => {
    document.cookie = "consent=no;max-age=31536000"; banner.hidden = true; refused();
  };
  if (said) accepted();
</script>
"""


def banner(*, accepted: str = "", refused: str = "") -> str:
    """With what its page does then, in JavaScript."""
    return BANNER % {"accepted": accepted, "refused": refused}


Walks = Callable[..., Sights]
Scans = Callable[..., Scan]


@pytest.fixture(scope="session")
def walks() -> Iterator[Walks]:
    """Walk along a route, all of them in one browser: to start one takes longer than most walks. `wait`: see `tab`."""
    loop, browser = asyncio.new_event_loop(), AsyncExitStack()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def done(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    running = done(browser.enter_async_context(started()))

    def along(route: Route, **wait: float) -> Sights:
        with pytest.MonkeyPatch.context() as patch:
            be_quick(patch, **wait)
            return cast(Sights, done(walk_in(route, lambda: nullcontext(running))))

    yield along
    done(browser.aclose())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def scan(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> Scans:
    """A scan of one of the sites below, but for the start of the browser."""
    monkeypatch.setattr(acts, "walk", walks)
    return scanned


def be_quick(patch: pytest.MonkeyPatch, **wait: float) -> None:
    """Nothing on this machine is far."""
    for name, seconds in ({"quiet": 0.1, "rest": 1.0, "banner": 2.0, "answer": 1.0} | wait).items():
        patch.setattr(tab, name.upper(), seconds)


@pytest.fixture
def web(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Registered as a site, with a banner on its first page that does nothing else."""
    be_quick(monkeypatch)
    web = Web("127.0.0.1")
    web.pages["/"] = banner()
    site = Site.objects.create(slug="shop", name="The shop")
    SiteOrigin.objects.create(site=site, origin=web.origin)
    declare("consent", essential=True)
    yield web
    web.stop()


@pytest.fixture
def company() -> Iterator[Web]:
    """Another company."""
    web = Web("127.0.0.2")
    yield web
    web.stop()


def declare(name: str, *, essential: bool = False, storage: str = "cookie", party: str = "first") -> Tracker:
    """Into the inventory; for statistics, if it is not essential."""
    slug = "service" if essential else "statistics"
    purpose = Purpose.objects.filter(slug=slug).first() or make_purpose(slug, essential=essential)
    return Tracker.objects.create(
        slug=name.strip("_*").replace("_", "-").replace(".", "-").lower(),
        name=name,
        storage=storage,
        party=party,
        provider="AdNorth" if party == "third" else "",
        legal_exception="strictly-necessary" if essential else "",
        purpose=purpose,
    )


def scanned(web: Web, path: str = "/", **limits: Any) -> Scan:
    done = acts.run(ask(web.origin + path, **limits).pk)
    assert done is not None
    return done


def silent(web: Web, **limits: Any) -> Route:
    """Of somebody who says nothing: a third of what a scan does."""
    return Route(f"{web.origin}/", phases=[Phase.BEFORE], **limits)


def names(met: Sights) -> set[str]:
    return {thing.name for thing in met.things}


def verdicts(done: Scan) -> dict[str, str]:
    """By the name; of a request the host and the path."""
    rows = Finding.objects.filter(scan=done)
    return {(row.host + row.name if row.kind == "request" else row.name): row.verdict for row in rows}
