"""What a call to record choices is about, as the database knows it: one statement, whatever the number of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import loads
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Wording
from consents.policies.frame import POLICY_IN_FORCE
from consents.policies.models import Document, Version

# The subject's row is locked: choices of one person are put in line, and nobody is frozen or erased in between. What
# holds so far is read by the statement that writes, because this one may see the state from before it got the lock.
# Each EXISTS would be planned twice, which takes longer than to run it. Of an array whose length it does not know the
# planner expects ten, and then plans anew for every call; with the LIMIT it expects one, and keeps its plan.
LOOK = f"""
SELECT subject.stage, subject.wrapped_key, subject.jurisdiction, subject.frozen_at, subject.merged_into_id,
    purpose.id AS purpose, purpose.slug, purpose.retired_at, purpose.essential, purpose.version, purpose.asks_since,
    purpose.validity, purpose.validities, purpose.gpc, purpose.channel, purpose.parent_id,
    coalesce((SELECT true FROM catalogue_purpose WHERE parent_id = purpose.id LIMIT 1), false) AS has_parts,
    wording.id AS wording, wording.language, wording.name, wording.sha256, wording.version AS wording_version,
    coalesce((
        SELECT true FROM catalogue_purposetext WHERE purpose_id = purpose.id AND sha256 = said.sha256 LIMIT 1
    ), false) AS wording_is_current,
    policy.id AS policy, policy.number AS policy_number, policy.slug AS policy_slug,
    %(client_id)s::text IS NOT NULL AND coalesce((
        SELECT true FROM choices_event WHERE subject_id = subject.id AND client_id = %(client_id)s LIMIT 1
    ), false) AS said_before
FROM subjects_subject AS subject
CROSS JOIN (
    SELECT * FROM unnest(%(slugs)s::text[], %(hashes)s::text[]) WITH ORDINALITY LIMIT %(number)s
) AS said(slug, sha256, position)
LEFT JOIN catalogue_purpose AS purpose ON purpose.slug = said.slug
LEFT JOIN LATERAL (
    SELECT id, language, name, sha256, version FROM choices_wording
    WHERE purpose_id = purpose.id AND sha256 = said.sha256
    ORDER BY language = %(language)s DESC, language DESC LIMIT 1
) AS wording ON true
LEFT JOIN LATERAL ({POLICY_IN_FORCE}) AS policy ON true
WHERE subject.id = %(subject)s
ORDER BY said.position
FOR NO KEY UPDATE OF subject
"""  # noqa: S608  # only words of our own


@dataclass(frozen=True)
class Seen:
    """One purpose that a choice names, and the published words that its hash names; None: there are none."""

    purpose: Purpose | None
    wording: Wording | None
    wording_is_current: bool
    has_parts: bool


@dataclass(frozen=True)
class Situation:
    """`seen` is in the order of the choices; `said_before` if something stands under the client's id already."""

    seen: Sequence[Seen]
    policy_version: Version | None
    said_before: bool


def look(
    subject: Subject,
    slugs: Sequence[str],
    hashes: Sequence[str | None],
    *,
    language: str,
    said_at: datetime,
    client_id: str | None,
) -> Situation:
    """Locks the subject and brings it up to date. Raises Subject.DoesNotExist."""
    parameters: dict[str, Any] = {
        "subject": subject.pk,
        "slugs": list(slugs),
        "number": len(slugs),
        "hashes": list(hashes),
        "language": language,
        "said_at": said_at,
        "client_id": client_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK, parameters)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        raise Subject.DoesNotExist
    for name in ("stage", "wrapped_key", "jurisdiction", "frozen_at", "merged_into_id"):
        setattr(subject, name, rows[0][name])
    if subject.wrapped_key is None:
        subject.__dict__.pop("data_key", None)
    return Situation([_seen(row) for row in rows], _policy(rows[0]), rows[0]["said_before"])


def _seen(row: Mapping[str, Any]) -> Seen:
    return Seen(_purpose(row), _wording(row), row["wording_is_current"], row["has_parts"])


PURPOSE = (
    "slug",
    "retired_at",
    "essential",
    "version",
    "asks_since",
    "validity",
    "validities",
    "gpc",
    "channel",
    "parent_id",
)


def _purpose(row: Mapping[str, Any]) -> Purpose | None:
    # Raw SQL gives JSON as text.
    validities = loads(row["validities"] or "{}")
    return _loaded(Purpose, row["purpose"], {name: row[name] for name in PURPOSE} | {"validities": validities})


def _wording(row: Mapping[str, Any]) -> Wording | None:
    columns = {"language": row["language"], "name": row["name"], "sha256": row["sha256"]}
    return _loaded(Wording, row["wording"], columns | {"purpose_id": row["purpose"], "version": row["wording_version"]})


def _policy(row: Mapping[str, Any]) -> Version | None:
    version = _loaded(Version, row["policy"], {"number": row["policy_number"]})
    if version is not None:
        version.document = Document(slug=row["policy_slug"])
    return version


def _loaded[M: (Purpose, Wording, Version)](model: type[M], pk: UUID | None, columns: Mapping[str, Any]) -> M | None:
    """A row as the ORM would have fetched it with only these columns."""
    if pk is None:
        return None
    known = {"id": pk, **columns}
    # `from_db` takes values in the order in which the model declares its fields.
    names = [field.attname for field in model._meta.concrete_fields if field.attname in known]
    return model.from_db(connection.alias, names, [known[name] for name in names])
