"""For systems that must ask before they act: the mailer, the shop."""

import re
from typing import Any
from uuid import UUID

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.calls.at_once import AtOnceSystemView
from accounts.calls.systems import System, calling_system
from consents.choices import links
from consents.choices.check import check, check_addresses

SCOPE = "choices:check"
MOST = 10_000


class TextList(serializers.Field[list[str], Any, list[str], Any]):
    """Texts of one shape. REST framework's own list takes ten times as long, as it asks a field about each of them."""

    default_error_messages = {
        "list": _("This must be a list of 1 to {most} texts."),
        "item": _("Number {number} of the list is not of the right form."),
    }
    shape: re.Pattern[str]

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not 0 < len(data) <= MOST:
            self.fail("list", most=MOST)
        for number, text in enumerate(data, 1):
            if not isinstance(text, str) or not self.shape.fullmatch(text):
                self.fail("item", number=number)
        return data

    def to_representation(self, value: list[str]) -> list[str]:
        return value


def _array(**items: str) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "maxItems": MOST, "items": {"type": "string", **items}}


@extend_schema_field(_array(format="uuid"))
class SubjectIds(TextList):
    shape = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


@extend_schema_field(_array(pattern="^[0-9a-f]{64}$"))
class AddressHashes(TextList):
    shape = re.compile(r"[0-9a-f]{64}")


class CheckSerializer(serializers.Serializer[Any]):
    """About whom, either by their numbers or by the keyed hashes of their addresses."""

    purpose = serializers.CharField(max_length=64)
    subjects = SubjectIds(required=False, help_text="Numbers of subjects.")
    address_hashes = AddressHashes(
        required=False,
        help_text="HMAC-SHA256 of each address under ADDRESS_KEY, the address trimmed, in lower case.",
    )
    unsubscribe = serializers.BooleanField(
        default=False, help_text="With a link for each person by which they end the purpose without signing in."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("subjects" in attrs) == ("address_hashes" in attrs):
            raise ValidationError({"subjects": [_("Give either subjects or address_hashes.")]})
        return attrs


# One for all calls: it keeps nothing of them, and to make it takes longer than to ask the database.
QUESTION = CheckSerializer()


class CheckResultSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField(required=False, help_text="As it was asked.")
    address_hash = serializers.CharField(required=False, help_text="As it was asked.")
    allowed = serializers.BooleanField()
    unsubscribe = serializers.URLField(
        required=False, help_text="Where it was asked for and the person may be written to."
    )


class CheckResultsSerializer(serializers.Serializer[Any]):
    purpose = serializers.CharField()
    results = CheckResultSerializer(many=True, help_text="In the order of the question.")


class Check(AtOnceSystemView):
    @extend_schema(
        operation_id="choices_check", tags=["systems"], request=CheckSerializer, responses=CheckResultsSerializer
    )
    def post(self, request: Request) -> Response:
        """Whether people's data may be used for a purpose now. Undecided, unknown and erased are no."""
        return self.acted(request)

    def act(self, request: Request, data: Any) -> dict[str, Any]:
        return answer(calling_system(request), data)


def answer(system: System, question: Any) -> dict[str, Any]:
    """Raises ValidationError, ScopeMissing, NoSuchPurpose."""
    asked = QUESTION.run_validation(question)
    purpose, wanted = asked["purpose"], asked["unsubscribe"]
    system.require(SCOPE, purpose)
    if "subjects" in asked:
        name, keys = "subject", asked["subjects"]
        answers = check(purpose, keys, with_people=wanted)
    else:
        name, keys = "address_hash", asked["address_hashes"]
        answers = check_addresses(purpose, keys, with_people=wanted)
    results = [{name: key, "allowed": allowed} for key, allowed in zip(keys, answers.allowed, strict=True)]
    if answers.people and not answers.essential:
        _add_links(results, answers.people, purpose)
    return {"purpose": purpose, "results": results}


def _add_links(results: list[dict[str, Any]], people: list[UUID | None], purpose: str) -> None:
    for result, person in zip(results, people, strict=True):
        if result["allowed"] and person:
            result["unsubscribe"] = links.unsubscribe(person, purpose)


urlpatterns = [path("choices/check/", Check.as_view(), name="choices-check")]
