"""What happened to a notice to many, and by whom. It is evidence: a trigger refuses to change or delete a row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _


class NoticeEvent(models.Model):
    class Deed(models.TextChoices):
        MADE = "made", _("Made")
        APPROVED = "approved", _("Approved")
        TESTED = "tested", _("Sent to its reader as a test")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        PASSED = "passed", _("First batch went well")
        STOPPED = "stopped", _("Stopped by itself: too many could not be delivered")
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("Finished")

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    notice = models.ForeignKey(
        "notices.Notice", models.PROTECT, db_index=False, related_name="events", verbose_name=_("notice")
    )
    deed = models.CharField(_("what"), max_length=9, choices=Deed)
    # No reference: the record outlives the sign-in. Empty: it happened by itself.
    who = models.CharField(_("who"), max_length=64, blank=True, help_text=_("“staff:” and their number."))
    # As they stood when it stopped, or when somebody let it go on nevertheless.
    tried = models.PositiveIntegerField(_("tried"), null=True)
    failed = models.PositiveIntegerField(_("could not be delivered"), null=True)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("event of a notice")
        verbose_name_plural = _("events of notices")
        indexes = [models.Index(fields=["notice", "id"], name="notices_events")]
        constraints = [
            models.CheckConstraint(
                name="notices_event_by_somebody",
                condition=Q(deed__in=["made", "passed", "stopped", "finished"]) | ~Q(who=""),
            ),
            models.CheckConstraint(
                name="notices_event_counts",
                condition=Q(tried=None, failed=None) | Q(tried__isnull=False, failed__isnull=False),
            ),
            models.CheckConstraint(
                name="notices_stopped_by_numbers", condition=~Q(deed="stopped") | Q(failed__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.get_deed_display()
