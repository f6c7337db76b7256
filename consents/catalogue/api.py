from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.conditional import conditional
from accounts.calls.pages import CursorPage
from consents.catalogue.kinds import Channel, LegalBasis, RecipientKind, RetentionEvent, Safeguard
from consents.catalogue.models import Purpose


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


class PurposeSerializer(EntrySerializer):
    """What data is used for."""

    text_sha256 = serializers.CharField(
        read_only=True,
        source="text.sha256",
        help_text="Names the words shown, as evidence of a choice: SHA-256 of NFC(name + line feed + description).",
    )
    essential = serializers.BooleanField(read_only=True, help_text="Done without asking; the others are a choice.")
    legal_basis = serializers.ChoiceField(LegalBasis.choices, read_only=True)
    legal_basis_article = serializers.SerializerMethodField(help_text="Of the GDPR.")
    channel = serializers.ChoiceField(Channel.choices, read_only=True, allow_blank=True)
    part_of = serializers.CharField(read_only=True, allow_null=True, source="parent.slug", default=None)
    categories = DataCategorySerializer(many=True, read_only=True)
    recipients = RecipientSerializer(many=True, read_only=True)
    retention = RetentionSerializer(read_only=True)

    def get_legal_basis_article(self, purpose: Purpose) -> str:
        return LegalBasis(purpose.legal_basis).article


class PurposePage(CursorPage):
    ordering = "position"


@extend_schema(tags=["purposes"], auth=[])
class PurposeList(generics.ListAPIView[Purpose]):
    """What data is used for, by which right, who gets it and how long it is kept."""

    serializer_class = PurposeSerializer
    pagination_class = PurposePage
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Purpose]:
        return Purpose.objects.current().with_details().select_related("parent")

    @extend_schema(
        parameters=[
            OpenApiParameter("Accept-Language", OpenApiTypes.STR, OpenApiParameter.HEADER),
            OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER),
        ],
        responses={200: PurposeSerializer(many=True), 304: None},
    )
    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


urlpatterns = [path("purposes/", PurposeList.as_view(), name="purposes")]
