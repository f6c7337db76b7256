"""Somebody opens an account with an address that a guest has whose erasure was asked for already."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.subjects.addresses import find, guest, prove
from accounts.subjects.life import freeze
from accounts.subjects.models import Address, Subject
from accounts.users.confirmed import hand_over
from accounts.users.models import User
from consents.choices.may import may
from consents.choices.models import Event
from consents.choices.refusals import Frozen
from dsar.requests.cancel import cancel
from dsar.requests.models import Request
from dsar.work.models import Plan
from tests.consents.purposes import make_purpose, say
from tests.erasures import grace_over
from tests.people import PASSWORD, person, subject_of
from tests.work import Helpdesk, ask_for, helpdesk, work_off

__all__ = ["grace_over", "helpdesk"]

ADDRESS = "gina@example.org"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ads() -> None:
    make_purpose("ads")


@pytest.fixture
def gina(helpdesk: Helpdesk) -> Subject:
    """A guest who allowed something, and then asked to be erased."""
    made = guest(ADDRESS)
    say(made, ads=True)
    helpdesk.tickets[ADDRESS] = [{"number": 1, "text": "x"}]
    return made


@pytest.fixture
def erasure(gina: Subject) -> Request:
    return ask_for("erasure", gina)


def joined(mailoutbox: list[Any]) -> User:
    """By signing up and by the button behind the link in the mail, as everybody does."""
    browser = Client()
    data = {"email": ADDRESS, "password1": PASSWORD, "full_name": "Gina", "birth_date": ""}
    assert browser.post(reverse("account_signup"), data).status_code == 302
    mail = next(each for each in reversed(mailoutbox) if "confirm-email" in each.body)
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.body))
    assert link
    confirmed = browser.post(link[1])
    assert (confirmed.status_code, confirmed["Location"]) == (302, reverse("account_login"))
    signed_in = browser.post(reverse("account_login"), {"login": ADDRESS, "password": PASSWORD})
    assert signed_in.status_code == 302
    assert browser.get("/choices/").status_code == 200
    return User.objects.get(email=ADDRESS)


def test_the_address_is_confirmed_and_the_guest_stays_who_they_are(
    gina: Subject, erasure: Request, mailoutbox: list[Any]
) -> None:
    user = joined(mailoutbox)
    assert EmailAddress.objects.get(user=user).verified
    gina.refresh_from_db()
    assert (gina.stage, gina.merged_into, gina.is_frozen) == (Subject.Stage.GUEST, None, True)
    assert find(ADDRESS) == gina, "nothing is done with what is to be erased, so nothing is taken from it"
    assert Address.objects.get().value == ADDRESS
    assert not may(gina, "ads")
    assert not may(subject_of(user), "ads")
    assert Event.objects.get().subject == gina


def test_the_account_decides_for_itself_meanwhile(gina: Subject, erasure: Request, mailoutbox: list[Any]) -> None:
    user = joined(mailoutbox)
    say(user, ads=True)
    assert may(subject_of(user), "ads")
    with pytest.raises(Frozen):
        say(gina, ads=True)


def test_when_the_guest_is_erased_the_address_is_the_accounts(
    gina: Subject, erasure: Request, helpdesk: Helpdesk, mailoutbox: list[Any], grace_over: Any
) -> None:
    user = joined(mailoutbox)
    say(user, ads=True)
    grace_over()
    work_off()
    erasure.refresh_from_db()
    gina.refresh_from_db()
    assert (erasure.state, gina.stage) == (Request.State.DONE, Subject.Stage.TOMBSTONE)
    assert find(ADDRESS) == subject_of(user)
    assert may(subject_of(user), "ads")
    assert EmailAddress.objects.get(user=user).verified
    assert helpdesk.tickets == {ADDRESS: [{"number": 1, "text": "x"}]}, "what is there is the account's by now"


def test_when_the_erasure_is_stopped_the_guest_turns_out_to_be_the_account(
    gina: Subject, erasure: Request, mailoutbox: list[Any]
) -> None:
    user = joined(mailoutbox)
    cancel(erasure, actor=gina)
    gina.refresh_from_db()
    assert gina.merged_into == user.subject == find(ADDRESS)
    assert may(subject_of(user), "ads"), "what the guest allowed is not lost"


def test_without_an_account_everything_is_as_it_was(
    gina: Subject, erasure: Request, helpdesk: Helpdesk, grace_over: Any
) -> None:
    cancel(erasure, actor=gina)
    assert find(ADDRESS) == gina
    assert may(gina, "ads")
    ask_for("erasure", gina)
    grace_over()
    work_off()
    assert find(ADDRESS) is None
    assert helpdesk.tickets == {}
    assert Plan.objects.filter(state=Plan.State.DONE).count() == 1


def test_who_only_says_that_the_address_is_theirs_does_not_get_it(gina: Subject) -> None:
    user = person("Gina")
    EmailAddress.objects.filter(user=user).update(verified=False)
    hand_over([ADDRESS])
    assert find(ADDRESS) == gina


def test_proving_twice_is_the_same_as_once(gina: Subject) -> None:
    user = person("Gina")
    freeze(gina)
    for _turn in range(2):
        prove(subject_of(user), ADDRESS)
    gina.refresh_from_db()
    assert gina.merged_into is None
