"""The shop as another system, in a real database. Behaviours 1, 2, 4, 10, 13, 16, 17."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import event, text

from dsar.connectors import engines, sql
from dsar.connectors.sql import SqlSystem
from dsar.datamap.systems import Action, Identities, SourceUnavailable, systems
from privacycenter.demo.shop import ShopPerson, make_shop
from tests.shop import TABLES

type ShopDatabase = psycopg.Connection[dict[str, Any]]

ALICE = Identities(uuid4(), "alice@example.org")
CHARLIE = Identities(uuid4(), "charlie@example.org")
READING = (  # in this database: others in the same server read with cursors of their own
    "SELECT count(*) AS open FROM pg_stat_activity"
    " WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE 'FETCH%'"
)
NOBODY = Identities(uuid4(), "nobody@example.org")


def everything(shop_db: ShopDatabase) -> dict[str, list[dict[str, Any]]]:
    query = SQL("SELECT * FROM {} ORDER BY 1, 2")
    return {table: shop_db.execute(query.format(Identifier(table))).fetchall() for table in TABLES}


def copy_of(shop: SqlSystem, who: Identities) -> dict[str, list[Any]]:
    return {each.name: list(shop.rows(who, each.name)) for each in shop.collections()}


@contextmanager
def statements(shop: SqlSystem) -> Iterator[list[str]]:
    """What is sent to the shop's database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = engines._engine(os.getpid(), shop.database.url, shop.database.seconds)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_shop_is_one_of_the_systems_and_our_own_tables_come_last(shop: SqlSystem) -> None:
    assert [system.key for system in systems()] == ["shop", "privacy-center"]


def test_a_copy_has_the_persons_rows_of_every_table(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    copy = copy_of(shop, ALICE)
    assert {name: len(rows) for name, rows in copy.items()} == shop.held(ALICE)
    assert copy["customers"] == [
        {
            "email": "alice@example.org",
            "full_name": "Alice Example",
            "phone": "+49 30 5550 111",
            "birth_date": None,
            "created_at": copy["customers"][0]["created_at"],
        }
    ]
    titles = shop_db.execute(
        "SELECT product FROM order_items JOIN orders ON orders.id = order_id"
        " JOIN customers ON customers.id = customer_id WHERE email = 'alice@example.org' ORDER BY order_id, line"
    )
    assert [row["product"] for row in copy["order_items"]] == [row["product"] for row in titles]


def test_a_copy_never_has_rows_of_another_person(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    charlies = "FROM customers WHERE customers.id = customer_id AND email ~ '^c'"
    shop_db.execute(f"UPDATE messages SET body = 'canary' {charlies}".encode())  # noqa: S608 - our own words
    shop_db.execute(f"UPDATE addresses SET city = 'canary' {charlies}".encode())  # noqa: S608 - our own words
    shop_db.execute("UPDATE search_history SET query = 'canary' WHERE email ~ '^c'")
    assert "canary" in str(copy_of(shop, CHARLIE))
    assert "canary" not in str(copy_of(shop, ALICE))
    assert "harlie" not in str(copy_of(shop, ALICE))


def test_a_copy_leaves_out_what_is_withheld(shop: SqlSystem) -> None:
    messages = copy_of(shop, ALICE)["messages"]
    assert set(messages[0]) == {"sent_at", "from_customer", "body"}


def test_somebody_unknown_has_nothing(shop: SqlSystem) -> None:
    for who in (NOBODY, Identities(uuid4(), None), Identities(uuid4(), "")):
        assert set(shop.held(who).values()) == {0}
        assert not any(copy_of(shop, who).values())
        assert not any(outcome.rows for outcome in shop.erase(who))


@pytest.mark.parametrize("stored", ["Alice@Example.org", "ALICE@EXAMPLE.ORG"])
def test_capitals_in_an_address_do_not_matter(shop: SqlSystem, shop_db: ShopDatabase, stored: str) -> None:
    shop_db.execute("UPDATE customers SET email = %s WHERE email = 'alice@example.org'", [stored])
    assert shop.held(ALICE)["customers"] == 1
    assert shop.held(ALICE)["orders"] == 3


@pytest.mark.parametrize(
    "lookalike",
    [
        "alice@example.org ",
        "alice+x@example.org",
        "al.ice@example.org",
        "аlice@example.org",
        "alice@example.org\0",
        "%@example.org",
        "alice@example.org' OR '1'='1",
    ],
)
def test_an_address_that_only_looks_alike_finds_nobody(shop: SqlSystem, lookalike: str) -> None:
    assert set(shop.held(Identities(uuid4(), lookalike)).values()) == {0}


def test_the_sign_for_kelvin_is_no_k(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    """Its small letter is k, so that lower() alone would hand one person's data to another."""
    make_shop(os.environ["SHOP_DATABASE_URL"], [ShopPerson("kim@example.org", "Kim Example")])
    lowered = shop_db.execute("SELECT lower('\N{KELVIN SIGN}') AS k").fetchone()
    assert lowered == {"k": "k"}
    assert shop.held(Identities(uuid4(), "kim@example.org"))["customers"] == 1
    assert shop.held(Identities(uuid4(), "\N{KELVIN SIGN}im@example.org"))["customers"] == 0


def test_an_erasure_deletes_anonymises_and_keeps(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    outcomes = {outcome.collection: outcome for outcome in shop.erase(ALICE)}
    assert {name: (outcome.action, outcome.rows) for name, outcome in outcomes.items()} == {
        "customers": (Action.ANONYMISE, 1),
        "addresses": (Action.DELETE, 2),
        "orders": (Action.KEEP, 3),
        "order_items": (Action.KEEP, 9),
        "messages": (Action.DELETE, 4),
        "search_history": (Action.DELETE, 12),
    }
    assert outcomes["orders"].law is not None
    assert outcomes["orders"].until is not None
    left = everything(shop_db)
    assert "lice" not in str(left)
    assert "+49 30 5550 111" not in str(left)
    kept = [order for order in left["orders"] if order["delivery_name"] is None]
    assert len(kept) == 3
    assert all(order["total"] and order["address_id"] is None for order in kept)


def test_an_erasure_leaves_everybody_elses_rows_as_they_were(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    before = copy_of(shop, CHARLIE)
    shop.erase(ALICE)
    assert copy_of(shop, CHARLIE) == before


def test_the_rehearsal_says_what_the_erasure_then_does_and_changes_nothing(
    shop: SqlSystem, shop_db: ShopDatabase
) -> None:
    before = everything(shop_db)
    rehearsed = shop.counts(ALICE)
    assert everything(shop_db) == before
    assert shop.erase(ALICE) == rehearsed


def test_erasing_twice_is_the_same_as_once(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    shop.erase(ALICE)
    before = everything(shop_db)
    again = shop.erase(ALICE)
    assert everything(shop_db) == before
    assert [outcome.rows for outcome in again] == [0] * 6


def test_the_re_scan_finds_what_is_left_and_what_came_later(shop: SqlSystem) -> None:
    assert shop.remaining(ALICE) == {"customers": 1, "addresses": 2, "messages": 4, "search_history": 12}
    shop.erase(ALICE)
    assert shop.remaining(ALICE) == {}
    make_shop(os.environ["SHOP_DATABASE_URL"], [ShopPerson("alice@example.org", "Alice Example", messages=0)])
    assert shop.remaining(ALICE) == {"customers": 1, "addresses": 2, "search_history": 12}


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(shop: SqlSystem) -> None:
    people = [
        ShopPerson(f"{name}@example.org", name, orders=n, messages=n, searches=n)
        for name, n in (("few", 1), ("many", 40))
    ]
    make_shop(os.environ["SHOP_DATABASE_URL"], people)
    sent = []
    for person in people:
        with statements(shop) as these:
            who = Identities(uuid4(), person.email)
            shop.held(who)
            copy_of(shop, who)
            shop.counts(who)
            shop.erase(who)
            shop.remaining(who)
        sent.append(these)
    assert len(sent[0]) == len(sent[1]) == 1 + 6 + 2 + 2 + 1


def test_a_copy_streams(shop: SqlSystem, shop_db: ShopDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first rows come before the last are read: a row deleted meanwhile is one that the open cursor still sees."""
    monkeypatch.setattr(sql, "BATCH", 10)
    shop_db.execute(
        "INSERT INTO search_history (email, searched_at, query)"
        " SELECT 'alice@example.org', now(), 'word ' || n FROM generate_series(1, 500) n"
    )
    rows = shop.rows(ALICE, "search_history")
    first = next(rows)
    assert shop_db.execute(READING).fetchone() == {"open": 1}
    assert len([first, *rows]) == 512


def test_a_copy_of_many_rows_needs_no_more_memory(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    shop_db.execute(
        "INSERT INTO search_history (email, searched_at, query)"
        " SELECT 'alice@example.org', now(), repeat('word ', 20) || n FROM generate_series(1, 50000) n"
    )
    tracemalloc.start()
    try:
        rows = sum(1 for _row in shop.rows(ALICE, "search_history"))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == 50_012
    assert peak < 8_000_000, "a thousand rows at a time, not fifty thousand"


def test_a_copy_that_is_left_half_read_gives_its_connection_back(shop: SqlSystem, shop_db: ShopDatabase) -> None:
    for _number in range(20):
        next(shop.rows(ALICE, "search_history"))
    assert shop_db.execute(READING).fetchone() == {"open": 0}


def test_reading_can_not_write(shop: SqlSystem) -> None:
    with pytest.raises(SourceUnavailable), shop.database.connected(shop._patience(), readonly=True) as connection:
        connection.execute(text("DELETE FROM search_history"))


def test_values_of_all_kinds_can_be_written_as_json(shop: SqlSystem) -> None:
    assert json.loads(json.dumps(copy_of(shop, ALICE))) == copy_of(shop, ALICE)


def test_each_process_has_a_pool_of_its_own(shop: SqlSystem) -> None:
    """A prefork worker that inherited a connection would read its siblings' answers."""
    shop.held(ALICE)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        same = any(shop.held(who)["orders"] != 3 for who in (ALICE, CHARLIE) for _turn in range(50))
        os.write(writing, b"mixed" if same else b"right")
        os._exit(0)
    assert all(shop.held(who)["orders"] == 3 for who in (ALICE, CHARLIE) for _turn in range(50))
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"right"
    os.close(reading)
    os.close(writing)
