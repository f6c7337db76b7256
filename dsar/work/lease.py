"""Who works on a step. A worker holds it for a while and says again and again that it is still there."""

import logging
import threading
from typing import Any, Self
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from dsar.work.models import Step

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else has the step by now; whatever this worker did to it must not be written down."""


def claim(step_id: str | UUID) -> Step | None:
    """The step, if it can run now and nobody was first."""
    holder = uuid4()
    taken = (
        Step.objects.runnable()
        .filter(pk=step_id)
        .update(
            state=Step.State.RUNNING,
            holder=holder,
            leased_until=timezone.now() + settings.LEASE,
            attempts=F("attempts") + 1,
            error="",
        )
    )
    return Step.objects.select_related("plan__subject").get(pk=step_id) if taken else None


def settle(step: Step, **columns: Any) -> None:
    """Write down how it went and let go of the step. Raises LeaseLost."""
    columns |= {"holder": None, "leased_until": None}
    if not Step.objects.running().filter(pk=step.pk, holder=step.holder).update(**columns):
        raise LeaseLost(str(step.pk))


class Lease:
    """Renewed from a thread, because an erasure is one long statement during which nobody else could say "still here".

    The thread opens its own connection at the first renewal, so that short steps pay nothing.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._over = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """For long work, every now and then. Raises LeaseLost."""
        if self._lost:
            raise LeaseLost(str(self._step.pk))

    def _renew(self) -> None:
        try:
            while not self._over.wait(settings.LEASE.total_seconds() / 3) and not self._lost:
                self._renew_once()
        finally:
            connection.close()

    def _renew_once(self) -> None:
        mine = Step.objects.running().filter(pk=self._step.pk, holder=self._step.holder)
        try:
            self._lost = not mine.update(leased_until=timezone.now() + settings.LEASE)
        except DatabaseError as error:
            # The database is away for now. If it stays so the lease runs out, and settle() will refuse.
            connection.close()
            logger.warning("The lease of step %s was not renewed: %s", self._step.pk, type(error).__name__)
