"""For systems in which people decide: the shop's till, the call centre, a form for a newsletter."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.systems import System, SystemView, calling_system
from accounts.subjects.models import Subject
from consents.choices import named, proving
from consents.choices.models import Method
from consents.choices.record import record
from consents.choices.shapes import (
    RECORDED_ORDER,
    ChoicesRecordedSerializer,
    NamedBatchSerializer,
    SystemBatchSerializer,
    choices_of,
)

SCOPE = "choices:record"
RECORDED = {201: OpenApiResponse(ChoicesRecordedSerializer, description=RECORDED_ORDER)}


class SubjectChoices(SystemView):
    @extend_schema(
        operation_id="subjects_choices_record", tags=["systems"], request=SystemBatchSerializer, responses=RECORDED
    )
    def post(self, request: Request, subject_id: UUID) -> Response:
        """Record what a person decided elsewhere. The same call under its client_id is recorded once."""
        said = _said(SystemBatchSerializer(data=request.data), calling_system(request))
        subject = Subject.objects.living().filter(pk=subject_id).first()
        if subject is None:
            raise Http404
        return _recorded(subject, said, calling_system(request))


class NamedChoices(SystemView):
    @extend_schema(
        operation_id="subjects_choices_record_named", tags=["systems"], request=NamedBatchSerializer, responses=RECORDED
    )
    def post(self, request: Request) -> Response:
        """Record what a person decided elsewhere who is named in the call: by number, hash of the address, or address.

        Who is named by an address that nobody has yet becomes a guest, if everything else is in order. The same call
        under its client_id is recorded once.
        """
        said = _said(NamedBatchSerializer(data=request.data), calling_system(request))
        with transaction.atomic():
            subject = named.person(said)
            if "address" in said:
                proving.check_typed(subject, choices_of(said))
            return _recorded(subject, said, calling_system(request))


def _said(form: SystemBatchSerializer, system: System) -> dict[str, Any]:
    """Raises ValidationError, ScopeMissing."""
    form.is_valid(raise_exception=True)
    said: dict[str, Any] = form.validated_data
    for choice in choices_of(said):
        system.require(SCOPE, choice.purpose)
    return said


def _recorded(subject: Subject, said: dict[str, Any], system: System) -> Response:
    events = record(
        subject,
        choices_of(said),
        method=Method.API,
        actor=subject,
        language=said.get("language") or subject.language,
        said_at=said.get("said_at"),
        client_id=said.get("client_id"),
        evidence=said.get("evidence"),
        recorder=system.recorder,
    )
    return Response(ChoicesRecordedSerializer({"events": events}).data, status=status.HTTP_201_CREATED)


urlpatterns = [
    path("subjects/choices/", NamedChoices.as_view(), name="named-choices"),
    path("subjects/<uuid:subject_id>/choices/", SubjectChoices.as_view(), name="subject-choices"),
]
