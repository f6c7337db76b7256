from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.models import Subject
from consents.choices import refusals

# How many hexadecimal digits of the file's hash stand in an event's client id.
PREFIX = 16


class Import(models.Model):
    """One file with choices that were recorded elsewhere. The hash of its bytes is what tells it from others."""

    class State(models.TextChoices):
        """rehearsed and refused (both may be read again) -> writing -> done."""

        REHEARSED = "rehearsed", _("Rehearsed")
        REFUSED = "refused", _("Refused")
        WRITING = "writing", _("Being written")
        DONE = "done", _("Done")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    sha256 = models.CharField(_("hash of the file"), max_length=64, unique=True)
    name = models.CharField(_("file"), max_length=255)
    state = models.CharField(_("state"), max_length=9, choices=State)
    lines = models.PositiveBigIntegerField(_("lines"), default=0)
    bad = models.PositiveBigIntegerField(_("bad lines"), default=0)
    guests = models.PositiveBigIntegerField(_("new guests"), default=0)
    recorded = models.PositiveBigIntegerField(_("choices recorded"), default=0)
    started_at = models.DateTimeField(_("started"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="imports_finished_when_over",
                condition=Q(finished_at=None, state="writing") | (Q(finished_at__isnull=False) & ~Q(state="writing")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def client_id(self) -> str:
        """What the client ids of its events begin with; the number of the line follows."""
        return f"import:{self.sha256[:PREFIX]}:"


class Fault(models.TextChoices):
    """What can be wrong with a line."""

    NOT_TEXT = "not-text", _("This is not text in UTF-8.")
    NOT_A_RECORD = "not-a-record", _("This can not be read as a record.")
    MISSING = "missing", _("This is missing.")
    TWO_NAMES = "two-names", _("Name the subject or the address, not both.")
    NOT_A_NUMBER = "not-a-number", _("This is not a number of a subject.")
    NOT_AN_ADDRESS = "not-an-address", _("This is not an address.")
    UNKNOWN_SUBJECT = "unknown-subject", _("There is no such subject.")
    ERASED = refusals.Erased.code, refusals.Erased.message
    FROZEN = refusals.Frozen.code, _("The erasure was asked for. Until it is stopped, everything can only be refused.")
    GUARDIAN_NEEDED = refusals.GuardianNeeded.code, _("A minor can not allow this alone.")
    UNKNOWN_PURPOSE = refusals.UnknownPurpose.code, refusals.UnknownPurpose.message
    RETIRED_PURPOSE = refusals.RetiredPurpose.code, refusals.RetiredPurpose.message
    NOT_OPTIONAL = refusals.NotOptional.code, refusals.NotOptional.message
    UNKNOWN_VERSION = refusals.UnknownVersion.code, refusals.UnknownVersion.message
    UNKNOWN_TEXT = refusals.UnknownText.code, _("These words were never published for this purpose.")
    TEXT_MISSING = refusals.TextMissing.code, refusals.TextMissing.message
    UNKNOWN_LANGUAGE = "unknown-language", _("There is no such language here.")
    UNKNOWN_DECISION = "unknown-decision", _("A decision is “granted”, “refused” or “withdrawn”.")
    NOT_A_TIME = "not-a-time", _("This is not a time with its zone, such as 2024-03-01T10:00:00Z.")
    CLOCK_AHEAD = refusals.ClockAhead.code, _("This is in the future.")


class Problem(models.Model):
    """What is wrong with one line: the column, never what stands in it."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Import, models.CASCADE, related_name="problems", verbose_name=_("import"))
    number = models.PositiveBigIntegerField(_("line"))
    field = models.CharField(_("column"), max_length=16, blank=True)
    fault = models.CharField(_("fault"), max_length=20, choices=Fault)

    class Meta:
        verbose_name = _("bad line")
        verbose_name_plural = _("bad lines")
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}"


class Line(models.Model):
    """A line that was read and found good, until it is written: what stands here is what is still to be done.

    Nothing here is checked by the database again, as a million checks take half as long as the import.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Import, models.CASCADE, db_constraint=False, db_index=False, related_name="waiting")
    # The lines of one person are in one batch, whose lines are written by one statement.
    batch = models.PositiveIntegerField()
    number = models.PositiveBigIntegerField()
    subject = models.ForeignKey(Subject, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    purpose_id = models.UUIDField()
    wording_id = models.UUIDField(null=True)
    version = models.PositiveSmallIntegerField()
    policy_version_id = models.UUIDField(null=True)
    decision = models.CharField(max_length=9)
    said_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("waiting line")
        verbose_name_plural = _("waiting lines")
        indexes = [models.Index(fields=["source", "batch"], name="imports_line_batch")]

    def __str__(self) -> str:
        return f"{self.number}"
