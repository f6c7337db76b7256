"""What sites read and write, as the API describes it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from consents.choices.models import Decision
from consents.choices.shapes import LANGUAGE, LONGEST_LANGUAGE, SHA256, ChoiceBatchSerializer, NamedSerializer
from consents.cookies.decide import Control
from consents.cookies.models import COLOURS, Layout, Party, Storage

LONGEST_DEVICE = 100
# Of the longest slug of a site.
LONGEST_TOKEN = 250


class TrackerSerializer(serializers.Serializer[Any]):
    """Something that is kept in the browser."""

    name = serializers.CharField(read_only=True, help_text="As the browser shows it; * stands for any ending.")
    storage = serializers.ChoiceField(Storage.choices, read_only=True)
    party = serializers.ChoiceField(Party.choices, read_only=True)
    provider = serializers.CharField(read_only=True)
    duration = serializers.CharField(read_only=True, help_text="In words.")


class AskedSerializer(serializers.Serializer[Any]):
    """A purpose that the site asks about."""

    purpose = serializers.CharField(read_only=True)
    key = serializers.CharField(read_only=True, help_text="How the visitor’s cookie calls it, until it asks again.")
    part_of = serializers.CharField(read_only=True, allow_null=True)
    version = serializers.IntegerField(read_only=True)
    asks_since = serializers.IntegerField(read_only=True)
    gpc = serializers.BooleanField(read_only=True, help_text="The browser's signal Global Privacy Control refuses it.")
    google = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="The types of Google Consent Mode that it decides."
    )
    language = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    text_sha256 = serializers.CharField(read_only=True)
    trackers = TrackerSerializer(many=True, read_only=True)


class BannerSerializer(serializers.Serializer[Any]):
    """What is shown before the purposes, and its proof."""

    version = serializers.IntegerField(read_only=True)
    sha256 = serializers.CharField(read_only=True, help_text="Of all that is shown; decisions name it.")
    language = serializers.CharField(read_only=True)
    direction = serializers.ChoiceField(["ltr", "rtl"], read_only=True)
    layout = serializers.ChoiceField(Layout.choices, read_only=True)
    colours = serializers.DictField(
        child=serializers.CharField(), read_only=True, allow_null=True, help_text=f"{', '.join(COLOURS)}; null: ours."
    )
    title = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    labels = serializers.DictField(child=serializers.CharField(), read_only=True)


class SiteConfigurationSerializer(serializers.Serializer[Any]):
    """What a site's script has to know before it asks."""

    site = serializers.CharField(read_only=True)
    jurisdiction = serializers.CharField(read_only=True, help_text="By whose law; empty: by the strictest.")
    refusal_period = serializers.CharField(
        read_only=True, help_text="ISO 8601: who refused is not asked again earlier."
    )
    page = serializers.URLField(read_only=True, help_text="Where everything that the site keeps is listed.")
    banner = BannerSerializer(read_only=True)
    purposes = AskedSerializer(many=True, read_only=True)


class NewDeviceSerializer(serializers.Serializer[Any]):
    site = serializers.SlugField(max_length=64)


class DeviceSerializer(serializers.Serializer[Any]):
    device = serializers.CharField(read_only=True)


class SignedInSerializer(NamedSerializer):
    """Who is signed in where."""

    site = serializers.SlugField(max_length=64)


class PersonTokenSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(read_only=True, help_text="For `data-person`, on the pages of this person alone.")
    expires_at = serializers.DateTimeField(read_only=True)


class MeetingSerializer(serializers.Serializer[Any]):
    """A page on which somebody is signed in, and what it knows of the browser."""

    site = serializers.SlugField(max_length=64)
    person = serializers.CharField(max_length=LONGEST_TOKEN, help_text="As `cookies/persons/` gave it.")
    device = serializers.CharField(
        default="", allow_blank=True, max_length=LONGEST_DEVICE, help_text="What decided in this browser so far."
    )
    new = serializers.BooleanField(default=False, help_text="The browser has no cookie of ours.")
    gpc = serializers.BooleanField(default=False, help_text="The page saw navigator.globalPrivacyControl.")


class SiteDecisionsSerializer(ChoiceBatchSerializer):
    """What was decided in one go on a page of a site, by whom is signed in there or in a browser of nobody known."""

    site = serializers.SlugField(max_length=64)
    device = serializers.CharField(
        required=False, max_length=LONGEST_DEVICE, help_text="As `cookies/devices/` gave it; this or a person."
    )
    person = serializers.CharField(
        required=False, max_length=LONGEST_TOKEN, help_text="As `cookies/persons/` gave it; this or a device."
    )
    control = serializers.ChoiceField(Control.choices, help_text="What was pressed.")
    banner = serializers.RegexField(
        SHA256, required=False, allow_null=True, help_text="What was shown; needed unless the signal spoke."
    )
    gpc = serializers.BooleanField(default=False, help_text="The page saw navigator.globalPrivacyControl.")
    language = serializers.RegexField(
        LANGUAGE, required=False, max_length=LONGEST_LANGUAGE, help_text="Of the words shown."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("device" in attrs) == ("person" in attrs):
            raise serializers.ValidationError({"device": [_("Say who decides: either device or person.")]})
        return attrs


class HoldsSerializer(serializers.Serializer[Any]):
    """What somebody said to a purpose, wherever that was."""

    purpose = serializers.CharField(read_only=True)
    key = serializers.CharField(read_only=True)
    allowed = serializers.BooleanField(read_only=True)
    until = serializers.IntegerField(
        read_only=True, help_text="The day, counted from 1970-01-01 in UTC, from which the site may ask again."
    )


class MetSerializer(serializers.Serializer[Any]):
    results = HoldsSerializer(many=True, read_only=True, help_text="Without what the person should be asked.")
    notice = serializers.CharField(read_only=True, help_text="What to tell the person; empty: nothing.")


class SettledSerializer(HoldsSerializer):
    """What the browser keeps of a decision."""

    receipt = serializers.UUIDField(read_only=True, source="event.id")
    purpose = serializers.CharField(read_only=True, source="event.purpose.slug")
    decision = serializers.ChoiceField(Decision.choices, read_only=True, source="event.decision")


class SettledListSerializer(serializers.Serializer[Any]):
    results = SettledSerializer(many=True, read_only=True)
