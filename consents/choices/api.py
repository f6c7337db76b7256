from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import UUIDField

from accounts.calls.at_once import AtOnceView
from accounts.calls.conditional import conditional
from accounts.calls.headers import IF_NONE_MATCH, LANGUAGE
from accounts.calls.idempotency import idempotent
from accounts.calls.pages import CursorPage
from accounts.calls.permissions import caller
from accounts.guardians.authority import may_decide
from accounts.subjects.models import Subject
from consents.choices import check_api, receipt_api, system_api
from consents.choices.asking import to_ask
from consents.choices.evidence import seen
from consents.choices.models import Event, Method
from consents.choices.record import record
from consents.choices.refusals import NotYours
from consents.choices.shapes import (
    RECORDED_ORDER,
    ChoiceEventSerializer,
    ChoicesRecordedSerializer,
    CurrentChoicesSerializer,
    PersonBatchSerializer,
    choices_of,
)
from consents.choices.summary import allowed_now, standing_choices
from consents.policies import gate

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 200 printable ASCII characters; a call repeated with its key acts once.",
)
SUBJECT = OpenApiParameter(
    "subject", OpenApiTypes.UUID, description="A minor whom the caller decides for; else it is about the caller."
)


# One of each for all calls: they keep nothing of them, and to make them takes longer than to use them.
BATCH = PersonBatchSerializer()
RECORDED = ChoicesRecordedSerializer()


class SubjectNotYours(NotYours):
    field = "subject"


class Choices(AtOnceView):
    """What the person allows and refuses, or a minor whom they decide for."""

    success = status.HTTP_201_CREATED

    @extend_schema(
        operation_id="choices_list",
        tags=["choices"],
        parameters=[SUBJECT, LANGUAGE, IF_NONE_MATCH],
        responses=CurrentChoicesSerializer,
    )
    @conditional
    def get(self, request: Request) -> Response:
        """Every optional purpose with the choice that holds, the undecided ones too."""
        subject = _asked_about(request)
        asks = {question.purpose.pk: question.why for question in to_ask(subject)}
        standing = standing_choices(subject)
        allowed = set() if subject.is_frozen else allowed_now(standing, timezone.now())
        results = [(purpose, choice, purpose.pk in allowed, asks.get(purpose.pk)) for purpose, choice in standing]
        return Response(CurrentChoicesSerializer({"results": results}).data)

    @extend_schema(
        operation_id="choices_record",
        tags=["choices"],
        parameters=[IDEMPOTENCY_KEY],
        request=PersonBatchSerializer,
        responses={201: OpenApiResponse(ChoicesRecordedSerializer, description=RECORDED_ORDER)},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Allow, refuse or withdraw. A refusal of what was allowed is a withdrawal."""
        return self.acted(request)

    def act(self, request: Request, data: Any) -> dict[str, Any]:
        said = BATCH.run_validation(data)
        choices = choices_of(said)
        if any(choice.allow for choice in choices):
            gate.check(caller(request))
        events = record(
            _decided_for(caller(request), said.get("subject")),
            choices,
            method=Method.APP if request.auth else Method.API,
            actor=caller(request),
            language=said.get("language") or get_language() or "",
            said_at=said.get("said_at"),
            client_id=said.get("client_id"),
            evidence=seen(request),
        )
        return RECORDED.to_representation({"events": events})


def _decided_for(actor: Subject, subject_id: UUID | None) -> Subject:
    """Oneself, or a minor of whom one is the guardian; about anybody else nothing is told, not even that they exist."""
    if subject_id is None or subject_id == actor.pk:
        return actor
    minor = Subject.objects.living().filter(pk=subject_id).first()
    if minor is None or not may_decide(actor, minor):
        raise SubjectNotYours
    return minor


def _asked_about(request: Request) -> Subject:
    text = request.query_params.get("subject")
    try:
        return _decided_for(caller(request), UUIDField().run_validation(text) if text is not None else None)
    except ValidationError as error:
        raise ValidationError({"subject": error.detail}) from error


@extend_schema_view(get=extend_schema(operation_id="choices_history", tags=["choices"], parameters=[SUBJECT]))
class History(generics.ListAPIView[Event]):
    """Every decision of the person, or of a minor whom they decide for, newest first."""

    serializer_class = ChoiceEventSerializer
    pagination_class = CursorPage

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return Event.objects.for_subject(_asked_about(self.request)).with_details()


urlpatterns = [
    path("choices/", Choices.as_view(), name="choices"),
    path("choices/history/", History.as_view(), name="choices-history"),
    *check_api.urlpatterns,
    *receipt_api.urlpatterns,
    *system_api.urlpatterns,
]
