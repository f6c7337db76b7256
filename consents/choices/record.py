"""The one way in which choices are written: granting, refusing and withdrawing are the same call."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose, PurposeText
from consents.choices import law, overriding, proving, refusals, wholes
from consents.choices.look import Seen, look
from consents.choices.models import Decision, Event, Method
from consents.choices.write import Circumstances, Matter, Said, write

# How far ahead the clock of an honest device may be; one that is five minutes ahead is wrong.
CLOCK_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Choice:
    """What a person says about one purpose, and the hash of the words that they were shown when they said it.

    `version` is that of the purpose as it was shown; None: as the words tell.
    """

    purpose: str
    allow: bool
    text_sha256: str | None = None
    version: int | None = None


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
    """All of the choices, in their order, or none: raises NotRecorded. After them come the parts of what is refused.

    The same call under the same client id gives the events of the first time. `language` tells which text was shown
    where the same words stand in several. An older choice that arrives late becomes history and changes nothing else.
    """
    choices = list(decisions)
    _check_batch(choices)
    now = timezone.now()
    said = Said(str(method), language, said_at or now, now, client_id, dict(evidence) if evidence else None, recorder)
    if said.said_at > now + CLOCK_TOLERANCE:
        raise refusals.ClockAhead
    return _hear(subject, actor, choices, said)


def _hear(subject: Subject, actor: Subject, choices: Sequence[Choice], said: Said) -> list[Event]:
    situation = look(
        subject,
        [choice.purpose for choice in choices],
        [choice.text_sha256 for choice in choices],
        language=said.language,
        said_at=said.said_at,
        client_id=said.client_id,
    )
    if situation.said_before:
        return _recorded_before(subject, choices, said)
    if subject.merged_into is not None:
        _check_merged(choices, said.recorder)
        return _hear(subject.merged_into, subject.merged_into if actor == subject else actor, choices, said)
    _check_authority(subject, actor, choices)
    answers = [(found.purpose, choice) for found, choice in zip(situation.seen, choices, strict=True)]
    overriding.check(subject, answers, said.evidence)
    proving.check(subject, answers, said.evidence, said.recorder)
    other = actor if actor != subject else None
    call = Circumstances(subject, other, situation.policy_version, said)
    matters = _matters(choices, situation.seen, call)
    events = write(matters, call)
    if len(events) < len(matters):
        # The same call came twice at once, and the other was first.
        return _recorded_before(subject, choices, said)
    return events


def _check_batch(choices: Sequence[Choice]) -> None:
    if not choices:
        raise refusals.NothingSaid
    seen: set[str] = set()
    for position, choice in enumerate(choices):
        if choice.purpose in seen:
            raise refusals.SaidTwice(position)
        seen.add(choice.purpose)


def _recorded_before(subject: Subject, choices: Sequence[Choice], said: Said) -> list[Event]:
    events = Event.objects.filter(subject=subject, client_id=said.client_id)
    before = {event.purpose.slug: event for event in events.with_details()}
    for choice in choices:
        event = before.get(choice.purpose)
        if event is None or (event.decision == Decision.GRANTED) != choice.allow:
            raise refusals.ClientIdReused
    said_then = [before.pop(choice.purpose) for choice in choices]
    return [*said_then, *_refused_with(said_then, before.values())]


def _refused_with(said_then: Sequence[Event], others: Collection[Event]) -> list[Event]:
    """In the order in which they were written, which their ids tell."""
    refused = {event.purpose_id for event in said_then if event.decision != Decision.GRANTED}
    above = wholes.wholes_of(event.purpose for event in others)
    parts = [event for event in others if not refused.isdisjoint(whole.pk for whole in above[event.purpose_id])]
    return sorted(parts, key=lambda event: event.pk)


def _check_merged(choices: Sequence[Choice], recorder: str) -> None:
    """A device may be in anybody's hands: once it is known whose it was, they sign in to allow, and may refuse as ever.

    Staff and systems answer for what they write down.
    """
    grant = next((position for position, choice in enumerate(choices) if choice.allow), None)
    if grant is not None and not recorder:
        raise refusals.SignInToAllow(grant)


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


def _matters(choices: Sequence[Choice], seen: Sequence[Seen], call: Circumstances) -> list[Matter]:
    """In the order of the choices, and then what is refused with them."""
    said = [
        _matter(position, choice, found, call)
        for position, (choice, found) in enumerate(zip(choices, seen, strict=True))
    ]
    wholes.check(said, call)
    refused = [matter.purpose for matter, found in zip(said, seen, strict=True) if found.has_parts and not matter.allow]
    return [*said, *wholes.refused_with(refused, said, call)]


def _matter(position: int, choice: Choice, seen: Seen, call: Circumstances) -> Matter:
    purpose = seen.purpose
    if purpose is None:
        raise refusals.UnknownPurpose(position)
    if purpose.retired_at is not None:
        raise refusals.RetiredPurpose(position)
    if purpose.essential:
        raise refusals.NotOptional(position)
    if seen.wording is None and choice.text_sha256 is not None:
        raise refusals.UnknownText(position)
    if seen.wording is None and choice.allow:
        raise refusals.TextMissing(position)
    if choice.version is not None and not 1 <= choice.version <= purpose.version:
        raise refusals.UnknownVersion(position)
    since = call.said.effective_at
    expires_at = law.expires_at(purpose, call.subject.jurisdiction, since) if choice.allow else None
    return Matter(purpose, _version(choice, seen, purpose), seen.wording, choice.allow, expires_at)


def _version(choice: Choice, seen: Seen, purpose: Purpose) -> int:
    """That which was shown. Words that stand no longer were shown with the version that they came with."""
    if choice.version is not None:
        return choice.version
    old = seen.wording is not None and not seen.wording_is_current
    return seen.wording.version if old and seen.wording else purpose.version
