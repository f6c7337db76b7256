"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from consents.cookies.own import visit
from consents.cookies.signal import sign
from consents.notices.models import Delivery
from consents.notices.sender import organisation
from consents.policies.frame import outstanding_notices, policy_in_force


def frame(request: HttpRequest) -> dict[str, Any]:
    context: dict[str, Any] = {
        "organisation": organisation(),
        # Lazy: the pages of the staff area never look.
        "policy_in_force": SimpleLazyObject(policy_in_force),
        "signal": SimpleLazyObject(lambda: sign(request)),
        "cookies_here": SimpleLazyObject(lambda: visit(request)),
    }
    if subject := getattr(request, "subject", None):
        context |= {
            "outstanding_notices": SimpleLazyObject(lambda: outstanding_notices(subject)),
            "unread_notices": SimpleLazyObject(lambda: Delivery.objects.for_subject(subject).unread().count()),
        }
    return context
