"""Notices for a purpose that people may refuse: only to those who allow it, and each says how to end it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from accounts.calls.refusals import Refusal
from accounts.subjects.life import freeze
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.may import may
from consents.choices.models import Current
from consents.mailing.allowed import allowed
from consents.notices import optional
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS, REACHABLE
from consents.notices.models import Delivery, Notice
from consents.notices.send import send_due
from tests.consents.notices import DRAFTS, erase, parsed, people, recipients, sent_to, tell_all, with_smtp
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

State = Delivery.State


@pytest.fixture(autouse=True)
def news(db: None) -> Purpose:
    purpose = make_purpose("news", de="Neuigkeiten")
    Purpose.objects.update(channel="email")
    return purpose


def tell_who_allows(purpose: Purpose) -> Notice:
    return announce("newsletter", DRAFTS, "/policies/", REACHABLE, purpose=purpose)


# Who is told


def test_only_those_are_told_who_allow_it(alice: User, bob: User, charlie: User, news: Purpose) -> None:
    say(alice, news=True)
    say(bob, news=False)
    notice = tell_who_allows(news)
    assert not notice.legal
    send_due()
    assert recipients() == [alice.email]
    assert Delivery.objects.count() == 1


def test_the_audience_is_chosen_by_a_constant_number_of_statements(
    news: Purpose, django_assert_num_queries: Any
) -> None:
    for number, user in enumerate(people(30)):
        say(user, news=number % 2 == 0)
    with django_assert_num_queries(8):
        notice = tell_who_allows(news)
    assert notice.deliveries.count() == 15


def test_who_says_no_before_it_is_sent_gets_nothing_and_finds_nothing(alice: User, bob: User, news: Purpose) -> None:
    say(alice, news=True)
    say(bob, news=True)
    tell_who_allows(news)
    say(alice, news=False)
    send_due()
    assert recipients() == [bob.email]
    delivery = Delivery.objects.get(subject=subject_of(alice))
    assert (delivery.state, delivery.error) == (State.SKIPPED, "not-allowed")
    assert not Delivery.objects.for_subject(subject_of(alice)).exists()
    assert Delivery.objects.for_subject(subject_of(bob)).exists()


def test_a_legal_notice_reaches_those_who_refused_everything_and_offers_no_way_out(alice: User, news: Purpose) -> None:
    say(alice, news=False)
    tell_all()
    send_due()
    (message,) = mail.outbox
    sent = message.message()
    assert not [name for name in sent.keys() if name.startswith("List-")]  # noqa: SIM118  # a message is no dict
    assert "/unsubscribe/" not in sent.as_string()


def granted(user: User) -> None:
    say(user, news=True)


def ended(user: User) -> None:
    Current.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def changed(user: User) -> None:
    Purpose.objects.update(version=2, asks_since=2)


def retired(user: User) -> None:
    Purpose.objects.update(retired_at=timezone.now())


def frozen(user: User) -> None:
    freeze(subject_of(user))


def erased(user: User) -> None:
    Current.objects.all().delete()
    erase(user)


@pytest.mark.parametrize("then", [granted, ended, changed, retired, frozen, erased])
def test_the_rule_for_many_is_the_rule_for_one(alice: User, news: Purpose, then: Any) -> None:
    subject = subject_of(alice)
    say(alice, news=True)
    then(alice)
    found = Subject.objects.filter(allowed(news), pk=subject.pk).exists()
    assert found == may(subject, "news") == (then is granted)


def test_what_needs_no_permission_is_no_optional_notice(alice: User) -> None:
    with pytest.raises(Refusal):
        announce("newsletter", DRAFTS, "", ACCOUNTS, purpose=make_purpose("service", essential=True))
    assert not Notice.objects.exists()


@pytest.mark.parametrize("legal", [True, False])
def test_the_database_knows_no_notice_that_is_both_or_neither(news: Purpose, legal: bool) -> None:
    with pytest.raises(IntegrityError, match="notices_legal_or_optional"), transaction.atomic():
        Notice.objects.create(kind="x", legal=legal, purpose=news if legal else None)


def test_without_anybody_who_knows_the_rules_nothing_optional_is_sent(
    alice: User, news: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optional, "_rules", [])
    with pytest.raises(LookupError):
        tell_who_allows(news)
    tell_all()
    send_due()
    assert recipients() == [alice.email]


# What they read


def test_the_mail_that_is_really_sent_can_be_ended_by_its_header_and_by_its_links(
    alice: User, news: Purpose, settings: Settings
) -> None:
    with_smtp(settings)
    say(alice, news=True)
    tell_who_allows(news)
    send_due()
    raw = sent_to(alice.email)[-1]
    (line,) = [line for line in raw.split(b"\r\n") if line.startswith(b"List-Unsubscribe:")]
    address = line.removeprefix(b"List-Unsubscribe: <").removesuffix(b">").decode()
    assert b"=?" not in line
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
    message = parsed(raw)
    assert message["List-Id"] == "<news.testserver>"
    assert message["List-Help"] == "<http://testserver/choices/>"
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert "You receive this because you allow “News”." in text
        link = next(word for word in text.replace('"', " ").split() if "/unsubscribe/" in word)
        assert Client().get(link.removeprefix("http://testserver")).status_code == 200
    Client().post(address.removeprefix("http://testserver"), {"List-Unsubscribe": "One-Click"})
    assert not may(subject_of(alice), "news")


def test_neither_address_nor_number_of_the_person_stands_in_the_links(alice: User, news: Purpose) -> None:
    say(alice, news=True)
    tell_who_allows(news)
    send_due()
    made = str(mail.outbox[0].message()["List-Unsubscribe"])
    assert not any(word in made for word in (alice.email, str(subject_of(alice).pk), "news"))


def test_it_is_in_the_readers_language(alice: User, news: Purpose) -> None:
    Subject.objects.filter(pk=subject_of(alice).pk).update(language="de")
    say(alice, news=True)
    tell_who_allows(news)
    with override("en"):
        send_due()
    assert mail.outbox[0].subject == "Wir ändern etwas"
    assert "„Neuigkeiten“" in mail.outbox[0].body or "“Neuigkeiten”" in mail.outbox[0].body


def test_the_portal_says_by_which_choice_it_came(alice: User, news: Purpose, client_for: Any, api_for: Any) -> None:
    say(alice, news=True)
    tell_who_allows(news)
    page = client_for(alice).get(Delivery.objects.get().get_absolute_url()).content.decode()
    assert "You receive this because you allow “News”." in page
    (shown,) = api_for(alice).get("/api/v1/notices/").json()["results"]
    assert shown["purpose"] == "news"


def test_a_legal_notice_has_no_purpose_in_the_api(alice: User, api_for: Any) -> None:
    tell_all()
    (shown,) = api_for(alice).get("/api/v1/notices/").json()["results"]
    assert shown["purpose"] is None
