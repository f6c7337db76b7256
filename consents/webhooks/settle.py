"""Writing down what came of an attempt."""

import logging
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from consents.webhooks import steer
from consents.webhooks.models import Attempt, Endpoint, Message
from consents.webhooks.outcome import (
    DOWN_AFTER,
    GONE,
    OF_THE_MESSAGE_CODES,
    error_of,
    next_try,
    rest,
    speaks_against_system,
    wish,
)
from consents.webhooks.post import Answer

log = logging.getLogger(__name__)


@transaction.atomic
def settle(message: Message, answer: Answer, holder: UUID) -> None:
    """The endpoint first, then the message: in the order in which claiming locks them."""
    if answer.is_confirmation:
        recovered(message.endpoint)
    elif speaks_against_system(answer):
        _failed(message.endpoint, answer)
    held = Message.objects.held(holder).filter(pk=message.pk)
    columns = _columns(message, answer)
    if not held.update(**columns):
        log.warning("Message %s is not held here any more; it may arrive twice.", message.pk)
    elif columns["state"] == Message.State.PENDING:
        _hold_back_behind(message, columns["due_at"])
    note(message, answer)


def _hold_back_behind(message: Message, due_at: object) -> None:
    """What waits behind it is due no earlier; else claiming would look at it in vain every time."""
    behind = Message.objects.filter(
        endpoint=message.endpoint_id, subject=message.subject_id, pk__gt=message.pk, state=Message.State.PENDING
    )
    behind.filter(due_at__lt=due_at).update(due_at=due_at)


def note(message: Message, answer: Answer) -> Attempt:
    return Attempt.objects.create(
        message=message, milliseconds=answer.milliseconds, status=answer.status, error=error_of(answer)
    )


def recovered(endpoint: Endpoint) -> None:
    """It answered. Where it had been away, what waits for a later try is sent now."""
    # As it was when the message was taken. Had it failed since, the next message would know.
    if not endpoint.failures:
        return
    failing = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=0, failing_since=None, rests_until=None)
    if failing.failures >= DOWN_AFTER:
        waiting = Message.objects.filter(
            endpoint=failing, state=Message.State.PENDING, due_at__gt=timezone.now()
        ).exclude(error__in=OF_THE_MESSAGE_CODES)
        waiting.update(due_at=timezone.now())


def _failed(endpoint: Endpoint, answer: Answer) -> None:
    now = timezone.now()
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    failures = endpoint.failures + 1
    pause = max(rest(failures), wish(answer))
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=failures,
        failing_since=Coalesce("failing_since", now),
        rests_until=max(now + pause, endpoint.rests_until or now) if pause else endpoint.rests_until,
    )
    if answer.status == GONE and steer.pause(endpoint):
        log.warning("Endpoint %s answered that it is gone; it is paused until staff decide.", endpoint.pk)


def _columns(message: Message, answer: Answer) -> dict[str, object]:
    now = timezone.now()
    if answer.is_confirmation:
        return {"state": Message.State.DELIVERED, "claim": None, "due_at": None, "delivered_at": now, "error": ""}
    later = next_try(message, now)
    state = Message.State.PENDING if later else Message.State.DEAD
    if not later:
        log.error("Message %s to endpoint %s is given up: %s", message.pk, message.endpoint_id, error_of(answer))
    return {"state": state, "claim": None, "due_at": later, "error": error_of(answer)}
