"""Who is asked by mail whether they want what was allowed in their name, and who is forgotten."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.subjects import addresses
from accounts.subjects.life import freeze
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices import refusals
from consents.choices.may import may
from consents.choices.models import Event
from consents.choices.record import Choice
from consents.mailing.ask import MOST, NothingToConfirm, ask_address
from consents.mailing.forget import forget_unconfirmed
from consents.mailing.models import LIFETIME, Confirmation
from consents.mailing.send import send_due
from tests.consents.notices import recipients
from tests.consents.questions import ADDRESS, choices, make_topics, path, sent_question, want
from tests.people import subject_of

State = Confirmation.State


@pytest.fixture(autouse=True)
def topics(db: None) -> None:
    make_topics()


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
