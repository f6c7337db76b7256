from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.guardians.authority import is_minor, may_decide
from accounts.guardians.models import Guardianship

pytestmark = pytest.mark.django_db


def test_an_adult_decides_alone(alice):
    assert may_decide(alice.subject, alice.subject)


def test_a_minor_does_not_decide_alone(mia):
    assert not may_decide(mia.subject, mia.subject)


def test_the_guardian_decides_for_the_minor(bob, mia):
    assert may_decide(bob.subject, mia.subject)


def test_a_stranger_does_not_decide_for_the_minor(charlie, mia):
    assert not may_decide(charlie.subject, mia.subject)


def test_a_guardian_of_before_decides_no_more(bob, mia):
    Guardianship.objects.update(ended_at=timezone.now())
    assert not may_decide(bob.subject, mia.subject)


def test_guardianship_gives_no_say_over_an_adult(bob, alice):
    Guardianship.objects.create(minor=alice.subject, guardian=bob.subject)
    assert not may_decide(bob.subject, alice.subject)


@pytest.mark.parametrize(
    ("today", "minor"), [(date(2026, 2, 28), True), (date(2026, 3, 1), False), (date(2025, 12, 31), True)]
)
def test_majority_begins_on_the_eighteenth_birthday(alice, today, minor):
    profile = alice.subject.profile
    profile.birth_date = "2008-03-01"
    profile.save()
    assert is_minor(alice.subject, today) is minor


def test_nobody_is_their_own_guardian(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardianship.objects.create(minor=alice.subject, guardian=alice.subject)


def test_a_guardian_is_named_once_at_a_time(bob, mia):
    with pytest.raises(IntegrityError), transaction.atomic():
        Guardianship.objects.create(minor=mia.subject, guardian=bob.subject)


def test_the_family_page_shows_each_side_the_other(bob, mia, client_for):
    assert "Mia Example" in client_for(bob).get("/family/").content.decode()
    assert "Bob Example" in client_for(mia).get("/family/").content.decode()


def test_a_stranger_sees_nobody(charlie, mia, client_for):
    page = client_for(charlie).get("/family/").content.decode()
    assert "Mia" not in page
    assert "Bob" not in page
