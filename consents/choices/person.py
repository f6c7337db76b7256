"""Finding the person whom staff have before them, by what stands in full on the paper."""

from uuid import UUID

from accounts.subjects.addresses import find
from accounts.subjects.models import Subject


def person_by(term: str) -> Subject | None:
    """By the number of the subject, an e-mail address or a telephone number. Never by a part of it."""
    term = term.strip().replace("\0", "")
    try:
        number = UUID(term)
    except ValueError:
        return find(term) if term else None
    subject = Subject.objects.living().select_related("merged_into").filter(pk=number).first()
    return subject and (subject.merged_into or subject)
