"""A scan as work: asked for, taken by one worker, begun again when that one dies, and told to a pipeline."""

from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.calls.refusals import Refusal
from consents.cookies.models import Finding, Scan, Site, SiteOrigin
from consents.cookies.scan_models import Fault, Kind, Phase, State
from consents.cookies.scanning import run as acts
from consents.cookies.scanning.ask import ask, ask_and_queue
from consents.cookies.scanning.run import claim, run, start_due
from consents.cookies.scanning.sights import Sight, Sights
from consents.cookies.tasks import run_scan, start_due_scans
from tests.consents.scanned import Answer, Web, banner, declare

pytestmark = pytest.mark.django_db

SHOP = "https://shop.example"


@pytest.fixture
def site() -> Site:
    site = Site.objects.create(slug="store", name="The store")
    SiteOrigin.objects.create(site=site, origin=SHOP)
    return site


@pytest.fixture
def asked(site: Site) -> Scan:
    return ask(f"{SHOP}/")


def age(scan: Scan, by: timedelta) -> None:
    Scan.objects.filter(pk=scan.pk).update(due_at=timezone.now() - by)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://evil.example/", "origin-not-registered"),
        ("http://shop.example/", "origin-not-registered"),
        ("https://shop.example:8443/", "origin-not-registered"),
        ("https://shop.example.evil.example/", "origin-not-registered"),
        ("https://shop.example@evil.example/", "not-an-address"),
        ("https://me:secret@shop.example/", "not-an-address"),
        ("file:///etc/passwd", "not-an-address"),
        ("javascript:alert(1)", "not-an-address"),
        ("shop.example", "not-an-address"),
        ("https://shop.example/\x00", "not-an-address"),
        ("https://shop.example/" + "x" * 500, "not-an-address"),
        ("", "not-an-address"),
    ],
)
def test_only_what_is_registered_is_scanned(site: Site, address: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(address)
    assert (refused.value.code, refused.value.field) == (code, "address")
    assert not Scan.objects.exists()


def test_a_retired_site_is_not_scanned(site: Site) -> None:
    Site.objects.update(retired_at=timezone.now())
    with pytest.raises(Refusal, match="origin-not-registered"):
        ask(SHOP)


@pytest.mark.parametrize("limits", [{"depth": -1}, {"depth": 6}, {"pages": 0}, {"pages": 201}])
def test_limits_have_limits(site: Site, limits: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        ask(SHOP, **limits)
    assert (refused.value.code, [refused.value.field]) == ("out-of-bounds", list(limits))


def test_a_site_is_scanned_once_at_a_time(asked: Scan) -> None:
    with pytest.raises(Refusal, match="being-scanned"):
        ask(f"{SHOP}/other")


def test_whoever_comes_second_finds_it_taken(asked: Scan) -> None:
    assert claim(asked.pk) is not None
    assert claim(asked.pk) is None
    assert run(uuid4()) is None


def test_who_asks_without_waiting_sends_one_message_after_the_commit(
    site: Site, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(run_scan, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        scan = ask_and_queue(SHOP)
        assert sent == []
    assert sent == [str(scan.pk)]


def test_a_worker_that_died_leaves_the_scan_to_the_next_when_its_time_is_over(asked: Scan) -> None:
    assert claim(asked.pk).due_at - timezone.now() > timedelta(minutes=10)
    assert claim(asked.pk) is None
    age(asked, timedelta(seconds=1))
    again = claim(asked.pk)
    assert (again.tries, again.state) == (2, State.RUNNING)


def test_what_kills_every_worker_is_given_up(asked: Scan) -> None:
    for _try in range(3):
        age(asked, timedelta(seconds=1))
        assert claim(asked.pk) is not None
    age(asked, timedelta(seconds=1))
    assert claim(asked.pk) is None
    asked.refresh_from_db()
    assert (asked.state, asked.fault) == (State.FAILED, Fault.GIVEN_UP)


def test_who_was_only_slow_has_nothing_to_say_any_more(asked: Scan) -> None:
    slow = claim(asked.pk)
    age(asked, timedelta(seconds=1))
    assert claim(asked.pk) is not None
    assert acts._fail(slow, Fault.UNREACHABLE) is None
    asked.refresh_from_db()
    assert asked.state == State.RUNNING


def test_beat_sends_what_waits_too_long_and_nothing_else(asked: Scan) -> None:
    assert start_due() == 0, "its message is on the way"
    age(asked, timedelta(minutes=1))
    assert start_due() == 1
    start_due_scans()
    assert claim(asked.pk) is not None
    assert start_due() == 0


def test_an_address_that_is_not_registered_any_more_is_left_alone(asked: Scan) -> None:
    SiteOrigin.objects.all().delete()
    assert run(asked.pk).fault == Fault.NOT_REGISTERED


@pytest.mark.browser
def test_the_task_runs_twice_and_scans_once(web: Web) -> None:
    scan = ask(web.origin)
    run_scan(str(scan.pk))
    visits, findings = web.visits("/"), list(Finding.objects.values_list("pk", flat=True))
    assert visits
    run_scan(str(scan.pk))
    assert web.visits("/") == visits
    assert list(Finding.objects.values_list("pk", flat=True)) == findings


def test_of_each_site_the_last_are_kept(site: Site) -> None:
    for _number in range(acts.KEPT + 2):
        acts._fail(claim(ask(SHOP).pk), Fault.UNREACHABLE)
    assert site.scans.count() == acts.KEPT


@pytest.mark.browser
def test_the_command_tells_what_was_found_and_fails_for_a_pipeline(web: Web) -> None:
    web.pages["/"] = Answer(banner() + '<a href="/no">No</a>', headers={"Set-Cookie": "uid=1"})
    declare("_gone")
    out = StringIO()
    with pytest.raises(CommandError, match="1 thing is not declared") as failed:
        call_command("scan_site", web.origin, depth=1, pages=2, stdout=out)
    assert failed.value.returncode == 1
    for line in (
        f"The shop: {web.origin}/ (1 page)",
        "1 page did not answer or gave an error.",
        "Not declared: 1",
        "  Cookie: uid  127.0.0.1  Until you close the browser  [Before consent, /]",
        "  Cookie: _gone  = gone",
        "  Cookie: consent  127.0.0.1  1 year  [After refusal, /]  = consent",
    ):
        assert line in out.getvalue().splitlines(), out.getvalue()


def test_the_command_is_content_with_a_site_that_waits(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    met = Sights(pages={f"{web.origin}/"}, pressed={Phase.REFUSED: True, Phase.ACCEPTED: True})
    met.add(Kind.COOKIE, "consent", web.host, Sight(Phase.REFUSED, "/", "P1Y"))
    monkeypatch.setattr(acts, "walk", lambda route: met)
    out = StringIO()
    call_command("scan_site", web.origin, stdout=out)
    assert out.getvalue().endswith("Everything that was found is declared, and waits for consent where it must.\n")


@pytest.mark.parametrize(
    ("address", "words"),
    [("https://evil.example/", "is not registered for the site"), (SHOP + "/", "robots.txt")],
)
def test_the_command_says_why_nothing_was_scanned(
    site: Site, address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consents.cookies.scanning import robots

    monkeypatch.setattr(robots, "fetch", lambda origin: robots.NOTHING)
    with pytest.raises(CommandError, match=words) as failed:
        call_command("scan_site", address)
    assert failed.value.returncode == 2


SEEN = {"kind": "cookie", "name": "a", "host": "a.example", "party": "first", "phase": "before", "page": "/"}


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("kind", {"kind": "wall"}),
        ("party", {"party": "second"}),
        ("phase", {"phase": "later"}),
        ("", {"verdict": "fine"}),
        ("lifetime", {"lifetime": "a year"}),
        ("seen", {"page": ""}),
        ("seen", {"verdict": "never-seen"}),
        ("tracker_when_declared", {"verdict": "declared"}),
    ],
)
def test_the_database_keeps_no_finding_that_makes_no_sense(
    asked: Scan, constraint: str, values: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError, match=f"cookies_finding_{constraint}"):
        Finding.objects.create(scan=asked, **SEEN | {"verdict": "undeclared"} | values)


def test_the_database_keeps_a_finding_once(asked: Scan) -> None:
    Finding.objects.create(scan=asked, verdict="undeclared", **SEEN)
    with pytest.raises(IntegrityError, match="cookies_finding_once"):
        Finding.objects.create(scan=asked, verdict="undeclared", **SEEN)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("", {"state": "asleep"}),
        ("fault", {"fault": "bad luck"}),
        ("fault_when_failed", {"fault": "broke-off"}),
        ("finished_when_over", {"state": "done"}),
        ("finished_when_over", {"state": "running"}),
        ("limits", {"pages": 1000}),
    ],
)
def test_the_database_keeps_no_scan_that_makes_no_sense(asked: Scan, constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=f"cookies_scan_{constraint}"), transaction.atomic():
        Scan.objects.filter(pk=asked.pk).update(**values)
