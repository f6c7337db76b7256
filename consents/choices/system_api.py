"""For systems in which people decide: the shop's till, the call centre."""

from uuid import UUID

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.systems import SystemView, calling_system
from accounts.subjects.models import Subject
from consents.choices.models import Method
from consents.choices.record import record
from consents.choices.shapes import ChoicesRecordedSerializer, SystemBatchSerializer, choices_of

SCOPE = "choices:record"


class SubjectChoices(SystemView):
    @extend_schema(
        operation_id="subjects_choices_record",
        tags=["systems"],
        request=SystemBatchSerializer,
        responses={
            201: OpenApiResponse(ChoicesRecordedSerializer, description="Recorded; in the order of the decisions.")
        },
    )
    def post(self, request: Request, subject_id: UUID) -> Response:
        """Record what a person decided elsewhere. The same call under its client_id is recorded once."""
        form = SystemBatchSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said, system = form.validated_data, calling_system(request)
        choices = choices_of(said)
        for choice in choices:
            system.require(SCOPE, choice.purpose)
        subject = Subject.objects.living().filter(pk=subject_id).first()
        if subject is None:
            raise Http404
        events = record(
            subject,
            choices,
            method=Method.API,
            actor=subject,
            language=said.get("language") or subject.language,
            said_at=said.get("said_at"),
            client_id=said.get("client_id"),
            evidence=said.get("evidence"),
            recorder=system.recorder,
        )
        return Response(ChoicesRecordedSerializer({"events": events}).data, status=status.HTTP_201_CREATED)


urlpatterns = [path("subjects/<uuid:subject_id>/choices/", SubjectChoices.as_view(), name="subject-choices")]
