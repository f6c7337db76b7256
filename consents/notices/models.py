from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import UUID7, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.notices.blocks import to_text

# Why a delivery was skipped whose person had said no by then.
NOT_ALLOWED = "not-allowed"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def through(self) -> Self:
        """Nothing of theirs waits to be sent."""
        return self.exclude(Exists(Delivery.objects.open().filter(notice=OuterRef("pk"))))


class Notice(models.Model):
    """Something that one person or many must be told, by mail and in the portal. It names nobody: deliveries do."""

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

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
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
        """But for what they no longer wanted when it was to be sent: they do not find it in the portal either."""
        return self.filter(subject=subject).exclude(error=NOT_ALLOWED)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def open(self) -> Self:
        return self.filter(state__in=[Delivery.State.PENDING, Delivery.State.SENDING])

    def due(self, now: datetime) -> Self:
        """What one person waits for goes before what many are told."""
        return self.open().filter(due_at__lte=now).order_by("bulk", "due_at")

    def held(self, claim: UUID) -> Self:
        return self.open().filter(claim=claim)

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
            models.Index(fields=["notice"], name="notices_open", condition=Q(state__in=["pending", "sending"])),
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


class Attempt(models.Model):
    """That somebody was about to be told: written before it is tried. A trigger refuses to change or delete it.

    Whoever tries writes down its number first, and of two with the same number the database takes one: nobody sends
    what somebody else is sending.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    # It is copied from the delivery and its text by the database itself, which never deletes a text.
    delivery = models.ForeignKey(
        Delivery,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="tries",
        verbose_name=_("delivery"),
    )
    subject = models.ForeignKey(
        Subject,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("subject"),
    )
    text = models.ForeignKey(
        NoticeText,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("text"),
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    number = models.PositiveSmallIntegerField(_("number"))
    claim = models.UUIDField(_("held by"))
    worker = models.CharField(_("worker"), max_length=100)
    began_at = models.DateTimeField(_("began"))

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="notices_attempt_once"),
            models.CheckConstraint(name="notices_attempt_channel", condition=Q(channel__in=["email"])),
            models.CheckConstraint(name="notices_attempt_number", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Result(models.Model):
    """What became of an attempt. A trigger refuses to change or delete it."""

    class Kind(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted by the mail server")
        DEFERRED = "deferred", _("Refused for now")
        REFUSED = "refused", _("Refused for good")
        SKIPPED = "skipped", _("Not sent, as there was nobody to tell any more")
        UNKNOWN = "unknown", _("Unknown, as the worker died")

    attempt = models.OneToOneField(
        Attempt, models.PROTECT, primary_key=True, related_name="result", verbose_name=_("attempt")
    )
    subject = models.ForeignKey(
        Subject,
        models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("subject"),
    )
    kind = models.CharField(_("result"), max_length=8, choices=Kind)
    code = models.CharField(_("reason"), max_length=50, blank=True)
    at = models.DateTimeField(_("known since"))

    class Meta:
        verbose_name = _("result of an attempt")
        verbose_name_plural = _("results of attempts")
        constraints = [
            models.CheckConstraint(
                name="notices_result_kind",
                condition=Q(kind="accepted", code="")
                | Q(Q(kind__in=["deferred", "refused", "skipped", "unknown"]), ~Q(code="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}".strip()
