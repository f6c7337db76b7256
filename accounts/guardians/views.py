from django.http import HttpResponse
from django.shortcuts import render

from accounts.guardians.models import Guardianship
from accounts.users.person import PersonRequest


def family(request: PersonRequest) -> HttpResponse:
    """Whom I decide for, and who decides for me."""
    active = Guardianship.objects.active().select_related(
        "minor__profile", "minor__user", "guardian__profile", "guardian__user"
    )
    return render(
        request,
        "guardians/family.html",
        {"minors": active.filter(guardian=request.subject), "guardians": active.filter(minor=request.subject)},
    )
