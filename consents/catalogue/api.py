from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.conditional import conditional
from accounts.calls.headers import IF_NONE_MATCH, LANGUAGE
from accounts.calls.pages import CursorPage
from consents.catalogue.kinds import Channel, LegalBasis, RecipientKind, RetentionEvent, Safeguard
from consents.catalogue.models import Purpose
from consents.catalogue.told import Step, steps, told_of

# What can differ between two meanings.
LISTS, USES = ("categories", "recipients"), ("basis", "channel", "service", "parent")
WHAT = (*LISTS, *USES, "kept", "retention", "validity", "validities")


class EntrySerializer(serializers.Serializer[Any]):
    """What all entries have: a slug that stays, and words in the language asked for, or in the nearest there is."""

    slug = serializers.CharField(read_only=True)
    language = serializers.CharField(read_only=True, source="text.language", help_text="The language of the words.")
    name = serializers.CharField(read_only=True, source="text.name")
    description = serializers.CharField(read_only=True, source="text.description")


class DataCategorySerializer(EntrySerializer):
    """A kind of data."""

    sensitive = serializers.BooleanField(read_only=True)


class RecipientSerializer(EntrySerializer):
    """Who else may receive it."""

    kind = serializers.ChoiceField(RecipientKind.choices, read_only=True)
    country = serializers.CharField(read_only=True, help_text="ISO 3166, two letters; empty: not one country.")
    safeguard = serializers.ChoiceField(Safeguard.choices, read_only=True, allow_blank=True)


class RetentionSerializer(EntrySerializer):
    """How long it is kept: a period that counts from an event, or until the event."""

    counts_from = serializers.ChoiceField(RetentionEvent.choices, read_only=True)
    period = serializers.CharField(read_only=True, help_text="ISO 8601 duration; empty: until the event itself.")
    duration = serializers.CharField(read_only=True, help_text="Both in words.")
    law = serializers.CharField(read_only=True)


class ServiceSerializer(EntrySerializer):
    """What people use that a purpose belongs to."""


class DifferenceSerializer(serializers.Serializer[Any]):
    """One thing that changed in the meaning of a purpose."""

    what = serializers.ChoiceField(WHAT, read_only=True, help_text="`kept`: how long data is kept, and from when.")
    added = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="Slugs, or the new value.")
    removed = serializers.ListField(child=serializers.CharField(), read_only=True)


class PurposeChangeSerializer(serializers.Serializer[Any]):
    """A version of a purpose, beside the one before it."""

    version = serializers.IntegerField(read_only=True, source="version.number")
    published_at = serializers.DateTimeField(read_only=True, source="version.published_at")
    asks = serializers.BooleanField(
        read_only=True, source="version.asks", help_text="Who decided on an earlier version is asked again."
    )
    differences = DifferenceSerializer(many=True, read_only=True, source="changes")
    words = serializers.SerializerMethodField(help_text="The same as sentences; none: its words say another use.")

    def get_words(self, step: Step) -> list[str]:
        told: dict[UUID, list[str]] = self.context["told"]
        return told[step.version.pk]


class PurposesSerializer(serializers.ListSerializer[Any]):
    def to_representation(self, data: Any) -> Any:
        """What changed is told for all purposes at once."""
        purposes = list(data)
        every = [step for purpose in purposes for step in steps(purpose.versions.all())]
        context: Any = self.context
        context["told"] = told_of({step.version.pk: step.changes for step in every})
        return super().to_representation(purposes)


class PurposeSerializer(EntrySerializer):
    """What data is used for."""

    class Meta:
        list_serializer_class = PurposesSerializer

    text_sha256 = serializers.CharField(
        read_only=True,
        source="text.sha256",
        help_text="Names the words shown, as evidence of a choice: SHA-256 of NFC(name + line feed + description).",
    )
    version = serializers.IntegerField(read_only=True, help_text="Of what it means. Mended words are no new version.")
    asks_since = serializers.IntegerField(
        read_only=True, help_text="A decision on an earlier version no longer counts as a yes, and the person is asked."
    )
    changes = serializers.SerializerMethodField(help_text="Its versions after the first, in their order.")
    essential = serializers.BooleanField(read_only=True, help_text="Done without asking; the others are a choice.")
    legal_basis = serializers.ChoiceField(LegalBasis.choices, read_only=True)
    legal_basis_article = serializers.SerializerMethodField(help_text="Of the GDPR.")
    channel = serializers.ChoiceField(Channel.choices, read_only=True, allow_blank=True)
    part_of = serializers.CharField(read_only=True, allow_null=True, source="parent.slug", default=None)
    service = ServiceSerializer(read_only=True, allow_null=True, help_text="None: the organisation as a whole.")
    vendor = serializers.CharField(
        read_only=True,
        allow_null=True,
        source="vendor.slug",
        default=None,
        help_text="The one recipient that this part of a purpose stands for.",
    )
    validity = serializers.CharField(
        read_only=True, help_text="How long a consent holds, as ISO 8601 duration; empty: until withdrawn."
    )
    validities = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="The same by jurisdiction, where it differs."
    )
    gpc = serializers.BooleanField(read_only=True, help_text="Global Privacy Control opts out of it.")
    categories = DataCategorySerializer(many=True, read_only=True)
    recipients = RecipientSerializer(many=True, read_only=True)
    retention = RetentionSerializer(read_only=True)

    def get_legal_basis_article(self, purpose: Purpose) -> str:
        return LegalBasis(purpose.legal_basis).article

    @extend_schema_field(PurposeChangeSerializer(many=True))
    def get_changes(self, purpose: Purpose) -> Any:
        return PurposeChangeSerializer(steps(purpose.versions.all()), many=True, context=self.context).data


class PurposePage(CursorPage):
    ordering = "position"


@extend_schema(tags=["purposes"], auth=[])
class PurposeList(generics.ListAPIView[Purpose]):
    """What data is used for, by which right, who gets it and how long it is kept."""

    serializer_class = PurposeSerializer
    pagination_class = PurposePage
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Purpose]:
        return Purpose.objects.current().with_details().select_related("parent").prefetch_related("versions")

    @extend_schema(
        parameters=[LANGUAGE, IF_NONE_MATCH],
        responses={200: PurposeSerializer(many=True), 304: None},
    )
    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


urlpatterns = [path("purposes/", PurposeList.as_view(), name="purposes")]
