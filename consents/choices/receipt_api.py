import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.headers import IF_NONE_MATCH
from accounts.calls.permissions import caller
from consents.choices import receipts

SCHEMA = Path(__file__).with_name("receipt.schema.json")


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a receipt."""
    found: dict[str, Any] = json.loads(SCHEMA.read_bytes())
    return found


class LinkedDataRenderer(JSONRenderer):
    """The same bytes under the name that says more."""

    media_type = "application/ld+json"
    format = "jsonld"


class Receipt(APIView):
    """The proof of one decision of the person, or of a minor whom they decide for."""

    renderer_classes = [LinkedDataRenderer, JSONRenderer]

    @extend_schema(
        operation_id="receipts_retrieve",
        tags=["choices"],
        parameters=[IF_NONE_MATCH],
        responses={
            200: OpenApiResponse(schema(), description="Signed JSON-LD, in the shape of ISO/IEC TS 27560 and DPV."),
            304: None,
        },
    )
    @conditional
    def get(self, request: Request, event_id: UUID) -> Response:
        """A document for the person to keep: it can be checked at /verify/, or offline with our public keys."""
        event = receipts.find(event_id, caller(request))
        if event is None:
            raise Http404
        return Response(receipts.receipt(event))


urlpatterns = [path("receipts/<uuid:event_id>/", Receipt.as_view(), name="receipt")]
