from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def overview(request: HttpRequest) -> HttpResponse:
    """The front page for visitors, answers in order of need for who is signed in."""
    if not request.user.is_authenticated:
        return render(request, "home/front.html")
    return render(request, "home/overview.html", {})
