from typing import Any, Self

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID7
from django.utils.translation import gettext_lazy as _

from consents.catalogue.durations import ISO_DURATION, in_words
from consents.catalogue.entries import Entry, EntryQuerySet, Text, one_of
from consents.catalogue.kinds import OPENING_EVENTS, Channel, LegalBasis, RecipientKind, RetentionEvent, Safeguard
from consents.catalogue.text_hash import TextHash, text_hash


class DataCategoryQuerySet(EntryQuerySet["DataCategory"]):
    pass


class DataCategory(Entry):
    """A kind of data, as a person would name it. Rooms declare their tables under its slug."""

    sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("Data that GDPR Art. 9 or 10 protects, or whose leak hurts at once.")
    )

    objects = DataCategoryQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("data category")
        verbose_name_plural = _("data categories")


class DataCategoryText(Text):
    owner = "category"
    category = models.ForeignKey(DataCategory, models.CASCADE, related_name="texts", verbose_name=_("data category"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "language"], name="catalogue_categorytext_once")]


class RecipientQuerySet(EntryQuerySet["Recipient"]):
    pass


class Recipient(Entry):
    """Who else may receive data."""

    kind = models.CharField(_("kind"), max_length=16, choices=RecipientKind)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Two letters of ISO 3166."))
    safeguard = models.CharField(_("safeguard of the transfer"), max_length=16, choices=Safeguard, blank=True)

    objects = RecipientQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            *Entry.Meta.constraints,
            one_of("kind", RecipientKind),
            one_of("safeguard", Safeguard, blank=True),
            models.CheckConstraint(
                name="catalogue_recipient_country",
                condition=Q(country__regex=r"^([A-Z]{2})?$"),
                violation_error_message=_("A country is two capital letters."),
            ),
        ]


class RecipientText(Text):
    owner = "recipient"
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="texts", verbose_name=_("recipient"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "language"], name="catalogue_recipienttext_once")]


class RetentionQuerySet(EntryQuerySet["Retention"]):
    pass


class Retention(Entry):
    """How long data is kept: a period that counts from an event, or until the event itself."""

    counts_from = models.CharField(_("counts from when"), max_length=20, choices=RetentionEvent)
    period = models.CharField(
        _("period"), max_length=32, blank=True, help_text=_("ISO 8601, such as P6M. Empty: until the event itself.")
    )
    law = models.CharField(_("law"), max_length=200, blank=True)

    objects = RetentionQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("retention")
        verbose_name_plural = _("retentions")
        constraints = [
            *Entry.Meta.constraints,
            one_of("counts_from", RetentionEvent),
            models.CheckConstraint(
                name="catalogue_retention_period",
                condition=Q(period="") | Q(period__regex=ISO_DURATION),
                violation_error_message=_("A period is an ISO 8601 duration, such as P6M."),
            ),
            models.CheckConstraint(
                name="catalogue_retention_ends",
                condition=~Q(period="", counts_from__in=OPENING_EVENTS),
                violation_error_message=_("What counts from its collection or last use needs a period."),
            ),
        ]

    @property
    def duration(self) -> str:
        """ "30 days after you close your account", "until you withdraw your consent"."""
        event = self.get_counts_from_display()
        if not self.period:
            return _("Until %(event)s") % {"event": event}
        return _("%(period)s after %(event)s") % {"period": in_words(self.period), "event": event}


class RetentionText(Text):
    owner = "retention"
    retention = models.ForeignKey(Retention, models.CASCADE, related_name="texts", verbose_name=_("retention"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["retention", "language"], name="catalogue_retentiontext_once")]


class ServiceQuerySet(EntryQuerySet["Service"]):
    pass


class Service(Entry):
    """Something that people use and that purposes belong to: a shop, an app, a newsletter."""

    objects = ServiceQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("service")
        verbose_name_plural = _("services")


class ServiceText(Text):
    owner = "service"
    service = models.ForeignKey(Service, models.CASCADE, related_name="texts", verbose_name=_("service"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "language"], name="catalogue_servicetext_once")]


class PurposeQuerySet(EntryQuerySet["Purpose"]):
    def optional(self) -> Self:
        """What a person may allow or refuse."""
        return self.filter(essential=False)

    def essential(self) -> Self:
        return self.filter(essential=True)

    def ended_by_gpc(self) -> Self:
        """What is done now and Global Privacy Control says no to."""
        return self.current().optional().filter(gpc=True)

    def with_details(self, language: str | None = None) -> Self:
        """With its own words and those of its data, recipients and retention."""
        details: dict[str, models.QuerySet[Any]] = {
            "categories": DataCategory.objects.with_texts(language),
            "recipients": Recipient.objects.with_texts(language),
            "retention": Retention.objects.with_texts(language),
            "service": Service.objects.with_texts(language),
        }
        return self.with_texts(language).prefetch_related(*(models.Prefetch(*each) for each in details.items()))


class Purpose(Entry):
    """What data is used for, and by which right. Only consent makes it the person's choice."""

    essential = models.BooleanField(
        _("essential"), help_text=_("Done without asking, on another basis than consent. The rest is optional.")
    )
    legal_basis = models.CharField(_("legal basis"), max_length=24, choices=LegalBasis)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="purposes",
        verbose_name=_("service"),
        help_text=_("None: the organisation as a whole."),
    )
    retention = models.ForeignKey(Retention, models.PROTECT, related_name="purposes", verbose_name=_("retention"))
    version = models.PositiveSmallIntegerField(
        _("version"), default=1, help_text=_("Of its meaning. Words may be mended within a version.")
    )
    asks_since = models.PositiveSmallIntegerField(
        _("asks since version"), default=1, help_text=_("Who decided on an earlier version is asked again.")
    )
    validity = models.CharField(
        _("consent holds for"),
        max_length=32,
        blank=True,
        help_text=_("ISO 8601, such as P12M. Empty: until withdrawn."),
    )
    validities = models.JSONField(
        _("consent holds elsewhere for"),
        default=dict,
        blank=True,
        help_text=_("By jurisdiction, where it differs, such as {“EU_GDPR”: “P6M”}."),
    )
    gpc = models.BooleanField(
        _("ended by GPC"),
        default=False,
        help_text=_("Sale, sharing or targeted advertising: what Global Privacy Control opts out of."),
    )
    categories = models.ManyToManyField(DataCategory, related_name="purposes", verbose_name=_("data categories"))
    recipients = models.ManyToManyField(Recipient, related_name="purposes", blank=True, verbose_name=_("recipients"))

    objects = PurposeQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        constraints = [
            *Entry.Meta.constraints,
            one_of("legal_basis", LegalBasis),
            one_of("channel", Channel, blank=True),
            models.CheckConstraint(
                name="catalogue_purpose_optional_by_consent",
                condition=Q(essential=False, legal_basis="consent") | Q(Q(essential=True), ~Q(legal_basis="consent")),
                violation_error_message=_("A purpose is optional if, and only if, its basis is consent."),
            ),
            models.CheckConstraint(
                name="catalogue_purpose_not_its_own_parent",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_message=_("A purpose can not be part of itself."),
            ),
            models.CheckConstraint(
                name="catalogue_purpose_version",
                condition=Q(version__gte=F("asks_since"), asks_since__gte=1),
                violation_error_message=_("A purpose asks since a version that exists."),
            ),
            models.CheckConstraint(
                name="catalogue_purpose_validity",
                condition=Q(validity="") | Q(validity__regex=ISO_DURATION),
                violation_error_message=_("A validity is an ISO 8601 duration, such as P12M."),
            ),
        ]

    @property
    def vendor(self) -> Recipient | None:
        """The one recipient that this part of a larger purpose stands for, so that people choose vendor by vendor."""
        recipients = list(self.recipients.all()) if self.parent_id else []
        return recipients[0] if len(recipients) == 1 else None


class PurposeVersion(models.Model):
    """What a purpose meant while it had this number, by slugs: what people decided on then.

    Triggers keep it, whichever way the catalogue is written, and refuse a meaning that changes under its number.
    """

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="versions", verbose_name=_("purpose"))
    number = models.PositiveSmallIntegerField(_("number"))
    meaning = models.JSONField(_("meaning"))
    asks = models.BooleanField(_("asks again"), help_text=_("Who decided on an earlier version is asked again."))
    reason = models.TextField(_("reason"), blank=True)
    # When its transaction began: within it the links of the purpose are still being written.
    published_at = models.DateTimeField(_("published"), db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name = _("version of a purpose")
        verbose_name_plural = _("versions of purposes")
        ordering = ["purpose", "number"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "number"], name="catalogue_purposeversion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose.slug} {self.number}"


class PurposeText(Text):
    owner = "purpose"
    purpose = models.ForeignKey(Purpose, models.CASCADE, related_name="texts", verbose_name=_("purpose"))
    sha256 = models.CharField(_("hash of the words"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("text of a purpose")
        verbose_name_plural = _("texts of purposes")
        constraints = [
            models.UniqueConstraint(fields=["purpose", "language"], name="catalogue_purposetext_once"),
            # The database computes the hash itself, so that no way of writing can leave an old one beside new words.
            models.CheckConstraint(
                name="catalogue_purposetext_sha256",
                condition=Q(sha256=TextHash("name", "description")),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sha256 = text_hash(self.name, self.description)
        super().save(*args, **kwargs)
