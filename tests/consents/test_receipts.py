"""Receipts: what they say, in which form, and that no letter of them can be changed unnoticed."""

import json
from typing import Any

import jsonschema
import pytest
from pyld import jsonld

from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.catalogue.models import DataCategoryText, Purpose
from consents.choices import receipts
from consents.choices.receipt_api import schema
from tests.consents.purposes import say
from tests.consents.receipts import SAID, decide, every_kind, rich_purpose, told, verdicts


@pytest.fixture(autouse=True)
def purpose(db: None) -> Purpose:
    return rich_purpose(validity="P12M", validities={"EU_GDPR": "P6M"})


def record_of(document: dict[str, Any]) -> dict[str, Any]:
    [found] = document["dpv:hasRecordOfActivity"]
    return found


def status_of(document: dict[str, Any]) -> dict[str, Any]:
    [found] = record_of(document)["dpv:hasConsentStatus"]
    return found


@pytest.fixture
def receipts_of_every_kind(alice, bob, mia) -> list[dict[str, Any]]:
    return every_kind(alice, bob, mia)


def test_a_receipt_says_what_was_decided_on_which_words_when_by_whom_and_how(alice, settings):
    event = decide(alice, ads=True, said_at=SAID, language="de")
    document = told(event)
    assert document["dct:identifier"] == str(event.pk)
    assert document["@id"] == f"{settings.BASE_URL}/choices/receipts/{event.pk}/"
    assert record_of(document)["dpv:hasDataSubject"]["@id"] == f"urn:uuid:{alice.subject_id}"
    assert record_of(document)["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-a"}
    [words] = record_of(document)["dpv:hasNotice"]
    assert words == {
        "@type": "dpv:ConsentNotice",
        "dct:language": "de",
        "dct:title": "Persönliche Werbung",
        "dct:description": "About “Persönliche Werbung”.",
        "pc:sha256": event.wording.sha256,
    }
    assert status_of(document) == {
        "@type": ["dpv:ConsentGiven", "dpv:ExpressedConsent"],
        "dpv:isIndicatedAtTime": "2026-03-03T12:00:05Z",
        "dpv:isIndicatedBy": {"@id": f"urn:uuid:{alice.subject_id}", "@type": "dpv:DataSubject"},
        "dpv:hasIndicationMethod": "portal",
        "pc:receivedAt": event.received_at.isoformat().replace("+00:00", "Z"),
        "dpv:hasDuration": "P6M",
        "pc:holdsUntil": "2026-09-03T12:00:05Z",
    }


def test_a_receipt_says_what_the_purpose_meant(alice, settings):
    [process] = record_of(told(decide(alice, ads=True)))["dpv:hasProcess"]
    assert process["dpv:hasPurpose"]["dct:identifier"] == "ads"
    assert process["dpv:hasPurpose"]["pc:version"] == 1
    assert [(each["dct:title"], each["@type"]) for each in process["dpv:hasPersonalData"]] == [
        ("Device", "dpv:PersonalData"),
        ("Health", "dpv:SensitivePersonalData"),
    ]
    assert [(each["dct:title"], each["@type"]) for each in process["dpv:hasRecipient"]] == [
        ("The authority", "dpv:Authority"),
        ("The partner", "dpv:ThirdParty"),
        ("The processor", "dpv:DataProcessor"),
    ]
    assert process["dpv:hasRecipient"][2]["dpv:hasLocation"] == {"@id": "loc:DE"}
    assert process["dpv:hasService"]["dct:title"] == "The shop"
    kept, place = process["dpv:hasStorageCondition"]
    assert (kept["dpv:hasDuration"], kept["pc:countsFrom"]) == ("P6M", "last-used")
    assert place["dpv:hasLocation"] == [{"@id": "loc:EU"}]


def test_refusing_and_withdrawing_have_receipts_of_their_own(alice):
    document = told(decide(alice, ads=False))
    assert status_of(document)["@type"] == ["dpv:ConsentRefused"]
    assert "dpv:hasDuration" not in status_of(document)
    say(alice, ads=True)
    assert status_of(told(decide(alice, ads=False)))["@type"] == ["dpv:ConsentWithdrawn"]


def test_a_receipt_tells_the_guardian_the_signal_and_that_staff_wrote_it_down_but_not_who(receipts_of_every_kind, bob):
    by_signal_seen, _second, _third, by_guardian, _gpc, on_paper, expired = map(status_of, receipts_of_every_kind)
    assert by_signal_seen["pc:gpc"] is True
    assert by_guardian["dpv:isIndicatedBy"] == {
        "@id": f"urn:uuid:{bob.subject_id}",
        "@type": "dpv:GuardianOfDataSubject",
    }
    assert on_paper["pc:writtenDownBy"] == "staff"
    assert expired["dpv:isIndicatedBy"]["@type"] == "dpv:DataController"
    assert "192.0.2.1" not in json.dumps(receipts_of_every_kind)
    assert "staff:7" not in json.dumps(receipts_of_every_kind)


def test_where_the_gdpr_does_not_hold_a_receipt_does_not_speak_of_it(receipts_of_every_kind):
    document = receipts_of_every_kind[-1]
    assert document["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt"
    assert record_of(document)["dpv:hasJurisdiction"]["@id"] == "loc:US-CA"
    assert "eu-gdpr:" not in json.dumps(record_of(document))


def test_every_receipt_fits_the_schema(receipts_of_every_kind):
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    for document in receipts_of_every_kind:
        validator.validate(document)
        for name in document:
            without = {key: value for key, value in document.items() if key != name}
            assert not validator.is_valid(without), name
    assert not validator.is_valid(receipts_of_every_kind[0] | {"another": 1})


def no_network(url: str, options: Any) -> Any:
    raise AssertionError(f"a receipt must be read without {url}")


def bare(value: Any) -> Any:
    """Without the context, and in one of the ways by which JSON-LD says the same."""
    if isinstance(value, dict):
        return {name.replace("@type", "type"): bare(member) for name, member in value.items() if name != "@context"}
    if isinstance(value, list):
        members = [bare(member) for member in value]
        return members[0] if len(members) == 1 else members
    return value


def test_every_receipt_is_json_ld_of_which_no_word_is_lost(receipts_of_every_kind):
    for document in receipts_of_every_kind:
        expanded = jsonld.expand(document, {"documentLoader": no_network})
        again = jsonld.compact(expanded, document["@context"], {"documentLoader": no_network})
        assert bare(again) == bare(document)
        quads = jsonld.to_rdf(document, {"documentLoader": no_network, "format": "application/n-quads"})
        assert f"<{document['@id']}>" in quads
        assert "<https://w3id.org/dpv#ConsentReceipt>" in quads


def test_the_same_decision_gives_the_same_receipt_letter_by_letter(alice):
    event = decide(alice, ads=True)
    first = json.dumps(told(event))
    say(alice, ads=False)
    assert json.dumps(told(event)) == first


def test_a_later_meaning_of_the_purpose_leaves_earlier_receipts_as_they_were(alice, purpose):
    event = decide(alice, ads=True)
    first = told(event)
    Purpose.objects.filter(pk=purpose.pk).update(version=2, asks_since=2, validities={}, validity="P1M")
    assert told(event) == first
    assert status_of(told(decide(alice, ads=True)))["dpv:hasDuration"] == "P1M"


def test_a_receipt_with_a_name_that_was_mended_since_is_as_genuine(alice):
    event = decide(alice, ads=True)
    before = told(event)
    DataCategoryText.objects.filter(name="Device").update(name="Your device")
    after = told(event)
    assert after != before
    assert verdicts(before, after) == [None, None]


def test_all_receipts_of_a_person_are_those_of_all_their_decisions(alice, bob, django_assert_max_num_queries):
    say(bob, ads=True)
    events = [decide(alice, ads=bool(number % 2)) for number in range(5)]
    with django_assert_max_num_queries(20) as few:
        found = list(receipts.all_of(alice.subject))
    assert [document["dct:identifier"] for document in found] == [str(event.pk) for event in reversed(events)]
    assert found[0] == told(events[-1])
    for number in range(20):
        say(alice, ads=bool(number % 2))
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert len(list(receipts.all_of(alice.subject))) == 25


def test_what_was_decided_as_a_guest_is_found_by_the_person_it_turned_out_to_be(alice, charlie):
    guest = open_subject(Subject.Stage.GUEST)
    event = decide(guest, ads=False)
    merge(guest, alice.subject)
    assert receipts.find(event.pk, alice.subject) == event
    assert receipts.find(event.pk, charlie.subject) is None
