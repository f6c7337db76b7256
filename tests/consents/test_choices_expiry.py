"""What is allowed for a time ends with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.subjects.life import open_account
from accounts.subjects.models import Subject
from consents.choices import expiry
from consents.choices.expiry import expire_due
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.tasks import expire
from privacycenter.beat import SCHEDULE
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ads(db):
    with transaction.atomic():
        purpose = make_purpose("ads")
        purpose.validity, purpose.validities = "P6M", {"US_CA": "P12M", "EU_GDPR/IT": ""}
        purpose.save()
    return purpose


def long_ago(days):
    return timezone.now() - timedelta(days=days)


def test_a_yes_counts_no_longer_than_it_holds_whether_or_not_anything_has_run(alice):
    say(alice, ads=True, said_at=long_ago(100))
    assert may(alice.subject, "ads")
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        assert not may(alice.subject, "ads")


def test_the_end_is_an_event_like_any_other(alice):
    (granted,) = say(alice, ads=True, said_at=long_ago(200))
    ends = Current.objects.get().expires_at
    assert expire_due() == 1
    event, current = Event.objects.newest_first()[0], Current.objects.get()
    assert (event.decision, event.method, event.said_at) == (Decision.EXPIRED, Method.EXPIRY, ends)
    assert (event.version, event.jurisdiction, event.actor) == (granted.version, granted.jurisdiction, None)
    assert (current.decision, current.event, current.since, current.expires_at) == (event.decision, event, ends, None)


def test_what_still_holds_and_what_holds_for_good_stays(alice, charlie):
    make_purpose("mail")
    say(alice, ads=True, mail=True)
    say(charlie, ads=False, mail=True, said_at=long_ago(5000))
    assert expire_due() == 0
    assert Event.objects.count() == 4


def test_it_ends_when_the_law_of_the_place_says(alice, charlie, bob):
    for person, place in ((alice, "US_CA"), (bob, "EU_GDPR/IT"), (charlie, "EU_GDPR/FR")):
        person.subject.jurisdiction = place
        person.subject.save()
        say(person, ads=True, said_at=long_ago(200))
    assert expire_due() == 1
    assert [may(person.subject, "ads") for person in (alice, bob, charlie)] == [True, True, False]


def test_twice_is_the_same_as_once(alice):
    say(alice, ads=True, said_at=long_ago(200))
    assert [expire_due(), expire_due()] == [1, 0]
    assert Event.objects.count() == 2


def test_a_yes_that_is_given_again_holds_anew(alice):
    say(alice, ads=True, said_at=long_ago(200))
    expire_due()
    (event,) = say(alice, ads=True)
    assert event.decision == Decision.GRANTED
    assert may(alice.subject, "ads")
    assert expire_due() == 0


def test_a_yes_that_arrives_after_its_end_never_counts(alice):
    say(alice, ads=True, said_at=long_ago(200))
    assert not may(alice.subject, "ads")
    assert expire_due() == 1


def test_a_yes_from_before_the_end_that_arrives_after_it_changes_nothing(alice):
    say(alice, ads=True, said_at=long_ago(200))
    expire_due()
    say(alice, ads=True, said_at=long_ago(150))
    assert not may(alice.subject, "ads")


def test_many_end_in_batches_of_a_fixed_size(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(expiry, "BATCH", 2)
    for _number in range(5):
        say(open_account(), ads=True, said_at=long_ago(200))
    # A savepoint and its release around each.
    with django_assert_num_queries(4 * 3):
        assert expire_due() == 5


@pytest.mark.django_db(transaction=True)
def test_whoever_is_deciding_right_now_is_left_to_the_next_run(alice, charlie):
    for person in (alice, charlie):
        say(person, ads=True, said_at=long_ago(200))
    with transaction.atomic():
        Subject.objects.select_for_update(no_key=True).get(pk=alice.subject.pk)
        with ThreadPoolExecutor(1) as another:
            assert another.submit(in_a_connection_of_its_own, expire_due).result() == 1
    assert expire_due() == 1


def in_a_connection_of_its_own(call):
    try:
        return call()
    finally:
        connection.close()


def test_beat_looks_for_it_regularly(alice):
    say(alice, ads=True, said_at=long_ago(200))
    assert SCHEDULE["end-consents"]["task"] == expire.name
    expire()
    assert Current.objects.get().decision == Decision.EXPIRED
