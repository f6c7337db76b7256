"""What is written into a request's history, and what people are told about it."""

from typing import Any

from accounts.subjects.models import Subject
from consents.notices.tell import tell
from dsar.requests.models import Request, RequestEvent


def remember(request: Request, kind: RequestEvent.Kind, by: RequestEvent.By = RequestEvent.By.SYSTEM) -> None:
    RequestEvent.objects.create(request=request, subject_id=request.subject_id, kind=kind, by=by)


def by(request: Request, actor: Subject) -> RequestEvent.By:
    return RequestEvent.By.SUBJECT if actor.pk == request.subject_id else RequestEvent.By.GUARDIAN


def inform(request: Request, kind: str, *, link: str = "", **context: Any) -> None:
    """One mail per change of state, to the subject, and to the guardian who asked."""
    told = {request.subject_id: request.subject, request.asked_by_id: request.asked_by}
    for person in told.values():
        tell(person, kind, link=link or request.get_absolute_url(), context=_context(request, context))


def say_farewell(request: Request, *, link: str, address: str | None) -> None:
    """The last mail, to an address that is forgotten once it is sent. A guardian still has an account."""
    if address:
        tell(request.subject, "erasure-done", link=link, context=_context(request, {}), address=address)
    if request.asked_by_id != request.subject_id:
        tell(request.asked_by, "erasure-done", link=link, context=_context(request, {}))


def _context(request: Request, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": request.reference,
        "due_on": request.due_on,
        "grace_until": request.grace_until,
        **more,
    }
