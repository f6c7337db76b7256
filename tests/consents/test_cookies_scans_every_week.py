"""Each site is scanned once a week without being asked for, and staff are told what was wrong the last time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.staff.duties import Duty
from consents.cookies.models import Finding, Scan, Site, SiteOrigin
from consents.cookies.scan_models import Fault, State
from consents.cookies.scanning import run as acts
from consents.cookies.scanning import schedule
from consents.cookies.scanning.ask import BeingScanned, ask
from consents.cookies.scanning.run import claim
from consents.cookies.tasks import run_scan, scan_next_site
from privacycenter import environment
from privacycenter.beat import SCHEDULE
from tests.consents.scanned import declare
from tests.people import staff_with

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
SEEN = {"kind": "cookie", "phase": "before", "page": "/", "host": "shop.example", "party": "first"}


def make_site(slug: str = "shop", *origins: str) -> Site:
    site = Site.objects.create(slug=slug, name=f"The {slug}")
    for origin in origins or [f"https://{slug}.example"]:
        SiteOrigin.objects.create(site=site, origin=origin)
    return site


def finish(scan: Scan, *, ago: timedelta = timedelta(), fault: str = "") -> Scan:
    then = timezone.now() - ago
    state = State.FAILED if fault else State.DONE
    Scan.objects.filter(pk=scan.pk).update(state=state, fault=fault, asked_at=then, started_at=then, finished_at=then)
    scan.refresh_from_db()
    return scan


def scanned(site: Site, **how: Any) -> Scan:
    return finish(Scan.objects.create(site=site, address="https://shop.example/"), **how)


def asked() -> list[str]:
    """The sites that beat scans one after another, as long as it finds any."""
    found = []
    while scan := schedule.scan_next_site():
        found.append(scan.site.slug)
        finish(scan)
    return found


def test_beat_looks_for_the_next_site() -> None:
    assert SCHEDULE["scan-next-site"]["task"] == scan_next_site.name


def test_a_site_is_scanned_from_its_root_with_the_usual_limits_and_the_report_says_that_nobody_asked(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(run_scan, "delay", sent.append)
    site = make_site("shop", "https://www.shop.example", "https://shop.example")
    with django_capture_on_commit_callbacks(execute=True):
        scan_next_site()
    scan = Scan.objects.get()
    assert (scan.site, scan.address, scan.scheduled) == (site, "https://www.shop.example/", True)
    assert (scan.depth, scan.pages) == (Scan().depth, Scan().pages)
    assert sent == [str(scan.pk)]
    make_site("other")
    assert not ask("https://other.example/").scheduled


def test_all_sites_come_round_one_at_a_time_who_waits_longest_first(settings: Settings) -> None:
    scanned(make_site("a"), ago=2 * WEEK)
    scanned(make_site("b"), ago=3 * WEEK)
    make_site("own", settings.BASE_URL)
    first = schedule.scan_next_site()
    assert first.site.slug == "own", "it was never scanned"
    assert schedule.scan_next_site() is None, "the first is not over"
    assert claim(first.pk) is not None
    assert schedule.scan_next_site() is None
    acts._fail(claimed(first), Fault.UNREACHABLE)
    assert asked() == ["b", "a"]


def claimed(scan: Scan) -> Scan:
    scan.refresh_from_db()
    return scan


@pytest.mark.parametrize("how", [{}, {"fault": "unreachable"}])
def test_a_site_that_was_scanned_less_than_a_week_ago_is_left_alone(how: dict[str, str]) -> None:
    site = make_site()
    scanned(site, ago=WEEK - timedelta(minutes=1), **how)
    scanned(site, ago=2 * WEEK)
    assert asked() == []
    Scan.objects.update(asked_at=timezone.now() - WEEK)
    assert asked() == ["shop"]


def test_a_site_that_somebody_scans_just_now_is_left_alone_and_holds_up_no_other() -> None:
    make_site("a")
    make_site("b")
    ask("https://a.example/")
    Scan.objects.update(asked_at=timezone.now() - 2 * WEEK)
    with pytest.raises(BeingScanned):
        ask("https://a.example/")
    assert asked() == ["b"]


def test_neither_what_was_retired_nor_what_has_no_origin_is_scanned() -> None:
    Site.objects.create(slug="bare", name="Bare")
    retired = make_site()
    Site.objects.filter(pk=retired.pk).update(retired_at=timezone.now())
    assert asked() == []


def test_an_origin_that_no_browser_can_open_holds_up_no_other_site() -> None:
    make_site("a", "https://a.example:99999")
    make_site("b")
    assert asked() == ["b"]


@pytest.mark.parametrize(("said", "every"), [("P1D", timedelta(days=1)), ("", None), ("P0D", None)])
def test_how_often_is_a_setting_and_empty_is_never(
    said: str, every: timedelta | None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAN_EVERY", said)
    assert environment.period("SCAN_EVERY", "P7D") == every
    settings.SCANNER = settings.SCANNER | {"EVERY": every}
    scanned(make_site(), ago=timedelta(days=1))
    assert asked() == (["shop"] if every else [])


def test_without_the_setting_it_is_every_week(settings: Settings) -> None:
    assert settings.SCANNER["EVERY"] == WEEK


Read = Callable[[str], str]


@pytest.fixture
def page() -> Read:
    """As the officer sees it."""
    officer = staff_with(Duty.OFFICER)
    return lambda path: officer.get(path).content.decode()


def test_staff_see_that_it_was_on_schedule(page: Read) -> None:
    site = make_site()
    scan = finish(schedule.scan_next_site())
    assert ", on schedule" in page(f"/staff/cookies/scan/{scan.pk}/change/")
    assert "</a> on schedule: Nothing to mend" in page(f"/staff/cookies/site/{site.pk}/change/")
    assert ">on schedule</td>" in page("/staff/cookies/scan/?scheduled__exact=1")
    assert str(scan.pk) not in page("/staff/cookies/scan/?scheduled__exact=0")
    by_hand = scanned(site)
    assert "on schedule" not in page(f"/staff/cookies/scan/{by_hand.pk}/change/")


def test_the_list_of_sites_says_what_was_found_the_last_time(page: Read) -> None:
    for slug in ("clean", "faulty", "gone", "new"):
        make_site(slug)
    sites = Site.objects.in_bulk(field_name="slug")
    faulty, mended = scanned(sites["faulty"]), scanned(sites["clean"], ago=WEEK)
    for scan in (faulty, mended):
        Finding.objects.create(scan=scan, name="uid", verdict="undeclared", **SEEN)
    scanned(sites["clean"])
    scanned(sites["gone"], fault="unreachable")
    Scan.objects.create(site=sites["faulty"], address="https://faulty.example/")
    text = page("/staff/cookies/site/")
    for words in (f'{faulty.pk}/change/">', ": 1 thing to mend<", ": Nothing to mend<", ": The first page", ">Never<"):
        assert words in text, words
    assert text.count("to mend") == 2


def alarms(page: Read) -> str:
    text = page("/staff/")
    return text.split('class="alarms"')[1].split("</section>")[0] if 'class="alarms"' in text else ""


def test_the_first_page_warns_until_the_next_scan_finds_nothing(page: Read) -> None:
    site = make_site()
    scan = scanned(site)
    assert alarms(page) == ""
    Finding.objects.create(scan=scan, name="uid", verdict="undeclared", **SEEN)
    Finding.objects.create(scan=scan, name="_visits", verdict="before-consent", tracker=declare("_visits"), **SEEN)
    assert f'/staff/cookies/scan/{scan.pk}/change/">Scan of The shop</a>' in alarms(page)
    assert "2 things are not declared, or do not wait for consent." in alarms(page)
    Scan.objects.create(site=site, address="https://shop.example/")
    assert "2 things" in alarms(page), "of the next one nothing is known yet"
    Scan.objects.open().delete()
    scanned(site)
    assert alarms(page) == ""


def test_what_was_declared_since_is_warned_of_no_more(page: Read) -> None:
    Finding.objects.create(scan=scanned(make_site()), name="uid", verdict="undeclared", **SEEN)
    assert "1 thing is" in alarms(page)
    declare("uid")
    assert alarms(page) == ""


def test_a_site_that_could_not_be_scanned_is_warned_of_too(page: Read) -> None:
    site = make_site()
    scanned(site, fault="no-browser")
    assert "It could not be scanned: There is no browser that could be started." in alarms(page)
    Site.objects.update(retired_at=timezone.now())
    assert alarms(page) == ""


def test_who_can_not_scan_is_not_warned() -> None:
    Finding.objects.create(scan=scanned(make_site()), name="uid", verdict="undeclared", **SEEN)
    support = staff_with(Duty.SUPPORT)
    assert alarms(lambda path: support.get(path).content.decode()) == ""
