"""Where the scan goes and where it does not: depth, number, robots.txt, pages that never answer, and other origins."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from consents.cookies.models import Finding, Scan
from consents.cookies.scan_models import Fault, Phase, State
from consents.cookies.scanning import walk
from consents.cookies.scanning.addresses import path_of
from consents.cookies.scanning.robots import EVERYTHING, NOTHING, fetch, parse
from consents.cookies.scanning.sights import Sights
from consents.cookies.scanning.walk import Route
from tests.consents.scanned import Answer, Scans, Walks, Web, banner, names, scanned, silent, verdicts

# One browser for all of them, so one process.
pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.xdist_group("scans")]


# Seconds, with pages that never answer.
PATIENCE = 2.0


def chain(web: Web, length: int) -> None:
    """Pages each of which leads to the next, and back."""
    web.pages["/"] = banner() + '<a href="/1">On</a>'
    for number in range(1, length):
        web.pages[f"/{number}"] = f'<a href="/">Home</a> <a href="/{number + 1}#top">On</a>'


def test_it_goes_as_deep_as_it_was_told(web: Web, walks: Walks) -> None:
    chain(web, 5)
    assert len(walks(silent(web, depth=2)).pages) == 3
    assert web.visits("/2") == 1
    assert web.visits("/3") == 0


def test_it_visits_no_more_pages_than_it_was_told(web: Web, walks: Walks) -> None:
    web.pages["/"] = banner() + "".join(f'<a href="/{number}">{number}</a>' for number in range(20))
    web.pages |= {f"/{number}": "Page" for number in range(20)}
    assert len(walks(silent(web, pages=3)).pages) == 3
    assert {path for path in web.asked if path != "/favicon.ico"} == {"/robots.txt", "/", "/0", "/1"}


def test_what_robots_txt_forbids_is_not_visited_and_told(web: Web, walks: Walks) -> None:
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /\n\nUser-agent: PrivacyCenterScanner\nDisallow: /private\n"
    web.pages["/"] = banner() + '<a href="/private/a">No</a><a href="/public">Yes</a><a href="/moved">Perhaps</a>'
    web.pages["/public"] = "Public"
    web.pages["/moved"] = Answer(status=302, headers={"Location": "/private/b"})
    met = walks(silent(web))
    assert (len(met.pages), len(met.kept_out)) == (2, 2)
    assert not [path for path in web.asked if path.startswith("/private")]
    assert any("PrivacyCenterScanner" in agent and "Chrome/" in agent for agent in web.agents)


@pytest.mark.parametrize("robots", [Answer("User-agent: *\nDisallow: /"), Answer("broken", 503)])
def test_a_site_that_keeps_robots_out_is_not_scanned(web: Web, scan: Scans, walks: Walks, robots: Answer) -> None:
    web.pages["/robots.txt"] = robots
    done = scan(web)
    assert (done.state, done.fault) == (State.FAILED, Fault.KEPT_OUT)
    assert web.asked == ["/robots.txt"]


@pytest.fixture(scope="module")
def hindered(walks: Walks) -> Iterator[Sights]:
    """A walk over pages each of which holds it up in its way, with one at the end that does not."""
    web = Web("127.0.0.1")
    paths = ("/never", "/loop", "/restless", "/next")
    web.pages["/"] = "".join(f'<a href="{path}">On</a>' for path in paths)
    web.pages |= {"/never": web.never, "/picture": web.never}
    web.pages["/loop"] = "<script>for (;;);</script>"
    web.pages["/restless"] = "<script>document.cookie = 'restless=1'</script><img src='/picture'>"
    web.pages["/next"] = Answer("Next", headers={"Set-Cookie": "uid=1"})
    yield walks(silent(web, page_seconds=PATIENCE))
    web.stop()


def test_a_page_that_never_answers_is_left_and_told(hindered: Sights) -> None:
    assert hindered.unanswered == {"/never"}
    assert "uid" in names(hindered), "it went on"


def test_a_page_that_is_caught_in_a_loop_is_left(hindered: Sights) -> None:
    assert {path_of(page) for page in hindered.pages} == {"/", "/loop", "/restless", "/next"}
    assert "uid" in names(hindered)


def test_a_page_that_answers_and_never_comes_to_rest_counts(hindered: Sights) -> None:
    assert "restless" in names(hindered)


def test_in_a_page_that_never_comes_to_rest_something_is_pressed(web: Web, walks: Walks) -> None:
    web.pages["/"] = '<img src="/never">' + banner(accepted="document.cookie = 'uid=1'")
    web.pages["/never"] = web.never
    met = walks(Route(f"{web.origin}/", phases=[Phase.ACCEPTED], page_seconds=PATIENCE), rest=0.3)
    assert (len(met.pages), met.pressed) == (1, {Phase.ACCEPTED: True})
    assert "uid" in names(met)


def test_when_the_time_is_over_before_the_first_page_there_is_no_report(
    web: Web, scan: Scans, settings: Settings
) -> None:
    settings.SCANNER = settings.SCANNER | {"TIME": timedelta(seconds=1)}
    web.pages["/"] = web.never
    assert scan(web).fault == Fault.UNREACHABLE


def test_when_the_time_is_over_what_was_seen_is_told(web: Web, scan: Scans, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def late() -> Answer:
        now[0] += Route("").seconds
        return Answer("Late", headers={"Set-Cookie": "late=1"})

    monkeypatch.setattr(walk, "time", SimpleNamespace(monotonic=lambda: now[0]))
    web.pages["/"] = Answer(
        banner() + '<a href="/late">Late</a><a href="/next">Next</a>', headers={"Set-Cookie": "uid=1"}
    )
    web.pages |= {"/late": late, "/next": "Next"}
    done = scan(web)
    assert (done.state, done.out_of_time, done.acceptance_pressed) == (State.DONE, True, None)
    assert (done.visited, web.visits("/next")) == (2, 0)
    assert (verdicts(done)["uid"], verdicts(done)["late"]) == ("undeclared", "undeclared")


def test_other_origins_are_neither_followed_nor_visited_by_a_redirect_or_a_script(
    web: Web, walks: Walks, company: Web
) -> None:
    company.pages["/"] = Answer("Elsewhere", headers={"Set-Cookie": "theirs=1"})
    links = [f"{company.origin}/", "/redirect", "/script", "/next", "mailto:us@shop.example", "javascript:void 0"]
    web.pages["/"] = banner() + "".join(f'<a href="{link}">Link</a>' for link in links)
    web.pages["/redirect"] = Answer(status=302, headers={"Location": f"{company.origin}/"})
    web.pages["/script"] = f"<script>localStorage.left = 1; location.href = '{company.origin}/'</script>"
    web.pages["/next"] = "Next"
    met = walks(silent(web))
    assert company.asked == []
    assert (len(met.pages), len(met.unanswered)) == (3, 0)
    assert names(met) == {"left"}, "what the page kept that led away is met on the next one"


def test_a_first_page_that_leads_elsewhere_is_no_scan_of_ours(web: Web, scan: Scans, company: Web) -> None:
    web.pages["/"] = Answer(status=301, headers={"Location": f"{company.origin}/"})
    done = scan(web)
    assert (done.state, done.fault) == (State.FAILED, Fault.ELSEWHERE)
    assert not Finding.objects.exists()


def test_a_first_page_that_leads_to_what_robots_txt_forbids_is_left(web: Web, scan: Scans) -> None:
    web.pages["/robots.txt"] = "User-agent: *\nDisallow: /private"
    web.pages["/"] = Answer(status=301, headers={"Location": "/private"})
    assert scan(web).fault == Fault.KEPT_OUT
    assert web.visits("/private") == 0


@pytest.mark.parametrize("page", [Answer("Broken", 500), Answer("Gone", 404)])
def test_without_a_first_page_there_is_no_report(web: Web, scan: Scans, page: Answer) -> None:
    web.pages["/"] = page
    assert scan(web).fault == Fault.UNREACHABLE


def test_files_are_not_fetched_and_dialogs_hold_nothing_up(web: Web, walks: Walks) -> None:
    web.pages["/"] = banner() + '<a href="/file">File</a><a href="/asks">Asks</a><a href="/" target="_blank">Again</a>'
    web.pages["/file"] = Answer(b"PK", headers={"Content-Type": "application/zip"})
    web.pages["/asks"] = "<script>alert('Stop'); window.onbeforeunload = () => 'Stay'; open('/popup')</script>"
    web.pages["/popup"] = Answer("Window", headers={"Set-Cookie": "popup=1"})
    met = walks(silent(web))
    assert (len(met.pages), len(met.unanswered)) == (2, 0)
    assert web.visits("/popup") == 0, "no window opens by itself"


def test_without_a_browser_it_fails_in_words(web: Web, settings: Settings) -> None:
    settings.SCANNER = settings.SCANNER | {"CHROMIUM": "/nowhere/chromium"}
    done = scanned(web)
    assert (done.fault, done.get_fault_display()) == ("no-browser", "There is no browser that could be started.")
    assert not Scan.objects.open().exists()


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a", "/ab", False),
        ("User-agent: *\nDisallow: /a\nAllow: /ab", "/abc", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=up", False),
        ("User-agent: *\nDisallow: /*?sort=", "/list?page=2", True),
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php5", True),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a*b*c", "/a-c-b", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a-b-c-d", False),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", False),
        ("User-agent: Other\nDisallow: /", "/a", True),
        ("user-agent: privacycenterscanner/2.0\ndisallow: /a # all of it", "/a", False),
        ("User-agent: Other\nUser-agent: PrivacyCenterScanner\nCrawl-delay: 1\nDisallow: /", "/a", False),
        ("User-agent: PrivacyCenterScanner\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("Disallow: /\nnonsense\n\x00", "/a", True),
    ],
)
def test_robots_txt_is_read_as_its_standard_says(rules: str, path: str, allowed: bool) -> None:
    assert parse(rules).allows(f"https://shop.example{path}") is allowed


def test_a_site_without_robots_txt_forbids_nothing_and_one_that_can_not_say_forbids_all(web: Web) -> None:
    assert fetch(web.origin) == EVERYTHING
    web.pages["/robots.txt"] = Answer(status=302, headers={"Location": "/rules"})
    web.pages["/rules"] = "User-agent: *\nDisallow: /a"
    assert not fetch(web.origin).allows(f"{web.origin}/a")
    for broken in (Answer("", 500), Answer(status=302, headers={"Location": "ftp://127.0.0.1/"}), web.never):
        web.pages["/robots.txt"] = broken
        assert fetch(web.origin, timeout=0.3) == NOTHING
    web.stop()
    assert fetch(web.origin) == NOTHING
