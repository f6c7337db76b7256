"""How often something can be done, by several at once."""

import threading
import time
from collections.abc import Callable

SECONDS = 10
# Between one starting and the next. A web server's processes share new connections evenly only while they are at work;
# of idle ones the same process takes them all, and the others have nothing to do.
APART = 0.1


def rate(deeds: list[Callable[[], object]]) -> float:
    """How often they are done in a second, each in a thread of its own; the first second of all is to warm up."""
    counts: list[int] = []
    failures: list[BaseException] = []
    begin = time.monotonic() + APART * len(deeds) + 1

    def work(deed: Callable[[], object]) -> None:
        count = 0
        try:
            while (now := time.monotonic()) < begin + SECONDS:
                deed()
                count += now >= begin
        except BaseException as failure:  # noqa: BLE001 - told to the thread that waits
            failures.append(failure)
        counts.append(count)

    threads = [threading.Thread(target=work, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
        time.sleep(APART)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts) / SECONDS
