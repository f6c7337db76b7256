"""For systems with forms of their own, such as the shop's newsletter: have the owner of an address asked."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.headers import LANGUAGE
from accounts.calls.systems import System, SystemView, calling_system
from consents.catalogue.sections import JURISDICTION_LENGTH
from consents.choices import shapes
from consents.choices.api import IDEMPOTENCY_KEY
from consents.choices.record import Choice
from consents.mailing.ask import ask_address
from consents.mailing.models import LIFETIME
from consents.mailing.once import first_call

SCOPE = "choices:record"
LARGEST_QUESTION = 20


class WantedSerializer(serializers.Serializer[Choice]):
    purpose = serializers.CharField(max_length=64)
    text_sha256 = serializers.RegexField(
        shapes.SHA256, help_text="The words that the form showed, as `purposes/` names them."
    )
    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=32767,
        help_text="As the form showed it.",
    )


class ConfirmationSerializer(serializers.Serializer[Any]):
    """What somebody wants in the name of an address, which may be theirs."""

    address = serializers.EmailField(max_length=254)
    decisions = serializers.ListField(child=WantedSerializer(), min_length=1, max_length=LARGEST_QUESTION)
    page = serializers.CharField(max_length=500, help_text="The page with the form.")
    language = serializers.RegexField(
        shapes.LANGUAGE,
        required=False,
        max_length=shapes.LONGEST_LANGUAGE,
        help_text="Of the form, and of the mail.",
    )
    jurisdiction = serializers.RegexField(
        shapes.JURISDICTION,
        required=False,
        max_length=JURISDICTION_LENGTH,
        help_text="Of a new person, such as EU_GDPR/DE.",
    )
    client_address = serializers.IPAddressField(required=False, help_text="Of whoever filled in the form.")
    user_agent = serializers.CharField(required=False, max_length=400)


class ConfirmationAskedSerializer(serializers.Serializer[Any]):
    expires_at = serializers.DateTimeField(read_only=True, help_text="Whatever is not confirmed by then is forgotten.")


class Confirmations(SystemView):
    @extend_schema(
        operation_id="confirmations_create",
        tags=["choices"],
        parameters=[LANGUAGE, IDEMPOTENCY_KEY],
        request=ConfirmationSerializer,
        responses={202: OpenApiResponse(ConfirmationAskedSerializer, description="The same for every address.")},
    )
    def post(self, request: Request) -> Response:
        """Ask by mail. Nothing is allowed before the owner of the address has said so on our page (double opt-in).

        The same question within ten minutes is asked once, and so is a call that is repeated with its key. No address
        is asked more than three times a day; nor are people who asked for erasure, and minors. The answer is the same
        for all of them.
        """
        form = ConfirmationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        system = calling_system(request)
        for item in form.validated_data["decisions"]:
            system.require(SCOPE, item["purpose"])
        asked_at = _asked(request, system, form.validated_data)
        answer = ConfirmationAskedSerializer({"expires_at": asked_at + LIFETIME})
        return Response(answer.data, status=status.HTTP_202_ACCEPTED)


@transaction.atomic
def _asked(request: Request, system: System, said: dict[str, Any]) -> datetime:
    """When: for a call repeated with its key, at the first one."""
    key = request.headers.get("Idempotency-Key")
    asked_at = timezone.now()
    if key is not None:
        call, is_new = first_call(system.client_id, key, request.data)
        if not is_new:
            return call.made_at
        asked_at = call.made_at
    ask_address(
        said["address"],
        [Choice(item["purpose"], True, item["text_sha256"], item.get("version")) for item in said["decisions"]],
        language=said.get("language") or get_language() or "",
        jurisdiction=said.get("jurisdiction", ""),
        evidence=_evidence(said),
        recorder=system.recorder,
    )
    return asked_at


def _evidence(said: dict[str, Any]) -> dict[str, str]:
    known = {"source": said["page"], "address": said.get("client_address"), "user_agent": said.get("user_agent")}
    return {name: text for name, text in known.items() if text}


urlpatterns = [path("confirmations/", Confirmations.as_view(), name="confirmations")]
