from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.permissions import caller
from accounts.users.freshness import signed_in_at
from dsar.archives.hand_over import hand_over
from dsar.archives.models import Archive
from dsar.archives.revoke import revoke
from dsar.archives.stream import stream


class ArchiveSerializer(serializers.ModelSerializer[Archive]):
    """A package to download, once, until it expires."""

    state = serializers.ChoiceField(Archive.State.choices, read_only=True)
    missing = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Systems that could not be reached; not in the archive.",
    )
    content = serializers.SerializerMethodField(help_text="POST there, after a fresh sign-in.")

    class Meta:
        model = Archive
        fields = [
            "id",
            "reference",
            "state",
            "size",
            "sha256",
            "missing",
            "created_at",
            "expires_at",
            "downloaded_at",
            "revoked_at",
            "content",
        ]
        read_only_fields = fields

    def get_content(self, archive: Archive) -> str:
        return reverse("archive-content", args=[archive.pk])


def _mine(request: Request) -> QuerySet[Archive]:
    return Archive.objects.for_subject(caller(request)).select_related("subject")


@extend_schema(tags=["archives"])
class ArchiveDetail(generics.RetrieveAPIView[Archive]):
    serializer_class = ArchiveSerializer

    def get_queryset(self) -> QuerySet[Archive]:
        return _mine(self.request)

    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What is to be had, and until when. Looking spends nothing."""
        return self.retrieve(request, *args, **kwargs)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Delete the download before it was used. 410 where there is nothing to delete."""
        revoke(get_object_or_404(_mine(request), pk=pk))
        return Response(status=204)


@extend_schema(tags=["archives"])
class ArchiveContent(APIView):
    @extend_schema(request=None, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def post(self, request: Request, pk: UUID) -> StreamingHttpResponse:
        """The archive itself. Needs a fresh sign-in (403 `fresh-sign-in-required`) and works once; then it is 410."""
        archive = get_object_or_404(_mine(request), pk=pk)
        return stream(archive, hand_over(archive, signed_in_at=signed_in_at(request)))


urlpatterns = [
    path("archives/<uuid:pk>/", ArchiveDetail.as_view(), name="archive"),
    path("archives/<uuid:pk>/content/", ArchiveContent.as_view(), name="archive-content"),
]
