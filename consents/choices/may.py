from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision


def may(subject: Subject, purpose_slug: str) -> bool:
    """Whether this person's data may be used for the purpose now. One indexed look-up, never out of date.

    Undecided is no; so is a purpose that nobody knows, that was retired, or that means more than it did when the person
    allowed it; so is what they allowed for a time that is over. Once erasure was asked, everything is no.
    """
    granted = Current.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
        subject=subject,
        purpose=OuterRef("pk"),
        decision=Decision.GRANTED,
        version__gte=OuterRef("asks_since"),
    )
    usable = Subject.objects.living().filter(pk=subject.pk, frozen_at=None)
    return (
        Purpose.objects.current()
        .filter(Q(essential=True) | Exists(granted), Exists(usable), slug=purpose_slug)
        .order_by()
        .exists()
    )
