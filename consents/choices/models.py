from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField
from consents.catalogue.models import Purpose
from consents.choices.current import effective

NOTABLE_DELAY = timedelta(minutes=5)


class Decision(models.TextChoices):
    """A refusal of what was granted until then is a withdrawal; what time ended is expired. Only the first is a yes."""

    GRANTED = "granted", _("Allowed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


# However somebody came to say no.
NO = (Decision.REFUSED, Decision.WITHDRAWN)


class Method(models.TextChoices):
    """How the choice reached us."""

    BANNER = "banner", _("Cookie banner")
    PREFERENCES = "preferences", _("Cookie settings")
    PORTAL = "portal", _("Portal")
    APP = "app", _("App")
    API = "api", _("API")
    GPC = "gpc", _("Privacy signal of the browser")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribe link")
    GUARDIAN = "guardian", _("Guardian, in the portal")
    IMPORT = "import", _("Earlier records")
    PAPER = "paper", _("Paper")
    EXPIRY = "expiry", _("Passing of time")


class Wording(models.Model):
    """The words of a purpose as they were published once, kept because choices name them.

    A trigger on the catalogue's texts adds them, whichever way those are written; another one refuses every change.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="+", verbose_name=_("purpose"))
    language = models.CharField(_("language"), max_length=16)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    sha256 = models.CharField(_("hash of the words"), max_length=64)
    version = models.PositiveSmallIntegerField(_("first shown with version of the purpose"))
    published_at = models.DateTimeField(_("published"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("published wording")
        verbose_name_plural = _("published wordings")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "sha256", "language"], name="choices_wording_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, {self.sha256[:12]})"


class EventQuerySet(models.QuerySet["Event"]):
    def for_subject(self, subject: Subject) -> EventQuerySet:
        """Also what was decided as a device or guest that turned out to be this person."""
        return self.filter(Q(subject=subject) | Q(subject__in=Subject.objects.filter(merged_into=subject)))

    def newest_first(self) -> EventQuerySet:
        """In the order in which they reached us: ids are made by the database and grow with time."""
        return self.order_by("-id")

    def with_details(self) -> EventQuerySet:
        purposes = models.Prefetch("purpose", Purpose.objects.with_texts())
        return self.select_related("wording", "policy_version__document").prefetch_related(purposes)


class Event(models.Model):
    """One decision on one purpose, and its evidence. Rows are only ever added; a trigger refuses the rest."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(
        Subject, models.PROTECT, db_index=False, related_name="choice_events", verbose_name=_("subject")
    )
    # Catalogue and policies never delete what choices name: no index needed for it.
    purpose = models.ForeignKey(Purpose, models.PROTECT, db_index=False, related_name="+", verbose_name=_("purpose"))
    wording = models.ForeignKey(
        Wording,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("words shown"),
        help_text=_("None where a signal or a link spoke and no words were shown; then it can only be a no."),
    )
    version = models.PositiveSmallIntegerField(_("version of the purpose"))
    policy_version = models.ForeignKey(
        "policies.Version",
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("policy in force"),
    )
    decision = models.CharField(_("decision"), max_length=9, choices=Decision)
    method = models.CharField(_("method"), max_length=11, choices=Method)
    actor = models.ForeignKey(
        Subject,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("decided by"),
        help_text=_("None: the person themself."),
    )
    recorder = models.CharField(
        _("written down by"), max_length=64, blank=True, help_text=_("“staff:” or “system:” and its id. Empty: nobody.")
    )
    jurisdiction = models.CharField(_("jurisdiction"), max_length=20)
    said_at = models.DateTimeField(_("said"), help_text=_("By the clock of the device that the person used."))
    received_at = models.DateTimeField(_("received"))
    client_id = models.CharField(_("client’s id"), max_length=64, null=True)
    evidence = SealedTextField(_("evidence"))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        permissions = [("see_evidence", _("Can see the address and browser behind a choice"))]
        indexes = [
            models.Index(fields=["subject", "id"], name="choices_event_of_subject"),
            models.Index(fields=["actor"], condition=Q(actor__isnull=False), name="choices_event_of_actor"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "client_id", "purpose"],
                condition=Q(client_id__isnull=False),
                name="choices_event_said_once",
            ),
            models.CheckConstraint(name="choices_event_decision", condition=Q(decision__in=Decision.values)),
            models.CheckConstraint(name="choices_event_method", condition=Q(method__in=Method.values)),
            models.CheckConstraint(
                name="choices_event_grant_names_words",
                condition=~Q(decision="granted") | Q(wording__isnull=False),
                violation_error_message=_("Nobody agrees to words they were not shown."),
            ),
            models.CheckConstraint(
                name="choices_event_actor_is_another", condition=Q(actor=None) | ~Q(actor=F("subject"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("choices:receipt", args=[self.pk])

    @property
    def name(self) -> str:
        """Of the purpose, in the words that were shown."""
        return self.wording.name if self.wording else self.purpose.text.name

    @property
    def decider_id(self) -> UUID:
        return self.actor_id or self.subject_id

    @property
    def effective_at(self) -> datetime:
        return effective(self.said_at, self.received_at)

    @property
    def came_late(self) -> bool:
        """Said without a connection and sent later: worth telling, where both times are shown."""
        return self.received_at - self.said_at > NOTABLE_DELAY

    def opened_evidence(self) -> dict[str, Any] | None:
        """None where there was none, and once the subject's key is destroyed."""
        return json.loads(self.evidence) if self.evidence else None


class CurrentQuerySet(models.QuerySet["Current"]):
    def for_subject(self, subject: Subject) -> CurrentQuerySet:
        return self.filter(subject=subject)


class Current(models.Model):
    """The choice that holds, derived from the events by the rule in `current.py`. No row: undecided.

    Every statement that writes here copies an event, whose foreign keys the database checks. To check them again for
    the copy would cost nearly a quarter of a write, and have all writes about one purpose lock its row.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(
        Subject,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="current_choices",
        verbose_name=_("subject"),
    )
    purpose = models.ForeignKey(
        Purpose,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="current_choices",
        verbose_name=_("purpose"),
    )
    # Not indexed, nor is what changes with it: so PostgreSQL can change the row in place.
    event = models.ForeignKey(
        Event,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="current",
        verbose_name=_("choice"),
    )
    version = models.PositiveSmallIntegerField(_("version of the purpose"))
    decision = models.CharField(_("decision"), max_length=9, choices=Decision)
    since = models.DateTimeField(_("since"))
    expires_at = models.DateTimeField(_("holds until"), null=True, blank=True)

    objects = CurrentQuerySet.as_manager()

    class Meta:
        verbose_name = _("current choice")
        verbose_name_plural = _("current choices")
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="choices_current_expires"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["subject", "purpose"], name="choices_one_current_per_purpose"),
            models.CheckConstraint(name="choices_current_decision", condition=Q(decision__in=Decision.values)),
            models.CheckConstraint(
                name="choices_current_only_grants_expire", condition=Q(decision="granted") | Q(expires_at=None)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def is_outdated(self, purpose: Purpose) -> bool:
        """It is about an earlier version, and means less than its purpose, as the caller has it, does today."""
        return self.version < purpose.asks_since

    def is_over(self, now: datetime) -> bool:
        """Also when nobody has written down yet that it ended."""
        return self.decision == Decision.EXPIRED or (self.expires_at is not None and self.expires_at <= now)
