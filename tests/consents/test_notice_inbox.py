"""What a person was told is in the portal and in their app, and they say when they have read it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS
from consents.notices.models import Delivery
from consents.notices.write import NoticeDraft
from tests.people import subject_of


def tell_all(subject: str = "A <i>change</i>", body: str = "It **is** so. <script>alert(1)</script>") -> None:
    announce("policy-change", {"en": NoticeDraft(subject, body)}, "/policies/", ACCOUNTS)


def test_an_empty_inbox_says_what_will_be_there(alice: User, client_for: Callable[[User], Client]) -> None:
    assert "Nothing yet." in client_for(alice).get("/notices/").content.decode()


def test_a_notice_is_listed_read_and_marked(alice: User, client_for: Callable[[User], Client]) -> None:
    tell_all()
    client, delivery = client_for(alice), Delivery.objects.get()
    inbox = client.get("/notices/").content.decode()
    assert "A &lt;i&gt;change&lt;/i&gt;" in inbox
    assert "Unread" in inbox
    detail = client.get(f"/notices/{delivery.pk}/").content.decode()
    assert "<strong>is</strong>" in detail
    assert "<script>alert" not in detail
    assert 'href="/policies/"' in detail
    assert Delivery.objects.unread().count() == 1
    assert client.get(f"/notices/{delivery.pk}/read/").status_code == 405
    assert client.post(f"/notices/{delivery.pk}/read/")["Location"] == "/notices/"
    first = Delivery.objects.get().read_at
    client.post(f"/notices/{delivery.pk}/read/")
    assert Delivery.objects.get().read_at == first is not None


def test_all_notices_are_marked_at_once_and_only_ones_own(
    alice: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    for _ in range(3):
        tell_all()
    client_for(alice).post("/notices/read/")
    assert Delivery.objects.for_subject(subject_of(alice)).unread().count() == 0
    assert Delivery.objects.for_subject(subject_of(bob)).unread().count() == 3


def test_long_inboxes_have_pages(alice: User, client_for: Callable[[User], Client]) -> None:
    for number in range(21):
        tell_all(f"Number {number}.")
    client = client_for(alice)
    first, second = (client.get(f"/notices/?page={page}").content.decode() for page in (1, 2))
    assert "Number 20." in first
    assert "Number 0." in second
    assert 'href="?page=2"' in first
    assert client.get("/notices/?page=-1").status_code == 200


def test_another_persons_notice_is_not_found(
    alice: User, charlie: User, client_for: Callable[[User], Client], api_for: Callable[[User], APIClient]
) -> None:
    tell_all()
    theirs = Delivery.objects.get(subject=subject_of(alice))
    client = client_for(charlie)
    assert client.get(f"/notices/{theirs.pk}/").status_code == 404
    assert client.post(f"/notices/{theirs.pk}/read/").status_code == 404
    assert api_for(charlie).post(f"/api/v1/notices/{theirs.pk}/read/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_a_visitor_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/notices/")["Location"].startswith("/accounts/login/")


def test_an_app_reads_pages_of_notices_and_the_unread_count(
    alice: User, api_for: Callable[[User], APIClient], django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        tell_all(f"Number {number}.")
    api = api_for(alice)
    page = api.get("/api/v1/notices/?page_size=3").json()
    assert (page["unread"], len(page["results"]), page["previous"]) == (5, 3, None)
    newest = page["results"][0]
    assert (newest["subject"], newest["kind"], newest["link"]) == ("Number 4.", "policy-change", "/policies/")
    assert newest["body"].startswith("It **is** so.")
    assert "&lt;script&gt;" in newest["html"]
    rest = api.get(page["next"]).json()
    assert [notice["subject"] for notice in rest["results"]] == ["Number 1.", "Number 0."]
    read = api.post(f"/api/v1/notices/{newest['id']}/read/").json()
    assert read["read_at"] is not None
    after = api.get("/api/v1/notices/")
    assert after.json()["unread"] == 4
    assert api.get("/api/v1/notices/", headers={"If-None-Match": after["ETag"]}).status_code == 304
    with django_assert_max_num_queries(12):
        api.get("/api/v1/notices/")


@pytest.mark.parametrize("query", ["cursor=nonsense", "page_size=x"])
def test_an_app_that_asks_for_nonsense_gets_an_answer(
    alice: User, api_for: Callable[[User], APIClient], query: str
) -> None:
    assert api_for(alice).get(f"/api/v1/notices/?{query}").status_code in {200, 404}
