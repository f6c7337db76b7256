from __future__ import annotations

from base64 import b64decode
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from accounts.subjects.sealing import SealedTextField
from consents.catalogue.models import Purpose
from consents.choices.models import Decision, Event, EventQuerySet, Method


class PaperQuerySet(models.QuerySet["Paper"]):
    def of_person(self, subject: Subject) -> Self:
        return self.filter(Q(subject=subject) | Q(subject__merged_into=subject))

    def without_scans(self) -> Self:
        """Lists need no megabytes."""
        return self.defer("scan")


class Paper(models.Model):
    """A signed sheet on which somebody decided, and its scan. A trigger refuses every change.

    Its choices carry its number in their client's id: so a paper is entered once, and each leads to the other.
    """

    class Kind(models.TextChoices):
        PDF = "application/pdf", _("PDF")
        JPEG = "image/jpeg", _("JPEG")
        PNG = "image/png", _("PNG")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="papers", verbose_name=_("subject"))
    signed_on = models.DateField(_("signed on"))
    language = models.CharField(_("language"), max_length=16)
    kind = models.CharField(_("kind of file"), max_length=15, choices=Kind)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # Base64: a sealed field holds text.
    scan = SealedTextField(_("scan"))
    recorder = models.CharField(_("entered by"), max_length=64, help_text=_("“staff:” and their number."))
    entered_at = models.DateTimeField(_("entered"), db_default=Now(), editable=False)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [
            models.CheckConstraint(
                name="desk_paper_kind", condition=Q(kind__in=["application/pdf", "image/jpeg", "image/png"])
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def client_id(self, decision: str) -> str:
        """Yes and no are recorded apart, as they count from different hours of the day."""
        return f"paper:{self.pk}:{decision}"

    @property
    def events(self) -> EventQuerySet:
        ids = [self.client_id(decision) for decision in (Decision.GRANTED, Decision.REFUSED)]
        return Event.objects.filter(subject=self.subject_id, client_id__in=ids, method=Method.PAPER)

    def opened_scan(self) -> bytes | None:
        """None once the person's key is destroyed."""
        return b64decode(self.scan) if self.scan else None


class Tally(models.Model):
    """How many decisions reached us on a day (UTC), by all that the charts tell apart. It names nobody."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField(_("day"))
    purpose = models.ForeignKey(Purpose, models.PROTECT, db_index=False, related_name="+", verbose_name=_("purpose"))
    version = models.PositiveSmallIntegerField(_("version of the purpose"))
    method = models.CharField(_("method"), max_length=11, choices=Method)
    decision = models.CharField(_("decision"), max_length=9, choices=Decision)
    count = models.PositiveBigIntegerField(_("decisions"))

    objects = models.Manager["Tally"]()

    class Meta:
        verbose_name = _("rate of choices")
        verbose_name_plural = _("rates of choices")
        indexes = [models.Index(fields=["purpose", "day"], name="desk_tally_of_purpose")]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "purpose", "version", "method", "decision"], name="desk_tally_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.count}"
