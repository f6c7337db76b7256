"""What an endpoint gets: at each attempt the same body, a new time and new signatures. Numbers and slugs, no name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.subjects.keys import open_for_service
from consents.webhooks.models import Message, Secret
from consents.webhooks.sign import signature


class NoSecret(Exception):
    """Nothing to sign with: a message that nobody can believe is not sent."""


@dataclass(frozen=True)
class Letter:
    headers: dict[str, str]
    body: bytes


def letter(message: Message, secrets: Iterable[Secret], at: datetime) -> Letter:
    """`secrets` are the valid ones; the receiver may know any of them. Raises NoSecret."""
    body = json.dumps(content(message), separators=(",", ":")).encode()
    timestamp = int(at.timestamp())
    keys = [open_for_service(context(secret), bytes(secret.sealed)) for secret in secrets]
    if not keys:
        raise NoSecret(str(message.endpoint_id))
    return Letter(
        {
            "Content-Type": "application/json",
            "User-Agent": "privacy-center-webhooks/1",
            "webhook-id": message.webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signature(key, message.webhook_id, timestamp, body) for key in keys),
        },
        body,
    )


def content(message: Message) -> dict[str, object]:
    """Documented in api.py."""
    if message.kind == Message.Kind.TEST:
        return {"type": "endpoint.test", "timestamp": _written(message.created_at), "data": {}}
    assert message.purpose is not None
    return {
        "type": f"choice.{message.decision}",
        "timestamp": _written(message.created_at),
        "data": {
            "subject": str(message.subject_id),
            "purpose": message.purpose.slug,
            "version": message.version,
            "decision": message.decision,
            "allowed": message.decision == "granted",
            "choice": str(message.event_id),
        },
    }


def context(secret: Secret) -> str:
    """What a sealed secret is bound to."""
    return f"webhooks.Endpoint:{secret.endpoint_id}"


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
