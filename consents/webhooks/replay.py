from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from consents.webhooks.models import Endpoint, Message

State = Message.State


@transaction.atomic
def replay(messages: QuerySet[Message]) -> int:
    """Send again what was given up, or what the system lost. The number of messages.

    With a message go the later ones about the same person and purpose: the last word must be heard last.
    """
    chosen = messages.filter(pk__lte=OuterRef("pk"))
    same = {name: OuterRef(name) for name in ("endpoint", "subject", "purpose")}
    told = Message.objects.exclude(endpoint__state=Endpoint.State.ENDED).filter(
        Exists(chosen.filter(**same).order_by()), kind=Message.Kind.CHOICE, state__in=[State.DEAD, State.DELIVERED]
    )
    now = timezone.now()
    return Message.objects.filter(pk__in=told.values("pk")).update(
        state=State.PENDING, tried_since=now, due_at=now, tries=0, error="", delivered_at=None
    )
