from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.subjects.models import Subject
from accounts.users.person import PersonRequest
from consents.choices.summary import summary
from consents.policies.frame import outstanding_notices, policy_in_force
from dsar.datamap.overview import held
from dsar.requests.models import Request
from dsar.requests.words import TAGS


@login_not_required
def front(request: HttpRequest) -> HttpResponse:
    """The front page for visitors, answers in order of need for who is signed in."""
    if not request.user.is_authenticated:
        return render(request, "home/front.html")
    person = cast(PersonRequest, request)
    return overview(person) if person.subject else redirect("admin:index")


def overview(request: PersonRequest) -> HttpResponse:
    subject = request.subject
    return render(
        request,
        "home/overview.html",
        {
            "needs_you": outstanding_notices(subject),
            "open_requests": open_requests(subject),
            "choices_summary": summary(subject),
            "held": held(subject),
            "policy": policy_in_force(),
        },
    )


def open_requests(subject: Subject) -> list[dict[str, Any]]:
    return [
        {
            "title": open_request.get_kind_display(),
            "reference": open_request.reference,
            "state": TAGS[Request.State(open_request.state)],
            "state_label": open_request.get_state_display(),
            "promised_by": open_request.due_on,
            "href": open_request.get_absolute_url(),
        }
        for open_request in Request.objects.for_subject(subject).open().order_by("due_on")
    ]
