"""Global Privacy Control: an opt-out by the browser (11 CCR 7025), recorded like any other choice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.choices.gpc import honour
from consents.choices.may import may
from consents.choices.models import Decision, Event, Method
from consents.choices.refusals import SignalSaysNo
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db

SIGNAL = {"gpc": "1", "address": "198.51.100.7"}


@pytest.fixture(autouse=True)
def ads(db):
    with transaction.atomic():
        ads = make_purpose("ads")
        ads.gpc = True
        ads.save()
        make_purpose("mail")
    return ads


@pytest.fixture
def device():
    return open_subject(Subject.Stage.DEVICE)


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def said(events):
    return [(event.purpose.slug, event.decision, event.method) for event in events]


def test_the_signal_opts_out_of_what_it_is_about_and_of_nothing_else(device):
    assert said(honour(device, evidence=SIGNAL)) == [("ads", Decision.REFUSED, Method.GPC)]
    (event,) = Event.objects.for_subject(device)
    assert event.opened_evidence() == SIGNAL
    assert event.wording is None


def test_it_is_recorded_once_and_not_with_every_page(device, django_assert_num_queries):
    honour(device, evidence=SIGNAL)
    with django_assert_num_queries(2):
        assert honour(device, evidence=SIGNAL) == []


def test_without_it_nothing_happens(device, alice):
    for evidence in ({}, {"gpc": "0"}, {"gpc": "true"}):
        assert honour(device, evidence=evidence) == []
    honour(alice.subject, evidence=SIGNAL)
    assert honour(alice.subject, evidence={}) == []
    assert not may(alice.subject, "ads"), "that it is gone opts nobody in"


def test_it_wins_over_what_was_saved_before(alice):
    say(alice, ads=True, mail=True)
    assert said(honour(alice.subject, evidence=SIGNAL)) == [("ads", Decision.WITHDRAWN, Method.GPC)]
    assert not may(alice.subject, "ads")
    assert may(alice.subject, "mail")


def test_it_adds_nothing_to_a_refusal(alice):
    say(alice, ads=False)
    assert honour(alice.subject, evidence=SIGNAL) == []


def test_who_signed_in_and_allows_it_in_its_presence_overrides_it(alice):
    honour(alice.subject, evidence=SIGNAL)
    say(alice, ads=True, evidence=SIGNAL)
    assert honour(alice.subject, evidence=SIGNAL) == []
    assert may(alice.subject, "ads")


def test_what_was_allowed_without_it_does_not_override_it_later(alice):
    honour(alice.subject, evidence=SIGNAL)
    say(alice, ads=True, evidence={"address": "198.51.100.7"})
    assert may(alice.subject, "ads")
    assert len(honour(alice.subject, evidence=SIGNAL)) == 1
    assert not may(alice.subject, "ads")


def test_a_device_of_nobody_known_can_not_override_it(device):
    with pytest.raises(SignalSaysNo) as refusal:
        say(device, mail=True, ads=True, evidence=SIGNAL)
    assert refusal.value.field.endswith(".decision")
    assert not Event.objects.exists()
    say(device, mail=True, ads=False, evidence=SIGNAL)
    assert may(device, "mail")


def test_a_device_without_it_may_allow(device):
    say(device, ads=True, evidence={"address": "198.51.100.7"})
    assert may(device, "ads")


def test_the_devices_opt_out_is_its_owners_once_they_sign_in(alice, device):
    say(alice, ads=True, said_at=ago(20))
    honour(device, evidence=SIGNAL)
    merge(device, alice.subject)
    assert not may(alice.subject, "ads")


def test_a_device_that_is_signed_out_again_still_opts_its_owner_out(alice, device):
    merge(device, alice.subject)
    say(alice, ads=True)
    honour(device, evidence=SIGNAL)
    assert not may(alice.subject, "ads")
    assert honour(device, evidence=SIGNAL) == []
    assert honour(Subject.objects.get(pk=device.pk), evidence=SIGNAL) == []


def test_one_that_arrives_late_does_not_undo_what_came_after_it(alice):
    say(alice, ads=True)
    assert honour(alice.subject, evidence=SIGNAL, said_at=ago(5)) == []
    assert may(alice.subject, "ads")


def test_it_is_heard_from_minors_and_while_an_erasure_is_under_way(mia, alice):
    assert len(honour(mia.subject, evidence=SIGNAL)) == 1
    freeze(alice.subject)
    assert len(honour(alice.subject, evidence=SIGNAL)) == 1


def test_nothing_is_recorded_of_who_was_erased(device):
    entomb(device, evidence_until=date(2030, 1, 1))
    assert honour(device, evidence=SIGNAL) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_pages_at_once_one_tells(device):
    def visit():
        try:
            return honour(device, evidence=SIGNAL)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as browser:
        visits = [browser.submit(visit) for _number in range(4)]
        assert sum(len(each.result()) for each in visits) == 1
    assert Event.objects.count() == 1
