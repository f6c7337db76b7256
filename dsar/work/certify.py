"""The certificate of an erasure: what was erased, what was kept, under which law and until when. No erased value."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from accounts.subjects import signing
from dsar.datamap.systems import systems
from dsar.work.models import Certificate, Plan, Step

VERSION = 1


def certify(plan: Plan) -> Certificate:
    """Called in the transaction that does the last part. All steps but the last are in the database already."""
    with translation.override(plan.subject.language or settings.LANGUAGE_CODE):
        content = {
            "version": VERSION,
            "issuer": settings.ORGANISATION,
            "reference": plan.reference,
            "asked_at": _moment(plan.created_at),
            "erased_at": _moment(timezone.now()),
            "systems": list(_systems(plan)),
        }
    payload = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    signed = signing.sign(payload, kind=Certificate.KIND)
    return Certificate.objects.create(subject_id=plan.subject_id, plan=plan, signed=signed)


def _systems(plan: Plan) -> Iterator[dict[str, Any]]:
    there = {system.key: system for system in systems()}
    done = Step.objects.filter(plan=plan, action__in=[Step.Action.ERASE, Step.Action.FINISH])
    for step in done:
        system = there.get(step.system)
        titles = {found.name: str(found.title) for found in system.collections()} if system else {}
        yield {
            "key": step.system,
            "name": str(system.name) if system else step.system,
            "collections": [
                {"title": titles.get(outcome["collection"], outcome["collection"]), **outcome}
                for outcome in step.outcome["outcomes"]
            ],
        }


def _moment(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
