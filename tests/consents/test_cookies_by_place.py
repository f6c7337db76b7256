"""By the law of which place a visitor is asked: the site, the account, a trusted proxy; unknown is the strictest."""

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices import law
from consents.cookies.models import Site, SiteOrigin, Tracker
from consents.cookies.place import EEA
from tests.consents.purposes import make_purpose

pytestmark = pytest.mark.django_db

COUNTRY, REGION = "X-Country", "X-Region"


@pytest.fixture(autouse=True)
def shop(settings: Any) -> Site:
    settings.TRUSTED_PROXIES, settings.COUNTRY_HEADER, settings.REGION_HEADER = 1, COUNTRY, REGION
    kept = {"name": "_ads", "storage": "cookie", "party": "first"}
    Tracker.objects.create(slug="ads", purpose=make_purpose("ads"), **kept)
    return Site.objects.create(slug="shop", name="The shop")


def told(**headers: str) -> tuple[str, str]:
    caches["moment"].clear()
    answer = APIClient().get("/api/v1/cookies/sites/shop/", headers=headers).json()
    return answer["jurisdiction"], answer["refusal_period"]


@pytest.mark.parametrize(
    ("country", "region", "place", "period"),
    [
        ("DE", "", "EU_GDPR/DE", "P6M"),
        ("no", "", "EU_GDPR/NO", "P6M"),
        ("GB", "", "UK_GDPR", "P6M"),
        ("US", "CA", "US_CA", "P12M"),
        ("US", "TX", "US_STATES", "P6M"),
        ("US", "", "US_CA", "P12M"),
        ("CA", "QC", "CA_QC", "P6M"),
        ("CA", "ON", "", "P12M"),
        ("XX", "", "", "P12M"),
        ("", "", "", "P12M"),
        ("T1", "", "", "P12M"),
        ("<script>", "", "", "P12M"),
        ("DE, US", "", "", "P12M"),
    ],
)
def test_a_trusted_proxy_names_the_country_and_unknown_is_the_strictest(
    country: str, region: str, place: str, period: str
) -> None:
    assert told(**{COUNTRY: country, REGION: region}) == (place, period)


def test_who_is_not_behind_a_trusted_proxy_names_no_country(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    assert told(**{COUNTRY: "US", REGION: "CA"}) == ("EU_GDPR", "P6M")


def test_where_no_proxy_names_countries_the_deployment_says_it(settings: Any) -> None:
    settings.COUNTRY_HEADER, settings.JURISDICTION = "", "UK_GDPR"
    assert told(**{COUNTRY: "US"}) == ("UK_GDPR", "P6M")


def test_what_the_site_says_goes_first(shop: Site) -> None:
    Site.objects.update(jurisdiction="US_CA")
    assert told(**{COUNTRY: "DE"}) == ("US_CA", "P12M")


def test_on_our_own_pages_the_account_says_it(settings: Any, alice: User) -> None:
    settings.BASE_URL = "http://testserver"
    SiteOrigin.objects.create(site=Site.objects.get(), origin="http://testserver")
    Subject.objects.filter(user=alice).update(jurisdiction="US_CA")
    client = Client()
    client.force_login(User.objects.get(pk=alice.pk), "accounts.users.backend.AuthenticationBackend")
    response = client.get("/cookies/", headers={COUNTRY: "DE"})
    assert response.context["here"].asked.said["jurisdiction"] == "US_CA"


def test_the_strictest_is_what_any_law_asks_for() -> None:
    strictest = law.of("")
    known = [law.of(place) for place in ("EU_GDPR", "EU_GDPR/DE", "US_CA", "US_STATES")]
    assert strictest.double_opt_in is any(each.double_opt_in for each in known) is True
    assert (strictest.refusal_period, strictest.gpc) == ("P12M", True)


def test_the_economic_area_has_its_thirty_countries() -> None:
    assert len(EEA) == 30
