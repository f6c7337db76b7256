"""What a device or guest decided, once it turned out to be somebody."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.subjects.life import entomb, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.record import as_published, record
from consents.choices.refusals import SignInToAllow
from dsar.datamap.own import PrivacyCenter
from dsar.datamap.systems import Identities
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ads(db):
    return make_purpose("ads")


@pytest.fixture
def device():
    return open_subject(Subject.Stage.DEVICE)


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def holds(subject):
    choice = Current.objects.for_subject(subject).first()
    return choice and choice.decision


def test_what_the_device_said_is_what_the_person_said(alice, device):
    say(device, ads=True, method=Method.BANNER)
    merge(device, alice.subject)
    assert may(alice.subject, "ads")
    assert not Current.objects.for_subject(device).exists()
    assert [event.subject for event in Event.objects.for_subject(alice.subject)] == [device]


@pytest.mark.parametrize("first", [True, False])
def test_the_newer_choice_holds_whoever_said_it(alice, device, first):
    say(device, ads=first, said_at=ago(20))
    say(alice, ads=not first, said_at=ago(10))
    merge(device, alice.subject)
    assert may(alice.subject, "ads") is not first


@pytest.mark.parametrize("first", [True, False])
def test_the_newer_choice_of_the_device_holds_too(alice, device, first):
    say(alice, ads=first, said_at=ago(20))
    say(device, ads=not first, said_at=ago(10))
    merge(device, alice.subject)
    assert may(alice.subject, "ads") is not first


@pytest.mark.parametrize("allowed_by_device", [True, False])
def test_of_two_said_at_the_same_time_the_refusal_holds(alice, device, allowed_by_device):
    moment = ago(10)
    say(alice, ads=not allowed_by_device, said_at=moment)
    say(device, ads=allowed_by_device, said_at=moment)
    merge(device, alice.subject)
    assert holds(alice.subject) == Decision.REFUSED


def test_two_that_say_the_same_at_the_same_time_count_once(alice, device):
    moment = ago(10)
    (first,) = say(device, ads=False, said_at=moment)
    say(alice, ads=False, said_at=moment)
    merge(device, alice.subject)
    assert Current.objects.for_subject(alice.subject).get().event == first


def test_a_signal_of_the_device_reaches_the_person(alice, device):
    """11 CCR 7025(c)(1): the device, any profile tied to it, and the consumer if known."""
    say(alice, ads=True, said_at=ago(20))
    say(device, ads=False, method=Method.GPC)
    merge(device, alice.subject)
    assert not may(alice.subject, "ads")


def test_when_it_ends_goes_along(alice, device, ads):
    Purpose.objects.filter(pk=ads.pk).update(validity="P6M")
    say(device, ads=True)
    ends = Current.objects.get().expires_at
    merge(device, alice.subject)
    assert Current.objects.get().expires_at == ends


def test_a_device_allows_nothing_for_somebody_who_turns_out_to_be_a_minor(mia, device):
    make_purpose("mail")
    say(device, ads=True, mail=False)
    merge(device, mia.subject)
    assert not may(mia.subject, "ads")
    assert [choice.purpose.slug for choice in Current.objects.for_subject(mia.subject)] == ["mail"]


def test_what_the_guardian_refused_stands_whatever_the_device_says(mia, bob, device):
    say(mia, actor=bob, ads=False, said_at=ago(10))
    say(device, ads=True)
    merge(device, mia.subject)
    assert holds(mia.subject) == Decision.REFUSED


def test_through_several_stages_nothing_is_lost(alice, device):
    guest = open_subject(Subject.Stage.GUEST)
    make_purpose("mail")
    say(device, ads=True)
    say(guest, mail=True)
    merge(device, guest)
    assert may(guest, "ads")
    assert may(guest, "mail")
    merge(guest, alice.subject)
    assert may(alice.subject, "ads")
    assert may(alice.subject, "mail")
    assert Event.objects.for_subject(alice.subject).count() == 2


def test_a_device_whose_owner_is_known_may_refuse_for_them_and_not_allow(alice, device):
    say(alice, ads=True)
    merge(device, alice.subject)
    with pytest.raises(SignInToAllow):
        say(device, ads=True)
    (event,) = say(device, ads=False)
    assert (event.subject, event.actor, event.decision) == (alice.subject, None, Decision.WITHDRAWN)
    assert not may(alice.subject, "ads")
    assert not Current.objects.for_subject(device).exists()


def test_what_a_system_knows_under_the_old_number_is_the_persons(alice):
    guest = open_subject(Subject.Stage.GUEST)
    merge(guest, alice.subject)
    record(
        guest, as_published({"ads": True}, "en"), method=Method.API, actor=guest, language="en", recorder="system:shop"
    )
    assert may(alice.subject, "ads")


def test_a_call_that_is_repeated_after_the_merger_is_still_the_same_call(alice, device):
    (first,) = say(device, ads=True, client_id="call-1")
    merge(device, alice.subject)
    assert say(device, ads=True, client_id="call-1") == [first]
    assert Event.objects.count() == 1


def test_a_copy_has_what_was_said_on_the_device_and_its_evidence(alice, device):
    say(device, ads=True, evidence={"address": "198.51.100.7"})
    merge(device, alice.subject)
    (event,) = PrivacyCenter().rows(Identities.of(alice.subject), "choices.Event")
    assert "198.51.100.7" in str(event["evidence"])
    subjects = [row["id"] for row in PrivacyCenter().rows(Identities.of(alice.subject), "subjects.Subject")]
    assert len(subjects) == 2
    assert PrivacyCenter().held(Identities.of(alice.subject))["choices.Event"] == 1


def test_an_erasure_reaches_what_was_said_on_the_device(alice, device, charlie):
    say(device, ads=True, evidence={"address": "198.51.100.7"})
    say(charlie, ads=True)
    merge(device, alice.subject)
    system, who = PrivacyCenter(), Identities.of(alice.subject)
    outcomes = {outcome.collection: outcome.rows for outcome in system.erase(who)}
    assert (outcomes["choices.Event"], outcomes["choices.Current"]) == (1, 1)
    entomb(alice.subject, evidence_until=date(2030, 1, 1))
    assert system.remaining(who) == {}
    (event,) = Event.objects.for_subject(alice.subject)
    assert event.opened_evidence() is None
    assert may(charlie.subject, "ads")
