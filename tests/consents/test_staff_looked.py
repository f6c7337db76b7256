"""Whenever staff see what somebody chose or how it is proven, it is on record who looked."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.staff.models import Look
from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices.models import Current, Event, Method
from consents.choices.record import Choice
from consents.desk.enter import Sheet, enter
from consents.mailing.ask import ask
from consents.webhooks.models import Endpoint, Message
from tests.consents.purposes import make_purpose, say
from tests.consents.questions import choices, make_topics
from tests.people import staff_with, subject_of

EVENTS, CURRENT = "/staff/choices/event/", "/staff/choices/current/"
What = Look.What


@pytest.fixture
def event(alice: User, bob: User) -> Event:
    make_purpose("ads")
    say(bob, ads=False)
    return say(alice, ads=True, evidence={"address": "192.0.2.7"})[0]


def on_duty(duty: Duty) -> tuple[Client, str]:
    """And how the record names them."""
    return staff_with(duty), f"staff:{User.objects.get(email=f'{duty}@example.org').pk}"


def looks() -> list[tuple[object, ...]]:
    return list(Look.objects.order_by("id").values_list("who", "subject", "what", "number"))


@pytest.mark.parametrize(("duty", "what"), [(Duty.OFFICER, What.EVIDENCE), (Duty.SUPPORT, What.CHOICE)])
def test_opening_a_choice_says_whether_its_evidence_was_shown(event: Event, duty: Duty, what: str) -> None:
    client, who = on_duty(duty)
    client.get(f"{EVENTS}{event.pk}/change/")
    assert looks() == [(who, event.subject_id, what, event.pk)]


def test_each_look_is_written_down(event: Event) -> None:
    client, _who = on_duty(Duty.SUPPORT)
    for _again in range(2):
        client.get(f"{EVENTS}{event.pk}/change/")
    assert len(looks()) == 2


def test_what_holds_now_is_a_look_too(event: Event) -> None:
    client, who = on_duty(Duty.AUDITOR)
    current = Current.objects.get(subject=event.subject_id)
    client.get(f"{CURRENT}{current.pk}/change/")
    assert looks() == [(who, event.subject_id, What.CHOICE, current.pk)]


@pytest.mark.parametrize("path", [EVENTS, CURRENT])
def test_a_list_of_one_persons_choices_is_a_look_at_them(event: Event, path: str) -> None:
    client, who = on_duty(Duty.SUPPORT)
    for query in (
        {"q": "alice@example.org"},
        {"q": str(event.subject_id)},
        {"subject__id__exact": str(event.subject_id)},
    ):
        client.get(path, query)
    assert looks() == [(who, event.subject_id, What.CHOICES, None)] * 3


def test_that_somebody_chose_nothing_is_seen_as_well(event: Event, charlie: User) -> None:
    client, who = on_duty(Duty.SUPPORT)
    client.get(EVENTS, {"q": charlie.email})
    assert looks() == [(who, charlie.subject_id, What.CHOICES, None)]


def test_a_list_of_everybodys_newest_is_at_nobody(event: Event) -> None:
    client, _who = on_duty(Duty.SUPPORT)
    client.get(EVENTS)
    client.get(EVENTS, {"q": "nobody@example.org"})
    assert looks() == []


def test_choices_of_a_device_are_the_persons(event: Event, alice: User) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    (said,) = say(device, ads=False)
    merge(device, subject_of(alice))
    client, who = on_duty(Duty.SUPPORT)
    client.get(EVENTS, {"q": alice.email})
    client.get(f"{EVENTS}{said.pk}/change/")
    assert looks() == [
        (who, alice.subject_id, What.CHOICES, None),
        (who, alice.subject_id, What.CHOICE, said.pk),
    ]


def test_who_may_not_see_it_did_not_see_it(event: Event) -> None:
    client, _who = on_duty(Duty.EDITOR)
    for path in (EVENTS, f"{EVENTS}{event.pk}/change/", f"{EVENTS}{event.pk}/receipt.json"):
        assert client.get(path, {"q": "alice@example.org"}).status_code == 403
    support, _who = on_duty(Duty.SUPPORT)
    assert support.get(f"{EVENTS}{event.pk}/receipt.json").status_code == 403
    assert support.get(f"{EVENTS}{uuid4()}/change/").status_code == 302
    assert looks() == []


def test_a_saved_receipt_is_on_record(event: Event) -> None:
    client, who = on_duty(Duty.AUDITOR)
    client.get(f"{EVENTS}{event.pk}/receipt.json")
    assert looks() == [(who, event.subject_id, What.RECEIPT, event.pk)]


def test_a_paper_its_sheet_and_its_scan_are_on_record(event: Event, alice: User, dana: User) -> None:
    subject = subject_of(alice)
    words = event.wording
    assert words is not None
    sheet = Sheet(b"%PDF-1.7 signed", timezone.localdate() - timedelta(days=1), subject, "en")
    paper = enter(subject, sheet, [Choice("ads", True, words.sha256)], number=uuid4(), staff=dana)
    client, who = on_duty(Duty.OFFICER)
    client.get(f"/staff/desk/paper/for/{subject.pk}/")
    client.get(f"/staff/desk/paper/{paper.pk}/change/")
    assert client.get(f"/staff/desk/paper/{paper.pk}/scan/").status_code == 200
    assert looks() == [
        (who, subject.pk, What.SHEET, None),
        (who, subject.pk, What.PAPER, paper.pk),
        (who, subject.pk, What.SCAN, paper.pk),
    ]


@pytest.mark.parametrize(
    ("duty", "seen", "what"), [(Duty.AUDITOR, True, What.QUESTION), (Duty.SUPPORT, False, What.CHOICE)]
)
def test_a_confirmation_is_on_record_with_whether_its_evidence_was_shown(
    alice: User, duty: Duty, seen: bool, what: str
) -> None:
    make_topics()
    question = ask(
        subject_of(alice), choices("news"), language="en", method=Method.API, evidence={"source": "https://x.example"}
    )
    assert question is not None
    client, who = on_duty(duty)
    html = client.get(f"/staff/mailing/confirmation/{question.pk}/change/").content.decode()
    assert ("https://x.example" in html) == seen
    assert looks() == [(who, alice.subject_id, what, question.pk)]


def test_what_systems_were_told_about_somebody_is_on_record(alice: User) -> None:
    make_purpose("ads")
    Endpoint.objects.create(name="Shop", url="https://shop.example/hook")
    say(alice, ads=True)
    message = Message.objects.get()
    client, who = on_duty(Duty.SUPPORT)
    client.get("/staff/webhooks/message/", {"q": str(alice.subject_id)})
    client.get(f"/staff/webhooks/message/{message.pk}/change/")
    assert looks() == [
        (who, alice.subject_id, What.CHOICES, None),
        (who, alice.subject_id, What.CHOICE, message.key),
    ]


def test_a_test_of_a_system_is_about_nobody(db: None) -> None:
    endpoint = Endpoint.objects.create(name="Shop", url="https://shop.example/hook")
    now = timezone.now()
    test = Message.objects.create(endpoint=endpoint, kind="test", state="delivered", due_at=None, delivered_at=now)
    client, _who = on_duty(Duty.SUPPORT)
    client.get("/staff/webhooks/message/")
    assert client.get(f"/staff/webhooks/message/{test.pk}/change/").status_code == 200
    assert looks() == []


def test_a_list_of_one_persons_papers_is_on_record(alice: User, bob: User) -> None:
    client, who = on_duty(Duty.SUPPORT)
    client.get("/staff/desk/paper/", {"q": alice.email})
    assert looks() == [(who, alice.subject_id, What.PAPER, None)]


def test_a_look_says_nothing_of_what_was_seen() -> None:
    assert {field.name for field in Look._meta.get_fields()} == {"id", "who", "subject", "what", "number", "at"}
