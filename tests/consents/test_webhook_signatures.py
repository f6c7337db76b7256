"""What a system is told, and how it knows that we said it."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
import time_machine
from django.utils import timezone

from consents.webhooks import api
from consents.webhooks.models import Attempt, Endpoint, Message, Secret
from consents.webhooks.rotate import OVERLAP, end_old, rotate
from consents.webhooks.send import send_due
from consents.webhooks.sign import signature
from tests.consents.purposes import make_purpose, say
from tests.receiver import Call, endpoint_at

pytestmark = pytest.mark.django_db
State = Message.State
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def message() -> Message:
    return Message.objects.get()


def is_signed(call: Call, secret: str) -> bool:
    """As the standard tells receivers to look."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in call.headers["webhook-signature"].split(" ")


def test_signatures_are_those_of_the_standards_own_example():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_system_is_told_of_a_choice_by_a_signed_message(receiver, alice):
    make_purpose("ads")
    _endpoint, secret = endpoint_at(receiver.url)
    (event,) = say(alice, ads=True)
    with time_machine.travel(timezone.now(), tick=False):
        send_due()
        now = int(timezone.now().timestamp())
    (call,) = receiver.calls
    assert call.path == "/hook?from=privacy"
    assert call.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert call.headers["webhook-timestamp"] == str(now)
    assert call.headers["webhook-id"] == f"msg_{message().key.hex}"
    assert is_signed(call, secret)
    assert call.content["type"] == "choice.granted"
    assert call.content["data"] == {
        "subject": str(alice.subject_id),
        "purpose": "ads",
        "version": 1,
        "decision": "granted",
        "allowed": True,
        "choice": str(event.pk),
    }
    jsonschema.validate(call.content, api.CHOICE, format_checker=jsonschema.FormatChecker())
    assert message().state == State.DELIVERED
    assert Attempt.objects.get().status == 204


def test_messages_name_nobody(shop, receiver, alice):
    say(alice, ads=True, evidence={"address": "192.0.2.7", "user_agent": "Firefox"})
    send_due()
    (call,) = receiver.calls
    said = (call.body + repr(call.headers).encode()).lower()
    for name in (b"alice", b"example.org", b"192.0.2.7", b"firefox"):
        assert name not in said


def test_while_a_secret_is_changed_both_sign(receiver, alice):
    make_purpose("ads")
    endpoint, old = endpoint_at(receiver.url)
    new = rotate(endpoint)
    say(alice, ads=True)
    send_due()
    assert is_signed(receiver.calls[0], old)
    assert is_signed(receiver.calls[0], new)
    with time_machine.travel(timezone.now() + OVERLAP + timedelta(seconds=1)):
        say(alice, ads=False)
        send_due()
    assert not is_signed(receiver.calls[1], old)
    assert is_signed(receiver.calls[1], new)


def test_a_secret_that_leaked_ends_at_once(receiver, alice):
    make_purpose("ads")
    endpoint, old = endpoint_at(receiver.url)
    new = rotate(endpoint)
    assert (end_old(endpoint), end_old(endpoint)) == (1, 0)
    say(alice, ads=True)
    send_due()
    assert not is_signed(receiver.calls[0], old)
    assert is_signed(receiver.calls[0], new)


def test_changing_secrets_again_and_again_keeps_the_first_ends(receiver, shop):
    with time_machine.travel(NOON, tick=False) as clock:
        rotate(shop)
        first = Secret.objects.earliest("created_at").ends_at
        clock.shift(timedelta(hours=3))
        rotate(shop)
    assert first == NOON + OVERLAP
    assert Secret.objects.earliest("created_at").ends_at == first
    assert Secret.objects.filter(ends_at=None).count() == 1


def test_secrets_are_kept_sealed_and_for_their_endpoint_alone(receiver):
    _endpoint, secret = endpoint_at(receiver.url)
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(raw) == 32
    assert raw not in bytes(Secret.objects.get().sealed)


def test_without_a_secret_nothing_is_sent(receiver, alice):
    make_purpose("ads")
    Endpoint.objects.create(name="Shop", url=receiver.url)
    say(alice, ads=True)
    send_due()
    assert receiver.calls == []
    assert (message().state, message().error) == (State.PENDING, "no-secret")
