"""The mails that ask are sent once, however servers and workers fail; the database holds on to the answer."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects.life import entomb
from accounts.users.models import User
from consents.catalogue.models import PurposeText
from consents.choices.models import Method
from consents.mailing.ask import ask
from consents.mailing.confirm import confirm
from consents.mailing.models import Confirmation
from consents.mailing.question import words
from consents.mailing.send import send_due
from consents.notices.line import Line
from tests.consents.notices import recipients, with_smtp
from tests.consents.questions import choices, make_topics, path, sent_question, want
from tests.people import subject_of

State = Confirmation.State


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    make_topics()


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


def test_the_words_of_many_purposes_are_looked_up_at_once(django_assert_num_queries: Any) -> None:
    question = want("surveys", "news", "ads", language="de")
    with django_assert_num_queries(1):
        found = words(question)
    assert [(wording.language, wording.name) for wording in found] == [
        ("de", "Umfragen"),
        ("de", "Neuigkeiten"),
        ("de", "Werbung"),
    ]


def test_of_the_same_words_in_two_languages_those_are_meant_that_were_asked_in() -> None:
    english, german = (PurposeText.objects.get(purpose__slug="news", language=language) for language in ("en", "de"))
    german.name, german.description = english.name, english.description
    german.save()
    assert german.sha256 == english.sha256
    for language in ("de", "en"):
        question = want("news", address=f"{language}@example.org", language=language)
        assert [wording.language for wording in words(question)] == [language]


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
