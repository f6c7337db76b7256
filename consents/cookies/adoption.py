"""A device turns out to be somebody's: what was said on it is theirs, and what they said elsewhere holds on it.

The one rule for conflicts is that of all choices: the newer one holds, and of two at the same moment the no. It is the
same for what was allowed, refused and withdrawn. After signing out the device keeps only what was said on it.
"""

from collections.abc import Callable
from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.merge import NotMerged, merge
from accounts.subjects.models import Subject
from consents.cookies import devices
from consents.cookies.configuration import own_site
from consents.cookies.kept import Kept
from consents.cookies.own import subject_of

NEW_DEVICE = _("You are signed in on a new device. What you chose elsewhere holds here too.")
TAKEN_OVER = _("What you chose on this device and with your account now holds for both.")
NO_PAGES = ("/api/", "/_allauth/", "/staff/", "/.well-known/", "/consent")


class DeviceMiddleware:
    """Stands behind the messages. The first page seen signed in on a device tells what holds there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        subject = subject_of(request)
        is_page = request.method == "GET" and not request.path.startswith(NO_PAGES)
        if subject is None or not is_page or not own_site():
            return self.get_response(request)
        kept = Kept.read(request)
        if kept is None:
            messages.info(request, NEW_DEVICE)
        elif kept.device and adopt(kept.device, subject):
            messages.info(request, TAKEN_OVER)
        response = self.get_response(request)
        if kept is None or kept.device:
            # Whoever decides here next, signed out, is nobody known again.
            Kept(answers=kept.answers if kept else {}).write(response)
        return response


def adopt(device: str, person: Subject) -> bool:
    """Whether there was something to take over, and it could be."""
    with suppress(devices.UnknownDevice, NotMerged):
        found = devices.subject_of(device)
        return found is not None and merge(found, person) == person
    return False
