"""How choices get into the database: events and what holds from then on, by one statement for a whole call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any

from django.db import connection

from accounts.subjects.models import Subject
from accounts.subjects.sealing import seal_bytes
from consents.catalogue.models import Purpose
from consents.choices.current import NEWER_HOLDS, effective
from consents.choices.models import Event, Wording
from consents.policies.models import Version

# A call repeated under its client id writes nothing and gives back nothing.
WRITE = f"""
WITH said AS (
    SELECT matter.*, current.decision AS before, current.since AS before_since
    FROM unnest(
        %(purposes)s::uuid[], %(versions)s::int[], %(wordings)s::uuid[], %(allow)s::bool[], %(expires)s::timestamptz[]
    ) WITH ORDINALITY AS matter(purpose_id, version, wording_id, allow, expires_at, position)
    LEFT JOIN choices_current AS current
        ON current.subject_id = %(subject)s AND current.purpose_id = matter.purpose_id
), event AS (
    INSERT INTO choices_event (
        subject_id, purpose_id, version, wording_id, policy_version_id, decision, method, actor_id, recorder,
        jurisdiction, said_at, received_at, client_id, evidence
    )
    SELECT %(subject)s, purpose_id, version, wording_id, %(policy)s,
        CASE
            WHEN allow THEN 'granted'
            WHEN before = 'granted' AND %(effective)s >= before_since THEN 'withdrawn'
            ELSE 'refused'
        END,
        %(method)s, %(actor)s, %(recorder)s, %(jurisdiction)s, %(said_at)s, %(received_at)s, %(client_id)s,
        %(evidence)s
    FROM said ORDER BY position
    ON CONFLICT (subject_id, client_id, purpose_id) WHERE client_id IS NOT NULL DO NOTHING
    RETURNING id, purpose_id, version, decision
), moved AS (
    INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since, expires_at)
    SELECT %(subject)s, purpose_id, event.id, event.version, event.decision, %(effective)s, said.expires_at
    FROM event JOIN said USING (purpose_id)
    {NEWER_HOLDS}
)
SELECT purpose_id, id, decision FROM event
"""  # noqa: S608  # only words of our own


@dataclass(frozen=True)
class Matter:
    """What is decided: the purpose in one of its versions, the words, the answer, and until when a yes holds."""

    purpose: Purpose
    version: int
    wording: Wording | None
    allow: bool
    expires_at: datetime | None


@dataclass(frozen=True)
class Said:
    """How, when and by which way all the choices of a call were said."""

    method: str
    language: str
    said_at: datetime
    received_at: datetime
    client_id: str | None
    evidence: Mapping[str, str] | None
    recorder: str

    @property
    def effective_at(self) -> datetime:
        return effective(self.said_at, self.received_at)


@dataclass(frozen=True)
class Circumstances:
    """`actor` is None where the subject decided."""

    subject: Subject
    actor: Subject | None
    policy_version: Version | None
    said: Said


def write(matters: Sequence[Matter], call: Circumstances) -> list[Event]:
    """The new events in the order of the matters; those that stand under the client id already are left out."""
    columns: dict[str, Any] = {
        "method": call.said.method,
        "recorder": call.said.recorder,
        "jurisdiction": call.subject.jurisdiction,
        "said_at": call.said.said_at,
        "received_at": call.said.received_at,
        "client_id": call.said.client_id,
    }
    evidence = dumps(call.said.evidence) if call.said.evidence else None
    sealed = evidence and seal_bytes(call.subject, "choices.Event.evidence", evidence.encode())
    with connection.cursor() as cursor:
        cursor.execute(WRITE, columns | _parameters(matters, call) | {"evidence": sealed})
        made = {purpose: (pk, decision) for purpose, pk, decision in cursor.fetchall()}
    references = {"subject": call.subject, "actor": call.actor, "policy_version": call.policy_version}
    return [
        Event(
            id=made[matter.purpose.pk][0],
            decision=made[matter.purpose.pk][1],
            purpose=matter.purpose,
            version=matter.version,
            wording=matter.wording,
            evidence=evidence,
            **references,
            **columns,
        )
        for matter in matters
        if matter.purpose.pk in made
    ]


def _parameters(matters: Sequence[Matter], call: Circumstances) -> dict[str, Any]:
    return {
        "subject": call.subject.pk,
        "actor": call.actor and call.actor.pk,
        "policy": call.policy_version and call.policy_version.pk,
        "effective": call.said.effective_at,
        "purposes": [matter.purpose.pk for matter in matters],
        "versions": [matter.version for matter in matters],
        "wordings": [matter.wording and matter.wording.pk for matter in matters],
        "allow": [matter.allow for matter in matters],
        "expires": [matter.expires_at for matter in matters],
    }
