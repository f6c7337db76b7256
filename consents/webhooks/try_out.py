"""A test that staff send to see whether a system answers. It waits in no line and is not tried again."""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from consents.webhooks.models import Attempt, Endpoint, Message
from consents.webhooks.outcome import error_of
from consents.webhooks.send import attempt
from consents.webhooks.settle import note, recovered


def try_out(endpoint: Endpoint) -> Attempt:
    """Sent at once, also while the endpoint is paused or at rest; written down when the answer is here."""
    message = Message(endpoint=endpoint, kind=Message.Kind.TEST, key=uuid4(), created_at=timezone.now(), tries=1)
    answer = attempt(message)
    if answer.is_confirmation:
        message.state, message.delivered_at = Message.State.DELIVERED, timezone.now()
    else:
        message.state, message.error = Message.State.DEAD, error_of(answer)
    message.due_at = None
    with transaction.atomic():
        if answer.is_confirmation:
            recovered(endpoint)
        message.save(force_insert=True)
        return note(message, answer)
