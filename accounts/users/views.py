from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def security(request: HttpRequest) -> HttpResponse:
    """Everything about signing in, in one place."""
    assert request.user.is_authenticated
    return render(
        request,
        "users/security.html",
        {
            "sessions": UserSession.objects.purge_and_list(request.user),
            "current_key": request.session.session_key,
            "mfa_enabled": is_mfa_enabled(request.user),
        },
    )
