"""A source that is gone, hangs, refuses or has changed is named, and nothing of anybody's data is in the message.

Behaviours 3, 15, 19. The server is one of this file's own, to be stopped and killed.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from dsar.connectors import engines, sql
from dsar.connectors.patience import Patience
from dsar.connectors.sql import SqlSystem
from dsar.datamap.read_manifest import read
from dsar.datamap.systems import Identities, SourceUnavailable
from privacycenter.demo.shop import make_shop
from privacycenter.servers.postgres import Postgres
from tests.shop import CUSTOMERS, SYSTEMS

ALICE = Identities(uuid4(), "alice@example.org")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="pc-"))
    sockets = folder / "s"
    sockets.mkdir()
    server = Postgres(folder / "data", sockets, durable=False, log=folder / "log")
    server.start()
    server.wait()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def fragile(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> SqlSystem:
    """A new shop on the server that may die, with little patience."""
    if not server.program.running:
        server.start()
        server.wait()
    name = f"shop_{uuid4().hex[:12]}"
    server.create_database(name)
    make_shop(server.url(name), CUSTOMERS)
    with psycopg.connect(server.url(name), autocommit=True) as connection:
        # A server that is thrown away with its data writes late, and would lose this shop with its life.
        connection.execute("CHECKPOINT")
    monkeypatch.setattr(sql, "GRACE_SECONDS", 0.5)
    return system(server.url(name))


def system(url: str, seconds: int = 1) -> SqlSystem:
    (manifest,) = read(SYSTEMS / "shop.yaml")
    return SqlSystem(replace(manifest, patience=seconds), url)


def every_act(shop: SqlSystem) -> dict[str, Callable[[], Any]]:
    return {
        "held": lambda: shop.held(ALICE),
        "rows": lambda: list(shop.rows(ALICE, "orders")),
        "counts": lambda: shop.counts(ALICE),
        "erase": lambda: shop.erase(ALICE),
        "remaining": lambda: shop.remaining(ALICE),
        "differences": shop.differences,
    }


def codes(shop: SqlSystem) -> set[str]:
    found = set()
    for act in every_act(shop).values():
        with pytest.raises(SourceUnavailable) as unavailable:
            act()
        assert unavailable.value.key == "shop"
        found.add(unavailable.value.code)
    return found


def test_a_system_without_an_address_is_not_configured() -> None:
    assert codes(system("")) == {"not-configured"}


def test_a_server_or_a_database_that_is_not_there_is_unreachable(
    server: Postgres, fragile: SqlSystem, tmp_path: Path
) -> None:
    assert codes(system(f"postgresql:///shop?host={tmp_path}")) == {"unreachable"}
    assert codes(system(server.url("elsewhere"))) == {"unreachable"}


def test_a_user_without_rights_is_refused(server: Postgres, fragile: SqlSystem) -> None:
    with psycopg.connect(fragile.database.url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    guest = system(fragile.database.url.replace("postgres@", "guest@"))
    for name, act in every_act(guest).items():
        if name != "differences":
            with pytest.raises(SourceUnavailable, match="shop: refused"):
                act()


def test_a_table_that_is_not_as_the_manifest_says_has_changed(fragile: SqlSystem) -> None:
    with psycopg.connect(fragile.database.url) as connection:
        connection.execute("ALTER TABLE orders RENAME customer_id TO buyer_id")
    with pytest.raises(SourceUnavailable, match="shop: changed"):
        fragile.erase(ALICE)
    assert fragile.differences() == [
        "orders.customer_id: there is no such column.",
        "orders.buyer_id: nobody classified this column.",
    ]


def test_a_rule_of_the_database_against_the_erasure_leaves_everything_as_it_was(fragile: SqlSystem) -> None:
    """A table that nobody described points at Alice: the rehearsal tells, and nothing is half erased."""
    with psycopg.connect(fragile.database.url) as connection:
        connection.execute("CREATE TABLE returns (message_id bigint REFERENCES messages DEFERRABLE INITIALLY DEFERRED)")
        connection.execute("INSERT INTO returns SELECT id FROM messages")
    before = fragile.held(ALICE)
    for act in (fragile.counts, fragile.erase):
        with pytest.raises(SourceUnavailable, match="shop: conflict"):
            act(ALICE)
    assert fragile.held(ALICE) == before


def test_a_refusal_of_the_database_shows_no_data(fragile: SqlSystem, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL quotes the row in its message; what is raised and what is logged has none of it."""
    with psycopg.connect(fragile.database.url) as connection:
        connection.execute("ALTER TABLE customers ADD CHECK (email IS NOT NULL)")
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceUnavailable) as unavailable:
        fragile.erase(ALICE)
    told = "".join(traceback.format_exception(unavailable.value)) + caplog.text
    assert "conflict" in told
    assert "lice" not in told.replace(str(Path.cwd()), "")


def test_a_killed_server_is_unreachable_and_comes_back(server: Postgres, fragile: SqlSystem) -> None:
    before = fragile.held(ALICE)
    server.program.kill()
    assert codes(fragile) == {"unreachable"}
    server.start()
    server.wait()
    assert fragile.held(ALICE) == before, "the pool's dead connections are not used again"


def test_a_server_killed_in_the_middle_of_a_copy_ends_it(
    server: Postgres, fragile: SqlSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "BATCH", 2)
    rows = fragile.rows(ALICE, "search_history")
    next(rows)
    server.program.kill()
    with pytest.raises(SourceUnavailable, match="shop: unreachable"):
        list(rows)


def test_a_server_that_hangs_is_not_waited_for(server: Postgres, fragile: SqlSystem) -> None:
    """Stopped, not dead: the connection stands, and nobody answers any more."""
    fragile.held(ALICE)
    frozen = frozen_processes(server, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(SourceUnavailable, match="shop: timeout"):
            fragile.erase(ALICE)
        assert time.monotonic() - begun < 5
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    assert fragile.held(ALICE)["customers"] == 1, "nothing was erased"


def frozen_processes(server: Postgres, how: signal.Signals) -> list[int]:
    """The server with all its children."""
    found = [server.program.pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    for process in found:
        os.kill(process, how)
    return found


def test_a_statement_that_waits_too_long_is_ended(fragile: SqlSystem) -> None:
    """Somebody else holds a lock on the rows."""
    with psycopg.connect(fragile.database.url) as other:
        other.execute("SELECT * FROM customers FOR UPDATE")
        with pytest.raises(SourceUnavailable, match="shop: timeout"):
            fragile.erase(ALICE)
    assert fragile.held(ALICE)["customers"] == 1


def test_patience_does_not_run_while_we_are_busy_ourselves(fragile: SqlSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "BATCH", 2)
    monkeypatch.setattr(fragile, "_patience", lambda: Patience(0.2))
    rows = fragile.rows(ALICE, "search_history")
    next(rows)
    threading.Event().wait(0.5)
    assert len(list(rows)) == 11


def test_text_that_is_not_utf_8_is_read_with_marks(server: Postgres, fragile: SqlSystem) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE old ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    make_shop(server.url("old"), CUSTOMERS)
    with psycopg.connect(server.url("old")) as connection:
        connection.execute(r"UPDATE messages SET body = E'caf\xe9 \xff'")
    copy = list(system(server.url("old")).rows(ALICE, "messages"))
    assert {row["body"] for row in copy} == {"caf\ufffd \ufffd"}


def test_a_nul_in_json_and_bytes_does_no_harm(fragile: SqlSystem) -> None:
    with psycopg.connect(fragile.database.url) as connection:
        connection.execute('ALTER TABLE messages ALTER body TYPE json USING \'{"a": "x\\u0000y"}\'')
        connection.execute(r"ALTER TABLE search_history ALTER query TYPE bytea USING '\x00ff'")
    assert next(fragile.rows(ALICE, "messages"))["body"] == {"a": "x\ufffdy"}
    assert next(fragile.rows(ALICE, "search_history"))["query"] == "AP8="


def test_what_a_dead_process_left_open_is_not_ours(fragile: SqlSystem) -> None:
    """A pool belongs to one process number."""
    ours = engines._engine(os.getpid(), fragile.database.url, fragile.database.seconds)
    theirs = engines._engine(os.getpid() + 1, fragile.database.url, fragile.database.seconds)
    assert ours is not theirs
