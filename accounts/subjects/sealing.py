"""Values sealed with a subject's own key (AES-256-GCM). Destroying the key makes every copy unreadable, backups too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import reduce
from typing import IO, TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidTag
from django.db import models

from accounts.subjects.keys import NONCE, KeyDestroyed, NotSealedHere

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from accounts.subjects.models import Subject

CHUNK = 64 * 1024


def _context(subject: Subject, context: str) -> bytes:
    return f"{context}:{subject.pk}".encode()


def seal_bytes(subject: Subject, context: str, data: bytes) -> bytes:
    """Raises KeyDestroyed."""
    nonce = os.urandom(NONCE)
    return nonce + subject.data_key.encrypt(nonce, data, _context(subject, context))


def open_bytes(subject: Subject, context: str, sealed: bytes) -> bytes:
    """Raises KeyDestroyed, NotSealedHere."""
    sealed = bytes(sealed)
    key = subject.data_key
    try:
        return key.decrypt(sealed[:NONCE], sealed[NONCE:], _context(subject, context))
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere("The sealed value does not open here.") from error


class _Opened:
    """Reads as text, opening the column on first use; assigning text seals it when the row is saved."""

    def __init__(self, field: SealedTextField) -> None:
        self.field = field

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        name = self.field.attname
        if name not in row.__dict__:
            row.refresh_from_db(fields=[name])
        value = row.__dict__[name]
        if isinstance(value, (bytes, memoryview)):
            row.__dict__[name] = value = self.field.opened(row, bytes(value))
        return value

    def __set__(self, row: models.Model, value: str | bytes | memoryview | None) -> None:
        row.__dict__[self.field.attname] = value


class SealedTextField(models.Field[Any, Any]):
    """Text sealed with the key of the subject found at the attribute path `subject`; None once that key is destroyed.

    The column is bytea, so the database can neither search nor index it.
    """

    def __init__(self, *args: Any, subject: str = "subject", **kwargs: Any) -> None:
        self.subject_path = subject
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["subject"] = self.subject_path
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opened(self))

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(**{"form_class": forms.CharField, **kwargs})

    def opened(self, row: models.Model, sealed: bytes) -> str | None:
        try:
            return open_bytes(self._subject(row), self._label, sealed).decode()
        except KeyDestroyed:
            return None

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, (bytes, memoryview)):
            return value if value is None else bytes(value)
        return seal_bytes(self._subject(model_instance), self._label, str(value).encode())

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise TypeError(f"{self._label} is sealed: save it through its row, not by a query.")
        return bytes(value) if value is not None else None

    @property
    def _label(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def _subject(self, row: models.Model) -> Subject:
        found: Any = reduce(getattr, self.subject_path.split("."), cast(Any, row))
        return cast("Subject", found)


class SealedFile:
    """Writes a stream in sealed chunks of 64 KiB, so that memory stays flat whatever the size.

    Each chunk's associated data holds its number and whether it is the last: no chunk can be moved, dropped or cut off
    unnoticed. Use as a context manager; `write` takes bytes of any length.
    """

    def __init__(self, subject: Subject, context: str, raw: IO[bytes]) -> None:
        self._key, self._context, self._raw = subject.data_key, _context(subject, context), raw
        self._buffer = bytearray()
        self._number = 0

    def __enter__(self) -> SealedFile:
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        # A file that broke off stays without its last chunk, which the reader refuses.
        if failure is None:
            self._chunk(bytes(self._buffer), last=True)

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) > CHUNK:
            self._chunk(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(data)

    def flush(self) -> None:
        self._raw.flush()

    def _chunk(self, data: bytes, *, last: bool) -> None:
        nonce = os.urandom(NONCE)
        sealed = self._key.encrypt(nonce, data, _chunk_context(self._context, self._number, last))
        self._raw.write(nonce + sealed)
        self._number += 1


def read_sealed(subject: Subject, context: str, raw: IO[bytes]) -> Iterator[bytes]:
    """The chunks that SealedFile wrote. Raises KeyDestroyed at once, NotSealedHere at the first bad chunk."""
    return _chunks(subject.data_key, _context(subject, context), raw)


def _chunks(key: Any, context: bytes, raw: IO[bytes]) -> Iterator[bytes]:
    size = NONCE + CHUNK + 16
    number, block = 0, raw.read(size)
    while True:
        following = raw.read(size) if len(block) == size else b""
        try:
            yield key.decrypt(block[:NONCE], block[NONCE:], _chunk_context(context, number, not following))
        except (InvalidTag, ValueError) as error:
            raise NotSealedHere("The sealed file was altered or cut off.") from error
        if not following:
            return
        number, block = number + 1, following


def _chunk_context(context: bytes, number: int, last: bool) -> bytes:
    return b"%s|%d|%d" % (context, number, last)
