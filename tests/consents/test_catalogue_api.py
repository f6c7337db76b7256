"""Anybody may ask what data is used for, in a language of theirs."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from consents.catalogue.load import load
from consents.catalogue.models import Purpose, PurposeText
from consents.catalogue.text_hash import text_hash

pytestmark = pytest.mark.django_db

DEMO = Path(settings.BASE_DIR) / "privacycenter" / "demo"


@pytest.fixture(autouse=True)
def _catalogue() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())


def purposes(**headers: str) -> dict[str, Any]:
    response = APIClient().get("/api/v1/purposes/", headers=headers)
    assert response.status_code == 200
    return {each["slug"]: each for each in response.json()["results"]}


def test_a_stranger_sees_every_current_purpose_in_order() -> None:
    Purpose.objects.filter(slug="ads").update(retired_at="2026-01-01T00:00Z")
    found = purposes()
    assert list(found)[:3] == ["service", "security", "analysis"]
    assert "ads" not in found
    assert len(found) == Purpose.objects.current().count()


def test_a_purpose_says_what_data_who_gets_it_and_how_long() -> None:
    mail = purposes()["marketing-mail"]
    assert (mail["essential"], mail["legal_basis"], mail["legal_basis_article"]) == (False, "consent", "6(1)(a)")
    assert (mail["channel"], mail["part_of"]) == ("email", None)
    assert [each["slug"] for each in mail["categories"]] == ["registration"]
    assert [each["kind"] for each in mail["recipients"]] == ["processor"]
    assert mail["retention"]["duration"] == "Until you withdraw your consent"
    assert purposes()["third-party-promotion"]["part_of"] == "recommendations"


def test_the_words_come_in_the_language_asked_for_with_their_hash() -> None:
    mail = purposes(**{"Accept-Language": "de-AT, en;q=0.5"})["marketing-mail"]
    assert mail["language"] == "de"
    assert mail["name"] == "Neuigkeiten und Angebote per E-Mail"
    assert mail["categories"][0]["name"] == "Angaben zur Registrierung"
    assert mail["text_sha256"] == text_hash(mail["name"], mail["description"])
    assert PurposeText.objects.filter(purpose__slug="marketing-mail", sha256=mail["text_sha256"]).exists()


def test_a_language_that_nobody_speaks_here_gets_the_first() -> None:
    assert purposes(**{"Accept-Language": "fr"})["service"]["language"] == "en"


def test_an_unchanged_catalogue_is_not_sent_twice() -> None:
    first = APIClient().get("/api/v1/purposes/")
    again = APIClient().get("/api/v1/purposes/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Purpose.objects.filter(slug="ads").update(retired_at="2026-01-01T00:00Z")
    changed = APIClient().get("/api/v1/purposes/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_a_page_ends_where_the_next_begins() -> None:
    first = APIClient().get("/api/v1/purposes/?page_size=10").json()
    second = APIClient().get(first["next"]).json()
    slugs = [each["slug"] for each in first["results"] + second["results"]]
    assert slugs == list(Purpose.objects.current().values_list("slug", flat=True))
    assert second["next"] is None


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_changes_the_catalogue_by_api(method: str) -> None:
    response = getattr(APIClient(), method)("/api/v1/purposes/", {}, format="json")
    assert response.status_code in {401, 403, 405}
    assert response["Content-Type"] == "application/problem+json"


def test_a_purpose_says_its_version_its_service_and_how_long_a_consent_holds() -> None:
    found = purposes()
    mail, ads = found["marketing-mail"], found["ads"]
    assert (ads["version"], ads["asks_since"], ads["changes"]) == (1, 1, [])
    assert (mail["service"]["slug"], mail["service"]["name"]) == ("newsletter", "Newsletter")
    assert found["analysis"]["service"] is None
    assert (ads["validity"], ads["gpc"]) == ("P12M", True)
    assert (mail["validity"], mail["gpc"]) == ("", False)
    assert found["cookies-analytics"]["validities"] == {"EU_GDPR/FR": "P6M"}
    assert (found["ads-bidway"]["part_of"], found["ads-bidway"]["vendor"]) == ("ads", "bidway")
    assert ads["vendor"] is None


def test_a_purpose_tells_how_its_versions_differ() -> None:
    text = (DEMO / "catalogue.yaml").read_text()
    old = "categories: [registration]\n    recipients: [processors]\n    retention: surveys"
    assert old in text
    more = text.replace(old, old.replace("[registration]", "[registration, location]"))
    load(more.encode())
    load(text.encode())
    surveys = purposes(**{"Accept-Language": "de"})["surveys"]
    first, second = surveys["changes"]
    assert (surveys["version"], surveys["asks_since"]) == (3, 2)
    assert (first["version"], first["asks"]) == (2, True)
    assert first["differences"] == [{"what": "categories", "added": ["location"], "removed": []}]
    assert (second["version"], second["asks"]) == (3, False)
    assert second["differences"] == [{"what": "categories", "added": [], "removed": ["location"]}]
    assert "Standort" in first["words"][0]


def test_asking_costs_the_same_number_of_queries_however_often_purposes_changed() -> None:
    with CaptureQueriesContext(connection) as once:
        purposes()
    text = (DEMO / "catalogue.yaml").read_text()
    for more in ("", ", content-metadata", ", content-metadata, messages"):
        load(text.replace("categories: [registration]", f"categories: [registration{more}]").encode())
    with CaptureQueriesContext(connection) as again:
        found = purposes()
    assert sum(len(purpose["changes"]) for purpose in found.values()) > 6
    # The names of what was added, once.
    assert len(again) == len(once) + 2
