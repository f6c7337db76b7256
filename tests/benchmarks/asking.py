"""A system that asks about choices, and the people whom it asks about."""

import json
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID, uuid4

import psycopg
from allauth.idp.oidc.models import Client, Token
from django.utils import timezone

from consents.catalogue.models import Purpose
from privacycenter.servers.stack import Stack
from tests.consents.purposes import make_purpose

PATH = "/api/v1/choices/check/"
PEOPLE = 100_000

# Every second of them allows it.
CROWD = """
WITH crowd AS (
    INSERT INTO subjects_subject (id, stage, wrapped_key, language, jurisdiction, created_at)
    SELECT uuidv7(), 'account', '\\x00', '', 'EU_GDPR', now() FROM generate_series(1, %(people)s) RETURNING id
), said AS (
    INSERT INTO choices_event (id, subject_id, purpose_id, version, decision, method, recorder, jurisdiction, said_at,
        received_at, wording_id)
    SELECT uuidv7(), crowd.id, %(purpose)s, 1, CASE WHEN random() < 0.5 THEN 'granted' ELSE 'refused' END, 'import', '',
        'EU_GDPR', now(), now(), (SELECT id FROM choices_wording WHERE purpose_id = %(purpose)s LIMIT 1) FROM crowd
    RETURNING id, subject_id, decision
), held AS (
    INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since)
    SELECT subject_id, %(purpose)s, id, 1, decision, now() FROM said
)
SELECT id FROM crowd
"""


class Asking:
    """About a purpose of its own, on which a hundred thousand people have said something."""

    def __init__(self, stack: Stack) -> None:
        self.purpose = make_purpose(f"bench-{uuid4().hex[:8]}")
        self.people = crowd(stack, self.purpose)
        self.headers = {"Authorization": f"Bearer {token(self.purpose)}"}

    def question(self, people: Sequence[UUID]) -> bytes:
        return json.dumps({"purpose": self.purpose.slug, "subjects": list(map(str, people))}).encode()


def crowd(stack: Stack, purpose: Purpose) -> list[UUID]:
    with psycopg.connect(stack.env["DATABASE_URL"], autocommit=True) as filling:
        people = [pk for (pk,) in filling.execute(CROWD, {"people": PEOPLE, "purpose": purpose.pk})]
        for table in ("subjects_subject", "choices_event", "choices_current"):
            filling.execute(f"VACUUM ANALYZE {table}")
    return people


def token(purpose: Purpose) -> str:
    """Of a system that may ask about this purpose."""
    scope, value = f"choices:check:{purpose.slug}", token_urlsafe(64)
    client = Client.objects.create(name=purpose.slug, scopes=scope, secret="none")
    made = Token(
        type=Token.Type.ACCESS_TOKEN, client=client, scopes=scope, expires_at=timezone.now() + timedelta(days=1)
    )
    made.set_value(value)
    made.save()
    return value
