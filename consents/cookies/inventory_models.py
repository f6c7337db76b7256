"""What the inventory said of a tracker at any time."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models.functions import UUID7
from django.utils.translation import gettext_lazy as _


class TrackerVersion(models.Model):
    """Triggers keep it, whichever way the inventory is written, and refuse to change or delete it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    tracker = models.ForeignKey("cookies.Tracker", models.PROTECT, related_name="versions", verbose_name=_("cookie"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    published_at = models.DateTimeField(_("published"), db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name = _("version of a cookie")
        verbose_name_plural = _("versions of cookies")
        ordering = ["tracker", "-number"]
        constraints = [models.UniqueConstraint(fields=["tracker", "number"], name="cookies_trackerversion_once")]

    def __str__(self) -> str:
        return f"{self.tracker_id} {self.number}"
