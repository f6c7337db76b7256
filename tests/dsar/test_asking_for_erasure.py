"""Asking for an erasure, who may, the time to think it over, and stopping it."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession

from accounts.users.freshness import StaleSignIn
from accounts.users.models import User
from dsar.requests.ask import AskYourGuardian, NotYoursToDecide, ask
from dsar.requests.cancel import TooLate, cancel
from dsar.requests.models import Request
from dsar.work.start import begin_due
from tests.work import ask_for, kinds_told, now, work_off

pytestmark = pytest.mark.django_db


def test_it_needs_a_fresh_sign_in(alice):
    with pytest.raises(StaleSignIn):
        ask(alice.subject, "erasure", actor=alice.subject, signed_in_at=now() - timedelta(days=1))
    alice.subject.refresh_from_db()
    assert not alice.subject.is_frozen


def test_the_account_is_frozen_and_signed_out_everywhere_at_once(alice, client_for, api_for, helpdesk):
    laptop, phone = client_for(alice), api_for(alice)
    assert laptop.get("/security/").status_code == 200
    assert phone.get("/api/v1/requests/").status_code == 200
    ask_for("erasure", alice.subject)
    assert laptop.get("/security/").status_code == 302
    assert phone.get("/api/v1/requests/").status_code == 401
    assert not UserSession.objects.filter(user=alice).exists()
    alice.subject.refresh_from_db()
    assert alice.subject.is_frozen


def test_nothing_is_erased_before_the_time_to_think_it_over_has_passed(asked, alice, helpdesk):
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert len(helpdesk.tickets[alice.email]) == 2
    assert asked.state == Request.State.SCHEDULED


def test_a_second_ask_returns_the_open_request(asked, alice):
    assert ask_for("erasure", alice.subject) == asked
    assert kinds_told(alice.subject) == ["erasure-scheduled"]


def test_it_can_be_stopped_and_gives_the_account_back_without_a_new_password(asked, alice, client_for):
    cancel(asked, actor=alice.subject)
    asked.refresh_from_db()
    alice.subject.refresh_from_db()
    assert asked.state == Request.State.CANCELLED
    assert not alice.subject.is_frozen
    assert client_for(alice).get("/security/").status_code == 200
    assert kinds_told(alice.subject) == ["erasure-scheduled", "erasure-cancelled"]


def test_what_was_stopped_is_not_done(grace_over, asked, alice):
    cancel(asked, actor=alice.subject)
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()


def test_it_can_not_be_stopped_once_the_work_has_begun(grace_over, asked, alice):
    grace_over()
    begin_due()
    with pytest.raises(TooLate):
        cancel(asked, actor=alice.subject)
    alice.subject.refresh_from_db()
    assert alice.subject.is_frozen
    assert Request.objects.get().state == Request.State.WORKING


def test_a_stranger_can_not_stop_it(asked, charlie):
    with pytest.raises(NotYoursToDecide):
        cancel(asked, actor=charlie.subject)


def test_a_minor_is_sent_to_the_guardian_who_may_ask_for_it(mia, bob, helpdesk):
    with pytest.raises(AskYourGuardian):
        ask_for("erasure", mia.subject)
    asked = ask_for("erasure", mia.subject, bob.subject)
    assert (asked.subject, asked.asked_by) == (mia.subject, bob.subject)
    assert kinds_told(mia.subject) == kinds_told(bob.subject) == ["erasure-scheduled"]
    bob.subject.refresh_from_db()
    assert not bob.subject.is_frozen


def test_a_stranger_can_not_ask_for_it(alice, charlie):
    with pytest.raises(NotYoursToDecide):
        ask_for("erasure", alice.subject, charlie.subject)


def test_the_page_of_the_request_tells_whoever_has_its_address_how_it_stands(erased, client):
    page = client.get(f"/requests/scheduled/{erased.token}/").content.decode()
    assert erased.reference in page
    assert "was deleted on" in page
    assert client.get(f"/requests/scheduled/{erased.token[:-1]}/").status_code == 404
