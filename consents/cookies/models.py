from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Max, OuterRef, Q, TextChoices, Value
from django.db.models.functions import UUID7
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consents.catalogue.durations import ISO_DURATION, in_words
from consents.catalogue.entries import Entry, EntryQuerySet, Text, one_of, plain_slug
from consents.catalogue.models import Purpose
from consents.catalogue.sections import JURISDICTION
from consents.cookies.banner_models import Banner, GoogleSignal, SiteText
from consents.cookies.contrast import Contrast
from consents.cookies.inventory_models import TrackerVersion
from consents.cookies.scan_models import Finding, Scan

__all__ = [
    "Banner",
    "Finding",
    "GoogleSignal",
    "Scan",
    "Site",
    "SiteOrigin",
    "SiteText",
    "Tracker",
    "TrackerText",
    "TrackerVersion",
]

# As addresses of the web have it.
HOST = r"^[a-z0-9_]([a-z0-9._-]*[a-z0-9])?$"
# Browsers write no port that the scheme implies, and no capital letters.
ORIGIN = r"^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(?!443$)[1-9][0-9]{0,4})?|http://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(?!80$)[1-9][0-9]{0,4})?)$"


class Storage(TextChoices):
    COOKIE = "cookie", _("Cookie")
    LOCAL = "local-storage", _("Local storage")
    SESSION = "session-storage", _("Session storage")
    # Nothing needs to be kept for it: a pixel tells who was there, and when.
    REQUEST = "request", _("Request to another company")


REQUEST_WORDS = _(
    "A request goes to another company, is named by its host, such as px.example.com, and has no lifetime."
)


class Party(TextChoices):
    FIRST = "first", _("Set by this site")
    THIRD = "third", _("Set by another company")


class LegalException(TextChoices):
    """Why a tracker may be used without consent (ePrivacy Directive Art. 5(3); the last two in the UK only)."""

    TRANSMISSION = "transmission", _("Needed for the transmission")
    NECESSARY = "strictly-necessary", _("Needed for what you asked for")
    STATISTICS = "statistics", _("Statistics to improve the service")
    APPEARANCE = "appearance", _("Appearance you chose")


class TrackerQuerySet(EntryQuerySet["Tracker"]):
    def needed(self) -> Self:
        """For what is done without asking; the rest waits for consent."""
        return self.filter(purpose__essential=True)

    def by_choice(self) -> Self:
        return self.filter(purpose__essential=False)

    def used_on(self, site: str) -> Self:
        return self.filter(Q(site=None) | Q(site=site))

    def with_details(self, language: str | None = None) -> Self:
        """With its own words and those of its purpose."""
        return self.with_texts(language).prefetch_related(
            models.Prefetch("purpose", Purpose.objects.with_texts(language))
        )


class Tracker(Entry):
    """Something a site keeps in a person's browser or asks of others there, as the cookie page lists it."""

    name = models.CharField(
        _("name"),
        max_length=200,
        help_text=_("As the browser shows it; * stands for any ending. Of a request the host, with those below it."),
    )
    storage = models.CharField(_("storage"), max_length=16, choices=Storage)
    party = models.CharField(_("party"), max_length=8, choices=Party)
    provider = models.CharField(
        _("provider"), max_length=200, blank=True, help_text=_("Empty: the organisation itself.")
    )
    lifetime = models.CharField(
        _("lifetime"),
        max_length=32,
        blank=True,
        help_text=_("ISO 8601, such as P1Y. Empty: until the browser is closed; local storage: until it is deleted."),
    )
    legal_exception = models.CharField(_("legal exception"), max_length=24, choices=LegalException, blank=True)
    purpose = models.ForeignKey(Purpose, models.PROTECT, related_name="trackers", verbose_name=_("purpose"))
    site = models.ForeignKey(
        "cookies.Site",
        models.PROTECT,
        to_field="slug",
        null=True,
        blank=True,
        related_name="trackers",
        verbose_name=_("site"),
        help_text=_("Where it is used: the slug of a site. Empty: on all of them."),
    )

    objects = TrackerQuerySet.as_manager()

    class Meta(Entry.Meta):
        verbose_name = _("cookie")
        verbose_name_plural = _("cookies")
        constraints = [
            *Entry.Meta.constraints,
            one_of("storage", Storage),
            one_of("party", Party),
            one_of("legal_exception", LegalException, blank=True),
            models.CheckConstraint(
                name="cookies_tracker_lifetime",
                condition=Q(lifetime="") | Q(lifetime__regex=ISO_DURATION),
                violation_error_message=_("A lifetime is an ISO 8601 duration, such as P1Y."),
            ),
            models.CheckConstraint(
                name="cookies_tracker_third_party_is_named",
                condition=Q(party="first") | ~Q(provider=""),
                violation_error_message=_("Another company must be named."),
            ),
            models.CheckConstraint(
                name="cookies_tracker_request",
                condition=~Q(storage="request") | Q(party="third", lifetime="", name__regex=HOST),
                violation_error_message=REQUEST_WORDS,
            ),
        ]

    @property
    def set_by(self) -> str:
        return self.provider or settings.ORGANISATION

    @property
    def duration(self) -> str:
        if self.lifetime:
            return in_words(self.lifetime)
        if self.storage == Storage.LOCAL:
            return gettext("Until you delete it")
        if self.storage == Storage.REQUEST:
            return gettext("Nothing is kept")
        return gettext("Until you close the browser")


class TrackerText(Text):
    owner = "tracker"
    tracker = models.ForeignKey(Tracker, models.CASCADE, related_name="texts", verbose_name=_("cookie"))

    class Meta:
        verbose_name = _("text of a cookie")
        verbose_name_plural = _("texts of cookies")
        constraints = [models.UniqueConstraint(fields=["tracker", "language"], name="cookies_trackertext_once")]


class Layout(TextChoices):
    """Where on the page the banner stands."""

    BOTTOM = "bottom", _("Across the foot of the page")
    TOP = "top", _("Across the top of the page")
    START = "start", _("In the corner below, where lines begin")
    END = "end", _("In the corner below, where lines end")


# As WCAG 2.2 asks for it: 1.4.3 of text, 1.4.11 of controls.
TEXT_CONTRAST, CONTROL_CONTRAST = 4.5, 3
COLOURS = ("ground", "ink", "button", "button_ink")


def colour(words: Any, help_text: Any = "") -> Any:
    return models.CharField(words, max_length=7, blank=True, help_text=help_text)


def legible(name: str, one: str, other: str, least: float, words: Any) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"cookies_site_{name}",
        condition=Q(**{one: "", other: ""}) | Q(GreaterThanOrEqual(Contrast(one, other), Value(least))),
        violation_error_message=words,
    )


class SiteQuerySet(models.QuerySet["Site"]):
    def current(self) -> Self:
        return self.filter(retired_at=None)

    def not_scanned_since(self, moment: datetime) -> Self:
        """That could be; whoever waits longest goes first."""
        sites = self.current().annotate(last_scan=Max("scans__asked_at"))
        due = sites.filter(
            Q(last_scan=None) | Q(last_scan__lte=moment), Exists(SiteOrigin.objects.filter(site=OuterRef("pk")))
        )
        return due.order_by(F("last_scan").asc(nulls_first=True), "slug")


class Site(models.Model):
    """A website of the organisation that carries the script. Never deleted: proofs of choices speak of it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    slug = models.CharField(_("slug"), max_length=64, unique=True, help_text=_("As the script names it: data-site."))
    name = models.CharField(_("name"), max_length=200)
    jurisdiction = models.CharField(
        _("jurisdiction"),
        max_length=20,
        blank=True,
        help_text=_("Such as EU_GDPR/DE. Empty: that of each visitor, and where it is not known the strictest."),
    )
    layout = models.CharField(_("layout"), max_length=6, choices=Layout, default=Layout.BOTTOM)
    ground = colour(_("ground"), _("Such as #ffffff. Empty, all four: our own, in light and in dark."))
    ink = colour(_("text"))
    button = colour(_("ground of buttons"))
    button_ink = colour(_("text of buttons"))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["slug"]
        constraints = [
            plain_slug(),
            one_of("layout", Layout),
            models.CheckConstraint(
                name="cookies_site_jurisdiction",
                condition=Q(jurisdiction__regex=rf"^({JURISDICTION})?$"),
                violation_error_message=_("A jurisdiction is written like EU_GDPR or EU_GDPR/DE."),
            ),
            models.CheckConstraint(
                name="cookies_site_colours",
                condition=Q(**dict.fromkeys(COLOURS, ""))
                | Q(**{f"{colour}__regex": "^#[0-9a-f]{6}$" for colour in COLOURS}),
                violation_error_message=_("Colours are four or none, each as # and six of the digits 0 to 9, a to f."),
            ),
            legible(
                "ink", "ground", "ink", TEXT_CONTRAST, _("The text does not stand out from its ground at 4.5 to 1.")
            ),
            legible(
                "button_ink",
                "button",
                "button_ink",
                TEXT_CONTRAST,
                _("The text of the buttons does not stand out from them at 4.5 to 1."),
            ),
            legible(
                "button",
                "ground",
                "button",
                CONTROL_CONTRAST,
                _("The buttons do not stand out from their ground at 3 to 1."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SiteOrigin(models.Model):
    """From where its pages come (RFC 6454), as browsers write it. An origin is of one site."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="origins", verbose_name=_("site"))
    origin = models.CharField(
        _("origin"), max_length=255, unique=True, help_text=_("Scheme, host and port, such as https://shop.example.")
    )

    class Meta:
        verbose_name = _("origin of a site")
        verbose_name_plural = _("origins of sites")
        ordering = ["origin"]
        constraints = [
            models.CheckConstraint(
                name="cookies_siteorigin_origin",
                condition=Q(origin__regex=ORIGIN),
                violation_error_message=_(
                    "An origin is a scheme, a host in small letters and perhaps a port, no more."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.origin
