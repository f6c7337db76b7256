from __future__ import annotations

from typing import Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from dsar.requests.reference import new_reference
from dsar.work.models import Plan


class RequestQuerySet(models.QuerySet["Request"]):
    def for_subject(self, subject: Subject) -> Self:
        """Theirs, and those they asked for a minor."""
        return self.filter(Q(subject=subject) | Q(asked_by=subject))

    def open(self) -> Self:
        return self.filter(closed_at=None)


class Request(models.Model):
    """What a person asks for, from the asking to the end."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("Copy of your data")
        ERASURE = "erasure", _("Deletion of your account")

    class State(models.TextChoices):
        """working -> done; scheduled -> working | cancelled; working -> stuck -> working; stuck -> cancelled when the
        subject is erased.
        """

        SCHEDULED = "scheduled", _("Scheduled")
        WORKING = "working", _("In progress")
        STUCK = "stuck", _("There is a problem")
        DONE = "done", _("Completed")
        CANCELLED = "cancelled", _("Stopped")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    reference = models.CharField(_("reference"), max_length=32, unique=True, default=new_reference)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="requests", verbose_name=_("subject"))
    # The subject, or the guardian of a minor.
    asked_by = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    state = models.CharField(_("state"), max_length=12, choices=State)
    plan = models.OneToOneField(
        Plan, models.PROTECT, null=True, blank=True, related_name="request", verbose_name=_("plan")
    )
    created_at = models.DateTimeField(_("asked"), db_default=Now(), editable=False)
    due_on = models.DateField(_("promised by"))
    grace_until = models.DateTimeField(_("can be stopped until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        indexes = [
            models.Index(fields=["subject", "-id"], name="requests_of_subject"),
            models.Index(fields=["asked_by"], name="requests_asked_by"),
            models.Index(fields=["due_on"], condition=Q(closed_at=None), name="requests_open_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"],
                condition=Q(closed_at=None),
                name="requests_one_open_of_a_kind",
                violation_error_message=_("There is an open request of this kind already."),
            ),
            models.CheckConstraint(
                name="requests_closed",
                condition=Q(state__in=["done", "cancelled"], closed_at__isnull=False)
                | Q(state__in=["scheduled", "working", "stuck"], closed_at=None),
                violation_error_message=_("Only a request that is over has a time at which it ended."),
            ),
            models.CheckConstraint(
                name="requests_grace",
                condition=Q(kind="erasure", grace_until__isnull=False) | (~Q(kind="erasure") & Q(grace_until=None)),
                violation_error_message=_("A deletion, and nothing else, has a time until which it can be stopped."),
            ),
            models.CheckConstraint(
                name="requests_scheduled_is_erasure", condition=~Q(state="scheduled") | Q(kind="erasure")
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("requests:detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def can_be_cancelled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def token(self) -> str:
        """Opens the page that says how it stands to whoever was given it, without an account."""
        return _signer().sign(str(self.pk))

    @classmethod
    def from_token(cls, token: str) -> Request:
        """Raises DoesNotExist."""
        try:
            pk = _signer().unsign(token)
        except BadSignature as error:
            raise cls.DoesNotExist from error
        return cls.objects.get(pk=pk)


def _signer() -> Signer:
    return Signer(salt="dsar.requests.Request", sep=".")


class RequestEvent(models.Model):
    """Something that happened to a request. Rows are only ever added; a trigger refuses the rest."""

    class Kind(models.TextChoices):
        ASKED = "asked", _("You asked for this.")
        BEGAN = "began", _("The work began.")
        READY = "ready", _("Your copy was ready.")
        DOWNLOADED = "downloaded", _("You downloaded your copy.")
        STUCK = "stuck", _("Something on our side went wrong. Our staff were called.")
        RETRIED = "retried", _("Our staff had it tried again.")
        CANCELLED = "cancelled", _("You stopped the deletion.")
        OVERTAKEN = "overtaken", _("This ended because the account was deleted.")
        DONE = "done", _("Everything was done.")

    class By(models.TextChoices):
        SUBJECT = "subject", _("The person")
        GUARDIAN = "guardian", _("The guardian")
        SYSTEM = "system", _("The software")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    request = models.ForeignKey(Request, models.PROTECT, related_name="events", verbose_name=_("request"))
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", verbose_name=_("subject"))
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    by = models.CharField(_("by"), max_length=12, choices=By)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("event of a request")
        verbose_name_plural = _("events of requests")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()
