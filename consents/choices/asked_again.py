"""Whom a new version of a purpose asks again, for the staff who are about to make one."""

from uuid import UUID

from django.db.models import Count, Q

from accounts.subjects.models import Subject
from consents.catalogue.effects import Effect
from consents.choices.models import Current, Decision


def count(purpose_id: UUID, since: int) -> Effect:
    decided = Current.objects.filter(purpose=purpose_id, version__lt=since)
    # What ended by itself is asked anyway, and who was erased is not there to be asked.
    living = decided.exclude(decision=Decision.EXPIRED).exclude(subject__stage=Subject.Stage.TOMBSTONE)
    return Effect(**living.aggregate(asked=Count("pk"), allowing=Count("pk", filter=Q(decision=Decision.GRANTED))))
