"""What is kept about the call that carried a choice. It is sealed with the subject's key and dies with it."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from rest_framework.request import Request

# Browsers send some 200 characters; more is somebody trying how much fits.
LONGEST_USER_AGENT = 400


def seen(request: HttpRequest | Request) -> dict[str, str]:
    """The address (forwarded ones are believed from trusted proxies only), the browser, and its privacy signal."""
    found = {
        "address": get_adapter().get_client_ip(request),
        "user_agent": request.headers.get("User-Agent", "")[:LONGEST_USER_AGENT],
    }
    if signals_no(request):
        found["gpc"] = "1"
    return found


def signals_no(request: HttpRequest | Request) -> bool:
    """Whether the browser sends Global Privacy Control: 1 and nothing else. Of several headers one is enough."""
    return "1" in (value.strip() for value in request.headers.get("Sec-GPC", "").split(","))
