"""The history tells every decision, of all purposes or of one, newest first."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.subjects.life import open_subject
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.choices.models import Event, Method
from consents.choices.record import as_published, record
from tests.consents.centre import page
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads", de="Werbung")
    make_purpose("mail")
    make_purpose("service", essential=True)


def _receipts(html: str) -> list[str]:
    return re.findall(r"/choices/receipts/([0-9a-f-]{36})/", html)


def test_the_history_lists_every_decision_newest_first_with_its_circumstances(client_for, alice, bob):
    say(alice, ads=True, said_at=timezone.now() - timedelta(days=3), method=Method.APP)
    say(alice, ads=False)
    say(bob, mail=True)
    html = page(client_for(alice), "/choices/history/")
    assert re.findall(r"<strong>(\w+):</strong>", html) == ["Withdrawn", "Allowed"]
    assert "You · App" in html
    assert "reached us on" in html
    assert "About Ads." in html
    assert len(_receipts(html)) == 2


def test_an_empty_history_offers_the_first_decision(client_for, alice):
    html = page(client_for(alice), "/choices/history/")
    assert "Nothing decided yet" in html
    assert 'href="/choices/"' in html


def test_a_long_history_goes_on_page_by_page_without_gap_or_repetition(client_for, alice):
    for number in range(53):
        say(alice, ads=bool(number % 2))
    client = client_for(alice)
    first = page(client, "/choices/history/")
    older = re.search(r'rel="next" href="([^"]*)"', first)
    assert older
    second = page(client, older[1])
    receipts = [*_receipts(first), *_receipts(second)]
    assert receipts == [str(pk) for pk in Event.objects.newest_first().values_list("pk", flat=True)]
    assert 'rel="next"' not in second
    assert 'rel="prev" href="/choices/history/"' in second


@pytest.mark.parametrize("before", ["nonsense", "1", "%00", "0" * 999])
def test_a_nonsense_place_in_the_history_is_not_found(client_for, alice, before):
    assert client_for(alice).get(f"/choices/history/?before={before}").status_code == 404


def test_a_place_of_somebody_else_shows_only_ones_own_history(client_for, alice, bob):
    say(alice, ads=True)
    [foreign] = say(bob, mail=True)
    html = page(client_for(alice), f"/choices/history/?before={foreign.pk}")
    assert len(_receipts(html)) == 1


def test_the_history_costs_the_same_for_one_decision_and_for_many(client_for, alice, django_assert_max_num_queries):
    client = client_for(alice)
    say(alice, ads=True)
    with django_assert_max_num_queries(30) as first:
        page(client, "/choices/history/")
    for number in range(20):
        say(alice, ads=bool(number % 2))
    with django_assert_max_num_queries(len(first.captured_queries)):
        page(client, "/choices/history/")


def test_the_history_of_one_purpose_is_a_link_away(client_for: SignIn, alice: User) -> None:
    say(alice, ads=True, mail=True)
    say(alice, ads=False)
    client = client_for(alice)
    html = page(client, "/choices/history/?purpose=ads")
    assert "All decisions on “Ads”" in html
    assert re.findall(r"<strong>(\w+):</strong>", html) == ["Withdrawn", "Allowed"]
    assert "About Mail." not in html


def test_the_history_of_one_purpose_goes_on_page_by_page(client_for: SignIn, alice: User) -> None:
    for number in range(52):
        say(alice, ads=bool(number % 2))
    client = client_for(alice)
    older = re.search(r'rel="next" href="([^"]*)"', page(client, "/choices/history/?purpose=ads"))
    assert older
    html = page(client, older[1])
    assert html.count("<time") == 2
    assert 'rel="prev" href="/choices/history/?purpose=ads"' in html


@pytest.mark.parametrize("slug", ["none", "%00", "a" * 999, "'; --"])
def test_a_purpose_that_nobody_knows_has_no_history(client_for: SignIn, alice: User, slug: str) -> None:
    assert client_for(alice).get(f"/choices/history/?purpose={slug}").status_code == 404


def test_the_history_tells_the_version_and_who_wrote_down_what_was_said_elsewhere(
    client_for: SignIn, alice: User
) -> None:
    record(
        subject_of(alice),
        as_published({"ads": True}, "en"),
        method=Method.PAPER,
        actor=subject_of(alice),
        language="en",
        recorder="staff:7",
    )
    html = page(client_for(alice), "/choices/history/")
    assert "You · Paper, written down by our staff · version 1" in html


def test_what_a_device_said_before_it_turned_out_to_be_hers_is_told_as_hers(client_for: SignIn, alice: User) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    say(device, ads=False)
    Subject.objects.filter(pk=device.pk).update(merged_into=subject_of(alice))
    assert "You · Portal" in page(client_for(alice), "/choices/history/")
