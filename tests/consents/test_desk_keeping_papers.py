"""A paper is sealed, stays as it was, and goes with its person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.staff.duties import Duty
from accounts.subjects.life import entomb
from accounts.users.models import User
from consents.choices.models import Event
from consents.desk.models import Paper
from dsar.datamap.own import PrivacyCenter
from dsar.datamap.systems import Identities
from tests.consents.papers import PAPERS, PDF, ads_and_mail, put, sheet
from tests.people import staff_with, subject_of


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    ads_and_mail()


def test_a_scan_is_sealed_and_opens_as_it_was(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT scan FROM desk_paper")
        stored = bytes(cursor.fetchone()[0])
    assert PDF not in stored
    assert b"PDF" not in stored
    assert Paper.objects.get(pk=paper.pk).opened_scan() == PDF


@pytest.mark.parametrize("statement", ["UPDATE desk_paper SET signed_on = '2000-01-01'", "TRUNCATE desk_paper"])
def test_the_database_refuses_to_change_a_paper(alice: User, statement: str) -> None:
    put(alice, sheet(alice), ads=True)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_person_gets_the_scan_with_a_copy_of_their_data(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    who = Identities(subject_of(alice).pk)
    [row] = PrivacyCenter().rows(who, "desk.Paper")
    assert row["scan"] == paper.scan
    assert "recorder" not in row


def test_an_erasure_takes_the_paper_and_leaves_the_choice(alice: User) -> None:
    put(alice, sheet(alice), ads=True)
    subject = subject_of(alice)
    PrivacyCenter().erase(Identities(subject.pk))
    assert not Paper.objects.exists()
    assert Event.objects.filter(subject=subject).exists()


def test_without_the_key_the_scan_is_gone(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    entomb(subject_of(alice), evidence_until=timezone.localdate())
    assert Paper.objects.get(pk=paper.pk).opened_scan() is None


def test_nobody_changes_or_deletes_a_paper(alice: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    root = User.objects.create_superuser("root@example.org", "correct horse battery staple")
    client = Client()
    client.force_login(root)
    assert client.post(f"{PAPERS}{paper.pk}/change/", {"language": "de"}).status_code == 403
    assert client.post(f"{PAPERS}{paper.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Paper.objects.filter(pk=paper.pk).exists()


@pytest.mark.parametrize(
    ("duty", "status"), [(Duty.OFFICER, 200), (Duty.AUDITOR, 200), (Duty.SUPPORT, 403), (None, 403)]
)
def test_a_scan_is_opened_only_by_who_must_prove_a_choice(alice: User, duty: Duty | None, status: int) -> None:
    paper = put(alice, sheet(alice), ads=True)
    response = staff_with(duty).get(f"{PAPERS}{paper.pk}/scan/")
    assert response.status_code == status
    if status == 200:
        assert response.content == PDF
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Content-Disposition"] == f'attachment; filename="paper-{paper.pk}.pdf"'
        assert "no-store" in response.headers["Cache-Control"]


def test_papers_are_listed_found_and_lead_to_their_choices(alice: User, bob: User) -> None:
    paper = put(alice, sheet(alice), ads=True)
    client = staff_with(Duty.OFFICER)
    assert str(paper.subject_id) in client.get(PAPERS).content.decode()
    assert "field-entered_at" in client.get(PAPERS, {"q": "alice@example.org"}).content.decode()
    assert "field-entered_at" not in client.get(PAPERS, {"q": "bob@example.org"}).content.decode()
    html = client.get(f"{PAPERS}{paper.pk}/change/").content.decode()
    assert f"/staff/choices/event/{Event.objects.get().pk}/change/" in html
    assert f"{PAPERS}{paper.pk}/scan/" in html


def test_the_list_costs_the_same_for_one_paper_and_for_many(
    alice: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = staff_with(Duty.OFFICER)
    put(alice, sheet(alice), ads=True)
    with django_assert_max_num_queries(30) as first:
        client.get(PAPERS)
    for number in range(5):
        put(alice, sheet(alice, scan=PDF + bytes([number])), ads=True)
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(PAPERS)
