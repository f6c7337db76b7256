"""What a website's visitors decide is recorded for their browser, with the proof of what they were shown."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.core.signing import Signer
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.life import entomb
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.models import Event
from consents.cookies.decide import EPOCH
from consents.cookies.devices import new_device, subject_of
from consents.cookies.models import Banner, Site, SiteOrigin
from tests.consents.purposes import make_asked
from tests.people import subject_of as person_of

pytestmark = pytest.mark.django_db

DECISIONS, DEVICES = "/api/v1/cookies/decisions/", "/api/v1/cookies/devices/"
SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def shop() -> Site:
    make_asked()
    site = Site.objects.create(slug="shop", name="The shop")
    SiteOrigin.objects.create(site=site, origin=SHOP)
    return site


def told(**headers: str) -> dict[str, Any]:
    caches["moment"].clear()
    return APIClient().get("/api/v1/cookies/sites/shop/", headers=headers).json()


def call(device: str | None = None, control: str = "accept-all", **allow: bool) -> dict[str, Any]:
    """As consent.js says it, by default yes to all."""
    shown = told()
    decisions = [
        {
            "purpose": each["purpose"],
            "version": each["version"],
            "text_sha256": each["text_sha256"],
            "decision": "granted" if (allow or {"ads": True, "statistics": True})[each["purpose"]] else "refused",
        }
        for each in shown["purposes"]
        if not allow or each["purpose"] in allow
    ]
    return {
        "site": "shop",
        "device": device or new_device(),
        "control": control,
        "banner": shown["banner"]["sha256"],
        "language": "en",
        "client_id": str(uuid4()),
        "decisions": decisions,
    }


def post(said: Any, path: str = DECISIONS, **headers: str) -> Any:
    return APIClient().post(path, said, format="json", headers={"Origin": SHOP} | headers)


def test_a_device_that_spoke_before_costs_two_statements(django_assert_num_queries: Any) -> None:
    said = call()
    assert post(said).status_code == 201
    # One looks, one writes; the others are the savepoints that a test makes of transactions.
    with django_assert_num_queries(4):
        assert post(said | {"client_id": "again"}).status_code == 201


def test_a_decision_opens_a_device_and_is_recorded_with_its_proof() -> None:
    said = call()
    answer = post(said, **{"User-Agent": "Test"})
    assert answer.status_code == 201, answer.content
    device = subject_of(said["device"])
    assert device
    assert device.stage == Subject.Stage.DEVICE
    events = Event.objects.filter(subject=device).order_by("id")
    assert [(event.purpose.slug, event.decision, event.method) for event in events] == [
        ("ads", "granted", "banner"),
        ("statistics", "granted", "banner"),
    ]
    evidence = events[0].opened_evidence()
    assert evidence
    banner = Banner.objects.get()
    assert {name: evidence[name] for name in ("site", "control", "banner", "layout", "user_agent")} == {
        "site": "shop",
        "control": "accept-all",
        "banner": str(banner.number),
        "layout": "bottom",
        "user_agent": "Test",
    }
    assert events[0].wording
    assert events[0].wording.sha256 == said["decisions"][0]["text_sha256"]
    assert answer["Access-Control-Allow-Origin"] == SHOP


def test_a_refusal_is_proven_as_well_and_how_it_was_said() -> None:
    said = call(control="save", ads=False, statistics=True)
    post(said)
    events = {event.purpose.slug: event for event in Event.objects.all()}
    assert (events["ads"].decision, events["ads"].method) == ("refused", "preferences")
    evidence = events["ads"].opened_evidence()
    assert evidence
    assert evidence["control"] == "save"


def test_the_browser_hears_until_when_it_need_not_ask() -> None:
    Purpose.objects.filter(slug="statistics").update(validity="P30D")
    before = timezone.now()
    results = {each["purpose"]: each for each in post(call(ads=False, statistics=True)).json()["results"]}
    today = (before - EPOCH).days
    assert results["statistics"]["until"] == today + 30
    # Six months, and never a day less.
    assert today + 181 <= results["ads"]["until"] <= today + 185
    keys = {each["purpose"]: each["key"] for each in told()["purposes"]}
    assert {slug: each["key"] for slug, each in results.items()} == keys


def test_a_purpose_that_asks_anew_has_another_key() -> None:
    before = {each["purpose"]: each["key"] for each in told()["purposes"]}
    Purpose.objects.filter(slug="ads").update(version=2, asks_since=2)
    after = {each["purpose"]: each["key"] for each in told()["purposes"]}
    assert before["ads"] != after["ads"]
    assert before["statistics"] == after["statistics"]


def test_sent_twice_it_is_recorded_once() -> None:
    said = call()
    first, second = post(said), post(said)
    assert second.json() == first.json()
    assert Event.objects.count() == 2
    assert Subject.objects.filter(stage="device").count() == 1


def test_a_device_is_asked_for_and_costs_nothing_until_it_says_something() -> None:
    answer = post({"site": "shop"}, DEVICES)
    assert answer.status_code == 201
    assert not Subject.objects.exists()
    assert post(call(answer.json()["device"])).status_code == 201


def test_nobody_writes_for_a_subject_whose_number_they_know(alice: User) -> None:
    number = new_device()
    ours = Signer(salt="somewhere else").sign(number.partition(":")[0])
    for device in ("", "x", number[:-1], number[:-4] + "aaaa", str(person_of(alice).pk), ours, "\u2028" * 9, "é:é"):
        answer = post(call() | {"device": device})
        assert answer.status_code in {400, 422}, device
    assert post(call() | {"device": number[:-1]}).json()["type"].endswith("unknown-device")
    assert not Event.objects.exists()


def test_only_registered_pages_write() -> None:
    for origin in ("https://evil.example", "null", "http://shop.example"):
        answer = post(call(), Origin=origin)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer
        assert APIClient().options(DECISIONS, headers={"Origin": origin}).status_code == 403
    assert not Event.objects.exists()
    allowed = APIClient().options(DECISIONS, headers={"Origin": SHOP})
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert "POST" in allowed["Access-Control-Allow-Methods"]
    assert allowed["Access-Control-Allow-Headers"] == "Accept-Language, Content-Type"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"site": "nobody"}, 404, "not_found"),
        ({"banner": "0" * 64}, 422, "unknown-banner"),
        ({"banner": None}, 422, "unknown-banner"),
        ({"banner": "x"}, 400, "invalid"),
        ({"control": "close"}, 400, "invalid"),
        ({"control": "gpc"}, 422, "signal-only-refuses"),
        ({"decisions": [{"purpose": "mail", "decision": "granted"}]}, 422, "not-asked"),
        ({"decisions": [{"purpose": "nothing", "decision": "refused"}]}, 422, "not-asked"),
        ({"decisions": [{"purpose": "ads", "decision": "granted", "text_sha256": "0" * 64}]}, 422, "unknown-text"),
        ({"decisions": [{"purpose": "ads", "decision": "granted"}]}, 422, "text-missing"),
        ({"decisions": []}, 400, "invalid"),
        ({"said_at": "2999-01-01T00:00:00Z"}, 422, "clock-ahead"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_recorded(change: dict[str, Any], status: int, code: str) -> None:
    answer = post(call() | change)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2].rpartition(":")[2]) == (status, code)
    assert not Event.objects.exists()


def test_a_banner_of_another_site_proves_nothing(shop: Site) -> None:
    Site.objects.create(slug="blog", name="The blog", layout="top")
    said = call()
    blog = APIClient().get("/api/v1/cookies/sites/blog/").json()["banner"]
    assert blog["sha256"] != said["banner"]
    assert post(said | {"banner": blog["sha256"]}).status_code == 422


def test_a_banner_that_was_shown_before_still_proves(shop: Site) -> None:
    said = call()
    Site.objects.update(layout="top")
    assert told()["banner"]["version"] == 2
    assert post(said).status_code == 201
    evidence = Event.objects.order_by("id")[0].opened_evidence()
    assert evidence
    assert (evidence["banner"], evidence["layout"]) == ("1", "bottom")


@pytest.mark.parametrize("change", ["UPDATE cookies_banner SET content = '{}'", "DELETE FROM cookies_banner"])
def test_what_was_shown_never_changes(change: str) -> None:
    told()
    with pytest.raises(DatabaseError, match="published and can not change"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_signal_refuses_without_a_banner_and_a_device_can_not_override_it() -> None:
    said = call(control="gpc", ads=False) | {"banner": None, "gpc": True}
    assert post(said).status_code == 201
    event = Event.objects.get()
    assert (event.decision, event.method) == ("refused", "gpc")
    again = post(call(said["device"]) | {"gpc": True})
    assert (again.status_code, again.json()["type"].endswith("signal-says-no")) == (409, True)
    assert post(call(said["device"]), **{"Sec-GPC": "1"}).status_code == 409


def test_a_device_that_turned_out_to_be_somebody_may_refuse_for_them_and_allow_nothing(alice: User) -> None:
    said = call()
    post(said)
    device = subject_of(said["device"])
    assert device
    merge(device, person_of(alice))
    assert post(call(said["device"])).json()["type"].endswith("sign-in-to-allow")
    assert post(call(said["device"], "reject-all", ads=False, statistics=False)).status_code == 201


def test_an_erased_device_says_nothing_any_more() -> None:
    said = call()
    post(said)
    device = subject_of(said["device"])
    assert device
    entomb(device, evidence_until=timezone.localdate())
    answer = post(call(said["device"]))
    assert (answer.status_code, answer.json()["type"].endswith("erased")) == (409, True)


def test_only_json_is_read() -> None:
    form = urlencode({"site": "shop"})
    answer = APIClient().post(DECISIONS, form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415
    assert post([1]).status_code == 400
    assert APIClient().post(DECISIONS, b"{", content_type="application/json").status_code == 400


# An Accept header of some length makes it the long way.
WAYS = [{"Accept": "*/*"}, {"Accept": "application/json, */*;q=0.1"}]


def test_the_short_and_the_long_way_answer_the_same() -> None:
    said = call()
    short, long = (post(said, **way) for way in WAYS)
    assert ("Allow" in short.headers, "Allow" in long.headers) == (False, True)
    assert short.content == long.content
    for header in ("Access-Control-Allow-Origin", "Content-Type", "Content-Length"):
        assert short[header] == long[header]
    assert "Origin" in short["Vary"]
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [({"site": "none"}, 404), ({"device": "x"}, 422), ({"banner": "0" * 64}, 422), ({"decisions": []}, 400)],
)
def test_both_ways_refuse_the_same_and_tell_the_page_so(change: dict[str, Any], status: int) -> None:
    said = call() | change
    short, long = (post(said, **way) for way in WAYS)
    assert short.status_code == long.status_code == status
    assert short.content == long.content
    assert not Event.objects.exists()


@pytest.mark.parametrize("way", WAYS)
def test_another_origin_is_let_in_by_neither_way(way: dict[str, str]) -> None:
    answer = post(call(), **way, Origin="https://evil.example")
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
