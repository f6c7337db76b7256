"""What staff see and do: set a system up, see what fails, send it again."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from consents.webhooks.models import Endpoint, Message, Secret
from consents.webhooks.replay import replay
from consents.webhooks.send import send_due
from consents.webhooks.steer import end
from tests.consents.purposes import make_purpose, say
from tests.people import staff_with
from tests.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db
State = Message.State
ENDPOINTS = "/staff/webhooks/endpoint/"
MESSAGES = "/staff/webhooks/message/"


@pytest.fixture
def officer() -> Client:
    return staff_with(Duty.OFFICER)


def give_up(receiver: Receiver) -> None:
    """On all that waits."""
    receiver.answer = lambda call: Reply(422)
    Message.objects.update(tried_since=timezone.now() - timedelta(days=9))
    send_due()
    receiver.answer = lambda call: Reply()
    receiver.calls.clear()


# Setting up


def test_a_system_is_added_and_its_secret_shown_once(officer: Client, receiver: Receiver, alice):
    ads = make_purpose("ads")
    page = officer.post(f"{ENDPOINTS}add/", {"name": "Shop", "url": receiver.url, "purposes": [str(ads.pk)]})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    (secret,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]{44}", page.content.decode()))
    endpoint = Endpoint.objects.get()
    again = officer.get(f"{ENDPOINTS}{endpoint.pk}/change/")
    assert secret not in again.content.decode()
    assert secret not in str(officer.session.items()) + str(officer.cookies)
    assert not LogEntry.objects.filter(change_message__contains="whsec").exists()
    say(alice, ads=True)
    send_due()
    assert receiver.told == [("ads", "granted")]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "https://10.0.0.1/", "https://u:p@shop.example/", "x"]
)
def test_an_address_that_may_not_be_called_is_refused_at_once(officer: Client, url):
    page = officer.post(f"{ENDPOINTS}add/", {"name": "Shop", "url": url})
    assert "errornote" in page.content.decode()
    assert not Endpoint.objects.exists()


def test_a_new_secret_is_shown_once_and_the_old_one_ends_soon(officer: Client, shop: Endpoint):
    page = officer.post(f"{ENDPOINTS}{shop.pk}/rotate/")
    assert "whsec_" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Secret.objects.valid().count() == 2
    officer.post(f"{ENDPOINTS}{shop.pk}/forget/")
    assert Secret.objects.valid().count() == 1
    assert LogEntry.objects.count() == 2


def test_a_test_is_sent_at_once_and_its_answer_told(officer: Client, shop: Endpoint, receiver: Receiver):
    page = officer.post(f"{ENDPOINTS}{shop.pk}/test/", follow=True)
    assert "confirmed the test" in page.content.decode()
    receiver.answer = lambda call: Reply(500)
    page = officer.post(f"{ENDPOINTS}{shop.pk}/test/", follow=True)
    assert "http-500" in page.content.decode()
    assert [call.content["type"] for call in receiver.calls] == ["endpoint.test"] * 2
    assert list(Message.objects.order_by("id").values_list("state", flat=True)) == [State.DELIVERED, State.DEAD]
    send_due()
    assert len(receiver.calls) == 2, "tests are not tried again"


def test_a_test_that_is_confirmed_wakes_what_waits(officer: Client, shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    later = timezone.now() + timedelta(hours=3)
    Message.objects.update(due_at=later, error="http-500")
    Endpoint.objects.update(failures=40, rests_until=later, failing_since=timezone.now())
    officer.post(f"{ENDPOINTS}{shop.pk}/test/")
    send_due()
    assert [call.content["type"] for call in receiver.calls] == ["endpoint.test", "choice.granted"]


def test_pausing_resuming_and_ending(officer: Client, shop: Endpoint):
    for deed, state in [("pause", "paused"), ("resume", "active"), ("end", "active")]:
        officer.post(f"{ENDPOINTS}{shop.pk}/{deed}/")
        shop.refresh_from_db()
        assert shop.state == state
    officer.post(f"{ENDPOINTS}{shop.pk}/end/", {"sure": "1"})
    shop.refresh_from_db()
    assert shop.state == "ended"
    assert "What you can do" not in officer.get(f"{ENDPOINTS}{shop.pk}/change/").content.decode()
    officer.post(f"{ENDPOINTS}{shop.pk}/rotate/")
    assert not Secret.objects.exists()


# Who may


DEEDS = ["test", "pause", "resume", "end", "rotate", "forget", "replay"]


@pytest.mark.parametrize("duty", [Duty.SUPPORT, Duty.AUDITOR])
def test_who_only_looks_changes_nothing(shop: Endpoint, receiver: Receiver, duty):
    sam = staff_with(duty)
    assert sam.get(f"{ENDPOINTS}{shop.pk}/change/").status_code == 200
    assert sam.get(MESSAGES).status_code == 200
    assert sam.get(f"{ENDPOINTS}add/").status_code == 403
    for deed in DEEDS:
        assert sam.post(f"{ENDPOINTS}{shop.pk}/{deed}/", {"sure": "1"}).status_code == 403
    shop.refresh_from_db()
    assert (shop.state, receiver.calls) == ("active", [])


@pytest.mark.parametrize("duty", [Duty.EDITOR, None])
def test_systems_are_for_those_whose_duty_needs_them(shop: Endpoint, duty):
    sam = staff_with(duty)
    for page in (ENDPOINTS, f"{ENDPOINTS}{shop.pk}/change/", MESSAGES, "/staff/webhooks/attempt/"):
        assert sam.get(page).status_code == 403


def test_a_look_at_a_deed_does_nothing(officer: Client, shop: Endpoint):
    for deed in DEEDS:
        assert officer.get(f"{ENDPOINTS}{shop.pk}/{deed}/").status_code == 405


def test_nobody_writes_messages_or_deletes_a_system(officer: Client, shop: Endpoint, alice):
    say(alice, ads=True)
    message = Message.objects.get()
    assert officer.get(f"{MESSAGES}add/").status_code == 403
    assert officer.post(f"{MESSAGES}{message.pk}/delete/", {"post": "yes"}).status_code == 403
    assert officer.post(f"{ENDPOINTS}{shop.pk}/delete/", {"post": "yes"}).status_code == 403


# Looking


def test_messages_are_found_by_whole_numbers(officer: Client, shop: Endpoint, alice):
    (event,) = say(alice, ads=True)
    message = Message.objects.get()
    for term in (message.webhook_id, str(message.key), str(alice.subject_id), str(event.pk)):
        assert "field-created_at" in officer.get(MESSAGES, {"q": term}).content.decode()
    for term in (str(shop.pk), "alice", "'; --"):
        assert "field-created_at" not in officer.get(MESSAGES, {"q": term}).content.decode()


def test_what_waits_and_what_was_given_up_is_seen(officer: Client, shop: Endpoint, receiver: Receiver, alice, bob):
    say(alice, ads=True)
    give_up(receiver)
    say(bob, ads=True, news=False)
    html = officer.get(ENDPOINTS).content.decode()
    assert '<td class="field-waiting">2</td>' in html
    assert '<td class="field-given_up">1</td>' in html
    html = officer.get(MESSAGES, {"state__exact": "dead"}).content.decode()
    assert html.count("field-created_at") == 1
    assert "http-422" in html
    assert "422" in officer.get(f"{MESSAGES}{Message.objects.dead().get().pk}/change/").content.decode()
    assert "422" in officer.get("/staff/webhooks/attempt/").content.decode()


def test_messages_of_one_state_may_be_none(officer: Client, shop: Endpoint):
    assert officer.get(MESSAGES, {"state__exact": "dropped"}).status_code == 200


# Sending again


def test_what_was_given_up_is_sent_again(officer: Client, shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    give_up(receiver)
    page = officer.post(f"{ENDPOINTS}{shop.pk}/replay/", follow=True)
    assert "1 message is sent again." in page.content.decode()
    send_due()
    assert receiver.told == [("ads", "granted")]
    assert Message.objects.get().tries == 1


def test_the_last_word_is_heard_last_when_an_older_one_is_sent_again(
    officer: Client, shop: Endpoint, receiver: Receiver, alice
):
    say(alice, ads=True)
    give_up(receiver)
    say(alice, ads=False, news=True)
    send_due()
    receiver.calls.clear()
    officer.post(MESSAGES, {"action": "send_again", "_selected_action": [Message.objects.dead().get().pk]})
    send_due()
    assert receiver.told == [("ads", "granted"), ("ads", "withdrawn")]


def test_what_a_system_lost_is_sent_again_under_the_same_id(shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    send_due()
    assert replay(Message.objects.all()) == 1
    send_due()
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_what_still_waits_is_not_sent_twice(shop: Endpoint, alice):
    say(alice, ads=True)
    assert replay(Message.objects.all()) == 0


def test_nothing_is_sent_again_to_a_system_that_was_ended(shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    send_due()
    end(shop)
    assert replay(Message.objects.all()) == 0
    assert Message.objects.get().state == State.DELIVERED


def test_support_can_not_send_again(shop: Endpoint, receiver: Receiver, alice):
    say(alice, ads=True)
    give_up(receiver)
    sam = staff_with(Duty.SUPPORT)
    sam.post(MESSAGES, {"action": "send_again", "_selected_action": [Message.objects.get().pk]})
    assert Message.objects.get().state == State.DEAD
