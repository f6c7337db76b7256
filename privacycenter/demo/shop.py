"""An online shop's database with invented people, so that the demo and the tests reach beyond our own tables.

Nothing else imports this: to the project the shop is a manifest and an address, as any other system.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from psycopg import sql

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    sku text PRIMARY KEY,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL
);
CREATE TABLE IF NOT EXISTS customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text,
    full_name text,
    phone text,
    birth_date date,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS customers_email ON customers (lower(email));
CREATE TABLE IF NOT EXISTS addresses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    label text NOT NULL,
    street text NOT NULL,
    postal_code text NOT NULL,
    city text NOT NULL,
    country char(2) NOT NULL
);
CREATE INDEX IF NOT EXISTS addresses_customer ON addresses (customer_id);
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    address_id bigint REFERENCES addresses,
    number text NOT NULL UNIQUE,
    ordered_at timestamptz NOT NULL,
    delivery_name text,
    delivery_phone text,
    total numeric(10, 2) NOT NULL,
    currency char(3) NOT NULL,
    paid_with text NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer_id);
CREATE INDEX IF NOT EXISTS orders_address ON orders (address_id);
CREATE TABLE IF NOT EXISTS order_items (
    order_id bigint NOT NULL REFERENCES orders,
    line smallint NOT NULL,
    product text NOT NULL,
    quantity smallint NOT NULL,
    unit_price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE TABLE IF NOT EXISTS messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    sent_at timestamptz NOT NULL,
    from_customer boolean NOT NULL,
    agent_name text,
    body text NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_customer ON messages (customer_id);
CREATE TABLE IF NOT EXISTS search_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    searched_at timestamptz NOT NULL,
    query text NOT NULL,
    ip_address inet
);
CREATE INDEX IF NOT EXISTS search_history_email ON search_history (lower(email));
"""
PRODUCTS = [
    ("LAMP-1", "Desk lamp, brass", Decimal("49.00")),
    ("KETTLE-2", "Kettle, 1.5 l", Decimal("34.90")),
    ("BLANKET-3", "Wool blanket, grey", Decimal("79.50")),
    ("NOTES-4", "Notebook, squared, set of 3", Decimal("12.75")),
    ("CHAIR-5", "Folding chair, beech", Decimal("59.00")),
    ("BAG-6", "Canvas bag", Decimal("24.20")),
]
STREETS = ["Linden Row", "Harbour Street", "Mill Lane", "Station Road", "Orchard Way"]
CITIES = [("10117", "Berlin", "DE"), ("1012", "Amsterdam", "NL"), ("75003", "Paris", "FR"), ("1010", "Vienna", "AT")]
TALKS = [
    (
        "My parcel has been at the depot for four days. Where is it?",
        "It left this morning and comes tomorrow.",
    ),
    ("The lamp came without its bulb.", "We are sorry. A bulb is on its way to you, at no cost."),
    ("May I send the chair back after two weeks?", "Yes, within thirty days. The label is in your account."),
]
SEARCHES = ["desk lamp", "wool blanket", "kettle quiet", "gift for a ten-year-old", "folding chair", "return an order"]
AGENTS = ["Ines", "Tomasz", "Farid"]
# Everything happened in the two years before this day, whenever the shop is made.
LAST_DAY = datetime(2026, 9, 30, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class ShopPerson:
    email: str
    full_name: str
    phone: str = "+49 30 5550 100"
    birth_date: date | None = None
    orders: int = 3
    messages: int = 4
    searches: int = 12


def make_shop(url: str, people: Iterable[ShopPerson]) -> None:
    """Make the tables where they are missing, and add the people who are not customers yet."""
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA)
        _many(connection, "products", ["sku", "title", "price"], PRODUCTS, "ON CONFLICT DO NOTHING")
        for person in people:
            known = connection.execute("SELECT 1 FROM customers WHERE lower(email) = lower(%s)", [person.email])
            if not known.fetchone():
                _add_customer(connection, person)


def _add_customer(connection: psycopg.Connection, person: ShopPerson) -> None:
    # The same person buys the same things wherever the demo runs.
    chance = random.Random(person.email)  # noqa: S311 - a demo, nothing secret
    since = LAST_DAY - timedelta(days=chance.randrange(500, 730))
    customer = _one(
        connection,
        "INSERT INTO customers (email, full_name, phone, birth_date, created_at)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        [person.email, person.full_name, person.phone, person.birth_date, since],
    )
    addresses = [_add_address(connection, customer, label, chance) for label in ("Home", "Work")]
    for number in range(1, person.orders + 1):
        _add_order(connection, customer, f"H-{customer:06d}-{number}", addresses, person, chance)
    _add_messages(connection, customer, person, chance)
    searches = [(person.email, _day(chance), chance.choice(SEARCHES), _ip(chance)) for _n in range(person.searches)]
    _many(connection, "search_history", ["email", "searched_at", "query", "ip_address"], searches)


def _add_address(connection: psycopg.Connection, customer: int, label: str, chance: random.Random) -> int:
    street = f"{chance.randrange(1, 120)} {chance.choice(STREETS)}"
    return _one(
        connection,
        "INSERT INTO addresses (customer_id, label, street, postal_code, city, country)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        [customer, label, street, *chance.choice(CITIES)],
    )


def _add_order(
    connection: psycopg.Connection,
    customer: int,
    number: str,
    addresses: Sequence[int],
    person: ShopPerson,
    chance: random.Random,
) -> None:
    items = [(title, chance.randrange(1, 4), price) for _sku, title, price in chance.sample(PRODUCTS, 3)]
    order = _one(
        connection,
        "INSERT INTO orders (customer_id, address_id, number, ordered_at, delivery_name, delivery_phone, total,"
        " currency, paid_with) VALUES (%s, %s, %s, %s, %s, %s, %s, 'EUR', %s) RETURNING id",
        [
            customer,
            chance.choice(addresses),
            number,
            _day(chance),
            person.full_name,
            person.phone,
            sum(quantity * price for _title, quantity, price in items),
            chance.choice(["card ending in 4242", "bank transfer", "invoice"]),
        ],
    )
    lines = [(order, line, *item) for line, item in enumerate(items, start=1)]
    _many(connection, "order_items", ["order_id", "line", "product", "quantity", "unit_price"], lines)


def _add_messages(connection: psycopg.Connection, customer: int, person: ShopPerson, chance: random.Random) -> None:
    rows: list[tuple[Any, ...]] = []
    while len(rows) < person.messages:
        question, answer = chance.choice(TALKS)
        asked = _day(chance)
        rows.append((customer, asked, True, None, question))
        rows.append((customer, asked + timedelta(hours=3), False, chance.choice(AGENTS), answer))
    columns = ["customer_id", "sent_at", "from_customer", "agent_name", "body"]
    _many(connection, "messages", columns, rows[: person.messages])


def _one(connection: psycopg.Connection, statement: LiteralString, values: Sequence[Any]) -> int:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])


def _many(
    connection: psycopg.Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    end: LiteralString = "",
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(sql.Identifier(table), names, marks, sql.SQL(end))
    connection.cursor().executemany(statement, rows)


def _day(chance: random.Random) -> datetime:
    return LAST_DAY - timedelta(minutes=chance.randrange(500 * 24 * 60))


def _ip(chance: random.Random) -> str:
    """An address that is set aside for examples (RFC 5737)."""
    return f"203.0.113.{chance.randrange(1, 255)}"
