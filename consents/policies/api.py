from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.idempotency import idempotent
from accounts.calls.pages import CursorPage
from accounts.calls.permissions import caller
from consents.notices.models import Delivery
from consents.policies.acknowledge import NotPublished, acknowledge, outstanding
from consents.policies.addresses import NUMBER
from consents.policies.models import Acceptance, Acknowledgement, Document, Version, VersionText


class VersionSerializer(serializers.ModelSerializer[Version]):
    document = serializers.SlugRelatedField[Document](slug_field="slug", read_only=True)
    title = serializers.CharField(source="text.title", help_text="In the language of the call, or the nearest")
    summary = serializers.CharField(source="text.summary", help_text="What changes, in Markdown")
    url = serializers.CharField(source="get_absolute_url", help_text="Permanent path in the portal")
    acceptance = serializers.ChoiceField(
        Acceptance.choices,
        source="document.acceptance",
        help_text="How a material version comes to bind: explicit ones are waited for from their day on (409).",
    )

    class Meta:
        model = Version
        fields = [
            *("id", "document", "number", "material", "effective_at", "published_at", "title", "summary"),
            *("url", "acceptance"),
        ]


class TextSerializer(serializers.ModelSerializer[VersionText]):
    class Meta:
        model = VersionText
        fields = ["language", "title", "summary", "body", "sha256"]


class FullVersionSerializer(VersionSerializer):
    texts = TextSerializer(many=True)

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "texts"]


class PolicySerializer(serializers.Serializer[Any]):
    """A document, and the version of it that is in force."""

    slug = serializers.CharField(source="document.slug")
    title = serializers.CharField(source="text.title")
    in_force = VersionSerializer(source="*")


class VersionPage(CursorPage):
    # A version holds whole texts.
    page_size = 10
    max_page_size = 20
    ordering = "-sequence"


class Policies(APIView):
    permission_classes = [AllowAny]

    @extend_schema(responses=PolicySerializer(many=True))
    @conditional
    def get(self, request: Request) -> Response:
        """The documents and their versions in force."""
        found = Version.objects.one_in_force_each().with_titles()
        in_order = sorted(found, key=lambda version: (version.document.position, version.document.slug))
        return Response(PolicySerializer(in_order, many=True).data)


class Versions(ListAPIView[Version]):
    """All published versions of a document with their texts, newest first."""

    permission_classes = [AllowAny]
    serializer_class = FullVersionSerializer
    pagination_class = VersionPage

    def get_queryset(self) -> QuerySet[Version]:
        found = Version.objects.published().filter(document__slug=self.kwargs["slug"])
        if not found.exists():
            raise Http404
        return found.with_texts()

    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class OneVersion(RetrieveAPIView[Version]):
    """One published version with its texts."""

    permission_classes = [AllowAny]
    serializer_class = FullVersionSerializer

    def get_object(self) -> Version:
        found = Version.objects.published().filter(document__slug=self.kwargs["slug"])
        return get_object_or_404(found.with_texts(), number=self.kwargs["number"])

    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.retrieve(request, *args, **kwargs)


class AcknowledgementSerializer(serializers.ModelSerializer[Acknowledgement]):
    # Not checked against the table here: the act knows what may be acknowledged.
    version = serializers.UUIDField(source="version_id")

    class Meta:
        model = Acknowledgement
        fields = ["id", "version", "method", "language", "at"]
        read_only_fields = ["method", "language", "at"]


class Acknowledgements(ListAPIView[Acknowledgement]):
    """What the caller took note of, newest first."""

    serializer_class = AcknowledgementSerializer

    def get_queryset(self) -> QuerySet[Acknowledgement]:
        return Acknowledgement.objects.filter(subject=caller(self.request))

    @extend_schema(responses={200: AcknowledgementSerializer, 201: AcknowledgementSerializer})
    @idempotent
    def post(self, request: Request) -> Response:
        """Take note of a version. It covers the earlier ones; doing it again answers 200 with the first."""
        asked = AcknowledgementSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = Version.objects.with_titles().filter(pk=asked.validated_data["version_id"]).first()
        if version is None:
            raise NotPublished
        made, is_new = acknowledge(caller(request), version, method=Acknowledgement.Method.EXPLICIT)
        answer = AcknowledgementSerializer(made)
        return Response(answer.data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class MeSerializer(serializers.Serializer[Any]):
    """Who is calling, and what they have not seen yet."""

    id = serializers.UUIDField(source="subject.id")
    email = serializers.EmailField()
    language = serializers.CharField(source="subject.language")
    jurisdiction = serializers.CharField(source="subject.jurisdiction")
    is_leaving = serializers.BooleanField(source="subject.is_frozen", help_text="Erasure was asked for")
    unread_notices = serializers.IntegerField()
    outstanding = VersionSerializer(many=True, help_text="Material changes of policies to take note of, oldest first")


class Me(APIView):
    @extend_schema(responses=MeSerializer)
    @conditional
    def get(self, request: Request) -> Response:
        """Who am I, and what waits for me?"""
        subject = caller(request)
        seen = {
            "subject": subject,
            "email": subject.user.email,
            "unread_notices": Delivery.objects.for_subject(subject).unread().count(),
            "outstanding": outstanding(subject),
        }
        return Response(MeSerializer(seen).data)


urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("policies/", Policies.as_view(), name="policies"),
    path("policies/<slug:slug>/versions/", Versions.as_view(), name="policy-versions"),
    path(f"policies/<slug:slug>/versions/<{NUMBER}:number>/", OneVersion.as_view(), name="policy-version"),
    path("acknowledgements/", Acknowledgements.as_view(), name="acknowledgements"),
]
