"""What using the portal and the API means for the documents: some wait for a yes, of others it is the answer.

A document that binds by an explicit yes closes them from the day of a material version on. Of one that binds by going
on, it is noted once that the person did, if they were told before.

Legal pages, signing out, choices, notices, a copy and the deletion of the account stay open: nobody has to agree to
anything to use a right.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request as Call

from accounts.calls.refusals import Refusal
from accounts.subjects.models import Subject
from accounts.users.person import ALWAYS_OPEN
from consents.policies.acknowledge import go_on
from consents.policies.models import Acceptance, Acknowledgement, Version

# Rooms that stay open.
ROOMS = {"policies", "choices", "cookies", "mailing", "notices", "requests", "archives", "datamap", "admin"}
CALLS = (
    "/api/v1/me/",
    "/api/v1/policies/",
    "/api/v1/acknowledgements/",
    "/api/v1/notices/",
    "/api/v1/choices/",
    "/api/v1/receipts/",
    "/api/v1/requests/",
    "/api/v1/archives/",
)

# What all workers know together: a name for the state of all documents, changed by whatever may close the gate.
STATE = "policies:state"
# In seconds. Should a worker die between the change and its telling so, this is how long nobody notices.
LIFETIME = 300


class NotAccepted(Refusal):
    code = "policy-not-accepted"
    status = 409
    message = _("A document has changed and needs your yes before you go on. You can still refuse and withdraw.")


class Clear(NamedTuple):
    """That a person was let through, in which state of the documents, and until which day that holds."""

    state: str
    until: datetime | None


def first_wanted(subject: Subject) -> Version | None:
    """What the person has to accept before they go on. Asks the database once when cold, and not at all when warm."""
    key = f"policies:clear:{subject.pk}"
    known = cache.get_many([STATE, key])
    state, clear = known.get(STATE), known.get(key)
    now = timezone.now()
    if clear is not None and clear.state == state and (clear.until is None or now < clear.until):
        return None
    went_on = Acknowledgement.objects.filter(subject=subject, version=OuterRef("pk"), method="continued")
    asking = Version.objects.outstanding(subject).exclude(document__acceptance=Acceptance.NOTICE)
    found = list(asking.annotate(went_on=Exists(went_on)).select_related("document"))
    binding = [version for version in found if version.binds]
    explicit = [version for version in binding if version.document.acceptance == Acceptance.EXPLICIT]
    if explicit:
        return explicit[0]
    if used := [version for version in binding if not version.went_on]:
        go_on(subject, used)
    days = [version.effective_at for version in found if version.effective_at and version not in binding]
    if state is None:
        state = str(cache.get_or_set(STATE, _new_state, None))
    cache.set(key, Clear(state, min(days, default=None)), LIFETIME)
    return None


def check(subject: Subject) -> None:
    """For acts that go on with the service at an address that is open for others. Raises NotAccepted."""
    if first_wanted(subject) is not None:
        raise NotAccepted


def look_again() -> None:
    """Whoever was let through is looked at again, once the change is committed."""
    transaction.on_commit(lambda: cache.set(STATE, _new_state(), None))


def _new_state() -> str:
    return uuid4().hex


class PolicyGateMiddleware:
    """Stands behind PersonMiddleware. The API has HasAccepted, because only its views know who calls with a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        subject = cast(Any, request).subject
        if subject is None or request.path.startswith("/api/") or _is_open(request):
            return None
        wanted = first_wanted(subject)
        if wanted is None:
            return None
        page = reverse("policies:acknowledge", args=[wanted.document.slug, wanted.number])
        back = urlencode({"next": request.get_full_path()}) if request.method in {"GET", "HEAD"} else ""
        return redirect(f"{page}?{back}" if back else page)


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.app_name in ROOMS or match.view_name in ALWAYS_OPEN)


class HasAccepted(BasePermission):
    """Beside IsSubject, for every view of the API that does not name its permissions itself."""

    def has_permission(self, request: Call, view: Any) -> bool:
        subject = getattr(request.user, "subject", None)
        if subject is not None and not request.path.startswith(CALLS):
            check(subject)
        return True
