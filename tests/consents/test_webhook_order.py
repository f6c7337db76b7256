"""Each message at least once and in the order of a person’s choices, whatever happens to the workers."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.subjects.life import entomb
from accounts.users.models import User
from consents.webhooks.claim import begin, claim, give_back, renew
from consents.webhooks.models import Message
from consents.webhooks.post import Answer
from consents.webhooks.send import send_due
from consents.webhooks.settle import settle
from consents.webhooks.steer import end, pause, resume
from tests.at_once import at_once
from tests.consents.purposes import make_purpose, say
from tests.people import person
from tests.receiver import Receiver, Reply, endpoint_at

pytestmark = pytest.mark.django_db
State = Message.State


def backlog(people: int) -> None:
    for number in range(people):
        say(person(f"P{number}", password=None), ads=True)


def test_a_persons_choices_arrive_one_after_another_in_their_order(shop, receiver, alice, bob):
    for allow in (True, False, True, False):
        say(alice, ads=allow)
        say(bob, ads=allow)
    send_due()
    for subject in (alice.subject_id, bob.subject_id):
        theirs = [each.content["data"] for each in receiver.calls if each.content["data"]["subject"] == str(subject)]
        assert [each["allowed"] for each in theirs] == [True, False, True, False]


def test_a_choice_waits_for_the_one_before_it_even_when_that_fails(shop, receiver, alice, bob):
    receiver.answer = lambda call: Reply(422 if call.content["data"]["subject"] == str(alice.subject_id) else 200)
    say(alice, ads=True)
    say(alice, ads=False)
    say(bob, ads=True)
    send_due()
    assert [call.content["type"] for call in receiver.calls] == ["choice.granted"] * 2
    receiver.answer = lambda call: Reply()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        send_due()
    assert [call.content["type"] for call in receiver.calls[2:]] == ["choice.granted", "choice.withdrawn"]


def test_systems_do_not_wait_for_each_other_about_a_person(shop, receiver, alice):
    receiver.answer = lambda call: Reply(500)
    other = Receiver()
    endpoint_at(other.url, "Mailer")
    say(alice, ads=True)
    say(alice, ads=False)
    send_due()
    other.stop()
    assert other.told == [("ads", "granted"), ("ads", "withdrawn")]


# Workers


def test_sending_twice_sends_once(shop, receiver, alice):
    say(alice, ads=True)
    send_due()
    send_due()
    assert len(receiver.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(receiver):
    make_purpose("ads")
    endpoint_at(receiver.url)
    backlog(30)
    at_once(send_due, send_due)
    assert len(receiver.calls) == 30
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 30
    assert receiver.most_at_once <= 16
    assert not Message.objects.exclude(state=State.DELIVERED).exists()


def test_what_a_dead_worker_held_is_sent_when_its_lease_is_over(shop, receiver, alice, settings: Settings):
    say(alice, ads=True)
    say(alice, ads=False)
    (held,) = claim(holder := uuid4(), 10)
    begin(holder, [held])
    send_due()
    assert receiver.calls == [], "the second waits for the first, which somebody holds"
    with time_machine.travel(timezone.now() + settings.LEASE + timedelta(seconds=1)):
        send_due()
    assert receiver.told == [("ads", "granted"), ("ads", "withdrawn")]
    assert Message.objects.get(pk=held.pk).tries == 2


def test_a_living_worker_keeps_what_it_holds(shop, receiver, alice, settings: Settings):
    say(alice, ads=True)
    holder = uuid4()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        Message.objects.update(due_at=timezone.now())
        claim(holder, 10)
        for _third in range(6):
            clock.shift(settings.LEASE / 3)
            renew(holder)
        send_due()
    assert receiver.calls == []


def test_the_lease_is_renewed_while_a_system_thinks(shop, receiver, alice, settings: Settings):
    settings.LEASE = timedelta(milliseconds=300)
    renewed = threading.Event()
    receiver.answer = lambda call: Reply() if renewed.wait(10) else Reply(500)
    say(alice, ads=True)

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "webhooks_message" SET "due_at"') and '"claim"' in sql:
            renewed.set()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        send_due()
    assert Message.objects.get().state == State.DELIVERED


def test_a_worker_that_lost_its_lease_changes_nothing(shop, receiver, alice):
    say(alice, ads=True)
    (mine,) = claim(holder := uuid4(), 10)
    Message.objects.update(due_at=timezone.now())
    (theirs,) = claim(uuid4(), 10)
    settle(mine, Answer(5, 500), holder)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.error) == (State.SENDING, "")


def test_what_was_said_while_messages_are_sent_is_sent_too(shop, receiver, alice):
    """The spell goes on for as long as something is due; what is new need not wait for the next one."""
    say(alice, ads=True)
    said: list[Any] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "INSERT INTO" in sql and "webhooks_attempt" in sql and not said:
            said.append(True)
            said.append(say(alice, news=True))
        return result

    with connection.execute_wrapper(watch):
        send_due()
    assert receiver.told == [("ads", "granted"), ("news", "granted")]


# What staff decide


def test_messages_to_a_paused_system_wait(shop, receiver, alice):
    assert pause(shop)
    say(alice, ads=True)
    send_due()
    assert receiver.calls == []
    assert resume(shop)
    send_due()
    assert receiver.told == [("ads", "granted")]


def test_what_waits_for_a_system_that_is_ended_is_not_sent(shop, receiver, alice):
    say(alice, ads=True)
    (held,) = claim(holder := uuid4(), 10)
    say(alice, ads=False)
    assert end(shop)
    assert not resume(shop)
    settle(held, Answer(5, 200), holder)
    send_due()
    assert receiver.calls == []
    assert set(Message.objects.values_list("state", flat=True)) == {State.DROPPED}
    assert not shop.secrets.exists()


def test_an_erased_persons_no_still_reaches_the_system(shop, receiver, alice: User):
    say(alice, ads=True)
    say(alice, ads=False)
    assert alice.subject is not None
    entomb(alice.subject, evidence_until=timezone.localdate() + timedelta(days=1000))
    send_due()
    assert receiver.told == [("ads", "granted"), ("ads", "withdrawn")]


def test_what_staff_stop_while_it_is_held_is_not_sent(shop, receiver, alice, bob):
    say(alice, ads=True)
    say(bob, ads=True)
    held = claim(holder := uuid4(), 10)
    assert pause(shop)
    assert begin(holder, held) == []
    give_back(holder, held)
    resume(shop)
    send_due()
    assert len(receiver.calls) == 2
    assert set(Message.objects.values_list("tries", flat=True)) == {1}


def test_a_system_that_fails_gets_no_more_of_what_was_taken_for_it(shop, receiver):
    backlog(40)
    receiver.answer = lambda call: Reply(500)
    send_due()
    assert len(receiver.calls) <= 16
    assert set(Message.objects.values_list("state", "claim")) == {(State.PENDING, None)}
    assert Message.objects.filter(tries=0).count() >= 24


def test_what_waits_behind_a_failure_is_looked_at_when_that_is_due(shop, receiver, alice):
    receiver.answer = lambda call: Reply(422)
    say(alice, ads=True)
    say(alice, ads=False)
    send_due()
    assert not Message.objects.due().exists()
    first, second = Message.objects.order_by("id")
    assert first.due_at == second.due_at
