"""Several things done at the same moment, as two workers or two clicks do them."""

from collections.abc import Callable
from threading import Barrier, Thread

from django.db import connection


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
