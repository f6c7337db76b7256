"""Other systems (the mailer, the shop) sign in by OAuth 2.0 client credentials and act within their scopes.

A scope is an act, or an act on one matter: `choices:check`, `choices:check:newsletter`. Rooms say from their `apps.py`
which acts they offer. What staff take from a system's scopes is gone within a second, not when its token ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.calls.refusals import Refusal
from accounts.calls.throttling import SystemThrottle

_acts: dict[str, str | Promise] = {}


def offer(act: str, description: str | Promise) -> None:
    """What a system can be allowed to do."""
    _acts[act] = description


def offered() -> Mapping[str, str | Promise]:
    return _acts


# Written out, because it is asked before every call of a system and Django takes longer to build it than the database
# takes to answer it. The hash is allauth's.
SIGN_IN = """
SELECT client.id, token.scopes, client.scopes
FROM allauth_idp_oidc_token AS token JOIN allauth_idp_oidc_client AS client ON client.id = token.client_id
WHERE token.type = 'at' AND token.hash = %s AND token.expires_at > now() AND token.user_id IS NULL
"""


# A system asks hundreds of times in a second, and within one second it stays who it is. So long, in seconds, a token or
# a scope that was taken away may still be good, and so many tokens are remembered.
REMEMBERED_FOR = 1.0
REMEMBERED = 1000


class ScopeMissing(Refusal):
    code = "scope-missing"
    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(_("This system has no scope %(scope)s.") % {"scope": scope})


@dataclass(frozen=True)
class System:
    client_id: str
    scopes: frozenset[str]

    @property
    def recorder(self) -> str:
        """How rows name who wrote them down."""
        return f"system:{self.client_id}"

    def require(self, act: str, matter: str) -> None:
        """Raises ScopeMissing."""
        scope = f"{act}:{matter}"
        if self.scopes.isdisjoint({act, scope}):
            raise ScopeMissing(scope)


# Whose token it is, until when that is believed without asking again.
_known: dict[str, tuple[System, float]] = {}


def known(authorization: str) -> System | None:
    """Who calls with this header."""
    scheme, _space, value = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    return _remembered(sha256(value.strip().encode()).hexdigest())


def _remembered(token_hash: str) -> System | None:
    system, until = _known.get(token_hash, (None, 0.0))
    now = monotonic()
    if system is None or until <= now:
        if len(_known) >= REMEMBERED:
            _known.clear()
        system = _signed_in(token_hash)
        if system is not None:
            _known[token_hash] = (system, now + REMEMBERED_FOR)
    return system


def _signed_in(token_hash: str) -> System | None:
    with connection.cursor() as cursor:
        cursor.execute(SIGN_IN, [token_hash])
        row = cursor.fetchone()
    if row is None:
        return None
    client_id, granted, still_granted = row
    return System(client_id, frozenset(granted.split()) & frozenset(still_granted.split()))


class SystemToken(BaseAuthentication):
    """Header `Authorization: Bearer …`. There is no user; `request.auth` is the System."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, System] | None:
        header = request.headers.get("Authorization", "")
        if header.partition(" ")[0].lower() != "bearer":
            return None
        system = known(header)
        if system is None:
            raise AuthenticationFailed(_("This access token is not known, or its time is over."))
        return AnonymousUser(), system

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsSystem(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, System)


class SystemView(APIView):
    """An address of the API that is for systems only."""

    authentication_classes = [SystemToken]
    permission_classes = [IsSystem]
    throttle_classes = [SystemThrottle]


def calling_system(request: Request) -> System:
    """The system that IsSystem let in."""
    return cast(System, request.auth)


class SystemTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular's registering base
    target_class = SystemToken
    name = "systemToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        scopes = {act: str(description) for act, description in offered().items()}
        return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": scopes}}}
