from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.cookies.models import Tracker


@login_not_required
@require_safe
def list_cookies(request: HttpRequest) -> HttpResponse:
    """Everything that may be kept in a visitor's browser."""
    trackers = Tracker.objects.current().with_details()
    return render(request, "cookies/list.html", {"needed": trackers.needed(), "by_choice": trackers.by_choice()})
