"""Where sealed files lie: parts while a copy is gathered, archives until they are fetched.

A file's name is new each time and is written down in the database only once the file is whole. What a killed worker
leaves behind is therefore never looked at; its last chunk is missing, so it could not be read either; `archives.clear`
takes it away.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedFile, read_sealed


def shelf() -> Storage:
    return storages["archives"]


@contextmanager
def writing(subject: Subject, name: str, *, durable: bool = False) -> Iterator[SealedFile]:
    """When the block ends the file is whole, and with `durable` on the disk; when it fails there is none."""
    # Opening a file makes neither its folders nor its permissions; saving an empty one does.
    shelf().save(name, ContentFile(b""))
    try:
        with shelf().open(name, "wb") as raw:
            with SealedFile(subject, _context(name), raw) as sealed:
                yield sealed
            if durable:
                _to_disk(raw)
    except BaseException:
        shelf().delete(name)
        raise


def reading(subject: Subject, name: str) -> Iterator[bytes]:
    """Closing the iterator closes the file. Raises FileNotFoundError, KeyDestroyed, NotSealedHere."""
    with shelf().open(name, "rb") as raw:
        yield from read_sealed(subject, _context(name), raw)


def lines(subject: Subject, name: str) -> Iterator[bytes]:
    """The lines of a sealed text, without their ends; memory holds one chunk and one line."""
    rest = b""
    for chunk in reading(subject, name):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _context(name: str) -> str:
    """Bound to its name, so that one file can not stand in for another."""
    return f"archives:{name}"


def _to_disk(raw: IO[bytes]) -> None:
    raw.flush()
    try:
        handle = raw.fileno()
    except (AttributeError, io.UnsupportedOperation):
        return  # an object store: it has the object once it is closed
    os.fsync(handle)
