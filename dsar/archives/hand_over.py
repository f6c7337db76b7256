"""Giving an archive to its person: once, after a fresh sign-in, as a stream."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from accounts.subjects.keys import KeyDestroyed, NotSealedHere
from accounts.users.freshness import require_fresh
from dsar.archives import shelf
from dsar.archives.models import Archive

logger = logging.getLogger(__name__)


class Gone(Refusal):
    """There is no file behind this any more."""

    status = 410


REASONS = {
    Archive.State.DOWNLOADED: _(
        "This file was downloaded already, and it can be downloaded only once. You can ask for a new one."
    ),
    Archive.State.REVOKED: _("You deleted this file before it was downloaded. You can ask for a new one."),
    Archive.State.EXPIRED: _(
        "The time for downloading this file is over, and it was deleted. You can ask for a new one."
    ),
}
DAMAGED = _("This file can not be read any more. That is our fault, and we are sorry. Please ask for a new one.")

type HandedOver = Callable[[Archive], None]

_callbacks: list[HandedOver] = []


def on_hand_over(callback: HandedOver) -> None:
    """For higher rooms that keep a history. Called in the transaction that spends the archive."""
    if callback not in _callbacks:
        _callbacks.append(callback)


def hand_over(archive: Archive, *, signed_in_at: datetime | None) -> Iterator[bytes]:
    """The archive's bytes. Raises StaleSignIn, Gone."""
    require_fresh(signed_in_at)
    try:
        return _spend(archive)
    except (OSError, NotSealedHere, KeyDestroyed) as error:
        logger.error("Archive %s can not be read: %s", archive.pk, type(error).__name__)
        raise Gone(DAMAGED, code="archive-damaged") from error


@transaction.atomic
def _spend(archive: Archive) -> Iterator[bytes]:
    """Of two calls at the same moment, the conditional update lets one through."""
    now = timezone.now()
    if not Archive.objects.filter(pk=archive.pk).unused().unexpired().update(downloaded_at=now):
        archive.refresh_from_db()
        raise Gone(REASONS[archive.state], code=f"archive-{archive.state}")
    archive.downloaded_at = now
    chunks = shelf.reading(archive.subject, archive.path)
    # Read before the transaction ends: an archive that can not be opened is not spent.
    first = next(chunks)
    for callback in _callbacks:
        callback(archive)
    return _all(first, chunks)


def _all(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks
