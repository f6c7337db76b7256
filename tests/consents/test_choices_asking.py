"""Whom to ask what: nobody earlier than the law of the place lets us."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.choices.asking import Why, to_ask
from consents.choices.expiry import expire_due
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ads(db):
    make_purpose("service", essential=True)
    return make_purpose("ads")


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def asked(person, **options):
    return [(question.purpose.slug, question.why) for question in to_ask(person.subject, **options)]


def test_whoever_said_nothing_is_asked_what_is_optional_in_the_order_of_the_catalogue(alice):
    make_purpose("mail")
    assert asked(alice) == [("ads", Why.UNDECIDED), ("mail", Why.UNDECIDED)]


def test_whoever_allowed_it_is_not_asked(alice):
    say(alice, ads=True, said_at=days_ago(9999))
    assert asked(alice) == []


@pytest.mark.parametrize(
    ("place", "days", "is_asked"),
    [
        ("EU_GDPR", 1, False),
        ("EU_GDPR", 180, False),
        ("EU_GDPR", 190, True),
        ("EU_GDPR/DE", 180, False),
        ("EU_GDPR/DE", 190, True),
        ("US_CA", 190, False),
        ("US_CA", 370, True),
        ("ATLANTIS", 180, False),
    ],
)
def test_whoever_refused_is_left_in_peace_as_long_as_the_law_says(alice, place, days, is_asked):
    alice.subject.jurisdiction = place
    alice.subject.save()
    say(alice, ads=False, said_at=days_ago(days))
    assert asked(alice) == ([("ads", Why.REFUSED_LONG_AGO)] if is_asked else [])


def test_a_withdrawal_is_a_refusal(alice):
    say(alice, ads=True, said_at=days_ago(400))
    say(alice, ads=False, said_at=days_ago(100))
    assert asked(alice) == []


def test_saying_no_again_starts_the_time_anew(alice):
    say(alice, ads=False, said_at=days_ago(400))
    say(alice, ads=False, said_at=days_ago(100))
    assert asked(alice) == []


@pytest.mark.parametrize("allow", [True, False])
def test_a_new_meaning_asks_again_at_once_whatever_was_said(alice, ads, allow):
    say(alice, ads=allow)
    ads.version = ads.asks_since = 2
    ads.save()
    assert asked(alice) == [("ads", Why.CHANGED)]
    say(alice, ads=allow)
    assert asked(alice) == []


def test_a_mere_new_version_asks_nobody(alice, ads):
    say(alice, ads=False)
    ads.version = 2
    ads.save()
    assert asked(alice) == []


def test_whose_yes_is_over_is_asked_again_before_and_after_it_was_recorded(alice, ads):
    ads.validity = "P6M"
    ads.save()
    say(alice, ads=True, said_at=days_ago(200))
    assert asked(alice) == [("ads", Why.EXPIRED)]
    expire_due()
    assert asked(alice) == [("ads", Why.EXPIRED)]


def test_nobody_is_asked_what_their_browser_answers(alice, ads):
    make_purpose("mail")
    ads.gpc = True
    ads.save()
    assert asked(alice, gpc=True) == [("mail", Why.UNDECIDED)]
    assert len(asked(alice)) == 2


def test_nobody_is_asked_while_their_erasure_is_under_way_or_after_it(alice):
    freeze(alice.subject)
    assert asked(alice) == []
    entomb(alice.subject, evidence_until=date(2030, 1, 1))
    assert asked(alice) == []


def test_a_device_is_not_asked_once_its_owner_is_known(alice):
    device = open_subject(Subject.Stage.DEVICE)
    assert len(to_ask(device)) == 1
    merge(device, alice.subject)
    assert to_ask(device) == []
    assert to_ask(Subject.objects.get(pk=device.pk)) == []
