from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.notices.attempt_models import Attempt, Result
from consents.notices.blocks import to_text
from consents.notices.event_models import NoticeEvent

__all__ = ["CANCELLED", "NOT_ALLOWED", "Attempt", "Delivery", "Notice", "NoticeEvent", "NoticeText", "Result"]

# Why a delivery was skipped whose person had said no by then.
NOT_ALLOWED = "not-allowed"
# Why one was skipped whose notice was cancelled before its turn came.
CANCELLED = "cancelled"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def to_many(self) -> Self:
        return self.exclude(audience="")

    def sending(self) -> Self:
        """To many, and to be sent now: what the law makes us say first, then the one that waits longest."""
        return self.to_many().filter(state=Notice.State.RUNNING).order_by("-legal", "pk")

    def through(self) -> Self:
        """Nothing of theirs waits to be sent."""
        return self.exclude(Exists(Delivery.objects.open().filter(notice=OuterRef("pk"))))


class Notice(models.Model):
    """Something that one person or many must be told, by mail and in the portal. It names nobody: deliveries do."""

    class State(models.TextChoices):
        """waiting -> running <-> paused; running -> stopped -> running; any of these -> cancelled; else finished.

        A trigger refuses every other way.
        """

        WAITING = "waiting", _("Waits for a second person")
        RUNNING = "running", _("Being sent")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped by itself")
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("All sent")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    # The name of the template its texts were written from, such as "policy-change".
    kind = models.SlugField(_("kind"), max_length=50)
    # Where the portal says more: a path, as the address before it is the deployment's.
    link = models.CharField(_("link"), max_length=500, blank=True)
    reference = models.CharField(_("reference"), max_length=50, blank=True)
    legal = models.BooleanField(
        _("legal notice"), default=True, help_text=_("Goes to everybody concerned, whatever they chose for marketing.")
    )
    purpose = models.ForeignKey(
        Purpose,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("purpose"),
        help_text=_("What people allow or refuse it by. A legal notice has none."),
    )
    # Empty: it was for one person.
    audience = models.CharField(_("audience"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("all sent"), null=True, editable=False)
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.RUNNING, db_default=State.RUNNING, editable=False
    )
    people = models.PositiveIntegerField(_("people"), db_default=1, editable=False)
    # "staff:" and their number, as the record outlives the sign-in; empty: it was made by what somebody asked for.
    made_by = models.CharField(_("made by"), max_length=64, blank=True, db_default="", editable=False)
    two_persons = models.BooleanField(_("wants a second person"), db_default=False, editable=False)
    approved_by = models.CharField(_("approved by"), max_length=64, blank=True, db_default="", editable=False)
    # The last delivery of the first batch, while only that is sent. Their numbers grow in the order of their making.
    first_batch_to = models.UUIDField(_("end of the first batch"), null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        permissions = [("steer_notice", _("Can approve, pause, resume and cancel notices"))]
        indexes = [
            # Few, beside those to one person that pile up for years.
            models.Index(fields=["state"], name="notices_to_many", condition=Q(finished_at=None) & ~Q(audience="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="notices_state_of_notice",
                condition=Q(state="finished", finished_at__isnull=False)
                | Q(state="cancelled")
                | Q(state__in=["waiting", "running", "paused", "stopped"], finished_at=None),
            ),
            models.CheckConstraint(
                name="notices_second_person",
                condition=Q(two_persons=False) | Q(state__in=["waiting", "cancelled"]) | ~Q(approved_by=""),
                violation_error_message=_("A notice to so many people waits until a second person approves it."),
            ),
            models.CheckConstraint(
                name="notices_approved_by_another",
                condition=Q(approved_by="") | ~Q(approved_by=F("made_by")),
                violation_error_message=_("Who made a notice can not be the one who approves it."),
            ),
            models.CheckConstraint(
                name="notices_link_is_a_path",
                # "//host" would be another site.
                condition=Q(link="") | Q(link__regex=r"^/([^/\\]|$)"),
                violation_error_message=_("The link of a notice is a path of this site."),
            ),
            models.CheckConstraint(
                name="notices_legal_or_optional",
                condition=Q(legal=True, purpose=None) | Q(legal=False, purpose__isnull=False),
                violation_error_message=_("A notice is a legal one, or for a purpose that people may refuse."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d}"

    @property
    def address(self) -> str:
        """The link as a mail needs it."""
        return settings.BASE_URL + self.link if self.link else ""

    @property
    def unknown_attempts(self) -> int:
        """How many mails may have come twice, or, of a notice that may be refused, never: their worker died."""
        return Result.objects.filter(kind=Result.Kind.UNKNOWN, attempt__delivery__notice=self).count()


class NoticeText(models.Model):
    """What a notice says in one language. Written once; a trigger refuses to change or delete it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="texts", verbose_name=_("notice"))
    language = models.CharField(_("language"), max_length=16)
    subject = models.CharField(_("subject line"), max_length=200)
    body = models.TextField(_("text"), help_text=_("Markdown"))
    html = models.TextField(_("text as HTML"), editable=False)
    # What its link does, for the button: "Compare the versions".
    action = models.CharField(_("deed"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("text of a notice")
        verbose_name_plural = _("texts of notices")
        constraints = [models.UniqueConstraint(fields=["notice", "language"], name="notices_one_text_per_language")]

    def __str__(self) -> str:
        return self.subject

    @cached_property
    def plain(self) -> str:
        """For the part of a mail without HTML."""
        return to_text(self.body)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_subject(self, subject: Subject) -> Self:
        """But for what they no longer wanted when it was to be sent: they do not find it in the portal either.

        Nor what nobody approved yet, or what was cancelled before it reached them.
        """
        gone = Q(notice__state=Notice.State.CANCELLED) & ~Q(state__in=[Delivery.State.SENDING, Delivery.State.SENT])
        hidden = Q(error=NOT_ALLOWED) | Q(notice__state=Notice.State.WAITING) | gone
        return self.filter(subject=subject).exclude(hidden)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def open(self) -> Self:
        return self.filter(state__in=[Delivery.State.PENDING, Delivery.State.SENDING])

    def due(self, now: datetime) -> Self:
        """What one person waits for goes before what many are told."""
        return self.open().filter(due_at__lte=now).order_by("bulk", "due_at")

    def held(self, claim: UUID) -> Self:
        return self.open().filter(claim=claim)

    def not_begun(self) -> Self:
        """Held by a worker that has not yet written down an attempt on it."""
        begun = Attempt.objects.filter(delivery=OuterRef("pk"), number__gt=OuterRef("attempts"))
        return self.filter(~Exists(begun), state=Delivery.State.SENDING)

    def with_texts(self) -> Self:
        return self.select_related("notice__purpose").prefetch_related("notice__texts")


class Delivery(models.Model):
    """One notice for one subject: shown in the portal from the start, and sent by mail.

    An attempt is written down before it is made, and its result after it. Where a result is missing and the time of the
    worker is over, it died between the two: the attempt is then unknown, and counted as that. A legal notice is sent
    again, as one that comes twice is better than one that never comes; a notice that people may refuse is not. At most
    one message per killed worker can be doubled so, and both bear the same Message-ID.

    Attempts and results are what is certain. The columns here follow from them, a batch at a time.
    """

    class State(models.TextChoices):
        """pending -> sending -> sent | failed | skipped | pending again, with a later time."""

        PENDING = "pending", _("Waiting to be sent")
        # A worker holds it.
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Could not be sent")
        SKIPPED = "skipped", _("Not sent, as the person is leaving, does not want it or has no address")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    # A notice stays because its texts do: to check it for each of a million would take seconds. For each of the two
    # another index serves.
    notice = models.ForeignKey(
        Notice,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="deliveries",
        verbose_name=_("notice"),
    )
    subject = models.ForeignKey(
        "subjects.Subject", models.PROTECT, db_index=False, related_name="deliveries", verbose_name=_("subject")
    )
    language = models.CharField(_("language"), max_length=16)
    bulk = models.BooleanField(_("one of many"), db_default=False)
    state = models.CharField(_("state"), max_length=8, choices=State, db_default=State.PENDING)
    # When a worker may take it: at its next try, or when the lease of the worker that holds it is over.
    due_at = models.DateTimeField(_("due"), null=True, db_default=Now(), editable=False)
    claim = models.UUIDField(_("held by"), null=True, editable=False)
    # Of those that have a result.
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0, editable=False)
    error = models.CharField(_("reason"), max_length=50, blank=True, db_default="", editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    read_at = models.DateTimeField(_("read"), null=True, editable=False)
    # For people whose account is gone by then; sealed with the master key, and wiped when the delivery is over.
    address = models.BinaryField(_("address for this once"), null=True, editable=False)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["notice", "subject"], name="notices_told_once"),
            models.CheckConstraint(
                name="notices_state_has_its_columns",
                condition=Q(state="pending", due_at__isnull=False, sent_at=None)
                | Q(state="sending", due_at__isnull=False, claim__isnull=False, sent_at=None)
                | Q(state="sent", due_at=None, claim=None, sent_at__isnull=False, address=None)
                | Q(
                    Q(state__in=["failed", "skipped"], due_at=None, claim=None, sent_at=None, address=None),
                    ~Q(error=""),
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["bulk", "due_at"], name="notices_due", condition=Q(state__in=["pending", "sending"])),
            models.Index(
                fields=["notice", "due_at"], name="notices_open_due", condition=Q(state__in=["pending", "sending"])
            ),
            models.Index(fields=["claim"], name="notices_held", condition=Q(claim__isnull=False)),
            models.Index(fields=["subject", "-id"], name="notices_of_subject"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return reverse("notices:detail", args=[self.pk])

    @property
    def text(self) -> NoticeText:
        """In the language it was sent in, which is one of the notice's."""
        return next(text for text in self.notice.texts.all() if text.language == self.language)
