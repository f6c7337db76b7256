"""Connections are kept between requests, and one that the server has closed is noticed before it is used."""

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _new_connection() -> None:
    """One that the tests before have used for a minute is closed for its age."""
    connection.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def next_request() -> None:
    """What Django does when one begins."""
    connection.close_if_unusable_or_obsolete()


def test_a_connection_that_is_well_is_kept_without_asking_the_server():
    before = backend()
    with CaptureQueriesContext(connection) as statements:
        assert connection.is_usable()
    assert not statements.captured_queries
    next_request()
    assert backend() == before


def test_a_connection_that_the_server_closed_is_replaced():
    before = backend()
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    other.close()
    assert not connection.is_usable()
    next_request()
    assert backend() != before


def test_a_notice_is_no_farewell():
    before = backend()
    other = connections.create_connection("default")
    with connection.cursor() as cursor:
        cursor.execute("LISTEN farewell")
    with other.cursor() as cursor:
        cursor.execute("NOTIFY farewell")
    other.close()
    assert connection.is_usable()
    assert backend() == before


def test_before_it_is_opened_there_is_none_to_use():
    other = connections.create_connection("default")
    assert not other.is_usable()
