"""A worker is killed by SIGKILL while a system thinks about what it was told, and everything is told all the same."""

import threading
from typing import Any
from uuid import uuid4

import psycopg

from tests.journeys.app import PATIENCE
from tests.privacycenter.waiting import until
from tests.receiver import Call, Receiver, Reply
from tests.stack import Stack

SET_UP = """
from consents.webhooks.models import Endpoint
from consents.webhooks.rotate import rotate
from tests.consents.purposes import make_purpose
endpoint = Endpoint.objects.create(name={name!r}, url={url!r})
endpoint.purposes.set([make_purpose({name!r})])
rotate(endpoint)
"""
SAY = """
from tests.consents.purposes import say
from tests.people import person
for number in range(3):
    who = person(f"{name}x{{number}}")
    for allow in (True, False):
        say(who, **{{{name!r}: allow}})
"""


def test_every_choice_is_told_in_order_though_the_worker_was_killed(stack: Stack, receiver: Receiver) -> None:
    name = f"told{uuid4().hex[:8]}"
    stack.manage("shell", "-c", SET_UP.format(name=name, url=receiver.url))
    asked, may_answer = threading.Event(), threading.Event()

    def think(call: Call) -> Reply:
        asked.set()
        may_answer.wait(PATIENCE)
        return Reply()

    receiver.answer = think
    stack.manage("shell", "-c", SAY.format(name=name))
    assert asked.wait(PATIENCE)
    stack.kill_worker()
    may_answer.set()
    stack.start_worker()
    assert until(lambda: states(stack, name) == ["delivered"] * 6, PATIENCE)
    heard = by_subject(receiver)
    assert len(heard) == 3
    # What was under way when the worker died comes twice, under the same id, and before the withdrawal.
    assert all(said in (["granted", "withdrawn"], ["granted", "granted", "withdrawn"]) for said in heard.values())
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 6
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        connection.execute("UPDATE webhooks_endpoint SET state = 'ended' WHERE name = %s", [name])


def by_subject(receiver: Receiver) -> dict[str, list[str]]:
    heard: dict[str, list[str]] = {}
    for call in receiver.calls:
        data = call.content["data"]
        heard.setdefault(data["subject"], []).append(data["decision"])
    return heard


def states(stack: Stack, name: str) -> list[Any]:
    query = "SELECT m.state FROM webhooks_message m JOIN webhooks_endpoint e ON e.id = endpoint_id WHERE e.name = %s"
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        return [state for (state,) in connection.execute(query, [name]).fetchall()]
