from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import UUID7, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.webhooks.addresses import check_url


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def reachable(self) -> Self:
        """Staff did not pause it, and it is not at rest after failures."""
        return self.filter(state=Endpoint.State.ACTIVE).filter(Q(rests_until=None) | Q(rests_until__lte=timezone.now()))


class Endpoint(models.Model):
    """A system that is told what people choose, at one address."""

    class State(models.TextChoices):
        """active <-> paused -> ended; active -> ended. What happens while it is paused waits for it."""

        ACTIVE = "active", _("Is told")
        PAUSED = "paused", _("Paused: messages wait")
        ENDED = "ended", _("Is told no more")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("People read it: “Mail delivery”."))
    url = models.CharField(
        _("address"),
        max_length=500,
        validators=[check_url],
        help_text=_("https://…; http only within the networks that WEBHOOK_NETWORKS lists."),
    )
    purposes = models.ManyToManyField(
        Purpose,
        related_name="+",
        blank=True,
        limit_choices_to={"essential": False},
        verbose_name=_("purposes"),
        help_text=_("It is told of these. None: of all."),
    )
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.ACTIVE, editable=False)
    created_at = models.DateTimeField(_("added"), db_default=Now(), editable=False)
    # Failures in a row that speak against the system and not against one message; after some it is given a rest.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    rests_until = models.DateTimeField(_("rests until"), null=True, editable=False)
    # When the privacy contact was last written to about it.
    alarmed_at = models.DateTimeField(_("last alarm"), null=True, editable=False)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("system that is told")
        verbose_name_plural = _("systems that are told")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="webhooks_endpoint_state", condition=Q(state__in=["active", "paused", "ended"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SecretQuerySet(models.QuerySet["Secret"]):
    def valid(self) -> Self:
        """The newest first."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now())).order_by("-created_at", "-id")


class Secret(models.Model):
    """What messages to an endpoint are signed with. While the receiver changes over, two are valid."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="secrets", verbose_name=_("system"))
    # Sealed with the master key; shown to staff once, when it is made.
    sealed = models.BinaryField(_("secret"), editable=False)
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    ends_at = models.DateTimeField(_("valid until"), null=True, editable=False)

    objects = SecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return str(self.pk)


class MessageQuerySet(models.QuerySet["Message"]):
    def open(self) -> Self:
        return self.filter(state__in=[Message.State.PENDING, Message.State.SENDING])

    def due(self) -> Self:
        """Also what a worker held whose lease is over."""
        return self.open().filter(due_at__lte=timezone.now())

    def in_flight(self) -> Self:
        # The claim is named for the sake of its index, which holds little else.
        return self.filter(state=Message.State.SENDING, claim__isnull=False, due_at__gt=timezone.now())

    def held(self, claim: UUID) -> Self:
        return self.filter(state=Message.State.SENDING, claim=claim)

    def first_in_line(self) -> Self:
        """Nothing older waits for the same system about the same person: each is told in the order of the choices."""
        older = Message.objects.open().filter(
            endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(older))

    def dead(self) -> Self:
        return self.filter(state=Message.State.DEAD)


class Message(models.Model):
    """One thing that one endpoint is told. A trigger on the current choices makes them; see tell.py.

    Like a notice's delivery it is marked before the attempt and after it: told at least once, and twice only if a
    worker dies in between. Its `key` is the same at every attempt, so that the receiver can tell.
    """

    class Kind(models.TextChoices):
        CHOICE = "choice", _("Choice")
        TEST = "test", _("Test")

    class State(models.TextChoices):
        """pending -> sending -> delivered | dead | pending again, later. dead or delivered -> pending, when staff say
        so. pending or sending -> dropped, when its endpoint is ended.
        """

        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        DELIVERED = "delivered", _("Confirmed")
        DEAD = "dead", _("Given up")
        DROPPED = "dropped", _("Not sent, as the system is told no more")

    # A number that grows: the order in which choices were written. Choices of one person are written one after another.
    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(_("key"), db_default=UUID7(), unique=True, editable=False)
    endpoint = models.ForeignKey(
        Endpoint, models.PROTECT, db_index=False, related_name="messages", verbose_name=_("system")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, db_default=Kind.CHOICE)
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, related_name="+", verbose_name=_("subject"))
    purpose = models.ForeignKey(
        Purpose, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("purpose")
    )
    # Of choices.Event, a room above this one.
    event_id = models.UUIDField(_("choice"), null=True, db_index=True)
    version = models.PositiveSmallIntegerField(_("version of the purpose"), null=True)
    decision = models.CharField(_("decision"), max_length=9, db_default="", blank=True)
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    # Since when it is tried: since it was made, or since staff had it sent again.
    tried_since = models.DateTimeField(_("tried since"), db_default=Now(), editable=False)
    state = models.CharField(_("state"), max_length=9, choices=State, db_default=State.PENDING)
    # When a worker may take it: at its next try, or when the lease of the worker that holds it is over.
    due_at = models.DateTimeField(_("due"), null=True, db_default=Now(), editable=False)
    claim = models.UUIDField(_("held by"), null=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), db_default=0, editable=False)
    error = models.CharField(_("last error"), max_length=32, db_default="", blank=True, editable=False)
    delivered_at = models.DateTimeField(_("confirmed"), null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to a system")
        verbose_name_plural = _("messages to systems")
        permissions = [("replay_message", _("Can have messages sent again"))]
        constraints = [
            models.CheckConstraint(
                name="webhooks_state_has_its_columns",
                condition=Q(state="pending", due_at__isnull=False, claim=None, delivered_at=None)
                | Q(state="sending", due_at__isnull=False, claim__isnull=False, delivered_at=None)
                | Q(state="delivered", due_at=None, claim=None, delivered_at__isnull=False, error="")
                | Q(Q(state="dead", due_at=None, claim=None, delivered_at=None), ~Q(error=""))
                | Q(state="dropped", due_at=None, claim=None, delivered_at=None),
            ),
            models.CheckConstraint(
                name="webhooks_kind_has_its_columns",
                condition=Q(
                    kind="choice",
                    subject__isnull=False,
                    purpose__isnull=False,
                    event_id__isnull=False,
                    version__isnull=False,
                    decision__in=["granted", "refused", "withdrawn", "expired"],
                )
                | Q(kind="test", subject=None, purpose=None, event_id=None, version=None, decision=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"], name="webhooks_due", condition=Q(state__in=["pending", "sending"])
            ),
            models.Index(
                fields=["endpoint", "subject", "id"],
                name="webhooks_line",
                condition=Q(state__in=["pending", "sending"]),
            ),
            models.Index(fields=["claim"], name="webhooks_held", condition=Q(claim__isnull=False)),
            models.Index(fields=["endpoint"], name="webhooks_dead", condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return self.webhook_id

    @property
    def webhook_id(self) -> str:
        """What the receiver knows it by. Not the number: a restored backup would give that a second time."""
        return f"msg_{self.key.hex}"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def before(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)


class Attempt(models.Model):
    """One try to send a message, and what came of it. Answers are not kept: who knows what a system says in them."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts", verbose_name=_("message"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    milliseconds = models.PositiveIntegerField(_("milliseconds"))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    error = models.CharField(_("error"), max_length=32, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["at"], name="webhooks_attempt_at")]

    def __str__(self) -> str:
        return str(self.pk)
