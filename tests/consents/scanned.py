"""Real sites on this machine, for a real browser to scan: the shop at 127.0.0.1, another company at 127.0.0.2."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


@dataclass
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Web:
    """One server; what is not among its pages is not found."""

    def __init__(self, host: str) -> None:
        self.pages: dict[str, str | Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        # A page that waits for it never answers while the test runs.
        self.over = threading.Event()
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.host, self.origin = host, f"http://{host}:{self._server.server_address[1]}"

    def never(self) -> Answer:
        self.over.wait()
        return Answer()

    def visits(self, path: str) -> int:
        return self.asked.count(path)

    def stop(self) -> None:
        self.over.set()
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, agent: str) -> Answer:
        self.asked.append(path)
        self.agents.add(agent)
        page = self.pages.get(path.partition("?")[0], Answer("nothing here", 404))
        page = page() if callable(page) else page
        return page if isinstance(page, Answer) else Answer(page)

    def _handler(web) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # http.server's name for it
                answer = web.answer(self.path, self.headers.get("User-Agent", ""))
                body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the browser did not wait for it

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler


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
