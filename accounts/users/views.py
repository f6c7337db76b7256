from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.i18n import set_language

from accounts.subjects.life import speak


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """For the pages, as Django does it, and where somebody is signed in for the mails we write to them as well."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if (subject := getattr(request, "subject", None)) and language in dict(settings.LANGUAGES):
        speak(subject, language)
    return response


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
