"""What a banner on any of the organisation's sites is told, and who may read it."""

from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from consents.catalogue.models import Purpose, PurposeText
from consents.cookies.models import Site, SiteOrigin, Tracker
from tests.consents.purposes import make_purpose

pytestmark = pytest.mark.django_db

PATH = "/api/v1/cookies/sites/shop/"
SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def shop() -> Site:
    with transaction.atomic():
        make_purpose("statistics", de="Zählen")
        make_purpose("mail")
        make_tracker("_pk_id", make_purpose("ads"))
        make_tracker("_visits", Purpose.objects.get(slug="statistics"))
        make_tracker("sessionid", make_purpose("service", essential=True))
    site = Site.objects.create(slug="shop", name="The shop")
    SiteOrigin.objects.create(site=site, origin=SHOP)
    return site


def make_tracker(name: str, purpose: Purpose) -> Tracker:
    kept = {"name": name, "storage": "cookie", "party": "first", "lifetime": "P1Y"}
    return Tracker.objects.create(slug=name.strip("_").replace("_", "-"), purpose=purpose, **kept)


def get(path: str = PATH, **headers: str) -> Any:
    """As it is once what was kept for a moment is forgotten."""
    caches["moment"].clear()
    return APIClient().get(path, headers=headers)


def asked(**headers: str) -> dict[str, Any]:
    return {each["purpose"]: each for each in get(**headers).json()["purposes"]}


def test_it_asks_about_the_optional_purposes_that_keep_something_there() -> None:
    assert set(asked()) == {"ads", "statistics"}
    (tracker,) = asked()["ads"]["trackers"]
    assert tracker == {
        "name": "_pk_id",
        "storage": "cookie",
        "party": "first",
        "provider": settings.ORGANISATION,
        "duration": "1 year",
    }


def test_the_words_are_those_whose_hash_proves_them_in_the_language_of_the_page() -> None:
    german = asked(**{"Accept-Language": "de"})["statistics"]
    text = PurposeText.objects.get(purpose__slug="statistics", language="de")
    assert (german["name"], german["language"], german["text_sha256"]) == ("Zählen", "de", text.sha256)
    assert asked(**{"Accept-Language": "de"})["ads"]["language"] == "en"


def test_it_says_by_which_rule_it_asks() -> None:
    answer = get().json()
    assert (answer["site"], answer["jurisdiction"], answer["refusal_period"]) == ("shop", "EU_GDPR", "P6M")


def test_a_part_is_asked_about_with_its_whole() -> None:
    Purpose.objects.filter(slug="ads").update(parent=Purpose.objects.get(slug="mail"))
    assert asked()["ads"]["part_of"] == "mail"
    assert asked()["mail"]["trackers"] == []
    Purpose.objects.filter(slug="mail").update(retired_at=timezone.now())
    assert set(asked()) == {"statistics"}, "a yes to it would be refused"


def test_it_costs_the_same_however_much_is_asked() -> None:
    get()
    with CaptureQueriesContext(connection) as few:
        get()
    with transaction.atomic():
        for number in range(5):
            make_tracker(f"more_{number}", make_purpose(f"more-{number}"))
    with CaptureQueriesContext(connection) as many:
        assert len(get().json()["purposes"]) == 7
    assert len(many) == len(few)


def test_what_did_not_change_is_not_sent_again() -> None:
    first = get(Origin=SHOP)
    again = get(Origin=SHOP, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == SHOP
    text = PurposeText.objects.get(purpose__slug="ads")
    text.name = "Advertising"
    text.save()
    assert get(Origin=SHOP, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_only_pages_of_registered_origins_may_read_it() -> None:
    assert get(Origin=SHOP)["Access-Control-Allow-Origin"] == SHOP
    assert "Access-Control-Allow-Origin" not in get()
    for stranger in ("https://evil.example", "https://shop.example:8443", "http://shop.example", "null", "\x00", "é"):
        answer = get(Origin=stranger)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("origin-not-registered")
        assert "Access-Control-Allow-Origin" not in answer


def test_the_origin_of_one_site_does_not_read_another_s() -> None:
    Site.objects.create(slug="blog", name="The blog")
    assert get("/api/v1/cookies/sites/blog/", Origin=SHOP).status_code == 403


def test_caches_keep_the_answers_to_origins_and_languages_apart() -> None:
    for origin in (SHOP, "https://evil.example"):
        assert {"Origin", "Accept-Language"} <= set(get(Origin=origin)["Vary"].split(", "))


@pytest.mark.parametrize("slug", ["nobody", "x" * 300])
def test_an_unknown_site_is_not_found(slug: str) -> None:
    answer = get(f"/api/v1/cookies/sites/{slug}/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_retired_site_is_not_found(shop: Site) -> None:
    Site.objects.update(retired_at=timezone.now())
    assert get(Origin=SHOP).status_code == 404


@pytest.mark.parametrize(
    "origin",
    [
        "shop.example",
        "https://shop.example/",
        "https://Shop.example",
        "https://shop.example:443",
        "http://shop.example:80",
        "https://shop.example:0",
        "ftp://shop.example",
        "https://*.example",
        "https://shop.example\nhttps://evil.example",
        "null",
        "",
    ],
)
def test_the_database_keeps_no_origin_that_no_browser_sends(shop: Site, origin: str) -> None:
    with pytest.raises(IntegrityError, match="cookies_siteorigin_origin"):
        SiteOrigin.objects.create(site=shop, origin=origin)


@pytest.mark.parametrize(
    "origin", ["https://a.example:8443", "http://localhost:8000", "http://127.0.0.1:443", "https://x"]
)
def test_it_keeps_those_that_browsers_send(shop: Site, origin: str) -> None:
    SiteOrigin.objects.create(site=shop, origin=origin)
    assert get(Origin=origin).status_code == 200


def test_an_origin_is_of_one_site(shop: Site) -> None:
    blog = Site.objects.create(slug="blog", name="The blog")
    with pytest.raises(IntegrityError, match="origin"):
        SiteOrigin.objects.create(site=blog, origin=SHOP)
