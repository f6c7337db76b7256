"""A device or a guest turns out to be somebody."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.subjects import merge as merging
from accounts.subjects.keys import KeyDestroyed
from accounts.subjects.life import entomb, freeze, open_account, open_subject
from accounts.subjects.merge import BelongsToAnother, CannotTakeOver, ErasureAsked, IsAnAccount, merge, on_merge
from accounts.subjects.models import Subject
from accounts.subjects.sealing import open_bytes, seal_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return open_subject(Subject.Stage.DEVICE)


@pytest.fixture
def guest():
    return open_subject(Subject.Stage.GUEST)


@pytest.fixture
def account():
    return open_account()


def merged_into(subject):
    return Subject.objects.get(pk=subject.pk).merged_into


def test_a_device_turns_out_to_be_somebody_with_an_account(device, account):
    assert merge(device, account) == account
    assert merged_into(device) == device.merged_into == account


def test_a_merged_subject_keeps_its_key_for_what_was_sealed_with_it(device, account):
    sealed = seal_bytes(device, "test", b"198.51.100.7")
    merge(device, account)
    assert open_bytes(Subject.objects.get(pk=device.pk), "test", sealed) == b"198.51.100.7"


def test_merging_twice_is_the_same_as_once(device, account):
    merge(device, account)
    assert merge(device, account) == account


def test_what_was_merged_before_follows(device, guest, account):
    merge(device, guest)
    merge(guest, account)
    assert merged_into(device) == merged_into(guest) == account
    assert merge(device, guest) == account, "that they are the same person is known"


def test_whoever_is_merged_into_somebody_leads_to_that_person(device, guest, account):
    merge(guest, account)
    assert merge(device, guest) == account
    assert merged_into(device) == account


def test_a_person_is_never_merged_into_what_was_merged_into_them(device, guest):
    merge(device, guest)
    assert merge(guest, device) == guest
    assert merged_into(guest) is None


def test_nobody_is_merged_into_themself(guest):
    assert merge(guest, Subject.objects.get(pk=guest.pk)) == guest
    assert merged_into(guest) is None


def test_an_account_is_never_merged_away(account):
    with pytest.raises(IsAnAccount):
        merge(account, open_account())


def test_a_device_of_one_person_does_not_become_anothers(device, account):
    merge(device, account)
    with pytest.raises(BelongsToAnother):
        merge(device, open_account())
    assert merged_into(device) == account


def test_a_guest_does_not_turn_out_to_be_a_mere_device(device, guest):
    with pytest.raises(CannotTakeOver):
        merge(guest, device)


def test_nothing_is_merged_with_who_was_erased(device, account):
    entomb(account, evidence_until=date(2030, 1, 1))
    with pytest.raises(CannotTakeOver):
        merge(device, account)
    gone = open_subject(Subject.Stage.GUEST)
    entomb(gone, evidence_until=date(2030, 1, 1))
    with pytest.raises(CannotTakeOver):
        merge(gone, open_account())


def test_who_asked_to_be_erased_is_not_used_for_anything_else(guest, account):
    freeze(guest)
    with pytest.raises(ErasureAsked):
        merge(guest, account)


def test_what_turns_out_to_belong_to_an_erasure_goes_with_it(device, account):
    freeze(account)
    assert merge(device, account) == account


def test_the_tombstone_is_of_everybody_who_was_merged_into_the_person(device, guest, account):
    merge(device, account)
    merge(guest, account)
    stranger = open_subject(Subject.Stage.DEVICE)
    entomb(account, evidence_until=date(2030, 1, 1))
    for subject in (device, guest, account):
        stored = Subject.objects.get(pk=subject.pk)
        assert (stored.stage, stored.evidence_until) == (Subject.Stage.TOMBSTONE, date(2030, 1, 1))
        with pytest.raises(KeyDestroyed):
            stored.data_key  # noqa: B018
    assert Subject.objects.get(pk=stranger.pk).stage == Subject.Stage.DEVICE


def test_other_rooms_are_told_once(device, account, monkeypatch):
    told = []

    def listen(source, person):
        told.append((source, person))

    monkeypatch.setattr(merging, "_callbacks", [])
    on_merge(listen)
    on_merge(listen)
    merge(device, account)
    merge(device, account)
    assert told == [(device, account)]


def test_a_room_that_fails_keeps_them_apart(device, account, monkeypatch):
    def fail(_source, _person):
        raise LookupError

    monkeypatch.setattr(merging, "_callbacks", [fail])
    with pytest.raises(LookupError), transaction.atomic():
        merge(device, account)
    assert merged_into(device) is None


def test_the_database_refuses_an_account_that_is_merged_and_a_subject_in_itself(guest, account):
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.filter(pk=account.pk).update(merged_into=guest)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subject.objects.filter(pk=guest.pk).update(merged_into=guest)
