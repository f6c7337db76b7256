from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.users.person import PersonRequest
from dsar.datamap.overview import look


@require_safe
def data(request: PersonRequest) -> HttpResponse:
    """What we hold about you, where it comes from, what for, and how it ends."""
    return render(request, "datamap/data.html", {"found": look(request.subject)})
