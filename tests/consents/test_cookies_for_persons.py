"""The server of a website says who is signed in, by a token of ours, and the page hears what holds for them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.idp.oidc.models import Client as OAuthClient
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.addresses import address_hash, guest
from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.models import Event
from consents.cookies.models import Site
from consents.cookies.persons import LIFETIME, SALT
from tests.consents.purposes import current, say
from tests.consents.signed_in import DECISIONS, ORIGINS, PERSONS, code, decisions, held, make_sites, meet, post, token
from tests.people import subject_of

pytestmark = pytest.mark.django_db

type Systems = Callable[..., APIClient]

NOBODY = "01a20427-34ff-7398-a9c0-33af15a284a4"


@pytest.fixture(autouse=True)
def _sites() -> None:
    make_sites()


# What the server of a site asks


@pytest.mark.parametrize("scope", ["cookies:person", "cookies:person:shop"])
def test_the_server_of_a_site_gets_a_token_for_who_is_signed_in(system_api: Systems, alice: User, scope: str) -> None:
    names = [
        {"subject": str(alice.subject_id)},
        {"address_hash": address_hash(alice.email)},
        {"address": alice.email.upper()},
    ]
    api = system_api(scope)
    say(alice, ads=True)
    for name in names:
        answer = api.post(PERSONS, name | {"site": "shop"}, format="json")
        assert answer.status_code == 201, answer.content
        assert answer["Cache-Control"] == "no-store"
        assert meet(answer.json()["person"]).json()["results"][0]["purpose"] == "ads"
        expires = datetime.fromisoformat(answer.json()["expires_at"])
        assert timedelta(0) <= timezone.now() + LIFETIME - expires < timedelta(minutes=1)


def test_a_token_tells_the_number_of_the_person_and_no_more(alice: User) -> None:
    assert signing.loads(token(alice), salt=SALT) == [str(alice.subject_id), "shop"]


def test_a_system_names_people_on_the_sites_of_its_scopes_only(system_api: Systems, alice: User) -> None:
    body = {"subject": str(alice.subject_id), "site": "shop"}
    for scope in ("cookies:person:blog", "choices:record", "choices:check:shop"):
        answer = system_api(scope).post(PERSONS, body, format="json")
        assert (answer.status_code, code(answer)) == (403, "scope-missing")
        assert "cookies:person:shop" in answer.json()["detail"]
    assert APIClient().post(PERSONS, body, format="json").status_code == 401


def test_staff_give_the_scope_for_every_site_or_for_one(client_for: Callable[[User], Client], dana: User) -> None:
    scopes = "cookies:person cookies:person:Shop_1"
    client_for(dana).post("/staff/allauth_idp_oidc/client/add/", {"name": "The shop's server", "scopes": scopes})
    assert OAuthClient.objects.get().get_scopes() == scopes.split()
    assert "cookies:person" in Client().get("/.well-known/oauth-authorization-server").json()["scopes_supported"]


def test_an_address_that_nobody_has_makes_nobody(system_api: Systems) -> None:
    api = system_api("cookies:person")
    for name in ({"address": "gwen@example.org"}, {"address_hash": "0" * 64}, {"subject": NOBODY}):
        answer = api.post(PERSONS, name | {"site": "shop"}, format="json")
        assert (answer.status_code, code(answer)) == (404, "nobody-known")
    assert not Subject.objects.exists()


def test_a_browser_is_nobody_who_signs_in(system_api: Systems, alice: User) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    body = {"subject": str(device.pk), "site": "shop"}
    api = system_api("cookies:person")
    assert api.post(PERSONS, body, format="json").status_code == 404
    merge(device, subject_of(alice))
    answer = api.post(PERSONS, body, format="json")
    assert signing.loads(answer.json()["person"], salt=SALT)[0] == str(alice.subject_id)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ([], 400),
        ({"site": "shop"}, 400),
        ({"subject": NOBODY}, 400),
        ({"site": "shop", "subject": "x"}, 400),
        ({"site": "shop", "subject": NOBODY, "address_hash": "0" * 64}, 400),
        ({"site": "shop", "address": "x"}, 400),
        ({"site": "\x00", "subject": NOBODY}, 400),
        ({"site": "nowhere", "subject": NOBODY}, 404),
    ],
)
def test_what_the_server_of_a_site_asks_wrongly_is_told(system_api: Systems, body: Any, status: int) -> None:
    answer = system_api("cookies:person").post(PERSONS, body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_a_site_that_was_retired_has_nobody_signed_in(system_api: Systems, alice: User) -> None:
    known = token(alice)
    Site.objects.filter(slug="shop").update(retired_at=timezone.now())
    cache.clear()
    body = {"subject": str(alice.subject_id), "site": "shop"}
    assert system_api("cookies:person").post(PERSONS, body, format="json").status_code == 404
    assert meet(known).status_code == 404


# What the page is told


def test_what_was_chosen_anywhere_holds_on_the_page(alice: User) -> None:
    assert held(alice) == {}
    say(alice, ads=True, statistics=False, mail=True)
    answer = meet(alice)
    assert held(alice) == {"ads": True, "statistics": False}, "the site does not ask about mail"
    keys = {each["purpose"]: each["key"] for each in APIClient().get("/api/v1/cookies/sites/shop/").json()["purposes"]}
    assert {each["purpose"]: each["key"] for each in answer.json()["results"]} == keys
    assert (answer["Access-Control-Allow-Origin"], answer["Cache-Control"]) == (ORIGINS["shop"], "no-store")


def test_what_should_be_asked_again_is_left_out(alice: User) -> None:
    say(alice, ads=True, statistics=True)
    Purpose.objects.filter(slug="ads").update(version=2, asks_since=2)
    assert held(alice) == {"statistics": True}
    say(alice, ads=False)
    assert held(alice) == {"ads": False, "statistics": True}
    with time_machine.travel(timezone.now() + timedelta(days=300)):
        assert held(alice) == {"statistics": True}, "who refused long ago may be asked again"


def test_what_has_no_end_holds_for_longer_than_a_cookie(alice: User) -> None:
    Purpose.objects.update(validity="")
    say(alice, statistics=True)
    with time_machine.travel(timezone.now() + timedelta(days=500)):
        [told] = meet(alice).json()["results"]
        assert told["until"] > timezone.now().timestamp() / 86400


def test_a_consent_is_told_to_hold_until_it_ends(alice: User) -> None:
    Purpose.objects.filter(slug="statistics").update(validity="P30D")
    [event] = say(alice, statistics=True)
    [told] = meet(alice).json()["results"]
    assert told["until"] == int(event.effective_at.timestamp() / 86400) + 30


def test_once_erasure_was_asked_everything_is_no_and_nothing_is_asked(alice: User) -> None:
    say(alice, ads=True)
    freeze(subject_of(alice))
    assert held(alice) == {"ads": False, "statistics": False}


@pytest.mark.parametrize(
    "altered",
    [
        lambda known: known[:-1],
        lambda known: "x" + known,
        lambda known: known.replace(":", ".", 1),
        lambda known: signing.dumps(signing.loads(known, salt=SALT), salt="another"),
        lambda known: signing.dumps([NOBODY, "shop"], salt=SALT),
        lambda known: "é:é:é",
        lambda known: "x",
    ],
)
def test_a_token_that_is_not_ours_names_nobody(alice: User, altered: Callable[[str], str]) -> None:
    say(alice, ads=True)
    wrong = altered(token(alice))
    answers = [meet(wrong), post(DECISIONS, decisions(ads=False) | {"person": wrong})]
    assert {(answer.status_code, code(answer)) for answer in answers} == {(422, "unknown-person")}
    assert answers[0]["Access-Control-Allow-Origin"] == ORIGINS["shop"], "or the page could not read it"
    assert current(alice) == {"ads": "granted"}


def test_a_token_of_another_site_names_nobody(alice: User) -> None:
    known = token(alice, "blog")
    assert code(meet(known)) == "unknown-person"
    assert code(post(DECISIONS, decisions(ads=False) | {"person": known})) == "unknown-person"


def test_a_token_lasts_some_hours(alice: User) -> None:
    known = token(alice)
    with time_machine.travel(timezone.now() + LIFETIME - timedelta(minutes=1)):
        assert meet(known).status_code == 200
    with time_machine.travel(timezone.now() + LIFETIME + timedelta(minutes=1)):
        assert code(meet(known)) == "unknown-person"
        assert code(post(DECISIONS, decisions(ads=False) | {"person": known})) == "unknown-person"


def test_an_erased_person_is_nobody(alice: User) -> None:
    known = token(alice)
    entomb(subject_of(alice), evidence_until=timezone.localdate())
    assert code(meet(known)) == "unknown-person"
    assert code(post(DECISIONS, decisions(ads=False) | {"person": known})) == "unknown-person"
    assert not Event.objects.exists()


def test_a_guest_who_turned_out_to_be_somebody_is_that_person(alice: User) -> None:
    was = guest("alice@shop.example")
    known = token(was)
    say(alice, ads=True)
    merge(was, subject_of(alice))
    assert [each["purpose"] for each in meet(known).json()["results"]] == ["ads"]
    assert post(DECISIONS, decisions(statistics=True) | {"person": known}).status_code == 201
    assert current(alice) == {"ads": "granted", "statistics": "granted"}
