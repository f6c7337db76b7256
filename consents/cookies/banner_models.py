"""What a site's banner says, and what it said when choices were made on it."""

from django.db import models
from django.db.models import TextChoices
from django.db.models.functions import UUID7, Now
from django.utils.translation import gettext_lazy as _

from consents.catalogue.entries import Text, one_of
from consents.catalogue.models import Purpose


class SiteText(Text):
    """Heading and first lines of the banner, where the site has words of its own. What buttons say is not theirs."""

    owner = "site"
    site = models.ForeignKey("cookies.Site", models.CASCADE, related_name="texts", verbose_name=_("site"))

    class Meta:
        verbose_name = _("text of a banner")
        verbose_name_plural = _("texts of banners")
        constraints = [models.UniqueConstraint(fields=["site", "language"], name="cookies_sitetext_once")]


class Banner(models.Model):
    """All that a banner said and how it looked, kept because choices name it. A trigger refuses every change."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    site = models.ForeignKey("cookies.Site", models.PROTECT, related_name="banners", verbose_name=_("site"))
    number = models.PositiveIntegerField(_("version"), help_text=_("Counted for each site."))
    language = models.CharField(_("language"), max_length=16)
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("hash of the content"), max_length=64)
    shown_since = models.DateTimeField(_("shown since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("banner")
        verbose_name_plural = _("banners")
        ordering = ["site", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="cookies_banner_numbered"),
            models.UniqueConstraint(fields=["site", "sha256"], name="cookies_banner_once"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.number}"


class GoogleConsent(TextChoices):
    """The types of Google Consent Mode v2 that a purpose can decide; its type for security is never asked about."""

    AD_STORAGE = "ad_storage", "ad_storage"
    AD_USER_DATA = "ad_user_data", "ad_user_data"
    AD_PERSONALIZATION = "ad_personalization", "ad_personalization"
    ANALYTICS_STORAGE = "analytics_storage", "analytics_storage"
    FUNCTIONALITY_STORAGE = "functionality_storage", "functionality_storage"
    PERSONALIZATION_STORAGE = "personalization_storage", "personalization_storage"


class GoogleSignal(models.Model):
    """Google's tags hear yes for this type where the purpose is allowed. A type without a purpose is always no."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    consent_type = models.CharField(_("consent type"), max_length=24, choices=GoogleConsent, unique=True)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="google_signals", verbose_name=_("purpose"))

    class Meta:
        verbose_name = _("Google consent type")
        verbose_name_plural = _("Google consent types")
        ordering = ["consent_type"]
        constraints = [one_of("consent_type", GoogleConsent)]

    def __str__(self) -> str:
        return self.consent_type
