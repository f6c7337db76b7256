"""What was tried to tell somebody, and what became of it: the evidence that they were told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject


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
        "notices.Delivery",
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
        "notices.NoticeText",
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
        indexes = [
            # Few among millions, and counted for staff again and again.
            models.Index(fields=["attempt"], name="notices_unknown", condition=Q(kind="unknown")),
        ]
        constraints = [
            models.CheckConstraint(
                name="notices_result_kind",
                condition=Q(kind="accepted", code="")
                | Q(Q(kind__in=["deferred", "refused", "skipped", "unknown"]), ~Q(code="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}".strip()
