"""What sites read and write, as the API describes it."""

from typing import Any

from rest_framework import serializers

from consents.choices.models import Decision
from consents.choices.shapes import LANGUAGE, LONGEST_LANGUAGE, SHA256, ChoiceBatchSerializer
from consents.cookies.decide import Control
from consents.cookies.models import COLOURS, Layout, Party, Storage


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


class SiteDecisionsSerializer(ChoiceBatchSerializer):
    """What was decided in one go on a page of a site."""

    site = serializers.SlugField(max_length=64)
    device = serializers.CharField(max_length=100, help_text="As `cookies/devices/` gave it.")
    control = serializers.ChoiceField(Control.choices, help_text="What was pressed.")
    banner = serializers.RegexField(
        SHA256, required=False, allow_null=True, help_text="What was shown; needed unless the signal spoke."
    )
    gpc = serializers.BooleanField(default=False, help_text="The page saw navigator.globalPrivacyControl.")
    language = serializers.RegexField(
        LANGUAGE, required=False, max_length=LONGEST_LANGUAGE, help_text="Of the words shown."
    )


class SettledSerializer(serializers.Serializer[Any]):
    """What the browser keeps of a decision."""

    receipt = serializers.UUIDField(read_only=True, source="event.id")
    purpose = serializers.CharField(read_only=True, source="event.purpose.slug")
    decision = serializers.ChoiceField(Decision.choices, read_only=True, source="event.decision")
    key = serializers.CharField(read_only=True)
    allowed = serializers.BooleanField(read_only=True)
    until = serializers.IntegerField(
        read_only=True, help_text="The day, counted from 1970-01-01 in UTC, from which the site may ask again."
    )


class SettledListSerializer(serializers.Serializer[Any]):
    results = SettledSerializer(many=True, read_only=True)
