"""The one way in which choices are written: granting, refusing and withdrawing are the same call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose, PurposeText
from consents.choices import refusals
from consents.choices.current import rank
from consents.choices.models import Current, Decision, Event, Method, Wording
from consents.policies.frame import policy_in_force

# How far ahead the clock of an honest device may be.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Choice:
    """What a person says about one purpose, and the hash of the words that they were shown when they said it."""

    purpose: str
    allow: bool
    text_sha256: str | None = None


@dataclass(frozen=True)
class Matter:
    """What is decided: the purpose, the words, the answer, and how newly and how the person answered so far."""

    purpose: Purpose
    wording: Wording | None
    allow: bool
    standing: tuple[datetime, bool] | None

    def decision_at(self, effective_at: datetime) -> Decision:
        """A no that ends a yes is a withdrawal."""
        if self.allow:
            return Decision.GRANTED
        granted = self.standing is not None and not self.standing[1]
        ends_it = granted and self.outranked_by(Decision.REFUSED, effective_at)
        return Decision.WITHDRAWN if ends_it else Decision.REFUSED

    def outranked_by(self, decision: str, effective_at: datetime) -> bool:
        """Whether that would hold from now on."""
        return self.standing is None or rank(decision, effective_at) > self.standing


def as_published(decisions: Mapping[str, bool], language: str) -> list[Choice]:
    """For callers that show the catalogue's present words: purpose slug -> allow."""
    texts = PurposeText.best(language).filter(purpose__slug__in=decisions)
    hashes = dict(texts.values_list("purpose__slug", "sha256"))
    return [Choice(slug, allow, hashes.get(slug)) for slug, allow in decisions.items()]


@transaction.atomic
def record(
    subject: Subject,
    decisions: Iterable[Choice],
    *,
    method: Method | str,
    actor: Subject,
    language: str,
    said_at: datetime | None = None,
    client_id: str | None = None,
    evidence: Mapping[str, str] | None = None,
    recorder: str = "",
) -> list[Event]:
    """All of the choices, in their order, or none: raises NotRecorded.

    The same call under the same client id gives the events of the first time. `language` tells which text was shown
    where the same words stand in several. An older choice that arrives late becomes history and changes nothing else.
    """
    choices = list(decisions)
    _check_batch(choices)
    # Choices of one person are put in line, and nobody is frozen or erased in between.
    subject = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    now = timezone.now()
    said_at = said_at or now
    if said_at > now + CLOCK_TOLERANCE:
        raise refusals.ClockAhead
    if client_id is not None and (before := _recorded_before(subject, choices, client_id)):
        return before
    _check_authority(subject, actor, choices)
    circumstances = {
        "subject": subject,
        "actor": actor if actor != subject else None,
        "recorder": recorder,
        "method": method,
        "policy_version": policy_in_force(said_at),
        "jurisdiction": subject.jurisdiction,
        "said_at": said_at,
        "received_at": now,
        "client_id": client_id,
        "evidence": dumps(dict(evidence)) if evidence else None,
    }
    return _write(circumstances, _matters(subject, choices, language))


def _check_batch(choices: Sequence[Choice]) -> None:
    if not choices:
        raise refusals.NothingSaid
    seen: set[str] = set()
    for position, choice in enumerate(choices):
        if choice.purpose in seen:
            raise refusals.SaidTwice(position)
        seen.add(choice.purpose)


def _recorded_before(subject: Subject, choices: Sequence[Choice], client_id: str) -> list[Event]:
    events = Event.objects.for_subject(subject).filter(client_id=client_id)
    before = {event.purpose.slug: event for event in events.with_details()}
    for choice in choices if before else ():
        event = before.get(choice.purpose)
        if event is None or (event.decision == Decision.GRANTED) != choice.allow:
            raise refusals.ClientIdReused
    return [before[choice.purpose] for choice in choices] if before else []


def _check_authority(subject: Subject, actor: Subject, choices: Sequence[Choice]) -> None:
    """Whoever may decide may allow and refuse; the person may always refuse; nobody allows while erasure is asked."""
    if subject.stage == Subject.Stage.TOMBSTONE:
        raise refusals.Erased
    if actor != subject and not may_decide(actor, subject):
        raise refusals.NotYours
    grant = next((position for position, choice in enumerate(choices) if choice.allow), None)
    if grant is None:
        return
    if subject.is_frozen:
        raise refusals.Frozen(grant)
    if actor == subject and not may_decide(actor, subject):
        raise refusals.GuardianNeeded(grant)


def _matters(subject: Subject, choices: Sequence[Choice], language: str) -> list[Matter]:
    """In the order of the choices."""
    found: Any = Purpose.objects.filter(slug__in=[choice.purpose for choice in choices]).annotate(
        mine=FilteredRelation("current_choices", condition=Q(current_choices__subject=subject)),
        decision=F("mine__decision"),
        since=F("mine__since"),
    )
    purposes = {purpose.slug: purpose for purpose in found}
    for position, choice in enumerate(choices):
        _check_purpose(position, purposes.get(choice.purpose))
    wordings = _wordings(purposes.values(), choices, language)
    matters = []
    for position, choice in enumerate(choices):
        purpose = purposes[choice.purpose]
        wording = wordings.get((purpose.pk, choice.text_sha256))
        _check_wording(position, choice, wording)
        standing = rank(purpose.decision, purpose.since) if purpose.decision else None
        matters.append(Matter(purpose, wording, choice.allow, standing))
    return matters


def _check_purpose(position: int, purpose: Purpose | None) -> None:
    if purpose is None:
        raise refusals.UnknownPurpose(position)
    if purpose.retired_at is not None:
        raise refusals.RetiredPurpose(position)
    if purpose.essential:
        raise refusals.NotOptional(position)


def _check_wording(position: int, choice: Choice, wording: Wording | None) -> None:
    if wording is None and choice.text_sha256 is not None:
        raise refusals.UnknownText(position)
    if wording is None and choice.allow:
        raise refusals.TextMissing(position)


def _wordings(
    purposes: Iterable[Purpose], choices: Sequence[Choice], language: str
) -> dict[tuple[UUID, str | None], Wording]:
    """By purpose and hash, of all that were ever published."""
    hashes = {choice.text_sha256 for choice in choices if choice.text_sha256 is not None}
    if not hashes:
        return {}
    published = Wording.objects.filter(purpose__in=purposes, sha256__in=hashes)
    # The last wins: where the same words stand in several languages, those in the language of the call.
    in_order = sorted(published, key=lambda wording: (wording.language == language, wording.language))
    return {(wording.purpose_id, wording.sha256): wording for wording in in_order}


def _write(circumstances: Mapping[str, Any], matters: Sequence[Matter]) -> list[Event]:
    events = [
        Event(purpose=matter.purpose, version=matter.purpose.version, wording=matter.wording, **circumstances)
        for matter in matters
    ]
    for event, matter in zip(events, matters, strict=True):
        event.decision = matter.decision_at(event.effective_at)
    Event.objects.bulk_create(events)
    moved = [
        Current(
            subject=event.subject,
            purpose=event.purpose,
            event=event,
            version=event.version,
            decision=event.decision,
            since=event.effective_at,
        )
        for event, matter in zip(events, matters, strict=True)
        if matter.outranked_by(event.decision, event.effective_at)
    ]
    Current.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["subject", "purpose"],
        update_fields=["event", "version", "decision", "since", "expires_at"],
    )
    return events
