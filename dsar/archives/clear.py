"""Files go when they have no use any more: archives that were fetched or expired, and what killed workers left."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from accounts.subjects.models import Subject
from dsar.archives.models import Archive
from dsar.archives.shelf import shelf

ARCHIVES = "archives"
PARTS = "parts"
# Longer than any step may run: a file this old that nobody wrote down belongs to no worker that lives.
LEFTOVER = timedelta(hours=6)


def clear_spent() -> int:
    """Delete the files of archives that were downloaded, revoked, or have expired. The rows stay and say what was."""
    cleared = 0
    for archive in Archive.objects.spent().iterator():
        shelf().delete(archive.path)
        cleared += Archive.objects.filter(pk=archive.pk, cleared_at=None).update(cleared_at=timezone.now())
    return cleared


def clear_leftovers() -> int:
    """Delete files that no row speaks of."""
    storage, before = shelf(), timezone.now() - LEFTOVER
    cleared = 0
    for name in _files(storage, ARCHIVES, before):
        if not Archive.objects.filter(path=name, cleared_at=None).exists():
            storage.delete(name)
            cleared += 1
    # Parts are kept for as long as their plan works, and an old one was left by a worker that died.
    for name in _files(storage, PARTS, before):
        storage.delete(name)
        cleared += 1
    return cleared


def files_of(subject: Subject) -> list[str]:
    """To be deleted once the erasure of the subject is committed; until then it may still roll back."""
    return list(Archive.objects.filter(subject=subject, cleared_at=None).values_list("path", flat=True))


def _files(storage: Storage, folder: str, before: datetime) -> Iterator[str]:
    """All files below the folder that were last written before then."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        path = f"{folder}/{name}"
        try:
            written = storage.get_modified_time(path)
        except FileNotFoundError:
            continue  # its worker was done with it
        if written < before:
            yield path
    for name in folders:
        yield from _files(storage, f"{folder}/{name}", before)
