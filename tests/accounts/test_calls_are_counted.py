"""How often a caller may call: exact over all processes, though each of them takes some calls at a time."""

import pytest
from django.core.cache import cache

from accounts.calls.throttling import PersonThrottle


@pytest.fixture(autouse=True)
def _one_moment(time_machine) -> None:
    time_machine.move_to("2026-03-01T12:00:10Z", tick=False)


@pytest.fixture
def process() -> type[PersonThrottle]:
    return another_process("200/min")


def another_process(rate: str) -> type[PersonThrottle]:
    return type("Process", (PersonThrottle,), {"rate": rate, "_taken": {}})


def let_in(process: type[PersonThrottle], key: str = "alice", calls: int = 1) -> int:
    return sum(process().allows(key) for _number in range(calls))


def test_as_many_get_through_as_may_and_no_more(process: type[PersonThrottle]) -> None:
    assert let_in(process, calls=500) == 200


def test_processes_share_the_allowance(process: type[PersonThrottle]) -> None:
    other = another_process("200/min")
    assert sum(let_in(one) for _turn in range(200) for one in (process, other)) == 200


def test_not_every_call_asks_the_cache(process: type[PersonThrottle], monkeypatch: pytest.MonkeyPatch) -> None:
    assert let_in(process) == 1
    monkeypatch.setattr(cache, "incr", None)
    assert let_in(process) == 1


def test_the_next_window_begins_anew(process: type[PersonThrottle], time_machine) -> None:
    assert let_in(process, calls=201) == 200
    time_machine.move_to("2026-03-01T12:01:00Z", tick=False)
    assert let_in(process, calls=201) == 200


def test_what_was_taken_in_a_window_is_not_used_in_the_next(process: type[PersonThrottle], time_machine) -> None:
    let_in(process)
    time_machine.move_to("2026-03-01T12:01:00Z", tick=False)
    assert let_in(process, calls=300) == 200


def test_a_refused_caller_is_told_when_to_come_back(process: type[PersonThrottle]) -> None:
    let_in(process, calls=200)
    throttle = process()
    assert not throttle.allows("alice")
    assert throttle.wait() == 50


def test_a_process_keeps_so_many_callers_in_mind(
    process: type[PersonThrottle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "KEPT", 3)
    for number in range(10):
        let_in(process, f"caller-{number}")
        assert len(process._taken) <= 3
    # What a forgotten caller had taken is lost to them: never more than allowed, at the worst a little less.
    assert 190 <= let_in(process, "caller-0", calls=300) <= 199
