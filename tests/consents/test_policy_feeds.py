"""Programs follow what was published: an Atom feed and linked data that are cheap to ask for again."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.users.models import User
from consents.policies.models import VersionText
from consents.policies.publish import publish
from tests.consents.policies import approved, release, write

ATOM = "{http://www.w3.org/2005/Atom}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
FEED, ALL = "/policies/privacy/feed.atom", "/policies/feed.atom"
LINKED = "/policies/privacy/1.0.jsonld"


def read(client: Client, path: str, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(answer.content)  # noqa: S314  # it is ours


def texts(feed: Any, path: str) -> list[str]:
    return [found.text for found in feed.findall(path.replace("atom:", ATOM))]


def test_a_feed_tells_of_each_version_newest_first(client: Client, dana: User) -> None:
    first = release("1.0", dana)
    second = release("2.0", dana, material=True, effective_at=datetime.now(UTC) + timedelta(days=30))
    feed = read(client, FEED)
    assert texts(feed, "atom:title") == ["Privacy Policy of HOTSALES"]
    assert texts(feed, "atom:entry/atom:title") == ["Privacy Policy, version 2.0", "Privacy Policy, version 1.0"]
    assert texts(feed, "atom:entry/atom:id") == [second.pk.urn, first.pk.urn]
    assert texts(feed, "atom:id") == [first.document.pk.urn]
    assert second.published_at is not None
    moments = [datetime.fromisoformat(moment) for moment in texts(feed, "atom:updated")]
    assert moments == [second.published_at]
    assert texts(feed, "atom:entry/atom:updated")[0] == texts(feed, "atom:entry/atom:published")[0]
    assert texts(feed, "atom:author/atom:name") == [settings.ORGANISATION]
    assert [entry.get("term") for entry in feed.findall(f"{ATOM}entry/{ATOM}category")] == ["material", "corrections"]
    summary = texts(feed, "atom:entry/atom:summary")[0]
    assert "In force from" in summary
    assert "<strong>more</strong>" in summary


def test_links_in_a_feed_lead_to_pages_that_are_there(client: Client, dana: User) -> None:
    release("1.0", dana)
    links = read(client, FEED).findall(f".//{ATOM}link")
    assert {link.get("rel") for link in links} == {"alternate", "self"}
    for link in links:
        assert client.get(link.get("href").removeprefix(settings.BASE_URL)).status_code == 200, link.get("href")


def test_a_feed_speaks_the_language_it_is_asked_for_and_each_entry_names_its_own(client: Client, dana: User) -> None:
    publish(approved(write("1.0"), dana), actor=dana)
    release("2.0", dana)
    feed = read(client, f"{FEED}?language=de", accept_language="en")
    assert feed.get(LANGUAGE) == "de"
    assert [entry.get(LANGUAGE) for entry in feed.findall(f"{ATOM}entry")] == ["de", "en"]
    assert texts(feed, "atom:entry/atom:title")[0] == "Datenschutzerklärung, Version 2.0"
    itself = next(link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self")
    assert itself.get("href") == f"{settings.BASE_URL}{FEED}?language=de"


@pytest.mark.parametrize("language", ["xx", "%00", "../..", "de-AT-x-<b>", "", "fr", "d" * 5000])
def test_a_language_that_is_none_gets_the_readers(client: Client, dana: User, language: str) -> None:
    release("1.0", dana)
    assert read(client, f"{FEED}?language={language}").get(LANGUAGE) == "en"
    assert client.get(f"/policies/privacy/?language={language}").status_code == 200


def test_one_feed_has_all_documents(client: Client, dana: User) -> None:
    release("1.0", dana)
    release("1.0", dana, document="cookies")
    assert len(texts(read(client, ALL), "atom:entry/atom:id")) == 2
    assert len(texts(read(client, FEED), "atom:entry/atom:id")) == 1


def test_drafts_are_in_no_feed_and_have_no_linked_data(client: Client, dana: User) -> None:
    release("1.0", dana)
    write("2.0", "A secret plan.", summary="Secret.")
    write("1.0", "A secret plan.", document="secret", summary="Secret.")
    for path in (FEED, ALL, LINKED):
        answer = client.get(path).content.decode()
        assert "2.0" not in answer.replace("/2005/", "")
        assert "ecret" not in answer
    for path in ("/policies/secret/feed.atom", "/policies/secret/1.0.jsonld", "/policies/privacy/2.0.jsonld"):
        assert client.get(path).status_code == 404


def test_a_feed_without_any_version_is_a_feed_and_stays_the_same(client: Client, db: None) -> None:
    assert read(client, ALL).findall(f"{ATOM}entry") == []
    assert client.get(ALL)["ETag"] == client.get(ALL)["ETag"]
    assert client.get(FEED).status_code == 404


def test_signs_that_xml_can_not_write_do_not_break_a_feed(client: Client, dana: User) -> None:
    version = write("1.0", summary="A\x0bB\x1f & <b>")
    VersionText.objects.update(title="Privacy\x08 & <Policy>")
    publish(approved(version, dana), actor=dana)
    assert texts(read(client, FEED), "atom:entry/atom:title") == ["Privacy  & <Policy>, version 1.0"]


@pytest.mark.parametrize("path", [FEED, ALL, LINKED])
def test_who_has_it_already_is_told_so_in_no_bytes(client: Client, dana: User, path: str) -> None:
    release("1.0", dana)
    answer = client.get(path)
    for name, value in (("If-None-Match", answer["ETag"]), ("If-Modified-Since", answer["Last-Modified"])):
        again = client.get(path, headers={name: value})
        assert (again.status_code, again.content) == (304, b""), name
    release("2.0", dana)
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    for header in ("nonsense", "*" * 5000, "Sun, 99 Nov"):
        assert client.get(path, headers={"If-Modified-Since": header, "If-None-Match": header}).status_code < 400


@pytest.mark.parametrize("path", [FEED, ALL, LINKED])
def test_nobody_posts_to_them(client: Client, dana: User, path: str) -> None:
    release("1.0", dana)
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


def linked(client: Client, path: str = LINKED) -> Any:
    answer = client.get(path)
    assert answer["Content-Type"] == "application/ld+json"
    return json.loads(answer.content)


def test_linked_data_says_what_the_version_is(client: Client, dana: User) -> None:
    release("1.0", dana)
    version = release("2.0", dana)
    found = linked(client, "/policies/privacy/2.0.jsonld")
    assert (found["@context"], found["@type"]) == ("https://schema.org", "DigitalDocument")
    assert (found["version"], found["name"], found["inLanguage"]) == ("2.0", "Privacy Policy", ["de", "en"])
    assert found["@id"] == f"{settings.BASE_URL}/policies/privacy/2.0/"
    assert found["isBasedOn"] == f"{settings.BASE_URL}/policies/privacy/1.0/"
    assert version.published_at is not None
    assert datetime.fromisoformat(found["datePublished"]) == version.published_at
    assert "isBasedOn" not in linked(client)


def test_a_text_in_linked_data_has_the_hash_that_is_named_as_evidence(client: Client, dana: User) -> None:
    version = release("1.0", dana)
    stored = {text.language: text.sha256 for text in version.texts.all()}
    for text in linked(client)["encoding"]:
        assert hashlib.sha256(text["text"].encode()).hexdigest() == text["sha256"] == stored[text["inLanguage"]]


def test_linked_data_tells_when_a_version_ceases_to_hold(client: Client, dana: User) -> None:
    release("1.0", dana)
    assert linked(client)["temporalCoverage"].endswith("/..")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    release("2.0", dana, material=True, effective_at=until)
    assert linked(client)["temporalCoverage"].endswith(f"/{until.isoformat()}")


def test_pages_say_where_feeds_and_linked_data_are(client: Client, dana: User) -> None:
    release("1.0", dana)
    page = client.get("/policies/privacy/").content.decode()
    assert '<link rel="alternate" type="application/ld+json" href="/policies/privacy/1.0.jsonld">' in page
    for path in ("/policies/privacy/", "/policies/privacy/1.0/", "/policies/privacy/versions/"):
        head = client.get(path).content.decode().partition("</head>")[0]
        assert f'href="{FEED}?language=en"' in head
    assert f'href="{ALL}?language=en"' in client.get("/policies/").content.decode().partition("</head>")[0]


def test_a_feed_asks_the_database_as_often_for_many_versions(client: Client, dana: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(client, FEED)
        return len(captured)

    release("1.0", dana)
    few = queries()
    for number in range(2, 8):
        release(f"{number}.0", dana)
    assert queries() == few
