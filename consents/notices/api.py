from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.pages import CursorPage
from accounts.calls.permissions import caller
from consents.notices.models import Delivery
from consents.notices.read import mark_read


class NoticeSerializer(serializers.ModelSerializer[Delivery]):
    """One thing we told the caller."""

    kind = serializers.CharField(source="notice.kind")
    reference = serializers.CharField(source="notice.reference")
    subject = serializers.CharField(source="text.subject")
    body = serializers.CharField(source="text.body", help_text="Markdown")
    html = serializers.CharField(source="text.html")
    link = serializers.CharField(source="notice.link", help_text="A path of the portal, or empty")
    purpose = serializers.CharField(
        source="notice.purpose.slug",
        default=None,
        allow_null=True,
        help_text="What it may be refused by. Null: a legal notice",
    )
    created_at = serializers.DateTimeField(source="notice.created_at")

    class Meta:
        model = Delivery
        fields = [
            "id",
            "kind",
            "reference",
            "language",
            "subject",
            "body",
            "html",
            "link",
            "purpose",
            "created_at",
            "read_at",
        ]


class UnreadPage(CursorPage):
    """A page that also says how many notices are unread in all."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        self.unread = queryset.unread().count()
        return super().paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data = {"unread": self.unread, **response.data}
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["properties"]["unread"] = {"type": "integer", "example": 1}
        page["required"] = [*page.get("required", []), "unread"]
        return page


class Notices(ListAPIView[Delivery]):
    """What the caller was told, newest first."""

    serializer_class = NoticeSerializer
    pagination_class = UnreadPage

    def get_queryset(self) -> QuerySet[Delivery]:
        return Delivery.objects.for_subject(caller(self.request)).with_texts()

    @conditional
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class NoticeRead(APIView):
    @extend_schema(request=None, responses=NoticeSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """The caller has read this notice. Saying so again changes nothing."""
        mine = Delivery.objects.for_subject(caller(request))
        get_object_or_404(mine, pk=pk)
        mark_read(caller(request), pk)
        return Response(NoticeSerializer(mine.with_texts().get(pk=pk)).data)


urlpatterns = [
    path("notices/", Notices.as_view(), name="notices"),
    path("notices/<uuid:pk>/read/", NoticeRead.as_view(), name="notice-read"),
]
