"""Systems sign in by OAuth client credentials, and act only within the scopes that staff gave them."""

import re
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from allauth.idp.oidc.models import Client, Token
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.calls import systems
from accounts.calls.systems import SystemView, calling_system, offer, offered
from accounts.calls.tasks import forget_tokens
from accounts.calls.throttling import SystemThrottle
from privacycenter import urls
from tests.accounts.systems import ask_token, basic, signed_in, system


class Letterbox(SystemView):
    def get(self, request: Request, matter: str) -> Response:
        calling_system(request).require("choices:check", matter)
        return Response({"client": calling_system(request).client_id})


# An address for systems before the real ones.
urlpatterns = [path("api/v1/letterbox/<slug:matter>/", Letterbox.as_view()), path("", include(urls))]
ADDRESS = "/api/v1/letterbox/news/"
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _seconds_pass(monkeypatch):
    """Between any two calls, for what a process believes for a second."""
    monkeypatch.setattr(systems, "REMEMBERED_FOR", 0)


def test_a_system_gets_a_token_for_an_hour_with_its_scopes():
    answer = ask_token(system("choices:check:news", "choices:record"))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    token = answer.json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert set(token["scope"].split()) == {"choices:check:news", "choices:record"}
    assert "refresh_token" not in token


def test_the_database_knows_neither_secret_nor_token():
    client = system("choices:check")
    token = ask_token(client).json()["access_token"]
    kept = Token.objects.get()
    assert token not in str(vars(kept))
    assert "the-secret" not in str(vars(Client.objects.get(pk=client.pk)))


def test_it_may_ask_for_less():
    client = system("choices:check", "choices:record")
    assert ask_token(client, scope="choices:check").json()["scope"] == "choices:check"
    assert ask_token(client, scope="choices:else").json() == {"error": "invalid_scope"}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
def test_anything_else_gets_no_token(data, error):
    answer = ask_token(system("choices:check"), **data)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error
    assert not Token.objects.exists()


def test_guessing_secrets_is_slowed_down():
    with override_settings(IDP_OIDC_RATE_LIMITS={"token": "2/m/ip"}):
        client = system("choices:check")
        assert [ask_token(client, "wrong").status_code for _try in range(3)] == [401, 401, 429]
        assert ask_token(client)["Retry-After"] == "60"


def test_a_token_opens_what_its_scope_names():
    client = system("choices:check:news")
    api = signed_in(client)
    assert api.get(ADDRESS).json() == {"client": client.pk}
    refused = api.get("/api/v1/letterbox/ads/")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["type"].endswith("scope-missing")
    assert "choices:check:ads" in refused.json()["detail"]


def test_a_scope_without_a_matter_is_for_all():
    assert signed_in(system("choices:check")).get(ADDRESS).status_code == 200


def test_a_scope_of_another_act_is_none():
    assert signed_in(system("choices:record", "choices:checks")).get(ADDRESS).status_code == 403


def test_a_second_call_in_the_same_second_does_not_ask_whose_token_it_is(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(systems, "REMEMBERED_FOR", 60)
    client = system("choices:check")
    api = signed_in(client)
    assert api.get(ADDRESS).status_code == 200
    with django_assert_num_queries(0):
        assert api.get(ADDRESS).status_code == 200
    second = monotonic() + 61
    monkeypatch.setattr("accounts.calls.systems.monotonic", lambda: second)
    Token.objects.all().delete()
    _refused(api)


def test_a_token_that_is_not_known_is_not_remembered(monkeypatch):
    monkeypatch.setattr(systems, "_known", {})
    _refused(APIClient(headers={"Authorization": "Bearer nothing"}))
    assert systems._known == {}


def test_only_so_many_tokens_are_remembered(monkeypatch):
    monkeypatch.setattr(systems, "REMEMBERED", 2)
    client = system("choices:check")
    for _number in range(5):
        assert signed_in(client).get(ADDRESS).status_code == 200
        assert len(systems._known) <= 2


def test_a_scope_taken_away_is_gone_soon():
    client = system("choices:check")
    api = signed_in(client)
    Client.objects.filter(pk=client.pk).update(scopes="choices:record")
    assert api.get(ADDRESS).status_code == 403


def _refused(api: APIClient) -> Any:
    answer: Any = api.get(ADDRESS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    return answer


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nothing", "Basic abc", "Bearer \xe4\xff"])
def test_without_a_token_there_is_no_answer(header):
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=header)
    _refused(api)


def test_a_token_whose_time_is_over_or_that_was_given_back_opens_nothing():
    client = system("choices:check")
    api = signed_in(client)
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    _refused(api)
    value = ask_token(client).json()["access_token"]
    other = APIClient(headers={"Authorization": f"Bearer {value}"})
    given = APIClient().post("/oauth/revoke", {"token": value, "client_id": client.pk, "client_secret": "wrong"})
    assert given.status_code == 401
    assert other.get(ADDRESS).status_code == 200
    assert APIClient().post("/oauth/revoke", {"token": value}, headers=basic(client)).status_code == 200
    _refused(other)


def test_tokens_whose_time_is_over_are_forgotten():
    client = system("choices:check")
    signed_in(client)
    signed_in(client)
    Token.objects.filter(pk=Token.objects.earliest("pk").pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    forget_tokens()
    assert Token.objects.count() == 1


def test_a_persons_token_is_no_systems(alice):
    client = system("choices:check")
    api = signed_in(client)
    Token.objects.update(user=alice)
    _refused(api)


def test_a_person_is_no_system(alice, api_for, client_for):
    _refused(api_for(alice))
    assert client_for(alice).get(ADDRESS).status_code == 401


@pytest.mark.parametrize("address", ["/api/v1/choices/", "/api/v1/notices/", "/api/v1/requests/", "/choices/"])
def test_a_system_is_no_person(address):
    assert signed_in(system("choices:check")).get(address).status_code in {302, 401, 403}


def test_systems_are_throttled_one_by_one(monkeypatch, time_machine):
    time_machine.move_to(datetime.now(UTC), tick=False)
    monkeypatch.setattr(SystemThrottle, "rate", "2/min", raising=False)
    busy = system("choices:check")
    # A second token is no second allowance.
    first, second = signed_in(busy), signed_in(busy)
    assert [api.get(ADDRESS).status_code for api in (first, second, first)] == [200, 200, 429]
    assert int(first.get(ADDRESS)["Retry-After"]) > 0
    assert signed_in(system("choices:check")).get(ADDRESS).status_code == 200


def test_clients_find_the_addresses_by_the_metadata(client):
    said = client.get("/.well-known/oauth-authorization-server").json()
    assert said["token_endpoint"] == "http://testserver/oauth/token"
    assert said["grant_types_supported"] == ["client_credentials"]
    assert {"choices:check", "choices:record"} <= set(said["scopes_supported"])


def test_staff_make_a_system_and_see_its_secret_once(dana, client_for):
    staff = client_for(dana)
    page = staff.post("/staff/allauth_idp_oidc/client/add/", {"name": "Shop", "scopes": "choices:check:news\r\n"})
    made = Client.objects.get()
    secret = re.findall(r"<code>([\w-]{43})</code>", page.content.decode())[0]
    assert "no-store" in page["Cache-Control"]
    assert ask_token(made, secret).json()["scope"] == "choices:check:news"
    assert secret not in staff.get(f"/staff/allauth_idp_oidc/client/{made.pk}/change/").content.decode()


def test_a_new_secret_ends_the_old_one_and_its_tokens(dana, client_for):
    client = system("choices:check")
    api = signed_in(client)
    data = {"action": "make_secret", "_selected_action": client.pk}
    page = client_for(dana).post("/staff/allauth_idp_oidc/client/", data)
    secret = re.findall(r"<code>([\w-]{43})</code>", page.content.decode())[0]
    _refused(api)
    assert ask_token(client).status_code == 401
    assert ask_token(client, secret).status_code == 200


@pytest.mark.parametrize("scope", ["openid", "choices:", "choices:check:", "choices:check:No Purpose", "*"])
def test_staff_are_told_of_a_scope_that_nobody_offers(dana, client_for, scope):
    page = client_for(dana).post("/staff/allauth_idp_oidc/client/add/", {"name": "Shop", "scopes": scope})
    assert "There is no scope" in page.content.decode()
    assert not Client.objects.exists()


def test_rooms_offer_what_systems_may_do(monkeypatch):
    monkeypatch.setattr("accounts.calls.systems._acts", {})
    offer("shelves:dust", "Dust the shelves")
    assert offered() == {"shelves:dust": "Dust the shelves"}
