"""Telling everybody: how soon it is written who is told, how fast it is sent, and with how much memory."""

import multiprocessing
import resource
import smtplib
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from email.policy import SMTP
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.subjects.models import Subject
from consents.notices.announce import announce
from consents.notices.audience import ACCOUNTS, Audience
from consents.notices.claim import BATCH, claim_batch, kept
from consents.notices.finish import finish
from consents.notices.letter import Letters, letter
from consents.notices.models import Delivery
from consents.notices.send import send_batch, send_due
from consents.notices.write import NoticeDraft
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack

WORKERS = 2
MANY = 1_000_000
MAILS = 1_000
SOME = 1_000
TURNS = 3
PARAGRAPH = (
    "We change **how long** we keep what you [told us](https://shop.example/terms), from the first of May on.\n\n"
)
DRAFTS = {
    "en": NoticeDraft("We change our privacy policy", PARAGRAPH * 8, "Compare the versions"),
    "de": NoticeDraft("Wir ändern unsere Datenschutzerklärung", PARAGRAPH * 8, "Fassungen vergleichen"),
}

# Bare accounts: nobody signs in, and no data key of theirs is opened.
CROWD = """
WITH made AS (
    INSERT INTO subjects_subject (id, stage, wrapped_key, language, jurisdiction)
    SELECT uuidv7(), 'account', '\\x00', (ARRAY['en', 'de'])[1 + number %% 2], 'EU_GDPR'
    FROM generate_series(1, %s) AS number
    RETURNING id
)
INSERT INTO users_user (email, subject_id, password, is_superuser, is_staff, is_active)
SELECT id || '@people.example', id, '', false, false, true FROM made
"""


@figure("notices.audience", unit="s")
def audience(stack: Stack) -> float:
    """From the call to the commit, for a million accounts in two languages, beside nobody's other work."""
    with nobody_sends(stack):
        crowd(MANY)
        began = time.monotonic()
        notice = announce("bench", DRAFTS, "/policies/", ACCOUNTS)
        took = time.monotonic() - began
        assert notice.deliveries.count() >= MANY
        forget()
    return took


@figure("notices.audience_statements", unit="statements")
def audience_statements(stack: Stack) -> float:
    """The most that announcing takes, whether ten are told or ten thousand."""
    with nobody_sends(stack):
        crowd(10_000)
        counts = [statements(partial(announce, "bench", DRAFTS, "", first(people))) for people in (10, 10_000)]
        forget()
    assert len(set(counts)) == 1, counts
    return counts[0]


@figure("notices.memory", unit="MB")
def memory(stack: Stack) -> float:
    """How much more a worker holds that has a million deliveries before it than one that has ten thousand.

    Each is a new process and sends the same thousand: what a worker holds could depend on how many wait, as how
    many it has sent does on time alone.
    """
    held = []
    with nobody_sends(stack):
        crowd(MANY)
        for people in (10_000, MANY):
            announce("bench", DRAFTS, "/policies/", first(people))
            held.append(in_processes(1, send_some)[0])
            forget()
    return held[1] - held[0]


@figure("notices.send", unit="per second")
def send(stack: Stack) -> Measured:
    """By two workers; the baseline is smtplib alone, with messages of the same size, in two processes."""
    with nobody_sends(stack):
        crowd(MAILS)
        # By turns, so that whatever else the machine does is in both.
        rates = [(rate(send_all, announced=True), rate(partial(bare, stack.mail.url))) for _turn in range(TURNS)]
        forget()
    value, baseline = (statistics.mean(each) for each in zip(*rates, strict=True))
    return Measured(value, baseline=round(baseline, 3))


def rate(work: Callable[[], float], *, announced: bool = False) -> float:
    if announced:
        announce("bench", DRAFTS, "/policies/", first(MAILS))
    began = time.monotonic()
    in_processes(WORKERS, work)
    took = time.monotonic() - began
    assert not Delivery.objects.open().exists()
    return MAILS / took


def send_all() -> float:
    # It stops after a spell, so that other tasks get their turn.
    while Delivery.objects.due(timezone.now()).exists():
        send_due()
    return 0


def send_some() -> float:
    """Megabytes that this process holds after it."""
    letters = Letters()
    for _batch in range(SOME // BATCH):
        batch = claim_batch()
        with kept(batch):
            send_batch(batch, letters)
        finish({delivery.notice_id for delivery in batch.deliveries})
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def bare(url: str) -> float:
    delivery = Delivery.objects.filter(state="sent").with_texts()[:1].get()
    content = letter(delivery, "somebody@people.example").message(policy=SMTP).as_bytes()
    server = urlsplit(url)
    assert server.hostname
    assert server.port
    with smtplib.SMTP(server.hostname, server.port) as line:
        for number in range(MAILS // WORKERS):
            line.sendmail("privacy@shop.example", [f"{number}@people.example"], content)
    return 0


def in_processes(number: int, work: Callable[[], float]) -> list[float]:
    """What `work` returned in each, all at once."""
    connections.close_all()
    with ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("fork")) as pool:
        return [done.result() for done in [pool.submit(work) for _process in range(number)]]


def statements(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        deed()
    return len(captured)


@contextmanager
def nobody_sends(stack: Stack) -> Iterator[None]:
    """But for who is measured."""
    for program in (stack.beat, *stack.workers):
        program.stop()
    forget()
    yield
    for program in (stack.beat, *stack.workers):
        program.start()


def crowd(people: int) -> None:
    missing = people - Subject.objects.with_account().count()
    with connection.cursor() as cursor:
        if missing > 0:
            cursor.execute(CROWD, [missing])
        cursor.execute("VACUUM ANALYZE subjects_subject, users_user")


def first(people: int) -> Audience:
    last = ACCOUNTS.subjects().order_by("pk").values_list("pk", flat=True)[people - 1]
    return Audience("first", lambda: ACCOUNTS.subjects().filter(pk__lte=last))


def forget() -> None:
    """What still waits: the next figure has its own."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM notices_delivery WHERE state IN ('pending', 'sending')")
        cursor.execute("VACUUM ANALYZE notices_delivery, notices_attempt, notices_result")
