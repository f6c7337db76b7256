"""The person of a paper is found by what stands on it in full, or noted as a guest."""

from uuid import UUID

import pytest

from accounts.staff.duties import Duty
from accounts.subjects.addresses import find, guest
from accounts.users.models import User
from consents.desk.models import Paper
from tests.consents.papers import PAPERS, ads_and_mail
from tests.people import staff_with, subject_of


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    ads_and_mail()


@pytest.mark.parametrize("term", ["alice@example.org", " ALICE@Example.org "])
def test_the_person_is_found_by_what_stands_on_the_paper_in_full(alice: User, term: str) -> None:
    client = staff_with(Duty.SUPPORT)
    response = client.post(f"{PAPERS}add/", {"term": term, "language": "de"})
    assert response.headers["Location"] == f"{PAPERS}for/{subject_of(alice).pk}/?language=de"
    number = client.post(f"{PAPERS}add/", {"term": str(subject_of(alice).pk), "language": "en"})
    assert str(subject_of(alice).pk) in number.headers["Location"]


@pytest.mark.parametrize("term", ["alice", "nobody@example.org", str(UUID(int=1)), "+49", "a\0@b", "%"])
def test_nobody_is_found_by_less(alice: User, term: str) -> None:
    response = staff_with(Duty.SUPPORT).post(f"{PAPERS}add/", {"term": term, "language": "en"})
    assert response.status_code == 200
    assert not Paper.objects.exists()


def test_a_guest_is_noted_only_if_asked_for(alice: User) -> None:
    client = staff_with(Duty.SUPPORT)
    form = {"term": "new@example.org", "language": "de"}
    client.post(f"{PAPERS}add/", form)
    assert find("new@example.org") is None
    response = client.post(f"{PAPERS}add/", form | {"new": "on"})
    known = find("new@example.org")
    assert known is not None
    assert str(known.pk) in response.headers["Location"]
    assert known.language == "de"


def test_a_guest_who_turned_out_to_be_somebody_is_that_person(alice: User) -> None:
    visitor = guest("visitor@example.org")
    type(visitor).objects.filter(pk=visitor.pk).update(merged_into=subject_of(alice))
    client = staff_with(Duty.SUPPORT)
    response = client.post(f"{PAPERS}add/", {"term": str(visitor.pk), "language": "en"})
    assert str(subject_of(alice).pk) in response.headers["Location"]
    assert client.get(f"{PAPERS}for/{visitor.pk}/").status_code == 404
