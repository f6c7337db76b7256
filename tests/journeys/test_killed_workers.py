"""A worker is killed by SIGKILL in the middle of its work, and the work still ends, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from privacycenter.demo.shop import ShopPerson, make_shop
from privacycenter.servers import programs
from privacycenter.servers.program import Program
from tests.journeys.app import PATIENCE, App, accounts, publish
from tests.people import PASSWORD
from tests.privacycenter.waiting import until
from tests.stack import Stack


@pytest.fixture
def app(stack: Stack) -> App:
    """Somebody with an account here and rows in the shop, signed in."""
    name = f"kim{uuid4().hex[:8]}"
    stack.manage("shell", "-c", f"from tests.people import person; person({name!r})")
    app = App(stack, f"{name}@example.org", PASSWORD)
    make_shop(stack.env["SHOP_DATABASE_URL"], [ShopPerson(app.address, "Kim Killed")])
    app.sign_in()
    return app


@contextmanager
def shop_held_up(stack: Stack) -> Iterator[None]:
    """Whoever touches the messages of the shop waits; entered, and left, when somebody does."""
    with psycopg.connect(stack.env["SHOP_DATABASE_URL"]) as holder:
        holder.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        yield
        holder.rollback()


def somebody_waits(stack: Stack) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return one(stack.env["SHOP_DATABASE_URL"], waiting) > 0


def one(url: str, query: str, *values: Any) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query, values).fetchone()
        return row[0] if row else None


def killed_in_the_middle(stack: Stack, ask: Any) -> Any:
    with shop_held_up(stack):
        asked = ask()
        assert until(lambda: somebody_waits(stack), PATIENCE)
        stack.kill_worker()
    stack.start_worker()
    return asked


def test_a_copy_is_made_once_though_its_worker_was_killed(stack: Stack, app: App) -> None:
    asked = killed_in_the_middle(stack, lambda: app.call("POST", "/api/v1/requests/", {"kind": "access"}, expect=201))
    assert until(lambda: app.call("GET", asked["links"]["self"])["state"] == "done", PATIENCE)
    archives = "SELECT count(*) FROM archives_archive WHERE reference = %s"
    assert one(stack.env["DATABASE_URL"], archives, asked["reference"]) == 1
    assert until(lambda: app.mail("your copy is ready"), PATIENCE)
    assert app.mails("your copy is ready") == 1
    archive = app.call("GET", app.call("GET", asked["links"]["self"])["links"]["archive"])
    assert archive["missing"] == []
    assert app.call("POST", archive["content"])


def test_an_erasure_ends_once_though_its_worker_was_killed(stack: Stack, app: App) -> None:
    customers = "SELECT count(*) FROM customers WHERE email = %s"
    assert one(stack.env["SHOP_DATABASE_URL"], customers, app.address) == 1
    asked = killed_in_the_middle(stack, lambda: app.call("POST", "/api/v1/requests/", {"kind": "erasure"}, expect=201))
    assert until(lambda: app.mail("your data was deleted"), PATIENCE)
    assert app.mails("your data was deleted") == 1
    assert one(stack.env["SHOP_DATABASE_URL"], customers, app.address) == 0
    certificates = "SELECT count(*) FROM work_certificate WHERE subject_id = %s"
    assert one(stack.env["DATABASE_URL"], certificates, asked["subject"]) == 1
    app.sign_in(expect=400)


def test_a_change_reaches_everybody_though_the_worker_that_mails_it_was_killed(stack: Stack) -> None:
    """Between the server's yes and our note of it lies one mail for each kill: it may come twice; none is missing."""
    title = f"Terms {uuid4().hex[:8]}"
    everybody = somebody_more(stack, title, 12)
    stack.delay_mail(0.2)
    publish(stack, title)
    assert until(lambda: len(told(stack, title)) >= 4, PATIENCE)
    stack.kill_worker()
    before = len(told(stack, title))
    assert before < len(everybody)
    stack.start_worker()
    assert until(lambda: set(told(stack, title)) == everybody, PATIENCE)
    unsettled = "SELECT count(*) FROM notices_delivery WHERE state IN ('pending', 'sending')"
    assert until(lambda: one(stack.env["DATABASE_URL"], unsettled) == 0, PATIENCE)
    stack.delay_mail(0)
    assert len(told(stack, title)) <= len(everybody) + 1
    ids = {mail["Message-ID"] for mail in stack.mails() if title in str(mail["Subject"])}
    assert len(ids) == len(everybody)


def test_each_mail_of_two_killed_hosts_that_may_have_come_twice_is_counted(stack: Stack) -> None:
    """Both are killed while they send. What had begun and not ended then is exactly what is unknown later."""
    title = f"Terms {uuid4().hex[:8]}"
    everybody = somebody_more(stack, title, 60)
    began = "SELECT count(DISTINCT worker) FROM notices_attempt WHERE began_at >= %s"
    stack.delay_mail(0.2)
    with another_host(stack) as other:
        since = one(stack.env["DATABASE_URL"], "SELECT now()")
        publish(stack, title)
        assert until(lambda: one(stack.env["DATABASE_URL"], began, since) >= 2, PATIENCE)
        stack.kill_worker()
        other.kill()
        assert until(lambda: one(stack.env["DATABASE_URL"], CONNECTED) == 0, PATIENCE)
        in_flight = one(stack.env["DATABASE_URL"], WITHOUT_RESULT, since)
        assert set(told(stack, title)) < everybody
        other.start()
        stack.start_worker()
        assert until(lambda: set(told(stack, title)) == everybody, PATIENCE)
        unsettled = "SELECT count(*) FROM notices_delivery WHERE state IN ('pending', 'sending')"
        assert until(lambda: one(stack.env["DATABASE_URL"], unsettled) == 0, PATIENCE)
    stack.delay_mail(0)
    unknown = "SELECT count(*) FROM notices_result WHERE kind = 'unknown' AND at >= %s"
    assert one(stack.env["DATABASE_URL"], unknown, since) == in_flight
    assert len(told(stack, title)) - len(everybody) <= in_flight <= one(stack.env["DATABASE_URL"], began, since)


# Of workers: they say so of themselves only by what they ask.
CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND strpos(query, 'notices_attempt') > 0 AND pid <> pg_backend_pid()
"""
WITHOUT_RESULT = """
SELECT count(*) FROM notices_attempt AS attempt
WHERE began_at >= %s AND NOT EXISTS (SELECT FROM notices_result WHERE attempt_id = attempt.id)
"""


@contextmanager
def another_host(stack: Stack) -> Iterator[Program]:
    worker = programs.worker("another", env=stack.env, log=stack.folder / "log" / "another.log")
    worker.log_anew()
    worker.start()
    try:
        assert until(lambda: "ready." in worker.tail(40), PATIENCE)
        yield worker
    finally:
        worker.stop()


def somebody_more(stack: Stack, title: str, number: int) -> set[str]:
    """All accounts, after so many more were made."""
    name = title.replace(" ", "").lower()
    make = f"from tests.people import person; [person(f'{name}x{{number}}') for number in range({number})]"
    stack.manage("shell", "-c", make)
    return accounts(stack)


def told(stack: Stack, title: str) -> list[str]:
    return [str(mail["X-RcptTo"]) for mail in stack.mails() if title in str(mail["Subject"])]
