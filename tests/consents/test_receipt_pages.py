"""Receipts in the portal and by the API: for the person and their guardian, to read, to keep and to have checked."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.subjects.life import freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.choices import receipt_pages, receipts
from consents.choices.models import Event, Method
from consents.choices.record import Choice, record
from tests.consents.purposes import say
from tests.consents.receipts import decide, rich_purpose

VERIFY = "/verify/"
GENUINE = "We gave this receipt, and not a letter of it was changed."
ALTERED = "It was changed after we signed it"


@pytest.fixture(autouse=True)
def purpose(db: None) -> None:
    rich_purpose()


def html(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def page_of(event: Event) -> str:
    return f"/choices/receipts/{event.pk}/"


def told(event: Event) -> dict[str, Any]:
    found = receipts.find(event.pk, event.subject)
    assert found
    return receipts.receipt(found)


def upload(client: Client, content: Any) -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(VERIFY, {"file": SimpleUploadedFile("receipt.json", raw)})


def test_the_page_says_what_the_signed_document_says(client_for, alice):
    event = decide(alice, ads=True, said_at=datetime(2026, 3, 3, 12, tzinfo=UTC))
    shown = html(client_for(alice).get(page_of(event)))
    for part in (
        str(event.pk),
        "Allowed",
        "Personal ads",
        "About “Personal ads”.",
        event.wording.sha256,
        "Portal",
        "3 March 2026, 12:00:00 UTC",
        str(alice.subject_id),
        "Device, Health",
        "The authority, The partner, The processor",
        "6 months after it was last used",
        told(event)["proof"]["proofValue"],
    ):
        assert part in shown, part


def test_the_page_says_that_a_guardian_decided(client_for, mia, bob):
    event = decide(mia, ads=True, actor=bob, method=Method.GUARDIAN)
    shown = html(client_for(mia).get(page_of(event)))
    assert f"A guardian, record number {bob.subject_id}" in shown


def test_a_receipt_of_a_signal_says_that_no_words_were_shown(client_for, alice):
    [event] = record(alice.subject, [Choice("ads", allow=False)], method=Method.GPC, actor=alice.subject, language="en")
    assert "the decision came by a signal or a link" in html(client_for(alice).get(page_of(event)))


@pytest.mark.parametrize("suffix", ["", "receipt.json"])
def test_receipts_are_for_the_person_and_their_guardian_only(client_for, mia, bob, charlie, suffix):
    event = decide(mia, ads=False)
    path = page_of(event) + suffix
    assert [client_for(person).get(path).status_code for person in (mia, bob, charlie)] == [200, 200, 404]
    assert client_for(charlie).get(f"/choices/receipts/{UUID(int=0)}/{suffix}").status_code == 404
    assert Client().get(path).status_code == 302


def test_a_receipt_can_be_kept_as_a_file(client_for, alice):
    event = decide(alice, ads=True)
    response = client_for(alice).get(f"{page_of(event)}receipt.json")
    assert response["Content-Type"] == "application/ld+json"
    assert response["Content-Disposition"] == f'attachment; filename="receipt-{event.pk}.json"'
    assert json.loads(response.content) == told(event)
    assert GENUINE in html(upload(Client(), response.content))


def test_all_receipts_come_as_one_list_that_is_checked_in_one_go(client_for, alice, bob):
    guest = open_subject(Subject.Stage.GUEST)
    events = [decide(guest, ads=False), decide(alice, ads=True), decide(alice, ads=False)]
    decide(bob, ads=True)
    merge(guest, alice.subject)
    response = client_for(alice).get("/choices/receipts/all.json")
    assert response.streaming
    content = response.getvalue()
    assert [each["dct:identifier"] for each in json.loads(content)] == [str(event.pk) for event in reversed(events)]
    assert html(upload(Client(), content)).count(GENUINE) == 3


def test_who_decided_nothing_gets_an_empty_list(client_for, alice):
    assert json.loads(client_for(alice).get("/choices/receipts/all.json").getvalue()) == []


def test_a_guardian_gets_all_receipts_of_the_minor_and_nobody_else_does(client_for, mia, bob, charlie):
    event = decide(mia, ads=False)
    path = f"/choices/for/{mia.subject_id}/receipts/all.json"
    [found] = json.loads(client_for(bob).get(path).getvalue())
    assert found["dct:identifier"] == str(event.pk)
    assert client_for(charlie).get(path).status_code == 404


def test_whoever_asked_for_erasure_still_gets_their_receipts_and_may_check_them(client_for, alice):
    event = decide(alice, ads=False)
    freeze(alice.subject)
    client = client_for(alice)
    for path in (page_of(event), f"{page_of(event)}receipt.json", "/choices/receipts/all.json", VERIFY):
        assert client.get(path).status_code == 200


def test_anybody_can_check_a_receipt_without_signing_in(client, alice):
    shown = html(client.get(VERIFY))
    assert 'type="file"' in shown
    document = told(decide(alice, ads=True))
    for response in (upload(client, document), client.post(VERIFY, {"text": json.dumps(document, indent=4)})):
        shown = html(response)
        assert GENUINE in shown
        assert "Allowed: Personal ads" in shown


def test_who_holds_an_altered_receipt_is_told_so_and_nothing_about_the_genuine_one(client, alice):
    document = told(decide(alice, ads=False))
    forged = json.loads(json.dumps(document).replace("dpv:ConsentRefused", "dpv:ConsentGiven"))
    shown = html(upload(client, forged))
    assert ALTERED in shown
    assert GENUINE not in shown
    assert "ConsentRefused" not in shown


def test_the_person_it_is_about_is_shown_where_it_departs_from_the_genuine_one(client_for, alice, charlie):
    document = told(decide(alice, ads=False))
    forged = json.loads(json.dumps(document).replace("dpv:ConsentRefused", "dpv:ConsentGiven"))
    shown = html(upload(client_for(alice), forged))
    assert "dpv:hasRecordOfActivity › 1 › dpv:hasConsentStatus › 1 › @type › 1" in shown
    assert "dpv:ConsentGiven" in shown
    assert "dpv:ConsentRefused" in shown
    assert shown.count("We said") == 1
    assert "ConsentRefused" not in html(upload(client_for(charlie), forged))


def test_a_signature_that_alone_was_changed_is_shown_as_the_only_difference(client_for, alice):
    document = told(decide(alice, ads=False))
    value = document["proof"]["proofValue"]
    document["proof"]["proofValue"] = value[:-1] + ("1" if value[-1] != "1" else "2")
    shown = html(upload(client_for(alice), document))
    assert ALTERED in shown
    assert "proof › proofValue" in shown
    assert shown.count("We said") == 1


def test_a_receipt_signed_by_somebody_else_is_told(client, alice, settings):
    document = told(decide(alice, ads=True))
    settings.SIGNING_KEY = b"e" * 32
    assert "not signed with one of our keys" in html(upload(client, document))


def test_of_a_list_the_one_that_was_altered_is_named(client, alice):
    first, second = told(decide(alice, ads=True)), told(decide(alice, ads=False))
    shown = html(upload(client, [first, second | {"dct:created": "2020-01-01T00:00:00Z"}]))
    assert shown.count(GENUINE) == 1
    assert f"It calls itself {second['dct:identifier']}" in shown


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"nonsense", "no JSON, or no longer whole"),
        (b'{"a": 1, "a": 2}', "no JSON, or no longer whole"),
        (b"\xff\xfe", "no JSON, or no longer whole"),
        (b"[", "no JSON, or no longer whole"),
        (b"[" * 100_000, "no JSON, or no longer whole"),
        (b"[]", "There is no receipt in it."),
        (b"", "The submitted file is empty."),
        (b"{}", "It carries no signature as we make it"),
        (b"[1, null, true]", "It carries no signature as we make it"),
        (b'{"proof": {"proofValue": 1}}', "It carries no signature as we make it"),
        (b'{"dct:identifier": ["x"], "proof": []}', "It has no number"),
    ],
)
def test_what_is_no_receipt_is_told_in_words(client_for, alice, content, complaint):
    for client in (Client(), client_for(alice)):
        assert complaint in html(upload(client, content))


def test_sending_nothing_is_told_too(client):
    for data in ({}, {"text": "  "}):
        assert "Choose a file, or paste the text of a receipt." in html(client.post(VERIFY, data))


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, monkeypatch):
    response = client.post(
        VERIFY, b"x", content_type="multipart/form-data; boundary=x", headers={"Content-Length": "50000000"}
    )
    assert "more than can be checked here" in html(response, 413)
    monkeypatch.setattr(receipt_pages, "LARGEST_FILE", 100)
    assert "This file is larger than 5 megabytes." in html(upload(client, b'{"' + b"x" * 200 + b'": 1}'))


def test_a_text_that_is_too_long_is_refused(client):
    assert "more than can be checked here" in html(client.post(VERIFY, {"text": "x" * 1_100_000}), 413)


def test_a_form_that_is_broken_is_refused(client):
    broken = BytesIO(b"--x\r\nContent-Disposition: form-data; name=file\r\n")
    response = client.generic("POST", VERIFY, broken.read(), content_type="multipart/form-data; boundary=")
    assert response.status_code == 400


def test_checking_works_from_any_other_site_and_leaves_nothing_behind(alice):
    document = told(decide(alice, ads=True))
    client = Client(enforce_csrf_checks=True)
    events = Event.objects.count()
    assert GENUINE in html(upload(client, document))
    assert Event.objects.count() == events


def test_the_api_gives_the_signed_document(api_for, alice):
    event = decide(alice, ads=True)
    response = api_for(alice).get(f"/api/v1/receipts/{event.pk}/")
    assert response["Content-Type"] == "application/ld+json"
    assert response.json() == told(event)
    plain = api_for(alice).get(f"/api/v1/receipts/{event.pk}/", headers={"Accept": "application/json"})
    assert plain["Content-Type"] == "application/json"
    assert plain.content == response.content


def test_the_api_answers_304_as_long_as_the_receipt_is_the_same(api_for, alice):
    api, path = api_for(alice), f"/api/v1/receipts/{decide(alice, ads=True).pk}/"
    tag = api.get(path)["ETag"]
    say(alice, ads=False)
    unchanged = api.get(path, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_api_gives_receipts_to_the_person_and_their_guardian_only(api_for, mia, bob, charlie):
    event = decide(mia, ads=True, actor=bob, method=Method.GUARDIAN)
    path = f"/api/v1/receipts/{event.pk}/"
    assert api_for(mia).get(path).json() == api_for(bob).get(path).json() == told(event)
    answer = api_for(charlie).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert api_for(charlie).get("/api/v1/receipts/nonsense/").status_code == 404
