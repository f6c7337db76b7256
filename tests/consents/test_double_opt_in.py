"""What is allowed in the name of an address counts once its owner says so, from there; and that can be proven."""

import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects import addresses
from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices import refusals
from consents.choices.may import may
from consents.choices.models import Event, Method
from consents.choices.proving import ConfirmationNeeded, check, needed
from consents.choices.record import Choice, as_published
from consents.mailing.ask import MOST, NothingToConfirm, ask, ask_address
from consents.mailing.confirm import confirm
from consents.mailing.forget import forget_unconfirmed
from consents.mailing.models import LIFETIME, Confirmation
from consents.mailing.send import send_due
from consents.notices.line import Line
from tests.consents.notices import parsed, recipients, sent_to, with_smtp
from tests.consents.purposes import make_purpose
from tests.people import subject_of

State = Confirmation.State
ADDRESS = "gwen@example.org"


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    for slug, german in [("news", "Neuigkeiten"), ("surveys", "Umfragen"), ("ads", "Werbung")]:
        make_purpose(slug, de=german)
    Purpose.objects.exclude(slug="ads").update(channel="email")


def choices(*slugs: str, language: str = "en") -> list[Choice]:
    return as_published(dict.fromkeys(slugs or ("news",), True), language)


def want(*slugs: str, address: str = ADDRESS, language: str = "en", jurisdiction: str = "EU_GDPR/DE") -> Confirmation:
    asked = ask_address(
        address,
        choices(*slugs, language=language),
        language=language,
        jurisdiction=jurisdiction,
        evidence={"source": "https://shop.example/newsletter", "address": "192.0.2.7"},
        recorder="system:shop",
    )
    assert asked is not None
    return asked


def path(question: Confirmation) -> str:
    return question.address.removeprefix("http://testserver")


def sent_question(*slugs: str) -> Confirmation:
    question = want(*slugs)
    send_due()
    question.refresh_from_db()
    return question


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
        assert "There is no question any more" in response.content.decode()


def test_a_question_that_was_not_sent_yet_can_not_be_answered() -> None:
    question = want()
    assert Client().post(path(question), {"answer": "yes"}).status_code == 404
    assert not Event.objects.exists()


# Who is asked


def test_an_account_with_that_address_is_asked_at_it_and_nothing_changes_before(alice: User) -> None:
    question = want(address=alice.email.upper())
    send_due()
    assert question.subject == subject_of(alice)
    assert recipients() == [alice.email]
    assert not may(subject_of(alice), "news")
    Client().post(path(question), {"answer": "yes"})
    assert may(subject_of(alice), "news")


def test_a_guest_who_opened_an_account_meanwhile_confirms_for_it(alice: User) -> None:
    question = sent_question()
    merge(question.subject, subject_of(alice))
    Client().post(path(question), {"answer": "yes"})
    assert may(subject_of(alice), "news")


def test_who_asked_for_erasure_is_not_written_to(alice: User) -> None:
    freeze(subject_of(alice))
    assert ask_address(alice.email, choices(), language="en", evidence={}) is None
    assert not Confirmation.objects.exists()


def test_who_asks_for_erasure_before_it_is_sent_is_not_written_to(alice: User) -> None:
    want(address=alice.email)
    freeze(subject_of(alice))
    send_due()
    assert mail.outbox == []
    question = Confirmation.objects.get()
    assert (question.state, question.error) == (State.FAILED, "erasure-asked")


def test_a_minor_is_not_asked(mia: User) -> None:
    assert ask_address(mia.email, choices(), language="en", evidence={}) is None


def test_a_minor_of_whom_we_learn_later_is_told_that_a_guardian_must_say_it(mia: User) -> None:
    question = sent_question()
    merge(question.subject, subject_of(mia))
    response = Client().post(path(question), {"answer": "yes"})
    assert response.status_code == 403
    assert "guardian" in response.content.decode()
    assert not Event.objects.exists()


def test_nobody_is_flooded_by_those_who_type_their_address() -> None:
    for number in range(MOST):
        with time_machine.travel(timezone.now() + timedelta(hours=number)):
            want()
            send_due()
    with time_machine.travel(timezone.now() + timedelta(hours=MOST)):
        assert ask_address(ADDRESS, choices(), language="en", evidence={}) is None
        send_due()
    assert recipients() == [ADDRESS] * MOST
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        want()


def test_a_form_that_is_sent_twice_asks_once() -> None:
    want("news", "surveys")
    assert ask_address(ADDRESS, choices("news", "surveys"), language="en", evidence={}) is None
    want("news")


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ([Choice("nothing", True, "0" * 64)], refusals.UnknownPurpose),
        ([Choice("news", True, "0" * 64)], refusals.UnknownText),
        ([Choice("news", True)], refusals.TextMissing),
        ([Choice("news", False)], NothingToConfirm),
        ([], refusals.NothingSaid),
    ],
)
def test_what_can_not_be_chosen_is_not_asked_and_nobody_becomes_known(said: Any, refusal: Any) -> None:
    with pytest.raises(refusal):
        ask_address(ADDRESS, said, language="en", evidence={})
    assert not Subject.objects.exists()
    assert not Address.objects.exists()


def test_asking_records_nothing_although_it_is_rehearsed() -> None:
    want()
    assert not Event.objects.exists()


def test_what_changed_its_meaning_meanwhile_is_asked_anew() -> None:
    question = sent_question()
    Purpose.objects.filter(slug="news").update(version=2, asks_since=2)
    response = Client().post(path(question), {"answer": "yes"})
    if response.status_code == 302:  # the words still stand, so they are those of the present version
        assert may(question.subject, "news")
    else:
        assert response.status_code == 409
        assert not Event.objects.exists()


def test_what_is_no_longer_done_is_not_confirmed() -> None:
    question = sent_question()
    Purpose.objects.update(retired_at=timezone.now())
    response = Client().post(path(question), {"answer": "yes"})
    assert response.status_code == 422
    assert "no longer done" in response.content.decode()
    question.refresh_from_db()
    assert question.state == State.SENT


# Forgetting


def test_what_nobody_confirms_is_forgotten_after_14_days_with_the_guest() -> None:
    sent_question()
    with time_machine.travel(timezone.now() + LIFETIME - timedelta(hours=1)):
        assert forget_unconfirmed() == 0
    with time_machine.travel(timezone.now() + LIFETIME + timedelta(hours=1)):
        assert forget_unconfirmed() == 1
        assert forget_unconfirmed() == 0
    assert not Subject.objects.exists()
    assert not Address.objects.exists()


def test_a_link_is_over_on_the_day_even_if_nobody_forgot_it_yet() -> None:
    question = sent_question()
    with time_machine.travel(timezone.now() + LIFETIME + timedelta(hours=1)):
        assert Client().post(path(question), {"answer": "yes"}).status_code == 404
    assert not Event.objects.exists()


def test_what_was_confirmed_is_kept() -> None:
    question = sent_question()
    Client().post(path(question), {"answer": "yes"})
    with time_machine.travel(timezone.now() + LIFETIME + timedelta(days=100)):
        assert forget_unconfirmed() == 0
        assert Client().get(path(question)).status_code == 200


def test_a_guest_of_whom_something_else_is_known_stays(alice: User) -> None:
    first, second = sent_question("news"), sent_question("surveys")
    Client().post(path(first), {"answer": "yes"})
    Client().post(path(second), {"answer": "no"})
    assert addresses.find(ADDRESS) == first.subject
    assert Confirmation.objects.get() == first


def test_a_guest_is_forgotten_with_the_last_of_several_questions() -> None:
    first, second = sent_question("news"), sent_question("surveys")
    Client().post(path(first), {"answer": "no"})
    assert addresses.find(ADDRESS) is not None
    Client().post(path(second), {"answer": "no"})
    assert not Subject.objects.exists()


def test_somebody_known_before_is_not_forgotten_with_the_question(alice: User) -> None:
    guest = addresses.guest(ADDRESS)
    question = sent_question()
    Client().post(path(question), {"answer": "no"})
    assert addresses.find(ADDRESS) == guest


# Sending


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception | None], None]:
    """Makes the mail server answer with an error until it is told otherwise."""
    answer: list[Exception | None] = [None]
    real = Line.send

    def refusing(line: Line, message: Any) -> None:
        if answer[0]:
            raise answer[0]
        real(line, message)

    monkeypatch.setattr(Line, "send", refusing)
    return lambda error: answer.__setitem__(0, error)


def test_a_passing_trouble_is_tried_again_with_the_same_link(refuse: Callable[[Exception | None], None]) -> None:
    refuse(smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted gwen@example.org")}))
    question = want()
    send_due()
    question.refresh_from_db()
    assert (question.state, question.error, question.attempts) == (State.PENDING, "smtp-450", 1)
    refuse(None)
    send_due()
    assert mail.outbox == []
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        send_due()
    question.refresh_from_db()
    assert (question.state, question.error) == (State.SENT, "")
    assert question.address in mail.outbox[0].body


def test_an_address_that_does_not_exist_fails_for_good(refuse: Callable[[Exception | None], None]) -> None:
    refuse(smtplib.SMTPRecipientsRefused({"x": (550, b"no such gwen@example.org")}))
    question = want()
    send_due()
    question.refresh_from_db()
    assert (question.state, question.error, question.due_at) == (State.FAILED, "smtp-550", None)


def test_a_mail_server_that_does_not_answer_costs_no_attempt(settings: Settings) -> None:
    with_smtp(settings, port=9)
    question = want()
    send_due()
    question.refresh_from_db()
    assert (question.state, question.attempts, question.sent_at) == (State.PENDING, 0, None)
    assert question.due_at > timezone.now()


class Killed(BaseException):
    """What no code of ours catches."""


def test_a_worker_that_dies_while_sending_is_followed_by_another(refuse: Any) -> None:
    refuse(Killed())
    question = want()
    with pytest.raises(Killed):
        send_due()
    refuse(None)
    send_due()
    assert mail.outbox == []
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        send_due()
        send_due()
    question.refresh_from_db()
    assert (question.state, question.attempts, len(mail.outbox)) == (State.SENT, 2, 1)


def test_who_answers_before_the_worker_can_say_that_it_was_sent_is_heard(refuse: Any) -> None:
    refuse(Killed())
    question = want()
    with pytest.raises(Killed):
        send_due()
    confirm(question.token, evidence={})
    refuse(None)
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        send_due()
    question.refresh_from_db()
    assert (question.state, mail.outbox) == (State.CONFIRMED, [])


# What the database holds on to


@pytest.mark.parametrize(
    "sql",
    ["UPDATE mailing_confirmation SET body_sha256 = 'x'", "DELETE FROM mailing_confirmation"],
)
def test_the_database_refuses_to_change_or_delete_what_was_confirmed(sql: str) -> None:
    question = sent_question()
    Client().post(path(question), {"answer": "yes"})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "values",
    [
        {"state": State.SENT, "due_at": None},
        {"state": State.CONFIRMED, "due_at": None},
        {"state": State.FAILED, "due_at": None},
        {"state": State.PENDING, "due_at": None},
        {"sent_at": timezone.now()},
    ],
)
def test_a_state_has_its_columns(values: dict[str, Any]) -> None:
    want()
    with pytest.raises(IntegrityError), transaction.atomic():
        Confirmation.objects.update(**values)


def test_after_an_erasure_the_proof_names_nobody_any_more() -> None:
    question = sent_question()
    Client().post(path(question), {"answer": "yes"})
    guest = question.subject
    guest.current_choices.all().delete()
    guest.addresses.all().delete()
    entomb(guest, evidence_until=timezone.localdate() + timedelta(days=1))
    kept = Confirmation.objects.get()
    assert kept.opened_evidence() == {}
    assert Client().post(path(question), {"answer": "yes"}).status_code in {302, 409}


def test_asking_directly_is_for_a_person_who_is_known(alice: User) -> None:
    question = ask(subject_of(alice), choices(), language="en", method=Method.APP, evidence={})
    assert question is not None
    assert not question.opened_guest
    send_due()
    assert recipients() == [alice.email]
