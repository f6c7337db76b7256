import io
import os
from contextlib import suppress

import pytest
from django.db import connection

from accounts.subjects.keys import KeyDestroyed, NotSealedHere, open_for_service, seal_for_service
from accounts.subjects.life import entomb, open_account
from accounts.subjects.sealing import CHUNK, SealedFile, open_bytes, read_sealed, seal_bytes
from accounts.users.models import Profile, User

pytestmark = pytest.mark.django_db


def sealed_file(subject, content):
    raw = io.BytesIO()
    with SealedFile(subject, "test", raw) as sealed:
        for start in range(0, len(content), 1000):
            sealed.write(content[start : start + 1000])
    raw.seek(0)
    return raw


def test_a_sealed_field_reads_as_it_was_written(alice: User):
    assert Profile.objects.get(subject=alice.subject).full_name == "Alice Example"


def test_the_database_holds_no_plain_text(alice: User):
    with connection.cursor() as cursor:
        cursor.execute("SELECT full_name FROM users_profile WHERE subject_id = %s", [alice.subject_id])
        stored = bytes(cursor.fetchone()[0])
    assert b"Alice" not in stored


def test_saving_again_without_reading_keeps_the_value(alice: User):
    profile = Profile.objects.get(subject=alice.subject)
    profile.phone = "+49 30 1234567"
    profile.save()
    profile = Profile.objects.get(subject=alice.subject)
    profile.save()
    fresh = Profile.objects.get(subject=alice.subject)
    assert (fresh.full_name, fresh.phone) == ("Alice Example", "+49 30 1234567")


def test_a_value_moved_to_another_person_does_not_open(alice: User, charlie: User):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE users_profile SET full_name = (SELECT full_name FROM users_profile WHERE subject_id = %s)"
            " WHERE subject_id = %s",
            [alice.subject_id, charlie.subject_id],
        )
    with pytest.raises(NotSealedHere):
        _ = Profile.objects.get(subject=charlie.subject).full_name


def test_a_value_moved_to_another_field_does_not_open(alice: User):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_profile SET phone = full_name WHERE subject_id = %s", [alice.subject_id])
    with pytest.raises(NotSealedHere):
        _ = Profile.objects.get(subject=alice.subject).phone


def test_a_query_may_not_write_a_sealed_field_in_plain(alice: User):
    with pytest.raises(TypeError, match="sealed"):
        Profile.objects.filter(subject=alice.subject).update(full_name="Plain")


def test_destroying_the_key_makes_every_sealed_value_unreadable(alice: User):
    note = seal_bytes(alice.subject, "note", b"something private")
    profile = Profile.objects.get(subject=alice.subject)
    alice.delete()
    entomb(alice.subject, evidence_until=alice.date_joined.date())
    with pytest.raises(KeyDestroyed):
        open_bytes(alice.subject, "note", note)
    assert Profile.objects.get(pk=profile.pk).full_name is None


def test_what_the_service_sealed_opens_only_in_its_context():
    sealed = seal_for_service("farewell", b"somebody")
    assert open_for_service("farewell", sealed) == b"somebody"
    with pytest.raises(NotSealedHere):
        open_for_service("elsewhere", sealed)


def test_what_an_older_master_key_sealed_still_opens(settings):
    subject = open_account()
    settings.MASTER_KEYS = {"newer": b"n" * 32, **settings.MASTER_KEYS}
    subject.__dict__.pop("data_key", None)
    assert open_bytes(subject, "note", seal_bytes(subject, "note", b"still here")) == b"still here"


def test_a_missing_master_key_is_named(settings):
    sealed = seal_for_service("farewell", b"somebody")
    settings.MASTER_KEYS = {"other": b"o" * 32}
    with pytest.raises(NotSealedHere, match="No master key"):
        open_for_service("farewell", sealed)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_a_sealed_file_of_any_size_reads_as_it_was_written(size):
    subject = open_account()
    content = os.urandom(size)
    assert b"".join(read_sealed(subject, "test", sealed_file(subject, content))) == content


def test_a_sealed_file_that_was_cut_off_is_refused():
    subject = open_account()
    raw = sealed_file(subject, os.urandom(3 * CHUNK + 17))
    cut = io.BytesIO(raw.getvalue()[: 2 * (CHUNK + 28)])
    with pytest.raises(NotSealedHere):
        list(read_sealed(subject, "test", cut))


def test_a_sealed_file_with_its_chunks_in_another_order_is_refused():
    subject = open_account()
    stored = sealed_file(subject, os.urandom(3 * CHUNK)).getvalue()
    block = CHUNK + 28
    swapped = io.BytesIO(stored[block : 2 * block] + stored[:block] + stored[2 * block :])
    with pytest.raises(NotSealedHere):
        list(read_sealed(subject, "test", swapped))


def test_a_sealed_file_that_broke_off_while_writing_is_refused():
    subject = open_account()
    raw = io.BytesIO()
    with suppress(ZeroDivisionError), SealedFile(subject, "test", raw) as sealed:
        sealed.write(os.urandom(2 * CHUNK + 5))
        raise ZeroDivisionError
    raw.seek(0)
    with pytest.raises(NotSealedHere):
        list(read_sealed(subject, "test", raw))
