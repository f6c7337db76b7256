from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.idempotency import idempotent
from accounts.calls.pages import CursorPage
from accounts.calls.permissions import caller
from consents.catalogue.models import Purpose
from consents.choices import check_api, receipt_api
from consents.choices.evidence import seen
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.record import Choice, record
from consents.choices.summary import standing_choices

LARGEST_BATCH = 200
SHA256 = r"^[0-9a-f]{64}$"

LANGUAGE = OpenApiParameter("Accept-Language", OpenApiTypes.STR, OpenApiParameter.HEADER)
IF_NONE_MATCH = OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 200 printable ASCII characters; a call repeated with its key acts once.",
)


class PolicyReferenceSerializer(serializers.Serializer[Any]):
    document = serializers.CharField(read_only=True, source="document.slug")
    number = serializers.CharField(read_only=True)


class ChoiceEventSerializer(serializers.Serializer[Event]):
    """One decision, as it was recorded for good."""

    id = serializers.UUIDField(read_only=True, help_text="Also the number of its receipt.")
    purpose = serializers.CharField(read_only=True, source="purpose.slug")
    decision = serializers.ChoiceField(Decision.choices, read_only=True)
    method = serializers.ChoiceField(Method.choices, read_only=True)
    by_guardian = serializers.SerializerMethodField(help_text="Somebody else decided for this person.")
    said_at = serializers.DateTimeField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)
    client_id = serializers.CharField(read_only=True, allow_null=True)
    jurisdiction = serializers.CharField(read_only=True)
    language = serializers.CharField(
        read_only=True, source="wording.language", default=None, allow_null=True, help_text="Of the words shown."
    )
    text_sha256 = serializers.CharField(
        read_only=True, source="wording.sha256", default=None, allow_null=True, help_text="Null: no words were shown."
    )
    policy = PolicyReferenceSerializer(
        read_only=True, source="policy_version", allow_null=True, help_text="The policy in force when it was said."
    )

    def get_by_guardian(self, event: Event) -> bool:
        return event.actor_id is not None


class CurrentChoiceSerializer(serializers.Serializer[Any]):
    """An optional purpose and what holds for it now."""

    purpose = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    decision = serializers.ChoiceField(
        Decision.choices, read_only=True, allow_null=True, help_text="Null: undecided, which is no."
    )
    since = serializers.DateTimeField(read_only=True, allow_null=True)
    receipt = serializers.UUIDField(read_only=True, allow_null=True)
    decided_text_sha256 = serializers.CharField(
        read_only=True, allow_null=True, help_text="The words that were shown for this decision."
    )
    text_sha256 = serializers.CharField(read_only=True, help_text="The words to show for the next one.")

    def to_representation(self, pair: tuple[Purpose, Current | None]) -> dict[str, Any]:
        purpose, choice = pair
        wording = choice.event.wording if choice else None
        return super().to_representation(
            {
                "purpose": purpose.slug,
                "name": purpose.text.name,
                "decision": choice.decision if choice else None,
                "since": choice.since if choice else None,
                "receipt": choice.event_id if choice else None,
                "decided_text_sha256": wording.sha256 if wording else None,
                "text_sha256": purpose.text.sha256,
            }
        )


class CurrentChoicesSerializer(serializers.Serializer[Any]):
    results = CurrentChoiceSerializer(many=True, read_only=True)


class ChoiceDecisionSerializer(serializers.Serializer[Choice]):
    purpose = serializers.CharField(max_length=64)
    decision = serializers.ChoiceField([Decision.GRANTED.value, Decision.REFUSED.value])
    text_sha256 = serializers.RegexField(
        SHA256,
        required=False,
        allow_null=True,
        help_text="The words that were shown, as `purposes/` names them. Needed to allow.",
    )


class ChoiceBatchSerializer(serializers.Serializer[Any]):
    """Decisions that were made in one go. All are recorded, or none."""

    client_id = serializers.RegexField(
        r"^[!-~]{1,64}$",
        required=False,
        allow_null=True,
        help_text="Made by the client, best as a UUID. The same decisions sent again under it are recorded once.",
    )
    said_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When the person decided, if that was before this call."
    )
    language = serializers.RegexField(
        r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", required=False, max_length=16, help_text="Of the words shown."
    )
    decisions = serializers.ListField(child=ChoiceDecisionSerializer(), min_length=1, max_length=LARGEST_BATCH)


class ChoicesRecordedSerializer(serializers.Serializer[Any]):
    events = ChoiceEventSerializer(many=True, read_only=True)


class Choices(APIView):
    """What the person allows and refuses."""

    @extend_schema(
        operation_id="choices_list",
        tags=["choices"],
        parameters=[LANGUAGE, IF_NONE_MATCH],
        responses=CurrentChoicesSerializer,
    )
    @conditional
    def get(self, request: Request) -> Response:
        """Every optional purpose with the choice that holds, the undecided ones too."""
        standing = standing_choices(caller(request))
        return Response(CurrentChoicesSerializer({"results": standing}).data)

    @extend_schema(
        operation_id="choices_record",
        tags=["choices"],
        parameters=[IDEMPOTENCY_KEY],
        request=ChoiceBatchSerializer,
        responses={
            201: OpenApiResponse(ChoicesRecordedSerializer, description="Recorded; in the order of the decisions.")
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Allow, refuse or withdraw. A refusal of what was allowed is a withdrawal."""
        form = ChoiceBatchSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        events = record(
            caller(request),
            [_choice(item) for item in said["decisions"]],
            method=Method.APP if request.auth else Method.API,
            actor=caller(request),
            language=said.get("language") or get_language() or "",
            said_at=said.get("said_at"),
            client_id=said.get("client_id"),
            evidence=seen(request._request),
        )
        return Response(ChoicesRecordedSerializer({"events": events}).data, status=status.HTTP_201_CREATED)


def _choice(item: dict[str, Any]) -> Choice:
    return Choice(item["purpose"], item["decision"] == Decision.GRANTED, item.get("text_sha256"))


@extend_schema_view(get=extend_schema(operation_id="choices_history", tags=["choices"]))
class History(generics.ListAPIView[Event]):
    """Every decision of the person, newest first."""

    serializer_class = ChoiceEventSerializer
    pagination_class = CursorPage

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return Event.objects.for_subject(caller(self.request)).with_details()


urlpatterns = [
    path("choices/", Choices.as_view(), name="choices"),
    path("choices/history/", History.as_view(), name="choices-history"),
    *check_api.urlpatterns,
    *receipt_api.urlpatterns,
]
