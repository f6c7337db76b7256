from contextlib import suppress
from threading import Event

import pytest
from django.db import connection, transaction

from accounts.users.models import User
from consents.choices import models
from consents.choices.current import standing
from consents.choices.may import may
from consents.choices.models import Current
from consents.choices.refusals import WholeNotAllowed
from tests.at_once import at_once
from tests.consents.parts import PART, make_parts
from tests.consents.purposes import make_purpose, say
from tests.people import person, subject_of
from tests.privacycenter.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody(transactional_db: None) -> User:
    make_purpose("ads")
    return person("Alice")


def test_the_same_call_arriving_several_times_at_once_is_recorded_once(somebody):
    found: list[models.Event] = []
    at_once(*[lambda: found.extend(say(somebody, ads=True, client_id="one"))] * 6)
    assert models.Event.objects.count() == 1
    assert len({event.pk for event in found}) == 1


def test_of_choices_arriving_at_once_the_one_that_the_rule_names_holds(somebody):
    at_once(*[lambda allow=bool(number % 2): say(somebody, ads=allow) for number in range(8)])
    history = list(models.Event.objects.order_by("id"))
    assert len(history) == 8
    assert Current.objects.get().event == standing(history)


@pytest.mark.parametrize("round_number", range(6))
def test_what_is_said_of_part_and_whole_at_once_leaves_no_part_without_its_whole(round_number):
    make_parts()
    alice = person("Alice")
    say(alice, ads=True)

    def allow_the_part() -> None:
        with suppress(WholeNotAllowed):
            say(alice, partner_ads=True)

    at_once(allow_the_part, lambda: say(alice, ads=False), lambda: say(alice, ads=False))
    assert not may(subject_of(alice), PART)


def test_who_waits_while_the_whole_is_refused_allows_no_part_of_it():
    make_parts()
    alice, refused = person("Alice"), Event()
    say(alice, ads=True)

    def refuse_the_whole() -> None:
        with transaction.atomic():
            say(alice, ads=False)
            refused.set()
            assert until(somebody_waits)

    def allow_the_part() -> None:
        assert refused.wait(20)
        with pytest.raises(WholeNotAllowed):
            say(alice, partner_ads=True)

    at_once(refuse_the_whole, allow_the_part)
    assert not models.Event.objects.filter(purpose__slug=PART, decision="granted").exists()


def somebody_waits() -> bool:
    """For the transaction of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
        return bool(cursor.fetchone()[0])
