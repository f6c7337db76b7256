"""What is allowed in the name of an address counts once its owner says so, from there; and that can be proven."""

import re
from hashlib import sha256

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.subjects import addresses
from accounts.subjects.life import open_subject
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.may import may
from consents.choices.models import Event, Method
from consents.choices.proving import ConfirmationNeeded, check, needed
from consents.choices.record import Choice
from consents.mailing.models import Confirmation
from consents.mailing.send import send_due
from tests.consents.notices import parsed, recipients, sent_to, with_smtp
from tests.consents.purposes import say
from tests.consents.questions import ADDRESS, choices, make_topics, path, sent_question, want

State = Confirmation.State


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    make_topics()


# When it is needed


@pytest.mark.parametrize(
    ("stage", "jurisdiction", "slug", "expected"),
    [
        (Subject.Stage.GUEST, "EU_GDPR/DE", "news", True),
        (Subject.Stage.GUEST, "EU_GDPR/AT", "news", True),
        (Subject.Stage.DEVICE, "EU_GDPR/DE", "news", True),
        (Subject.Stage.GUEST, "EU_GDPR", "news", False),
        (Subject.Stage.GUEST, "US_CA", "news", False),
        (Subject.Stage.GUEST, "EU_GDPR/DE", "ads", False),
        (Subject.Stage.ACCOUNT, "EU_GDPR/DE", "news", False),
    ],
)
def test_it_is_needed_where_the_law_wants_it_and_nobody_has_proven_the_address(
    stage: Subject.Stage, jurisdiction: str, slug: str, expected: bool
) -> None:
    subject = open_subject(stage, jurisdiction=jurisdiction)
    purpose = Purpose.objects.get(slug=slug)
    assert needed(subject, purpose) == expected
    said = [(None, Choice("other", True)), (purpose, Choice(slug, True))]
    if expected:
        with pytest.raises(ConfirmationNeeded) as refusal:
            check(subject, said, None)
        assert refusal.value.field == "decisions.1.decision"
    else:
        check(subject, said, None)


def test_a_refusal_paper_and_a_confirmation_need_no_other_proof() -> None:
    guest = open_subject(Subject.Stage.GUEST, jurisdiction="EU_GDPR/DE")
    purpose = Purpose.objects.get(slug="news")
    check(guest, [(purpose, Choice("news", False))], None)
    check(guest, [(purpose, Choice("news", True))], None, recorder="staff:7")
    check(guest, [(purpose, Choice("news", True))], {"confirmation": "…"}, recorder="system:shop")


def test_the_act_itself_refuses_what_nobody_has_proven() -> None:
    guest = open_subject(Subject.Stage.GUEST, jurisdiction="EU_GDPR/DE")
    with pytest.raises(ConfirmationNeeded):
        say(guest, news=True)
    say(guest, news=False, ads=True)
    assert Event.objects.count() == 2


# From the form to the choice


def test_nothing_is_allowed_before_the_button_in_the_page_is_pressed() -> None:
    question = sent_question()
    assert recipients() == [ADDRESS]
    for look in (Client().get, Client().head):
        assert look(path(question)).status_code == 200
    assert not Event.objects.exists()
    response = Client().post(path(question), {"answer": "yes"}, follow=True)
    assert "You have confirmed it" in response.content.decode()
    assert may(question.subject, "news")
    question.refresh_from_db()
    assert question.state == State.CONFIRMED


def test_the_choice_keeps_the_whole_proof() -> None:
    question = sent_question()
    Client().post(path(question), {"answer": "yes"}, headers={"user-agent": "Browser of Gwen"})
    event = Event.objects.get()
    assert (event.decision, event.method, event.recorder) == ("granted", Method.API, "system:shop")
    assert event.wording.sha256 == choices()[0].text_sha256
    proof = event.opened_evidence()
    assert proof["confirmation"] == str(question.pk)
    assert proof["asked_source"] == "https://shop.example/newsletter"
    assert (proof["asked_address"], proof["address"]) == ("192.0.2.7", "127.0.0.1")
    assert proof["user_agent"] == "Browser of Gwen"
    assert proof["sent_at"] == question.sent_at.isoformat()
    assert proof["asked_at"] < proof["sent_at"] < event.received_at.isoformat()
    for name in ("message_id", "body_sha256", "token_sha256"):
        assert proof[name] == getattr(question, name)


def test_the_hashes_are_those_of_the_mail_that_was_really_sent(settings: Settings) -> None:
    with_smtp(settings)
    question = sent_question("news", "surveys")
    message = parsed(sent_to(ADDRESS)[-1])
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert sha256((text + html).replace("\r\n", "\n").encode()).hexdigest() == question.body_sha256
    assert message["Message-ID"] == question.message_id == f"<{question.pk}@testserver>"
    (link,) = set(re.findall(r"http://testserver/choices/confirm/[\w-]+/", text + html))
    token = link.rstrip("/").rpartition("/")[2]
    assert sha256(token.encode()).hexdigest() == question.token_sha256
    for words in ("News", "About News.", "Surveys", "About Surveys."):
        assert words in text
        assert words in html
    assert ADDRESS not in text + html
    assert not [name for name in message.keys() if name.startswith("List-")]  # noqa: SIM118  # a message is no dict


def test_the_link_is_not_in_the_database() -> None:
    question = sent_question()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(asked)::text FROM mailing_confirmation AS asked")
        (row,) = cursor.fetchone()
    assert question.token_sha256 in row
    assert question.token not in row
    assert ADDRESS not in row
    assert "shop.example" not in row


def test_it_is_written_in_the_language_of_the_form() -> None:
    question = want("news", language="de")
    send_due()
    (message,) = mail.outbox
    assert "Neuigkeiten" in message.body
    assert question.subject.language == "de"


def test_confirming_twice_is_the_same_as_once() -> None:
    question = sent_question()
    for _ in range(2):
        assert Client().post(path(question), {"answer": "yes"}).status_code == 302
    assert Event.objects.count() == 1
    assert "You have confirmed it" in Client().get(path(question)).content.decode()


def test_after_confirming_the_page_offers_to_end_it() -> None:
    question = sent_question()
    page = Client().post(path(question), {"answer": "yes"}, follow=True).content.decode()
    (link,) = re.findall(r"http://testserver(/unsubscribe/[\w-]+/)", page)
    Client().post(link, {"end": "topic"})
    assert not may(question.subject, "news")


def test_a_page_of_another_site_can_not_press_the_button() -> None:
    question = sent_question()
    assert Client(enforce_csrf_checks=True).post(path(question), {"answer": "yes"}).status_code == 403
    assert not Event.objects.exists()


def test_no_forgets_the_question_and_the_guest() -> None:
    question = sent_question()
    response = Client().post(path(question), {"answer": "no"})
    assert "Nothing starts" in response.content.decode()
    assert not Confirmation.objects.exists()
    assert addresses.find(ADDRESS) is None
    assert not Subject.objects.exists()
    assert Client().get(path(question)).status_code == 404


def test_no_after_yes_undoes_nothing_that_was_proven() -> None:
    question = sent_question()
    Client().post(path(question), {"answer": "yes"})
    Client().post(path(question), {"answer": "no"})
    assert Confirmation.objects.get().state == State.CONFIRMED


@pytest.mark.parametrize("token", ["x", "ä", "A" * 43, "a" * 3000])
def test_a_link_that_nobody_was_sent_confirms_nothing(token: str) -> None:
    for response in (Client().get(f"/choices/confirm/{token}/"), Client().post(f"/choices/confirm/{token}/")):
        assert response.status_code == 404
        assert "There is nothing to answer any more" in response.content.decode()


def test_a_question_that_was_not_sent_yet_can_not_be_answered() -> None:
    question = want()
    assert Client().post(path(question), {"answer": "yes"}).status_code == 404
    assert not Event.objects.exists()
