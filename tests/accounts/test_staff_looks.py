"""The record of who looked at whose data: only ever added to, kept for its time, found by the person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.staff.looked import looked
from accounts.staff.models import KEPT, Look
from accounts.staff.tasks import forget_looks
from accounts.subjects.life import entomb, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from tests.people import staff_with, subject_of

LOOKS = "/staff/staff/look/"
What = Look.What


@pytest.fixture
def look(dana: User, alice: User) -> Look:
    return looked(dana, subject_of(alice), What.CHOICES)


def of_age(dana: User, subject: Subject, age: timedelta) -> Look:
    return Look.objects.create(who=f"staff:{dana.pk}", subject=subject, what=What.CHOICES, at=timezone.now() - age)


def listed(client: Client, term: str) -> int:
    return client.get(LOOKS, {"q": term}).content.decode().count("field-staff")


@pytest.mark.parametrize(
    "statement", ["UPDATE staff_look SET who = 'x'", "DELETE FROM staff_look", "TRUNCATE staff_look"]
)
def test_the_database_refuses_to_change_what_is_on_record(look: Look, statement: str) -> None:
    # Nothing may be outstanding where TRUNCATE is tried.
    connection.check_constraints()
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(statement)
    assert Look.objects.get().who == look.who


def test_what_is_past_its_time_goes_and_what_is_not_stays(dana: User, alice: User) -> None:
    of_age(dana, subject_of(alice), KEPT + timedelta(hours=1))
    young = of_age(dana, subject_of(alice), KEPT - timedelta(hours=1))
    forget_looks()
    forget_looks()
    assert list(Look.objects.all()) == [young]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Look.objects.all().delete()


def test_it_goes_with_the_evidence_of_an_erased_person(dana: User, db: None) -> None:
    gone, recent = open_subject(Subject.Stage.DEVICE), open_subject(Subject.Stage.DEVICE)
    for subject, day in ((gone, -1), (recent, 1)):
        looked(dana, subject, What.EVIDENCE)
        entomb(subject, evidence_until=timezone.localdate() + timedelta(days=day))
    Look.objects.filter(subject=gone).delete()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Look.objects.filter(subject=recent).delete()
    assert Look.objects.get().subject == recent


def test_a_look_at_a_device_is_found_by_the_person_it_turned_out_to_be(dana: User, alice: User) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    before = looked(dana, device, What.CHOICES)
    merge(device, subject_of(alice))
    device.refresh_from_db()
    since = looked(dana, device, What.CHOICES)
    assert (before.subject, since.subject) == (device, subject_of(alice))
    assert set(Look.objects.of_person(subject_of(alice))) == {before, since}
    assert listed(staff_with(Duty.OFFICER), str(alice.subject_id)) == 2


def test_an_erased_person_is_found_by_their_number(dana: User, db: None) -> None:
    subject = open_subject(Subject.Stage.DEVICE)
    looked(dana, subject, What.EVIDENCE)
    entomb(subject, evidence_until=timezone.localdate() + timedelta(days=1))
    assert listed(staff_with(Duty.AUDITOR), str(subject.pk)) == 1


@pytest.mark.parametrize(
    ("term", "found"),
    [("alice@example.org", 1), (" ALICE@example.org", 1), ("bob@example.org", 0), ("alice", 0), ("'; --", 0)],
)
def test_it_is_searched_by_the_whole_address_of_the_subject(look: Look, bob: User, term: str, found: int) -> None:
    assert listed(staff_with(Duty.OFFICER), term) == found


def test_it_is_searched_by_who_looked(look: Look) -> None:
    sam = staff_with(Duty.OFFICER)
    assert listed(sam, look.who) == 1
    assert listed(sam, "staff:nobody") == 0


@pytest.mark.parametrize(
    ("duty", "status"),
    [(Duty.OFFICER, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (Duty.EDITOR, 403), (None, 403)],
)
def test_only_those_who_answer_for_it_read_it(look: Look, duty: Duty | None, status: int) -> None:
    sam = staff_with(duty)
    assert sam.get(LOOKS).status_code == status
    assert sam.get(f"{LOOKS}{look.pk}/change/").status_code == status


def test_not_even_an_administrator_writes_it(look: Look) -> None:
    root = User.objects.create_superuser("root@example.org", None)
    client = Client()
    client.force_login(root)
    assert client.post(f"{LOOKS}add/", {}).status_code == 403
    assert client.post(f"{LOOKS}{look.pk}/change/", {"who": "x"}).status_code == 403
    assert client.post(f"{LOOKS}{look.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Look.objects.get().who == look.who


def test_colleagues_are_shown_by_their_address_as_long_as_they_have_one(look: Look, dana: User) -> None:
    sam = staff_with(Duty.OFFICER)
    assert dana.email in sam.get(LOOKS).content.decode()
    number = dana.pk
    dana.delete()
    for path in (LOOKS, f"{LOOKS}{look.pk}/change/"):
        html = sam.get(path).content.decode()
        assert "dana@" not in html
        assert f"staff:{number}" in html


def test_it_outlives_the_sign_in_of_who_looked(look: Look, dana: User) -> None:
    number = dana.pk
    dana.delete()
    assert Look.objects.get().who == f"staff:{number}"


def test_searching_reads_one_persons_rows_by_their_index(look: Look, bob: User) -> None:
    for number in range(300):
        Look.objects.create(who=f"staff:{number}", subject=subject_of(bob), what=What.CHOICES)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Look.objects.filter(subject=look.subject).order_by("-id").explain()
    assert "staff_look_of_subject" in plan


def test_the_list_costs_the_same_for_one_look_and_for_many(
    look: Look, bob: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = staff_with(Duty.OFFICER)
    with django_assert_max_num_queries(30) as first:
        client.get(LOOKS)
    for _number in range(5):
        looked(bob, subject_of(bob), What.CHOICES)
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(LOOKS)
