"""The statements that record a choice are planned once on a connection: planning takes longer than running them."""

import pytest
from django.db import connection

from consents.choices.look import LOOK
from consents.choices.write import WRITE
from tests.consents.purposes import make_purpose, say


def planned(statement: str) -> list[int]:
    """How often this connection ran the statement by the plan that it keeps, and by one made for the occasion."""
    words = statement[: statement.index("%")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(generic_plans), 0), coalesce(sum(custom_plans), 0) FROM pg_prepared_statements"
            " WHERE starts_with(statement, %s)",
            [words],
        )
        return list(map(int, cursor.fetchone()))


@pytest.mark.parametrize("statement", [LOOK, WRITE], ids=["look", "write"])
def test_the_plan_is_kept(alice, statement):
    make_purpose("ads")
    # The first are not prepared, and some more are planned for the occasion to compare.
    for number in range(12):
        say(alice, ads=number % 2 == 0)
    before = planned(statement)
    for number in range(5):
        say(alice, ads=number % 2 == 1)
    after = planned(statement)
    assert [now - then for now, then in zip(after, before, strict=True)] == [5, 0]
