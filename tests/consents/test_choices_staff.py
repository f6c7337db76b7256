import json
import re
from html import unescape
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.subjects.life import entomb, open_subject
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices.models import Current, Event, Method, Wording
from consents.webhooks.models import Endpoint, Message
from tests.consents.purposes import make_purpose, say
from tests.people import staff_with

EVENTS = "/staff/choices/event/"


@pytest.fixture
def event(alice) -> Event:
    make_purpose("ads")
    return say(alice, ads=True, evidence={"address": "192.0.2.7", "user_agent": "Firefox"})[0]


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.OFFICER, 200), (Duty.SUPPORT, 200), (Duty.AUDITOR, 200), (Duty.EDITOR, 403), (None, 403)],
)
def test_choices_are_for_those_whose_duty_needs_them(event, duty, status):
    sam = staff_with(duty)
    for path in (EVENTS, f"{EVENTS}{event.pk}/change/", "/staff/choices/current/", "/staff/choices/wording/"):
        assert sam.get(path).status_code == status


@pytest.mark.parametrize(("duty", "sees"), [(Duty.OFFICER, True), (Duty.AUDITOR, True), (Duty.SUPPORT, False)])
def test_address_and_browser_are_shown_only_to_who_must_prove_a_choice(event, duty, sees):
    html = staff_with(duty).get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert ("192.0.2.7" in html) == sees


def test_nobody_of_the_staff_can_write_choices(client, event):
    root = User.objects.create_superuser("root@example.org", "correct horse battery staple")
    client.force_login(root)
    rows = {"event": event, "current": Current.objects.get(), "wording": Wording.objects.get()}
    for model, row in rows.items():
        assert client.get(f"/staff/choices/{model}/add/").status_code == 403
        assert client.post(f"/staff/choices/{model}/add/", {}).status_code == 403
        assert client.post(f"/staff/choices/{model}/{row.pk}/change/", {"decision": "refused"}).status_code == 403
        assert client.post(f"/staff/choices/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Event.objects.get().decision == "granted"


@pytest.mark.parametrize(
    ("term", "found"),
    [("alice@example.org", 1), ("ALICE@example.org ", 1), ("bob@example.org", 0), ("alice", 0), ("'; --", 0)],
)
def test_events_are_found_by_the_whole_address(event, term, found):
    html = staff_with(Duty.SUPPORT).get(EVENTS, {"q": term}).content.decode()
    assert html.count('class="action-select"') + html.count("field-received_at") == found


def test_events_are_found_by_the_number_of_the_subject_or_of_the_receipt(event):
    sam = staff_with(Duty.SUPPORT)
    for number in (event.pk, event.subject_id, str(event.pk).upper()):
        assert "field-received_at" in sam.get(EVENTS, {"q": str(number)}).content.decode()
    assert "field-received_at" not in sam.get(EVENTS, {"q": str(Wording.objects.get().pk)}).content.decode()


@pytest.mark.parametrize("query", ["decision__exact=granted", "method__exact=portal", "jurisdiction=EU_GDPR"])
def test_events_are_filtered(event, query):
    assert "field-received_at" in staff_with(Duty.AUDITOR).get(f"{EVENTS}?{query}").content.decode()


def test_the_evidence_of_a_choice_is_on_one_page(event):
    [withdrawn] = say(event.subject, ads=False, evidence={"address": "192.0.2.8", "gpc": "1"})
    html = unescape(staff_with(Duty.AUDITOR).get(f"{EVENTS}{withdrawn.pk}/change/").content.decode())
    for words in ("Withdrawn", "About Ads.", withdrawn.wording.sha256, "Portal", "EU_GDPR", "192.0.2.8"):
        assert words in html
    assert "Global Privacy Control was on: 1" in html


def test_support_sees_the_choice_without_its_proof(event):
    html = staff_with(Duty.SUPPORT).get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert "About Ads." in html
    assert "receipt.json" not in html
    assert "evidence" not in html.lower().replace("event", "")


def test_the_other_decisions_of_the_person_on_the_purpose_are_a_link_away(event, bob):
    say(event.subject, ads=False)
    say(bob, ads=True)
    sam = staff_with(Duty.SUPPORT)
    link = re.search(r'href="([^"]*purpose__id__exact[^"]*)"', sam.get(f"{EVENTS}{event.pk}/change/").content.decode())
    assert link
    assert sam.get(unescape(link[1])).content.decode().count("field-received_at") == 2


@pytest.mark.parametrize(
    ("duty", "status"), [(Duty.OFFICER, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (None, 403)]
)
def test_the_signed_receipt_is_saved_by_whoever_must_prove_a_choice(event, duty, status):
    response = staff_with(duty).get(f"{EVENTS}{event.pk}/receipt.json")
    assert response.status_code == status
    if status == 200:
        assert str(event.pk) in json.dumps(response.json())
        assert "attachment" in response.headers["Content-Disposition"]


def test_a_receipt_of_nothing_is_not_found(event):
    assert staff_with(Duty.AUDITOR).get(f"{EVENTS}{event.subject_id}/receipt.json").status_code == 404


def test_a_choice_from_paper_leads_to_the_paper(event):
    number = uuid4()
    [paper] = say(event.subject, ads=False, method=Method.PAPER, evidence={"paper": str(number), "scan_sha256": "ab"})
    html = staff_with(Duty.OFFICER).get(f"{EVENTS}{paper.pk}/change/").content.decode()
    assert f'href="/staff/desk/paper/{number}/change/"' in html
    assert "SHA-256 of the scan: ab" in html


def test_evidence_is_never_read_as_html(event):
    [odd] = say(event.subject, ads=False, evidence={"user_agent": "<script>alert(1)</script>"})
    assert "<script>alert" not in staff_with(Duty.OFFICER).get(f"{EVENTS}{odd.pk}/change/").content.decode()


def test_the_systems_that_heard_of_it_are_named(event):
    endpoint = Endpoint.objects.create(name="Mail delivery", url="https://mail.example/")
    Message.objects.create(
        endpoint=endpoint,
        event_id=event.pk,
        subject=event.subject,
        purpose=event.purpose,
        version=1,
        decision="granted",
        state=Message.State.DELIVERED,
        due_at=None,
        delivered_at=event.received_at,
    )
    html = staff_with(Duty.SUPPORT).get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert "Mail delivery: Confirmed" in html


def test_what_a_device_decided_is_found_by_whose_it_turned_out_to_be(event):
    device = open_subject(Subject.Stage.DEVICE)
    say(device, ads=False)
    Subject.objects.filter(pk=device.pk).update(merged_into=event.subject)
    sam = staff_with(Duty.SUPPORT)
    for term in ("alice@example.org", str(event.subject_id), str(device.pk)):
        assert sam.get(EVENTS, {"q": term}).content.decode().count("field-received_at") == 2


def test_what_somebody_since_erased_decided_is_found_by_their_number(event):
    entomb(event.subject, evidence_until=timezone.localdate())
    html = staff_with(Duty.AUDITOR).get(EVENTS, {"q": str(event.subject_id)}).content.decode()
    assert "field-received_at" in html


def test_a_list_of_millions_is_not_counted_to_its_end(event, django_assert_max_num_queries):
    sam = staff_with(Duty.AUDITOR)
    with django_assert_max_num_queries(30) as asked:
        sam.get(EVENTS)
    counting = [
        query["sql"]
        for query in asked.captured_queries
        if "COUNT(*)" in query["sql"] and "choices_event" in query["sql"]
    ]
    assert counting
    assert all("LIMIT 10000" in sql for sql in counting)
