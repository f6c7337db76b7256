"""Connections to other systems' databases: pooled, with patience that ends, and without data in what goes wrong."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from psycopg.adapt import Loader
from sqlalchemy import Connection, Engine, create_engine, event, exc

from dsar.connectors.patience import Patience
from dsar.datamap.systems import SourceUnavailable

CONNECT_SECONDS = 5
# Pages look in beside the one step that works on a system at a time.
POOL_SIZE, OVERFLOW = 2, 6
TEXT_TYPES = ("text", "varchar", "bpchar", "name")
# What an error of the database means to us, by its SQLSTATE or the class of it.
CODES = {
    "57014": "timeout",
    "42501": "refused",
    "42": "changed",
    "23": "conflict",
    "08": "unreachable",
    "57": "unreachable",
    "53": "unreachable",
}

_patience: ContextVar[Patience] = ContextVar("patience")


@dataclass(frozen=True)
class Database:
    """The database of a system. `seconds` is what one statement may take."""

    key: str
    url: str
    seconds: int

    @contextmanager
    def connected(self, patience: Patience, *, readonly: bool) -> Iterator[Connection]:
        """One transaction, rolled back unless it is committed.

        Raises SourceUnavailable in place of whatever goes wrong, with nothing of its message: databases quote rows.
        """
        if not self.url:
            raise SourceUnavailable(self.key, "not-configured")
        try:
            with patience, self._connection(patience) as connection:
                yield connection.execution_options(postgresql_readonly=readonly)
        except (exc.SQLAlchemyError, psycopg.Error) as error:
            raise SourceUnavailable(self.key, "timeout" if patience.ended else _code(error)) from None

    def _connection(self, patience: Patience) -> Connection:
        token = _patience.set(patience)
        try:
            return _engine(os.getpid(), self.url, self.seconds).connect()
        finally:
            _patience.reset(token)


def _code(error: Exception) -> str:
    original = getattr(error, "orig", error)
    state = getattr(original, "sqlstate", None) or ""
    if isinstance(original, psycopg.errors.ConnectionTimeout):
        return "timeout"
    if not state and isinstance(original, psycopg.OperationalError | exc.TimeoutError):
        return "unreachable"
    return CODES.get(state) or CODES.get(state[:2], "failed")


@cache
def _engine(process: int, url: str, seconds: int) -> Engine:
    """One pool for each process: two that share a connection after a fork would read each other's answers."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(url, seconds),
        # Parameters are personal data, and SQLAlchemy would put them into its errors.
        hide_parameters=True,
        pool_size=POOL_SIZE,
        max_overflow=OVERFLOW,
        pool_timeout=CONNECT_SECONDS,
    )
    event.listen(engine, "checkout", _taken)
    event.listen(engine, "checkin", _returned)
    return engine


def _connect(url: str, seconds: int) -> psycopg.Connection:
    connection = psycopg.connect(
        url, connect_timeout=CONNECT_SECONDS, client_encoding="utf8", application_name="privacy-center"
    )
    # SQLAlchemy asks the server about itself before it hands the connection on.
    _patience.get().take(connection)
    for name in TEXT_TYPES:
        connection.adapters.register_loader(name, _ForgivingText)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        # Such a database does not know what its bytes mean, and would refuse to turn them into UTF-8.
        connection.execute("SET client_encoding TO SQL_ASCII")
    connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds}s"])
    connection.commit()
    return connection


class _ForgivingText(Loader):
    """Text that is not UTF-8, which a database in SQL_ASCII can hold, gets marks in place of the bad bytes."""

    def load(self, data: Any) -> str:
        return bytes(data).decode("utf-8", "replace")


def _taken(connection: psycopg.Connection, record: Any, _proxy: Any) -> None:
    """An idle server that says something says goodbye: then SQLAlchemy discards the connection and makes another."""
    said_something, _writable, _failed = select.select([connection.fileno()], [], [], 0)
    if said_something:
        raise exc.DisconnectionError
    patience = record.info["patience"] = _patience.get()
    patience.take(connection)


def _returned(_connection: Any, record: Any) -> None:
    if patience := record.info.pop("patience", None):
        patience.release()
