"""Who may be told of something optional: `choices.may` for many people at once."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision


def allowed(purpose: Purpose) -> Q:
    """Over Subject."""
    granted = Current.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
        subject=OuterRef("pk"),
        purpose=purpose,
        purpose__retired_at=None,
        version__gte=F("purpose__asks_since"),
        decision=Decision.GRANTED,
    )
    return Q(Exists(granted), ~Q(stage="tombstone"), frozen_at=None)
