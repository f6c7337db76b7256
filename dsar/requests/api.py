from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request as Call
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.calls.conditional import conditional
from accounts.calls.idempotency import idempotent
from accounts.calls.permissions import caller
from accounts.users.freshness import signed_in_at
from dsar.archives.models import Archive
from dsar.requests.ask import ask, require_authority
from dsar.requests.cancel import cancel
from dsar.requests.for_whom import for_whom
from dsar.requests.models import Request, RequestEvent
from dsar.requests.progress import progress
from dsar.requests.rehearsal import rehearse
from dsar.requests.words import words


class StepSerializer(serializers.Serializer[Any]):
    system = serializers.CharField(help_text="Empty: what is done with all systems' parts together.")
    title = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "working", "done", "problem", "stopped"])
    state_label = serializers.CharField()
    detail = serializers.CharField()


class EventSerializer(serializers.ModelSerializer[RequestEvent]):
    class Meta:
        model = RequestEvent
        fields = ["kind", "by", "at"]


class LinksSerializer(serializers.Serializer[Any]):
    """Paths of what can be done next; null: not now."""

    self = serializers.CharField()
    cancel = serializers.CharField(allow_null=True)
    archive = serializers.CharField(allow_null=True)


class RequestSerializer(serializers.ModelSerializer[Request]):
    """What was asked for, and by when it is answered."""

    links = serializers.SerializerMethodField()

    class Meta:
        model = Request
        fields = [
            "id",
            "reference",
            "kind",
            "state",
            "subject",
            "created_at",
            "due_on",
            "grace_until",
            "closed_at",
            "links",
        ]
        read_only_fields = fields

    @extend_schema_field(LinksSerializer)
    def get_links(self, request: Request) -> dict[str, str | None]:
        archive = self.context.get("archives", {}).get(request.plan_id)
        return {
            "self": reverse("request", args=[request.pk]),
            "cancel": reverse("request-cancel", args=[request.pk]) if request.can_be_cancelled else None,
            "archive": reverse("archive", args=[archive]) if archive else None,
        }


class RequestDetailSerializer(RequestSerializer):
    steps = serializers.SerializerMethodField()
    events = EventSerializer(many=True, read_only=True)
    sentence = serializers.SerializerMethodField(help_text="How it stands, in the reader's language.")

    class Meta(RequestSerializer.Meta):
        fields = [*RequestSerializer.Meta.fields, "sentence", "steps", "events"]
        read_only_fields = fields

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, request: Request) -> Any:
        return StepSerializer(progress(request), many=True).data

    def get_sentence(self, request: Request) -> str:
        return words(request).sentence


class AskSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Request.Kind.choices)
    subject = serializers.UUIDField(required=False, help_text="A minor whose guardian the caller is; else the caller.")


def _described(call: Call, request: Request) -> dict[str, Any]:
    return RequestDetailSerializer(request, context=_context(call, [request])).data


def _context(call: Call, requests: list[Request]) -> dict[str, Any]:
    """One query for the archives of all."""
    plans = [request.plan_id for request in requests if request.plan_id]
    mine = Archive.objects.for_subject(caller(call)).unused().unexpired().filter(plan_id__in=plans)
    return {"request": call, "archives": dict(mine.values_list("plan_id", "pk"))}


def _mine(call: Call) -> QuerySet[Request]:
    return Request.objects.for_subject(caller(call)).select_related("plan", "subject", "asked_by")


@extend_schema(tags=["requests"])
class RequestList(generics.GenericAPIView[Request]):
    serializer_class = RequestSerializer

    def get_queryset(self) -> QuerySet[Request]:
        return _mine(self.request)

    @extend_schema(operation_id="requests_list", responses=RequestSerializer(many=True))
    @conditional
    def get(self, request: Call) -> Response:
        """What the caller asked for, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(RequestSerializer(page, many=True, context=_context(request, page)).data)

    @extend_schema(request=AskSerializer, responses={201: RequestDetailSerializer, 200: RequestDetailSerializer})
    @idempotent
    def post(self, request: Call) -> Response:
        """Ask. Needs a fresh sign-in (403 `fresh-sign-in-required`). While a request of this kind is open, that one is
        the answer (200). Asking for erasure ends all of the person's sign-ins.
        """
        asked = AskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        actor = caller(request)
        subject = for_whom(actor, asked.validated_data.get("subject"))
        known = set(Request.objects.open().filter(subject=subject).values_list("pk", flat=True))
        found = ask(subject, asked.validated_data["kind"], actor=actor, signed_in_at=signed_in_at(request))
        return Response(_described(request, found), status=200 if found.pk in known else 201)


@extend_schema(tags=["requests"])
class RequestDetail(APIView):
    @extend_schema(responses=RequestDetailSerializer)
    @conditional
    def get(self, request: Call, pk: UUID) -> Response:
        """One request, with its steps and its history."""
        return Response(_described(request, get_object_or_404(_mine(request), pk=pk)))


@extend_schema(tags=["requests"])
class RequestCancel(APIView):
    @extend_schema(request=None, responses=RequestDetailSerializer)
    def post(self, request: Call, pk: UUID) -> Response:
        """Stop a deletion before its work begins; 409 `too-late` after that."""
        asked = get_object_or_404(_mine(request), pk=pk)
        cancel(asked, actor=caller(request))
        return Response(_described(request, asked))


class GoingSerializer(serializers.Serializer[Any]):
    system = serializers.CharField()
    title = serializers.CharField()
    action = serializers.ChoiceField(["delete", "anonymise"])
    rows = serializers.IntegerField()


class StayingSerializer(serializers.Serializer[Any]):
    system = serializers.CharField()
    title = serializers.CharField()
    rows = serializers.IntegerField()
    why = serializers.CharField()
    law = serializers.CharField()
    until = serializers.CharField()


class RehearsalSerializer(serializers.Serializer[Any]):
    going = GoingSerializer(many=True)
    staying = StayingSerializer(many=True)
    unreachable = serializers.ListField(
        child=serializers.CharField(), help_text="Systems that do not answer now; they are erased from when they do."
    )


@extend_schema(tags=["requests"])
class ErasureRehearsal(APIView):
    @extend_schema(responses=RehearsalSerializer)
    def get(self, request: Call) -> Response:
        """What an erasure would delete, and what would stay, why and until when. It changes nothing."""
        actor = caller(request)
        subject = for_whom(actor, request.query_params.get("subject"))
        require_authority(subject, Request.Kind.ERASURE, actor)
        return Response(RehearsalSerializer(rehearse(subject)).data)


urlpatterns = [
    path("requests/", RequestList.as_view(), name="requests"),
    path("requests/erasure-rehearsal/", ErasureRehearsal.as_view(), name="erasure-rehearsal"),
    path("requests/<uuid:pk>/", RequestDetail.as_view(), name="request"),
    path("requests/<uuid:pk>/cancel/", RequestCancel.as_view(), name="request-cancel"),
]
