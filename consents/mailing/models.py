from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField
from consents.choices.models import Method
from consents.choices.record import Choice

# Long enough for a holiday. What nobody has confirmed by then is forgotten.
LIFETIME = timedelta(days=14)


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def for_subject(self, subject: Subject) -> Self:
        return self.filter(Q(subject=subject) | Q(subject__merged_into=subject))

    def unconfirmed(self) -> Self:
        return self.exclude(state=Confirmation.State.CONFIRMED)

    def due(self, now: datetime) -> Self:
        return self.filter(state=Confirmation.State.PENDING, due_at__lte=now).order_by("due_at")

    def over(self, now: datetime) -> Self:
        """Nobody has confirmed them, and nobody can any more."""
        return self.unconfirmed().filter(asked_at__lt=now - LIFETIME)

    def by_token(self, token: str) -> Self:
        """Those that the link in a mail still leads to."""
        living = Q(state=Confirmation.State.CONFIRMED) | Q(asked_at__gte=timezone.now() - LIFETIME)
        return self.filter(living, token_sha256=token_hash(token))


class Confirmation(models.Model):
    """A question sent to an e-mail address: is what was allowed in its name really wanted? The proof of the answer.

    Once confirmed, a trigger refuses to change or delete the row for as long as evidence is kept. The mail is marked
    before and after it is sent; should a worker die between the two it is sent again, with the same link.
    """

    class State(models.TextChoices):
        """pending -> sent -> confirmed; pending -> failed. Also confirmed: an answer to a mail that we thought lost."""

        PENDING = "pending", _("Waiting to be sent")
        SENT = "sent", _("Waiting for the answer")
        CONFIRMED = "confirmed", _("Confirmed")
        FAILED = "failed", _("Could not be sent")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="confirmations", verbose_name=_("subject"))
    # As the person who asked was shown them: purpose, text_sha256, version.
    choices = models.JSONField(_("what is to be allowed"))
    method = models.CharField(_("method"), max_length=11, choices=Method)
    recorder = models.CharField(_("written down by"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=16)
    # A guest of whom nothing else was known: if nobody confirms, the guest is forgotten too.
    opened_guest = models.BooleanField(_("made a guest known"), default=False)
    token_sha256 = models.CharField(_("hash of the link’s token"), max_length=64, unique=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PENDING)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, db_default=Now(), editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0, editable=False)
    error = models.CharField(_("reason"), max_length=50, blank=True, db_default="", editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=200, blank=True, editable=False)
    body_sha256 = models.CharField(
        _("hash of the mail"),
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("SHA-256 of its text and then its HTML, in UTF-8 and with LF at the end of lines."),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    evidence = SealedTextField(_("evidence"))

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        indexes = [
            models.Index(fields=["due_at"], name="mailing_due", condition=Q(state="pending")),
            models.Index(fields=["asked_at"], name="mailing_unconfirmed", condition=~Q(state="confirmed")),
        ]
        constraints = [
            models.CheckConstraint(
                name="mailing_state_has_its_columns",
                condition=Q(state="pending", due_at__isnull=False, confirmed_at=None)
                | Q(state="sent", due_at=None, sent_at__isnull=False, confirmed_at=None)
                | Q(state="confirmed", due_at=None, sent_at__isnull=False, confirmed_at__isnull=False)
                | Q(Q(state="failed", due_at=None, confirmed_at=None), ~Q(error="")),
            ),
            models.CheckConstraint(
                name="mailing_sent_is_proven", condition=Q(sent_at=None) | ~Q(Q(message_id="") | Q(body_sha256=""))
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def token(self) -> str:
        """Made anew for each try to send, so that the row need not hold it."""
        return token_of(self.pk)

    @property
    def address(self) -> str:
        """Where the mail leads to."""
        return settings.BASE_URL + reverse("mailing:confirm", args=[self.token])

    @property
    def over_at(self) -> datetime:
        return self.asked_at + LIFETIME

    @property
    def wanted(self) -> list[Choice]:
        return [Choice(said["purpose"], True, said["text_sha256"], said["version"]) for said in self.choices]

    def opened_evidence(self) -> dict[str, str]:
        """Empty once the subject's key is destroyed."""
        return json.loads(self.evidence) if self.evidence else {}


class Call(models.Model):
    """A call of a system with an Idempotency-Key, kept for a day so that the same call has nobody asked twice."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    client_id = models.CharField(_("system"), max_length=100)
    key = models.CharField(_("idempotency key"), max_length=200)
    fingerprint = models.CharField(_("keyed hash of the call"), max_length=64)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False, db_index=True)

    class Meta:
        verbose_name = _("call that asked")
        verbose_name_plural = _("calls that asked")
        constraints = [models.UniqueConstraint(fields=["client_id", "key"], name="mailing_one_call_per_key")]

    def __str__(self) -> str:
        return str(self.pk)


def token_of(pk: UUID) -> str:
    return (
        urlsafe_b64encode(salted_hmac("mailing.Confirmation", str(pk), algorithm="sha256").digest())
        .decode()
        .rstrip("=")
    )


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
