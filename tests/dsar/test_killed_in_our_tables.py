"""SIGKILL while a worker writes to our own tables: in the one transaction that ends an erasure, and before an archive
is written down. The killed worker's lease runs out, and another does the step once more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from privacycenter.demo.shop import make_shop
from tests.privacycenter.waiting import until
from tests.stack import Stack

PATIENCE = 60


def one(stack: Stack, query: str, *values: Any) -> Any:
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        row = connection.execute(query.encode(), values).fetchone()
        return row[0] if row else None


def manage(stack: Stack, code: str) -> str:
    return stack.manage("shell", "--no-imports", "-c", code).strip()


@pytest.fixture
def address(stack: Stack) -> str:
    """Of somebody with an account and nothing elsewhere."""
    make_shop(stack.env["SHOP_DATABASE_URL"], [])
    name = f"lou{uuid4().hex[:8]}"
    manage(stack, f"from tests.people import person; person({name!r})")
    return f"{name}@example.org"


def ask(stack: Stack, kind: str, address: str) -> str:
    """The reference."""
    code = (
        "from accounts.users.models import User; from tests.work import ask_for;"
        f"print(ask_for({kind!r}, User.objects.get(email={address!r}).subject).reference)"
    )
    return manage(stack, code).splitlines()[-1]


@contextmanager
def held_up(stack: Stack, table: str) -> Iterator[Callable[[], bool]]:
    """Whoever writes to the table waits. Gives a function that says whether somebody does."""
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE datname = current_database() AND NOT granted AND relation = %s::regclass"
    )
    with psycopg.connect(stack.env["DATABASE_URL"]) as holder:
        holder.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE".encode())
        yield lambda: one(stack, waiting, table) > 0
        holder.rollback()


def kill_where_it_writes(stack: Stack, table: str, kind: str, address: str) -> str:
    with held_up(stack, table) as somebody_waits:
        reference = ask(stack, kind, address)
        assert until(somebody_waits, PATIENCE)
        stack.kill_worker()
    stack.start_worker()
    return reference


def is_done(stack: Stack, reference: str) -> bool:
    return one(stack, "SELECT state FROM work_plan WHERE reference = %s", reference) == "done"


def test_an_erasure_killed_before_its_certificate_leaves_nothing_half_done(stack: Stack, address: str) -> None:
    users = "SELECT count(*) FROM users_user WHERE email = %s"
    with held_up(stack, "work_certificate") as somebody_waits:
        reference = ask(stack, "erasure", address)
        assert until(somebody_waits, PATIENCE)
        stack.kill_worker()
    assert one(stack, users, address) == 1, "what was erased is there again"
    stack.start_worker()
    assert until(lambda: is_done(stack, reference), PATIENCE)
    assert one(stack, users, address) == 0
    certificates = "SELECT count(*) FROM work_certificate c JOIN work_plan p ON p.id = plan_id WHERE reference = %s"
    assert one(stack, certificates, reference) == 1
    assert until(lambda: len(farewells(stack, address)) == 1, PATIENCE)


def test_a_copy_killed_before_its_archive_is_written_down_is_announced_once(stack: Stack, address: str) -> None:
    reference = kill_where_it_writes(stack, "archives_archive", "access", address)
    assert until(lambda: is_done(stack, reference), PATIENCE)
    assert one(stack, "SELECT count(*) FROM archives_archive WHERE reference = %s", reference) == 1
    ready = "SELECT count(*) FROM notices_notice WHERE kind = 'archive-ready' AND reference = %s"
    assert one(stack, ready, reference) == 1


def farewells(stack: Stack, address: str) -> list[str]:
    return [str(mail["Subject"]) for mail in stack.mails_to(address) if "was deleted" in str(mail["Subject"])]
