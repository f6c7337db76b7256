"""What systems wait for before they act on one person."""

import contextlib
import itertools
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from privacycenter.servers import programs
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.mailsink import free_port
from privacycenter.servers.stack import Stack
from tests.benchmarks.asking import PATH, Asking
from tests.benchmarks.line import Line, several
from tests.benchmarks.rate import rate

DIFFERENT = 5_000
TURNS = 3


@figure("choices.check", unit="per second")
def check(stack: Stack) -> Measured:
    """About one person a call; the baseline is a view of constant JSON with the same server and middleware."""
    asking = Asking(stack)
    questions = [asking.question([pk]) for pk in random.sample(asking.people, DIFFERENT)]
    with bare_server(stack) as base_url:
        # By turns, so that whatever else the machine does is in both.
        rates = [
            (
                answered(stack.base_url, PATH, asking.headers, questions),
                answered(base_url, "/constant/", asking.headers, questions),
            )
            for _turn in range(TURNS)
        ]
    value, baseline = (statistics.mean(each) for each in zip(*rates, strict=True))
    return Measured(value, baseline=round(baseline, 3))


def answered(base_url: str, path: str, headers: Mapping[str, str], questions: Sequence[bytes]) -> float:
    """Answers a second over connections that stay open."""
    with several(base_url) as lines:
        requests = itertools.cycle([lines[0].request(path, headers, question) for question in questions])
        return rate([partial(ask, line, requests) for line in lines])


def ask(line: Line, requests: Iterator[bytes]) -> None:
    line.send(next(requests))


@contextlib.contextmanager
def bare_server(stack: Stack) -> Iterator[str]:
    """The same web server with the same settings and no product behind them."""
    port = free_port()
    env = stack.env | {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.bare"}
    web = programs.web("127.0.0.1", port, env=env, log=stack.folder / "log" / "bare.log")
    web.log_anew()
    web.start()
    try:
        programs.wait_for_web(web, "127.0.0.1", port, base_url=stack.base_url)
        yield f"http://127.0.0.1:{port}"
    finally:
        web.stop()
