from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from accounts.users.models import User
from consents.choices.current import standing
from consents.choices.models import Current, Event
from consents.choices.refusals import WholeNotAllowed
from tests.consents.parts import PART, make_parts
from tests.consents.purposes import make_purpose, say
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody(transactional_db: None) -> User:
    make_purpose("ads")
    return person("Alice")


def at_once(*calls: Callable[[], object]) -> None:
    """Each in a thread and a connection of its own, all let go at the same moment."""
    start, failures = Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait()
            call()
        except Exception as failure:  # noqa: BLE001  # raised again below, in the thread of the test
            failures.append(failure)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_the_same_call_arriving_several_times_at_once_is_recorded_once(somebody):
    found: list[Event] = []
    at_once(*[lambda: found.extend(say(somebody, ads=True, client_id="one"))] * 6)
    assert Event.objects.count() == 1
    assert len({event.pk for event in found}) == 1


def test_of_choices_arriving_at_once_the_one_that_the_rule_names_holds(somebody):
    at_once(*[lambda allow=bool(number % 2): say(somebody, ads=allow) for number in range(8)])
    history = list(Event.objects.order_by("id"))
    assert len(history) == 8
    assert Current.objects.get().event == standing(history)


@pytest.mark.parametrize("round_number", range(6))
def test_what_is_said_of_part_and_whole_at_once_leaves_no_part_without_its_whole(round_number):
    make_parts()
    alice = person("Alice")
    say(alice, ads=True)

    def allow_the_part() -> None:
        try:
            say(alice, partner_ads=True)
        except WholeNotAllowed:
            assert not Event.objects.filter(purpose__slug=PART, decision="granted").exists()

    at_once(allow_the_part, lambda: say(alice, ads=False), lambda: say(alice, ads=False))
    assert Current.objects.get(purpose__slug=PART).decision != "granted"
