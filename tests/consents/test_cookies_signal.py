"""Global Privacy Control on our own pages: any page hears it, says so, and an address tells other software."""

from collections.abc import Callable
from datetime import UTC

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.may import may
from consents.choices.models import Event, Method
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db

type SignIn = Callable[[User], Client]

ON = {"Sec-GPC": "1"}
HONOURED = "Opt-out request honoured."
OVERRIDDEN = "Only what you allowed yourself is done."


@pytest.fixture(autouse=True)
def ads() -> Purpose:
    with transaction.atomic():
        ads = make_purpose("ads")
        ads.gpc = True
        ads.save()
        make_purpose("mail")
    return ads


def page(client: Client, path: str = "/", **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", ["/", "/cookies/", "/requests/", "/policies/"])
def test_whatever_page_is_opened_the_signal_opts_out_once(path: str, client_for: SignIn, alice: User) -> None:
    say(alice, ads=True, mail=True)
    client = client_for(alice)
    for _visit in range(2):
        assert HONOURED in page(client, path, **ON)
    (event,) = Event.objects.filter(method=Method.GPC)
    assert (event.purpose.slug, event.decision, event.subject_id) == ("ads", "withdrawn", alice.subject_id)
    assert not may(alice.subject, "ads")
    assert may(alice.subject, "mail")


def test_a_stranger_is_told_and_nothing_is_kept_of_them() -> None:
    text = page(Client(), **ON)
    assert HONOURED in text
    assert "on these pages nothing about you is sold" in text
    assert not Event.objects.exists()


def test_without_the_signal_pages_say_nothing_of_it(client_for: SignIn, alice: User) -> None:
    for headers in ({}, {"Sec-GPC": "0"}, {"Sec-GPC": "yes"}):
        assert HONOURED not in page(client_for(alice), **headers)
    assert not Event.objects.exists()


def test_who_allowed_it_in_spite_of_the_signal_is_told_so(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    assert OVERRIDDEN not in page(client, **ON)
    say(alice, evidence={"gpc": "1"}, ads=True)
    assert OVERRIDDEN in page(client, **ON)
    assert may(alice.subject, "ads")


def test_a_form_that_is_sent_is_heard_for_itself(client_for: SignIn, alice: User) -> None:
    say(alice, ads=True)
    client_for(alice).post("/language/", {"language": "de"}, headers=ON)
    assert may(alice.subject, "ads")


def test_staff_who_are_nobody_s_subject_have_nothing_to_opt_out_of(client_for: SignIn, dana: User) -> None:
    assert client_for(dana).get("/staff/", headers=ON).status_code == 200
    assert not Event.objects.exists()


def test_caches_are_told_that_pages_differ_by_it() -> None:
    assert "Sec-GPC" in Client().get("/").headers["Vary"]
    assert "Sec-GPC" not in Client().get("/api/v1/purposes/").headers["Vary"]


def test_an_address_tells_that_the_site_obeys_and_since_when() -> None:
    response = Client().get("/.well-known/gpc.json")
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"gpc": True, "lastUpdate": timezone.now().astimezone(UTC).date().isoformat()}


def test_where_nothing_is_sold_it_obeys_all_the_same(ads: Purpose) -> None:
    Purpose.objects.filter(pk=ads.pk).update(retired_at=timezone.now())
    assert Client().get("/.well-known/gpc.json").json() == {"gpc": True}
