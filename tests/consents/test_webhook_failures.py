"""What does not reach a system is tried again for days; a system that is away costs nobody else anything."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from consents.webhooks.models import Attempt, Endpoint, Message
from consents.webhooks.outcome import DOWN_AFTER, PATIENCE
from consents.webhooks.send import send_due
from consents.webhooks.steer import resume
from tests.consents.purposes import make_purpose, say
from tests.people import person
from tests.receiver import Call, Receiver, Reply, endpoint_at

pytestmark = pytest.mark.django_db
State = Message.State
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message() -> Message:
    return Message.objects.get()


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_whatever_is_not_2xx_is_tried_again(shop, receiver, alice, status):
    receiver.answer = lambda call: Reply(status, {"Location": receiver.url})
    say(alice, ads=True)
    send_due()
    assert len(receiver.calls) == 1, "redirects are not followed"
    assert (message().state, message().error, message().tries) == (State.PENDING, f"http-{status}", 1)
    receiver.answer = lambda call: Reply(200)
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        send_due()
    assert message().state == State.DELIVERED
    first, second = receiver.calls
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert list(Attempt.objects.order_by("id").values_list("status", "error")) == [
        (status, f"http-{status}"),
        (200, ""),
    ]


def test_a_message_is_tried_for_days_with_growing_pauses_and_then_given_up(shop, receiver, alice):
    receiver.answer = lambda call: Reply(422)
    with time_machine.travel(NOON, tick=False) as clock:
        say(alice, ads=True)
        Message.objects.update(created_at=NOON, tried_since=NOON, due_at=NOON)
        pauses = []
        send_due()
        while (due := message().due_at) is not None:
            pauses.append(due - timezone.now())
            clock.move_to(due)
            send_due()
        assert timezone.now() == NOON + PATIENCE
    assert message().state == State.DEAD
    assert message().error == "http-422"
    assert pauses[:6] == sorted(pauses[:6])
    assert pauses[0] < timedelta(seconds=6)
    assert len(receiver.calls) == message().tries > 10


def test_what_was_given_up_lets_the_next_of_the_same_person_pass(shop, receiver, alice):
    receiver.answer = lambda call: Reply(422 if call.content["data"]["allowed"] else 200)
    say(alice, ads=True)
    say(alice, ads=False)
    send_due()
    Message.objects.filter(state=State.PENDING).update(due_at=timezone.now(), tried_since=timezone.now() - PATIENCE)
    send_due()
    states = Message.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == [State.DEAD, State.DELIVERED]


def test_nobody_there_is_a_failure_too(receiver, alice):
    make_purpose("ads")
    endpoint_at(f"http://127.0.0.1:{receiver.port}/")
    receiver.stop()
    say(alice, ads=True)
    send_due()
    assert (message().state, message().error) == (State.PENDING, "connection")


def test_a_system_that_is_gone_is_told_nothing_until_staff_resume_it(shop, receiver, alice):
    receiver.answer = lambda call: Reply(410)
    say(alice, ads=True)
    send_due()
    shop.refresh_from_db()
    assert shop.state == Endpoint.State.PAUSED
    say(alice, ads=False)
    receiver.answer = lambda call: Reply(200)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        send_due()
        assert len(receiver.calls) == 1
        resume(shop)
        send_due()
    assert receiver.told[1:] == [("ads", "granted"), ("ads", "withdrawn")]


@pytest.mark.parametrize(
    ("headers", "rests"), [({"Retry-After": "120"}, 120), ({"Retry-After": "999999999999"}, 3600), ({}, 0)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_system_may_say_when_to_come_back(shop, receiver, alice, status, headers, rests):
    receiver.answer = lambda call: Reply(status, headers)
    with time_machine.travel(NOON, tick=False):
        say(alice, ads=True)
        Message.objects.update(due_at=NOON)
        send_due()
        shop.refresh_from_db()
        assert shop.rests_until == (NOON + timedelta(seconds=rests) if rests else None)


def test_a_date_says_when_to_come_back_too(shop, receiver, alice):
    receiver.answer = lambda call: Reply(503, {"Retry-After": "Sun, 01 Mar 2026 12:01:00 GMT"})
    with time_machine.travel(NOON, tick=False):
        say(alice, ads=True)
        Message.objects.update(due_at=NOON)
        send_due()
    shop.refresh_from_db()
    assert shop.rests_until == NOON + timedelta(minutes=1)


# A system that is away


def backlog(people: int) -> None:
    for number in range(people):
        say(person(f"P{number}", password=None), ads=True)


def test_a_system_that_is_away_is_asked_now_and_then_by_one_message_and_told_all_when_it_is_back(shop, receiver):
    backlog(12)
    receiver.answer = lambda call: Reply(500)
    later = timezone.now() + timedelta(minutes=20)
    send_due()
    shop.refresh_from_db()
    assert shop.failures >= DOWN_AFTER
    assert shop.rests_until > timezone.now()
    asked = len(receiver.calls)
    send_due()
    assert len(receiver.calls) == asked, "it has its rest"
    with time_machine.travel(later, tick=False):
        send_due()
        assert len(receiver.calls) == asked + 1, "one message asks whether it is back"
        receiver.answer = lambda call: Reply(200)
    with time_machine.travel(later + timedelta(minutes=10), tick=False):
        send_due()
        assert not Message.objects.exclude(state=State.DELIVERED).exists()
    shop.refresh_from_db()
    assert (shop.failures, shop.failing_since, shop.rests_until) == (0, None, None)


def test_messages_that_a_system_dislikes_do_not_make_it_rest(shop, receiver):
    backlog(DOWN_AFTER + 2)
    receiver.answer = lambda call: Reply(422)
    send_due()
    shop.refresh_from_db()
    assert shop.failures == 0
    assert len(receiver.calls) == DOWN_AFTER + 2


def test_a_slow_system_holds_up_no_other(shop, receiver, alice):
    other = Receiver()
    endpoint_at(other.url, "Mailer")
    told = threading.Event()
    # The slow one answers once the other was told: were it waited for, this would end in a 500.
    receiver.answer = lambda call: Reply() if told.wait(10) else Reply(500)

    def quick(call: Call) -> Reply:
        told.set()
        return Reply()

    other.answer = quick
    say(alice, ads=True)
    send_due()
    other.stop()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_a_system_gets_no_more_than_a_few_messages_at_once(shop, receiver):
    backlog(20)
    send_due()
    assert len(receiver.calls) == 20
    assert receiver.most_at_once <= 8
