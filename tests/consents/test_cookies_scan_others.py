"""Other companies on a page: what they set there, and that they were asked at all."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import timezone
from pytest_django import Settings

from consents.cookies.models import Finding, Site, SiteOrigin, Tracker
from consents.cookies.scan_models import Kind, Phase
from consents.cookies.scanning import run
from consents.cookies.scanning.addresses import is_of_one, origin_of
from consents.cookies.scanning.compare import asked_as, compare
from consents.cookies.scanning.sights import Sight, Sights
from consents.cookies.scanning.walk import Route
from tests.consents.scanned import Answer, Walks, Web, banner, declare, scanned, verdicts

# One browser and one walk for all of them, so one process.
pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.xdist_group("scans")]

# From one site to another browsers only send what says so, and that it is meant for secure pages; this machine is one.
SETS = "px=1;SameSite=None;Secure;Max-Age=34560000"
SCRIPT = {"Content-Type": "text/javascript"}


def embedding(company: Web) -> str:
    """A page of ours with a picture, a script and a frame of theirs at once, and another picture after a yes."""
    company.pages["/pixel"] = Answer(b"", headers={"Content-Type": "image/gif", "Set-Cookie": SETS})
    company.pages["/wanted"] = Answer(b"", headers={"Content-Type": "image/gif"})
    company.pages["/script"] = Answer("document.cookie = '_visits=1'", headers=SCRIPT)
    company.pages["/frame"] = "<script>localStorage.visitor = 1</script>"
    theirs = f'<img src="{company.origin}/pixel?person=4711"><script src="{company.origin}/script"></script>'
    theirs += f'<iframe src="{company.origin}/frame"></iframe><iframe sandbox srcdoc="x"></iframe>'
    return theirs + banner(accepted=f"new Image().src = '{company.origin}/wanted'")


@pytest.fixture(scope="module")
def met(walks: Walks) -> Iterator[Sights]:
    web, company = Web("127.0.0.1"), Web("127.0.0.2")
    web.pages["/"] = embedding(company)
    yield walks(Route(f"{web.origin}/"))
    web.stop()
    company.stop()


def found(met: Sights, name: str) -> list[Finding]:
    trackers = Tracker.objects.select_related("purpose")
    return [row for row in compare(met, trackers, ["127.0.0.1"]) if row.name == name]


def verdicts_of(met: Sights, *names: str) -> list[str]:
    return [row.verdict for name in names for row in found(met, name)]


def test_what_another_company_sets_is_told(met: Sights) -> None:
    (row,) = found(met, "px")
    assert (row.verdict, row.party, row.host, row.phase) == ("undeclared", "third", "127.0.0.2", "before")
    assert row.lifetime == "P400D"


def test_that_it_was_asked_is_told_without_what_it_was_told(met: Sights) -> None:
    (row,) = found(met, "/pixel")
    assert (row.kind, row.host, row.party, row.phase) == ("request", "127.0.0.2", "third", "before")
    assert row.verdict == "undeclared"
    assert "4711" not in repr(met)


def test_who_is_asked_without_a_yes_is_to_be_declared_and_who_is_asked_after_it_is_noted(met: Sights) -> None:
    assert verdicts_of(met, "/pixel", "/script", "/frame") == ["undeclared"] * 3
    assert verdicts_of(met, "/wanted") == ["noted"]
    late = Sights()
    late.add(Kind.REQUEST, "/late", "px.example", Sight(Phase.REFUSED, "/"))
    assert verdicts_of(late, "/late") == ["undeclared"], "after a refusal as before it"


def test_a_request_is_declared_by_its_host_and_waits_for_a_yes_if_its_purpose_does(met: Sights) -> None:
    tracker = declare("127.0.0.2", storage="request", party="third")
    assert verdicts_of(met, "/pixel", "/wanted") == ["before-consent", "declared"]
    assert [row.tracker for row in found(met, "/pixel")] == [tracker]
    assert verdicts_of(met, "px") == ["undeclared"], "what is kept there is another matter"


@pytest.mark.parametrize("why", ["purpose", "exception", "provider"])
def test_who_is_needed_may_be_asked_before(met: Sights, why: str) -> None:
    name = "_other" if why == "provider" else "127.0.0.2"
    storage = "cookie" if why == "provider" else "request"
    tracker = declare(name, storage=storage, party="third", essential=why != "exception")
    words = {"provider": {"provider": "127.0.0.2"}, "exception": {"legal_exception": "transmission"}}
    Tracker.objects.filter(pk=tracker.pk).update(**words.get(why, {}))
    assert verdicts_of(met, "/pixel", "/script", "/frame", "/wanted") == ["declared"] * 4


@pytest.mark.parametrize(
    ("host", "declared"),
    [
        ("px.adnorth.example", "px.adnorth.example"),
        ("eu.px.adnorth.example", "px.adnorth.example"),
        ("cdn.adnorth.example", "adnorth.example"),
        ("badnorth.example", None),
        ("other.example", None),
    ],
)
def test_a_host_stands_for_those_below_it_and_the_nearest_is_meant(host: str, declared: str | None) -> None:
    for name in ("adnorth.example", "px.adnorth.example"):
        declare(name, storage="request", party="third")
    entry = asked_as(host, Tracker.objects.select_related("purpose"))
    assert (entry.name if entry else None) == declared


def test_a_declared_request_that_was_never_met_is_told(met: Sights) -> None:
    tracker = declare("fonts.example", storage="request", party="third")
    (row,) = found(met, "fonts.example")
    assert (row.verdict, row.tracker, row.kind) == ("never-seen", tracker, "request")


def test_other_sites_of_the_organisation_and_its_script_are_nobody_else(
    web: Web, company: Web, walks: Walks, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.BASE_URL = "https://center.example"
    site = Site.objects.create(slug="other", name="Another of ours", retired_at=timezone.now())
    SiteOrigin.objects.create(site=site, origin=company.origin)
    web.pages["/"] = embedding(company)
    routes: list[Route] = []

    def walk(route: Route) -> Sights:
        routes.append(replace(route, phases=[Phase.BEFORE]))
        return walks(routes[0])

    monkeypatch.setattr(run, "walk", walk)
    assert verdicts(scanned(web)) == {
        "visitor": "undeclared",
        "_visits": "undeclared",
        "px": "undeclared",
        "consent": "never-seen",
    }
    assert routes[0].ours == {"127.0.0.1", "127.0.0.2", "center.example"}


def test_who_is_declared_may_be_asked_after_a_yes_and_not_before(met: Sights) -> None:
    declare("px", party="third")
    assert verdicts_of(met, "px", "/pixel", "/script") == ["before-consent"] * 3
    assert verdicts_of(met, "/wanted") == ["declared"]


def test_what_is_ours_does_not_excuse_the_same_name_of_another_company(met: Sights) -> None:
    declare("px", essential=True)
    assert {(row.verdict, row.party) for row in found(met, "px")} == {("undeclared", "third"), ("never-seen", "first")}


def test_what_their_script_writes_at_our_host_may_be_declared_as_theirs(met: Sights) -> None:
    declare("_visits", party="third")
    (row,) = found(met, "_visits")
    assert (row.verdict, row.party, row.host) == ("before-consent", "first", "127.0.0.1")


def test_frames_are_looked_into_as_well(met: Sights) -> None:
    (row,) = found(met, "visitor")
    assert (row.kind, row.host, row.party, row.verdict) == ("local-storage", "127.0.0.2", "third", "undeclared")


def test_all_of_it_is_kept_in_the_report_of_the_site(met: Sights, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("px", party="third")
    monkeypatch.setattr(run, "walk", lambda route: met)
    assert verdicts(scanned(web)) == {
        "visitor": "undeclared",
        "_visits": "undeclared",
        "px": "before-consent",
        "127.0.0.2/pixel": "before-consent",
        "127.0.0.2/script": "before-consent",
        "127.0.0.2/frame": "before-consent",
        "127.0.0.2/wanted": "declared",
        "consent": "declared",
    }


@pytest.mark.parametrize(
    ("host", "other", "expected"),
    [
        ("shop.example", "shop.example", True),
        ("www.shop.example", "img.shop.example", True),
        ("shop.example", "shop.test", False),
        ("notshop.example", "shop.example", False),
        ("www.shop.co.uk", "img.shop.co.uk", True),
        ("shop.co.uk", "other.co.uk", False),
        ("a.shop.de", "shop.de", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.0.0.1", "9.0.0.1", False),
        ("::1", "::1", True),
        ("localhost", "localhost", True),
        ("localhost", "shop", False),
        ("com", "example.com", False),
    ],
)
def test_hosts_are_of_one_owner_by_their_last_labels(host: str, other: str, expected: bool) -> None:
    assert is_of_one(host, other) is expected
    assert is_of_one(other, host) is expected


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.example:443/a?b#c", "https://shop.example"),
        ("http://shop.example:443/", "http://shop.example:443"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("ftp://shop.example/", ""),
        ("javascript:alert(1)", ""),
        ("http://shop.example:port/", ""),
        ("http://[shop/", ""),
        ("shop.example", ""),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin
