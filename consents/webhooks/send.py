"""A worker's spell of sending: many messages under way at once, so that a slow system keeps nobody waiting but itself.

Threads wait for the systems; the database is spoken to from here alone.
"""

import logging
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from uuid import UUID, uuid4

from django.utils import timezone

from consents.webhooks.claim import begin, claim, give_back, pulse, renew
from consents.webhooks.letter import NoSecret, letter
from consents.webhooks.models import Message
from consents.webhooks.outcome import lanes, speaks_against_system
from consents.webhooks.post import Answer, post
from consents.webhooks.settle import settle

log = logging.getLogger(__name__)

# Then other tasks get their turn; beat calls again within seconds.
SPELL = 15.0
# Threads; more than a few systems that take all their time can fill.
ROOM = 64
# What is held at a time, under way or about to be.
HOLD = 500
# How often to look whether anything else is due, while there is enough to do.
LOOK = 0.2


class Spell:
    def __init__(self) -> None:
        self._holder = uuid4()
        self._waiting: list[Message] = []
        self._under_way: dict[Future[Answer], Message] = {}
        self._began = self._looked = self._renewed = time.monotonic()

    def work(self) -> None:
        """Until nothing is due, or the spell is over and the last answer is here."""
        with ThreadPoolExecutor(ROOM, "webhooks") as threads:
            while True:
                self._take()
                self._start(threads)
                if not self._under_way:
                    return
                self._land()
                self._keep()

    def _take(self) -> None:
        now = time.monotonic()
        if now - self._began > SPELL:
            self._give_back(self._waiting)
        elif not self._waiting or now - self._looked > LOOK:
            self._waiting += claim(self._holder, HOLD - len(self._waiting) - len(self._under_way))
            self._looked = now

    def _start(self, threads: ThreadPoolExecutor) -> None:
        """What has a lane and a thread."""
        used = Counter(message.endpoint_id for message in self._under_way.values())
        chosen: list[Message] = []
        for message in self._waiting:
            if len(self._under_way) + len(chosen) < ROOM and used[message.endpoint_id] < lanes(message.endpoint):
                used[message.endpoint_id] += 1
                chosen.append(message)
        if not chosen:
            return
        going = begin(self._holder, chosen)
        self._waiting = [message for message in self._waiting if message not in going]
        self._give_back([message for message in chosen if message not in going])
        for message in going:
            self._under_way[threads.submit(attempt, message)] = message

    def _land(self) -> None:
        done, _not_yet = wait(self._under_way, timeout=LOOK, return_when=FIRST_COMPLETED)
        for future in done:
            message, answer = self._under_way.pop(future), future.result()
            settle(message, answer, self._holder)
            if speaks_against_system(answer):
                self._give_back_of(message.endpoint_id)

    def _give_back_of(self, endpoint_id: UUID) -> None:
        """It failed: whether, and when, it is asked again is looked at anew."""
        self._give_back([message for message in self._waiting if message.endpoint_id == endpoint_id])

    def _give_back(self, messages: list[Message]) -> None:
        if messages:
            give_back(self._holder, messages)
            self._waiting = [message for message in self._waiting if message not in messages]

    def _keep(self) -> None:
        if time.monotonic() - self._renewed > pulse().total_seconds():
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
