"""What systems wait for before they act on ten thousand people."""

import json
import random
import statistics
import time

from privacycenter.servers.bench import figure
from privacycenter.servers.stack import Stack
from tests.benchmarks.asking import PATH, Asking
from tests.benchmarks.line import Line

ASKED = 10_000
ROUNDS = 30


@figure("choices.bulk_check", unit="ms")
def bulk_check(stack: Stack) -> float:
    """Ten thousand of a hundred thousand people, from sending the question to having read the answer: the median."""
    asking, line, times = Asking(stack), Line(stack.base_url), []
    for _round in range(ROUNDS):
        request = line.request(PATH, asking.headers, asking.question(random.sample(asking.people, ASKED)))
        began = time.monotonic()
        answer = line.send(request)
        times.append(time.monotonic() - began)
        assert len(json.loads(answer)["results"]) == ASKED
    line.close()
    return statistics.median(times) * 1000
