"""The shop of the demo as a second real database: Alice and Charlie are its customers, Bob is not."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

import privacycenter.demo
from dsar.connectors.manifests import described
from dsar.connectors.sql import SqlSystem
from privacycenter.demo.shop import SCHEMA, ShopPerson, make_shop

SYSTEMS = Path(privacycenter.demo.__file__).parent / "systems"
CUSTOMERS = [
    ShopPerson("alice@example.org", "Alice Example", phone="+49 30 5550 111"),
    ShopPerson("charlie@example.org", "Charlie Example", phone="+49 30 5550 222"),
]
TABLES = ["customers", "addresses", "orders", "order_items", "messages", "search_history", "products"]


@pytest.fixture
def shop(settings: Any) -> SqlSystem:
    """The system, as `systems()` knows it while this fixture lasts."""
    url = os.environ["SHOP_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA)
        connection.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY".encode())
    make_shop(url, CUSTOMERS)
    settings.SYSTEMS_DIR = SYSTEMS
    (system,) = described()
    return system


@pytest.fixture
def shop_db(shop: SqlSystem) -> Iterator[psycopg.Connection[dict[str, object]]]:
    """Looks into the shop's database beside the connector."""
    with psycopg.connect(os.environ["SHOP_DATABASE_URL"], autocommit=True, row_factory=dict_row) as connection:
        yield connection
