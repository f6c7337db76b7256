"""Choices that were recorded elsewhere become ours: the whole file or nothing of it.

First the file is read, and every line checked, in one transaction that leaves a report or work to be done. Then the
work is done in batches, each in a transaction of its own; who was interrupted calls again with the same file, and goes
on with what is left.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import IO

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal
from consents.imports import people
from consents.imports.lines import READ, blocks, rows
from consents.imports.meanings import Terms
from consents.imports.models import Import, Problem
from consents.imports.queue import batches, queue
from consents.imports.write import write


class BeingImported(Refusal):
    code = "being-imported"
    field = "file"
    status = 409
    message = _("This file is being imported by somebody else at this moment.")


class FileChanged(Refusal):
    code = "file-changed"
    field = "file"
    message = _("The file was changed while it was read. Nothing was imported.")


class HalfWritten(Refusal):
    code = "half-written"
    field = "file"
    status = 409
    message = _("The import of this file was interrupted and is not over. Import it again, and it goes on.")


def bring_in(
    path: Path, form: str, terms: Terms, *, rehearse: bool = False, except_bad: bool = False, connections: int = 1
) -> Import:
    """The import as it ended; its state tells how. A file that was imported before is not read again.

    Raises Refusal and OSError where the file as a whole can not be read; nothing of it is kept then.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with _alone(sha256):
            # By the bytes of the file, whatever it is called.
            source = Import.objects.filter(sha256=sha256).first() or Import(sha256=sha256, name=path.name[:255])
            if source.state == Import.State.WRITING and rehearse:
                raise HalfWritten
            if source.state not in (Import.State.WRITING, Import.State.DONE):
                _read(source, file, form, terms, rehearse=rehearse, except_bad=except_bad)
            if source.state == Import.State.WRITING:
                _write(source, connections)
    return source


@contextmanager
def _alone(sha256: str) -> Iterator[None]:
    """The lock goes with the connection, so that of a process that was killed nothing stays locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"import:{sha256}"])
        if not cursor.fetchone()[0]:
            raise BeingImported
    try:
        yield
    finally:
        # A connection that was lost has let go of the lock by itself.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"import:{sha256}"])


@transaction.atomic
def _read(source: Import, file: IO[bytes], form: str, terms: Terms, *, rehearse: bool, except_bad: bool) -> None:
    _end(source, Import.State.REFUSED)
    Problem.objects.filter(source=source).delete()
    _copy(file, form, terms)
    people.find()
    people.count(source)
    if source.bad and not except_bad:
        _end(source, Import.State.REFUSED)
    elif rehearse:
        _rehearse(source, terms)
        _end(source, Import.State.REHEARSED)
    else:
        _queue(source, terms)
        source.state, source.finished_at = Import.State.WRITING, None
        source.save()
    people.forget()


def _end(source: Import, state: Import.State) -> None:
    source.state, source.finished_at = state, timezone.now()
    source.save()


def _copy(file: IO[bytes], form: str, terms: Terms) -> None:
    before = os.fstat(file.fileno())
    file.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(READ)
        # Asked for before the copying begins: a connection does one thing at a time.
        found = rows(file, form, terms)
        with cursor.copy("COPY imports_read FROM STDIN") as copy:
            for block in blocks(found):
                copy.write(block)
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileChanged


def _queue(source: Import, terms: Terms) -> None:
    people.welcome(source, terms.jurisdiction)
    queue(source, terms.jurisdiction)


@transaction.atomic
def _rehearse(source: Import, terms: Terms) -> None:
    """The real thing, undone batch by batch, so that nobody who chooses meanwhile has to wait for long."""
    _queue(source, terms)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for batch in batches(source):
        with transaction.atomic():
            write(source, batch)
            transaction.set_rollback(True)
    transaction.set_rollback(True)


def _write(source: Import, connections: int) -> None:
    waiting, stop = iter(batches(source)), Flag()

    def work() -> None:
        # `next` is one step of the interpreter: no two threads get the same batch.
        while not stop.is_set() and (batch := next(waiting, None)) is not None:
            write(source, batch)

    if connections == 1:
        work()
    else:
        _at_once(work, connections, stop)
    source.recorded = source.lines - source.problems.count()
    _end(source, Import.State.DONE)


def _at_once(work: Callable[[], None], connections: int, stop: Flag) -> None:
    def one() -> None:
        try:
            work()
        except BaseException:
            stop.set()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(connections) as pool:
        try:
            for done in [pool.submit(one) for _number in range(connections)]:
                done.result()
        finally:
            stop.set()
