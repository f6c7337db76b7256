"""Real sites on this machine, for a real browser to scan: the shop at 127.0.0.1, another company at 127.0.0.2."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from consents.catalogue.models import Purpose
from consents.cookies.models import Finding, Scan, Site, SiteOrigin, Tracker
from consents.cookies.scan_models import Phase
from consents.cookies.scanning import tab
from consents.cookies.scanning.ask import ask
from consents.cookies.scanning.run import run
from consents.cookies.scanning.sights import Sights
from consents.cookies.scanning.walk import Route, walk
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


@pytest.fixture
def web(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Registered as a site, with a banner on its first page that does nothing else. Nothing on this machine is far."""
    monkeypatch.setattr(tab, "REST", 1.0)
    monkeypatch.setattr(tab, "BANNER", 2.0)
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
        slug=name.strip("_*").replace("_", "-").lower(),
        name=name,
        storage=storage,
        party=party,
        provider="AdNorth" if party == "third" else "",
        legal_exception="strictly-necessary" if essential else "",
        purpose=purpose,
    )


def scan(web: Web, path: str = "/", **limits: int) -> Scan:
    done = run(UUID(str(ask(web.origin + path, **limits).pk)))
    assert done is not None
    return done


def walked(web: Web, **limits: Any) -> Sights:
    """What somebody meets there who says nothing: a third of the time that a scan takes."""
    return walk(Route(f"{web.origin}/", phases=[Phase.BEFORE], **limits))


def names(met: Sights) -> set[str]:
    return {thing.name for thing in met.things}


def verdicts(done: Scan) -> dict[str, str]:
    """By the name; of a request the host and the path."""
    rows = Finding.objects.filter(scan=done)
    return {(row.host + row.name if row.kind == "request" else row.name): row.verdict for row in rows}
