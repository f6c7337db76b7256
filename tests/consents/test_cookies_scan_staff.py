"""Staff scan the organisation's sites, read what was found, and declare it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.catalogue.load import load
from consents.cookies.models import Finding, Scan, Site, SiteOrigin, Tracker
from consents.cookies.scan_models import State
from tests.consents.catalogues import ads
from tests.consents.forms import filled
from tests.consents.scanned import declare
from tests.people import staff_with

pytestmark = pytest.mark.django_db

LIST, ADD = "/staff/cookies/scan/", "/staff/cookies/scan/add/"
SHOP = "https://shop.example"
SEEN = {"phase": "before", "page": "/basket", "host": "shop.example", "party": "first"}


@pytest.fixture
def site() -> Site:
    site = Site.objects.create(slug="shop", name="The shop")
    SiteOrigin.objects.create(site=site, origin=SHOP)
    return site


@pytest.fixture
def done(site: Site) -> Scan:
    """With something of every kind."""
    now = timezone.now()
    scan = Scan.objects.create(
        site=site, address=f"{SHOP}/", state=State.DONE, started_at=now, finished_at=now, visited=3, kept_out=2
    )
    found: list[dict[str, Any]] = [
        {"kind": "cookie", "name": "_pk_id.1.a5fe", "verdict": "undeclared", "lifetime": "P400D"},
        {"kind": "cookie", "name": "px", "verdict": "undeclared", "host": "px.adnorth.example", "party": "third"},
        {"kind": "cookie", "name": "_visits", "verdict": "before-consent", "tracker": declare("_visits")},
        {"kind": "request", "name": "/font", "verdict": "noted", "host": "fonts.example", "party": "third"},
    ]
    Finding.objects.bulk_create(Finding(scan=scan, **SEEN | values) for values in found)
    Finding.objects.create(
        scan=scan, kind="local-storage", name="gone", party="first", verdict="never-seen", tracker=declare("gone")
    )
    return scan


def report(client: Client, scan: Scan) -> str:
    answer = client.get(f"{LIST}{scan.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def declare_links(text: str) -> list[str]:
    return [part.split('"')[0].replace("&amp;", "&") for part in text.split('href="') if "tracker/add/?" in part]


def test_staff_press_a_button_on_the_page_of_the_site(
    client_for: Callable[[User], Client], dana: User, site: Site
) -> None:
    client = client_for(dana)
    text = client.get(f"/staff/cookies/site/{site.pk}/change/").content.decode()
    assert f"Scan {SHOP} now" in text
    assert "It was never scanned." in text
    answer = client.post(ADD, {"address": f"{SHOP}/", "depth": 2, "pages": 10})
    scan = Scan.objects.get()
    assert answer["Location"] == f"{LIST}{scan.pk}/change/"
    assert (scan.site, scan.state) == (site, State.QUEUED)
    assert LogEntry.objects.get().object_id == str(scan.pk)
    assert "some minutes after it began" in report(client, scan)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"address": "https://evil.example/"}, "This address is not registered for the site."),
        ({"address": "shop"}, "This is not the address of a page"),
        ({"pages": 999}, "less than or equal to 200"),
    ],
)
def test_a_refusal_is_told_at_the_form(dana: User, site: Site, said: dict[str, Any], words: str) -> None:
    client = staff_with(Duty.OFFICER)
    answer = client.post(ADD, {"address": f"{SHOP}/", "depth": 2, "pages": 10} | said)
    assert words in answer.content.decode()
    assert not Scan.objects.exists()


def test_a_site_that_is_being_scanned_has_to_wait(site: Site) -> None:
    client = staff_with(Duty.OFFICER)
    said = {"address": f"{SHOP}/", "depth": 2, "pages": 10}
    assert client.post(ADD, said).status_code == 302
    answer = client.post(ADD, said)
    assert "This site is being scanned already." in answer.content.decode()


def test_the_last_scans_stand_on_the_page_of_the_site_and_all_in_the_list(done: Scan) -> None:
    client = staff_with(Duty.AUDITOR)
    text = client.get(f"/staff/cookies/site/{done.site_id}/change/").content.decode()
    assert f"{LIST}{done.pk}/change/" in text
    assert "3 things to mend" in text
    rows = client.get(f"{LIST}?site__id__exact={done.site_id}").content.decode()
    assert f"{LIST}{done.pk}/change/" in rows


def test_the_report_tells_what_was_found_and_what_could_not_be_seen(done: Scan) -> None:
    text = report(staff_with(Duty.SUPPORT), done)
    for words in (
        "3 things are not declared, or do not wait for consent.",
        "Not declared (2)",
        "_pk_id.1.a5fe",
        "400 days",
        "/basket",
        "Before consent (1)",
        "Declared, never seen (1)",
        "fonts.example/font",
        "2 pages were left out as its robots.txt asks.",
    ):
        assert words in text


def test_what_was_found_is_declared_in_a_form_that_knows_it(done: Scan) -> None:
    client = staff_with(Duty.OFFICER)
    ours, theirs = declare_links(report(client, done))
    assert parse_qs(urlsplit(ours).query) == {
        "slug": ["pk-id-1-a5fe"],
        "name": ["_pk_id.1.a5fe"],
        "storage": ["cookie"],
        "party": ["first"],
        "lifetime": ["P400D"],
    }
    assert parse_qs(urlsplit(theirs).query)["provider"] == ["px.adnorth.example"]
    form = client.get(ours).context["form"].form
    assert {name: form[name].value() for name in ("slug", "name", "storage", "party", "lifetime")} == {
        "slug": "pk-id-1-a5fe",
        "name": "_pk_id.1.a5fe",
        "storage": "cookie",
        "party": "first",
        "lifetime": "P400D",
    }


def test_who_adds_purpose_and_words_to_it_has_declared_it(done: Scan) -> None:
    client = staff_with(Duty.OFFICER)
    Finding.objects.exclude(name="px").delete()
    Tracker.objects.update(retired_at=timezone.now())
    load(ads())
    (link,) = declare_links(report(client, done))
    compared = client.post(link, filled(client.get(link), purpose="ads", name_en="Pixel", description_en="Counts."))
    saved = client.post(link, filled(compared, deed="save"))
    tracker = Tracker.objects.current().get()
    assert saved["Location"] == f"/staff/cookies/tracker/{tracker.pk}/change/"
    assert (tracker.name, tracker.storage, tracker.party) == ("px", "cookie", "third")
    assert (tracker.provider, tracker.purpose.slug) == ("px.adnorth.example", "ads")
    assert "Declared since:" in report(client, done)


def test_a_request_is_declared_by_its_host(done: Scan) -> None:
    client = staff_with(Duty.OFFICER)
    Finding.objects.exclude(name="/font").delete()
    Tracker.objects.update(retired_at=timezone.now())
    Finding.objects.update(verdict="undeclared")
    load(ads())
    (link,) = declare_links(report(client, done))
    assert "fonts.example/font" in report(client, done)
    compared = client.post(link, filled(client.get(link), purpose="ads", name_en="Fonts", description_en="Letters."))
    client.post(link, filled(compared, deed="save"))
    tracker = Tracker.objects.current().get()
    assert (tracker.name, tracker.storage, tracker.party) == ("fonts.example", "request", "third")
    assert (tracker.slug, tracker.provider, tracker.duration) == ("fonts-example", "fonts.example", "Nothing is kept")
    assert "Declared since:" in report(client, done)


def test_once_it_is_declared_the_report_says_so(done: Scan) -> None:
    client = staff_with(Duty.OFFICER)
    declare("_pk_id*")
    text = report(client, done)
    assert "Declared since:" in text
    assert len(declare_links(text)) == 1


@pytest.mark.parametrize("duty", [duty for duty in Duty if duty != Duty.OFFICER])
def test_other_duties_read_and_neither_scan_nor_declare(done: Scan, duty: Duty) -> None:
    client = staff_with(duty)
    text = report(client, done)
    assert not declare_links(text)
    assert ADD not in text
    assert ADD not in client.get(f"/staff/cookies/site/{done.site_id}/change/").content.decode()
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"address": f"{SHOP}/", "depth": 2, "pages": 10}).status_code == 403
    assert client.get("/staff/cookies/tracker/add/?name=px").status_code == 403
    assert Scan.objects.count() == 1


def test_staff_without_a_duty_and_strangers_see_nothing(
    done: Scan, alice: User, client_for: Callable[[User], Client]
) -> None:
    paths = (LIST, f"{LIST}{done.pk}/change/", ADD)
    nobody = staff_with(None)
    assert [nobody.get(path).status_code for path in paths] == [403] * 3
    stranger = client_for(alice)
    assert [stranger.get(path).status_code for path in paths] == [302] * 3


def test_nobody_changes_or_deletes_a_report(done: Scan) -> None:
    client = staff_with(Duty.OFFICER)
    assert client.post(f"{LIST}{done.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}{'0' * 8}-0000-0000-0000-{'0' * 12}/change/").status_code == 404
    assert client.get(f"{LIST}nothing/change/").status_code == 404
    assert client.get("/staff/cookies/site/nothing/change/").status_code == 302
