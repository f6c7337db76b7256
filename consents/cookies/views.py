from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consents.cookies.models import Tracker
from consents.cookies.signal import obeyed_since


@login_not_required
@require_safe
def list_cookies(request: HttpRequest) -> HttpResponse:
    """Everything that may be kept in a visitor's browser."""
    trackers = Tracker.objects.current().with_details()
    return render(request, "cookies/list.html", {"needed": trackers.needed(), "by_choice": trackers.by_choice()})


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def global_privacy_control(request: HttpRequest) -> JsonResponse:
    """That this site abides by the signal, at the address that its specification names."""
    since = obeyed_since()
    return JsonResponse({"gpc": True} | ({"lastUpdate": since.isoformat()} if since else {}))
