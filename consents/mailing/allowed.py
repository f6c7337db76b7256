"""Who may be told of something optional: `choices.may` for many people at once."""

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision
from consents.choices.wholes import wholes_of


def allowed(purpose: Purpose) -> Q:
    """Over Subject. What the purpose is a part of must be allowed too, or be done without asking."""
    wholes = wholes_of([purpose])[purpose.pk]
    if any(whole.retired_at for whole in wholes):
        return Q(pk=None)
    needed = [purpose, *(whole for whole in wholes if not whole.essential)]
    return Q(*(_counts(each) for each in needed), ~Q(stage="tombstone"), frozen_at=None)


def _counts(purpose: Purpose) -> Exists:
    granted = Current.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
        subject=OuterRef("pk"),
        purpose=purpose,
        purpose__retired_at=None,
        version__gte=F("purpose__asks_since"),
        decision=Decision.GRANTED,
    )
    return Exists(granted)
