"""What people see of it, and for how long attempts are kept."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from consents.webhooks.forget import KEPT, forget_attempts
from consents.webhooks.models import Attempt, Endpoint, Message
from consents.webhooks.send import send_due
from consents.webhooks.steer import end
from consents.webhooks.told import Hearing, told
from tests.consents.purposes import make_purpose, say
from tests.receiver import Receiver, endpoint_at

pytestmark = pytest.mark.django_db
State = Message.State


def test_a_person_sees_which_systems_confirmed(shop: Endpoint, receiver: Receiver, alice):
    endpoint_at("https://127.0.0.1:9/", "Away")
    old, _secret = endpoint_at(receiver.url, "Ended")
    (granted,) = say(alice, ads=True)
    assert [(each.name, each.state) for each in told([granted.pk])[granted.pk]] == [
        ("Away", Hearing.WAITING),
        ("Ended", Hearing.WAITING),
        ("Shop", Hearing.WAITING),
    ]
    end(old)
    send_due()
    Message.objects.filter(endpoint__name="Away").update(state=State.DEAD, due_at=None, error="connection")
    away, heard = told([granted.pk])[granted.pk]
    assert (away.name, away.state, away.at) == ("Away", Hearing.FAILED, None)
    assert (heard.name, heard.state, heard.at) == (
        "Shop",
        Hearing.CONFIRMED,
        Message.objects.get(endpoint=shop).delivered_at,
    )


def test_of_a_choice_that_was_told_twice_the_last_time_counts(shop: Endpoint, receiver: Receiver, alice, bob):
    """As that of a device first, and then as that of the person whose device it turned out to be."""
    (event,) = say(alice, ads=True)
    send_due()
    again = Message.objects.get()
    again.pk, again.key, again.subject = None, uuid4(), bob.subject
    again.state, again.due_at, again.delivered_at = State.PENDING, timezone.now(), None
    again.save(force_insert=True)
    assert [each.state for each in told([event.pk])[event.pk]] == [Hearing.WAITING]


def test_choices_that_nobody_was_told_of_are_missing(alice, django_assert_num_queries):
    make_purpose("ads")
    (event,) = say(alice, ads=True)
    with django_assert_num_queries(1):
        assert told([event.pk]) == {}


def test_attempts_are_forgotten_after_a_while_and_messages_are_not(shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    send_due()
    forget_attempts()
    assert Attempt.objects.count() == 1
    Attempt.objects.update(at=timezone.now() - KEPT - timedelta(seconds=1))
    forget_attempts()
    assert not Attempt.objects.exists()
    assert Message.objects.get().state == State.DELIVERED
