"""Global Privacy Control on our own pages: whoever's browser sends the signal is opted out, and told so.

The signal is what the person says, not the visit (11 CCR 7025(b)): so a page that is only read may record it.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, cast

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.evidence import seen, signals_no
from consents.choices.gpc import honour
from consents.choices.models import Current, Decision
from consents.cookies import devices
from consents.cookies.decide import settled
from consents.cookies.kept import Kept
from consents.cookies.own import subject_of, visit

READING = ("GET", "HEAD")


class Sign(NamedTuple):
    """What a page says of the signal. `known`: who is opted out as a person, not only on this page in this browser.

    `overridden`: they themselves allowed, in its presence, some of what it says no to.
    """

    known: bool
    overridden: bool


class SignalMiddleware:
    """Stands behind PersonMiddleware. Forms are let be: they may be about to say yes in the presence of the signal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = not request.path.startswith("/api/")
        kept = _opted_out(request) if is_page and request.method in READING and signals_no(request) else None
        response = self.get_response(request)
        if kept:
            kept.write(response)
        if is_page:
            patch_vary_headers(response, ["Sec-GPC"])
        return response


def _opted_out(request: HttpRequest) -> Kept | None:
    """The person is, or else the device, if something was said on it before; then this is what it keeps from now on."""
    kept = Kept.read(request)
    if subject := subject_of(request):
        honour(subject, evidence=seen(request))
    elif kept and kept.device and (device := _known(kept.device)):
        events = honour(device, evidence=seen(request))
        here = visit(request)
        if events and here:
            place = str(here.asked.said["jurisdiction"])
            return kept.after([settled(event, place) for event in events], here.asked.purposes)
    return None


def _known(device: str) -> Subject | None:
    try:
        return devices.subject_of(device)
    except devices.UnknownDevice:
        return None


def sign(request: HttpRequest) -> Sign | None:
    """None: the browser says nothing."""
    if not signals_no(request):
        return None
    subject = subject_of(request)
    return Sign(known=subject is not None, overridden=subject is not None and _allows(subject))


def _allows(subject: Subject) -> bool:
    granted = Current.objects.for_subject(subject).filter(decision=Decision.GRANTED)
    return granted.filter(purpose__in=Purpose.objects.ended_by_gpc()).exclude(expires_at__lte=timezone.now()).exists()


def obeyed_since() -> date | None:
    """When what the signal opts out of was last changed; None: nothing of the kind is done."""
    found = Purpose.objects.ended_by_gpc().aggregate(last=Max("versions__published_at__date"))
    return cast(date | None, found["last"])
