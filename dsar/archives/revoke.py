from django.db import transaction
from django.utils import timezone

from dsar.archives import shelf
from dsar.archives.hand_over import REASONS, Gone
from dsar.archives.models import Archive


@transaction.atomic
def revoke(archive: Archive) -> None:
    """The person deletes a download they do not want to lie about. Raises Gone where there is nothing to delete."""
    now = timezone.now()
    if not Archive.objects.filter(pk=archive.pk).unused().unexpired().update(revoked_at=now, cleared_at=now):
        archive.refresh_from_db()
        raise Gone(REASONS[archive.state], code=f"archive-{archive.state}")
    transaction.on_commit(lambda: shelf.shelf().delete(archive.path))
