"""Which choices become messages: the trigger on the current choices, whoever writes them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consents.choices.models import Current, Method
from consents.webhooks.models import Endpoint, Message
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Endpoint:
    make_purpose("ads")
    make_purpose("news")
    return Endpoint.objects.create(name="Shop", url="https://shop.example/hook")


def told(endpoint: Endpoint) -> list[tuple[str, str]]:
    return list(Message.objects.filter(endpoint=endpoint).order_by("id").values_list("purpose__slug", "decision"))


def test_each_change_of_a_choice_is_a_message(shop, alice):
    say(alice, ads=True)
    say(alice, ads=False)
    (event,) = say(alice, ads=True)
    assert told(shop) == [("ads", "granted"), ("ads", "withdrawn"), ("ads", "granted")]
    last = Message.objects.latest("id")
    assert (last.subject_id, last.event_id, last.version) == (alice.subject_id, event.pk, 1)
    assert (last.state, last.kind, last.tries) == ("pending", "choice", 0)


def test_several_choices_at_once_are_a_message_each(shop, alice):
    say(alice, ads=True, news=False)
    assert sorted(told(shop)) == [("ads", "granted"), ("news", "refused")]


def test_saying_the_same_again_tells_nobody(shop, alice):
    say(alice, ads=True)
    say(alice, ads=True)
    assert told(shop) == [("ads", "granted")]
    assert Current.objects.get().event.pk != Message.objects.get().event_id


def test_the_same_decision_on_another_version_is_told(shop, alice):
    say(alice, ads=True)
    Current.objects.update(version=2)
    assert list(Message.objects.order_by("id").values_list("version", flat=True)) == [1, 2]


def test_an_old_choice_that_arrives_late_tells_nobody(shop, alice):
    say(alice, ads=False)
    say(alice, ads=True, said_at=timezone.now() - timedelta(days=1))
    assert told(shop) == [("ads", "refused")]


def test_a_system_is_told_of_its_purposes_only(shop, alice):
    shop.purposes.set([make_purpose("sms")])
    say(alice, ads=True, sms=True)
    assert told(shop) == [("sms", "granted")]


def test_every_system_that_a_purpose_concerns_is_told(shop, alice):
    mailer = Endpoint.objects.create(name="Mailer", url="https://mail.example/")
    say(alice, ads=True)
    assert told(shop) == told(mailer) == [("ads", "granted")]


def test_a_system_that_was_ended_is_told_nothing_and_a_paused_one_later(shop, alice):
    Endpoint.objects.create(name="Old", url="https://old.example/", state="ended")
    paused = Endpoint.objects.create(name="Paused", url="https://paused.example/", state="paused")
    say(alice, ads=True)
    assert [message.endpoint for message in Message.objects.order_by("endpoint__name")] == [paused, shop]


def test_an_import_tells_nobody_neither_what_is_new_nor_what_changes(shop, alice):
    say(alice, ads=True, method=Method.IMPORT)
    say(alice, ads=False, method=Method.IMPORT)
    assert told(shop) == []
    say(alice, ads=True)
    assert told(shop) == [("ads", "granted")]


def test_what_was_rolled_back_is_told_nobody(shop, alice):
    with transaction.atomic():
        say(alice, ads=True)
        transaction.set_rollback(True)
    assert told(shop) == []


def test_choices_written_past_the_code_are_told_too(shop, alice):
    say(alice, ads=True)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE choices_current SET decision = 'refused'")
    assert told(shop) == [("ads", "granted"), ("ads", "refused")]
