"""A consent write through the API, from the request to the committed rows, beside the bare rows."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from functools import partial
from itertools import batched
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack
from tests.benchmarks.line import Line, several
from tests.benchmarks.rate import SECONDS, rate
from tests.consents.purposes import make_purpose
from tests.people import person

PATH = "/api/v1/choices/"
PEOPLE = 40
STORED = 5_000_000


@figure("choices.write", unit="per second")
def write(stack: Stack) -> Measured:
    """One decision a call, each on a connection that stays open; the baseline commits the two rows and nothing else."""
    calls = Calls(stack)
    baseline = bare_rate(stack, calls)
    return Measured(calls.rate(), baseline=baseline)


@figure("choices.write_statements", unit="statements")
def write_statements(stack: Stack) -> float:
    """From signing the call in to the rows; the borders of the transaction are not counted."""
    calls = Calls(stack)
    client = Client(headers={"X-Session-Token": calls.tokens[0], "Host": urlsplit(stack.base_url).netloc})
    with CaptureQueriesContext(connection) as statements:
        response = client.post(PATH, calls.body(), content_type="application/json")
    assert response.status_code == 201, response.content
    return sum(statement["sql"] not in {"BEGIN", "COMMIT"} for statement in statements.captured_queries)


@figure("choices.write_at_5m", unit="per second")
def write_at_5m(stack: Stack) -> Measured:
    """With five million events stored; the baseline is the rate of a moment before, with next to none."""
    calls = Calls(stack)
    baseline = calls.rate()
    store(stack, calls.purpose)
    return Measured(calls.rate(), baseline=round(baseline, 3))


class Calls:
    """People who are signed in, and what they say."""

    def __init__(self, stack: Stack) -> None:
        self.base_url = stack.base_url
        self.purpose = make_purpose(f"bench-{uuid4().hex[:8]}")
        self.text = PurposeText.objects.get(purpose=self.purpose).sha256
        self.people = [person(f"Saying{uuid4().hex[:8]}", password=None) for _number in range(PEOPLE)]
        self.tokens = [token(user) for user in self.people]

    def body(self) -> str:
        decisions = [{"purpose": self.purpose.slug, "decision": "granted", "text_sha256": self.text}]
        return json.dumps({"client_id": uuid4().hex, "decisions": decisions})

    def rate(self) -> float:
        with several(self.base_url) as lines:
            tokens = [itertools.cycle(self.tokens[number :: len(lines)]) for number in range(len(lines))]
            return rate([partial(self.say, line, mine) for line, mine in zip(lines, tokens, strict=True)])

    def say(self, line: Line, tokens: Iterator[str]) -> None:
        line.send(line.request(PATH, {"X-Session-Token": next(tokens)}, self.body().encode()), status=201)


class Bare:
    """The same two rows into the same tables: no rule, no sign-in, nothing looked up."""

    EVENT = (
        "INSERT INTO choices_event (id, subject_id, purpose_id, version, decision, method, recorder, jurisdiction,"
        " said_at, received_at, client_id, evidence)"
        " VALUES (%s, %s, %s, 1, 'refused', 'app', '', 'EU_GDPR', now(), now(), %s, %s)"
    )
    CURRENT = (
        "INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since)"
        " VALUES (%s, %s, %s, 1, 'refused', now())"
    )

    def __init__(self, stack: Stack, calls: Calls, crowd: Iterator[UUID]) -> None:
        self.connection = psycopg.connect(stack.env["DATABASE_URL"], autocommit=True)
        self.purpose, self.crowd = calls.purpose.pk, crowd

    def write(self) -> None:
        event, subject = uuid4(), next(self.crowd)
        with self.connection.transaction():
            self.connection.execute(self.EVENT, (event, subject, self.purpose, event.hex, b"x" * 90))
            self.connection.execute(self.CURRENT, (subject, self.purpose, event))

    def close(self) -> None:
        self.connection.close()


def bare_rate(stack: Stack, calls: Calls) -> float:
    crowds = batched(crowd(stack, 8000 * SECONDS), 2000 * SECONDS, strict=True)
    with contextlib.ExitStack() as closing:
        bare = [closing.enter_context(contextlib.closing(Bare(stack, calls, iter(people)))) for people in crowds]
        return round(rate([each.write for each in bare]), 3)


def token(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.users.backend.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    assert session.session_key is not None
    return session.session_key


# Straight into the tables, as years would have filled them: half a million people, ten events each, what holds of one.
CROWD = """
INSERT INTO subjects_subject (id, stage, wrapped_key, language, jurisdiction, created_at)
SELECT uuidv7(), 'account', '\\x00', '', 'EU_GDPR', now() FROM generate_series(1, %(people)s) RETURNING id
"""
EVENTS = """
INSERT INTO choices_event (subject_id, purpose_id, version, decision, method, recorder, jurisdiction, said_at,
    received_at, client_id, evidence)
SELECT crowd.id, %(purpose)s, 1, 'refused', 'app', '', 'EU_GDPR', now(), now(), gen_random_uuid()::text,
    decode(repeat('ab', 90), 'hex')
FROM generate_series(1, 10) AS round, unnest(%(crowd)s::uuid[]) AS crowd(id)
"""
CURRENT = """
INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since)
SELECT DISTINCT ON (subject_id) subject_id, purpose_id, id, version, decision, said_at FROM choices_event
WHERE subject_id = ANY(%(crowd)s) ORDER BY subject_id, id DESC
"""


def crowd(stack: Stack, people: int) -> list[UUID]:
    """New subjects of whom nobody ever reads anything."""
    with psycopg.connect(stack.env["DATABASE_URL"]) as filling:
        return [pk for (pk,) in filling.execute(CROWD, {"people": people})]


def store(stack: Stack, purpose: Purpose) -> None:
    everybody = crowd(stack, STORED // 10)
    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as filling:
        # What foreign keys and triggers would check is right as it stands.
        filling.execute("SET session_replication_role = replica")
        for some in batched(everybody, 50_000, strict=False):
            for statement in (EVENTS, CURRENT):
                filling.execute(statement, {"crowd": list(some), "purpose": purpose.pk})
        for table in ("subjects_subject", "choices_event", "choices_current"):
            filling.execute(f"VACUUM ANALYZE {table}")
        filling.execute("CHECKPOINT")
