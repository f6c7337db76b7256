from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.subjects.life import entomb, freeze, open_account, thaw
from accounts.subjects.models import Subject

pytestmark = pytest.mark.django_db


def test_a_new_account_has_a_key_of_its_own():
    one, other = open_account(), open_account()
    assert one.wrapped_key != other.wrapped_key


def test_ids_are_in_the_order_of_time():
    assert open_account().pk.version == 7


def test_entombing_destroys_the_key_and_keeps_the_number():
    subject = open_account(language="en")
    entomb(subject, evidence_until=date(2030, 1, 1))
    stored = Subject.objects.get(pk=subject.pk)
    assert (stored.stage, stored.wrapped_key, stored.language) == (Subject.Stage.TOMBSTONE, None, "")
    assert stored.erased_at is not None


def test_entombing_twice_is_the_same_as_once():
    subject = open_account()
    entomb(subject, evidence_until=date(2030, 1, 1))
    first = subject.erased_at
    entomb(subject, evidence_until=date(2040, 1, 1))
    assert (subject.erased_at, subject.evidence_until) == (first, date(2030, 1, 1))


def test_the_database_refuses_a_tombstone_with_a_key():
    subject = open_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.filter(pk=subject.pk).update(stage="tombstone")


def test_the_database_refuses_a_living_subject_without_a_key():
    subject = open_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.filter(pk=subject.pk).update(wrapped_key=None)


def test_freezing_keeps_its_first_moment_and_thawing_undoes_it():
    subject = open_account()
    freeze(subject)
    first = subject.frozen_at
    freeze(Subject.objects.get(pk=subject.pk))
    assert Subject.objects.get(pk=subject.pk).frozen_at == first
    thaw(subject)
    assert not Subject.objects.get(pk=subject.pk).is_frozen


@pytest.fixture
def evidence():
    """A table under the append-only trigger, as rooms make them, with one row of one subject."""
    from accounts.subjects.append_only import append_only

    subject = open_account()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE evidence (subject_id uuid, note text)")
        cursor.execute(str(append_only("evidence").sql))
        cursor.execute("INSERT INTO evidence VALUES (%s, 'first')", [subject.pk])
    return subject


@pytest.mark.parametrize("statement", ["UPDATE evidence SET note = 'x'", "DELETE FROM evidence", "TRUNCATE evidence"])
def test_append_only_rows_refuse(evidence, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_evidence_of_a_tombstone_stays_until_its_time_is_over(evidence):
    entomb(evidence, evidence_until=timezone.now().date() + timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence")


def test_evidence_of_a_tombstone_may_go_when_its_time_is_over(evidence):
    entomb(evidence, evidence_until=timezone.now().date() - timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence")
        assert cursor.rowcount == 1
