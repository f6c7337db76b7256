"""An end to waiting. psycopg waits for a server that has stopped answering for as long as the connection stands."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

import psycopg


class Patience:
    """Hangs up when the server has been silent for `seconds`; `ended` then tells why the connection broke.

    The clock stands still while it is we who are busy (`paused`), such as with writing down what was read.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ended = False
        self._since: float | None = time.monotonic()
        self._connection: psycopg.Connection | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._over.set()
        self._thread.join()

    def take(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def release(self) -> None:
        """From now on the connection is somebody else's."""
        with self._lock:
            self._connection = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._since = None
        try:
            yield
        finally:
            self._since = time.monotonic()

    def _left(self) -> float:
        since = self._since
        return self.seconds if since is None else max(0.0, since + self.seconds - time.monotonic())

    def _watch(self) -> None:
        while not self._over.wait(self._left()):
            if not self._left():
                self._hang_up()
                return

    def _hang_up(self) -> None:
        with self._lock:
            if self._connection is None:
                return
            self.ended = True
            # Closed already: nobody waits any more.
            with (
                suppress(psycopg.OperationalError, OSError),
                socket.socket(fileno=os.dup(self._connection.fileno())) as own,
            ):
                own.shutdown(socket.SHUT_RDWR)
