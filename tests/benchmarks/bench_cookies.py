"""What a website pays for consent.js: bytes, movement, and how fast configuration and decisions are answered."""

import itertools
import json
import statistics
from functools import partial
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import sync_playwright

from consents.catalogue.models import Purpose
from consents.cookies.devices import new_device
from consents.cookies.models import Site, SiteOrigin, Tracker
from privacycenter.servers import chromium
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack
from tests.benchmarks.bench_choices_check import bare_server
from tests.benchmarks.bench_choices_write import Calls, bare_rate
from tests.benchmarks.line import Line, several
from tests.benchmarks.rate import rate
from tests.consents.purposes import make_purpose
from tests.websites import Web

DECISIONS = "/api/v1/cookies/decisions/"
TURNS = 3
HTML = """<!doctype html><html lang="en"><head><title>A shop</title>
<script src="{center}/consent.js" data-site="bench-page" defer></script></head>
<body><h1>A shop</h1><p>Offers.</p><iframe data-purpose="bench-ads" data-src="/film" width="300" height="200"></iframe>
<p>The end.</p></body></html>"""
SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => { for (const each of list.getEntries()) window.shifts += each.value; })
    .observe({type: "layout-shift", buffered: true});
"""


def packed(stack: Stack, name: str) -> float:
    with urlopen(Request(f"{stack.base_url}/{name}", headers={"Accept-Encoding": "gzip"})) as answer:  # noqa: S310
        assert answer.headers["Content-Encoding"] == "gzip"
        return len(answer.read())


@figure("cookies.script", unit="bytes")
def script(stack: Stack) -> float:
    """consent.js as it is served, with the part that draws the banner."""
    return packed(stack, "consent.js") + packed(stack, "consent-ui.js")


@figure("cookies.style", unit="bytes")
def style(stack: Stack) -> float:
    return packed(stack, "consent.css")


@figure("cookies.layout_shift", unit="score")
def layout_shift(stack: Stack) -> float:
    """The sum of all shifts of a page, from opening it to a refusal: 0 is none."""
    shop = Web("127.0.0.2")
    # A site of its own: what is told of the other one is kept for a moment.
    registered(shop.origin, "bench-page")
    shop.pages["/"] = HTML.format(center=stack.base_url)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
            page = browser.new_page()
            page.add_init_script(SHIFTS)
            page.goto(shop.origin)
            page.locator("[data-pc-action=reject-all]").click()
            page.locator(".pc-control").wait_for()
            shifts = page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(shifts))))")
            browser.close()
    finally:
        shop.stop()
    return float(shifts)


@figure("cookies.configuration", unit="per second")
def configuration(stack: Stack) -> Measured:
    """What the script asks on every page; the baseline is a view of constant JSON with the same middleware."""
    registered("https://bench.example")
    path, headers = "/api/v1/cookies/sites/bench/", {"Origin": "https://bench.example", "Accept-Language": "en"}
    with bare_server(stack) as base_url:
        rates = [(read(stack.base_url, path, headers), read(base_url, "/constant/", headers)) for _turn in range(TURNS)]
    value, baseline = (statistics.mean(each) for each in zip(*rates, strict=True))
    return Measured(value, baseline=round(baseline, 3))


@figure("cookies.decide", unit="per second")
def decide(stack: Stack) -> Measured:
    """One purpose a call, by devices that said something before; the baseline commits the two rows and nothing else."""
    bodies = said(stack)
    baseline = bare_rate(stack, Calls(stack))
    with several(stack.base_url) as lines:
        requests = itertools.cycle(bodies)
        return Measured(rate([partial(write, line, requests) for line in lines]), baseline=baseline)


@figure("cookies.decide_statements", unit="statements")
def decide_statements(stack: Stack) -> float:
    """From the call to the rows; the borders of the transaction are not counted."""
    (call,) = said(stack, 1)
    body = call | {"client_id": str(uuid4())}
    client = Client(headers={"Host": urlsplit(stack.base_url).netloc})
    with CaptureQueriesContext(connection) as statements:
        response = client.post(DECISIONS, body, content_type="application/json")
    assert response.status_code == 201, response.content
    return sum(statement["sql"] not in {"BEGIN", "COMMIT"} for statement in statements.captured_queries)


def read(base_url: str, path: str, headers: dict[str, str]) -> float:
    with several(base_url) as lines:
        request = lines[0].reading(path, headers)
        return rate([partial(line.send, request) for line in lines])


def write(line: Line, bodies: "itertools.cycle[dict[str, object]]") -> None:
    body = json.dumps({**next(bodies), "client_id": str(uuid4())}).encode()
    line.send(line.request(DECISIONS, {}, body), status=201)


def said(stack: Stack, devices: int = 40) -> list[dict[str, object]]:
    """A refusal and a permission by turns, of each device one call."""
    registered("https://bench.example")
    client = Client(headers={"Host": urlsplit(stack.base_url).netloc})
    told = client.get("/api/v1/cookies/sites/bench/").json()
    (asked,) = (each for each in told["purposes"] if each["purpose"] == "bench-ads")
    decision = {"purpose": "bench-ads", "text_sha256": asked["text_sha256"], "version": asked["version"]}
    calls: list[dict[str, object]] = [
        {
            "site": "bench",
            "device": new_device(),
            "control": "save",
            "banner": told["banner"]["sha256"],
            "language": "en",
            "decisions": [decision | {"decision": "granted" if number % 2 else "refused"}],
        }
        for number in range(devices)
    ]
    for each in calls:
        answer = client.post(DECISIONS, each | {"client_id": str(uuid4())}, content_type="application/json")
        assert answer.status_code == 201, answer.content
    return calls


@transaction.atomic
def registered(origin: str, slug: str = "bench") -> None:
    """A site of these figures, with one purpose that it asks about."""
    site, _is_new = Site.objects.get_or_create(slug=slug, defaults={"name": "A shop"})
    SiteOrigin.objects.get_or_create(site=site, origin=origin)
    if not Purpose.objects.filter(slug="bench-ads").exists():
        kept = {"name": "_bench", "storage": "cookie", "party": "first"}
        Tracker.objects.create(slug="bench-ads", purpose=make_purpose("bench-ads"), **kept)
