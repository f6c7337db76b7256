"""A worker's spell of sending: many messages under way at once, so that a slow system keeps nobody waiting but itself.

Threads wait for the systems; the database is spoken to from here alone.
"""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from uuid import uuid4

from django.utils import timezone

from consents.webhooks.claim import claim, pulse, renew
from consents.webhooks.letter import NoSecret, letter
from consents.webhooks.models import Message
from consents.webhooks.post import Answer, post
from consents.webhooks.settle import settle

log = logging.getLogger(__name__)

# Then other tasks get their turn; beat calls again within seconds.
SPELL = 15.0
# Threads; more than a few systems that take all their time can fill.
ROOM = 64
# How long to wait for an answer before looking whether anything else is due.
LOOK = 0.2


class Spell:
    def __init__(self) -> None:
        self._holder = uuid4()
        self._under_way: dict[Future[Answer], Message] = {}
        self._began = self._renewed = time.monotonic()

    def work(self) -> None:
        """Until nothing is due, or the spell is over and the last answer is here."""
        with ThreadPoolExecutor(ROOM, "webhooks") as threads:
            while self._take(threads) or self._under_way:
                self._land()
                self._keep()

    def _take(self, threads: ThreadPoolExecutor) -> bool:
        room = ROOM - len(self._under_way)
        if time.monotonic() - self._began > SPELL or not room:
            return False
        messages = claim(self._holder, room)
        for message in messages:
            self._under_way[threads.submit(attempt, message)] = message
        return bool(messages)

    def _land(self) -> None:
        done, _waiting = wait(self._under_way, timeout=LOOK, return_when=FIRST_COMPLETED)
        for future in done:
            settle(self._under_way.pop(future), future.result(), self._holder)

    def _keep(self) -> None:
        if self._under_way and time.monotonic() - self._renewed > pulse().total_seconds():
            renew(self._holder)
            self._renewed = time.monotonic()


def attempt(message: Message) -> Answer:
    """Runs in a thread without a connection to the database: all it needs came with the message."""
    try:
        sheet = letter(message, message.endpoint.secrets.all(), timezone.now())
        return post(message.endpoint.url, sheet.headers, sheet.body)
    except NoSecret:
        return Answer(0, error="no-secret")
    except Exception:
        # Whatever is wrong with one message must not stop the others, nor hang: it is tried again, and in the log.
        log.exception("Message %s could not be sent.", message.pk)
        return Answer(0, error="internal")


def send_due() -> None:
    Spell().work()
