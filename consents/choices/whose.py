"""Whose choices a page is about: one's own, or those of a minor for whom one decides."""

from uuid import UUID

from django.http import Http404
from django.urls import reverse

from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject
from accounts.users.person import PersonRequest


def decided_for(request: PersonRequest, subject_id: UUID | None) -> Subject:
    """Oneself, or a minor of whom one is the guardian."""
    if subject_id is None or subject_id == request.subject.pk:
        return request.subject
    minor = Subject.objects.living().filter(pk=subject_id).first()
    if minor is None or not may_decide(request.subject, minor):
        raise Http404
    return minor


def about(request: PersonRequest, subject: Subject) -> dict[str, object]:
    """Whose page it is: `minor` is None on one's own."""
    minor = subject if subject != request.subject else None
    return {
        "minor": minor,
        "minor_name": minor and (minor.profile.full_name or minor.user.email),
        "centre_href": reverse("choices:for", args=[minor.pk]) if minor else reverse("choices:centre"),
        "history_href": reverse("choices:history_for", args=[minor.pk]) if minor else reverse("choices:history"),
        "receipts_href": reverse("choices:receipts_for", args=[minor.pk]) if minor else reverse("choices:receipts"),
    }
