from uuid import UUID

from django.http import Http404

from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject


def for_whom(actor: Subject, pk: str | UUID | None) -> Subject:
    """The actor, or the minor with this id whose guardian they are. Raises Http404, whoever else it may be."""
    if not pk:
        return actor
    try:
        subject = Subject.objects.filter(pk=UUID(str(pk))).first()
    except ValueError as error:
        raise Http404 from error
    if subject is None or (subject != actor and not may_decide(actor, subject)):
        raise Http404
    return subject
