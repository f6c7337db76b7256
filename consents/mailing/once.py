"""`Idempotency-Key` for systems: a call that is repeated, because its answer was lost, has nobody asked twice.

The answers that `accounts.calls.idempotency` keeps are sealed with the key of the person who called. A system is no
person, and its answer holds nothing but a time; so a row without content is enough. It is written whether or not
somebody is asked: a repeated call tells no more about the owner of an address than the first.
"""

import json
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.calls.idempotency import KEPT_FOR, KeyReused, KeyUnusable
from consents.mailing.models import Call


def first_call(client_id: str, key: str, content: Any) -> tuple[Call, bool]:
    """And whether it is this one: then the caller acts, in the same transaction. Raises KeyUnusable, KeyReused.

    Two calls at the same moment are put in line by the unique constraint; of a call that fails nothing is kept.
    """
    if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        raise KeyUnusable
    fingerprint = _fingerprint(content)
    _over(timezone.now()).filter(client_id=client_id, key=key).delete()
    call, is_new = Call.objects.get_or_create(client_id=client_id, key=key, defaults={"fingerprint": fingerprint})
    if call.fingerprint != fingerprint:
        raise KeyReused
    return call, is_new


def forget_calls() -> int:
    """How many. Safe to run twice."""
    deleted, _by_model = _over(timezone.now()).delete()
    return deleted


def _over(now: datetime) -> Any:
    return Call.objects.filter(made_at__lt=now - KEPT_FOR)


def _fingerprint(content: Any) -> str:
    """Keyed: the call holds an address, which could be guessed from a plain hash."""
    return salted_hmac("mailing.Call", json.dumps(content, sort_keys=True), algorithm="sha256").hexdigest()
