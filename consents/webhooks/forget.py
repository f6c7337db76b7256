from datetime import timedelta

from django.utils import timezone

from consents.webhooks.models import Attempt

# Long enough to look into what went wrong. The message stays, as the proof that a system was told.
KEPT = timedelta(days=90)
BATCH = 10_000


def forget_attempts() -> None:
    """Deletes in batches, so that nobody waits for a long transaction."""
    old = Attempt.objects.before(timezone.now() - KEPT).order_by("at").values("pk")
    while Attempt.objects.filter(pk__in=old[:BATCH]).delete()[0]:
        pass
