"""Systems for the tests of what they may do."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from django.test import Client
from rest_framework.test import APIClient

SECRET = "the-secret-of-a-system-in-tests"


def system(*scopes: str, name: str = "Mailer") -> OAuthClient:
    """As the staff page makes one."""
    made = OAuthClient(name=name)
    made.set_scopes([*scopes])
    made.set_default_scopes([*scopes])
    made.set_grant_types([OAuthClient.GrantType.CLIENT_CREDENTIALS])
    made.set_secret(SECRET)
    made.save()
    return made


def basic(client: OAuthClient, secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client.pk}:{secret}".encode()).decode()}


def ask_token(client: OAuthClient, secret: str = SECRET, **data: str) -> Any:
    data = {"grant_type": "client_credentials", **data}
    return Client().post("/oauth/token", data, headers=basic(client, secret))


def signed_in(client: OAuthClient) -> APIClient:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {ask_token(client).json()['access_token']}")
    return api


@pytest.fixture
def system_api(db: None) -> Callable[..., APIClient]:
    """A system with these scopes, signed in."""
    return lambda *scopes: signed_in(system(*scopes))
