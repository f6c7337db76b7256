"""A person says that they have read what they were told."""

from uuid import UUID

from django.utils import timezone

from accounts.subjects.models import Subject
from consents.notices.models import Delivery


def mark_read(subject: Subject, delivery: UUID | None = None) -> int:
    """One delivery, or all; reading twice keeps the first time. How many were new."""
    unread = Delivery.objects.for_subject(subject).unread()
    if delivery is not None:
        unread = unread.filter(pk=delivery)
    return unread.update(read_at=timezone.now())
