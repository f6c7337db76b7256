"""The secrets of an endpoint: given once, in clear, to whoever sets up the receiver, and kept sealed."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.subjects.keys import seal_for_service
from consents.webhooks.letter import context
from consents.webhooks.models import Endpoint, Secret
from consents.webhooks.sign import new_secret, written

# For how long the one before is used as well, so that the receiver can change over without missing a message.
OVERLAP = timedelta(days=1)


@transaction.atomic
def rotate(endpoint: Endpoint) -> str:
    """A new secret, and the only time it is seen. Those before it end soon; the first one has none before it."""
    Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    ends = timezone.now() + OVERLAP
    endpoint.secrets.filter(Q(ends_at=None) | Q(ends_at__gt=ends)).update(ends_at=ends)
    raw = new_secret()
    secret = Secret(endpoint=endpoint)
    secret.sealed = seal_for_service(context(secret), raw)
    secret.save()
    return written(raw)


@transaction.atomic
def end_old(endpoint: Endpoint) -> int:
    """All but the newest, at once: for one that leaked. The number of those that ended."""
    Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    valid = list(Secret.objects.valid().filter(endpoint=endpoint).values_list("pk", flat=True))
    return Secret.objects.filter(pk__in=valid[1:]).update(ends_at=timezone.now())
