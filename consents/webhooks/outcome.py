"""What follows from an answer: for the message, and for the endpoint as a whole."""

import random
from datetime import datetime, timedelta

from consents.webhooks.models import Endpoint, Message
from consents.webhooks.post import Answer

# As the standard suggests: at once, soon, and then for days. The last one is repeated.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
)
# Long enough for a system that breaks before a long weekend. A message that still fails then is given up, visibly.
PATIENCE = timedelta(days=5)
# So that what failed together does not come again together.
JITTER = 0.1

# The answers that speak against this one message. All others speak against the system: it is away, or set up wrongly.
OF_THE_MESSAGE = {400, 409, 413, 415, 422}
GONE = 410
TRY_LATER = {429, 503}
# A system that failed so often in a row is away: it is asked now and then by one message at a time, so that it costs
# nobody else anything, and when it is back it is told everything at once.
DOWN_AFTER = 5
LONGEST_REST = timedelta(minutes=5)
LONGEST_WISH = timedelta(hours=1)


def error_of(answer: Answer) -> str:
    return answer.error or ("" if answer.is_confirmation else f"http-{answer.status}")


def speaks_against_system(answer: Answer) -> bool:
    return not answer.is_confirmation and answer.status not in OF_THE_MESSAGE


OF_THE_MESSAGE_CODES = [f"http-{status}" for status in sorted(OF_THE_MESSAGE)]


def next_try(message: Message, now: datetime) -> datetime | None:
    """None: it was tried for long enough. The last try is at the very end."""
    end = message.tried_since + PATIENCE
    if now >= end:
        return None
    pause = PAUSES[min(max(message.tries, 1), len(PAUSES)) - 1]
    return min(now + pause * random.uniform(1, 1 + JITTER), end)  # noqa: S311  # no secret


def rest(failures: int) -> timedelta:
    """How long an endpoint is left alone after so many failures in a row."""
    if failures < DOWN_AFTER:
        return timedelta(0)
    return min(timedelta(seconds=5) * 2 ** min(failures - DOWN_AFTER, 10), LONGEST_REST)


def wish(answer: Answer) -> timedelta:
    """What the system itself asks for."""
    if answer.status in TRY_LATER and answer.retry_after is not None:
        return min(answer.retry_after, LONGEST_WISH)
    return timedelta(0)


def lanes(endpoint: Endpoint) -> int:
    """How many messages a worker may have under way to it at once."""
    return 1 if endpoint.failures >= DOWN_AFTER else 8


def batch(endpoint: Endpoint) -> int:
    """How many a worker takes at once, to look for more less often."""
    return 1 if endpoint.failures >= DOWN_AFTER else 50
