"""Staff, or the system itself by 410, say whether it is told."""

from django.db import transaction

from consents.webhooks.models import Endpoint, Message

State = Endpoint.State


def pause(endpoint: Endpoint) -> bool:
    """Messages wait. False: it was not being told."""
    return _move(endpoint, [State.ACTIVE], State.PAUSED)


def resume(endpoint: Endpoint) -> bool:
    """With a clean slate, so that it is told at once."""
    clean = {"failures": 0, "failing_since": None, "rests_until": None}
    return _move(endpoint, [State.PAUSED], State.ACTIVE, **clean)


@transaction.atomic
def end(endpoint: Endpoint) -> bool:
    """For good: what still waits is not sent, and its secrets go."""
    if not _move(endpoint, [State.ACTIVE, State.PAUSED], State.ENDED, rests_until=None):
        return False
    Message.objects.open().filter(endpoint=endpoint).update(state=Message.State.DROPPED, due_at=None, claim=None)
    endpoint.secrets.all().delete()
    return True


def _move(endpoint: Endpoint, before: list[State], after: State, **columns: object) -> bool:
    return bool(Endpoint.objects.filter(pk=endpoint.pk, state__in=before).update(state=after, **columns))
