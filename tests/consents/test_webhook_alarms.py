"""A system that does not hear what people choose is noticed: on the front page of the staff area, and by mail."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.notices.line import Line
from consents.webhooks.alarm import EVERY
from consents.webhooks.models import Endpoint, Message
from consents.webhooks.replay import replay
from consents.webhooks.send import send_due
from consents.webhooks.steer import end, pause
from consents.webhooks.tasks import raise_alarms
from consents.webhooks.trouble import PATIENCE, troubles
from consents.webhooks.try_out import try_out
from privacycenter.beat import SCHEDULE
from tests.consents.notices import parsed, sent_to, with_smtp
from tests.consents.purposes import say
from tests.receiver import Receiver, Reply, endpoint_at

pytestmark = pytest.mark.django_db
FRONT = "/staff/"
WARNING = "Shop does not hear what people choose"


def fail(receiver: Receiver, alice: User, status: int = 500) -> None:
    """For longer than it may."""
    receiver.answer = lambda call: Reply(status)
    say(alice, ads=True)
    send_due()
    Endpoint.objects.filter(failures__gt=0).update(failing_since=timezone.now() - PATIENCE)


def give_up(receiver: Receiver, alice: User) -> None:
    receiver.answer = lambda call: Reply(422)
    say(alice, ads=True)
    Message.objects.update(tried_since=timezone.now() - timedelta(days=9))
    send_due()
    assert Message.objects.dead().count() == 1
    receiver.answer = lambda call: Reply()


def recover(receiver: Receiver) -> None:
    receiver.answer = lambda call: Reply()
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        send_due()


def front_page(duty: Duty) -> str:
    user, _is_new = User.objects.get_or_create(email=f"{duty}@example.org", defaults={"is_staff": True})
    user.groups.set(Group.objects.filter(name=duty))
    client = Client()
    client.force_login(user)
    html: str = client.get(FRONT).content.decode()
    return html


# What is trouble


def test_a_system_that_fails_for_an_hour_is_in_trouble_and_not_before(
    shop: Endpoint, receiver: Receiver, alice: User
) -> None:
    fail(receiver, alice)
    Endpoint.objects.update(failing_since=timezone.now() - PATIENCE + timedelta(minutes=1))
    assert list(troubles()) == []
    Endpoint.objects.update(failing_since=timezone.now() - PATIENCE)
    (trouble,) = troubles()
    assert (trouble.endpoint, trouble.waiting, trouble.given_up, trouble.last_error) == (shop, 1, 0, "http-500")


def test_a_message_that_was_given_up_is_trouble_though_the_system_answers(
    shop: Endpoint, receiver: Receiver, alice: User
) -> None:
    give_up(receiver, alice)
    (trouble,) = troubles()
    assert (trouble.since, trouble.waiting, trouble.given_up) == (None, 0, 1)


def test_what_it_confirmed_since_makes_up_for_what_was_given_up(
    shop: Endpoint, receiver: Receiver, alice: User, bob: User
) -> None:
    give_up(receiver, alice)
    say(alice, news=True)
    say(bob, ads=True)
    send_due()
    assert [trouble.given_up for trouble in troubles()] == [1], "another purpose, another person"
    say(alice, ads=False)
    send_due()
    assert list(troubles()) == []


def test_a_test_that_failed_is_no_trouble(shop: Endpoint, receiver: Receiver) -> None:
    receiver.answer = lambda call: Reply(422)
    try_out(shop)
    assert Message.objects.dead().exists()
    assert list(troubles()) == []


def test_a_system_that_paused_itself_is_in_trouble_and_one_that_staff_paused_is_not(
    shop: Endpoint, receiver: Receiver, alice: User
) -> None:
    pause(shop)
    say(alice, ads=True)
    assert list(troubles()) == []
    Endpoint.objects.update(state=Endpoint.State.ACTIVE)
    receiver.answer = lambda call: Reply(410)
    send_due()
    shop.refresh_from_db()
    assert shop.state == Endpoint.State.PAUSED
    Endpoint.objects.update(failing_since=timezone.now() - PATIENCE)
    assert [trouble.endpoint for trouble in troubles()] == [shop]


# The front page of the staff area


@pytest.mark.parametrize(
    ("duty", "warned"), [(Duty.OFFICER, True), (Duty.SUPPORT, True), (Duty.AUDITOR, True), (Duty.EDITOR, False)]
)
def test_the_front_page_warns_those_who_may_see_the_systems(
    shop: Endpoint, receiver: Receiver, alice: User, duty: Duty, warned: bool
) -> None:
    assert WARNING not in front_page(duty)
    fail(receiver, alice)
    html = front_page(duty)
    assert (WARNING in html) == warned
    assert (f"/staff/webhooks/endpoint/{shop.pk}/change/" in html) == warned


def test_the_warning_ends_with_the_trouble(shop: Endpoint, receiver: Receiver, alice: User) -> None:
    fail(receiver, alice)
    assert WARNING in front_page(Duty.OFFICER)
    recover(receiver)
    assert WARNING not in front_page(Duty.OFFICER)


def test_it_ends_as_well_when_what_was_given_up_is_sent_again(shop: Endpoint, receiver: Receiver, alice: User) -> None:
    give_up(receiver, alice)
    assert "1 message was given up." in front_page(Duty.OFFICER)
    replay(Message.objects.dead())
    send_due()
    assert WARNING not in front_page(Duty.OFFICER)


def test_a_system_that_was_ended_warns_no_more(shop: Endpoint, receiver: Receiver, alice: User) -> None:
    fail(receiver, alice)
    end(shop)
    assert WARNING not in front_page(Duty.OFFICER)
    raise_alarms()
    assert mail.outbox == []


def test_the_name_of_a_system_is_text_and_no_markup(shop: Endpoint, receiver: Receiver, alice: User) -> None:
    Endpoint.objects.update(name="<b>Shop</b>")
    fail(receiver, alice)
    assert "&lt;b&gt;Shop&lt;/b&gt; does not hear" in front_page(Duty.OFFICER)


# The mail


def test_the_privacy_contact_is_told_by_mail_what_to_do(
    shop: Endpoint, receiver: Receiver, alice: User, settings: Settings
) -> None:
    settings.ORGANISATION_CONTACT = "alarms@organisation.example"
    with_smtp(settings)
    fail(receiver, alice, 503)
    raise_alarms()
    raise_alarms()
    (raw,) = sent_to(settings.ORGANISATION_CONTACT)
    message = parsed(raw)
    assert message["Subject"] == WARNING
    assert message["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        content = part.get_content()
        assert "1 message waits." in content
        assert "http-503" in content
        assert "What to do" in content
        assert f"{settings.BASE_URL}/staff/webhooks/endpoint/{shop.pk}/change/" in content
        assert alice.email not in content
        assert str(alice.subject_id) not in content


def test_one_mail_a_day_for_each_system_even_if_it_comes_and_goes(
    shop: Endpoint, receiver: Receiver, alice: User
) -> None:
    other, _secret = endpoint_at(receiver.url, "Mailer")
    fail(receiver, alice)
    raise_alarms()
    assert sorted(message.subject for message in mail.outbox) == [
        "Mailer does not hear what people choose",
        WARNING,
    ]
    end(other)
    mail.outbox.clear()
    recover(receiver)
    fail(receiver, alice)
    Endpoint.objects.update(failing_since=timezone.now() - PATIENCE)
    raise_alarms()
    assert mail.outbox == []
    with time_machine.travel(timezone.now() + EVERY + timedelta(minutes=1)):
        raise_alarms()
        raise_alarms()
    assert [message.subject for message in mail.outbox] == [WARNING]


def test_nobody_is_written_to_once_it_has_recovered(shop: Endpoint, receiver: Receiver, alice: User) -> None:
    fail(receiver, alice)
    raise_alarms()
    recover(receiver)
    mail.outbox.clear()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        raise_alarms()
    assert mail.outbox == []


def test_without_a_mail_server_the_alarm_is_not_lost(
    shop: Endpoint, receiver: Receiver, alice: User, settings: Settings
) -> None:
    settings.ORGANISATION_CONTACT = "later@organisation.example"
    fail(receiver, alice)
    with_smtp(settings, port=9)
    raise_alarms()
    assert Endpoint.objects.get().alarmed_at is None
    with_smtp(settings)
    raise_alarms()
    assert len(sent_to(settings.ORGANISATION_CONTACT)) == 1


def test_a_mail_that_is_refused_is_tried_again(
    shop: Endpoint, receiver: Receiver, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(receiver, alice)
    real = Line.send

    def refusing(line: Line, message: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")})

    monkeypatch.setattr(Line, "send", refusing)
    raise_alarms()
    assert mail.outbox == []
    monkeypatch.setattr(Line, "send", real)
    raise_alarms()
    assert len(mail.outbox) == 1


def test_two_who_look_at_once_write_once(
    shop: Endpoint, receiver: Receiver, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(receiver, alice)
    real = Line.send

    def overtaken(line: Line, message: Any) -> None:
        raise_alarms()
        real(line, message)

    monkeypatch.setattr(Line, "send", overtaken)
    raise_alarms()
    assert len(mail.outbox) == 1


def test_beat_looks_for_trouble() -> None:
    assert "consents.webhooks.tasks.raise_alarms" in {entry["task"] for entry in SCHEDULE.values()}
