"""What the statements of a consent write would come to with no web server, no Django and no rule around them.

The ratio is the most that `choices.write` could reach. Where it falls, a statement became dearer.
"""

import contextlib
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg

from accounts.users.backend import user_statement
from accounts.users.models import User
from accounts.users.sessions import LOOK_UP
from consents.choices.look import LOOK
from consents.choices.models import Wording
from consents.choices.write import WRITE
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack
from tests.benchmarks.bench_choices_write import Calls, bare_rate
from tests.benchmarks.line import CONNECTIONS
from tests.benchmarks.rate import rate


@figure("choices.write_alone", unit="per second")
def write_alone(stack: Stack) -> Measured:
    """Signing in, looking, writing and the borders of the transaction; the baseline is that of `choices.write`."""
    calls = Calls(stack)
    baseline = bare_rate(stack, calls)
    with contextlib.ExitStack() as closing:
        alone = [
            closing.enter_context(contextlib.closing(Alone(stack, calls, number))) for number in range(CONNECTIONS)
        ]
        return Measured(rate([each.write for each in alone]), baseline=baseline)


class Alone:
    """One connection on which the statements are said, with what the act would have them say."""

    def __init__(self, stack: Stack, calls: Calls, number: int) -> None:
        self.connection = psycopg.connect(stack.env["DATABASE_URL"], autocommit=True)
        self.calls = calls
        self.wording = Wording.objects.values_list("pk", flat=True).get(sha256=calls.text)
        mine = zip(calls.people[number::CONNECTIONS], calls.tokens[number::CONNECTIONS], strict=True)
        self.people: Iterator[tuple[User, str]] = itertools.cycle(mine)

    def write(self) -> None:
        user, token = next(self.people)
        now, client_id = datetime.now(UTC), uuid4().hex
        self._one(LOOK_UP, [token, now])
        self._one(user_statement(), [user.pk])
        assert user.subject_id is not None
        with self.connection.transaction():
            self._one(LOOK, self._looking(user.subject_id, client_id, now))
            self._one(WRITE, self._writing(user.subject_id, client_id, now))

    def close(self) -> None:
        self.connection.close()

    def _one(self, statement: str, parameters: Any) -> None:
        # Every one of them finds or makes a row; without, it would not be the statement of a write.
        assert self.connection.execute(statement, parameters).fetchone()

    def _looking(self, subject: UUID, client_id: str, now: datetime) -> dict[str, Any]:
        said = {"slugs": [self.calls.purpose.slug], "hashes": [self.calls.text], "number": 1}
        return {"subject": subject, "client_id": client_id, "said_at": now, "language": "en", **said}

    def _writing(self, subject: UUID, client_id: str, now: datetime) -> dict[str, Any]:
        call = {"subject": subject, "client_id": client_id, "said_at": now, "received_at": now, "effective": now}
        how = {"method": "app", "recorder": "", "jurisdiction": "EU_GDPR", "evidence": b"x" * 90}
        matter = {"purposes": [self.calls.purpose.pk], "versions": [1], "wordings": [self.wording], "allow": [True]}
        return {"actor": None, "policy": None, "expires": [None], **call, **how, **matter}
