"""The answer to a question that was sent by mail."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consents.choices.models import Event
from consents.choices.record import record
from consents.choices.refusals import NotRecorded
from consents.mailing.forget import forget_one
from consents.mailing.models import Confirmation

State = Confirmation.State


class ChangedMeanwhile(NotRecorded):
    code = "changed-meanwhile"
    status = 409
    message = _("What this means has changed since you were asked, so your answer would not count. Please start anew.")


class NothingAsked(Exception):
    """No such question was sent, or it was forgotten or refused since."""


def asked(token: str) -> Confirmation:
    """Raises NothingAsked."""
    found = Confirmation.objects.by_token(token).select_related("subject__merged_into").first()
    if found is None:
        raise NothingAsked
    return found


@transaction.atomic
def confirm(token: str, *, evidence: Mapping[str, str]) -> list[Event]:
    """Record what was asked for, as said now; twice is the same as once. Raises NothingAsked, NotRecorded."""
    question = _locked(token)
    person = question.subject.merged_into or question.subject
    now = timezone.now()
    events = record(
        person,
        question.wanted,
        method=question.method,
        actor=person,
        language=question.language,
        client_id=f"confirmation:{question.pk}",
        evidence=_proof(question, evidence),
        recorder=question.recorder,
    )
    if any(event.version < event.purpose.asks_since for event in events):
        raise ChangedMeanwhile
    if question.state != State.CONFIRMED:
        question.state, question.due_at, question.confirmed_at = State.CONFIRMED, None, now
        question.save(update_fields=["state", "due_at", "confirmed_at"])
    return events


@transaction.atomic
def decline(token: str) -> None:
    """Forget the question, and a guest who was known by nothing else. What was confirmed stays: it is ended elsewhere.
    Raises NothingAsked.
    """
    question = _locked(token)
    if question.state != State.CONFIRMED:
        forget_one(question)


def _locked(token: str) -> Confirmation:
    questions = Confirmation.objects.by_token(token).select_for_update(of=("self",))
    found = questions.select_related("subject__merged_into").first()
    # One that was never sent can not have been answered, and a failed one neither.
    if found is None or found.sent_at is None:
        raise NothingAsked
    return found


def _proof(question: Confirmation, evidence: Mapping[str, str]) -> dict[str, str]:
    """What stands beside the choice for good: who asked, what was sent, who answered and from where."""
    assert question.sent_at is not None
    where_asked = {f"asked_{name}": text for name, text in question.opened_evidence().items()}
    return {
        **evidence,
        **where_asked,
        "confirmation": str(question.pk),
        "asked_at": question.asked_at.isoformat(),
        "sent_at": question.sent_at.isoformat(),
        "message_id": question.message_id,
        "body_sha256": question.body_sha256,
        "token_sha256": question.token_sha256,
    }
