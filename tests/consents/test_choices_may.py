from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.subjects.life import entomb, freeze, thaw
from consents.catalogue.models import Purpose
from consents.choices.may import may
from consents.choices.models import Method
from tests.consents.purposes import make_purpose, say


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("service", essential=True)


def test_undecided_is_no(alice):
    assert not may(alice.subject, "ads")


def test_allowed_is_yes_until_it_is_withdrawn_and_then_no_at_once(alice):
    say(alice, ads=True)
    assert may(alice.subject, "ads")
    say(alice, ads=False)
    assert not may(alice.subject, "ads")


def test_refused_is_no(alice):
    say(alice, ads=False)
    assert not may(alice.subject, "ads")


def test_the_choice_of_one_person_is_not_that_of_another(alice, charlie):
    say(alice, ads=True)
    assert not may(charlie.subject, "ads")


def test_what_the_service_needs_is_yes_without_asking(alice):
    assert may(alice.subject, "service")


def test_what_a_guardian_allowed_is_yes_for_the_minor_only(mia, bob):
    say(mia, ads=True, actor=bob, method=Method.GUARDIAN)
    assert may(mia.subject, "ads")
    assert not may(bob.subject, "ads")


def test_once_erasure_is_asked_everything_is_no_until_it_is_stopped(alice):
    say(alice, ads=True)
    freeze(alice.subject)
    assert not may(alice.subject, "ads")
    assert not may(alice.subject, "service")
    thaw(alice.subject)
    assert may(alice.subject, "ads")


def test_an_erased_person_is_no_even_where_a_choice_was_left_behind(alice):
    say(alice, ads=True)
    entomb(alice.subject, evidence_until=timezone.localdate() + timedelta(days=1))
    assert not may(alice.subject, "ads")
    assert not may(alice.subject, "service")


def test_unknown_and_retired_purposes_are_no(alice):
    say(alice, ads=True)
    Purpose.objects.update(retired_at=timezone.now())
    assert not may(alice.subject, "ads")
    assert not may(alice.subject, "service")
    assert not may(alice.subject, "nonsense")


def test_it_takes_one_look(alice, django_assert_num_queries):
    say(alice, ads=True)
    with django_assert_num_queries(1):
        may(alice.subject, "ads")
