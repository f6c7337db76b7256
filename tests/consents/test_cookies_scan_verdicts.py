"""What a browser meets on a site is held against the inventory: when it came, and whether it may be there."""

from collections.abc import Iterator
from functools import partial

import pytest

from consents.cookies.models import Finding, Tracker
from consents.cookies.scan_models import State
from consents.cookies.scanning import run
from consents.cookies.scanning.compare import compare
from consents.cookies.scanning.sights import Sights, as_duration
from consents.cookies.scanning.walk import Route
from tests.consents.scanned import Answer, Scans, Walks, Web, banner, declare, scanned, verdicts

# One browser for all of them, and one walk for most, so one process.
pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.xdist_group("scans")]

EARLY = "<script>localStorage.basket = '1'; sessionStorage['a\\0\\ud800'] = '1'; document.cookie = 'basket=1'</script>"
YES = "for (const name of ['_visits', '_late', '_pk_id.1.a5fe', '_pk_ses']) document.cookie = name + '=1';"
YES += "document.cookie = 'uid=person-4711;max-age=172800'"
NO = "document.cookie = '_late=1'"
NEXT = "<script>if (document.cookie.includes('consent=no')) document.cookie = '_next=1'</script>"


@pytest.fixture(scope="module")
def met(walks: Walks) -> Iterator[Sights]:
    """All that these tests are about, on one walk."""
    web = Web("127.0.0.1")
    web.pages["/"] = Answer(
        banner(accepted=YES, refused=NO) + EARLY + '<a href="/next">Next</a>', headers={"Set-Cookie": "_early=1"}
    )
    web.pages["/next"] = NEXT
    yield walks(Route(f"{web.origin}/"))
    web.stop()


def found(met: Sights, name: str, kind: str = "cookie") -> Finding:
    (row,) = [
        row
        for row in compare(met, Tracker.objects.select_related("purpose"), ["127.0.0.1"])
        if (row.name, row.kind) == (name, kind)
    ]
    return row


def test_what_nobody_declared_is_told_with_its_place_and_its_lifetime_and_never_with_its_value(met: Sights) -> None:
    row = found(met, "uid")
    assert (row.verdict, row.host, row.party, row.phase, row.page) == (
        "undeclared",
        "127.0.0.1",
        "first",
        "accepted",
        "/",
    )
    assert (row.lifetime, row.duration, row.tracker) == ("P2D", "2 days", None)
    assert "4711" not in repr(met)


def test_what_comes_after_a_yes_is_as_declared(met: Sights) -> None:
    declare("_visits")
    assert (found(met, "_visits").verdict, found(met, "_visits").phase) == ("declared", "accepted")


def test_what_needs_a_yes_and_does_not_wait_for_it_is_told(met: Sights) -> None:
    declare("_early")
    assert (found(met, "_early").verdict, found(met, "_early").phase) == ("before-consent", "before")


def test_what_the_service_needs_may_come_before(met: Sights) -> None:
    declare("_early", essential=True)
    assert found(met, "_early").verdict == "declared"


def test_what_comes_after_a_no_is_told_though_it_comes_after_a_yes_too(met: Sights) -> None:
    declare("_late")
    assert (found(met, "_late").verdict, found(met, "_late").phase) == ("after-refusal", "refused")


def test_what_comes_with_the_next_page_only_is_met_too(met: Sights) -> None:
    declare("_next")
    assert (found(met, "_next").verdict, found(met, "_next").page) == ("after-refusal", "/next")


def test_what_is_declared_and_was_never_seen_is_told(met: Sights) -> None:
    tracker = declare("_gone")
    row = found(met, "_gone")
    assert (row.verdict, row.tracker, row.phase, row.host, row.page) == ("never-seen", tracker, "", "", "")


def test_a_star_in_the_inventory_stands_for_any_ending(met: Sights) -> None:
    tracker = declare("_pk_id*")
    assert (found(met, "_pk_id.1.a5fe").verdict, found(met, "_pk_id.1.a5fe").tracker) == ("declared", tracker)
    assert found(met, "_pk_ses").verdict == "undeclared"
    declare("_pk*", essential=True)
    assert found(met, "_pk_id.1.a5fe").tracker == tracker, "what says it more exactly goes first"


def test_both_storages_of_the_browser_are_looked_into(met: Sights) -> None:
    declare("basket", storage="local-storage", essential=True)
    assert found(met, "basket", "local-storage").verdict == "declared"
    assert found(met, "a\ufffd\ufffd", "session-storage").verdict == "undeclared"


def test_the_same_name_elsewhere_in_the_browser_is_another_thing(met: Sights) -> None:
    declare("basket", storage="session-storage", essential=True)
    assert found(met, "basket").verdict == "undeclared"
    assert found(met, "basket", "local-storage").verdict == "undeclared"
    assert found(met, "basket", "session-storage").verdict == "never-seen"


def test_a_site_that_waits_for_consent_has_nothing_to_mend(web: Web, scan: Scans) -> None:
    declare("_visits")
    web.pages["/"] = banner(accepted="document.cookie = '_visits=1'")
    done = scan(web)
    assert (done.state, done.visited, done.refusal_pressed, done.acceptance_pressed) == (State.DONE, 1, True, True)
    assert verdicts(done) == {"consent": "declared", "_visits": "declared"}


def test_without_a_banner_the_report_says_what_could_not_be_seen(
    web: Web, walks: Walks, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare("_visits")
    monkeypatch.setattr(run, "walk", partial(walks, banner=0.3))
    web.pages["/"] = Answer("<h1>Welcome</h1>", headers={"Set-Cookie": "_visits=1"})
    done = scanned(web)
    assert (done.state, done.refusal_pressed, done.acceptance_pressed) == (State.DONE, False, False)
    assert verdicts(done)["_visits"] == "before-consent"


def test_a_banner_that_comes_late_and_inside_a_component_is_found(web: Web, scan: Scans) -> None:
    web.pages["/"] = """<div id="host"></div><script>
    setTimeout(() => {
      const button = says => `<button data-pc-action="${says}">Say it</button>`;
      const root = document.getElementById("host").attachShadow({ mode: "open" });
      root.innerHTML = button("reject-all") + button("accept-all");
    }, 300);
    </script>"""
    done = scan(web)
    assert (done.refusal_pressed, done.acceptance_pressed) == (True, True)


def test_a_site_that_makes_up_names_without_end_fills_no_report(web: Web, scan: Scans) -> None:
    web.pages["/"] = banner() + "<script>for (let n = 0; n < 1000; n++) localStorage['x' + n] = 1</script>"
    done = scan(web)
    assert done.overflowed
    assert Finding.objects.filter(scan=done, kind="local-storage").count() == 300
    assert "consent" in verdicts(done), "the one kind crowds out no other"


@pytest.mark.parametrize(
    ("seconds", "duration"),
    [
        (1, "PT1M"),
        (1795, "PT30M"),
        (3597, "PT1H"),
        (86_390, "P1D"),
        (47 * 3600, "PT47H"),
        (31_535_990, "P1Y"),
        (34_560_000, "P400D"),
        (1e12, "P9999D"),
    ],
)
def test_a_lifetime_is_said_as_the_inventory_says_it(seconds: float, duration: str) -> None:
    assert as_duration(seconds) == duration
